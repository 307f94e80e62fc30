//! Folding the write-ahead log into the database, beside the writer instead of within one of its commits: a fold
//! writes hundreds of pages and syncs twice, and whoever's commit it fell into would wait for that.

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Commits between two folds: about a thousand pages of 4 KiB.
const COMMITS: u32 = 64;

/// The writer's end: counts commits, and asks for a fold now and then.
pub(super) struct Due {
    commits: u32,
    ask: mpsc::Sender<()>,
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

/// Starts folding on a connection of its own, until the writer's end is dropped.
#[expect(clippy::disallowed_methods, reason = "the store owns this task, which ends with the writer")]
pub(super) fn start(mut conn: SqliteConnection) -> (Due, JoinHandle<()>) {
    let (ask, mut asked) = mpsc::channel(1);
    let task = tokio::spawn(async move {
        while asked.recv().await.is_some() {
            if let Err(error) = sqlx::query("pragma wal_checkpoint(passive)").execute(&mut conn).await {
                tracing::warn!(%error, "the write-ahead log was not folded in; the writer will do it when it is long");
            }
        }
        // It holds nothing; how it closes changes nothing.
        let _ = conn.close().await;
    });
    (Due { commits: 0, ask }, task)
}
