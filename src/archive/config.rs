//! Settings of the table `[archive]`.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::unset;
use crate::clock::human;
use crate::compare::Volatile;
use crate::model::SecretRef;

/// Table `[archive]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether configs that jobs read are kept.
    pub enabled: bool,
    /// The git repository; none: `configs.git` in `state_dir`.
    #[serde(with = "unset")]
    pub repository: Option<PathBuf>,
    /// Whether devices that hide their secrets unless told otherwise are asked for them, so that a changed secret
    /// shows; only its mark is kept and shown. True: a changed secret is the change that one most wants to know of. An
    /// account that may not see them gets the config without them.
    pub read_secrets: bool,
    /// Whether the text with its secrets is kept too, sealed by the vault.
    pub keep_raw: bool,
    /// Versions of a device that are kept, the newest.
    pub keep_versions: NonZeroU64,
    /// A version that was not the running one for so long is deleted, but never the newest of a device.
    #[serde(with = "human")]
    pub keep: Duration,
    /// Regular expressions of lines that a drift report leaves out, beside comments, times and hashes.
    pub drift_ignore: Vec<String>,
    /// Who is told of changes.
    pub webhook: Vec<Webhook>,
    /// How long a webhook may take to answer.
    #[serde(with = "human")]
    pub webhook_timeout: Duration,
    /// After a failed attempt: the first wait, which doubles up to an hour.
    #[serde(with = "human")]
    pub webhook_retry: Duration,
    /// A delivery that has not arrived by then is given up.
    #[serde(with = "human")]
    pub webhook_give_up: Duration,
}

/// Someone who is told of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where to, `http://` or `https://`.
    pub url: String,
    /// The key of the signature.
    pub secret: SecretRef,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            repository: None,
            read_secrets: true,
            keep_raw: false,
            keep_versions: NonZeroU64::new(500).unwrap_or(NonZeroU64::MIN),
            keep: Duration::from_secs(1095 * 86_400),
            drift_ignore: Vec::new(),
            webhook: Vec::new(),
            webhook_timeout: Duration::from_secs(10),
            webhook_retry: Duration::from_secs(10),
            webhook_give_up: Duration::from_secs(3 * 86_400),
        }
    }
}

impl Config {
    /// What is wrong with each value by itself. A URL may hold a key and is not repeated.
    pub fn mistakes(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Err(error) = Volatile::new(&self.drift_ignore) {
            wrong.push(error.to_string());
        }
        for (at, hook) in self.webhook.iter().enumerate() {
            let place = at + 1;
            if let Some(why) = not_a_target(&hook.url) {
                wrong.push(format!("url of webhook {place} {why}"));
            }
            if self.webhook.iter().take(at).any(|other| other.url == hook.url) {
                wrong.push(format!("webhook {place} has the url of one before it"));
            }
        }
        if self.keep < Duration::from_secs(86_400) {
            wrong.push("must be at least 1d".to_owned());
        }
        if self.webhook_timeout.is_zero() || self.webhook_retry < Duration::from_millis(10) {
            wrong.push("must be longer than nothing".to_owned());
        }
        wrong
    }
}

fn not_a_target(url: &str) -> Option<&'static str> {
    let Ok(url) = reqwest::Url::parse(url) else { return Some("is no address such as https://noc.example/hook") };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Some("must begin with http:// or https:// and name a host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must not hold a user or password: the signature proves who sends");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound_and_mistakes_are_told() {
        assert_eq!(Config::default().mistakes(), Vec::<String>::new());
        let wrong = "drift_ignore = ['(']\nkeep = '1h'\n[[webhook]]\nurl = 'ftp://x'\nsecret = 'secret:a'\n\
                     [[webhook]]\nurl = 'http://u:p@h/'\nsecret = 'env:B'\n[[webhook]]\nurl = 'ftp://x'\nsecret = 'secret:a'";
        let wrong: Config = toml::from_str(wrong).unwrap();
        assert_eq!(wrong.mistakes().len(), 6, "{:?}", wrong.mistakes());
        assert!(toml::from_str::<Config>("[[webhook]]\nurl = 'http://h/'\nsecret = 'hunter2'").is_err(), "a reference");
        assert!(!wrong.mistakes().iter().any(|mistake| mistake.contains("u:p")));
    }
}
