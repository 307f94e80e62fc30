//! What must hold in every phase, whatever a radio shows.

use proptest::prelude::*;

use super::*;

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

pub(super) fn any_radio() -> impl Strategy<Value = Radio> {
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

pub(super) fn any_look() -> impl Strategy<Value = Look> {
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
