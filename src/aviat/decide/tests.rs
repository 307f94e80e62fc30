//! Every phase against what a radio may show, and what must hold whatever it shows.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

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

#[test]
fn at_the_beginning() {
    let scheduled = || begin(Policy::Scheduled { at: None });
    let old = || seen("2.11.11", "2.10.9", State::Idle);
    for (name, radio, look, at_, expected) in [
        ("plain", scheduled(), look(old()), &BY_DAY, "load: load 6.2.4"),
        ("immediate", begin(Policy::Immediate), look(old()), &BY_DAY, "load: load 6.2.4 now"),
        ("s016 there", scheduled(), look(seen("6.2.4", "2.11.11", State::Idle)), &BY_DAY, "configure: again"),
        ("s017 newer", scheduled(), look(seen("6.3.0", "2.11.11", State::Idle)), &BY_DAY, "configure: again"),
        ("s014 first step", scheduled(), look(seen("2.10.0", "2.9.0", State::Idle)), &BY_DAY, "load: load 2.11.11"),
        ("s021 loaded", scheduled(), look(seen("2.11.11", "6.2.4", State::LoadOk)), &BY_DAY, "scheduled: over"),
        (
            "s021 manual",
            begin(Policy::Manual),
            look(seen("2.11.11", "6.2.4", State::LoadOk)),
            &BY_NIGHT,
            "manual: over",
        ),
        ("its turn", scheduled(), look(seen("2.11.11", "6.2.4", State::LoadOk)), &BY_NIGHT, "activate: activate 6.2.4"),
        ("s050 old bank", scheduled(), look(seen("6.1.0", "2.11.11", State::Idle)), &BY_DAY, "load: load 6.2.4"),
        ("s050 old image", scheduled(), look(seen("6.1.0", "2.11.11", State::LoadOk)), &BY_DAY, "load: load 6.2.4"),
        ("not ready", scheduled(), look(seen("2.11.11", "6.2.4", State::Idle)), &BY_NIGHT, "load: load 6.2.4"),
        ("s046 error", scheduled(), look(seen("2.11.11", "6.2.4", State::LoadError)), &BY_DAY, "load: load 6.2.4 anew"),
        (
            "s043 ours",
            scheduled(),
            look(fetching(seen("2.11.11", "2.10.9", State::Load), "6.2.4")),
            &BY_DAY,
            "load: wait",
        ),
        (
            "s043 other",
            scheduled(),
            look(fetching(seen("2.11.11", "2.10.9", State::Load), "6.1.0")),
            &BY_DAY,
            "settled error: over",
        ),
        ("s081 unknown", scheduled(), look(seen("", "6.2.4", State::LoadOk)), &BY_DAY, "settled error: over"),
        ("s071 gone", scheduled(), gone(), &BY_DAY, "settled error: over"),
        ("s032 unknown", scheduled(), look(Seen { uptime: None, ..old() }), &BY_DAY, "blocked: over"),
        ("s034 too long", scheduled(), look(up(old(), 250 * DAY)), &BY_DAY, "reboot_required: over"),
        (
            "s042 in the night",
            scheduled(),
            look(up(seen("2.11.11", "6.2.4", State::LoadOk), 251 * DAY)),
            &BY_NIGHT,
            "reboot_required: over",
        ),
    ] {
        assert_eq!(told(&ask(&radio, &look, at_)), expected, "{name}");
    }
    let only = Radio { steps: Steps { snmp: Outcome::Waiting, ..Steps::default() }, ..scheduled() };
    assert_eq!(told(&ask(&only, &gone(), &BY_DAY)), "configure: again", "s022: nothing is looked at for it");
}

#[test]
fn s066_an_immediate_load_waits_for_the_far_end() {
    let idle = look(seen("2.11.11", "2.10.9", State::Idle));
    let wait = At { partner: Partner::Wait("far".to_owned()), ..BY_DAY };
    assert_eq!(told(&ask(&begin(Policy::Immediate), &idle, &wait)), "slot: wait");
    let failed = At { partner: Partner::Failed("far".to_owned()), ..BY_DAY };
    assert_eq!(told(&ask(&begin(Policy::Immediate), &idle, &failed)), "blocked: over");
    assert_eq!(told(&ask(&begin(Policy::Scheduled { at: None }), &idle, &wait)), "load: load 6.2.4");
}

#[test]
fn while_it_loads() {
    let old = |state| seen("2.11.11", "2.10.9", state);
    let plain = |sent| loading(sent, false);
    let now = |sent| loading(sent, true);
    use Sent::{Accepted, Intended, Unknown};
    for (name, radio, look, expected) in [
        ("on", plain(Accepted), look(fetching(old(State::Load), "6.2.4")), "load: wait"),
        ("adopted after a kill", plain(Intended), look(fetching(old(State::Load), "6.2.4")), "load: wait"),
        ("no effect", plain(Intended), look(old(State::Idle)), "load: load 6.2.4"),
        ("lost", plain(Unknown), look(old(State::Idle)), "load: load 6.2.4"),
        ("another's", plain(Unknown), look(fetching(old(State::Load), "6.1.0")), "settled error: over"),
        ("ready", plain(Accepted), look(seen("2.11.11", "6.2.4", State::LoadOk)), "scheduled: over"),
        ("s049", plain(Accepted), look(seen("2.11.11", "6.1.0", State::LoadOk)), "settled error: over"),
        ("s045", plain(Accepted), look(old(State::LoadError)), "load: load 6.2.4 anew"),
        ("s045 immediate", now(Accepted), look(old(State::LoadError)), "load: load 6.2.4 now anew"),
        ("gone", plain(Accepted), gone(), "load: wait"),
        ("gone, lost", plain(Unknown), gone(), "load: wait"),
        ("nothing told", plain(Unknown), look(Seen { software: Software::default(), ..good() }), "load: wait"),
        ("went down", now(Accepted), look(seen("2.11.11", "6.2.4", State::Activate)), "activate: again"),
        ("came up", now(Accepted), look(up(seen("6.2.4", "2.11.11", State::Idle), 60)), "activate: again"),
        ("s065", now(Accepted), look(up(seen("2.11.11", "6.2.4", State::Idle), 60)), "settled error: over"),
        ("wrong model", plain(Accepted), look(old(State::CompatibilityError)), "settled error: over"),
    ] {
        assert_eq!(told(&ask(&radio, &look, &At { slot: false, ..BY_NIGHT })), expected, "{name}");
    }
    let worn = Radio { phase: Phase::Load(Load { retries: 2, ..load(Accepted, false) }), ..plain(Accepted) };
    assert_eq!(told(&ask(&worn, &look(old(State::LoadError)), &BY_NIGHT)), "settled error: over");
    let blind = Radio { phase: Phase::Load(Load { unreadable: 5, ..load(Accepted, false) }), ..plain(Accepted) };
    let nothing = look(Seen { software: Software::default(), ..good() });
    assert_eq!(told(&ask(&blind, &nothing, &BY_NIGHT)), "settled error: over", "s048");
    // Nine hours later.
    assert_eq!(
        told(&ask(&plain(Accepted), &look(fetching(old(State::Load), "6.2.4")), &BY_DAY)),
        "settled error: over",
        "s047"
    );
    assert_eq!(told(&ask(&now(Accepted), &look(fetching(old(State::Load), "6.2.4")), &BY_DAY)), "load: abort");
}

#[test]
fn while_it_activates() {
    let phase = |change: fn(&mut Outage)| {
        let mut radio = activating();
        if let Phase::Activate(outage) = &mut radio.phase {
            change(outage);
        }
        radio
    };
    let fresh = |active: &str, state| look(up(seen(active, "2.11.11", state), 60));
    let later = At { now: "2026-07-02T08:03:00Z", ..BY_NIGHT };
    let much_later = At { now: "2026-07-02T09:20:00Z", ..BY_NIGHT };
    for (name, radio, look, at_, expected) in [
        ("proven", activating(), fresh("6.2.4", State::Idle), &later, "configure: again"),
        ("commits", activating(), fresh("6.2.4", State::Commit), &later, "activate: wait"),
        (
            "s062 unseen boot",
            activating(),
            look(up(seen("6.2.4", "2.11.11", State::Idle), 10 * DAY + 180)),
            &later,
            "activate: wait",
        ),
        (
            "soon after a boot, anew",
            phase(|o| o.uptime_before = Some(60)),
            look(up(seen("6.2.4", "2.11.11", State::Idle), 170)),
            &later,
            "configure: again",
        ),
        (
            "soon after a boot, still up",
            phase(|o| o.uptime_before = Some(60)),
            look(up(seen("6.2.4", "2.11.11", State::Idle), 240)),
            &later,
            "activate: wait",
        ),
        (
            "by itself, looked at an hour later",
            phase(|o| (o.uptime_before, o.earliest) = (Some(60), Some(at("2026-07-02T07:00:00Z")))),
            look(up(seen("6.2.4", "2.11.11", State::Idle), 3_000)),
            &later,
            "configure: again",
        ),
        (
            "unknown uptime",
            activating(),
            look(Seen { uptime: None, ..seen("6.2.4", "", State::Idle) }),
            &later,
            "activate: wait",
        ),
        (
            "far end",
            activating(),
            look(Seen { far_answers: Some(false), ..up(seen("6.2.4", "", State::Idle), 60) }),
            &later,
            "activate: wait",
        ),
        ("gone", activating(), gone(), &later, "activate: wait"),
        (
            "s063 empty",
            activating(),
            look(Seen { software: Software::default(), ..up(good(), 60) }),
            &later,
            "activate: wait",
        ),
        ("s062", activating(), fresh("2.11.11", State::Idle), &later, "settled error: over"),
        ("s065", activating(), fresh("2.11.11", State::Rollback), &later, "settled error: over"),
        ("s061 swaps", activating(), look(seen("2.11.11", "6.2.4", State::Activate)), &BY_NIGHT, "activate: wait"),
        ("s061 waits", activating(), look(seen("2.11.11", "6.2.4", State::Activate)), &later, "activate: restart"),
        (
            "once",
            phase(|o| o.restarted = true),
            look(seen("2.11.11", "6.2.4", State::Activate)),
            &later,
            "activate: wait",
        ),
        (
            "lost, at once",
            phase(|o| o.sent = Sent::Unknown),
            look(seen("2.11.11", "6.2.4", State::LoadOk)),
            &BY_NIGHT,
            "activate: wait",
        ),
        (
            "lost, later",
            phase(|o| o.sent = Sent::Unknown),
            look(seen("2.11.11", "6.2.4", State::LoadOk)),
            &later,
            "activate: activate 6.2.4",
        ),
        (
            "killed, window shut",
            phase(|o| o.sent = Sent::Intended),
            look(seen("2.11.11", "6.2.4", State::LoadOk)),
            &much_later,
            "scheduled: over",
        ),
        (
            "lost and nothing loaded",
            phase(|o| o.sent = Sent::Unknown),
            look(seen("2.11.11", "2.10.9", State::Idle)),
            &later,
            "begin: look",
        ),
    ] {
        assert_eq!(told(&ask(&radio, &look, at_)), expected, "{name}");
    }
    let twice = Radio { activations: 2, ..activating() };
    let unmoved = look(seen("2.11.11", "6.2.4", State::LoadOk));
    assert_eq!(told(&ask(&twice, &unmoved, &later)), "settled error: over");
    let overdue = ask(&activating(), &gone(), &much_later);
    assert!(overdue.release && matches!(&overdue.radio.phase, Phase::Activate(outage) if outage.overdue));
    assert_eq!(overdue.next, Next::Wait(Wait::Rare));
    assert_eq!(overdue.radio.phase.status().as_str(), "pending_verify");
    assert_eq!(told(&ask(&overdue.radio, &fresh("6.2.4", State::Idle), &much_later)), "configure: again", "s064");
    let stepping = Radio {
        phase: Phase::Activate(Outage { expect: Some("2.11.11".to_owned()), ..outage(Sent::Accepted) }),
        ..activating()
    };
    assert_eq!(told(&ask(&stepping, &fresh("2.11.11", State::Idle), &later)), "begin: look", "s015: the next image");
}

#[test]
fn a_restart_is_proven_by_the_uptime() {
    let new = Outage { uptime_before: None, expect: None, ..outage(Sent::Intended) };
    let radio = |outage: &Outage| Radio { phase: Phase::Restart(outage.clone()), ..begin(Policy::Manual) };
    let sent = Outage { uptime_before: Some(300 * DAY), ..outage(Sent::Accepted) };
    let soon = |down_seen| Outage { uptime_before: Some(120), down_seen, ..sent.clone() };
    let old = || up(seen("2.11.11", "2.10.9", State::Idle), 300 * DAY);
    let later = At { now: "2026-07-02T08:05:00Z", ..BY_NIGHT };
    let much_later = At { now: "2026-07-02T09:20:00Z", ..BY_NIGHT };
    for (name, outage, look, at_, expected) in [
        ("sent", &new, look(old()), &BY_DAY, "restart: restart"),
        ("gone", &new, gone(), &BY_DAY, "restart_failed: over"),
        ("unprovable", &new, look(Seen { uptime: None, ..old() }), &BY_DAY, "restart_failed: over"),
        ("at work", &new, look(up(seen("2.11.11", "2.10.9", State::Load), 300 * DAY)), &BY_DAY, "restart_failed: over"),
        ("down", &sent, gone(), &later, "restart: wait"),
        ("s039", &sent, look(old()), &later, "restart: wait"),
        ("s039 limit", &sent, look(old()), &much_later, "restart_failed: over"),
        ("s040", &sent, gone(), &much_later, "restart_failed: over"),
        ("s037", &sent, look(up(old(), 60)), &later, "begin: look"),
        ("soon after a boot, down", &soon(true), look(up(old(), 200)), &later, "begin: look"),
        ("soon after a boot, not seen down", &soon(false), look(up(old(), 200)), &later, "restart: wait"),
        ("soon after a boot, still up", &soon(true), look(up(old(), 420)), &later, "restart: wait"),
        ("starts", &sent, look(Seen { software: Software::default(), ..up(old(), 60) }), &later, "restart: wait"),
    ] {
        assert_eq!(told(&ask(&radio(outage), &look, at_)), expected, "{name}");
    }
}

#[test]
fn s089_an_abort_stops_before_the_next_command() {
    let asked = |radio: Radio| Radio { abort: Some(Asked { by: "noc".to_owned(), at: at(NIGHT) }), ..radio };
    let fetch = || look(fetching(seen("2.11.11", "2.10.9", State::Load), "6.2.4"));
    for (name, radio, look, expected) in [
        (
            "before",
            asked(begin(Policy::Immediate)),
            look(seen("2.11.11", "2.10.9", State::Idle)),
            "settled aborted: over",
        ),
        ("plain load", asked(loading(Sent::Accepted, false)), fetch(), "settled aborted: over"),
        ("immediate load", asked(loading(Sent::Accepted, true)), fetch(), "load: abort"),
        (
            "given up",
            asked(loading(Sent::Accepted, true)),
            look(seen("2.11.11", "2.10.9", State::Idle)),
            "settled aborted: over",
        ),
        ("unknown", asked(loading(Sent::Unknown, true)), gone(), "load: wait"),
        ("too late", asked(activating()), gone(), "activate: wait"),
    ] {
        let decision = ask(&radio, &look, &BY_NIGHT);
        assert_eq!(told(&decision), expected, "{name}");
    }
    let late = ask(&asked(activating()), &gone(), &BY_NIGHT);
    assert!(late.said.iter().any(|said| said.message.starts_with("cannot abort, activating")));
    assert_eq!(late.radio.abort, None);
}

#[test]
fn answers() {
    let (config, images, window) = (Config::default(), images(), window());
    let rules =
        Rules { now: at(NIGHT), config: &config, images: &images, window: &window, slot: true, partner: Partner::Free };
    let load = Command::Load { image: image(Target::Final, "6.2.4"), immediate: false, abort_first: false };
    let activate = Command::Activate { version: "6.2.4".to_owned() };
    let words = || "no".to_owned();
    let restarting = Radio { phase: Phase::Restart(outage(Sent::Intended)), ..begin(Policy::Manual) };
    for (name, radio, command, answer, expected) in [
        ("accepted", loading(Sent::Intended, false), &load, Answer::Accepted, "load: wait"),
        ("s043", loading(Sent::Intended, false), &load, Answer::Busy, "load: look"),
        ("s044", loading(Sent::Intended, false), &load, Answer::Refused(words()), "settled error: over"),
        ("lost", loading(Sent::Intended, false), &load, Answer::Unknown(words()), "load: wait"),
        (
            "otherwise",
            loading(Sent::Intended, false),
            &load,
            Answer::Otherwise { activates: true, words: words() },
            "load: look",
        ),
        ("accepted", activating(), &activate, Answer::Accepted, "activate: wait"),
        ("s058", activating(), &activate, Answer::NothingReady, "begin: look"),
        ("s059", activating(), &activate, Answer::Refused(words()), "settled error: over"),
        ("s060", activating(), &activate, Answer::Unknown(words()), "activate: wait"),
        ("separate", activating(), &Command::Restart, Answer::Refused(words()), "activate: wait"),
        ("s038", restarting.clone(), &Command::Restart, Answer::Refused(words()), "restart_failed: over"),
        ("lost", restarting, &Command::Restart, Answer::Unknown(words()), "restart: wait"),
    ] {
        assert_eq!(told(&answered(&radio, command, &answer, &rules)), expected, "{name}");
    }
    // A load that would activate by itself although nobody asked is given up.
    let otherwise = Answer::Otherwise { activates: true, words: words() };
    let radio = answered(&loading(Sent::Intended, false), &load, &otherwise, &rules).radio;
    let fetch = look(fetching(seen("2.11.11", "2.10.9", State::Load), "6.2.4"));
    assert_eq!(told(&ask(&radio, &fetch, &BY_NIGHT)), "load: abort");
    assert_eq!(told(&ask(&radio, &look(seen("2.11.11", "2.10.9", State::Idle)), &BY_NIGHT)), "settled error: over");
}

#[test]
fn s095_a_failed_step_does_not_stop_the_next_and_fails_the_whole() {
    let (config, images, window) = (Config::default(), images(), window());
    let rules = Rules {
        now: at(NIGHT),
        config: &config,
        images: &images,
        window: &window,
        slot: false,
        partner: Partner::Free,
    };
    let steps = Steps { password: Outcome::Waiting, snmp: Outcome::Waiting, sop: Outcome::Waiting, ..Steps::default() };
    let mut radio = Radio { phase: Phase::Configure, steps, ..begin(Policy::Immediate) };
    let mut order = Vec::new();
    for outcome in [Outcome::Skipped("has it".to_owned()), Outcome::Failed("Aborted: x".to_owned()), Outcome::Ok] {
        let Next::Configure(step) = decide(&radio, &gone(), &rules).next else { panic!("no step") };
        order.push(step);
        radio = configured(&radio, step, outcome, Vec::new(), &rules).radio;
    }
    assert_eq!(order, [Step::Password, Step::Snmp, Step::Sop]);
    let end = decide(&radio, &gone(), &rules);
    assert_eq!(told(&end), "settled error: over");
    assert_eq!(end.radio.error.as_deref(), Some("snmp: Aborted: x"));
}

fn any_sent() -> impl Strategy<Value = Sent> {
    prop::sample::select(vec![Sent::Intended, Sent::Unknown, Sent::Accepted])
}

fn any_phase() -> impl Strategy<Value = Phase> {
    let loads = (any_sent(), any::<bool>(), 0_u32..3, 0_u32..6, any::<bool>()).prop_map(
        |(sent, immediate, retries, unreadable, baseline)| {
            let mut load = Load { retries, unreadable, ..load(sent, immediate) };
            if baseline {
                load.image = image(Target::Baseline, "2.11.11");
            }
            Phase::Load(load)
        },
    );
    let outages = || {
        (any_sent(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |(sent, restarted, down_seen, overdue, known)| Outage {
                restarted,
                down_seen,
                overdue,
                abort_asked: false,
                uptime_before: known.then_some(10 * DAY),
                ..outage(sent)
            },
        )
    };
    prop_oneof![
        prop::sample::select(vec![
            Phase::Begin,
            Phase::Slot,
            Phase::Listed,
            Phase::Blocked,
            Phase::Scheduled,
            Phase::Manual,
            Phase::RebootRequired,
            Phase::RestartFailed,
            Phase::Configure,
            Phase::Settled { end: End::Error },
        ]),
        loads,
        outages().prop_map(Phase::Activate),
        outages().prop_map(Phase::Restart),
    ]
}

fn any_radio() -> impl Strategy<Value = Radio> {
    let policies = prop::sample::select(vec![
        Policy::Immediate,
        Policy::Manual,
        Policy::Scheduled { at: None },
        Policy::Scheduled { at: Some(at(NOON)) },
    ]);
    let targets = prop::sample::select(vec![Target::Final, Target::Baseline, Target::Custom]);
    let go = prop::option::of(any::<bool>());
    (any_phase(), policies, targets, go, any::<bool>(), 0_u32..3).prop_map(
        |(phase, policy, target, go, abort, activations)| {
            let asked = || Asked { by: "noc".to_owned(), at: at(NIGHT) };
            let mut radio = Radio { phase, activations, ..begin(policy) };
            if let Some(plan) = &mut radio.plan {
                plan.target = target;
                plan.custom = (target == Target::Custom).then(|| image(Target::Custom, "6.1.0"));
            }
            radio.go = go.map(|force| Go { asked: asked(), force });
            radio.abort = abort.then(asked);
            radio
        },
    )
}

fn any_look() -> impl Strategy<Value = Look> {
    let versions = || prop::sample::select(vec!["", "2.10.0", "2.11.11", "6.1.0", "6.2.4", "6.3.0"]);
    let states = prop::option::of(prop::sample::select(vec![
        State::Idle,
        State::PrepareLoad,
        State::Load,
        State::LoadOk,
        State::LoadError,
        State::Commit,
        State::Activate,
        State::WaitingToActivate,
        State::Rollback,
        State::RollbackError,
        State::SameVersion,
        State::Other("x".to_owned()),
    ]));
    let uris = prop::option::of(prop::sample::select(vec!["2.11.11", "6.2.4", "6.1.0", "9.9.9"]));
    let ups = prop::option::of(prop::sample::select(vec![30_u64, 9 * DAY, 11 * DAY, 300 * DAY]));
    let seen = (versions(), versions(), states, uris, ups).prop_map(|(active, inactive, state, uri, uptime)| {
        let mut found = seen(active, inactive, State::Idle);
        found.software.state = state;
        found.software.uri = uri.map(|version| image(Target::Final, version).uri);
        found.uptime = uptime.map(Duration::from_secs);
        look(found)
    });
    let classes =
        vec![FailureClass::Unreachable, FailureClass::Timeout, FailureClass::AuthRefused, FailureClass::Protocol];
    let failed = prop::sample::select(classes).prop_map(|class| Look::Failed(Failure::new(class, "x")));
    prop_oneof![4 => seen, 1 => failed]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Whatever a radio shows, in whatever phase.
    #[test]
    fn no_command_goes_past_the_plan(
        radio in any_radio(),
        shown in any_look(),
        now in prop::sample::select(vec![NIGHT, "2026-07-02T08:03:00Z", "2026-07-02T09:20:00Z", NOON]),
        slot in any::<bool>(),
    ) {
        let decision = ask(&radio, &shown, &At { now, slot, partner: Partner::Free });
        let plan = radio.plan.clone().unwrap();
        let next = match &shown {
            Look::Seen(seen) => seen.active().map(|active| version::goal(&active, &plan, &images())),
            Look::Failed(_) => None,
        };
        if let Next::Send(command) = &decision.next {
            prop_assert!(radio.phase.is_driven());
            match &shown {
                Look::Seen(seen) => prop_assert!(seen.software.state.is_some(), "a command to a radio whose state is unknown"),
                Look::Failed(_) => prop_assert!(false, "a command to a radio that was not seen"),
            }
            match command {
                Command::Load { image, immediate, .. } => {
                    let stages = [images().baseline, images().goal, plan.custom.clone()];
                    prop_assert!(stages.iter().flatten().any(|known| known == image));
                    if !matches!(radio.phase, Phase::Load(_)) {
                        prop_assert_eq!(next, Some(Goal::Next(image.clone())));
                    }
                    prop_assert_eq!(*immediate, plan.policy == Policy::Immediate);
                    prop_assert!(radio.abort.is_none());
                    prop_assert!(!immediate || decision.slot == SlotChange::Take);
                }
                Command::Activate { version } => {
                    prop_assert!(permitted(&radio, &window(), at(now)), "outside what was allowed");
                    prop_assert!(matches!(&next, Some(Goal::Next(image)) if image.version == *version) || matches!(radio.phase, Phase::Load(_)));
                    prop_assert!(decision.radio.activations <= 2 && decision.radio.activations == radio.activations + 1);
                    prop_assert!(decision.slot == SlotChange::Take && radio.abort.is_none());
                    prop_assert!(plan.policy == Policy::Immediate || slot);
                }
                Command::AbortLoad => prop_assert!(matches!(&radio.phase, Phase::Load(load) if load.immediate)),
                Command::Restart => match &radio.phase {
                    Phase::Restart(outage) => prop_assert!(outage.sent == Sent::Intended && outage.uptime_before.is_none()),
                    Phase::Activate(outage) => prop_assert!(!outage.restarted),
                    _ => prop_assert!(false, "a restart that nobody needs"),
                },
            }
        }
        // Success is only ever said of what was read.
        if decision.radio.phase == (Phase::Settled { end: End::Success }) {
            prop_assert!(matches!(radio.phase, Phase::Configure));
        }
        // A radio that waits for something has somebody who waits for it.
        prop_assert_eq!(decision.next == Next::Over, !decision.radio.phase.is_driven());
    }
}
