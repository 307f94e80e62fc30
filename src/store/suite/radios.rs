//! Radios: compare-and-set, slots, tasks, events; hidden jobs, children, pokes.

use std::net::IpAddr;

use serde_json::json;

use super::*;
use crate::model::{NewRadioEvent, RadioRow, RadioStatus};
use crate::store::{AuditEntry, Changed, RadioChange, RadioWrite, StoreError};

fn address(n: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, n])
}

fn radio(n: u8) -> RadioRow {
    RadioRow {
        address: address(n),
        version: 0,
        status: RadioStatus::Pending,
        driver: None,
        task: None,
        slot: false,
        hop: None,
        due_at: None,
        body: json!({"n": n, "text": "ü"}),
        seen: None,
        updated_at: t(0),
    }
}

fn put(expect: Option<i64>, row: RadioRow) -> RadioWrite {
    RadioWrite::Put { expect, row: Box::new(row) }
}

fn writes(writes: Vec<RadioWrite>) -> RadioChange {
    RadioChange { writes, ..RadioChange::default() }
}

fn said_by(n: u8, task: Option<JobId>, message: &str) -> NewRadioEvent {
    NewRadioEvent {
        at: t(1),
        level: Level::Warning,
        message: message.to_owned(),
        task,
        address: Some(address(n)),
        fields: json!({"status": "loading"}),
    }
}

/// A job on no lane.
fn task(n: u64) -> NewJob {
    NewJob { action: "aviat.run".to_owned(), ..job(n, None, Access::Write) }
}

/// A job of the engine's own.
fn hidden(n: u64, parent: Option<JobId>) -> NewJob {
    NewJob { action: "_aviat.radio".to_owned(), parent, ..job(n, Some(&format!("192.0.2.{n}")), Access::Write) }
}

/// A row with a driver that is over, or that nobody knows, has none.
pub async fn rows_without_a_driver_are_found(lab: &dyn Lab) {
    let store = lab.open().await;
    let driven = |n: u8, status, driver| RadioRow { status, driver, ..radio(n) };
    let (loading, rebooting) = (RadioStatus::Loading, RadioStatus::Rebooting);
    let rows = [
        driven(1, loading, Some(id(1))),
        driven(2, loading, None),
        driven(3, loading, Some(id(99))),
        driven(4, rebooting, Some(id(2))),
        driven(5, RadioStatus::Scheduled, None),
    ];
    let jobs = vec![hidden(1, None), hidden(2, None)];
    let change = RadioChange { jobs, ..writes(rows.map(|row| put(None, row)).to_vec()) };
    assert_eq!(store.change_radios(t(1), change).await.unwrap(), Changed::Done);
    let found = async || {
        let rows = store.undriven(&[rebooting, loading]).await.unwrap();
        rows.into_iter().map(|row| row.address).collect::<Vec<_>>()
    };
    assert_eq!(found().await, [address(2), address(3)]);
    for job in store.claim("w", t(2), Duration::from_secs(60), 2, 2).await.unwrap() {
        if job.job.id == id(2) {
            let over = StepEnd::Finish { status: JobStatus::Error, result: None, error: None, error_class: None };
            store.end_step(&job.lease, t(3), over, Vec::new()).await.unwrap();
        }
    }
    assert_eq!(found().await, [address(2), address(3), address(4)]);
}

/// Every column comes back, and the store counts the versions.
pub async fn a_row_is_kept_as_it_was_put(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.radio(address(1)).await.unwrap(), None);
    let full = RadioRow {
        status: RadioStatus::Scheduled,
        driver: Some(id(1)),
        task: Some(id(2)),
        slot: true,
        hop: Some("ridge".to_owned()),
        due_at: Some(t(60)),
        ..radio(1)
    };
    let put_it = writes(vec![put(None, full.clone()), put(None, radio(2))]);
    assert_eq!(store.change_radios(t(5), put_it).await.unwrap(), Changed::Done);
    let stored = RadioRow { version: 1, updated_at: t(5), ..full };
    assert_eq!(store.radio(address(1)).await.unwrap(), Some(stored.clone()));
    assert_eq!(store.radios_in(RadioStatus::Scheduled).await.unwrap(), 1);
    assert_eq!(store.radios_in(RadioStatus::Loading).await.unwrap(), 0);
    assert_eq!(store.radios().await.unwrap(), [stored, RadioRow { version: 1, updated_at: t(5), ..radio(2) }]);
}

/// Whoever decided on an old version stores nothing, of no row.
pub async fn a_stale_change_changes_nothing(lab: &dyn Lab) {
    let store = lab.open().await;
    store.change_radios(t(0), writes(vec![put(None, radio(1)), put(None, radio(2))])).await.unwrap();
    let error = RadioRow { status: RadioStatus::Error, ..radio(1) };
    store.change_radios(t(1), writes(vec![put(Some(1), error.clone())])).await.unwrap();
    let before = store.radios().await.unwrap();
    let late = RadioChange {
        jobs: vec![hidden(7, None)],
        events: vec![said_by(2, None, "never")],
        ..writes(vec![
            put(Some(1), RadioRow { status: RadioStatus::Success, ..radio(2) }),
            put(Some(1), RadioRow { status: RadioStatus::Success, ..radio(1) }),
        ])
    };
    assert_eq!(store.change_radios(t(2), late).await.unwrap(), Changed::Stale(vec![address(1)]));
    let there = writes(vec![put(None, radio(2))]);
    assert_eq!(store.change_radios(t(2), there).await.unwrap(), Changed::Stale(vec![address(2)]));
    let gone = writes(vec![RadioWrite::Delete { address: address(9), expect: 1 }]);
    assert_eq!(store.change_radios(t(2), gone).await.unwrap(), Changed::Stale(vec![address(9)]));
    assert_eq!(store.radios().await.unwrap(), before);
    assert_eq!(store.job(&id(7).to_string()).await.unwrap(), None);
    assert_eq!(store.radio_events(0, 10, None).await.unwrap(), []);
    let delete = writes(vec![RadioWrite::Delete { address: address(1), expect: 2 }]);
    assert_eq!(store.change_radios(t(3), delete).await.unwrap(), Changed::Done);
    assert_eq!(store.radio(address(1)).await.unwrap(), None);
}

/// Never more slots than there are, never both ends of a hop.
pub async fn slots_are_few_and_one_a_hop(lab: &dyn Lab) {
    let store = lab.open().await;
    let end = |n: u8, hop: &str| RadioRow { hop: Some(hop.to_owned()), ..radio(n) };
    let all = [end(1, "a"), end(2, "a"), end(3, "b"), end(4, "c")];
    store.change_radios(t(0), writes(all.iter().map(|row| put(None, row.clone())).collect())).await.unwrap();
    let take = |n: usize| RadioChange {
        slots: Some(2),
        ..writes(vec![put(Some(1), RadioRow { slot: true, ..all[n - 1].clone() })])
    };
    assert_eq!(store.change_radios(t(1), take(1)).await.unwrap(), Changed::Done);
    assert_eq!(store.change_radios(t(1), take(2)).await.unwrap(), Changed::Partner(address(1)));
    assert_eq!(store.change_radios(t(1), take(3)).await.unwrap(), Changed::Done);
    assert_eq!(store.change_radios(t(1), take(4)).await.unwrap(), Changed::Full);
    assert!(!store.radio(address(4)).await.unwrap().unwrap().slot);
    store.change_radios(t(2), writes(vec![put(Some(2), all[0].clone())])).await.unwrap();
    assert_eq!(store.change_radios(t(3), take(2)).await.unwrap(), Changed::Done);
    let both = RadioChange {
        slots: Some(9),
        ..writes(vec![
            put(Some(3), RadioRow { slot: true, ..all[0].clone() }),
            put(Some(2), RadioRow { slot: false, ..all[1].clone() }),
        ])
    };
    assert_eq!(store.change_radios(t(4), both).await.unwrap(), Changed::Done, "what counts is how it ends");
}

/// A change under a lease that is not held is refused.
pub async fn a_change_needs_its_lease(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(store.as_ref(), hidden(1, None)).await;
    let claimed = claim_one(store.as_ref(), t(0)).await;
    let under = |row| RadioChange { lease: Some(claimed.lease.clone()), ..writes(vec![row]) };
    assert_eq!(store.change_radios(t(1), under(put(None, radio(1)))).await.unwrap(), Changed::Done);
    let late = store.change_radios(t(61), under(put(Some(1), radio(1)))).await;
    assert!(matches!(late, Err(StoreError::LostLease(job)) if job == id(1)), "{late:?}");
    finish(store.as_ref(), &claimed, t(2)).await;
    let over = store.change_radios(t(3), under(put(Some(1), radio(1)))).await;
    assert!(matches!(over, Err(StoreError::LostLease(_))), "{over:?}");
    assert_eq!(store.radio(address(1)).await.unwrap().unwrap().version, 1);
}

/// The job of a client sleeps until none of its radios names it.
pub async fn a_task_wakes_with_its_last_radio(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(store.as_ref(), task(1)).await;
    let claimed = claim_one(store.as_ref(), t(0)).await;
    let of_task = |n: u8| RadioRow { task: Some(id(1)), ..radio(n) };
    store.change_radios(t(0), writes(vec![put(None, of_task(1)), put(None, of_task(2))])).await.unwrap();
    store.end_step(&claimed.lease, t(1), wait(600), Vec::new()).await.unwrap();
    store.change_radios(t(2), writes(vec![put(Some(1), radio(1))])).await.unwrap();
    assert_eq!(ids(&claim(store.as_ref(), t(3), 8).await), []);
    store.change_radios(t(4), writes(vec![put(Some(1), radio(2))])).await.unwrap();
    assert_eq!(ids(&claim(store.as_ref(), t(4), 8).await), [id(1)]);
}

/// A poke while the step is under way is not lost, and counts once.
pub async fn a_poke_during_a_step_counts(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(store.as_ref(), task(1)).await;
    store.poke(id(1), t(0)).await.unwrap();
    let claimed = claim_one(store.as_ref(), t(0)).await;
    store.poke(id(1), t(1)).await.unwrap();
    store.end_step(&claimed.lease, t(2), wait(600), Vec::new()).await.unwrap();
    let again = claim_one(store.as_ref(), t(3)).await;
    store.end_step(&again.lease, t(4), wait(600), Vec::new()).await.unwrap();
    assert_eq!(ids(&claim(store.as_ref(), t(5), 8).await), []);
    store.poke(id(1), t(6)).await.unwrap();
    let last = claim_one(store.as_ref(), t(6)).await;
    finish(store.as_ref(), &last, t(7)).await;
    store.poke(id(1), t(8)).await.unwrap();
    store.poke(id(99), t(8)).await.unwrap();
    assert_eq!(ids(&claim(store.as_ref(), t(9), 8).await), []);
}

/// A parent sleeps until its last child has ended, however it ended.
pub async fn a_parent_wakes_with_its_last_child(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(store.as_ref(), task(1)).await;
    let parent = claim_one(store.as_ref(), t(0)).await;
    let begin = RadioChange {
        lease: Some(parent.lease.clone()),
        jobs: vec![hidden(2, Some(id(1))), hidden(3, Some(id(1)))],
        ..RadioChange::default()
    };
    assert_eq!(store.change_radios(t(0), begin).await.unwrap(), Changed::Done);
    store.end_step(&parent.lease, t(1), wait(600), Vec::new()).await.unwrap();
    let children = claim(store.as_ref(), t(2), 8).await;
    assert_eq!(ids(&children), [id(2), id(3)]);
    finish(store.as_ref(), &children[0], t(3)).await;
    assert_eq!(ids(&claim(store.as_ref(), t(4), 8).await), []);
    let failed = StepEnd::Finish {
        status: JobStatus::Error,
        result: None,
        error: Some("timeout".to_owned()),
        error_class: None,
    };
    store.end_step(&children[1].lease, t(5), failed, Vec::new()).await.unwrap();
    assert_eq!(ids(&claim(store.as_ref(), t(6), 8).await), [id(1)]);
    let found = store.children(id(1)).await.unwrap();
    assert_eq!(
        found.iter().map(|job| (job.id, job.status)).collect::<Vec<_>>(),
        [(id(2), JobStatus::Success), (id(3), JobStatus::Error)]
    );
    assert_eq!(found[0].result, Some(json!({"ok": true})));
    assert_eq!(found[1].error.as_deref(), Some("timeout"));
}

/// Hidden jobs are nobody's business but the engine's, and go an hour after their end.
pub async fn hidden_jobs_are_not_shown(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(store.as_ref(), hidden(1, None)).await;
    submit(store.as_ref(), task(2)).await;
    let listed = store.jobs(10, None).await.unwrap();
    assert_eq!(listed.iter().map(|job| job.id).collect::<Vec<_>>(), [id(2)]);
    assert_eq!(store.jobs(10, Some(JobStatus::Queued)).await.unwrap().len(), 1);
    assert_eq!(store.depth(t(1)).await.unwrap().queued, 1);
    let claimed = claim(store.as_ref(), t(0), 8).await;
    for claimed in &claimed {
        finish(store.as_ref(), claimed, t(1)).await;
    }
    store.sweep(t(3000), t(-100), 1000).await.unwrap();
    assert!(store.job(&id(1).to_string()).await.unwrap().is_some());
    store.sweep(t(3602), t(-100), 1000).await.unwrap();
    assert_eq!(store.job(&id(1).to_string()).await.unwrap(), None);
    assert!(store.job(&id(2).to_string()).await.unwrap().is_some());
}

/// Events have rising numbers, can be asked for by task, and are also those of the client's job while it runs.
pub async fn what_is_said_of_a_radio_is_said_by_its_job(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(store.as_ref(), task(1)).await;
    let line = AuditEntry {
        at: t(1),
        who: "omni".to_owned(),
        what: "aviat.load".to_owned(),
        subject: "192.0.2.1".to_owned(),
        job: Some(id(1)),
        detail: "6.2.4".to_owned(),
    };
    let change = RadioChange {
        events: vec![said_by(1, Some(id(1)), "loads"), said_by(2, None, "waits"), said_by(2, Some(id(9)), "gone")],
        audit: vec![line.clone()],
        ..writes(vec![put(None, radio(1))])
    };
    assert_eq!(store.last_radio_event().await.unwrap(), 0);
    store.change_radios(t(1), change).await.unwrap();
    let all = store.radio_events(0, 10, None).await.unwrap();
    assert_eq!(all.iter().map(|event| event.said.message.as_str()).collect::<Vec<_>>(), ["loads", "waits", "gone"]);
    assert!(all.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    assert_eq!(all[0].said, said_by(1, Some(id(1)), "loads"));
    assert_eq!(store.radio_events(all[0].seq, 1, None).await.unwrap(), [all[1].clone()]);
    assert_eq!(store.radio_events(0, 10, Some(id(1))).await.unwrap(), [all[0].clone()]);
    assert_eq!(store.last_radio_event().await.unwrap(), all[2].seq);
    assert_eq!(said(store.as_ref(), id(1)).await, [(Level::Warning, "loads".to_owned())]);
    assert_eq!(store.audit_log(10).await.unwrap(), [line]);
}

/// What a probe saw changes nothing that was decided.
pub async fn an_observation_changes_no_version(lab: &dyn Lab) {
    let store = lab.open().await;
    assert!(!store.note_radio(address(1), json!({"stp_ok": true})).await.unwrap());
    store.change_radios(t(0), writes(vec![put(None, radio(1))])).await.unwrap();
    assert!(store.note_radio(address(1), json!({"stp_ok": true})).await.unwrap());
    let row = store.radio(address(1)).await.unwrap().unwrap();
    assert_eq!((row.version, row.updated_at, row.seen), (1, t(0), Some(json!({"stp_ok": true}))));
    store.change_radios(t(1), writes(vec![put(Some(1), radio(1))])).await.unwrap();
    assert_eq!(store.radio(address(1)).await.unwrap().unwrap().seen, Some(json!({"stp_ok": true})), "kept");
}
