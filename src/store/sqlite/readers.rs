//! Connections that read. Readers of a write-ahead log never wait for the writer, nor it for them.
//!
//! A read by key ([`Readers::point`]) is carried out on the task that asks: it takes some tens of microseconds from
//! pages that are in memory, less than handing it to another thread and being woken by it. What walks many rows
//! ([`Readers::walk`]) goes to a blocking thread, so that it does not hold up the tasks of this one.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::conn::Conn;
use super::open;
use super::times::Times;
use super::writer::closed;
use crate::clock::Stopwatch;
use crate::store::Result;

/// Walks at once; others wait their turn.
const WALKS: u32 = 4;
/// Connections kept open between reads. There are as many in use as threads that read this moment.
const IDLE: usize = 8;

/// The handle.
pub(super) struct Readers {
    pool: Arc<Pool>,
    walks: Arc<Semaphore>,
    times: Times,
}

struct Pool {
    path: PathBuf,
    /// None once closed. Held for a push or a pop, never during a read.
    idle: Mutex<Option<Vec<Conn>>>,
}

impl Pool {
    fn read<T>(&self, work: impl FnOnce(&Conn) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut().ok_or_else(closed)?.pop();
        let conn = match idle {
            Some(conn) => conn,
            None => open::reading(&self.path)?,
        };
        let answer = work(&conn);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(idle) = idle.as_mut().filter(|idle| idle.len() < IDLE) {
            idle.push(conn);
        }
        answer
    }
}

impl Readers {
    /// Opens no connection yet.
    pub(super) fn new(path: PathBuf, times: Times) -> Self {
        let pool = Arc::new(Pool { path, idle: Mutex::new(Some(Vec::new())) });
        Self { pool, walks: Arc::new(Semaphore::new(WALKS as usize)), times }
    }

    /// Reads a few rows by key, here and now.
    pub(super) fn point<T>(&self, work: impl FnOnce(&Conn) -> Result<T>) -> Result<T> {
        let watch = Stopwatch::start();
        let answer = self.pool.read(work);
        self.times.took("read", &watch);
        answer
    }

    /// Reads many rows, on a blocking thread.
    pub(super) async fn walk<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Conn) -> Result<T> + Send + 'static,
    {
        let watch = Stopwatch::start();
        let turn = Arc::clone(&self.walks).acquire_owned().await.map_err(|_| closed())?;
        let pool = Arc::clone(&self.pool);
        let walk = tokio::task::spawn_blocking(move || {
            let answer = pool.read(work);
            drop(turn);
            answer
        });
        let answer = walk.await.map_err(|_| closed())?;
        self.times.took("list", &watch);
        answer
    }

    /// Returns when the walks under way have ended and the connections are closed.
    pub(super) async fn close(&self) {
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        // An error means that this was done before.
        let _ = self.walks.acquire_many(WALKS).await;
        self.walks.close();
    }
}
