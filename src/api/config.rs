//! Settings of the table `[api]`.

use serde::{Deserialize, Serialize};

/// Settings of the table `[api]`. Keys are not among them: they come from the environment and the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether POST, PUT and PATCH need an `Idempotency-Key`.
    pub require_idempotency: bool,
    /// How long an answer is kept for replay, seconds.
    pub idempotency_ttl_seconds: u64,
    /// Whether requests must be signed.
    pub require_signature: bool,
    /// How far a signed timestamp may be off, seconds, inclusive.
    pub signature_skew_seconds: u64,
    /// How long a nonce is remembered, seconds; never shorter than twice the skew.
    pub nonce_ttl_seconds: u64,
    /// Largest request body, bytes.
    pub body_limit_bytes: usize,
    /// How long a request body may take to arrive, seconds.
    pub body_timeout_seconds: u64,
    /// How deep JSON may be nested; at most 100.
    pub depth_limit: usize,
    /// How often a stream without events says that it is there, seconds.
    pub keepalive_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            require_idempotency: true,
            idempotency_ttl_seconds: 86_400,
            require_signature: false,
            signature_skew_seconds: 300,
            nonce_ttl_seconds: 900,
            body_limit_bytes: 1024 * 1024,
            body_timeout_seconds: 30,
            depth_limit: 64,
            keepalive_seconds: 15,
        }
    }
}

impl Config {
    /// What is wrong with the settings, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.idempotency_ttl_seconds == 0 {
            mistakes.push("api.idempotency_ttl_seconds must be at least 1".to_owned());
        }
        if self.body_limit_bytes < 1024 {
            mistakes.push("api.body_limit_bytes must be at least 1024".to_owned());
        }
        if self.body_timeout_seconds == 0 {
            mistakes.push("api.body_timeout_seconds must be at least 1".to_owned());
        }
        if self.keepalive_seconds == 0 {
            mistakes.push("api.keepalive_seconds must be at least 1".to_owned());
        }
        // The parser itself stops at 128.
        if !(2..=100).contains(&self.depth_limit) {
            mistakes.push("api.depth_limit must be from 2 to 100".to_owned());
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound_and_unknown_keys_are_refused() {
        assert_eq!(Config::default().mistakes(), Vec::<String>::new());
        assert_eq!(toml::from_str::<Config>("").unwrap(), Config::default());
        assert!(toml::from_str::<Config>("require_idempotence = false").is_err());
        let wrong = toml::from_str::<Config>("keepalive_seconds = 0\ndepth_limit = 1000").unwrap();
        assert_eq!(wrong.mistakes().len(), 2);
    }
}
