//! Time and chance, handed down from the composition root: everything that waits, stamps or draws takes them from
//! here, so that a test can move time by hand and repeat a seed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A source of time. Clones share the source.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<watch::Sender<Timestamp>>),
    Shifted(Arc<Shifted>),
}

/// A wall clock that runs at its own rate beside the machine's.
#[derive(Debug)]
struct Shifted {
    began: Stopwatch,
    start: Timestamp,
    rate: f64,
    /// Sum of the jumps; each change wakes who waits for an instant.
    jumps: watch::Sender<SignedDuration>,
}

impl Shifted {
    fn now(&self) -> Timestamp {
        let run = self.began.elapsed().mul_f64(self.rate);
        add(self.start, run).checked_add(*self.jumps.borrow()).unwrap_or(Timestamp::MAX)
    }

    /// Real time until the clock shows `instant`, jumps aside; none once it does.
    fn left(&self, instant: Timestamp) -> Option<Duration> {
        let left = Duration::try_from(instant.duration_since(self.now())).ok().filter(|left| !left.is_zero())?;
        // Rounded up to a millisecond: a timer that fires early would spin.
        Some(left.div_f64(self.rate).max(Duration::from_millis(1)))
    }
}

/// Slowest and fastest rate of [`Clock::shifted`].
const RATES: std::ops::RangeInclusive<f64> = 0.001..=100_000.0;

/// It took longer than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("deadline passed")]
pub struct Elapsed;

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until [`Clock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(watch::Sender::new(start))))
    }

    /// A clock that shows `start` now and runs `rate` times as fast as the machine's (0.001 to 100,000; what is outside
    /// is put at the nearer end). Sleeping for a duration takes real time, so that deadlines of devices keep their
    /// meaning; waiting for an instant follows the wall clock. For tests, and for a night in minutes.
    pub fn shifted(start: Timestamp, rate: f64) -> Self {
        let rate = if rate.is_nan() { 1.0 } else { rate.clamp(*RATES.start(), *RATES.end()) };
        let jumps = watch::Sender::new(SignedDuration::ZERO);
        Self(Source::Shifted(Arc::new(Shifted { began: Stopwatch::start(), start, rate, jumps })))
    }

    /// Moves the wall clock at once, also backwards: of a manual or a shifted clock; nothing on the system clock.
    pub fn jump(&self, by: SignedDuration) {
        match &self.0 {
            Source::System => {}
            Source::Manual(now) => now.send_modify(|now| *now = now.checked_add(by).unwrap_or(*now)),
            Source::Shifted(shifted) => shifted.jumps.send_modify(|sum| *sum = sum.saturating_add(by)),
        }
    }

    /// Now, UTC. The wall clock: it may jump.
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Manual(now) => *now.borrow(),
            Source::Shifted(shifted) => shifted.now(),
        }
    }

    /// Waits. On a manual clock: until the clock has been moved that far.
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is slept on")]
    pub async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Source::System | Source::Shifted(_) => tokio::time::sleep(duration).await,
            Source::Manual(_) => self.sleep_until(add(self.now(), duration)).await,
        }
    }

    /// Waits until the wall clock shows `instant`; looks again at least every 30 s, so that a jump is noticed.
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is slept on")]
    pub async fn sleep_until(&self, instant: Timestamp) {
        match &self.0 {
            Source::System => {
                while let Ok(left) = Duration::try_from(instant.duration_since(Timestamp::now())) {
                    if left.is_zero() {
                        return;
                    }
                    tokio::time::sleep(left.min(Duration::from_secs(30))).await;
                }
            }
            Source::Manual(now) => {
                let mut seen = now.subscribe();
                // Ends with an error only when the sender is gone, and we hold it.
                let _ = seen.wait_for(|now| *now >= instant).await;
            }
            Source::Shifted(shifted) => {
                // Before the first look, so that no jump falls between the two.
                let mut jumps = shifted.jumps.subscribe();
                while let Some(left) = shifted.left(instant) {
                    tokio::select! {
                        () = tokio::time::sleep(left) => {}
                        _ = jumps.changed() => {}
                    }
                }
            }
        }
    }

    /// Runs `work` for at most `limit`.
    pub async fn timeout<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, Elapsed> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.sleep(limit) => Err(Elapsed),
        }
    }

    /// Moves a manual or a shifted clock; nothing on the system clock.
    pub fn advance(&self, by: Duration) {
        self.jump(SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX));
    }

    /// Sets a manual or a shifted clock, also backwards; nothing on the system clock.
    pub fn set(&self, to: Timestamp) {
        match &self.0 {
            Source::System => {}
            Source::Manual(now) => {
                now.send_replace(to);
            }
            Source::Shifted(shifted) => {
                let by = to.duration_since(shifted.now());
                shifted.jumps.send_modify(|sum| *sum = sum.saturating_add(by));
            }
        }
    }
}

/// `at + by`, at most the end of time.
pub fn add(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

/// A moment from which time is measured; not the wall clock.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts.
    #[expect(clippy::disallowed_methods, reason = "the one place where the monotonic clock is read")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A source of chance: ids, tokens, jitter. Clones share the source.
#[derive(Clone)]
pub struct Chance(Arc<Mutex<Option<fastrand::Rng>>>);

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance")
    }
}

/// The system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoEntropy;

impl Chance {
    /// The operating system's random source.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// The same draws for the same seed; for tests only, never for keys.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Some(fastrand::Rng::with_seed(seed)))))
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match source.as_mut() {
            Some(rng) => {
                rng.fill(bytes);
                Ok(())
            }
            None => {
                use ring::rand::SecureRandom as _;
                ring::rand::SystemRandom::new().fill(bytes).map_err(|_| NoEntropy)
            }
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A random number.
    pub fn number(&self) -> Result<u64, NoEntropy> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    /// `base` plus up to `spread` of it (0.2 for 20 %); `base` itself where there is no entropy.
    pub fn jitter(&self, base: Duration, spread: f64) -> Duration {
        let part = self.number().map_or(0.0, |n| (n >> 11) as f64 / (1_u64 << 53) as f64);
        base.mul_f64(1.0 + spread.max(0.0) * part)
    }
}

/// Durations in settings, as people write them: `200ms`, `15s`, `90m`, `36h`, `30d`. For `#[serde(with = "human")]`.
pub mod human {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    /// A text that is not a duration.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
    #[error("a duration is a whole number with its unit: 200ms, 15s, 90m, 36h, 30d")]
    pub struct NotADuration;

    const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// Parses a whole number and one unit, nothing between them, nothing around them.
    pub fn parse(text: &str) -> Result<Duration, NotADuration> {
        let end = text.find(|c: char| !c.is_ascii_digit()).ok_or(NotADuration)?;
        let (number, unit) = text.split_at_checked(end).ok_or(NotADuration)?;
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(NotADuration)?;
        let number: u64 = number.parse().map_err(|_| NotADuration)?;
        number.checked_mul(*factor).map(Duration::from_millis).ok_or(NotADuration)
    }

    /// The shortest text that [`parse`] reads back; parts of a millisecond are dropped.
    pub fn format(duration: Duration) -> String {
        let ms = duration.as_millis();
        let unit = UNITS.iter().rev().find(|(_, factor)| ms > 0 && ms.is_multiple_of(u128::from(*factor)));
        let (name, factor) = unit.copied().unwrap_or(("s", 1000));
        format!("{}{name}", ms / u128::from(factor))
    }

    /// For serde.
    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format(*duration))
    }

    /// For serde.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test runs a sleeper beside itself")]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        for (text, ms) in [
            ("200ms", 200),
            ("15s", 15_000),
            ("90m", 5_400_000),
            ("36h", 129_600_000),
            ("0s", 0),
            ("30d", 2_592_000_000),
        ] {
            let duration = human::parse(text).unwrap();
            assert_eq!(duration.as_millis(), ms, "{text}");
            assert_eq!(human::format(duration), text);
        }
        assert_eq!(human::format(Duration::from_secs(5400)), "90m");
        for text in
            ["", "15", "s", "-1s", "1.5s", "1 s", "1S", "1w", " 1s", "99999999999999999999s", "18446744073709551615d"]
        {
            assert_eq!(human::parse(text), Err(human::NotADuration), "{text}");
        }
    }

    #[tokio::test]
    async fn a_manual_clock_moves_only_by_hand() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let sleeper = clock.clone();
        let slept = tokio::task::spawn(async move { sleeper.sleep(Duration::from_secs(5)).await });
        tokio::task::yield_now().await;
        assert!(!slept.is_finished());
        clock.advance(Duration::from_secs(5));
        slept.await.unwrap();
        assert_eq!(clock.now().as_second(), 5);
    }

    #[tokio::test]
    async fn a_shifted_clock_runs_at_its_rate_and_sleeps_in_real_time() {
        let clock = Clock::shifted(Timestamp::UNIX_EPOCH, 1000.0);
        let watch = Stopwatch::start();
        clock.sleep_until(Timestamp::from_second(60).unwrap()).await;
        assert!(clock.now().as_second() >= 60, "{}", clock.now());
        assert!(watch.elapsed() < Duration::from_secs(30), "{:?}", watch.elapsed());
        let before = Stopwatch::start();
        clock.sleep(Duration::from_millis(20)).await;
        assert!(before.elapsed() >= Duration::from_millis(20));
        assert!(clock.timeout(Duration::from_millis(1), std::future::pending::<()>()).await.is_err());
    }

    #[tokio::test]
    async fn a_jump_wakes_who_waits_for_an_instant_on_a_shifted_clock() {
        let clock = Clock::shifted(Timestamp::UNIX_EPOCH, 1.0);
        let night = Timestamp::from_second(86_400).unwrap();
        let sleeper = clock.clone();
        let slept = tokio::task::spawn(async move { sleeper.sleep_until(night).await });
        tokio::task::yield_now().await;
        clock.jump(SignedDuration::from_hours(-1));
        tokio::task::yield_now().await;
        assert!(!slept.is_finished());
        clock.jump(SignedDuration::from_hours(26));
        slept.await.unwrap();
        assert!(clock.now() >= night);
        clock.set(Timestamp::UNIX_EPOCH);
        assert!(clock.now().as_second() < 60);
    }

    #[test]
    fn a_jump_moves_a_manual_clock_too() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        clock.jump(SignedDuration::from_secs(90));
        clock.jump(SignedDuration::from_secs(-30));
        assert_eq!(clock.now().as_second(), 60);
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        assert_eq!(Chance::seeded(3).number(), Chance::seeded(3).number());
        let jittered = Chance::seeded(1).jitter(Duration::from_secs(10), 0.2);
        assert!(jittered >= Duration::from_secs(10) && jittered <= Duration::from_secs(12));
    }
}
