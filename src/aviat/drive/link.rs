//! The way to the radio: one session a step where it lasts, and the password that opens it.

use super::{Deps, far};
use crate::aviat::decide;
use crate::aviat::seen::{Look, Seen};
use crate::aviat::state::{Load, Login, Phase, Radio, Sent};
use crate::drivers::aviat::{Aviat, Session, Wanted};
use crate::model::{Failure, FailureClass, Secret};
use crate::store::AuditEntry;
use crate::transport::Target;

/// The radio with each of the two passwords.
pub(super) struct Targets {
    ours: Option<Target>,
    factory: Option<Target>,
}

impl Targets {
    pub(super) fn new(deps: &Deps<'_>) -> Self {
        // A key would log in whatever the password is.
        let with = |password: &Option<Secret>| {
            password.as_ref().map(|password| Target {
                password: Some(password.clone()),
                private_key: None,
                private_key_passphrase: None,
                ..deps.target.clone()
            })
        };
        let key = || deps.target.private_key.is_some().then(|| deps.target.clone());
        Self { ours: with(&deps.ours).or_else(key), factory: with(&deps.factory) }
    }
}

/// The session, opened when it is needed.
pub(super) struct Link<'d, 's> {
    pub(super) deps: &'s Deps<'d>,
    ours: Option<Aviat<'s>>,
    factory: Option<Aviat<'s>>,
    open: Option<(Login, Session<'s>)>,
    /// The password that was taken last.
    proven: Option<Login>,
}

impl<'d, 's> Link<'d, 's> {
    pub(super) fn new(deps: &'s Deps<'d>, targets: &'s Targets) -> Self {
        let aviat = |target: &'s Option<Target>| {
            target.as_ref().map(|target| Aviat::new(&deps.cx, target, deps.ssh, deps.snmp, deps.device_type))
        };
        Self { deps, ours: aviat(&targets.ours), factory: aviat(&targets.factory), open: None, proven: None }
    }

    pub(super) async fn close(&mut self) {
        if let Some((_, session)) = self.open.take() {
            session.close().await;
        }
    }

    /// Keeps which password was taken, for the row.
    pub(super) fn told_login(&self, radio: &mut Radio) {
        if let Some(login) = self.proven {
            radio.login = login;
        }
    }

    pub(super) fn aviat(&self, login: Login) -> Option<&Aviat<'s>> {
        match login {
            Login::Factory => self.factory.as_ref(),
            Login::Ours | Login::Unknown => self.ours.as_ref(),
        }
    }

    /// The driver and its open session.
    pub(super) fn both(&mut self, login: Login) -> Option<(&Aviat<'s>, &mut Session<'s>)> {
        let aviat = match login {
            Login::Factory => self.factory.as_ref(),
            Login::Ours | Login::Unknown => self.ours.as_ref(),
        };
        aviat.zip(self.open.as_mut().map(|(_, session)| session))
    }

    /// What is taken from now on, after a change of the password.
    pub(super) async fn changed_password(&mut self, login: Login) {
        self.close().await;
        self.proven = Some(login);
    }

    /// The session, and which password opened it, paging and completion off. See [`Link::opened`].
    pub(super) async fn session(&mut self, known: Login, starting: bool) -> Result<(Login, &mut Session<'s>), Failure> {
        let (login, session) = self.opened(known, starting).await?;
        session.ready().await?;
        Ok((login, session))
    }

    /// The session as the radio opens it. The known password first; the other one once, where the first was refused, and
    /// never while the radio may be starting: then it refuses every one.
    pub(super) async fn opened(&mut self, known: Login, starting: bool) -> Result<(Login, &mut Session<'s>), Failure> {
        if self.open.as_ref().is_some_and(|(_, session)| !session.is_usable()) {
            self.close().await;
        }
        if self.open.is_none() {
            let known = self.proven.unwrap_or(known);
            let opened = self.log_in(known, starting).await?;
            self.proven = Some(opened.0);
            self.open = Some(opened);
        }
        match &mut self.open {
            Some((login, session)) => Ok((*login, session)),
            None => Err(Failure::new(FailureClass::Internal, "the session is gone")),
        }
    }

    async fn log_in(&self, known: Login, starting: bool) -> Result<(Login, Session<'s>), Failure> {
        let order = match known {
            Login::Factory => [Login::Factory, Login::Ours],
            Login::Ours | Login::Unknown => [Login::Ours, Login::Factory],
        };
        let mut refused = None;
        for login in order {
            let Some(aviat) = self.aviat(login) else { continue };
            match aviat.session_as_it_is().await {
                Ok(session) => return Ok((login, session)),
                Err(failure) if failure.class == FailureClass::AuthRefused && !starting => refused = Some(failure),
                Err(failure) => return Err(failure),
            }
        }
        Err(refused.unwrap_or_else(|| {
            Failure::validation("no password of the radios is known; set aviat.password, or one in the inventory")
        }))
    }

    /// Looks at what the phase goes by. Fails only where the service stops.
    pub(super) async fn look(&mut self, radio: &mut Radio) -> Result<Look, Failure> {
        match self.seen(radio).await {
            Ok(seen) => Ok(Look::Seen(Box::new(seen))),
            Err(failure) if failure.class == FailureClass::Cancelled => Err(failure),
            Err(mut failure) => {
                self.close().await;
                failure.sentence = (self.deps.mask)(failure.sentence);
                Ok(Look::Failed(failure))
            }
        }
    }

    async fn seen(&mut self, radio: &mut Radio) -> Result<Seen, Failure> {
        let prechecks = decide::needs_prechecks(radio);
        let starting = match &radio.phase {
            Phase::Activate(_) => true,
            Phase::Restart(outage) => outage.uptime_before.is_some(),
            Phase::Load(Load { immediate, sent, .. }) => *immediate && *sent != Sent::Intended,
            _ => false,
        };
        if let Phase::Load(load) = &radio.phase
            && let Some(software) = self.glance(radio, load, starting).await?
        {
            return Ok(Seen { software, ..Seen::default() });
        }
        let (known, web_channel) = (radio.login, self.deps.config.web_channel);
        let (login, _) = self.session(known, starting).await?;
        let required: Vec<&str> = self.deps.config.required_licences.iter().map(String::as_str).collect();
        let wanted = Wanted {
            software: true,
            licences: prechecks.then_some(&required),
            spanning_tree: prechecks,
            management: prechecks,
            uptime: true,
            web_channel,
            ..Wanted::default()
        };
        let Some((aviat, session)) = self.both(login) else {
            return Err(Failure::new(FailureClass::Internal, "the session is gone"));
        };
        let observed = aviat.observe(session, wanted).await?;
        let far_answers = match (&radio.phase, &self.deps.other) {
            (Phase::Activate(_), Some(Ok(other))) => Some(far::answers(self.deps, other).await?),
            (Phase::Activate(_), Some(Err(_))) => Some(false),
            _ => None,
        };
        if let Some(crate::drivers::aviat::Uptime::Known { source, .. }) = observed.uptime
            && source.as_str() == WEB
        {
            self.audit_web(radio).await?;
        }
        Ok(Seen {
            software: observed.software,
            uptime: observed.uptime.and_then(|uptime| uptime.time()),
            management: observed.management,
            spanning_tree: observed.spanning_tree,
            licences: observed.licences,
            far_answers,
        })
    }

    /// The web channel carries the password in clear.
    async fn audit_web(&self, radio: &Radio) -> Result<(), Failure> {
        let entry = AuditEntry {
            at: self.deps.clock.now(),
            who: radio.username.clone(),
            what: "aviat.web_channel".to_owned(),
            subject: self.deps.target.label(),
            job: Some(self.deps.lease.job),
            detail: "the uptime was read from the web page; the password went there in clear".to_owned(),
        };
        self.deps.store.audit(entry).await.map_err(|error| super::stored(&error))
    }
}

/// The web page as the source of an uptime.
const WEB: &str = "web";
