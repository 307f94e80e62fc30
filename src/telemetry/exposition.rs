//! The text of `/metrics`: Prometheus' own format (0.0.4) and OpenMetrics 1.0, written by hand where there are many
//! series, so that two thousand devices cost milliseconds.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use async_trait::async_trait;
use prometheus::proto::{self, MetricType};

/// The end of the name of every counter's sample.
const TOTAL: &str = "_total";

/// How the text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Prometheus' text format, version 0.0.4.
    #[default]
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// What an `Accept` header asks for; without one, the older format, which everything reads.
    pub fn asked(accept: Option<&str>) -> Self {
        let Some(accept) = accept else { return Format::Text };
        let (mut open, mut text) = (0.0_f64, 0.0_f64);
        for item in accept.split(',') {
            let mut parts = item.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1.0, |weight| weight.trim().parse::<f64>().unwrap_or(0.0));
            match kind.as_str() {
                "application/openmetrics-text" => open = open.max(weight),
                "text/plain" | "text/*" | "*/*" => text = text.max(weight),
                _ => {}
            }
        }
        if open > 0.0 && open >= text { Format::OpenMetrics } else { Format::Text }
    }

    /// For the header `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What a family's numbers mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only rises; its name ends in `_total`.
    Counter,
}

/// The name of a family, what it means, and its help text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// The whole name.
    pub name: &'static str,
    /// Kind.
    pub kind: Kind,
    /// Help text.
    pub help: &'static str,
}

/// An exposition under construction. A family's samples are written together.
#[derive(Debug)]
pub struct Page {
    text: String,
    format: Format,
}

impl Page {
    /// Nothing yet.
    pub fn new(format: Format) -> Self {
        // One device's page: larger ones grow by doubling.
        Self { text: String::with_capacity(16 * 1024), format }
    }

    /// The head of a family.
    pub fn family(&mut self, family: Family) {
        let kind = match family.kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
        };
        self.head(family.name, kind, family.help, false);
    }

    /// One number of the family whose head was written last. `labels` are as [`label`] writes them, without braces. What is
    /// no number is left out: a value that is not known is absent.
    pub fn sample(&mut self, name: &str, labels: &str, value: f64) {
        if value.is_finite() {
            line(&mut self.text, name, labels, value);
        }
    }

    /// A family of which samples may follow; its head is written with the first one.
    pub fn begin(&mut self, family: Family) -> Samples<'_> {
        Samples { page: self, family, headed: false }
    }

    /// A family whose samples were written elsewhere by [`line()`]; none where there are none.
    pub fn lines(&mut self, family: Family, lines: &str) {
        if !lines.is_empty() {
            self.family(family);
            self.text.push_str(lines);
        }
    }

    /// The families of a registry.
    pub fn gathered(&mut self, families: &[proto::MetricFamily]) {
        let names: BTreeSet<&str> = families.iter().map(proto::MetricFamily::name).collect();
        for family in families {
            self.registered(family, &names);
        }
    }

    /// The whole text.
    pub fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    /// OpenMetrics names a counter's family without `_total`; where another family has that name (`taken`), the kind is
    /// left open instead.
    fn head(&mut self, name: &str, kind: &str, help: &str, taken: bool) {
        let (name, kind) = match (self.format, kind, name.strip_suffix(TOTAL)) {
            (Format::OpenMetrics, "counter", Some(base)) if !taken => (base, kind),
            (Format::OpenMetrics, "counter", _) => (name, "unknown"),
            _ => (name, kind),
        };
        let open = self.format == Format::OpenMetrics;
        let text = &mut self.text;
        for part in ["# HELP ", name, " "] {
            text.push_str(part);
        }
        escape(text, help, open);
        for part in ["\n# TYPE ", name, " ", kind, "\n"] {
            text.push_str(part);
        }
    }

    fn registered(&mut self, family: &proto::MetricFamily, names: &BTreeSet<&str>) {
        let name = family.name();
        let kind = match family.get_field_type() {
            MetricType::COUNTER => "counter",
            MetricType::GAUGE => "gauge",
            MetricType::HISTOGRAM => "histogram",
            // None of ours is of another kind.
            _ => return,
        };
        let taken = name.strip_suffix(TOTAL).is_some_and(|base| names.contains(base));
        self.head(name, kind, family.help(), taken);
        let mut labels = String::new();
        for metric in family.get_metric() {
            labels.clear();
            for pair in metric.get_label() {
                label(&mut labels, pair.name(), pair.value());
            }
            match family.get_field_type() {
                MetricType::COUNTER => line(&mut self.text, name, &labels, metric.get_counter().get_value()),
                MetricType::GAUGE => line(&mut self.text, name, &labels, metric.get_gauge().get_value()),
                _ => self.histogram(name, &labels, metric.get_histogram()),
            }
        }
    }

    fn histogram(&mut self, name: &str, labels: &str, histogram: &proto::Histogram) {
        let (bucket, comma) = (format!("{name}_bucket"), if labels.is_empty() { "" } else { "," });
        let count = histogram.get_sample_count();
        for part in histogram.get_bucket().iter().filter(|part| part.upper_bound().is_finite()) {
            let bound = self.bound(part.upper_bound());
            let _ = writeln!(self.text, "{bucket}{{{labels}{comma}le=\"{bound}\"}} {}", part.cumulative_count());
        }
        let _ = writeln!(self.text, "{bucket}{{{labels}{comma}le=\"+Inf\"}} {count}");
        line(&mut self.text, &format!("{name}_sum"), labels, histogram.get_sample_sum());
        line(&mut self.text, &format!("{name}_count"), labels, count as f64);
    }

    /// OpenMetrics writes bounds as floating point numbers, `1.0`.
    fn bound(&self, bound: f64) -> String {
        match self.format {
            Format::OpenMetrics => format!("{bound:?}"),
            Format::Text => bound.to_string(),
        }
    }
}

/// The samples of one family, see [`Page::begin`].
#[derive(Debug)]
pub struct Samples<'a> {
    page: &'a mut Page,
    family: Family,
    headed: bool,
}

impl Samples<'_> {
    /// One number. `labels` are as [`label`] writes them, without braces. What is no number is left out.
    pub fn put(&mut self, labels: &str, value: f64) {
        if !value.is_finite() {
            return;
        }
        if !self.headed {
            self.headed = true;
            self.page.family(self.family);
        }
        line(&mut self.page.text, self.family.name, labels, value);
    }
}

/// Adds a label, with a comma before it where it is not the first.
pub fn label(labels: &mut String, name: &str, value: &str) {
    if !labels.is_empty() {
        labels.push(',');
    }
    labels.push_str(name);
    labels.push_str("=\"");
    escape(labels, value, true);
    labels.push('"');
}

/// Writes one sample.
pub fn line(text: &mut String, name: &str, labels: &str, value: f64) {
    text.push_str(name);
    if !labels.is_empty() {
        text.push('{');
        text.push_str(labels);
        text.push('}');
    }
    text.push(' ');
    number(text, value);
    text.push('\n');
}

/// Whole numbers below are written without the machinery for others: a double has 15 decimal digits at least.
const WHOLE: f64 = 1e15;
/// Decimal places of most of what devices measure.
const PLACES: usize = 3;

/// As `{value}` writes it, and faster where it is a whole number, or one with few decimal places. A decimal number of 15
/// digits at most that reads back as `value` is the shortest one that does, so that both ways write the same.
fn number(text: &mut String, value: f64) {
    let size = value.abs();
    let mut scaled = size;
    let mut unit = 1.0;
    for places in 0..=PLACES {
        if scaled >= WHOLE || scaled.is_nan() {
            break;
        }
        let whole = scaled.round();
        if whole / unit == size && (value != 0.0 || value.is_sign_positive()) {
            if value < 0.0 {
                text.push('-');
            }
            return decimal(text, whole as u64, places);
        }
        scaled = size * unit * 10.0;
        unit *= 10.0;
    }
    // Writing into a string does not fail.
    let _ = write!(text, "{value}");
}

/// `digits` with a point before the last `places` of them.
fn decimal(text: &mut String, mut digits: u64, places: usize) {
    // 15 digits, a point and a zero before it; written from the end.
    let mut buffer = [b'0'; 20];
    let mut begin = buffer.len();
    let mut written = 0;
    for slot in buffer.iter_mut().rev() {
        if written == places && places > 0 {
            *slot = b'.';
        } else {
            *slot = b'0' + (digits % 10) as u8;
            digits /= 10;
        }
        begin -= 1;
        written += 1;
        // The point has a digit before it.
        if digits == 0 && (places == 0 || written > places + 1) {
            break;
        }
    }
    // Digits and a point are text.
    text.push_str(buffer.get(begin..).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default());
}

fn escape(text: &mut String, value: &str, quotes: bool) {
    if !value.bytes().any(|byte| matches!(byte, b'\\' | b'\n' | b'"')) {
        return text.push_str(value);
    }
    for letter in value.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '"' if quotes => text.push_str("\\\""),
            letter => text.push(letter),
        }
    }
}

/// Why a device was not polled though someone asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPolled {
    /// No device of the inventory has this name.
    #[error("the device is not in the inventory")]
    Unknown,
    /// It is never polled; the sentence says why and what to do.
    #[error("{0}")]
    Never(String),
    /// Its turn did not come in time.
    #[error("the poll did not end in time: too many devices are polled at once; raise health.concurrency")]
    Late,
}

/// The metrics of devices, as the API shows them: whoever polls devices implements it.
#[async_trait]
pub trait DeviceMetrics: Send + Sync {
    /// Writes what is known of every device.
    fn write(&self, page: &mut Page);

    /// Polls a device now, unless that was done just before or must not be done, and writes what is known of it.
    async fn probe(&self, device: &str, page: &mut Page) -> Result<(), NotPolled>;

    /// Whether a device is polled at all.
    fn polls(&self, device: &str) -> bool;
}

/// No device is polled.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDeviceMetrics;

#[async_trait]
impl DeviceMetrics for NoDeviceMetrics {
    fn write(&self, _: &mut Page) {}

    async fn probe(&self, _: &str, _: &mut Page) -> Result<(), NotPolled> {
        Err(NotPolled::Unknown)
    }

    fn polls(&self, _: &str) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

    use super::*;

    #[test]
    fn the_format_is_the_one_that_weighs_more() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
        for (accept, format) in [
            (None, Format::Text),
            (Some("*/*"), Format::Text),
            (Some("text/plain"), Format::Text),
            (Some(prometheus), Format::OpenMetrics),
            (Some("Application/OpenMetrics-Text; version=1.0.0"), Format::OpenMetrics),
            (Some("application/openmetrics-text;q=0.1,text/plain;q=0.9"), Format::Text),
            (Some("application/openmetrics-text;q=0"), Format::Text),
            (Some("application/openmetrics-text;q=x"), Format::Text),
        ] {
            assert_eq!(Format::asked(accept), format, "{accept:?}");
        }
    }

    fn written(value: f64) -> String {
        let mut text = String::new();
        number(&mut text, value);
        text
    }

    #[test]
    fn numbers_are_written_as_rust_writes_them() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-48.5, "-48.5"),
            (0.05, "0.05"),
            (0.001, "0.001"),
            (0.0005, "0.0005"),
            (10.01, "10.01"),
            (100.0, "100"),
            (230.4, "230.4"),
            (0.1 + 0.2, "0.30000000000000004"),
            (999_999_999_999_999.0, "999999999999999"),
            (1e15, "1000000000000000"),
            (1e21, "1000000000000000000000"),
            (1_800_000_000.123_456, "1800000000.123456"),
        ] {
            assert_eq!(written(value), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_number_is_written_otherwise(bits: u64, whole in -1_000_000_000_000_000_i64..1_000_000_000_000_000, places in 0..7_i32) {
            for value in [f64::from_bits(bits), whole as f64 / 10_f64.powi(places), (whole % 100_000) as f64 / 10_f64.powi(places)] {
                if value.is_finite() {
                    proptest::prop_assert_eq!(written(value), value.to_string());
                }
            }
        }
    }

    #[test]
    fn labels_are_escaped() {
        let mut labels = String::new();
        label(&mut labels, "a", "x\\y\"z\n");
        label(&mut labels, "b", "é");
        assert_eq!(labels, r#"a="x\\y\"z\n",b="é""#);
    }

    fn registry() -> Registry {
        let registry = Registry::new();
        let jobs = IntCounterVec::new(Opts::new("t_jobs_total", "Jobs that \"ended\".\nAll."), &["action"]).unwrap();
        jobs.with_label_values(&["a\"b"]).inc();
        let states = IntGauge::new("t_jobs", "Jobs now.").unwrap();
        states.set(-3);
        let other = IntCounterVec::new(Opts::new("t_retries_total", "Retries."), &[]).unwrap();
        other.with_label_values::<&str>(&[]).inc_by(2);
        let steps = HistogramVec::new(HistogramOpts::new("t_step_seconds", "Steps.").buckets(vec![0.5, 1.0]), &["x"]);
        let steps = steps.unwrap();
        steps.with_label_values(&["y"]).observe(0.75);
        registry.register(Box::new(jobs)).unwrap();
        registry.register(Box::new(states)).unwrap();
        registry.register(Box::new(other)).unwrap();
        registry.register(Box::new(steps)).unwrap();
        registry
    }

    #[test]
    fn a_registry_in_prometheus_own_format() {
        let mut page = Page::new(Format::Text);
        page.gathered(&registry().gather());
        assert_eq!(
            page.finish(),
            "# HELP t_jobs Jobs now.\n# TYPE t_jobs gauge\nt_jobs -3\n\
             # HELP t_jobs_total Jobs that \"ended\".\\nAll.\n# TYPE t_jobs_total counter\nt_jobs_total{action=\"a\\\"b\"} 1\n\
             # HELP t_retries_total Retries.\n# TYPE t_retries_total counter\nt_retries_total 2\n\
             # HELP t_step_seconds Steps.\n# TYPE t_step_seconds histogram\n\
             t_step_seconds_bucket{x=\"y\",le=\"0.5\"} 0\nt_step_seconds_bucket{x=\"y\",le=\"1\"} 1\n\
             t_step_seconds_bucket{x=\"y\",le=\"+Inf\"} 1\nt_step_seconds_sum{x=\"y\"} 0.75\nt_step_seconds_count{x=\"y\"} 1\n"
        );
    }

    /// OpenMetrics 1.0: the family of a counter has no `_total`, no two families have one name, the text ends with
    /// `# EOF`.
    #[test]
    fn a_registry_in_openmetrics() {
        let mut page = Page::new(Format::OpenMetrics);
        page.gathered(&registry().gather());
        page.family(Family { name: "t_up", kind: Kind::Gauge, help: "Up." });
        page.sample("t_up", "", f64::NAN);
        page.sample("t_up", "a=\"b\"", -55.25);
        assert_eq!(
            page.finish(),
            "# HELP t_jobs Jobs now.\n# TYPE t_jobs gauge\nt_jobs -3\n\
             # HELP t_jobs_total Jobs that \\\"ended\\\".\\nAll.\n# TYPE t_jobs_total unknown\nt_jobs_total{action=\"a\\\"b\"} 1\n\
             # HELP t_retries Retries.\n# TYPE t_retries counter\nt_retries_total 2\n\
             # HELP t_step_seconds Steps.\n# TYPE t_step_seconds histogram\n\
             t_step_seconds_bucket{x=\"y\",le=\"0.5\"} 0\nt_step_seconds_bucket{x=\"y\",le=\"1.0\"} 1\n\
             t_step_seconds_bucket{x=\"y\",le=\"+Inf\"} 1\nt_step_seconds_sum{x=\"y\"} 0.75\nt_step_seconds_count{x=\"y\"} 1\n\
             # HELP t_up Up.\n# TYPE t_up gauge\nt_up{a=\"b\"} -55.25\n# EOF\n"
        );
    }
}
