//! Secrets, pins, audit log.

use super::*;
use crate::model::{HostKeyPin, SealedSecret};
use crate::store::{AuditEntry, StoreError};

fn sealed(name: &str, key_id: &str) -> SealedSecret {
    SealedSecret {
        name: name.to_owned(),
        key_id: key_id.to_owned(),
        nonce: vec![7; 12],
        ciphertext: vec![0, 1, 255],
        sealed_at: t(0),
    }
}

pub async fn secrets_are_kept_by_name(lab: &dyn Lab) {
    let store = lab.open().await;
    assert!(store.secret("radio").await.unwrap().is_none());
    store.put_secret(sealed("radio", "00000001")).await.unwrap();
    store.put_secret(sealed("core", "00000001")).await.unwrap();
    store.put_secret(sealed("radio", "00000002")).await.unwrap();
    assert_eq!(store.secret("radio").await.unwrap(), Some(sealed("radio", "00000002")));
    assert_eq!(store.secrets().await.unwrap(), [sealed("core", "00000001"), sealed("radio", "00000002")]);
    assert!(store.delete_secret("radio").await.unwrap());
    assert!(!store.delete_secret("radio").await.unwrap());
    store.close().await;
}

pub async fn all_secrets_are_replaced_or_none(lab: &dyn Lab) {
    let store = lab.open().await;
    store.put_secret(sealed("a", "00000001")).await.unwrap();
    store.put_secret(sealed("b", "00000001")).await.unwrap();
    let before = store.secrets().await.unwrap();
    for other in [
        vec![sealed("a", "00000002")],
        vec![sealed("a", "00000002"), sealed("b", "00000002"), sealed("c", "00000002")],
        vec![sealed("a", "00000002"), sealed("c", "00000002")],
        vec![sealed("a", "00000002"), sealed("a", "00000002")],
        Vec::new(),
    ] {
        assert!(matches!(store.replace_secrets(other).await, Err(StoreError::Conflict(_))));
        assert_eq!(store.secrets().await.unwrap(), before);
    }
    // A job's own secrets take part, and are its own afterwards.
    let name = format!("job/{}/password", id(1));
    submit(&*store, NewJob { secrets: vec![sealed(&name, "00000001")], ..writer(1, "10.0.0.1") }).await;
    let all = vec![sealed(&name, "00000002"), sealed("b", "00000002"), sealed("a", "00000002")];
    store.replace_secrets(all).await.unwrap();
    assert!(store.secrets().await.unwrap().iter().all(|secret| secret.key_id == "00000002"));
    let claimed = claim_one(&*store, t(0)).await;
    finish(&*store, &claimed, t(1)).await;
    assert_eq!(store.secrets().await.unwrap().len(), 2);
    store.close().await;
}

pub async fn secrets_of_a_job_die_with_it(lab: &dyn Lab) {
    let store = lab.open().await;
    store.put_secret(sealed("radio", "00000001")).await.unwrap();
    let with = |n| NewJob {
        secrets: ["password", "snmp"].map(|path| sealed(&format!("job/{}/{path}", id(n)), "00000001")).to_vec(),
        ..writer(n, &format!("10.0.0.{n}"))
    };
    let names = async || store.secrets().await.unwrap().into_iter().map(|secret| secret.name).collect::<Vec<_>>();
    submit(&*store, with(1)).await;
    submit(&*store, with(2)).await;
    assert_eq!(names().await.len(), 5);
    store.cancel(&id(2).to_string(), t(0), None, answer()).await.unwrap();
    assert_eq!(names().await.len(), 3, "cancelled in the queue");
    let claimed = claim_one(&*store, t(0)).await;
    store.end_step(&claimed.lease, t(0), wait(10), Vec::new()).await.unwrap();
    assert_eq!(names().await.len(), 3, "kept while it waits");
    let claimed = claim_one(&*store, t(10)).await;
    finish(&*store, &claimed, t(10)).await;
    assert_eq!(names().await, ["radio"]);
    // A replay leaves none behind.
    store.submit(with(3), Some(key("k", 1)), answer()).await.unwrap();
    store.submit(with(4), Some(key("k", 1)), answer()).await.unwrap();
    assert_eq!(names().await.len(), 3);
    store.close().await;
}

fn pin(fingerprint: &str) -> HostKeyPin {
    HostKeyPin {
        endpoint: "ssh://10.0.0.1:22".to_owned(),
        algorithm: "ssh-ed25519".to_owned(),
        fingerprint: fingerprint.to_owned(),
        pinned_at: t(0),
        pinned_by: "first use".to_owned(),
        offered: None,
    }
}

pub async fn a_pin_is_the_first_use(lab: &dyn Lab) {
    let store = lab.open().await;
    let (one, two) = (pin("SHA256:one"), pin("SHA256:two"));
    assert_eq!(store.pin(&one.endpoint).await.unwrap(), None);
    let (left, right) = futures_util::future::join(store.pin_first(one.clone()), store.pin_first(two)).await;
    assert_eq!(left.unwrap(), right.unwrap(), "one of them was first");
    let stored = store.pin(&one.endpoint).await.unwrap().unwrap();
    assert_eq!(store.pin_first(pin("SHA256:three")).await.unwrap(), stored);
    assert_eq!(store.pins().await.unwrap(), [stored]);
    store.close().await;
}

pub async fn an_offered_key_is_accepted_by_a_person(lab: &dyn Lab) {
    let store = lab.open().await;
    let one = store.pin_first(pin("SHA256:one")).await.unwrap();
    assert!(!store.accept_offered(&one.endpoint, "noc", t(5)).await.unwrap());
    store.note_offered(&one.endpoint, "SHA256:two").await.unwrap();
    let noted = HostKeyPin { offered: Some("SHA256:two".to_owned()), ..one.clone() };
    assert_eq!(store.pin(&one.endpoint).await.unwrap(), Some(noted.clone()));
    assert_eq!(store.pin_first(pin("SHA256:two")).await.unwrap(), noted);
    assert!(store.accept_offered(&one.endpoint, "noc", t(5)).await.unwrap());
    let accepted = HostKeyPin { pinned_at: t(5), pinned_by: "noc".to_owned(), ..pin("SHA256:two") };
    assert_eq!(store.pin(&one.endpoint).await.unwrap(), Some(accepted));
    assert!(!store.accept_offered(&one.endpoint, "noc", t(6)).await.unwrap());
    store.note_offered("ssh://10.0.0.9:22", "SHA256:two").await.unwrap();
    assert!(!store.accept_offered("ssh://10.0.0.9:22", "noc", t(6)).await.unwrap());
    store.close().await;
}

pub async fn the_audit_log_is_newest_first(lab: &dyn Lab) {
    let store = lab.open().await;
    let line = |n: u8, job| AuditEntry {
        at: t(i64::from(n)),
        who: "omni".to_owned(),
        what: "device.command".to_owned(),
        subject: format!("10.0.0.{n}"),
        job,
        detail: "reload".to_owned(),
    };
    // No order of time: the order of writing counts.
    for (n, job) in [(3, None), (1, Some(id(1))), (2, None)] {
        store.audit(line(n, job)).await.unwrap();
    }
    let log = store.audit_log(2).await.unwrap();
    assert_eq!(log, [line(2, None), line(1, Some(id(1)))]);
    store.close().await;
}
