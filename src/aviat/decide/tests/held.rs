//! What windows and black-outs hold back.

use serde_json::json;

use super::property::{any_look, any_radio};
use super::*;
use crate::calendar::window::{Book, Spec, Subject};
use proptest::prelude::*;

fn spec(value: serde_json::Value) -> Spec {
    serde_json::from_value(value).unwrap()
}

/// The nightly window with named windows and black-outs over it, in Chicago.
fn with(windows: &[Spec], blackouts: &[Spec]) -> Window {
    let zone = jiff::tz::TimeZone::get("America/Chicago").unwrap();
    let subject = Subject { address: "192.0.2.10".parse().unwrap(), device: None, zone };
    window().with(&Book::of_settings(windows, blackouts).unwrap(), &subject)
}

/// A named window from 20:00 to 23:00: closed by night and at noon.
fn evening() -> Window {
    with(&[spec(json!({"name": "evening", "time": "20:00-23:00"}))], &[])
}

/// 20:00 in Chicago on the days of `NIGHT` and `NOON`.
const EVENING: &str = "2026-07-03T01:00:00Z";

/// A black-out of those days.
fn barred() -> Window {
    with(&[], &[spec(json!({"name": "storm", "from": "2026-07-01T00:00:00Z", "until": "2026-07-05T00:00:00Z"}))])
}

fn decided(radio: &Radio, look: &Look, now: &str, window: &Window) -> Decision {
    let (config, images) = (Config::default(), images());
    let rules = Rules { now: at(now), config: &config, images: &images, window, slot: true, partner: Partner::Free };
    decide(radio, look, &rules)
}

/// What is decided, and the instant it waits for.
fn until(decision: &Decision) -> Option<Timestamp> {
    match decision.next {
        Next::Wait(Wait::Until(at)) => Some(at),
        _ => None,
    }
}

fn with_go(radio: Radio, force: bool) -> Radio {
    Radio { go: Some(Go { asked: Asked { by: "noc".to_owned(), at: at(NIGHT) }, force }), ..radio }
}

#[test]
fn an_immediate_activation_is_loaded_plainly_and_waits() {
    let immediate = begin(Policy::Immediate);
    let idle = look(seen("2.11.11", "2.10.9", State::Idle));
    assert_eq!(told(&decided(&immediate, &idle, NOON, &window())), "load: load 6.2.4 now");
    for window in [evening(), barred()] {
        assert_eq!(told(&decided(&immediate, &idle, NOON, &window)), "load: load 6.2.4");
    }
    let loaded = Radio { phase: Phase::Load(load(Sent::Accepted, false)), ..immediate };
    let ready = look(seen("2.11.11", "6.2.4", State::LoadOk));
    for (window, now, opens) in
        [(evening(), NIGHT, EVENING), (evening(), NOON, EVENING), (barred(), NOON, "2026-07-05T00:00:00Z")]
    {
        let decision = decided(&loaded, &ready, now, &window);
        assert_eq!((told(&decision), until(&decision)), ("slot: wait".to_owned(), Some(at(opens))));
        assert_eq!(decision.slot, SlotChange::Drop);
    }
    assert_eq!(told(&decided(&loaded, &ready, EVENING, &evening())), "activate: activate 6.2.4");
    // Force passes a window, and no black-out.
    let forced = with_go(loaded, true);
    assert_eq!(told(&decided(&forced, &ready, NOON, &evening())), "activate: activate 6.2.4");
    assert_eq!(told(&decided(&forced, &ready, NOON, &barred())), "slot: wait");
}

#[test]
fn a_load_that_would_activate_by_itself_is_given_up() {
    let radio = loading(Sent::Accepted, true);
    let on = look(fetching(seen("2.11.11", "2.10.9", State::Load), "6.2.4"));
    assert_eq!(told(&decided(&radio, &on, NIGHT, &window())), "load: wait");
    for window in [evening(), barred()] {
        assert_eq!(told(&decided(&radio, &on, NIGHT, &window)), "load: abort");
        // Then it is loaded again, the other way.
        let idle = look(seen("2.11.11", "2.10.9", State::Idle));
        assert_eq!(told(&decided(&radio, &idle, NIGHT, &window)), "load: load 6.2.4");
    }
}

#[test]
fn a_black_out_sends_a_scheduled_radio_back_to_its_queue() {
    let radio = Radio { phase: Phase::Begin, ..begin(Policy::Scheduled { at: None }) };
    let ready = look(seen("2.11.11", "6.2.4", State::LoadOk));
    assert_eq!(told(&decided(&radio, &ready, NIGHT, &window())), "activate: activate 6.2.4");
    assert_eq!(told(&decided(&radio, &ready, NIGHT, &barred())), "scheduled: over");
    assert_eq!(told(&decided(&radio, &ready, NIGHT, &evening())), "scheduled: over");
    assert_eq!(told(&decided(&radio, &ready, EVENING, &evening())), "activate: activate 6.2.4");
}

#[test]
fn steps_that_write_wait_and_the_sop_does_not() {
    let steps = |steps: Steps| Radio { phase: Phase::Configure, steps, ..begin(Policy::Scheduled { at: None }) };
    let snmp = steps(Steps { snmp: Outcome::Waiting, sop: Outcome::Waiting, ..Steps::default() });
    // The nightly window of the settings is about activations alone.
    assert_eq!(told(&decided(&snmp, &gone(), NOON, &window())), "configure: snmp");
    let decision = decided(&snmp, &gone(), NOON, &evening());
    assert_eq!((told(&decision), until(&decision)), ("configure: wait".to_owned(), Some(at(EVENING))));
    assert_eq!(
        decision.radio.error.as_deref(),
        Some("held back by window 'evening'; it may begin at 2026-07-03T01:00:00Z")
    );
    // To the last moment of a window, and what was said is over.
    let decision = decided(&decision.radio, &gone(), "2026-07-03T03:59:59Z", &evening());
    assert_eq!((told(&decision), decision.radio.error), ("configure: snmp".to_owned(), None));
    assert_eq!(told(&decided(&with_go(snmp.clone(), true), &gone(), NOON, &evening())), "configure: snmp");
    assert_eq!(told(&decided(&with_go(snmp, true), &gone(), NOON, &barred())), "configure: wait");
    let sop = steps(Steps { sop: Outcome::Waiting, ..Steps::default() });
    assert_eq!(told(&decided(&sop, &gone(), NOON, &barred())), "configure: sop");
}

#[test]
fn a_restart_waits_and_its_word_ends_with_it() {
    let new = Outage { uptime_before: None, expect: None, ..outage(Sent::Intended) };
    let radio = Radio { phase: Phase::Restart(new), ..begin(Policy::Manual) };
    let idle = look(seen("2.11.11", "2.10.9", State::Idle));
    assert_eq!(told(&decided(&radio, &idle, NOON, &window())), "restart: restart");
    for (window, opens) in [(evening(), EVENING), (barred(), "2026-07-05T00:00:00Z")] {
        let decision = decided(&radio, &idle, NOON, &window);
        assert_eq!((told(&decision), until(&decision)), ("restart: wait".to_owned(), Some(at(opens))));
    }
    let decision = decided(&with_go(radio, true), &idle, NOON, &evening());
    assert_eq!(told(&decision), "restart: restart");
    // It comes up anew.
    let mut sent = decision.radio;
    if let Phase::Restart(outage) = &mut sent.phase {
        outage.sent = Sent::Accepted;
    }
    let back = decided(&sent, &look(up(seen("2.11.11", "2.10.9", State::Idle), 5)), NOON, &evening());
    assert_eq!((told(&back), back.radio.go), ("begin: look".to_owned(), None));
}

proptest! {
    /// Whatever a radio is at and shows: inside a black-out nothing with an effect begins, forced or not; outside named
    /// windows only what is forced. What tracks or gives up something begun is no beginning.
    #[test]
    fn nothing_begins_where_it_must_not(radio in any_radio(), look in any_look()) {
        for (window, barred) in [(barred(), true), (evening(), false)] {
            let decision = decided(&radio, &look, NOON, &window);
            let forced = radio.go.as_ref().is_some_and(|go| go.force) && !barred;
            match &decision.next {
                Next::Send(Command::Activate { .. }) => prop_assert!(forced),
                Next::Send(Command::Load { immediate, .. }) => prop_assert!(!immediate),
                // Of an activation that waits for one, or of its own.
                Next::Send(Command::Restart) => prop_assert!(forced || matches!(radio.phase, Phase::Activate(_))),
                Next::Configure(step) => prop_assert!(forced || *step == Step::Sop),
                _ => {}
            }
        }
    }
}
