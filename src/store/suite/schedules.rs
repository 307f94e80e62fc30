//! Schedules: rows, runs with their jobs, the lead, the history.

use super::*;
use crate::model::{Due, Misfire, RunOutcome, ScheduleSource, When};
use crate::store::{
    AuditEntry, Fire, Fired, Lead, NewRun, ScheduleChange, ScheduleChanged, ScheduleOp, ScheduleRow, ScheduleSpec,
    Settled, Signal,
};

fn spec(name: &str) -> ScheduleSpec {
    ScheduleSpec {
        name: name.to_owned(),
        source: ScheduleSource::Api,
        about: "every night, ü".to_owned(),
        action: Some("health.get".to_owned()),
        payload: json!({"device": "r1", "n": [1, null]}),
        scopes: vec!["job.submit".to_owned()],
        owner: "desk".to_owned(),
        when: When::Cron("30 2 * * *".to_owned()),
        zone: "America/Chicago".to_owned(),
        jitter: Duration::from_secs(600),
        misfire: Misfire::Once,
        catch_up: 5,
        overlap: false,
    }
}

fn due(seconds: i64) -> Due {
    Due { at: t(seconds), fire_at: t(seconds + 7) }
}

async fn change(store: &dyn Store, now: i64, name: &str, op: ScheduleOp) -> ScheduleChanged {
    let change = ScheduleChange { name: name.to_owned(), op, audit: None };
    let render = Box::new(|row: &ScheduleRow| StoredResponse {
        status: 200,
        body: format!("{} {}", row.spec.name, row.version).into_bytes(),
    });
    store.change_schedule(t(now), change, None, render).await.unwrap()
}

async fn add(store: &dyn Store, name: &str, first: i64) -> ScheduleRow {
    let op = ScheduleOp::Add { spec: Box::new(spec(name)), enabled: true, next: Some(due(first)) };
    assert!(matches!(change(store, 0, name, op).await, ScheduleChanged::Answered(_)));
    row(store, name).await
}

async fn row(store: &dyn Store, name: &str) -> ScheduleRow {
    store.schedule(name).await.unwrap().unwrap()
}

async fn lead(store: &dyn Store) -> Lead {
    store.lead_schedules("a", t(0), Duration::from_secs(100_000), true).await.unwrap().unwrap()
}

/// A run with the nth job.
fn with_job(n: u64, at: i64) -> NewRun {
    let job = Some(Box::new(job(n, None, Access::Read)));
    NewRun { due_at: t(at), job, outcome: RunOutcome::Queued, detail: String::new() }
}

fn fire(name: &str, at: i64, next: i64, runs: Vec<NewRun>) -> Fire {
    Fire {
        name: name.to_owned(),
        version: 1,
        due: t(at),
        runs,
        basis: t(at),
        shown: Some(jiff::civil::date(2026, 7, 2).at(2, 30, 0, 0)),
        next: Some(due(next)),
        overlap: false,
        keep: 100,
    }
}

async fn outcomes(store: &dyn Store, name: &str) -> Vec<RunOutcome> {
    store.schedule_runs(name, None, 100).await.unwrap().iter().map(|run| run.outcome).collect()
}

async fn queued(store: &dyn Store) -> u64 {
    store.depth(t(0)).await.unwrap().queued
}

/// Every column comes back, for each kind of hours.
pub async fn a_schedule_is_kept_as_it_was_made(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.schedule("a").await.unwrap(), None);
    assert_eq!(store.next_schedule().await.unwrap(), None);
    let kept = add(&*store, "a", 100).await;
    let wanted = ScheduleRow {
        spec: spec("a"),
        version: 1,
        enabled: true,
        anchor: t(0),
        basis: t(0),
        shown: None,
        next: Some(due(100)),
        created_at: t(0),
        updated_at: t(0),
        last: None,
    };
    assert_eq!(kept, wanted);
    for (name, when) in [("every", When::Every(Duration::from_millis(90_500))), ("once", When::At(t(9)))] {
        let spec = ScheduleSpec { when, action: None, overlap: true, misfire: Misfire::All, ..spec(name) };
        let op = ScheduleOp::Add { spec: Box::new(spec.clone()), enabled: false, next: None };
        assert!(matches!(change(&*store, 0, name, op).await, ScheduleChanged::Answered(_)));
        let kept = row(&*store, name).await;
        assert_eq!((&kept.spec, kept.enabled, kept.next), (&spec, false, None));
    }
    let names: Vec<String> = store.schedules().await.unwrap().into_iter().map(|row| row.spec.name).collect();
    assert_eq!(names, ["a", "every", "once"]);
    assert_eq!(store.next_schedule().await.unwrap(), Some(t(107)));
    assert_eq!(store.due_schedules(t(106), 10).await.unwrap(), []);
    assert_eq!(store.due_schedules(t(107), 10).await.unwrap(), [wanted]);
    let op = ScheduleOp::Add { spec: Box::new(spec("a")), enabled: true, next: None };
    assert_eq!(change(&*store, 1, "a", op).await, ScheduleChanged::Exists(ScheduleSource::Api));
    assert_eq!(change(&*store, 1, "none", ScheduleOp::Pause).await, ScheduleChanged::NotFound);
}

/// A job that cannot be stored leaves the schedule where it is.
pub async fn a_run_is_stored_with_its_job_or_not_at_all(lab: &dyn Lab) {
    let store = lab.open().await;
    add(&*store, "a", 100).await;
    let lead = lead(&*store).await;
    submit(&*store, job(1, None, Access::Read)).await;
    let failed = store.fire_schedule(&lead, t(107), fire("a", 100, 200, vec![with_job(1, 100)])).await;
    assert!(failed.is_err(), "the job's id is taken");
    assert_eq!(row(&*store, "a").await.next, Some(due(100)));
    assert_eq!(outcomes(&*store, "a").await, []);
    let mut signals = store.signals();
    let mut run = with_job(2, 100);
    let audit = AuditEntry {
        at: t(107),
        who: "schedule:a".to_owned(),
        what: "schedule.run".to_owned(),
        subject: "health.get".to_owned(),
        job: Some(id(2)),
        detail: String::new(),
    };
    if let Some(job) = &mut run.job {
        job.audit = Some(audit.clone());
    }
    let fired = store.fire_schedule(&lead, t(107), fire("a", 100, 200, vec![run])).await.unwrap();
    assert_eq!(fired, Fired::Done(vec![RunOutcome::Queued]));
    assert_eq!(signals.recv().await.unwrap(), Signal::Ready);
    let moved = row(&*store, "a").await;
    assert_eq!((moved.next, moved.basis, moved.version), (Some(due(200)), t(100), 1));
    assert_eq!(moved.shown, Some(jiff::civil::date(2026, 7, 2).at(2, 30, 0, 0)));
    let last = moved.last.unwrap();
    assert_eq!((last.job, last.due_at, last.fired_at, last.manual), (Some(id(2)), t(100), t(107), false));
    assert_eq!(last.outcome, RunOutcome::Queued);
    assert_eq!(store.audit_log(1).await.unwrap(), [audit]);
    assert_eq!(stored(&*store, id(2)).await.submitted_by, "omni");
}

/// However often it is tried: after a crash the guard holds, and so it does after a clock that was set back.
pub async fn a_due_instant_is_run_once(lab: &dyn Lab) {
    let store = lab.open().await;
    add(&*store, "a", 100).await;
    let lead = lead(&*store).await;
    let both = [1, 2].map(|n| store.fire_schedule(&lead, t(107), fire("a", 100, 200, vec![with_job(n, 100)])));
    let mut both: Vec<Fired> = futures_util::future::join_all(both).await.into_iter().map(Result::unwrap).collect();
    both.sort_by_key(|fired| *fired == Fired::Stale);
    assert_eq!(both, [Fired::Done(vec![RunOutcome::Queued]), Fired::Stale]);
    assert_eq!(queued(&*store).await, 1);
    drop(store);
    let store = lab.open().await;
    let again = store.fire_schedule(&lead, t(108), fire("a", 100, 200, vec![with_job(3, 100)])).await.unwrap();
    assert_eq!(again, Fired::Stale);
    // Made to be due at the same instant again.
    let revise = ScheduleOp::Revise { expect: 1, was: Some(due(200)), next: Some(due(100)) };
    assert!(matches!(change(&*store, 109, "a", revise).await, ScheduleChanged::Answered(_)));
    let again = store.fire_schedule(&lead, t(109), fire("a", 100, 200, vec![with_job(4, 100)])).await.unwrap();
    assert_eq!(again, Fired::Done(Vec::new()));
    assert_eq!((queued(&*store).await, row(&*store, "a").await.next), (1, Some(due(200))));
}

pub async fn a_run_is_skipped_while_the_last_one_goes_on(lab: &dyn Lab) {
    let store = lab.open().await;
    add(&*store, "a", 100).await;
    let lead = lead(&*store).await;
    store.fire_schedule(&lead, t(107), fire("a", 100, 200, vec![with_job(1, 100)])).await.unwrap();
    let missed = NewRun { due_at: t(200), job: None, outcome: RunOutcome::Missed, detail: "2 missed".to_owned() };
    let fired = store.fire_schedule(&lead, t(307), fire("a", 200, 300, vec![missed, with_job(2, 250)])).await.unwrap();
    assert_eq!(fired, Fired::Done(vec![RunOutcome::Missed, RunOutcome::Skipped]));
    assert_eq!(queued(&*store).await, 1);
    let runs = store.schedule_runs("a", None, 10).await.unwrap();
    assert_eq!(runs[0].detail, format!("the run before it still goes on: job {}", id(1)));
    assert_eq!((runs[0].job, runs[1].detail.as_str()), (None, "2 missed"));
    // Where it may overlap, it does.
    let both = Fire { overlap: true, ..fire("a", 300, 400, vec![with_job(3, 300)]) };
    assert_eq!(store.fire_schedule(&lead, t(307), both).await.unwrap(), Fired::Done(vec![RunOutcome::Queued]));
    for claimed in claim(&*store, t(310), 8).await {
        finish(&*store, &claimed, t(311)).await;
    }
    let fired = store.fire_schedule(&lead, t(407), fire("a", 400, 500, vec![with_job(4, 400)])).await.unwrap();
    assert_eq!(fired, Fired::Done(vec![RunOutcome::Queued]), "nothing goes on any more");
    use RunOutcome::{Missed, Queued, Skipped, Success};
    assert_eq!(outcomes(&*store, "a").await, [Queued, Success, Skipped, Missed, Success]);
}

pub async fn only_the_leader_fires(lab: &dyn Lab) {
    let store = lab.open().await;
    add(&*store, "a", 100).await;
    let minute = Duration::from_secs(60);
    let first = store.lead_schedules("a", t(0), minute, false).await.unwrap().unwrap();
    assert_eq!(store.lead_schedules("b", t(59), minute, false).await.unwrap(), None, "it is held");
    assert_eq!(store.lead_schedules("a", t(30), minute, false).await.unwrap(), Some(first.clone()), "kept");
    let second = store.lead_schedules("b", t(90), minute, false).await.unwrap().unwrap();
    assert!(second.token > first.token);
    let wanted = || fire("a", 100, 200, vec![with_job(1, 100)]);
    assert_eq!(store.fire_schedule(&first, t(107), wanted()).await.unwrap(), Fired::Deposed);
    assert_eq!(store.fire_schedule(&second, t(150), wanted()).await.unwrap(), Fired::Deposed, "expired");
    assert_eq!((queued(&*store).await, row(&*store, "a").await.next), (0, Some(due(100))));
    // At start whoever else had it is gone, whatever the clock says.
    let third = store.lead_schedules("c", t(100), minute, true).await.unwrap().unwrap();
    assert_eq!(store.fire_schedule(&third, t(107), wanted()).await.unwrap(), Fired::Done(vec![RunOutcome::Queued]));
}

pub async fn a_paused_schedule_does_not_fire_and_its_instants_are_not_missed(lab: &dyn Lab) {
    let store = lab.open().await;
    add(&*store, "a", 100).await;
    let lead = lead(&*store).await;
    assert!(matches!(change(&*store, 50, "a", ScheduleOp::Pause).await, ScheduleChanged::Answered(_)));
    assert!(matches!(change(&*store, 50, "a", ScheduleOp::Pause).await, ScheduleChanged::Answered(_)), "again");
    assert_eq!((store.due_schedules(t(999), 10).await.unwrap(), store.next_schedule().await.unwrap()), (vec![], None));
    let late = store.fire_schedule(&lead, t(107), fire("a", 100, 200, vec![with_job(1, 100)])).await.unwrap();
    assert_eq!(late, Fired::Stale, "decided before the pause");
    let resume = |expect| ScheduleOp::Resume { expect, next: Some(due(600)) };
    assert_eq!(change(&*store, 500, "a", resume(1)).await, ScheduleChanged::Stale);
    assert!(matches!(change(&*store, 500, "a", resume(2)).await, ScheduleChanged::Answered(_)));
    let resumed = row(&*store, "a").await;
    assert_eq!((resumed.enabled, resumed.next, resumed.basis, resumed.anchor), (true, Some(due(600)), t(500), t(0)));
    assert_eq!(outcomes(&*store, "a").await, []);
}

pub async fn what_the_settings_say_keeps_its_next_instant(lab: &dyn Lab) {
    let store = lab.open().await;
    let define = |spec: ScheduleSpec, next| ScheduleOp::Define { spec: Box::new(spec), next: Some(due(next)) };
    let ours = || ScheduleSpec { source: ScheduleSource::Settings, ..spec("a") };
    change(&*store, 0, "a", define(ours(), 100)).await;
    change(&*store, 1, "a", ScheduleOp::Pause).await;
    // The same hours, another payload, after a restart at 500: what was missed stays to be seen, and the pause stays.
    let other = ScheduleSpec { payload: json!({"device": "r2"}), ..ours() };
    change(&*store, 500, "a", define(other.clone(), 600)).await;
    let kept = row(&*store, "a").await;
    assert_eq!((kept.next, kept.basis, kept.enabled), (Some(due(100)), t(0), false));
    assert_eq!(kept.spec, other);
    let version = kept.version;
    change(&*store, 501, "a", define(other.clone(), 700)).await;
    assert_eq!(row(&*store, "a").await.version, version, "nothing changed");
    // Other hours begin now.
    let moved = ScheduleSpec { when: When::Cron("0 3 * * *".to_owned()), ..other };
    change(&*store, 510, "a", define(moved, 800)).await;
    let moved = row(&*store, "a").await;
    assert_eq!((moved.next, moved.basis, moved.anchor), (Some(due(800)), t(510), t(510)));
    // A client's schedule is not taken over.
    add(&*store, "b", 100).await;
    let taken = ScheduleSpec { source: ScheduleSource::Builtin, ..spec("b") };
    assert_eq!(change(&*store, 2, "b", define(taken, 9)).await, ScheduleChanged::Exists(ScheduleSource::Api));
}

pub async fn a_request_is_answered_once(lab: &dyn Lab) {
    let store = lab.open().await;
    let ask = async |body: u8| {
        let op = ScheduleOp::Add { spec: Box::new(spec("a")), enabled: true, next: None };
        let audit = AuditEntry {
            at: t(0),
            who: "desk".to_owned(),
            what: "schedule.add".to_owned(),
            subject: "a".to_owned(),
            job: None,
            detail: String::new(),
        };
        let change = ScheduleChange { name: "a".to_owned(), op, audit: Some(audit) };
        let render = Box::new(|row: &ScheduleRow| StoredResponse { status: 201, body: row.spec.name.clone().into() });
        store.change_schedule(t(0), change, Some(key("k", body)), render).await.unwrap()
    };
    let answer = StoredResponse { status: 201, body: b"a".to_vec() };
    assert_eq!(ask(1).await, ScheduleChanged::Answered(Idempotent::Fresh(answer.clone())));
    assert_eq!(ask(1).await, ScheduleChanged::Answered(Idempotent::Replay(answer)));
    assert_eq!(ask(2).await, ScheduleChanged::Answered(Idempotent::Mismatch));
    assert_eq!(store.audit_log(10).await.unwrap().len(), 1);
}

pub async fn a_run_out_of_turn(lab: &dyn Lab) {
    let store = lab.open().await;
    add(&*store, "a", 100).await;
    let mut signals = store.signals();
    let run = |n| ScheduleOp::Run { expect: 1, job: Box::new(job(n, None, Access::Read)), keep: 10 };
    assert!(matches!(change(&*store, 20, "a", run(1)).await, ScheduleChanged::Answered(_)));
    assert_eq!(signals.recv().await.unwrap(), Signal::Ready);
    assert_eq!(signals.recv().await.unwrap(), Signal::Schedules);
    assert_eq!(change(&*store, 21, "a", run(2)).await, ScheduleChanged::Busy(id(1)));
    assert_eq!(queued(&*store).await, 1);
    let last = row(&*store, "a").await.last.unwrap();
    assert_eq!((last.manual, last.due_at, last.job), (true, t(20), Some(id(1))));
    assert_eq!(row(&*store, "a").await.next, Some(due(100)), "its hours stay");
}

/// A hidden job is swept an hour after its end, any job in the end: what became of the run stays.
pub async fn the_end_of_a_run_outlives_its_job(lab: &dyn Lab) {
    let store = lab.open().await;
    let lead = lead(&*store).await;
    for (name, n) in [("good", 1), ("bad", 2), ("open", 3)] {
        add(&*store, name, 100).await;
        store.fire_schedule(&lead, t(107), fire(name, 100, 200, vec![with_job(n, 100)])).await.unwrap();
    }
    for claimed in claim(&*store, t(110), 8).await {
        let end = match claimed.job.id {
            job if job == id(1) => StepEnd::Finish {
                status: JobStatus::Success,
                result: Some(json!({"response": {"counts": {"devices": 7, "failed": 1}}})),
                error: None,
                error_class: None,
            },
            job if job == id(2) => StepEnd::Finish {
                status: JobStatus::Error,
                result: None,
                error: Some("unreachable: r1".to_owned()),
                error_class: Some("unreachable".to_owned()),
            },
            _ => wait(9_999),
        };
        store.end_step(&claimed.lease, t(120), end, Vec::new()).await.unwrap();
    }
    let counts = Some(json!({"devices": 7, "failed": 1}));
    let shown = row(&*store, "good").await.last.unwrap();
    assert_eq!((shown.outcome, shown.counts.clone()), (RunOutcome::Success, counts.clone()), "before it is noted");
    let mut settled = store.settle_runs(10).await.unwrap();
    settled.sort_by(|a, b| a.schedule.cmp(&b.schedule));
    let wanted = [("bad", RunOutcome::Error), ("good", RunOutcome::Success)];
    assert_eq!(settled, wanted.map(|(name, outcome)| Settled { schedule: name.to_owned(), outcome }));
    assert_eq!(store.settle_runs(10).await.unwrap(), []);
    assert_eq!(store.sweep(t(200_000), t(200_000), 100).await.unwrap(), 2);
    let good = row(&*store, "good").await.last.unwrap();
    assert_eq!((good.outcome, good.ended_at, good.counts), (RunOutcome::Success, Some(t(120)), counts));
    let bad = row(&*store, "bad").await.last.unwrap();
    assert_eq!((bad.outcome, bad.error.as_deref()), (RunOutcome::Error, Some("unreachable: r1")));
    assert_eq!(row(&*store, "open").await.last.unwrap().outcome, RunOutcome::Running);
}

pub async fn the_history_is_bounded_and_goes_with_its_schedule(lab: &dyn Lab) {
    let store = lab.open().await;
    add(&*store, "a", 0).await;
    add(&*store, "b", 0).await;
    let lead = lead(&*store).await;
    for n in 0..10 {
        let run = NewRun { due_at: t(n), job: None, outcome: RunOutcome::Shown, detail: n.to_string() };
        let wanted = Fire { keep: 4, ..fire("a", n, n + 1, vec![run]) };
        assert!(matches!(store.fire_schedule(&lead, t(n + 7), wanted).await.unwrap(), Fired::Done(_)));
    }
    let run = NewRun { due_at: t(0), job: None, outcome: RunOutcome::Shown, detail: String::new() };
    store.fire_schedule(&lead, t(7), fire("b", 0, 1, vec![run])).await.unwrap();
    let runs = store.schedule_runs("a", None, 100).await.unwrap();
    let details: Vec<&str> = runs.iter().map(|run| run.detail.as_str()).collect();
    assert_eq!(details, ["9", "8", "7", "6"]);
    let page = store.schedule_runs("a", Some(runs[1].seq), 1).await.unwrap();
    assert_eq!(page[0].detail, "7");
    assert!(matches!(change(&*store, 30, "a", ScheduleOp::Remove).await, ScheduleChanged::Answered(_)));
    assert_eq!((store.schedule("a").await.unwrap(), outcomes(&*store, "a").await), (None, vec![]));
    assert_eq!(outcomes(&*store, "b").await, [RunOutcome::Shown]);
}

pub async fn a_brood_is_shown_without_its_results(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(&*store, job(1, None, Access::Read)).await;
    for n in 2..5 {
        let child = NewJob {
            parent: Some(id(1)),
            payload: json!({"device": format!("r{n}")}),
            ..reader(n, &format!("10.0.0.{n}"))
        };
        submit(&*store, child).await;
    }
    for claimed in claim(&*store, t(1), 8).await {
        let result = Some(json!({"response": {"firmware": "7.16", "model": {"a": 1}, "text": "long"}}));
        let (status, error, error_class) = match claimed.job.id {
            job if job == id(2) => (JobStatus::Success, None, None),
            job if job == id(3) => (JobStatus::Error, Some("timeout: r3".to_owned()), Some("timeout".to_owned())),
            _ => continue,
        };
        let result = result.filter(|_| status == JobStatus::Success);
        let end = StepEnd::Finish { status, result, error, error_class };
        store.end_step(&claimed.lease, t(2), end, Vec::new()).await.unwrap();
    }
    let picks = ["$.response.firmware", "$.response.model", "$.response.none"];
    let brood = store.brood(id(1), &picks).await.unwrap();
    let devices: Vec<&str> = brood.iter().map(|child| child.device.as_deref().unwrap()).collect();
    assert_eq!(devices, ["r2", "r3", "r4"]);
    assert_eq!(brood[0].picked, [json!("7.16"), json!({"a": 1}), json!(null)]);
    assert_eq!((brood[1].error_class.as_deref(), brood[1].picked.len()), (Some("timeout"), 0));
    assert_eq!((brood[2].status, brood[2].action.as_str()), (JobStatus::Running, "device.reboot"));
    assert_eq!(store.brood(id(9), &[]).await.unwrap(), []);
}
