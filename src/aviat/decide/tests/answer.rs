//! Answers, aborts, and the steps of the configuration.

use super::*;

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
