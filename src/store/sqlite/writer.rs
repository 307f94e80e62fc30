//! Group commit. One connection writes, on a thread of its own. What queued up while the last transaction was being
//! synced to disk is carried out in the next one: each operation in its own savepoint, one commit, then every answer.
//! A disk that syncs two hundred times a second so still takes thousands of jobs a second, and nobody is answered
//! before the sync.
//!
//! An operation is a plain closure that runs on that thread from its first statement to its last: a job costs one
//! wake-up of the thread, or none if it is at work, and one of whoever waits for the answer.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, broadcast, oneshot};

use super::checkpoint::{self, Due};
use super::conn::Conn;
use super::times::Times;
use crate::clock::Stopwatch;
use crate::model::JobId;
use crate::store::{Result, Signal, StoreError, Watched};

/// The most operations that one commit carries.
const BATCH: usize = 256;
/// Operations that may wait for the writer; further callers wait before that.
const QUEUE: usize = 1024;

/// The transaction that an operation runs in.
pub(super) struct Tx {
    /// The writing connection.
    pub(super) conn: Conn,
    /// Said after the commit; forgotten with the operation.
    said: Vec<Said>,
    /// The operation answers, but what it wrote is taken back.
    undo: bool,
    /// Commits wait for the disk.
    syncs: bool,
    /// A soft operation did what must outlast a loss of power.
    sync: bool,
}

impl Tx {
    /// To be said once this is committed.
    pub(super) fn signal(&mut self, signal: Signal) {
        self.said.push(Said::Signal(signal));
    }

    /// Makes a soft operation wait for the disk after all, see [`Writer::run_soft`].
    pub(super) fn sync(&mut self) {
        self.sync = true;
    }

    /// A job got events or another state: its watchers are told once this is committed.
    pub(super) fn changed(&mut self, job: JobId) {
        self.said.push(Said::Changed(job));
    }

    /// Takes back what this operation wrote, and lets it answer nevertheless.
    pub(super) fn undo(&mut self) {
        self.undo = true;
    }
}

/// What is to be said.
enum Said {
    Signal(Signal),
    Changed(JobId),
}

/// Who is told.
pub(super) struct Listeners {
    pub(super) signals: broadcast::Sender<Signal>,
    pub(super) watched: Watched,
}

/// One queued operation.
trait Op: Send {
    /// Carries it out; false if what it wrote is to be taken back.
    fn run(&mut self, tx: &mut Tx) -> bool;
    /// Whether its answer has to wait for the disk.
    fn hard(&self) -> bool;
    /// Answers; `lost` says why the transaction as a whole came to nothing.
    fn answer(self: Box<Self>, lost: Option<&str>);
}

struct Pending<T, W> {
    work: Option<W>,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
    hard: bool,
}

impl<T, W> Op for Pending<T, W>
where
    T: Send,
    W: FnOnce(&mut Tx) -> Result<T> + Send,
{
    fn run(&mut self, tx: &mut Tx) -> bool {
        let Some(work) = self.work.take() else { return false };
        tx.undo = false;
        // A panic in one caller's code must not end the writer for all.
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| work(tx)));
        let outcome = outcome.unwrap_or_else(|_| Err(StoreError::Engine("an operation panicked".to_owned())));
        let keep = outcome.is_ok() && !tx.undo;
        self.outcome = Some(outcome);
        keep
    }

    fn hard(&self) -> bool {
        self.hard
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

pub(super) fn closed() -> StoreError {
    StoreError::Engine("the store is closed".to_owned())
}

/// Between the callers and the thread.
struct Shared {
    queue: Mutex<Queue>,
    /// Rung when `idle` was set, so once a batch.
    wake: Condvar,
    /// Free places in the queue.
    room: Semaphore,
}

struct Queue {
    ops: VecDeque<Box<dyn Op>>,
    open: bool,
    /// The thread waits to be woken.
    idle: bool,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the thread if it waits. The lock is given back first, so that the thread does not wake into it.
    fn rouse(&self, mut queue: MutexGuard<'_, Queue>) {
        let idle = std::mem::take(&mut queue.idle);
        drop(queue);
        if idle {
            self.wake.notify_one();
        }
    }

    fn push(&self, op: Box<dyn Op>) -> Result<()> {
        let mut queue = self.queue();
        if !queue.open {
            return Err(closed());
        }
        queue.ops.push_back(op);
        self.rouse(queue);
        Ok(())
    }

    /// Lets nobody in any more; the thread ends when the queue is empty.
    fn shut(&self) {
        self.room.close();
        let mut queue = self.queue();
        queue.open = false;
        self.rouse(queue);
    }

    /// Moves what is queued, up to [`BATCH`], into `batch`; waits if there is nothing. False: nothing will come.
    ///
    /// Whoever woke the thread is often about to hand in more, and others are: where they wait for this core, they get it
    /// first, and one commit serves them all. On a free core that costs nothing.
    fn take(&self, batch: &mut Vec<Box<dyn Op>>) -> bool {
        let mut queue = self.queue();
        while queue.ops.is_empty() {
            if !queue.open {
                return false;
            }
            queue.idle = true;
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.idle = false;
        drop(queue);
        std::thread::yield_now();
        let mut queue = self.queue();
        let some = queue.ops.len().min(BATCH);
        batch.extend(queue.ops.drain(..some));
        drop(queue);
        self.room.add_permits(some);
        true
    }
}

/// The handle on the writer's thread. The thread ends when it is closed or dropped, everything queued carried out.
pub(super) struct Writer {
    shared: Arc<Shared>,
    /// Each resolves when a thread has closed its connection.
    ends: tokio::sync::Mutex<Vec<oneshot::Receiver<()>>>,
    times: Times,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.shut();
    }
}

impl Writer {
    /// Starts the writer on its connection, and beside it the folding of the log.
    ///
    /// # Errors
    /// [`Engine`](StoreError::Engine): the operating system gives no thread.
    pub(super) fn start(conn: Conn, folding: Option<Conn>, listeners: Listeners, times: Times) -> Result<Self> {
        let queue = Queue { ops: VecDeque::new(), open: true, idle: false };
        let shared = Arc::new(Shared { queue: Mutex::new(queue), wake: Condvar::new(), room: Semaphore::new(QUEUE) });
        let mut ends = Vec::new();
        let due = match folding {
            Some(conn) => {
                let (due, end) = checkpoint::start(conn)?;
                ends.push(end);
                Some(due)
            }
            None => None,
        };
        let tx = Tx { conn, said: Vec::new(), undo: false, syncs: true, sync: false };
        let serving = Serving(Arc::clone(&shared));
        ends.push(thread("store-write", move || serve(tx, &serving, &listeners, due))?);
        Ok(Self { shared, ends: tokio::sync::Mutex::new(ends), times })
    }

    /// Carries out `work` in a transaction; returns when it is committed. `work` blocks the writer: it only computes
    /// and puts statements.
    pub(super) async fn run<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    {
        self.queue(work, true).await
    }

    /// As [`Writer::run`], for what may be lost with the machine's power, though not with the process: the answer does not
    /// wait for the disk where nothing in the same transaction does, unless the work calls [`Tx::sync`].
    pub(super) async fn run_soft<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    {
        self.queue(work, false).await
    }

    async fn queue<T, W>(&self, work: W, hard: bool) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    {
        let watch = Stopwatch::start();
        let place = self.shared.room.acquire().await.map_err(|_| closed())?;
        let (reply, answer) = oneshot::channel();
        self.shared.push(Box::new(Pending { work: Some(work), outcome: None, reply, hard }))?;
        // The thread gives it back when it takes the operation.
        place.forget();
        let answer = answer.await.map_err(|_| closed())?;
        self.times.took(if hard { "write" } else { "write_soft" }, &watch);
        answer
    }

    /// Takes no more, and returns when everything queued is written and the connection closed.
    pub(super) async fn close(&self) {
        self.shared.shut();
        for end in self.ends.lock().await.drain(..) {
            // An error means that the thread broke down: closed all the same.
            let _ = end.await;
        }
    }
}

/// A thread of the store, and the word that it has ended.
///
/// # Errors
/// [`Engine`](StoreError::Engine): the operating system gives none.
pub(super) fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<oneshot::Receiver<()>> {
    let (end, ended) = oneshot::channel();
    let work = move || {
        work();
        // Nobody may be waiting.
        let _ = end.send(());
    };
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map_err(|error| StoreError::Engine(format!("cannot start the thread {name}: {error}")))?;
    Ok(ended)
}

/// However the thread ends, nobody waits for it in vain.
struct Serving(Arc<Shared>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.shut();
        let left = std::mem::take(&mut self.0.queue().ops);
        drop(left);
    }
}

fn serve(mut tx: Tx, serving: &Serving, listeners: &Listeners, mut due: Option<Due>) {
    let mut batch = Vec::with_capacity(BATCH);
    while serving.0.take(&mut batch) {
        let outcome = carry_out(&mut tx, &mut batch);
        match &outcome {
            Ok(committed) => {
                say(listeners, &mut tx.said);
                if let Some(due) = due.as_mut().filter(|_| *committed) {
                    due.committed();
                }
            }
            Err(error) => {
                tracing::error!(%error, operations = batch.len(), "a transaction came to nothing");
                tx.said.clear();
                // The engine may have rolled back by itself.
                if tx.conn.in_transaction() {
                    let _ = tx.conn.run("rollback", []);
                }
            }
        }
        let lost = outcome.err().map(|error| StoreError::from(error).to_string());
        for op in batch.drain(..) {
            op.answer(lost.as_deref());
        }
    }
    if let Err(error) = tx.conn.close() {
        tracing::warn!(%error, "the database did not close cleanly; nothing is lost");
    }
}

/// One transaction. An error is the transaction's, not an operation's. False: there was nothing to commit.
fn carry_out(tx: &mut Tx, batch: &mut [Box<dyn Op>]) -> rusqlite::Result<bool> {
    let hard = batch.iter().any(|op| op.hard());
    tx.sync = false;
    syncs(tx, hard)?;
    let committed = transact(tx, batch)?;
    if committed && tx.sync && !hard {
        // What was just committed goes to the disk with this.
        syncs(tx, true)?;
        tx.conn.run("update meta set value = value + 1 where name = 'ping'", [])?;
    }
    Ok(committed)
}

/// Whether commits wait for the disk from now on.
fn syncs(tx: &mut Tx, wanted: bool) -> rusqlite::Result<()> {
    if tx.syncs != wanted {
        tx.conn.run(if wanted { "pragma synchronous = full" } else { "pragma synchronous = normal" }, [])?;
        tx.syncs = wanted;
    }
    Ok(())
}

fn transact(tx: &mut Tx, batch: &mut [Box<dyn Op>]) -> rusqlite::Result<bool> {
    tx.conn.run("begin immediate", [])?;
    if let [op] = batch {
        // Alone, it needs no savepoint: what is taken back is the transaction.
        if op.run(tx) {
            tx.conn.run("commit", [])?;
            return Ok(true);
        }
        tx.said.clear();
        // An error of the engine may have rolled back already.
        if tx.conn.in_transaction() {
            tx.conn.run("rollback", [])?;
        }
        return Ok(false);
    }
    for op in batch.iter_mut() {
        let said = tx.said.len();
        tx.conn.run("savepoint op", [])?;
        if !op.run(tx) {
            tx.said.truncate(said);
            tx.conn.run("rollback to op", [])?;
        }
        tx.conn.run("release op", [])?;
    }
    tx.conn.run("commit", [])?;
    Ok(true)
}

/// Sends what the transaction has to say, `Ready` once.
fn say(listeners: &Listeners, said: &mut Vec<Said>) {
    let mut ready = false;
    for said in said.drain(..) {
        match said {
            Said::Signal(Signal::Ready) if std::mem::replace(&mut ready, true) => {}
            // An error means that nobody listens.
            Said::Signal(signal) => drop(listeners.signals.send(signal)),
            Said::Changed(job) => listeners.watched.changed(job),
        }
    }
}
