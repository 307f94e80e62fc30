//! `activate` and `restart`.

use super::*;

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
