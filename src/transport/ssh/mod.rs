//! SSH to devices: one connection, then commands over exec channels or an interactive shell.
//!
//! ```text
//! shell       one command line, one reply            platform: what a family's prompt, pager and questions look like
//! screen      what the terminal shows, no I/O        terminal: bytes with ANSI and carriage returns into lines
//! exec        one command on a channel of its own
//! channel     messages of one channel, with deadlines and cancel
//! connection  TCP or jump host, key exchange, pinned host key, login
//! greeting    whether a server is up, without a login
//! ```
//!
//! Each layer is ignorant of the ones above it. A failure never leaves a connection open: whoever holds it last, or
//! calls `close`, disconnects.

mod auth;
mod channel;
mod connection;
mod exec;
mod fingerprint;
mod greeting;
mod handler;
mod jump;
mod line;
mod logins;
pub mod platform;
mod profile;
mod screen;
pub mod shell;
mod terminal;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use connection::{Connection, Negotiated};
pub use exec::ExecOutput;
pub use fingerprint::fingerprint;
pub use greeting::greets;
pub use logins::Logins;

use crate::model::Secret;

/// The table `ssh` of the settings file. Times are whole seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// TCP connect, or the jump host's. 20 s: a radio link that loses the first SYNs answers the fourth after 15 s.
    pub connect_seconds: u64,
    /// From the TCP connection to the accepted login, and from the shell request to its prompt. 20 s: old boxes need
    /// up to 10 s for a 2048-bit key exchange.
    pub login_seconds: u64,
    /// One command, from sending it to the end of its answer. 300 s: a large export on a slow router takes minutes.
    pub command_seconds: u64,
    /// The longest silence in the middle of an answer. 60 s: a full export is silent for up to 30 s while it collects.
    pub idle_seconds: u64,
    /// Channel window in bytes. 64 MiB, as large as `max_output_bytes`: RouterOS drops what does not fit the window
    /// that the channel was opened with, so the window must be larger than any export. Memory is used only for what
    /// arrives. At least 16 MiB; a smaller number is raised.
    pub window_bytes: u32,
    /// Most bytes of one answer. 64 MiB: the largest known export is a few MiB; more is a device that never stops.
    pub max_output_bytes: usize,
    /// How often an attempt to connect is repeated, only where nothing can have happened yet: refused, no route,
    /// dropped before any credential was sent. 1: a daemon that restarts or a full accept queue is back at once.
    pub retries: u32,
    /// Seconds without a word from the device after which it is asked whether it is still there. 15 s: shorter than
    /// the shortest NAT timeout seen (30 s).
    pub keepalive_seconds: u64,
    /// Unanswered questions after which the connection is given up. 3, thus after 60 s.
    pub keepalive_max: usize,
    /// Seconds without anything to read or write after which the connection ends itself, whoever forgot it. 90 s:
    /// later than every other limit.
    pub inactivity_seconds: u64,
    /// Runtime on which connections live: russh computes the key exchange (up to 100 ms with old groups) where its
    /// session task runs. None: the caller's, for callers that already are on a runtime of their own for devices,
    /// which is cheapest because nothing crosses threads.
    #[serde(skip)]
    pub runtime: Option<tokio::runtime::Handle>,
    /// How long a device must be quiet behind its prompt, instead of what its platform says ([`platform::Platform::quiet`]).
    /// For tests with thousands of sessions to simulators, which paint a prompt once and in one piece.
    #[serde(skip)]
    pub prompt_quiet: Option<Duration>,
    /// What the devices took at their last login; shared by all that is cloned from these settings.
    #[serde(skip)]
    pub logins: Logins,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connect_seconds: 20,
            login_seconds: 20,
            command_seconds: 300,
            idle_seconds: 60,
            window_bytes: 64 << 20,
            max_output_bytes: 64 << 20,
            retries: 1,
            keepalive_seconds: 15,
            keepalive_max: 3,
            inactivity_seconds: 90,
            runtime: None,
            prompt_quiet: None,
            logins: Logins::default(),
        }
    }
}

impl Config {
    /// The limits of one command without effect.
    pub fn limits(&self) -> Limits {
        Limits {
            total: Duration::from_secs(self.command_seconds),
            idle: Duration::from_secs(self.idle_seconds),
            max_bytes: self.max_output_bytes,
            effect: false,
        }
    }

    fn connect(&self) -> Duration {
        Duration::from_secs(self.connect_seconds)
    }

    fn login(&self) -> Duration {
        Duration::from_secs(self.login_seconds)
    }
}

/// The limits of one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From sending it to the end of its answer.
    pub total: Duration,
    /// The longest silence within its answer.
    pub idle: Duration,
    /// Most bytes of its answer, both streams together.
    pub max_bytes: usize,
    /// The command changes the device: once it was sent, a drop, deadline, cancel or overflow before the end of its
    /// answer is [`crate::model::FailureClass::OutcomeUnknown`].
    pub effect: bool,
}

impl Limits {
    /// The same limits for a command that changes the device.
    #[must_use]
    pub fn with_effect(mut self) -> Self {
        self.effect = true;
        self
    }
}

/// The terminal that a shell asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pty {
    /// `vt100`, `dumb`, ...
    pub term: &'static str,
    /// Columns; wider than any command or line, or the device wraps them.
    pub cols: u32,
    /// Rows; decides when a device pages.
    pub rows: u32,
}

/// Texts that never get into a witness, an error or a log: masked wherever this connection quotes something.
#[derive(Clone, Default)]
struct Masks(Vec<Secret>);

impl Masks {
    fn add(&mut self, secret: &Secret) {
        // A very short secret would mask half of every sentence and hide nothing.
        if secret.expose().len() >= 3 && !self.0.iter().any(|known| known.expose() == secret.expose()) {
            self.0.push(secret.clone());
        }
    }

    fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose(), &secret.to_string()))
    }
}

/// The first line of a device's words, printable and short enough for a sentence.
fn quote(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_table_refuses_what_it_does_not_know() {
        let config: Config = toml::from_str("connect_seconds = 5").unwrap();
        assert_eq!((config.connect_seconds, config.idle_seconds), (5, 60));
        assert!(toml::from_str::<Config>("conect_seconds = 5").is_err());
    }

    #[test]
    fn secrets_are_masked_in_what_is_quoted() {
        let mut masks = Masks::default();
        masks.add(&Secret::new("s3cret"));
        masks.add(&Secret::new(""));
        assert_eq!(masks.apply("set password=s3cret"), "set password=***");
    }
}
