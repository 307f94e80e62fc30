//! What the night hears while it rests between two looks, on a clock that stands still: a rest has no end by itself.

use serde_json::json;

use super::*;
use crate::model::NewRadioEvent;
use crate::store::RadioChange;
use crate::store::sqlite::{Purpose, SqliteStore};

/// Far more than the night needs to take a signal in; a test that is right does not depend on it.
const TURNS: usize = 10_000;

#[tokio::test]
async fn a_stop_is_heard_while_it_rests() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.path().join("t.db"), Purpose::Daemon).await.unwrap());
    let clock = Clock::manual("2026-01-15T20:00:00Z".parse().unwrap());
    let (stop, told) = (CancellationToken::new(), clock.now());
    let night = Night {
        store: Arc::clone(&store),
        clock,
        chance: Chance::seeded(1),
        config: Arc::new(Config::default()),
        inventory: InventoryHandle::new(Inventory::default()),
        book: Arc::new(Book::default()),
        metrics: Metrics::new(["aviat.run"]).unwrap(),
        stop: stop.clone(),
    };
    let mut signals = store.signals();
    let mut running = std::pin::pin!(night.run());
    let event = NewRadioEvent {
        at: told,
        level: Level::Info,
        message: "seen".to_owned(),
        task: None,
        address: None,
        fields: json!({}),
    };
    let change = RadioChange { events: vec![event], ..RadioChange::default() };
    let disturbed = async {
        store.change_radios(told, change).await.unwrap();
        assert_eq!(signals.recv().await.unwrap(), Signal::Radios);
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = &mut running => panic!("nobody stopped it"),
        () = disturbed => {}
    }
    stop.cancel();
    Clock::system().timeout(Duration::from_secs(10), running).await.expect("it hears the stop");
    store.close().await;
}
