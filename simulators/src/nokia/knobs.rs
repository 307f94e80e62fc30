//! The knobs (`state`), read anew at every use so that a test can turn them at any moment.

use std::time::Duration;

use serde_json::{Map, Value};

use super::profile::Profile;
use crate::core::Device;

/// The names of all knobs. The second half are those of every agent (`simulators/src/snmp`).
const NAMES: &[&str] = &[
    "personality",
    "version",
    "mode",
    "mode_lines",
    "engine",
    "empty_root",
    "unsaved",
    "image",
    "prefixed",
    "name",
    "cpm",
    "location",
    "management",
    "model",
    "product",
    "serial",
    "part",
    "mac",
    "psu_first",
    "prompt",
    "context",
    "user",
    "password",
    "auth",
    "keys",
    "profile",
    "attempts",
    "lockout_seconds",
    "max_sessions",
    "limit_by",
    "pre_banner",
    "licence",
    "motd",
    "login_ms",
    "completion",
    "crlf",
    "pager",
    "height",
    "denied",
    "protocols",
    "progress",
    "log_line",
    "log_line_at",
    "md_switch",
    "config",
    "config_bytes",
    "secrets",
    "stray",
    "no_trailer",
    "trailer_lines",
    "pause_ms",
    "pause_after_bytes",
    "clock_offset",
    "modified_at",
    "commit_id",
    "uptime_seconds",
    "delay_ms",
    "fragment_seed",
    "fragment_ms",
    "prompt_gap_ms",
    "no_exit_status",
    "changes",
    "leds",
    "over_temperature",
    "psus",
    "fans",
    "cpu",
    "memory_used_kb",
    "memory_free_kb",
    "temperatures",
    "threshold",
    "fan_speed",
    "hw_alarms",
    "object",
    // Of every agent.
    "community",
    "write_community",
    "snmp_version",
    "snmp_user",
    "snmp_auth",
    "snmp_auth_password",
    "snmp_priv",
    "snmp_priv_password",
    "snmp_user_writes",
    "sys_name",
    "sys_location",
    "sys_contact",
    "sys_descr",
    "drop_percent",
    "drop_first",
    "duplicate",
    "max_varbinds",
    "max_repetitions",
    "over_limit",
    "max_message_size",
    "no_getbulk",
    "loop_at",
    "missing",
    "null",
    "rows",
];

/// Refuses a knob that does not exist and values that mean nothing; `null` removes a knob and is always right.
pub fn check(state: &Map<String, Value>) -> anyhow::Result<()> {
    for (name, value) in state {
        anyhow::ensure!(NAMES.contains(&name.as_str()), "nokia has no knob `{name}`; there are: {}", NAMES.join(", "));
        let one_of: &[&str] = match name.as_str() {
            "personality" => &["ixr-classic-22.10", "ixr-mixed-23.10", "ixr-md-24.10", "timos-19-md", "reboot-upgrade"],
            "mode" => &["classic", "mixed", "model-driven"],
            "engine" => &["classic", "md"],
            "profile" => Profile::NAMES.as_slice(),
            "limit_by" => &["disconnect", "text", "drop"],
            "pager" => &["switchable", "stuck", "off"],
            "crlf" => &["classic", "plain"],
            "md_switch" => &["ok", "refused"],
            _ => continue,
        };
        let known = value.is_null() || value.as_str().is_some_and(|text| one_of.contains(&text));
        anyhow::ensure!(known, "knob `{name}` is one of {}, not {value}", one_of.join(", "));
    }
    Ok(())
}

/// A CLI engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Classic CLI.
    Classic,
    /// MD-CLI.
    Md,
}

/// How the configuration is managed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By the classic CLI alone.
    Classic,
    /// By both.
    Mixed,
    /// By MD-CLI alone.
    ModelDriven,
}

/// A device's knobs by their meaning.
#[derive(Debug, Clone, Copy)]
pub struct Knobs<'a>(pub &'a Device);

impl Knobs<'_> {
    /// Personality.
    fn personality(self) -> String {
        self.0.text("personality", "ixr-classic-22.10")
    }

    /// `22.10.R9`.
    pub fn version(self) -> String {
        let own = match self.personality().as_str() {
            "ixr-mixed-23.10" => "23.10.R4",
            "ixr-md-24.10" => "24.10.R2",
            "timos-19-md" => "19.10.R8",
            _ => "22.10.R9",
        };
        self.0.text("version", own)
    }

    /// How the configuration is managed.
    pub fn mode(self) -> Mode {
        let own = match self.personality().as_str() {
            "ixr-mixed-23.10" => "mixed",
            "ixr-md-24.10" | "timos-19-md" => "model-driven",
            _ => "classic",
        };
        match self.0.text("mode", own).as_str() {
            "mixed" => Mode::Mixed,
            "model-driven" => Mode::ModelDriven,
            _ => Mode::Classic,
        }
    }

    /// Whether the mode is shown.
    pub fn shows_mode(self) -> bool {
        self.0.flag("mode_lines", self.personality() != "timos-19-md")
    }

    /// What a login finds.
    pub fn engine(self) -> Engine {
        let own = match self.personality().as_str() {
            "ixr-md-24.10" | "timos-19-md" => "md",
            _ => "classic",
        };
        if self.0.text("engine", own) == "md" { Engine::Md } else { Engine::Classic }
    }

    /// MD-CLI's root.
    pub fn root(self) -> &'static str {
        if self.0.flag("empty_root", self.personality() == "timos-19-md") { "" } else { "/" }
    }

    /// Unsaved changes.
    pub fn unsaved(self) -> bool {
        self.0.flag("unsaved", self.personality() == "reboot-upgrade")
    }

    /// System name.
    pub fn name(self) -> String {
        self.0.text("name", &self.0.name)
    }

    /// Letter of the active control card.
    pub fn cpm(self) -> String {
        self.0.text("cpm", "A")
    }

    /// `7250 IXR-e`.
    pub fn model(self) -> String {
        self.0.text("model", "7250 IXR-e")
    }

    /// `TiMOS-B-22.10.R9 both/hops64 Nokia 7250 IXR Copyright (c) 2000-2024 Nokia.`
    pub fn release(self) -> String {
        let image = self.0.text("image", "B");
        let part = if image == "B" { "both/hops64" } else { "cpm/x86hops64" };
        let product = self.0.text("product", "Nokia 7250 IXR");
        format!("TiMOS-{image}-{} {part} {product} Copyright (c) 2000-2024 Nokia.", self.version())
    }

    /// Account.
    pub fn user(self) -> String {
        self.0.text("user", "admin")
    }

    /// Its password.
    pub fn password(self) -> String {
        self.0.text("password", "sim")
    }

    /// A knob that is one text or a list of them.
    pub fn list(self, name: &str) -> Option<Vec<String>> {
        match self.0.knob(name)? {
            Value::String(text) => Some(vec![text]),
            Value::Array(items) => Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()),
            _ => None,
        }
    }

    /// Authentication methods offered.
    pub fn auth(self) -> Vec<String> {
        self.list("auth").unwrap_or_else(|| vec!["password".to_owned(), "publickey".to_owned()])
    }

    /// Algorithm profile.
    pub fn profile(self) -> Profile {
        Profile::parse(&self.0.text("profile", "modern")).unwrap_or(Profile::Modern)
    }

    /// Simulated milliseconds.
    pub fn millis(self, name: &str) -> Duration {
        Duration::from_millis(self.0.number(name, 0.0).max(0.0) as u64)
    }

    /// The event that is printed at `place`.
    pub fn log_line(self, place: &str) -> Option<String> {
        let text = self.0.text("log_line", "");
        let here = self.list("log_line_at").is_none_or(|places| places.iter().any(|at| at == place));
        (!text.is_empty() && here).then_some(text)
    }

    /// How lines end in this engine.
    pub fn line_end(self, engine: Engine) -> &'static str {
        let own = if engine == Engine::Classic { "classic" } else { "plain" };
        if self.0.text("crlf", own) == "classic" { "\r\r\n" } else { "\r\n" }
    }

    /// Text of a secret in the configuration.
    pub fn secret(self, name: &str, default: &str) -> String {
        let secrets = self.0.knob("secrets");
        let own = secrets.as_ref().and_then(|secrets| secrets.get(name)).and_then(Value::as_str);
        own.unwrap_or(default).to_owned()
    }
}
