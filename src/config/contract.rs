//! The variables of the contract (spec/omni-contract.md 1.15), so that what ran the service before runs this one.

use std::time::Duration;

use super::Environment;
use crate::inventory::Mistake;
use crate::model::Secret;

/// What they say; none where a variable is not set, or empty. Those that have a key of ours are also applied to it
/// where neither the file nor a `TOWERHAND_` variable sets it, see `KEYS`.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    /// `NOC_API_KEYS_JSON`.
    pub api_keys_json: Option<Secret>,
    /// `NOC_API_KEYS`.
    pub api_keys: Option<Secret>,
    /// `NOC_API_KEY`.
    pub api_key: Option<Secret>,
    /// `NOC_API_SIGNING_KEYS_JSON`.
    pub signing_keys_json: Option<Secret>,
    /// `NOC_API_SIGNING_KEYS`.
    pub signing_keys: Option<Secret>,
    /// `NOC_API_V2_REQUIRE_SIGNATURE`.
    pub require_signature: Option<bool>,
    /// `NOC_API_V2_SIGNATURE_SKEW_SECONDS`.
    pub signature_skew: Option<Duration>,
    /// `NOC_API_V2_NONCE_TTL_SECONDS`.
    pub nonce_ttl: Option<Duration>,
    /// `NOC_API_V2_REQUIRE_IDEMPOTENCY`.
    pub require_idempotency: Option<bool>,
    /// `NOC_API_V2_IDEMPOTENCY_TTL_SECONDS`.
    pub idempotency_ttl: Option<Duration>,
    /// `NOC_API_V2_JOB_WORKERS`.
    pub job_workers: Option<usize>,
    /// `NOC_LEGACY_API_BASE`.
    pub legacy_base: Option<String>,
    /// `NOC_RUNTIME_DIR`.
    pub runtime_dir: Option<String>,
}

/// Variable, and the key of ours that means the same: table (empty: none) and key.
pub(super) const KEYS: [(&str, &str, &str); 8] = [
    ("NOC_API_V2_REQUIRE_SIGNATURE", "api", "require_signature"),
    ("NOC_API_V2_SIGNATURE_SKEW_SECONDS", "api", "signature_skew_seconds"),
    ("NOC_API_V2_NONCE_TTL_SECONDS", "api", "nonce_ttl_seconds"),
    ("NOC_API_V2_REQUIRE_IDEMPOTENCY", "api", "require_idempotency"),
    ("NOC_API_V2_IDEMPOTENCY_TTL_SECONDS", "api", "idempotency_ttl_seconds"),
    ("NOC_API_V2_JOB_WORKERS", "jobs", "workers"),
    ("NOC_LEGACY_API_BASE", "", "legacy_base"),
    ("NOC_RUNTIME_DIR", "", "state_dir"),
];

impl Contract {
    /// Reads them; every mistake is told.
    pub(super) fn read(environment: &Environment, mistakes: &mut Vec<Mistake>) -> Self {
        let secret = |name: &str| environment.secret(name).filter(|value| !value.expose().trim().is_empty());
        let mut reading = Reading { environment, mistakes };
        Self {
            api_keys_json: secret("NOC_API_KEYS_JSON"),
            api_keys: secret("NOC_API_KEYS"),
            api_key: secret("NOC_API_KEY"),
            signing_keys_json: secret("NOC_API_SIGNING_KEYS_JSON"),
            signing_keys: secret("NOC_API_SIGNING_KEYS"),
            require_signature: reading.switch("NOC_API_V2_REQUIRE_SIGNATURE"),
            signature_skew: reading.seconds("NOC_API_V2_SIGNATURE_SKEW_SECONDS"),
            nonce_ttl: reading.seconds("NOC_API_V2_NONCE_TTL_SECONDS"),
            require_idempotency: reading.switch("NOC_API_V2_REQUIRE_IDEMPOTENCY"),
            idempotency_ttl: reading.seconds("NOC_API_V2_IDEMPOTENCY_TTL_SECONDS"),
            job_workers: reading.workers("NOC_API_V2_JOB_WORKERS"),
            legacy_base: reading.text("NOC_LEGACY_API_BASE").map(str::to_owned),
            runtime_dir: reading.text("NOC_RUNTIME_DIR").map(str::to_owned),
        }
    }

    /// The value of one of [`KEYS`], as TOML.
    pub(super) fn value(&self, variable: &str) -> Option<toml::Value> {
        let seconds = |duration: Option<Duration>| Some(toml::Value::Integer(i64::try_from(duration?.as_secs()).ok()?));
        match variable {
            "NOC_API_V2_REQUIRE_SIGNATURE" => self.require_signature.map(toml::Value::Boolean),
            "NOC_API_V2_SIGNATURE_SKEW_SECONDS" => seconds(self.signature_skew),
            "NOC_API_V2_NONCE_TTL_SECONDS" => seconds(self.nonce_ttl),
            "NOC_API_V2_REQUIRE_IDEMPOTENCY" => self.require_idempotency.map(toml::Value::Boolean),
            "NOC_API_V2_IDEMPOTENCY_TTL_SECONDS" => seconds(self.idempotency_ttl),
            "NOC_API_V2_JOB_WORKERS" => Some(toml::Value::Integer(i64::try_from(self.job_workers?).ok()?)),
            "NOC_LEGACY_API_BASE" => self.legacy_base.clone().map(toml::Value::String),
            "NOC_RUNTIME_DIR" => self.runtime_dir.clone().map(toml::Value::String),
            _ => None,
        }
    }
}

struct Reading<'a> {
    environment: &'a Environment,
    mistakes: &'a mut Vec<Mistake>,
}

impl<'a> Reading<'a> {
    /// Set and not blank: compose files pass variables on that nobody has set.
    fn text(&self, name: &str) -> Option<&'a str> {
        self.environment.text(name).map(str::trim).filter(|text| !text.is_empty())
    }

    fn wrong(&mut self, name: &str, what: &str) {
        self.mistakes.push(Mistake::of_file("environment", format!("{name} {what}")));
    }

    /// `off` counts as off, though the service before took it for on (spec/omni-contract.md 1.13).
    fn switch(&mut self, name: &str) -> Option<bool> {
        match self.text(name)?.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Some(true),
            "0" | "false" | "no" | "off" => Some(false),
            _ => {
                self.wrong(name, "must be one of 1, true, yes, on, 0, false, no, off");
                None
            }
        }
    }

    fn seconds(&mut self, name: &str) -> Option<Duration> {
        match self.text(name)?.parse::<u32>() {
            Ok(seconds) if seconds > 0 => Some(Duration::from_secs(seconds.into())),
            _ => {
                self.wrong(name, "must be a whole number of seconds, at least 1");
                None
            }
        }
    }

    fn workers(&mut self, name: &str) -> Option<usize> {
        match self.text(name)?.parse::<u16>() {
            Ok(workers) if workers > 0 => Some(workers.into()),
            _ => {
                self.wrong(name, "must be a whole number from 1 to 65535");
                None
            }
        }
    }
}
