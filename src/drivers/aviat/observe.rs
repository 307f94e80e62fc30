//! One look at a radio in one login, for whoever decides about it. What the radio does not tell is none, and no part that
//! is missing takes the others with it.

use std::time::Duration;

use super::driver::{Aviat, ends};
use super::parse::licences::Licences;
use super::parse::management::Management;
use super::parse::queue::Partner;
use super::parse::snmp::SnmpConfig;
use super::parse::software::Software;
use super::parse::spanning_tree::SpanningTree;
use super::parse::uptime::{Evidence, Source};
use super::session::Session;
use super::web;
use crate::drivers::generic::Generic;
use crate::model::{Failure, FailureClass, Secret};

/// What to look at. The default is nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Versions and state of the software.
    pub software: bool,
    /// Licences; these are required, and a list that lacks one of them is read once more. Empty: read twice.
    pub licences: Option<&'a [&'a str]>,
    /// Spanning tree.
    pub spanning_tree: bool,
    /// The management address and its prefix.
    pub management: bool,
    /// Time since the start.
    pub uptime: bool,
    /// The web page may be asked for the uptime where nothing else tells it. The password goes there in clear.
    pub web_channel: bool,
    /// SNMP mode and community.
    pub snmp: bool,
    /// The external buffer's queue limit.
    pub buffer: bool,
    /// Which of two joined radios it is.
    pub partner: bool,
}

/// What was seen. None: not wanted, or not told.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// The name that the prompt shows.
    pub hostname: Option<String>,
    /// Versions, state, address of the image; each of them may be none.
    pub software: Software,
    /// Licences.
    pub licences: Option<Licences>,
    /// Spanning tree.
    pub spanning_tree: Option<SpanningTree>,
    /// The management address and its prefix.
    pub management: Option<Management>,
    /// Time since the start.
    pub uptime: Option<Uptime>,
    /// `v2c-only`, or another word.
    pub snmp_mode: Option<String>,
    /// The external buffer's queue limit, kilobytes.
    pub buffer_kbytes: Option<u32>,
    /// Which of two joined radios it is. None where the radio shows nothing of itself yet.
    pub partner: Option<Partner>,
    community: Option<Secret>,
}

impl Observation {
    /// Whether the SNMP community is this one; none where it is not known. The community itself is not to be had.
    pub fn snmp_community_matches(&self, community: &Secret) -> Option<bool> {
        Some(self.community.as_ref()?.expose() == community.expose())
    }
}

/// Time since the radio started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uptime {
    /// Known.
    Known {
        /// How long.
        time: Duration,
        /// Who says it.
        source: Source,
    },
    /// Nobody says it, or those who do contradict each other.
    Unknown,
}

impl Uptime {
    /// The time; none where it is not known.
    pub fn time(self) -> Option<Duration> {
        match self {
            Uptime::Known { time, .. } => Some(time),
            Uptime::Unknown => None,
        }
    }
}

impl Aviat<'_> {
    /// Looks at what is wanted, in a session that is open.
    ///
    /// Fails where the session does: cut off, cancelled. A table that is empty, or refused, is none.
    pub async fn observe(&self, session: &mut Session<'_>, wanted: Wanted<'_>) -> Result<Observation, Failure> {
        let mut seen = Observation { hostname: session.hostname().map(str::to_owned), ..Observation::default() };
        if wanted.software || wanted.partner {
            let software = session.software().await;
            seen.software = self.told(session, software)?.unwrap_or_default();
        }
        if let Some(required) = wanted.licences {
            let licences = session.licences(required).await;
            seen.licences = self.told(session, licences)?.flatten();
        }
        if wanted.spanning_tree {
            let spanning_tree = session.spanning_tree().await;
            seen.spanning_tree = self.told(session, spanning_tree)?.flatten();
        }
        if wanted.management {
            let management = session.management().await;
            seen.management = self.told(session, management)?.flatten();
        }
        if wanted.snmp {
            let snmp = session.snmp_config().await;
            let SnmpConfig { mode, community } = self.told(session, snmp)?.unwrap_or_default();
            (seen.snmp_mode, seen.community) = (mode, community);
        }
        if wanted.buffer {
            let limit = session.queue_limit().await;
            seen.buffer_kbytes = self.told(session, limit)?.flatten();
        }
        // While a radio starts, every section is empty: nothing about a partner means something only later.
        if wanted.partner && seen.software.active.is_some() {
            let partner = session.partner().await;
            seen.partner = self.told(session, partner)?.flatten();
        }
        if wanted.uptime {
            seen.uptime =
                Some(self.uptime(session, wanted.web_channel).await?).filter(|uptime| *uptime != Uptime::Unknown);
        }
        Ok(seen)
    }

    /// How long the radio has been up: by SNMP and the command line, each where it answers, with the locks of the
    /// carriers against both; where these do not decide it, by the web page, if `web_channel` allows it.
    ///
    /// Fails where the session does. An agent or a page that does not answer, or refuses, is noted for the job's log.
    pub async fn uptime(&self, session: &mut Session<'_>, web_channel: bool) -> Result<Uptime, Failure> {
        let mut evidence = Evidence::default();
        if self.target.snmp.is_some() {
            let system = Generic::new(self.cx, self.target, self.snmp).system().await;
            evidence.agent = self.noted("snmp", system)?.and_then(|system| system.uptime);
        }
        // Also where the agent answers: its counter may have gone round, or it was started again.
        let uptime = session.uptime().await;
        evidence.command_line = self.told(session, uptime)?.flatten();
        let carriers = session.carriers().await;
        let carriers = self.told(session, carriers)?.flatten().unwrap_or_default();
        evidence.carrier = carriers.iter().filter_map(|carrier| carrier.active_rx_time).max();
        if web_channel && evidence.judge().is_none() {
            evidence.web = self.noted("http", web::uptime(self.cx, self.target).await)?;
        }
        Ok(evidence.judge().map_or(Uptime::Unknown, |(time, source)| Uptime::Known { time, source }))
    }

    /// None where the radio refused to show it and the session goes on.
    fn told<T>(&self, session: &Session<'_>, read: Result<T, Failure>) -> Result<Option<T>, Failure> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(failure)
                if session.is_usable()
                    && matches!(failure.class, FailureClass::DeviceRefused | FailureClass::ForbiddenReadonly) =>
            {
                self.cx.witness.noted("ssh", &failure.to_string());
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn noted<T>(&self, channel: &'static str, read: Result<T, Failure>) -> Result<Option<T>, Failure> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(failure) if ends(failure.class) && failure.class != FailureClass::Validation => Err(failure),
            Err(failure) => {
                self.cx.witness.noted(channel, &format!("its uptime is not known from there: {failure}"));
                Ok(None)
            }
        }
    }
}
