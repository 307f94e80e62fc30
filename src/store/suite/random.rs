//! Random operations against a model in memory, on a clock that is moved by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;
use crate::clock::Clock;
use crate::store::{Lease, StoreError};

/// Random lists, each on lanes of its own in one database.
const LISTS: usize = 48;

#[derive(Debug, Clone)]
enum Act {
    Submit { lane: u8, access: bool },
    Claim { limit: u32 },
    Finish { nth: usize },
    Wait { nth: usize, seconds: i64 },
    Renew { nth: usize },
    Append { nth: usize },
    Cancel { nth: usize },
    Advance { seconds: u64 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..4_u8, any::<bool>()).prop_map(|(lane, access)| Act::Submit { lane, access }),
        4 => (1..5_u32).prop_map(|limit| Act::Claim { limit }),
        3 => any::<usize>().prop_map(|nth| Act::Finish { nth }),
        2 => (any::<usize>(), -5..200_i64).prop_map(|(nth, seconds)| Act::Wait { nth, seconds }),
        1 => any::<usize>().prop_map(|nth| Act::Renew { nth }),
        1 => any::<usize>().prop_map(|nth| Act::Append { nth }),
        2 => any::<usize>().prop_map(|nth| Act::Cancel { nth }),
        2 => (0..100_u64).prop_map(|seconds| Act::Advance { seconds }),
    ]
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Queued,
    Leased { token: i64, until: Timestamp },
    Waiting { wake: Timestamp },
    Ended(JobStatus),
}

#[derive(Debug)]
struct Known {
    id: JobId,
    lane: Option<String>,
    access: Access,
    state: State,
    cancelled: bool,
    seen: bool,
    attempt: u32,
    ends: u32,
}

/// Jobs in order of submission.
#[derive(Debug, Default)]
struct Model {
    jobs: Vec<Known>,
    leases: Vec<Lease>,
    tokens: BTreeMap<String, i64>,
}

impl Model {
    fn known(&mut self, id: JobId) -> &mut Known {
        self.jobs.iter_mut().find(|known| known.id == id).unwrap()
    }

    fn ready(known: &Known, now: Timestamp) -> bool {
        match &known.state {
            State::Queued => true,
            State::Leased { until, .. } => *until <= now,
            State::Waiting { wake } => *wake <= now,
            State::Ended(_) => false,
        }
    }

    /// Leases held on the lane: writers, readers.
    fn held(&self, lane: &str, now: Timestamp) -> (u32, u32) {
        let held = self.jobs.iter().filter(|known| {
            known.lane.as_deref() == Some(lane) && matches!(known.state, State::Leased { until, .. } if until > now)
        });
        held.fold((0, 0), |(writers, readers), known| match known.access {
            Access::Write => (writers + 1, readers),
            Access::Read => (writers, readers + 1),
        })
    }

    /// Whether the job may be claimed: first ready one on its lane, and the lane free for it.
    fn claimable(&self, id: JobId, now: Timestamp) -> bool {
        let known = self.jobs.iter().find(|known| known.id == id).unwrap();
        let Some(lane) = &known.lane else { return Self::ready(known, now) };
        let head = self.jobs.iter().find(|known| known.lane.as_ref() == Some(lane) && Self::ready(known, now));
        head.is_some_and(|head| head.id == id)
            && match (known.access, self.held(lane, now)) {
                (Access::Write, held) => held == (0, 0),
                (Access::Read, (writers, readers)) => writers == 0 && readers < READERS,
            }
    }

    /// Whether the lease is good, and if so which state ends it.
    fn good(&self, lease: &Lease, now: Option<Timestamp>) -> bool {
        self.jobs.iter().any(|known| {
            known.id == lease.job
                && matches!(known.state, State::Leased { token, until }
                    if token == lease.token && now.is_none_or(|now| until > now))
        })
    }

    fn claimed(&mut self, claimed: &Claimed, now: Timestamp) {
        let id = claimed.job.id;
        assert!(self.claimable(id, now), "{id} was not to be claimed: {:?}", self.jobs);
        let known = self.known(id);
        known.attempt += u32::from(!matches!(known.state, State::Waiting { .. }));
        known.seen = known.cancelled;
        known.state = State::Leased { token: claimed.lease.token, until: claimed.lease.expires_at };
        assert_eq!(claimed.job.attempt, known.attempt);
        assert_eq!(claimed.job.cancel_requested, known.cancelled);
        if let Some(lane) = known.lane.clone() {
            let last = self.tokens.insert(lane, claimed.lease.token).unwrap_or(0);
            assert!(claimed.lease.token > last);
        }
        self.leases.push(claimed.lease.clone());
    }
}

fn lost<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::LostLease(_))), "{outcome:?}");
}

/// Carries out one act on both.
async fn carry_out(store: &dyn Store, model: &mut Model, clock: &Clock, list: usize, act: Act) {
    let now = clock.now();
    let pick = |nth: usize, of: usize| (of > 0).then(|| nth % of);
    match act {
        Act::Submit { lane, access } => {
            let access = if access { Access::Write } else { Access::Read };
            let lane = (lane > 0).then(|| format!("10.{list}.0.{lane}"));
            let n = (list * 10_000 + model.jobs.len()) as u64;
            let id = submit(store, NewJob { created_at: now, ..job(n, lane.as_deref(), access) }).await;
            let (cancelled, seen, attempt, ends) = (false, false, 0, 0);
            model.jobs.push(Known { id, lane, access, state: State::Queued, cancelled, seen, attempt, ends });
        }
        Act::Claim { limit } => {
            let claimed = claim(store, now, limit).await;
            for claimed in &claimed {
                model.claimed(claimed, now);
            }
            if claimed.len() < limit as usize {
                let left = model.jobs.iter().find(|known| model.claimable(known.id, now));
                assert!(left.is_none(), "not claimed: {left:?}");
            }
        }
        Act::Finish { nth } => {
            let Some(nth) = pick(nth, model.leases.len()) else { return };
            let lease = model.leases[nth].clone();
            let outcome = store.end_step(&lease, now, success(), Vec::new()).await;
            if !model.good(&lease, Some(now)) {
                return lost(outcome);
            }
            outcome.unwrap();
            let known = model.known(lease.job);
            known.state = State::Ended(JobStatus::Success);
            known.ends += 1;
        }
        Act::Wait { nth, seconds } => {
            let Some(nth) = pick(nth, model.leases.len()) else { return };
            let lease = model.leases[nth].clone();
            let wake = now + jiff::SignedDuration::from_secs(seconds);
            let end = StepEnd::Wait { step: serde_json::json!(nth), wake_at: wake };
            let outcome = store.end_step(&lease, now, end, Vec::new()).await;
            if !model.good(&lease, Some(now)) {
                return lost(outcome);
            }
            outcome.unwrap();
            let known = model.known(lease.job);
            let wake = if known.cancelled && !known.seen { wake.min(now) } else { wake };
            known.state = State::Waiting { wake };
        }
        Act::Renew { nth } => {
            let Some(nth) = pick(nth, model.leases.len()) else { return };
            let lease = model.leases[nth].clone();
            let outcome = store.renew(&lease, now, LEASE).await;
            if !model.good(&lease, Some(now)) {
                return lost(outcome);
            }
            let renewed = outcome.unwrap();
            assert_eq!(renewed.token, lease.token);
            model.known(lease.job).state = State::Leased { token: renewed.token, until: renewed.expires_at };
        }
        Act::Append { nth } => {
            let Some(nth) = pick(nth, model.leases.len()) else { return };
            let lease = model.leases[nth].clone();
            let outcome = store.append(&lease, vec![event("x")]).await;
            if !model.good(&lease, None) {
                return lost(outcome);
            }
            outcome.unwrap();
        }
        Act::Cancel { nth } => {
            let Some(nth) = pick(nth, model.jobs.len()) else { return };
            let id = model.jobs[nth].id;
            store.cancel(&id.to_string(), now, None, answer()).await.unwrap();
            let known = model.known(id);
            known.cancelled = true;
            match &mut known.state {
                State::Queued => {
                    known.state = State::Ended(JobStatus::Cancelled);
                    known.ends += 1;
                }
                State::Waiting { wake } => *wake = now.min(*wake),
                State::Leased { .. } | State::Ended(_) => {}
            }
        }
        Act::Advance { seconds } => clock.advance(Duration::from_secs(seconds)),
    }
}

/// The store's view of every job is the model's; where time is awaited, the store knows until when.
async fn agree(store: &dyn Store, model: &Model, now: Timestamp) {
    for known in &model.jobs {
        let stored = stored(store, known.id).await;
        let expected = match &known.state {
            State::Queued => JobStatus::Queued,
            State::Leased { .. } | State::Waiting { .. } => JobStatus::Running,
            State::Ended(status) => *status,
        };
        assert_eq!((stored.status, stored.attempt), (expected, known.attempt));
        assert_eq!((stored.cancel_requested, stored.finished_at.is_some()), (known.cancelled, known.ends == 1));
    }
    let times = model.jobs.iter().filter_map(|known| match known.state {
        State::Leased { until, .. } => Some(until),
        State::Waiting { wake } => Some(wake),
        State::Queued | State::Ended(_) => None,
    });
    let anything_ready = model.jobs.iter().any(|known| model.claimable(known.id, now));
    if let (false, Some(next)) = (anything_ready, times.filter(|at| *at > now).min()) {
        assert_eq!(store.next_wake(now).await.unwrap(), Some(next), "{model:?}");
    }
}

pub async fn random_operations_keep_the_invariants(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut runner = TestRunner::deterministic();
    let lists = proptest::collection::vec(act(), 1..40);
    for list in 0..LISTS {
        let acts = lists.new_tree(&mut runner).unwrap().current();
        let clock = Clock::manual(t(0));
        let mut model = Model::default();
        for act in acts {
            carry_out(&*store, &mut model, &clock, list, act).await;
        }
        claim(&*store, clock.now(), 0).await;
        let all = Act::Claim { limit: 100 };
        carry_out(&*store, &mut model, &clock, list, all.clone()).await;
        agree(&*store, &model, clock.now()).await;
        // Nothing is lost: with time, every job ends, once.
        while model.jobs.iter().any(|known| known.ends == 0) {
            clock.advance(Duration::from_secs(300));
            carry_out(&*store, &mut model, &clock, list, all.clone()).await;
            for lease in model.leases.split_off(0) {
                if store.end_step(&lease, clock.now(), success(), Vec::new()).await.is_ok() {
                    let known = model.known(lease.job);
                    known.state = State::Ended(JobStatus::Success);
                    known.ends += 1;
                }
            }
        }
        agree(&*store, &model, clock.now()).await;
        assert!(model.jobs.iter().all(|known| known.ends == 1));
    }
    store.close().await;
}
