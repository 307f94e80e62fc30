//! SQLite: one file, nothing to install. Write-ahead log, full sync, one connection that writes (see `writer`) and a
//! few that read beside it (see `readers`).

mod audit;
mod cancel;
mod checkpoint;
mod claim;
mod configs;
mod conn;
mod events;
mod idempotency;
mod jobs;
mod keys;
mod lanes;
mod open;
mod pins;
mod poke;
mod radios;
mod readers;
mod rows;
mod secrets;
mod step;
mod sweep;
#[cfg(test)]
mod tests;
mod times;
mod writer;

use std::fs::File;
use std::path::Path;

use async_trait::async_trait;
use tokio::sync::broadcast;

pub use self::open::Purpose;
use self::readers::Readers;
use self::times::Times;
use self::writer::{Listeners, Writer};
use super::{Observer, Result, Signal, Store, StoreError, Watched};

/// Signals that a slow listener may fall behind; then it is told that it lagged, and asks again.
const SIGNALS: usize = 4096;

/// The store in one SQLite file.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    signals: broadcast::Sender<Signal>,
    watched: Watched,
    times: Times,
    /// Held while the daemon lives.
    lock: std::sync::Mutex<Option<File>>,
}

impl SqliteStore {
    /// Takes the daemon's lock without opening the database: no daemon runs, and none can start, while it is held.
    /// None: one runs.
    ///
    /// # Errors
    /// [`Engine`](StoreError::Engine): the lock file cannot be used.
    pub fn lock_out(path: &Path) -> Result<Option<LockedOut>> {
        match open::lock(path) {
            Ok(file) => Ok(Some(LockedOut { _lock: file })),
            Err(StoreError::InUse { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the database at `path`, creates it if there is none (mode 0600; its directory must exist), and brings
    /// its schema up to date. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`InUse`](StoreError::InUse): another daemon holds it, or its write lock was not free for 5 s.
    /// [`Damaged`](StoreError::Damaged): not a database, not ours, or not whole; no byte of it was changed.
    /// [`TooNew`](StoreError::TooNew): likewise unchanged. [`Engine`](StoreError::Engine): the
    /// directory or the file cannot be used, with the operating system's reason.
    pub async fn open(path: &Path, purpose: Purpose) -> Result<Self> {
        let lock = match purpose {
            Purpose::Daemon => Some(open::lock(path)?),
            Purpose::Tool => None,
        };
        let (owned, name) = (path.to_owned(), path.display().to_string());
        let opened = tokio::task::spawn_blocking(move || {
            let conn = open::open(&owned, purpose)?;
            let folding = match purpose {
                Purpose::Daemon => Some(open::folding(&owned)?),
                Purpose::Tool => None,
            };
            Ok::<_, StoreError>((conn, folding))
        });
        let (conn, folding) =
            opened.await.map_err(|error| StoreError::Engine(format!("cannot open {name}: {error}")))??;
        let (signals, _) = broadcast::channel(SIGNALS);
        let watched = Watched::default();
        let listeners = Listeners { signals: signals.clone(), watched: watched.clone() };
        let times = Times::default();
        let writer = Writer::start(conn, folding, listeners, times.clone())?;
        let readers = Readers::new(path.to_owned(), times.clone());
        Ok(Self { writer, readers, signals, watched, times, lock: std::sync::Mutex::new(lock) })
    }
}

/// No daemon can start while this lives.
#[derive(Debug)]
pub struct LockedOut {
    _lock: File,
}

#[async_trait]
impl Store for SqliteStore {
    async fn ping(&self) -> Result<()> {
        self.writer
            .run(|tx| {
                tx.conn.run("update meta set value = value + 1 where name = 'ping'", [])?;
                Ok(())
            })
            .await
    }

    async fn close(&self) {
        // Readers first: the writer, closing last, then folds the log into the file.
        self.readers.close().await;
        self.writer.close().await;
        self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    }

    fn observe(&self, observer: Observer) {
        self.times.observe(observer);
    }
}
