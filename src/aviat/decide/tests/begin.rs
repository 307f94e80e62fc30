//! `begin` and `slot`.

use super::*;

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
