//! How the daemon lives and ends: tracked tasks, a soft and a hard stop, signals, notices to systemd.
//!
//! The *soft* stop says: begin nothing new, end what you are at. The *hard* stop says: end now; it follows after the
//! grace period or a second signal, and implies the soft one. Tasks are spawned here and nowhere else, so that no end
//! of the daemon forgets one, and a panic in one of them is told and stops the daemon instead of leaving it half alive.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::report::Chain;

/// After the hard stop, tasks have so long to notice it before they are left behind.
const LAST_WORD: Duration = Duration::from_secs(5);

/// Why the daemon stops. The first reason stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A signal, by its name.
    Signal(&'static str),
    /// The program itself has nothing more to do (a one-shot run, a test).
    Done,
    /// A task that must not end ended, failed or panicked.
    Fault(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Signal(name) => f.write_str(name),
            Reason::Done => f.write_str("done"),
            Reason::Fault(what) => f.write_str(what),
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Who stopped it.
    pub reason: Reason,
    /// Whether the hard stop was needed.
    pub hard: bool,
    /// Names of tasks that did not end even then.
    pub left: Vec<&'static str>,
}

impl Ended {
    /// 0: asked to stop, and everything ended by itself. 3: asked to stop, and work was cut off. 70: a fault of ours
    /// (`EX_SOFTWARE`), which a service manager should restart.
    pub fn exit_code(&self) -> u8 {
        match self.reason {
            Reason::Fault(_) => 70,
            Reason::Signal(_) | Reason::Done if self.hard => 3,
            Reason::Signal(_) | Reason::Done => 0,
        }
    }
}

/// Spawns and tracks tasks, and stops them. Clones share everything.
#[derive(Clone)]
pub struct Tasks(Arc<Inner>);

struct Inner {
    soft: CancellationToken,
    hard: CancellationToken,
    tracker: TaskTracker,
    reason: OnceLock<Reason>,
    /// How many tasks of each name are alive.
    names: Mutex<BTreeMap<&'static str, usize>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("alive", &self.alive()).finish_non_exhaustive()
    }
}

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        let hard = CancellationToken::new();
        Self(Arc::new(Inner {
            // A child: cancelling `hard` cancels `soft`, not the other way round.
            soft: hard.child_token(),
            hard,
            tracker: TaskTracker::new(),
            reason: OnceLock::new(),
            names: Mutex::new(BTreeMap::new()),
        }))
    }

    /// Cancelled when nothing new may begin.
    pub fn soft(&self) -> CancellationToken {
        self.0.soft.clone()
    }

    /// Cancelled when everything must end at once; the soft one is cancelled then too.
    pub fn hard(&self) -> CancellationToken {
        self.0.hard.clone()
    }

    /// Runs a task that may end at any time. A panic in it is told and stops the daemon.
    #[expect(clippy::disallowed_methods, reason = "the one place where tasks are spawned")]
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let tasks = self.clone();
        let alive = Alive::new(self, name);
        let caught = self.0.tracker.track_future(async move {
            let _alive = alive;
            if let Err(panic) = AssertUnwindSafe(work).catch_unwind().await {
                tasks.fault(format!("task {name} panicked: {}", told(panic.as_ref())));
            }
        });
        tokio::spawn(caught);
    }

    /// Runs a task that lives as long as the daemon: an error, or an end before the soft stop, stops the daemon.
    pub fn spawn_vital<E>(&self, name: &'static str, work: impl Future<Output = Result<(), E>> + Send + 'static)
    where
        E: std::error::Error + 'static,
    {
        let tasks = self.clone();
        self.spawn(name, async move {
            match work.await {
                Ok(()) if tasks.0.soft.is_cancelled() => {}
                Ok(()) => tasks.fault(format!("task {name} ended by itself")),
                Err(error) => tasks.fault(format!("task {name} failed: {}", Chain(&error))),
            }
        });
    }

    /// Stops softly.
    pub fn stop(&self, reason: Reason) {
        let _ = self.0.reason.set(reason);
        self.0.soft.cancel();
    }

    /// Stops hard.
    pub fn stop_now(&self, reason: Reason) {
        let _ = self.0.reason.set(reason);
        self.0.hard.cancel();
    }

    /// Waits until every task has ended. Only useful once they have been asked to.
    pub async fn ended(&self) {
        self.0.tracker.close();
        self.0.tracker.wait().await;
    }

    /// Names of the tasks that are alive, each once.
    pub fn alive(&self) -> Vec<&'static str> {
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    fn fault(&self, what: String) {
        tracing::error!("{what}; the daemon stops");
        self.stop(Reason::Fault(what));
    }

    fn reason(&self) -> Reason {
        self.0.reason.get().cloned().unwrap_or(Reason::Done)
    }
}

/// Counts a task under its name for as long as it lives, also where it is dropped without having been polled.
struct Alive(Tasks, &'static str);

impl Alive {
    fn new(tasks: &Tasks, name: &'static str) -> Self {
        *tasks.0.names.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
        Self(tasks.clone(), name)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        let mut names = self.0.0.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = names.get_mut(self.1) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                names.remove(self.1);
            }
        }
    }
}

fn told(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// What comes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// `SIGTERM` or `SIGINT`.
    Stop(&'static str),
    /// `SIGHUP`: read files again.
    Reload,
}

/// Where signals come from.
pub struct Signals(Source);

enum Source {
    System { term: tokio::signal::unix::Signal, int: tokio::signal::unix::Signal, hup: tokio::signal::unix::Signal },
    Hand(mpsc::Receiver<Signal>),
}

impl Signals {
    /// The process's own; from now on they no longer kill it.
    pub fn system() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(Source::System {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
        }))
    }

    /// Given by hand, for tests and for programs around the daemon.
    pub fn by_hand() -> (mpsc::Sender<Signal>, Self) {
        let (sender, receiver) = mpsc::channel(8);
        (sender, Self(Source::Hand(receiver)))
    }

    async fn next(&mut self) -> Signal {
        match &mut self.0 {
            Source::System { term, int, hup } => tokio::select! {
                Some(()) = term.recv() => Signal::Stop("SIGTERM"),
                Some(()) = int.recv() => Signal::Stop("SIGINT"),
                Some(()) = hup.recv() => Signal::Reload,
                else => std::future::pending().await,
            },
            Source::Hand(receiver) => match receiver.recv().await {
                Some(signal) => signal,
                None => std::future::pending().await,
            },
        }
    }
}

/// The life of the daemon.
#[derive(Debug)]
pub struct Lifecycle {
    tasks: Tasks,
    clock: Clock,
    grace: Duration,
    reload: watch::Sender<u64>,
}

impl Lifecycle {
    /// `grace` is the time between the soft stop and the hard one.
    pub fn new(tasks: Tasks, clock: Clock, grace: Duration) -> Self {
        Self { tasks, clock, grace, reload: watch::Sender::new(0) }
    }

    /// Where tasks are spawned.
    pub fn tasks(&self) -> Tasks {
        self.tasks.clone()
    }

    /// A number that rises with every `SIGHUP`.
    pub fn reloads(&self) -> watch::Receiver<u64> {
        self.reload.subscribe()
    }

    /// Runs until someone stops the daemon and every task has ended, or was left behind. To be called when everything
    /// listens: it tells systemd that the start is over.
    pub async fn run(self, mut signals: Signals) -> Ended {
        notify(&[sd_notify::NotifyState::Ready]);
        let soft = self.tasks.soft();
        let heartbeat = self.heartbeat();
        tokio::pin!(heartbeat);
        while !soft.is_cancelled() {
            tokio::select! {
                () = soft.cancelled() => {}
                () = &mut heartbeat => {}
                signal = signals.next() => match signal {
                    Signal::Stop(name) => self.tasks.stop(Reason::Signal(name)),
                    Signal::Reload => self.reload(),
                },
            }
        }
        notify(&[sd_notify::NotifyState::Stopping]);
        tracing::info!(reason = %self.tasks.reason(), grace_s = self.grace.as_secs(), "stopping: nothing new begins");
        let grace = self.clock.sleep(self.grace);
        let ended = self.tasks.ended();
        tokio::pin!(grace, ended);
        let hard = self.tasks.hard();
        loop {
            tokio::select! {
                biased;
                () = &mut ended => return self.end(hard.is_cancelled()),
                () = hard.cancelled() => break,
                () = &mut heartbeat => {}
                () = &mut grace => {
                    tracing::warn!(tasks = ?self.tasks.alive(), "the grace period is over: stopping hard");
                    break;
                }
                signal = signals.next() => match signal {
                    Signal::Stop(name) => {
                        tracing::warn!(tasks = ?self.tasks.alive(), "{name} while stopping: stopping hard");
                        break;
                    }
                    Signal::Reload => {}
                },
            }
        }
        hard.cancel();
        // What is still alive after this sits in something that cannot be cancelled.
        if self.clock.timeout(LAST_WORD, &mut ended).await.is_err() {
            tracing::error!(tasks = ?self.tasks.alive(), "tasks did not end and are left behind");
        }
        self.end(true)
    }

    fn end(&self, hard: bool) -> Ended {
        Ended { reason: self.tasks.reason(), hard, left: self.tasks.alive() }
    }

    fn reload(&self) {
        // `systemctl reload` returns once the signal has been taken; what came of it is in the log.
        let mut states = vec![sd_notify::NotifyState::Reloading];
        states.extend(sd_notify::NotifyState::monotonic_usec_now());
        notify(&states);
        self.reload.send_modify(|count| *count = count.wrapping_add(1));
        notify(&[sd_notify::NotifyState::Ready]);
    }

    /// Tells systemd's watchdog, twice in its period, that the runtime still turns. Never ends.
    async fn heartbeat(&self) {
        let Some(period) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
        loop {
            notify(&[sd_notify::NotifyState::Watchdog]);
            self.clock.sleep(period / 2).await;
        }
    }
}

/// Without systemd nothing happens.
fn notify(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be told");
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests run the life of a daemon beside themselves")]
mod tests {
    use jiff::Timestamp;
    use tokio::sync::oneshot;

    use super::*;

    const GRACE: Duration = Duration::from_secs(30);

    fn life() -> (Clock, Tasks, Lifecycle) {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let tasks = Tasks::new();
        (clock.clone(), tasks.clone(), Lifecycle::new(tasks, clock, GRACE))
    }

    #[derive(Debug, thiserror::Error)]
    #[error("the socket is gone")]
    struct Gone;

    #[tokio::test]
    async fn a_signal_stops_softly_and_waits_for_what_is_under_way() {
        let (_clock, tasks, life) = life();
        let (signal, signals) = Signals::by_hand();
        let (finish, finished) = oneshot::channel::<()>();
        let soft = tasks.soft();
        tasks.spawn("worker", async move {
            soft.cancelled().await;
            let _ = finished.await;
        });
        let run = tokio::spawn(life.run(signals));
        signal.send(Signal::Stop("SIGTERM")).await.unwrap();
        tasks.soft().cancelled().await;
        assert!(!tasks.hard().is_cancelled() && !run.is_finished());
        assert_eq!(tasks.alive(), ["worker"]);
        finish.send(()).unwrap();
        let ended = run.await.unwrap();
        assert_eq!(ended, Ended { reason: Reason::Signal("SIGTERM"), hard: false, left: vec![] });
        assert_eq!(ended.exit_code(), 0);
    }

    #[tokio::test]
    async fn a_second_signal_stops_hard() {
        let (_clock, tasks, life) = life();
        let (signal, signals) = Signals::by_hand();
        let hard = tasks.hard();
        tasks.spawn("stubborn", async move { hard.cancelled().await });
        let run = tokio::spawn(life.run(signals));
        signal.send(Signal::Stop("SIGTERM")).await.unwrap();
        signal.send(Signal::Reload).await.unwrap();
        signal.send(Signal::Stop("SIGINT")).await.unwrap();
        let ended = run.await.unwrap();
        assert_eq!(ended, Ended { reason: Reason::Signal("SIGTERM"), hard: true, left: vec![] });
        assert_eq!(ended.exit_code(), 3);
    }

    #[tokio::test]
    async fn the_grace_period_ends_in_a_hard_stop_and_names_who_is_left() {
        let (clock, tasks, life) = life();
        let (_signal, signals) = Signals::by_hand();
        tasks.spawn("deaf", std::future::pending());
        tasks.stop(Reason::Done);
        let run = tokio::spawn(life.run(signals));
        while !tasks.hard().is_cancelled() {
            clock.advance(GRACE);
            tokio::task::yield_now().await;
        }
        while !run.is_finished() {
            clock.advance(LAST_WORD);
            tokio::task::yield_now().await;
        }
        assert_eq!(run.await.unwrap(), Ended { reason: Reason::Done, hard: true, left: vec!["deaf"] });
    }

    #[tokio::test]
    async fn a_panic_stops_the_daemon_with_a_code_of_its_own() {
        let (_clock, tasks, life) = life();
        let (_signal, signals) = Signals::by_hand();
        tasks.spawn("fragile", async { panic!("broke {}", 1 + 1) });
        let ended = life.run(signals).await;
        assert_eq!(ended.reason, Reason::Fault("task fragile panicked: broke 2".into()));
        assert_eq!((ended.exit_code(), ended.hard), (70, false));
    }

    #[tokio::test]
    async fn a_vital_task_may_end_only_after_the_soft_stop() {
        let (_clock, tasks, life) = life();
        let (_signal, signals) = Signals::by_hand();
        tasks.spawn_vital("listener", async { Err(Gone) });
        assert_eq!(life.run(signals).await.reason, Reason::Fault("task listener failed: the socket is gone".into()));

        let (_clock, tasks, life) = self::life();
        let (_signal, signals) = Signals::by_hand();
        tasks.spawn_vital("runner", async { Ok::<(), Gone>(()) });
        assert_eq!(life.run(signals).await.reason, Reason::Fault("task runner ended by itself".into()));

        let (_clock, tasks, life) = self::life();
        let (signal, signals) = Signals::by_hand();
        let soft = tasks.soft();
        tasks.spawn_vital("runner", async move {
            soft.cancelled().await;
            Ok::<(), Gone>(())
        });
        signal.send(Signal::Stop("SIGINT")).await.unwrap();
        assert_eq!(life.run(signals).await.exit_code(), 0);
    }

    #[tokio::test]
    async fn the_hard_stop_implies_the_soft_one_and_not_the_reverse() {
        let tasks = Tasks::new();
        tasks.stop(Reason::Done);
        assert!(tasks.soft().is_cancelled() && !tasks.hard().is_cancelled());
        let tasks = Tasks::new();
        tasks.stop_now(Reason::Done);
        assert!(tasks.soft().is_cancelled() && tasks.hard().is_cancelled());
    }

    #[tokio::test]
    async fn hangups_are_counted_and_stop_nothing() {
        let (_clock, tasks, life) = life();
        let (signal, signals) = Signals::by_hand();
        let mut reloads = life.reloads();
        let run = tokio::spawn(life.run(signals));
        signal.send(Signal::Reload).await.unwrap();
        reloads.changed().await.unwrap();
        assert_eq!(*reloads.borrow_and_update(), 1);
        assert!(!tasks.soft().is_cancelled());
        signal.send(Signal::Stop("SIGTERM")).await.unwrap();
        assert_eq!(run.await.unwrap().exit_code(), 0);
    }
}
