//! Carries out the plan: the one place where polls begin.

use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::backoff::Next;
use super::board::{Turn, Wish};
use super::plan::{Asked, Ended, Limits, Plan};
use super::{Answer, Board, Config, Reader, needs};
use crate::clock::{Chance, Clock, Stopwatch, add};
use crate::inventory::{Inventory, diff};
use crate::lifecycle::Tasks;
use crate::model::{Device, Failure, FailureClass};
use crate::telemetry::Metrics;

/// Between two looks at the inventory, where nothing else wakes the poller.
const LOOK: Duration = Duration::from_secs(2);
/// From then on a poll counts with those of devices that do not answer.
const SLOW: Duration = Duration::from_secs(3);
/// How long a poll that was told to end may take to close its sessions.
const LAST_WORD: Duration = Duration::from_secs(5);

/// What the poller works with.
pub struct Parts {
    /// Where readings go.
    pub board: Board,
    /// Who reads a device.
    pub reader: Arc<dyn Reader>,
    /// Settings.
    pub config: Config,
    /// Time.
    pub clock: Clock,
    /// Spreads pauses.
    pub chance: Chance,
    /// Counters.
    pub metrics: Metrics,
    /// Where polls are spawned.
    pub tasks: Tasks,
    /// Threads for polls that compute (key exchanges, TLS, SNMPv3): none: all of them go on beside the poller. The others
    /// stay on its own, since a poll of four datagrams costs less than being handed over and back.
    pub devices: Option<Handle>,
}

/// Polls devices until the soft stop.
pub struct Poller {
    parts: Parts,
    plan: Plan,
    known: Arc<Inventory>,
    /// Who waits for a device's poll.
    waiting: HashMap<String, Vec<oneshot::Sender<()>>>,
    /// When polls that go on become slow ones.
    slow: BTreeSet<(Timestamp, Arc<str>)>,
}

/// The end of a poll.
struct End {
    name: Arc<str>,
    result: Result<Option<Answer>, Failure>,
    took: Duration,
}

impl Poller {
    /// Nothing is polled yet.
    pub fn new(parts: Parts) -> Self {
        let limits = Limits {
            up: parts.config.concurrency.get(),
            down: parts.config.concurrency_down.get(),
            refused_pause: parts.config.refused_pause,
        };
        let plan = Plan::new(limits, parts.clock.now());
        Self { parts, plan, known: Arc::default(), waiting: HashMap::new(), slow: BTreeSet::new() }
    }

    /// Polls until the soft stop; polls that go on then end at once.
    pub async fn run(mut self) {
        let stop = self.parts.tasks.soft();
        let (told, mut ends) = mpsc::unbounded_channel();
        let (clock, board) = (self.parts.clock.clone(), self.parts.board.clone());
        loop {
            let now = clock.now();
            self.look(now);
            for wish in board.wishes() {
                self.grant(wish, now);
            }
            while let Some(name) = self.slow.first().filter(|(at, _)| *at <= now).map(|(_, name)| Arc::clone(name)) {
                self.slow.pop_first();
                self.plan.slow(&name);
            }
            while let Some((name, late)) = self.plan.start(now) {
                self.begin(name, late, now, &told);
            }
            let wake = [self.plan.next(), self.slow.first().map(|(at, _)| *at)].into_iter().flatten().min();
            let wake = wake.unwrap_or(Timestamp::MAX).min(add(now, LOOK));
            tokio::select! {
                biased;
                () = stop.cancelled() => return board.close(),
                Some(end) = ends.recv() => self.end(end),
                () = board.rung() => {}
                () = clock.sleep_until(wake) => {}
                // The wall clock may have been set back.
                () = clock.sleep(LOOK) => {}
            }
        }
    }

    /// Takes over an inventory that was replaced.
    fn look(&mut self, now: Timestamp) {
        let board = self.parts.board.clone();
        let current = board.inventory().current();
        if Arc::ptr_eq(&current, &self.known) {
            return;
        }
        let changes = diff(&self.known, &current);
        self.known = current;
        for name in &changes.removed {
            self.plan.remove(name);
            board.remove(name);
            self.tell(name);
        }
        for name in changes.added.iter().chain(&changes.changed) {
            let Some(device) = self.known.by_name(name) else { continue };
            let interval = self.parts.config.interval_of(&device);
            board.put(device, interval);
            if board.entry(name).is_some_and(|entry| entry.never.is_none()) {
                self.plan.put(name, interval, now);
            } else {
                self.plan.remove(name);
                self.tell(name);
            }
        }
    }

    fn grant(&mut self, wish: Wish, now: Timestamp) {
        let Wish { device, told } = wish;
        match told {
            None => {
                self.plan.nudge(&device, now);
            }
            // Whoever no longer waits needs no poll.
            Some(told) if told.is_closed() => {}
            Some(told) => match self.plan.ask(&device, now) {
                Asked::Soon => self.waiting.entry(device).or_default().push(told),
                // Who asked looks at the board.
                Asked::Known | Asked::Unknown => {
                    let _ = told.send(());
                }
            },
        }
    }

    /// Whoever waits for a device looks at the board.
    fn tell(&mut self, name: &str) {
        for told in self.waiting.remove(name).into_iter().flatten() {
            // Whoever asked may have gone.
            let _ = told.send(());
        }
    }

    fn begin(&mut self, name: Arc<str>, late: Duration, now: Timestamp, told: &mpsc::UnboundedSender<End>) {
        let Some(device) = self.known.by_name(&name) else {
            self.plan.remove(&name);
            self.plan.end(&name, None, now, 0.0);
            return;
        };
        self.parts.metrics.poll_began(late);
        self.slow.insert((add(now, SLOW), Arc::clone(&name)));
        let (reader, clock, limit) =
            (Arc::clone(&self.parts.reader), self.parts.clock.clone(), self.parts.config.timeout);
        let (cancel, told) = (self.parts.tasks.soft().child_token(), told.clone());
        let span = tracing::error_span!("poll", device.name = %name);
        let devices = self.parts.devices.as_ref().filter(|_| needs::computes(&device));
        let poll = async move {
            let watch = Stopwatch::start();
            let result = poll(&*reader, &device, &clock, limit, &cancel).await;
            // The poller may have stopped.
            let _ = told.send(End { name, result, took: watch.elapsed() });
        };
        // A task belongs to the runtime that is entered.
        let _entered = devices.map(Handle::enter);
        self.parts.tasks.spawn("health-poll", poll.instrument(span));
    }

    fn end(&mut self, end: End) {
        let End { name, result, took } = end;
        let now = self.parts.clock.now();
        self.slow.retain(|(_, slow)| *slow != name);
        // Only a pause is spread. 53 bits: what a floating point number holds.
        let drawn = if result.is_err() { self.parts.chance.number().unwrap_or_default() } else { 0 };
        let spread = (drawn >> 11) as f64 / (1_u64 << 53) as f64;
        let ended = match &result {
            Ok(None) => self.plan.skip(&name, now),
            Ok(Some(_)) => self.plan.end(&name, None, now, spread),
            Err(failure) => self.plan.end(&name, Some(failure), now, spread),
        };
        let board = &self.parts.board;
        match (ended, result) {
            (Ended::Foreign, _) => {}
            (_, Ok(None)) => {
                board.skipped(&name);
                tracing::debug!(device.name = &*name, "{name} is not polled now: a job writes to it");
            }
            (Ended::Failed(Next::Missing(_)), Err(failure)) => board.lacks(&name, failure.sentence),
            (ended, Err(failure)) => {
                board.lacks_nothing(&name);
                let sentence = failure.to_string();
                if board.keep(&name, Err(failure), took, now) == Turn::Down {
                    let pause = match ended {
                        Ended::Failed(Next::Hold(pause) | Next::Try(pause) | Next::Missing(pause)) => pause.as_secs(),
                        Ended::Foreign | Ended::Well => 0,
                    };
                    tracing::warn!(device.name = &*name, health.pause_s = pause, "{name} does not answer: {sentence}");
                }
            }
            (_, Ok(Some(answer))) => {
                board.lacks_nothing(&name);
                if board.keep(&name, Ok(answer), took, now) == Turn::Up {
                    tracing::info!(device.name = &*name, "{name} answers");
                }
            }
        }
        // A wish that came while an old poll went on is granted by the next one.
        if ended != Ended::Foreign || !self.plan.has(&name) {
            self.tell(&name);
        }
        self.parts.board.polled();
    }
}

/// One poll: bounded, and without a panic of a driver.
async fn poll(
    reader: &dyn Reader,
    device: &Device,
    clock: &Clock,
    limit: Duration,
    cancel: &CancellationToken,
) -> Result<Option<Answer>, Failure> {
    let work = AssertUnwindSafe(reader.read(device, cancel.clone())).catch_unwind();
    tokio::pin!(work);
    let done = match clock.timeout(limit, &mut work).await {
        Ok(done) => done,
        Err(_) => {
            // Its sessions are closed before it is given up.
            cancel.cancel();
            let _ = clock.timeout(LAST_WORD, &mut work).await;
            let sentence = format!("{}: its health was not read within {} s", device.name, limit.as_secs());
            return Err(Failure::new(FailureClass::Timeout, sentence));
        }
    };
    done.unwrap_or_else(|_| {
        let sentence = format!("{}: the driver broke down while it read the health; report it", device.name);
        Err(Failure::new(FailureClass::Internal, sentence))
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests run the poller beside themselves")]
mod tests;
