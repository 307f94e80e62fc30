//! Events.

use super::*;

pub async fn sequence_rises_over_all_jobs(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(&*store, writer(1, "10.0.0.1")).await;
    submit(&*store, writer(2, "10.0.0.2")).await;
    let both = claim(&*store, t(0), 2).await;
    let mut order = vec![store.events(id(2), 0).await.unwrap()[0].seq];
    for round in 0..3 {
        for claimed in &both {
            let some = (0..10).map(|n| event(format!("{round}.{n}"))).collect();
            store.append(&claimed.lease, some).await.unwrap();
            let events = store.events(claimed.job.id, order.last().copied().unwrap_or(0)).await.unwrap();
            let texts: Vec<_> = events.iter().map(|event| event.message.clone()).collect();
            assert_eq!(texts, (0..10).map(|n| format!("{round}.{n}")).collect::<Vec<_>>());
            order.extend(events.iter().map(|event| event.seq));
        }
    }
    assert!(order.is_sorted_by(|a, b| a < b), "{order:?}");
    // A number is never given twice, not even after everything was deleted.
    for claimed in &both {
        finish(&*store, claimed, t(1)).await;
    }
    assert_eq!(store.sweep(t(2), t(2), 0).await.unwrap(), 2);
    submit(&*store, writer(3, "10.0.0.1")).await;
    let third = claim_one(&*store, t(3)).await;
    assert!(store.events(third.job.id, 0).await.unwrap()[0].seq > order[order.len() - 1]);
    assert!(third.job.seq > both[1].job.seq);
    store.close().await;
}

pub async fn the_newest_500_are_kept(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(1, "10.0.0.1")).await;
    submit(&*store, writer(2, "10.0.0.2")).await;
    let both = claim(&*store, t(0), 2).await;
    store.append(&both[1].lease, vec![event("the neighbour's")]).await.unwrap();
    for some in 0..7 {
        store.append(&both[0].lease, (0..90).map(|n| event(format!("{}", some * 90 + n))).collect()).await.unwrap();
    }
    let texts: Vec<_> = said(&*store, id).await.into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, (130..630).map(|n| n.to_string()).collect::<Vec<_>>());
    store.end_step(&both[0].lease, t(1), success(), vec![event("last")]).await.unwrap();
    let texts = said(&*store, id).await;
    assert_eq!((texts.len(), &*texts[0].1, &*texts[499].1), (500, "131", "last"));
    assert_eq!(said(&*store, both[1].job.id).await.len(), 2);
    store.close().await;
}

pub async fn any_text_is_kept_as_it_is(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(1, "10.0.0.1")).await;
    let claimed = claim_one(&*store, t(0)).await;
    let odd =
        NewEvent { at: t(3), level: Level::Warning, message: "a\0b '; drop table job; -- \u{1f4e1}\r\n".to_owned() };
    store.append(&claimed.lease, vec![odd.clone()]).await.unwrap();
    let stored = store.events(id, 0).await.unwrap().pop().unwrap();
    assert_eq!((stored.at, stored.level, stored.message), (odd.at, odd.level, odd.message));
    assert!(store.events(super::id(9), 0).await.unwrap().is_empty());
    store.close().await;
}
