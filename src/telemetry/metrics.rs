//! The daemon's own metrics, in Prometheus' text form. Names begin with `towerhand_`; units are base units.
//!
//! Label values come from closed sets (actions of the catalogue, classes, routes), never from a client's text: an
//! action that is not known counts as `other`. Where the set is known the series begin at 0, so that a rate is right
//! from the first event on.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use super::exposition::{Format, Page};
use crate::model::{FailureClass, JobStatus};

/// A metric could not be made: a name or label of ours is wrong, so this is found by the first test that starts.
#[derive(Debug, thiserror::Error)]
#[error("the metrics could not be set up: {0}")]
pub struct MetricsError(#[from] prometheus::Error);

/// From a quick SNMP read to a firmware load's step, seconds.
const JOB_BUCKETS: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0];

/// From a read out of memory to a disk that has stopped, seconds.
const STORE_BUCKETS: &[f64] =
    &[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// From a poll that began in time to one that was forgotten, seconds.
const LAG_BUCKETS: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0];

/// What the store tells the times of, see `store::Observer`.
const STORE_OPERATIONS: [&str; 4] = ["write", "write_soft", "read", "list"];

/// Outcomes of jobs that are no failures.
const NO_FAILURES: [&str; 2] = ["success", "cancelled"];

const STATUSES: [JobStatus; 5] =
    [JobStatus::Queued, JobStatus::Running, JobStatus::Success, JobStatus::Error, JobStatus::Cancelled];

/// Classes after which an attempt may be made again; the others start when they happen.
const RETRIED: [FailureClass; 4] =
    [FailureClass::Unreachable, FailureClass::Timeout, FailureClass::Protocol, FailureClass::SessionLimit];

/// What an action counts under that is not in the catalogue.
const OTHER: &str = "other";

/// All counters. Clones share them. The counters of requests are the API's own, in the same [`Metrics::registry`].
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    actions: BTreeSet<String>,
    jobs: IntCounterVec,
    job_failures: IntCounterVec,
    job_seconds: HistogramVec,
    step_seconds: HistogramVec,
    queue: IntGaugeVec,
    queue_oldest: Gauge,
    sessions: IntCounterVec,
    retries: IntCounterVec,
    host_key_alarms: IntCounter,
    devices: IntGauge,
    leases: IntGauge,
    store: HistogramVec,
    poll_lag: Histogram,
    window_open: IntGaugeVec,
    /// Names that `window_open` shows.
    windows: Mutex<BTreeSet<String>>,
    window_overruns: IntCounter,
}

/// A lease that is held; given back when it is dropped.
#[derive(Debug)]
pub struct Held(IntGauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// All metrics at zero. `actions` are the ids of the catalogue.
    pub fn new<A: AsRef<str>>(actions: impl IntoIterator<Item = A>) -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let made = Inner {
            actions: actions.into_iter().map(|action| action.as_ref().to_owned()).collect(),
            jobs: counters(
                &registry,
                "towerhand_jobs_total",
                "Jobs that ended, by action and outcome: success, cancelled, or the class of the failure.",
                &["action", "outcome"],
            )?,
            job_failures: counters(
                &registry,
                "towerhand_job_failures_total",
                "Jobs that ended in a failure of any class, by action. There from the start, so that the first one shows as an \
                 increase.",
                &["action"],
            )?,
            job_seconds: histograms(
                &registry,
                "towerhand_job_seconds",
                "Time from a job's last start to its end, seconds.",
                JOB_BUCKETS,
                &["action"],
            )?,
            step_seconds: histograms(
                &registry,
                "towerhand_job_step_seconds",
                "Time of one step of a job under its lease, seconds.",
                JOB_BUCKETS,
                &["action"],
            )?,
            queue: gauges(
                &registry,
                "towerhand_queue_jobs",
                "Jobs in the store by state, counted at the scrape.",
                &["status"],
            )?,
            queue_oldest: gauge(
                &registry,
                "towerhand_queue_oldest_seconds",
                "Age of the oldest queued job, seconds; 0 when there is none.",
            )?,
            sessions: counters(
                &registry,
                "towerhand_device_sessions_total",
                "Sessions with devices, by channel (ssh, snmp, http, icmp) and outcome: ok, or the class of the failure.",
                &["channel", "outcome"],
            )?,
            retries: counters(
                &registry,
                "towerhand_retries_total",
                "Attempts made again, by the class of the failure before them.",
                &["class"],
            )?,
            host_key_alarms: register(
                &registry,
                IntCounter::new(
                    "towerhand_host_key_alarms_total",
                    "Connections refused because a device showed another identity than the one pinned.",
                ),
            )?,
            windows: Mutex::default(),
            window_open: gauges(
                &registry,
                "towerhand_window_open",
                "Whether a maintenance window or black-out holds this instant: 1 or 0. The nightly window is called nightly.",
                &["window"],
            )?,
            window_overruns: register(
                &registry,
                IntCounter::new(
                    "towerhand_window_overruns_total",
                    "Devices that were not back and proven at the end of the window in which they were told to go down.",
                ),
            )?,
            devices: register(&registry, IntGauge::new("towerhand_inventory_devices", "Devices in the inventory."))?,
            leases: register(
                &registry,
                IntGauge::new("towerhand_leases", "Jobs whose step is under way in this process, under a lease."),
            )?,
            store: histograms(
                &registry,
                "towerhand_store_seconds",
                "Time of one operation of the store, its waiting included, seconds: write (committed and on disk), write_soft (committed), read (by key), list.",
                STORE_BUCKETS,
                &["operation"],
            )?,
            poll_lag: register(
                &registry,
                Histogram::with_opts(
                    HistogramOpts::new(
                        "towerhand_health_lag_seconds",
                        "How much later than planned a device's poll began, seconds.",
                    )
                    .buckets(LAG_BUCKETS.to_vec()),
                ),
            )?,
            registry,
        };
        let made = Self(Arc::new(made));
        made.start_at_zero()?;
        Ok(made)
    }

    fn start_at_zero(&self) -> Result<(), MetricsError> {
        for action in self.0.actions.iter().map(String::as_str).chain([OTHER]) {
            self.0.job_failures.with_label_values(&[action]);
            for outcome in NO_FAILURES {
                self.0.jobs.with_label_values(&[action, outcome]);
            }
        }
        for status in STATUSES {
            self.0.queue.with_label_values(&[status.as_str()]);
        }
        for channel in ["ssh", "snmp", "http", "icmp"] {
            self.0.sessions.with_label_values(&[channel, "ok"]);
        }
        for operation in STORE_OPERATIONS {
            self.0.store.with_label_values(&[operation]);
        }
        for class in RETRIED {
            self.0.retries.with_label_values(&[class.as_str()]);
        }
        let build =
            gauges(&self.0.registry, "towerhand_build_info", "Constant 1, labelled with the version.", &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Ok(())
    }

    fn known<'a>(&self, action: &'a str) -> &'a str {
        if self.0.actions.contains(action) { action } else { OTHER }
    }

    /// A job ended. `outcome` is `success`, `cancelled`, or the class of its failure.
    pub fn job_ended(&self, action: &str, outcome: &str, seconds: f64) {
        let action = self.known(action);
        self.0.jobs.with_label_values(&[action, outcome]).inc();
        if !NO_FAILURES.contains(&outcome) {
            self.0.job_failures.with_label_values(&[action]).inc();
        }
        self.0.job_seconds.with_label_values(&[action]).observe(seconds);
    }

    /// A step of a job ended, whatever came of it.
    pub fn step_ended(&self, action: &str, seconds: f64) {
        self.0.step_seconds.with_label_values(&[self.known(action)]).observe(seconds);
    }

    /// Number of jobs in a state; set before [`Metrics::render`].
    pub fn jobs_in(&self, status: JobStatus, count: u64) {
        self.0.queue.with_label_values(&[status.as_str()]).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Age of the oldest queued job; none: there is none. Set before [`Metrics::render`].
    pub fn queue_oldest(&self, age: Option<Duration>) {
        self.0.queue_oldest.set(age.map_or(0.0, |age| age.as_secs_f64()));
    }

    /// A session with a device ended: `channel` is `ssh`, `snmp`, `http` or `icmp`; `failure` none where it was well.
    pub fn device_session(&self, channel: &str, failure: Option<FailureClass>) {
        self.0.sessions.with_label_values(&[channel, failure.map_or("ok", FailureClass::as_str)]).inc();
    }

    /// An attempt is made again after a failure of `class`.
    pub fn retry(&self, class: FailureClass) {
        self.0.retries.with_label_values(&[class.as_str()]).inc();
    }

    /// A device showed another identity than the one pinned.
    pub fn host_key_alarm(&self) {
        self.0.host_key_alarms.inc();
    }

    /// Every window and black-out there is, and whether it holds this instant; others are shown no more.
    pub fn windows_open<'a>(&self, windows: impl IntoIterator<Item = (&'a str, bool)>) {
        let mut shown = self.0.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gone = std::mem::take(&mut *shown);
        for (name, open) in windows {
            self.0.window_open.with_label_values(&[name]).set(i64::from(open));
            gone.remove(name);
            shown.insert(name.to_owned());
        }
        for name in gone {
            // One that was never shown is no loss.
            let _ = self.0.window_open.remove_label_values(&[name.as_str()]);
        }
    }

    /// A device was not back and proven at the end of its window.
    pub fn window_overrun(&self) {
        self.0.window_overruns.inc();
    }

    /// Number of devices in the inventory.
    pub fn inventory_devices(&self, count: usize) {
        self.0.devices.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// A step begins under a lease; it is held until the value is dropped.
    pub fn lease(&self) -> Held {
        self.0.leases.inc();
        Held(self.0.leases.clone())
    }

    /// An operation of the store took so long.
    pub fn store_took(&self, operation: &str, seconds: f64) {
        self.0.store.with_label_values(&[operation]).observe(seconds);
    }

    /// A device's poll began so much later than planned.
    pub fn poll_began(&self, late: Duration) {
        self.0.poll_lag.observe(late.as_secs_f64());
    }

    /// For metrics and collectors of other modules; their names begin with `towerhand_` too.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// Writes all of them.
    pub fn write(&self, page: &mut Page) {
        page.gathered(&self.0.registry.gather());
    }

    /// The text form (version 0.0.4).
    pub fn render(&self) -> String {
        let mut page = Page::new(Format::Text);
        self.write(&mut page);
        page.finish()
    }
}

fn register<C: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    metric: prometheus::Result<C>,
) -> Result<C, MetricsError> {
    let metric = metric?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, MetricsError> {
    register(registry, IntCounterVec::new(Opts::new(name, help), labels))
}

fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, MetricsError> {
    register(registry, IntGaugeVec::new(Opts::new(name, help), labels))
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<Gauge, MetricsError> {
    register(registry, Gauge::new(name, help))
}

fn histograms(
    registry: &Registry,
    name: &str,
    help: &str,
    buckets: &[f64],
    labels: &[&str],
) -> Result<HistogramVec, MetricsError> {
    register(registry, HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        Metrics::new(["ido.ping", "aviat.run"]).unwrap()
    }

    fn has(text: &str, line: &str) {
        assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
    }

    #[test]
    fn what_is_known_begins_at_zero() {
        let text = metrics().render();
        has(&text, r#"towerhand_jobs_total{action="ido.ping",outcome="success"} 0"#);
        has(&text, r#"towerhand_jobs_total{action="other",outcome="cancelled"} 0"#);
        has(&text, r#"towerhand_queue_jobs{status="queued"} 0"#);
        has(&text, "towerhand_queue_oldest_seconds 0");
        has(&text, "towerhand_host_key_alarms_total 0");
        has(&text, r#"towerhand_device_sessions_total{channel="snmp",outcome="ok"} 0"#);
        has(&text, r#"towerhand_retries_total{class="unreachable"} 0"#);
        has(&text, concat!("towerhand_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"));
    }

    #[test]
    fn what_happens_is_counted() {
        let metrics = metrics();
        metrics.job_ended("ido.ping", "success", 0.2);
        metrics.job_ended("ido.ping", "timeout", 40.0);
        metrics.step_ended("aviat.run", 3.0);
        metrics.jobs_in(JobStatus::Queued, 7);
        metrics.queue_oldest(Some(Duration::from_millis(1500)));
        metrics.device_session("ssh", Some(FailureClass::AuthRefused));
        metrics.retry(FailureClass::Busy);
        metrics.host_key_alarm();
        metrics.inventory_devices(12);
        metrics.store_took("read", 0.000_2);
        metrics.poll_began(Duration::from_millis(20));
        let held = metrics.lease();
        drop(metrics.lease());
        let text = metrics.render();
        has(&text, r#"towerhand_jobs_total{action="ido.ping",outcome="success"} 1"#);
        has(&text, r#"towerhand_jobs_total{action="ido.ping",outcome="timeout"} 1"#);
        has(&text, r#"towerhand_job_failures_total{action="ido.ping"} 1"#);
        has(&text, r#"towerhand_job_failures_total{action="aviat.run"} 0"#);
        has(&text, r#"towerhand_job_seconds_bucket{action="ido.ping",le="0.25"} 1"#);
        has(&text, r#"towerhand_job_seconds_count{action="ido.ping"} 2"#);
        has(&text, r#"towerhand_job_step_seconds_sum{action="aviat.run"} 3"#);
        has(&text, r#"towerhand_queue_jobs{status="queued"} 7"#);
        has(&text, "towerhand_queue_oldest_seconds 1.5");
        has(&text, r#"towerhand_device_sessions_total{channel="ssh",outcome="auth_failed"} 1"#);
        has(&text, r#"towerhand_retries_total{class="busy"} 1"#);
        has(&text, "towerhand_host_key_alarms_total 1");
        has(&text, "towerhand_inventory_devices 12");
        has(&text, "towerhand_leases 1");
        has(&text, r#"towerhand_store_seconds_bucket{operation="read",le="0.00025"} 1"#);
        has(&text, r#"towerhand_store_seconds_count{operation="write"} 0"#);
        has(&text, r#"towerhand_health_lag_seconds_bucket{le="0.05"} 1"#);
        drop(held);
        has(&metrics.render(), "towerhand_leases 0");
    }

    #[test]
    fn a_clients_text_is_never_a_label() {
        let metrics = metrics();
        metrics.job_ended("made.up\"} 1", "error", 1.0);
        let text = metrics.render();
        has(&text, r#"towerhand_jobs_total{action="other",outcome="error"} 1"#);
        assert!(!text.contains("made.up"));
    }

    /// The family of a counter is named with `_total` in the older format and without it in OpenMetrics, where no other
    /// family may have that name: it would be of no kind.
    #[test]
    fn counters_are_counters_in_both_formats() {
        let metrics = metrics();
        let written = |format| {
            let mut page = Page::new(format);
            metrics.write(&mut page);
            page.finish()
        };
        let (text, open) = (written(Format::Text), written(Format::OpenMetrics));
        for name in ["towerhand_jobs", "towerhand_job_failures", "towerhand_retries", "towerhand_device_sessions"] {
            has(&text, &format!("# TYPE {name}_total counter"));
            has(&open, &format!("# TYPE {name} counter"));
            assert!(open.contains(&format!("# HELP {name} ")), "{open}");
        }
        has(&open, r#"towerhand_jobs_total{action="ido.ping",outcome="success"} 0"#);
        assert!(!open.contains(" unknown\n") && !open.contains("_total counter"), "{open}");
    }

    #[test]
    fn every_metric_has_our_prefix_and_a_base_unit() {
        for family in metrics().0.registry.gather() {
            let name = family.name();
            assert!(name.starts_with("towerhand_"), "{name}");
            assert!(!name.contains("_ms") && !name.contains("milli"), "{name}");
        }
    }
}
