//! `load`.

use super::*;

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
