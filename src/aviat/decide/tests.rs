//! Every phase against what a radio may show, and what must hold whatever it shows: what the tables below it share.

mod activate;
mod answer;
mod begin;
mod load;
mod property;

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::aviat::precheck::tests::good;
use crate::aviat::seen::Seen;
use crate::aviat::state::{Asked, End, Go, Load, Login, Outage, Outcome, Plan, Policy, Sent, Steps, Target};
use crate::aviat::version::{self, Goal};
use crate::drivers::aviat::parse::software::{Software, State};
use crate::drivers::aviat::parse::version::Version;
use crate::model::{Credentials, Device, DeviceType, Failure, FailureClass, Ports, SshProfile};

const DAY: u64 = 86_400;
/// 03:00 in Chicago: the window is open.
const NIGHT: &str = "2026-07-02T08:00:00Z";
const NOON: &str = "2026-07-02T17:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn image(stage: Target, version: &str) -> Image {
    Image { stage, version: version.to_owned(), uri: format!("http://192.0.2.200/wtm4100-{version}.1.2.swpack") }
}

fn images() -> RadioImages {
    RadioImages { baseline: Some(image(Target::Baseline, "2.11.11")), goal: Some(image(Target::Final, "6.2.4")) }
}

fn window() -> Window {
    Window::parse("02:00-05:00", "America/Chicago", Duration::from_secs(3600)).unwrap()
}

/// A radio of which firmware is asked, at its beginning.
pub(in crate::aviat) fn begin(policy: Policy) -> Radio {
    Radio {
        name: None,
        username: "noc".to_owned(),
        last_task: None,
        phase: Phase::Begin,
        plan: Some(Plan {
            steps: vec![Step::Firmware],
            target: Target::Final,
            custom: None,
            policy,
            overrides: Vec::new(),
        }),
        steps: Steps { firmware: Outcome::Waiting, ..Steps::default() },
        precheck: None,
        version_before: None,
        version_now: None,
        login: Login::Ours,
        error: None,
        abort: None,
        go: None,
        started_at: None,
        activations: 0,
    }
}

fn outage(sent: Sent) -> Outage {
    Outage {
        sent,
        since: at(NIGHT),
        earliest: None,
        uptime_before: Some(10 * DAY),
        expect: Some("6.2.4".to_owned()),
        restarted: false,
        down_seen: false,
        overdue: false,
        abort_asked: false,
    }
}

/// One that was told to activate.
pub(in crate::aviat) fn activating() -> Radio {
    let radio = begin(Policy::Scheduled { at: None });
    Radio { phase: Phase::Activate(outage(Sent::Accepted)), activations: 1, ..radio }
}

/// One that is over.
pub(in crate::aviat) fn settled(firmware: Outcome, end: End) -> Radio {
    let radio = begin(Policy::Immediate);
    Radio { phase: Phase::Settled { end }, steps: Steps { firmware, ..Steps::default() }, ..radio }
}

/// A radio in the inventory.
pub(in crate::aviat) fn device(name: &str) -> Device {
    Device {
        name: name.to_owned(),
        address: "192.0.2.20".parse().unwrap(),
        device_type: DeviceType::parse("AV4100").unwrap(),
        site: None,
        role: crate::model::Role::Bh,
        health: Default::default(),
        tags: Default::default(),
        credentials: Credentials::default(),
        ports: Ports::default(),
        hop: None,
        jump: None,
        ssh_profile: SshProfile::default(),
        host_key: None,
        tls_pin: None,
    }
}

fn load(sent: Sent, immediate: bool) -> Load {
    Load {
        image: image(Target::Final, "6.2.4"),
        sent,
        since: at(NIGHT),
        immediate,
        retries: 0,
        unreadable: 0,
        uptime_before: Some(10 * DAY),
    }
}

/// One that loads the final image.
pub(in crate::aviat) fn loading(sent: Sent, immediate: bool) -> Radio {
    let policy = if immediate { Policy::Immediate } else { Policy::Scheduled { at: None } };
    Radio { phase: Phase::Load(load(sent, immediate)), ..begin(policy) }
}

fn seen(active: &str, inactive: &str, state: State) -> Seen {
    let version = |text: &str| Version::parse(text);
    Seen {
        software: Software { active: version(active), inactive: version(inactive), state: Some(state), uri: None },
        ..good()
    }
}

fn fetching(mut seen: Seen, version: &str) -> Seen {
    seen.software.uri = Some(image(Target::Final, version).uri);
    seen
}

fn up(seen: Seen, seconds: u64) -> Seen {
    Seen { uptime: Some(Duration::from_secs(seconds)), ..seen }
}

fn gone() -> Look {
    Look::Failed(Failure::new(FailureClass::Unreachable, "no answer"))
}

struct At<'a> {
    now: &'a str,
    slot: bool,
    partner: Partner,
}

const BY_NIGHT: At<'_> = At { now: NIGHT, slot: true, partner: Partner::Free };
const BY_DAY: At<'_> = At { now: NOON, slot: false, partner: Partner::Free };

fn ask(radio: &Radio, look: &Look, at_: &At<'_>) -> Decision {
    let (config, images, window) = (Config::default(), images(), window());
    let rules = Rules {
        now: at(at_.now),
        config: &config,
        images: &images,
        window: &window,
        slot: at_.slot,
        partner: at_.partner.clone(),
    };
    decide(radio, look, &rules)
}

fn look(seen: Seen) -> Look {
    Look::Seen(Box::new(seen))
}

/// Phase and what is done, in one word each.
fn told(decision: &Decision) -> String {
    let phase = serde_json::to_value(&decision.radio.phase).unwrap();
    let mut word = phase["at"].as_str().unwrap().to_owned();
    if let Some(end) = phase["end"].as_str() {
        word = format!("{word} {end}");
    }
    let next = match &decision.next {
        Next::Send(Command::Load { image, immediate, abort_first }) => {
            format!(
                "load {}{}{}",
                image.version,
                if *immediate { " now" } else { "" },
                if *abort_first { " anew" } else { "" }
            )
        }
        Next::Send(Command::AbortLoad) => "abort".to_owned(),
        Next::Send(Command::Activate { version }) => format!("activate {version}"),
        Next::Send(Command::Restart) => "restart".to_owned(),
        Next::Configure(step) => step.as_str().to_owned(),
        Next::Again => "again".to_owned(),
        Next::Look => "look".to_owned(),
        Next::Wait(_) => "wait".to_owned(),
        Next::Over => "over".to_owned(),
    };
    format!("{word}: {next}")
}
