//! Folding the write-ahead log into the database, beside the writer instead of within one of its commits: a fold
//! writes hundreds of pages and syncs twice, and whoever's commit it fell into would wait for that.

use std::sync::mpsc;

use tokio::sync::oneshot;

use super::conn::Conn;
use super::writer::thread;
use crate::store::Result;

/// Commits between two folds: some thousand pages of 4 KiB. The same pages change again and again, so that folding more
/// rarely writes less, but more at once, and commits wait for that: 25 to 64 ms behind a fold of 256 commits.
const COMMITS: u32 = 64;

/// The writer's end: counts commits, and asks for a fold now and then.
pub(super) struct Due {
    commits: u32,
    ask: mpsc::SyncSender<()>,
}

impl Due {
    /// To be called after each commit.
    pub(super) fn committed(&mut self) {
        self.commits += 1;
        if self.commits >= COMMITS {
            self.commits = 0;
            // A fold that is still under way, or asked for, will do.
            let _ = self.ask.try_send(());
        }
    }
}

/// Starts folding on a connection and a thread of its own, until the writer's end is dropped; resolves when the
/// connection is closed.
///
/// # Errors
/// [`Engine`](crate::store::StoreError::Engine): the operating system gives no thread.
pub(super) fn start(conn: Conn) -> Result<(Due, oneshot::Receiver<()>)> {
    let (ask, asked) = mpsc::sync_channel(1);
    let end = thread("store-fold", move || {
        while asked.recv().is_ok() {
            if let Err(error) = conn.first("pragma wal_checkpoint(passive)", [], |_| Ok(())) {
                tracing::warn!(%error, "the write-ahead log was not folded in; the writer will do it when it is long");
            }
        }
        // It holds nothing; how it closes changes nothing.
        let _ = conn.close();
    })?;
    Ok((Due { commits: 0, ask }, end))
}
