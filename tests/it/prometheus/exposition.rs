//! What is exported, as the text of `/metrics` says it; and what is agreed to be exported, in the same form.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use regex::Regex;
use towerhand::model::Metric;

/// What a metric has beside its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Gauge,
    Counter,
    Histogram,
}

use Kind::{Counter, Gauge, Histogram};

/// Name, kind, labels, and whether a daemon with a lab always shows it. Those that it does not always show have series only
/// after something happened (a trap, a job), or come with settings (schedules, windows).
pub type Row = (&'static str, Kind, &'static [&'static str], bool);

/// The metrics beside [`Metric::ALL`].
pub const AGREED: &[Row] = &[
    ("towerhand_device_up", Gauge, &["device", "site"], true),
    ("towerhand_device_unreachable", Gauge, &["device", "site", "reason"], false),
    ("towerhand_device_poll_seconds", Gauge, &["device", "site"], true),
    ("towerhand_device_round_trip_seconds", Gauge, &["device", "site"], false),
    ("towerhand_device_poll_via", Gauge, &["device", "site", "via"], true),
    ("towerhand_device_last_success_timestamp_seconds", Gauge, &["device", "site"], true),
    ("towerhand_device_polls_total", Counter, &["device", "site", "outcome"], true),
    ("towerhand_device_poll_interval_seconds", Gauge, &["device", "site"], true),
    ("towerhand_device_uptime_seconds", Gauge, &["device", "site"], true),
    ("towerhand_device_reboots_total", Counter, &["device", "site"], true),
    ("towerhand_device_info", Gauge, &["device", "site", "type", "role", "model", "firmware"], true),
    ("towerhand_link_info", Gauge, &["link", "device", "peer"], false),
    ("towerhand_link_rsl_difference_db", Gauge, &["link"], false),
    ("towerhand_config_changes_total", Counter, &["device", "site"], false),
    ("towerhand_config_last_change_timestamp_seconds", Gauge, &["device", "site"], false),
    ("towerhand_jobs_total", Counter, &["action", "outcome"], true),
    ("towerhand_job_failures_total", Counter, &["action"], true),
    ("towerhand_job_seconds", Histogram, &["action"], false),
    ("towerhand_job_step_seconds", Histogram, &["action"], false),
    ("towerhand_queue_jobs", Gauge, &["status"], true),
    ("towerhand_queue_oldest_seconds", Gauge, &[], true),
    ("towerhand_leases", Gauge, &[], true),
    ("towerhand_device_sessions_total", Counter, &["channel", "outcome"], true),
    ("towerhand_retries_total", Counter, &["class"], true),
    ("towerhand_host_key_alarms_total", Counter, &[], true),
    ("towerhand_inventory_devices", Gauge, &[], true),
    ("towerhand_health_unpolled", Gauge, &[], true),
    ("towerhand_health_lag_seconds", Histogram, &[], true),
    ("towerhand_store_seconds", Histogram, &["operation"], true),
    ("towerhand_traps_total", Counter, &["kind", "outcome"], false),
    ("towerhand_schedule_runs_total", Counter, &["schedule", "outcome"], false),
    ("towerhand_schedule_next_timestamp_seconds", Gauge, &["schedule"], false),
    ("towerhand_window_open", Gauge, &["window"], false),
    ("towerhand_window_overruns_total", Counter, &[], false),
    ("towerhand_http_requests_total", Counter, &["method", "route", "status"], false),
    ("towerhand_http_request_duration_seconds", Histogram, &["method", "route"], false),
    ("towerhand_build_info", Gauge, &["version"], true),
];

/// What Prometheus makes itself.
pub const PROMETHEUS: &[(&str, &[&str])] = &[("up", &[]), ("ALERTS", &["alertname", "alertstate", "severity"])];

/// Labels that a scrape adds.
const SCRAPE: [&str; 2] = ["instance", "job"];

/// All that is agreed, in the form of `/metrics`, without samples.
pub fn agreed() -> String {
    let mut text = String::new();
    for metric in Metric::ALL {
        writeln!(text, "# HELP {name} {}\n# TYPE {name} gauge", metric.help(), name = metric.name()).unwrap();
    }
    for (name, kind, _, _) in AGREED {
        let kind = match kind {
            Gauge => "gauge",
            Counter => "counter",
            Histogram => "histogram",
        };
        writeln!(text, "# TYPE {name} {kind}").unwrap();
    }
    text
}

/// Families of an exposition, by name. OpenMetrics leaves `_total` away; here it has it.
pub fn families(exposition: &str) -> BTreeMap<String, Kind> {
    let line = Regex::new(r"(?m)^# TYPE (\S+) (gauge|counter|histogram)$").unwrap();
    let families = line.captures_iter(exposition).map(|found| {
        let name = found[1].to_owned();
        match &found[2] {
            "gauge" => (name, Gauge),
            "histogram" => (name, Histogram),
            _ if name.ends_with("_total") => (name, Counter),
            _ => (format!("{name}_total"), Counter),
        }
    });
    families.collect()
}

/// Names that a query may use where this is exported.
pub fn queryable(exposition: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (name, kind) in families(exposition) {
        if kind == Histogram {
            names.extend(["_bucket", "_sum", "_count"].map(|part| format!("{name}{part}")));
        } else {
            names.insert(name);
        }
    }
    names
}

/// Labels by name: those of the agreement, and those that a scrape adds.
pub fn labels() -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut labels = BTreeMap::new();
    for metric in Metric::ALL {
        labels.insert(metric.name().to_owned(), BTreeSet::from(["device", "site", metric.label()]));
    }
    for (name, kind, own, _) in AGREED {
        let own: BTreeSet<&str> = own.iter().copied().collect();
        if *kind == Histogram {
            let of_buckets = own.iter().copied().chain(["le"]).collect();
            labels.insert(format!("{name}_bucket"), of_buckets);
            labels.insert(format!("{name}_sum"), own.clone());
            labels.insert(format!("{name}_count"), own);
        } else {
            labels.insert((*name).to_owned(), own);
        }
    }
    for (name, own) in PROMETHEUS {
        labels.insert((*name).to_owned(), own.iter().copied().chain(["device", "site"]).collect());
    }
    for own in labels.values_mut() {
        own.extend(SCRAPE);
        own.remove("");
    }
    labels
}

/// Labels of the series of an exposition, by the name of the sample.
pub fn labels_of(exposition: &str) -> BTreeMap<String, BTreeSet<String>> {
    let sample = Regex::new(r"(?m)^(towerhand_\w+)(?:\{(.*)\})? \S+$").unwrap();
    // Values may hold anything but an unescaped quote.
    let label = Regex::new(r#"(\w+)="(?:[^"\\]|\\.)*""#).unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in sample.captures_iter(exposition) {
        let labels = line.get(2).map_or("", |part| part.as_str());
        found.entry(line[1].to_owned()).or_default().extend(label.captures_iter(labels).map(|one| one[1].to_owned()));
    }
    found
}
