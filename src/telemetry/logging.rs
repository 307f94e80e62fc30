//! Sets the log up: text for people or JSON for machines, on standard error, filtered by level.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::Secrets;

/// Table `[log]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `text` or `json`.
    pub format: Format,
    /// Level, or levels by module: `info`, `warn,towerhand::jobs=debug`.
    pub level: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { format: Format::Text, level: "info".to_owned() }
    }
}

/// Form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// `level` is not a filter.
    #[error(
        "log.level '{0}' is not a level (error, warn, info, debug, trace) or a list like warn,towerhand::jobs=debug"
    )]
    Level(String),
    /// It was set up before.
    #[error("the log is set up already")]
    Again,
}

/// Whatever level was asked for: these crates tell each cookie with its value, and every letter of a page that they read;
/// what a device sends there names sessions.
const QUIET: [&str; 5] = ["cookie_store=off", "html5ever=info", "markup5ever=info", "selectors=info", "cssparser=info"];

impl Config {
    /// Checks the level without setting anything up.
    pub fn check(&self) -> Result<(), LogError> {
        self.filter().map(drop)
    }

    fn filter(&self) -> Result<EnvFilter, LogError> {
        let wrong = || LogError::Level(self.level.clone());
        let mut filter = EnvFilter::builder().parse(&self.level).map_err(|_| wrong())?;
        for quiet in QUIET {
            filter = filter.add_directive(quiet.parse().map_err(|_| wrong())?);
        }
        Ok(filter)
    }
}

/// Logs to standard error from now on, panics too. `secrets` are masked.
pub fn init(config: &Config, secrets: Secrets) -> Result<(), LogError> {
    subscriber(config, secrets, io::stderr)?.try_init().map_err(|_| LogError::Again)?;
    // A panic's words may hold anything: they go through the same net as every other line.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(panic.place = place, "panic: {message}");
    }));
    Ok(())
}

/// What [`init`] makes global, over any writer.
pub fn subscriber<W>(
    config: &Config,
    secrets: Secrets,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, LogError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt()
        .with_env_filter(config.filter()?)
        .with_ansi(false)
        .with_writer(Scrub { inner: writer, secrets });
    Ok(match config.format {
        Format::Text => Box::new(builder.finish()),
        Format::Json => Box::new(builder.json().flatten_event(true).finish()),
    })
}

/// Masks live secrets in what is written. Every event comes in one write.
struct Scrub<M> {
    inner: M,
    secrets: Secrets,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Scrub<M> {
    type Writer = ScrubWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        ScrubWriter { inner: self.inner.make_writer(), secrets: self.secrets.clone() }
    }
}

struct ScrubWriter<W> {
    inner: W,
    secrets: Secrets,
}

impl<W: Write> Write for ScrubWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.secrets.masked(&String::from_utf8_lossy(bytes)) {
            Some(masked) => self.inner.write_all(masked.as_bytes())?,
            None => self.inner.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::model::Secret;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(config: &Config, secrets: &Secrets, work: impl FnOnce()) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber = subscriber(config, secrets.clone(), move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, work);
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn secrets_are_masked_in_both_forms() {
        let secrets = Secrets::default();
        let _held = secrets.hold(&Secret::new("p\"ss word"));
        for format in [Format::Text, Format::Json] {
            let config = Config { format, ..Config::default() };
            let text = logged(&config, &secrets, || {
                tracing::warn!(said = ?"login p\"ss word", "device said: p\"ss word");
            });
            assert!(!text.contains("ss word") && text.matches("***").count() == 2, "{text}");
        }
    }

    #[test]
    fn json_lines_are_objects_with_the_fields_at_the_top() {
        let config = Config { format: Format::Json, ..Config::default() };
        let text = logged(&config, &Secrets::default(), || tracing::info!(job = 7, "done"));
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["level"], &line["message"], &line["job"]), (&"INFO".into(), &"done".into(), &7.into()));
    }

    #[test]
    fn the_level_filters_and_is_checked() {
        let config = Config { level: "warn".to_owned(), ..Config::default() };
        let text = logged(&config, &Secrets::default(), || {
            tracing::info!("quiet");
            tracing::warn!("loud");
        });
        assert!(text.contains("loud") && !text.contains("quiet"), "{text}");
        for level in ["trace", "trace,cookie_store=trace"] {
            let config = Config { level: level.to_owned(), ..Config::default() };
            let text = logged(&config, &Secrets::default(), || {
                tracing::debug!(target: "cookie_store::cookie_store", "inserting Set-Cookie 'SESSION=1'");
                tracing::trace!(target: "html5ever::tokenizer", "got characters SESSION");
                tracing::trace!("said");
            });
            assert!(text.contains("said") && !text.contains("SESSION"), "{level}: {text}");
        }
        let wrong = Config { level: "towerhand=loud".to_owned(), ..Config::default() };
        assert!(matches!(wrong.check(), Err(LogError::Level(_))));
    }
}
