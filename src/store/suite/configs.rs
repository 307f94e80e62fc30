//! Versions of running configs: what becomes one, lists, commits, events, deliveries, retention.

use std::net::IpAddr;

use super::*;
use crate::model::SealedSecret;
use crate::store::{ConfigEvent, ConfigRetention, ConfigVersion, Delivery, Keeping, NewConfig, NewDelivery, Signal};

/// A config of a device at `t(seconds)`; the hash stands for the text.
fn config(device: &str, seconds: i64, text: &str) -> NewConfig {
    NewConfig {
        device: device.to_owned(),
        address: IpAddr::from([192, 0, 2, 1]),
        device_type: "MTROS".to_owned(),
        site: Some("ridge".to_owned()),
        path: format!("ridge/{device}.cfg"),
        at: t(seconds),
        job: Some(id(1)),
        author: "omni".to_owned(),
        message: "ido.swt.running_config".to_owned(),
        text: text.to_owned(),
        sha256: format!("hash of {text}"),
        raw: None,
        added: 3,
        removed: 2,
        hooks: Vec::new(),
    }
}

async fn new(store: &dyn Store, config: NewConfig, expect: Option<i64>) -> ConfigVersion {
    match store.keep_config(config, expect).await.unwrap() {
        Keeping::New(version) => version,
        other => panic!("{other:?}"),
    }
}

fn numbers(versions: &[ConfigVersion]) -> Vec<i64> {
    versions.iter().map(|version| version.number).collect()
}

/// Every column comes back; what is the same is seen again, and only that.
pub async fn a_config_is_a_version_where_it_differs(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.config_version("a", None).await.unwrap(), None);
    let text = "/ip dns set servers=192.0.2.53\n# ü\n";
    let first = new(&*store, config("a", 10, text), None).await;
    let wanted = ConfigVersion {
        seq: first.seq,
        device: "a".to_owned(),
        number: 1,
        address: "192.0.2.1".to_owned(),
        device_type: "MTROS".to_owned(),
        site: Some("ridge".to_owned()),
        path: "ridge/a.cfg".to_owned(),
        fetched_at: t(10),
        last_seen_at: t(10),
        job: Some(id(1)),
        author: "omni".to_owned(),
        message: "ido.swt.running_config".to_owned(),
        sha256: format!("hash of {text}"),
        bytes: 36,
        lines: 2,
        has_raw: false,
        committed: None,
    };
    assert_eq!(first, wanted);
    assert_eq!(store.config_text(first.seq).await.unwrap().as_deref(), Some(text));
    let again = store.keep_config(config("a", 20, text), Some(1)).await.unwrap();
    assert_eq!(again, Keeping::Same(ConfigVersion { last_seen_at: t(20), ..wanted.clone() }));
    let earlier = store.keep_config(config("a", 15, text), None).await.unwrap();
    assert_eq!(earlier, Keeping::Same(ConfigVersion { last_seen_at: t(20), ..wanted }), "time does not go back");
    assert_eq!(store.config_events(0, 10, None).await.unwrap().len(), 1, "what is the same is no change");
    assert_eq!(store.config_text(99).await.unwrap(), None);
}

/// Whoever compared with an older version stores nothing.
pub async fn a_config_compared_with_an_older_version_is_stale(lab: &dyn Lab) {
    let store = lab.open().await;
    new(&*store, config("a", 1, "one\n"), None).await;
    assert_eq!(store.keep_config(config("a", 2, "two\n"), None).await.unwrap(), Keeping::Stale);
    new(&*store, config("a", 3, "two\n"), Some(1)).await;
    assert_eq!(store.keep_config(config("a", 4, "three\n"), Some(1)).await.unwrap(), Keeping::Stale);
    assert_eq!(store.keep_config(config("b", 4, "x\n"), Some(1)).await.unwrap(), Keeping::Stale);
    assert_eq!(numbers(&store.config_versions("a", None, 10).await.unwrap()), [2, 1]);
    assert_eq!(store.config_events(0, 10, None).await.unwrap().len(), 2);
    // Back to what it was is a change, and a version of its own.
    assert_eq!(new(&*store, config("a", 5, "one\n"), Some(2)).await.number, 3);
}

/// Lists are by device and newest first, pages follow each other, the newest of each device is at hand.
pub async fn versions_are_listed_by_device(lab: &dyn Lab) {
    let store = lab.open().await;
    for n in 0..5 {
        new(&*store, config("a", n, &format!("{n}\n")), (n > 0).then_some(n)).await;
    }
    new(&*store, config("b", 9, "b\n"), None).await;
    assert_eq!(numbers(&store.config_versions("a", None, 3).await.unwrap()), [5, 4, 3]);
    assert_eq!(numbers(&store.config_versions("a", Some(3), 3).await.unwrap()), [2, 1]);
    assert_eq!(store.config_versions("c", None, 3).await.unwrap(), []);
    let newest = store.config_devices().await.unwrap();
    let newest: Vec<_> = newest.iter().map(|version| (version.device.as_str(), version.number)).collect();
    assert_eq!(newest, [("a", 5), ("b", 1)]);
    assert_eq!(store.config_version("a", Some(2)).await.unwrap().unwrap().sha256, "hash of 1\n");
    assert_eq!(store.config_version("a", Some(6)).await.unwrap(), None);
    let current = store.current_configs("", 1).await.unwrap();
    assert_eq!((current[0].0.number, current[0].1.as_str()), (5, "4\n"));
    assert_eq!(store.current_configs("a", 9).await.unwrap()[0].1, "b\n");
    assert_eq!(store.current_configs("b", 9).await.unwrap(), []);
}

/// Versions wait for their commits in their order, with where the device stood before.
pub async fn versions_wait_for_their_commits(lab: &dyn Lab) {
    let store = lab.open().await;
    let first = new(&*store, config("a", 1, "one\n"), None).await;
    let moved = NewConfig { path: "valley/a.cfg".to_owned(), ..config("a", 2, "two\n") };
    let second = new(&*store, moved, Some(1)).await;
    let other = new(&*store, config("b", 3, "b\n"), None).await;
    assert_eq!(store.last_commit().await.unwrap(), None);
    let waiting = store.uncommitted_configs(0, 10).await.unwrap();
    let shown: Vec<_> =
        waiting.iter().map(|row| (row.version.seq, row.text.as_str(), row.former_path.as_deref())).collect();
    assert_eq!(
        shown,
        [(first.seq, "one\n", None), (second.seq, "two\n", Some("ridge/a.cfg")), (other.seq, "b\n", None)]
    );
    assert_eq!(store.uncommitted_configs(first.seq, 1).await.unwrap()[0].version.seq, second.seq);
    store
        .note_commits(vec![(first.seq, "c1".to_owned()), (second.seq, "c2".to_owned()), (999, "x".to_owned())])
        .await
        .unwrap();
    assert_eq!(store.uncommitted_count().await.unwrap(), 1);
    assert_eq!(store.last_commit().await.unwrap(), Some((second.seq, "c2".to_owned())));
    assert_eq!(store.config_version("a", None).await.unwrap().unwrap().committed.as_deref(), Some("c2"));
    assert_eq!(store.forget_commits().await.unwrap(), 2);
    assert_eq!(store.uncommitted_count().await.unwrap(), 3);
}

/// A change is an event with its numbers, and whoever listens is told.
pub async fn a_change_is_an_event(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut signals = store.signals();
    new(&*store, config("a", 1, "one\n"), None).await;
    assert_eq!(signals.recv().await.unwrap(), Signal::Configs);
    new(&*store, NewConfig { job: None, site: None, ..config("b", 2, "b\n") }, None).await;
    new(&*store, config("a", 3, "two\n"), Some(1)).await;
    let all = store.config_events(0, 10, None).await.unwrap();
    let wanted = ConfigEvent {
        seq: all[2].seq,
        at: t(3),
        device: "a".to_owned(),
        address: "192.0.2.1".to_owned(),
        device_type: "MTROS".to_owned(),
        site: Some("ridge".to_owned()),
        number: 2,
        previous: Some(1),
        added: 3,
        removed: 2,
        sha256: "hash of two\n".to_owned(),
        job: Some(id(1)),
        author: "omni".to_owned(),
    };
    assert_eq!(all[2], wanted);
    assert_eq!((all[1].device.as_str(), all[1].previous, all[1].job), ("b", None, None));
    assert!(all.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    assert_eq!(store.last_config_event().await.unwrap(), all[2].seq);
    let of_a = store.config_events(all[0].seq, 10, Some("a".to_owned())).await.unwrap();
    assert_eq!(of_a, [wanted]);
}

/// A delivery is there until it is ended, keeps its id, and is due when it was said to be.
pub async fn deliveries_stay_until_they_arrive(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.next_delivery().await.unwrap(), None);
    let hook = |id: &str| NewDelivery { id: id.to_owned(), hook: "h".to_owned() };
    let told = NewConfig { hooks: vec![hook("d1"), hook("d2")], ..config("a", 5, "one\n") };
    new(&*store, told, None).await;
    let same = NewConfig { hooks: vec![hook("d3")], ..config("a", 6, "one\n") };
    assert!(matches!(store.keep_config(same, Some(1)).await.unwrap(), Keeping::Same(_)));
    assert_eq!(store.due_deliveries(t(4), 10).await.unwrap(), []);
    assert_eq!(store.next_delivery().await.unwrap(), Some(t(5)));
    let due = store.due_deliveries(t(5), 10).await.unwrap();
    let event = store.config_events(0, 1, None).await.unwrap().remove(0);
    let delivery = |id: &str| Delivery {
        id: id.to_owned(),
        hook: "h".to_owned(),
        made_at: t(5),
        attempts: 0,
        event: event.clone(),
    };
    assert_eq!(due, [delivery("d1"), delivery("d2")]);
    store.end_delivery("d1").await.unwrap();
    store.postpone_delivery("d2", t(65)).await.unwrap();
    assert_eq!(store.due_deliveries(t(64), 10).await.unwrap(), []);
    assert_eq!(store.due_deliveries(t(65), 10).await.unwrap(), [Delivery { attempts: 1, ..delivery("d2") }]);
    store.end_delivery("d2").await.unwrap();
    store.end_delivery("d2").await.unwrap();
    assert_eq!(store.next_delivery().await.unwrap(), None);
}

/// A sealed text comes back as it was sealed, and only where there is one.
pub async fn a_sealed_text_is_kept_beside(lab: &dyn Lab) {
    let store = lab.open().await;
    let sealed = SealedSecret {
        name: "archive/a/hash".to_owned(),
        key_id: "00000001".to_owned(),
        nonce: vec![7; 12],
        ciphertext: vec![1, 2, 3],
        sealed_at: t(1),
    };
    let raw = new(&*store, NewConfig { raw: Some(sealed.clone()), ..config("a", 1, "one\n") }, None).await;
    assert!(raw.has_raw);
    assert_eq!(store.config_raw(raw.seq).await.unwrap(), Some(sealed));
    let without = new(&*store, config("b", 1, "b\n"), None).await;
    assert_eq!(store.config_raw(without.seq).await.unwrap(), None);
}

/// Old versions go by number and by age, with their texts; the newest of a device stays however old it is.
pub async fn old_versions_go_but_never_the_newest(lab: &dyn Lab) {
    let store = lab.open().await;
    for n in 0..6 {
        new(&*store, config("a", n, &format!("{n}\n")), (n > 0).then_some(n)).await;
    }
    let old = new(&*store, config("b", 1, "b\n"), None).await;
    let second = store.config_version("a", Some(2)).await.unwrap().unwrap();
    let none = ConfigRetention { versions: 100, before: t(-1) };
    assert_eq!(store.sweep_configs(none).await.unwrap(), 0);
    assert_eq!(store.sweep_configs(ConfigRetention { versions: 4, ..none }).await.unwrap(), 2);
    assert_eq!(numbers(&store.config_versions("a", None, 10).await.unwrap()), [6, 5, 4, 3]);
    assert_eq!(store.config_text(second.seq).await.unwrap(), None);
    assert_eq!(store.sweep_configs(ConfigRetention { before: t(4), ..none }).await.unwrap(), 2);
    assert_eq!(numbers(&store.config_versions("a", None, 10).await.unwrap()), [6, 5]);
    assert_eq!(store.sweep_configs(ConfigRetention { versions: 1, before: t(1000) }).await.unwrap(), 1);
    assert_eq!(numbers(&store.config_versions("a", None, 10).await.unwrap()), [6]);
    assert_eq!(store.config_version("b", None).await.unwrap().map(|version| version.seq), Some(old.seq));
    assert_eq!(new(&*store, config("a", 9, "next\n"), Some(6)).await.number, 7);
}
