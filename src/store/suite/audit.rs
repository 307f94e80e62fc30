//! The audit log: pages of it, and its end.

use super::*;
use crate::store::{AuditEntry, AuditFilter};

fn line(second: i64, what: &str, subject: &str) -> AuditEntry {
    AuditEntry {
        at: t(second),
        who: "omni".to_owned(),
        what: what.to_owned(),
        subject: subject.to_owned(),
        job: (second == 4).then(|| id(4)),
        detail: format!("line {second}"),
    }
}

const LINES: [(&str, &str); 7] = [
    ("job.submit", "10.0.0.1"),
    ("key.create", "omni"),
    ("job.cancel", "10.0.0.1"),
    ("job.submit", "10.0.0.2"),
    // Neither begins with `job.`, though both stand close to what does.
    ("job", "10.0.0.1"),
    ("job/submit", "10.0.0.1"),
    ("job.submit", "10.0.0.1"),
];

async fn fill(store: &dyn Store) {
    for (second, (what, subject)) in (1..).zip(LINES) {
        store.audit(line(second, what, subject)).await.unwrap();
    }
}

/// Seconds of the lines of a page.
async fn page(store: &dyn Store, subject: &str, what: &str, before: Option<i64>, limit: u32) -> Vec<(i64, i64)> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let filter = AuditFilter { subject: some(subject), what: some(what) };
    let lines = store.audit_page(filter, before, limit).await.unwrap();
    lines.into_iter().map(|line| (line.number, line.entry.at.duration_since(t(0)).as_secs())).collect()
}

async fn seconds(store: &dyn Store, subject: &str, what: &str) -> Vec<i64> {
    page(store, subject, what, None, 100).await.into_iter().map(|(_, second)| second).collect()
}

pub async fn pages_are_newest_first_and_filtered(lab: &dyn Lab) {
    let store = lab.open().await;
    fill(&*store).await;
    assert_eq!(seconds(&*store, "", "").await, [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(seconds(&*store, "10.0.0.1", "").await, [7, 6, 5, 3, 1]);
    assert_eq!(seconds(&*store, "", "job.submit").await, [7, 4, 1]);
    assert_eq!(seconds(&*store, "", "job.").await, [7, 4, 3, 1]);
    assert_eq!(seconds(&*store, "10.0.0.1", "job.submit").await, [7, 1]);
    assert_eq!(seconds(&*store, "10.0.0.1", "job.").await, [7, 3, 1]);
    assert_eq!(seconds(&*store, "", "job").await, [5]);
    for (subject, what) in [("10.0.0", ""), ("", "JOB.submit"), ("", "' or 1=1 --"), ("%", "%"), ("omni", "job.")] {
        assert!(seconds(&*store, subject, what).await.is_empty(), "{subject} {what}");
    }
    // Pages meet without a gap.
    let first = page(&*store, "10.0.0.1", "", None, 2).await;
    let second = page(&*store, "10.0.0.1", "", Some(first[1].0), 2).await;
    assert_eq!([&first[..], &second[..]].concat().iter().map(|(_, second)| *second).collect::<Vec<_>>(), [7, 6, 5, 3]);
    let last = page(&*store, "10.0.0.1", "", Some(second[1].0), 2).await;
    assert_eq!(last.len(), 1);
    assert!(page(&*store, "10.0.0.1", "", Some(last[0].0), 2).await.is_empty());
    let whole = store.audit_page(AuditFilter::default(), None, 4).await.unwrap().pop().unwrap();
    assert_eq!(whole.entry, line(4, "job.submit", "10.0.0.2"), "with its job and its detail");
    store.close().await;
}

pub async fn old_lines_go(lab: &dyn Lab) {
    let store = lab.open().await;
    fill(&*store).await;
    assert_eq!(store.sweep_audit(t(4)).await.unwrap(), 3);
    assert_eq!(seconds(&*store, "", "").await, [7, 6, 5, 4]);
    assert_eq!(store.sweep_audit(t(4)).await.unwrap(), 0);
    // A number is never given again.
    let newest = page(&*store, "", "", None, 1).await[0].0;
    assert_eq!(store.sweep_audit(t(100)).await.unwrap(), 4);
    store.audit(line(200, "key.create", "x")).await.unwrap();
    assert!(page(&*store, "", "", None, 1).await[0].0 > newest);
    store.close().await;
}
