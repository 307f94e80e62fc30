//! Group commit. One connection writes. What queued up while the last transaction was being synced to disk is
//! carried out in the next one: each operation in its own savepoint, one commit, then every answer. A disk that syncs
//! two hundred times a second so still takes thousands of jobs a second, and nobody is answered before the sync.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::checkpoint::{self, Due};
use crate::store::{Result, Signal, StoreError};

/// The most operations that one commit carries.
const BATCH: usize = 256;
/// Operations that may wait for the writer; further callers wait before that.
const QUEUE: usize = 1024;

/// The transaction that an operation runs in.
pub(super) struct Tx {
    /// The writing connection.
    pub(super) conn: SqliteConnection,
    /// Said after the commit; forgotten with the operation.
    signals: Vec<Signal>,
    /// The operation answers, but what it wrote is taken back.
    undo: bool,
}

impl Tx {
    /// To be said once this is committed.
    pub(super) fn signal(&mut self, signal: Signal) {
        self.signals.push(signal);
    }

    /// Takes back what this operation wrote, and lets it answer nevertheless.
    pub(super) fn undo(&mut self) {
        self.undo = true;
    }
}

/// One queued operation.
trait Op: Send {
    /// Carries it out; false if what it wrote is to be taken back.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Answers; `lost` says why the transaction as a whole came to nothing.
    fn answer(self: Box<Self>, lost: Option<&str>);
}

struct Pending<T, W> {
    work: Option<W>,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, W> Op for Pending<T, W>
where
    T: Send,
    W: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T>> + Send,
{
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            tx.undo = false;
            // A panic in one caller's code must not end the writer for all.
            let outcome = AssertUnwindSafe(async { work(tx).await }).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|_| Err(StoreError::Engine("an operation panicked".to_owned())));
            let keep = outcome.is_ok() && !tx.undo;
            self.outcome = Some(outcome);
            keep
        })
    }

    fn answer(self: Box<Self>, lost: Option<&str>) {
        let answer = match (self.outcome, lost) {
            (Some(Ok(_)) | None, Some(why)) => Err(StoreError::Engine(why.to_owned())),
            (Some(outcome), _) => outcome,
            (None, None) => Err(closed()),
        };
        // Whoever asked may have gone; what was done stays done.
        let _ = self.reply.send(answer);
    }
}

fn closed() -> StoreError {
    StoreError::Engine("the store is closed".to_owned())
}

/// The handle on the writer task. The task ends when it is closed or dropped, everything queued carried out.
pub(super) struct Writer {
    queue: std::sync::Mutex<Option<mpsc::Sender<Box<dyn Op>>>>,
    tasks: tokio::sync::Mutex<Vec<tokio::task::JoinHandle<()>>>,
}

impl Writer {
    /// Starts the writer on its connection, and beside it the folding of the log.
    #[expect(clippy::disallowed_methods, reason = "the store owns this task and ends it in close()")]
    pub(super) fn start(
        conn: SqliteConnection,
        folding: Option<SqliteConnection>,
        signals: broadcast::Sender<Signal>,
    ) -> Self {
        let (queue, ops) = mpsc::channel(QUEUE);
        let tx = Tx { conn, signals: Vec::new(), undo: false };
        let (due, fold) = folding.map(checkpoint::start).unzip();
        let mut tasks = vec![tokio::spawn(serve(tx, ops, signals, due))];
        tasks.extend(fold);
        Self { queue: std::sync::Mutex::new(Some(queue)), tasks: tokio::sync::Mutex::new(tasks) }
    }

    /// Carries out `work` in a transaction; returns when it is committed.
    pub(super) async fn run<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        let queue = self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone().ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        queue.send(Box::new(Pending { work: Some(work), outcome: None, reply })).await.map_err(|_| closed())?;
        drop(queue);
        answer.await.map_err(|_| closed())?
    }

    /// Takes no more, and returns when everything queued is written and the connection closed.
    pub(super) async fn close(&self) {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        for task in self.tasks.lock().await.drain(..) {
            // An error means that the task was torn down with its runtime: closed all the same.
            let _ = task.await;
        }
    }
}

async fn serve(
    mut tx: Tx,
    mut ops: mpsc::Receiver<Box<dyn Op>>,
    signals: broadcast::Sender<Signal>,
    mut due: Option<Due>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while ops.recv_many(&mut batch, BATCH).await > 0 {
        let outcome = carry_out(&mut tx, &mut batch).await;
        match &outcome {
            Ok(()) => {
                say(&signals, &mut tx.signals);
                if let Some(due) = &mut due {
                    due.committed();
                }
            }
            Err(error) => {
                tracing::error!(%error, operations = batch.len(), "a transaction came to nothing");
                tx.signals.clear();
                // The engine may have rolled back by itself, and then refuses this.
                let _ = sqlx::query("rollback").execute(&mut tx.conn).await;
            }
        }
        let lost = outcome.err().map(|error| error.to_string());
        for op in batch.drain(..) {
            op.answer(lost.as_deref());
        }
    }
    if let Err(error) = tx.conn.close().await {
        tracing::warn!(%error, "the database did not close cleanly; nothing is lost");
    }
}

/// One transaction. An error is the transaction's, not an operation's.
async fn carry_out(tx: &mut Tx, batch: &mut [Box<dyn Op>]) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("begin immediate; savepoint op").execute(&mut tx.conn).await?;
    let last = batch.len().saturating_sub(1);
    for (nth, op) in batch.iter_mut().enumerate() {
        let said = tx.signals.len();
        if op.run(tx).await {
            if nth < last {
                sqlx::query("release op; savepoint op").execute(&mut tx.conn).await?;
            }
        } else {
            tx.signals.truncate(said);
            sqlx::query("rollback to op").execute(&mut tx.conn).await?;
        }
    }
    sqlx::query("release op; commit").execute(&mut tx.conn).await?;
    Ok(())
}

/// Sends what the transaction has to say, `Ready` once.
fn say(signals: &broadcast::Sender<Signal>, said: &mut Vec<Signal>) {
    let mut ready = false;
    for signal in said.drain(..) {
        if signal == Signal::Ready && std::mem::replace(&mut ready, true) {
            continue;
        }
        // An error means that nobody listens.
        let _ = signals.send(signal);
    }
}
