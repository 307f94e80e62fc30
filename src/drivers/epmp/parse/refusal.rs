//! Failures that come with HTTP status 200: `{"msg": "auth_failed", "success": 0}`.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use serde_json::{Map, Value};

use crate::drivers::redact::excerpt;
use crate::drivers::web::scalar;
use crate::model::{Failure, FailureClass};

/// What the radio says instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// At the login: user or password are wrong. Later: the session is gone.
    AuthFailed,
    /// All sessions are in use.
    SessionLimit,
    /// A configuration is being applied.
    Importing,
    /// Its firmware is being changed.
    Upgrading,
    /// It was set back to factory settings and has not been set up since.
    Reset,
    /// The account is locked, for so long if it says.
    Locked(Option<Duration>),
    /// It wants a new password before anything else.
    PasswordChange,
    /// Something else, in its words.
    Other(String),
}

/// Members in which it says why.
const WORDS: [&str; 4] = ["msg", "error", "message", "text"];

static MINUTES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(\d{1,5})\s*min").ok());
static SECONDS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(\d{1,7})\s*sec").ok());

/// The refusal in a reply; none where there is none.
pub(crate) fn refusal(reply: &Map<String, Value>) -> Option<Refusal> {
    let failed = reply.get("success").is_some_and(|success| !is_one(success));
    let words: Vec<String> = WORDS.iter().filter_map(|name| scalar(reply.get(*name)?)).collect();
    let msg = reply.get("msg").and_then(scalar);
    let known = match msg.as_deref() {
        Some("auth_failed") => Some(Refusal::AuthFailed),
        Some("max_user_number_reached") => Some(Refusal::SessionLimit),
        Some("import_is_in_progress") => Some(Refusal::Importing),
        Some("sw_upgrade_is_in_progress") => Some(Refusal::Upgrading),
        Some("reset_has_been_done") => Some(Refusal::Reset),
        _ => None,
    };
    if known.is_some() {
        return known;
    }
    let said = words.join(" ").to_ascii_lowercase();
    // The words of a lock differ by release (spec/field-devices.md 6.4): what they have in common is matched.
    if failed && said.contains("lock") && !said.contains("block") {
        return Some(Refusal::Locked(left(&said).or_else(|| left_in_members(reply))));
    }
    if failed && said.contains("password") && ["change", "expired", "must"].iter().any(|word| said.contains(word)) {
        return Some(Refusal::PasswordChange);
    }
    failed.then(|| Refusal::Other(if words.is_empty() { "no reason".to_owned() } else { words.join(" ") }))
}

/// 1 as a number, as a text, or as true: releases differ.
fn is_one(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        value => scalar(value).as_deref() == Some("1"),
    }
}

/// `17 minutes left`, `30 seconds`.
fn left(said: &str) -> Option<Duration> {
    let number = |rule: &LazyLock<Option<Regex>>| -> Option<u64> {
        rule.as_ref()?.captures(said)?.get(1)?.as_str().parse().ok()
    };
    match (number(&MINUTES), number(&SECONDS)) {
        (None, None) => None,
        (minutes, seconds) => Some(Duration::from_secs(minutes.unwrap_or(0) * 60 + seconds.unwrap_or(0))),
    }
}

/// `"minutes_left": 17`.
fn left_in_members(reply: &Map<String, Value>) -> Option<Duration> {
    reply.iter().find_map(|(name, value)| {
        let number: u64 = scalar(value)?.parse().ok()?;
        let name = name.to_ascii_lowercase();
        let unit = if name.contains("min") {
            60
        } else if name.contains("sec") {
            1
        } else {
            return None;
        };
        number.checked_mul(unit).map(Duration::from_secs)
    })
}

impl Refusal {
    /// The failure of `what`, with what to do. A session that is gone is a matter for the session before.
    pub(crate) fn failure(&self, what: &str) -> Failure {
        let (class, sentence) = match self {
            Refusal::AuthFailed => (
                FailureClass::AuthRefused,
                "it refused the user or the password; correct the credentials, more attempts lock the account"
                    .to_owned(),
            ),
            Refusal::SessionLimit => (
                FailureClass::SessionLimit,
                "all its sessions are in use (it has five); log out of its web page, or wait until they expire"
                    .to_owned(),
            ),
            Refusal::Importing => {
                (FailureClass::Busy, "it is applying a configuration; ask again when it has finished".to_owned())
            }
            Refusal::Upgrading => {
                (FailureClass::Busy, "its firmware is being changed; ask again when it has restarted".to_owned())
            }
            Refusal::Reset => (
                FailureClass::DeviceRefused,
                "it was set back to factory settings; set it up on its web page first".to_owned(),
            ),
            Refusal::Locked(left) => {
                let when = match left {
                    Some(left) => format!("come back in {} s", left.as_secs()),
                    None => "it does not say for how long".to_owned(),
                };
                let sentence = format!("its account is locked after wrong passwords; {when}; nothing more was tried");
                let failure = Failure::new(FailureClass::Locked, sentence);
                return Failure { retry_after: *left, ..failure };
            }
            Refusal::PasswordChange => (
                FailureClass::DeviceRefused,
                "it asks for a new password before anything else; change it on its web page".to_owned(),
            ),
            Refusal::Other(words) => {
                (FailureClass::DeviceRefused, format!("it refused {what}: {}", excerpt(words.as_bytes())))
            }
        };
        Failure::new(class, sentence)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(reply: Value) -> Option<Refusal> {
        refusal(reply.as_object().unwrap())
    }

    #[test]
    fn a_success_is_one_as_number_text_or_flag() {
        for reply in [
            json!({"success": 1}),
            json!({"success": "1", "device_props": {}}),
            json!({"success": true}),
            json!({"device_props": {"msg": "auth_failed"}}),
        ] {
            assert_eq!(of(reply.clone()), None, "{reply}");
        }
    }

    #[test]
    fn every_known_refusal_has_its_class() {
        for (msg, class) in [
            ("auth_failed", FailureClass::AuthRefused),
            ("max_user_number_reached", FailureClass::SessionLimit),
            ("import_is_in_progress", FailureClass::Busy),
            ("sw_upgrade_is_in_progress", FailureClass::Busy),
            ("reset_has_been_done", FailureClass::DeviceRefused),
            ("password_change_required", FailureClass::DeviceRefused),
            ("account_locked", FailureClass::Locked),
            ("something_new", FailureClass::DeviceRefused),
        ] {
            for success in [json!(0), json!("0"), json!(false)] {
                let refusal = of(json!({"msg": msg, "success": success})).unwrap();
                assert_eq!(refusal.failure("the login").class, class, "{msg}");
            }
        }
        // Without `success`, a known word is enough and an unknown one is not.
        assert_eq!(of(json!({"msg": "auth_failed"})), Some(Refusal::AuthFailed));
        assert_eq!(of(json!({"msg": "hello"})), None);
        assert_eq!(of(json!({"success": 0})), Some(Refusal::Other("no reason".to_owned())));
    }

    #[test]
    fn a_lock_says_how_long() {
        let minutes = |count: u64| Some(Refusal::Locked(Some(Duration::from_secs(count * 60))));
        for reply in [
            json!({"success": 0, "msg": "account_locked", "error": "Account locked, 17 minutes left"}),
            json!({"success": 0, "msg": "User is locked. Try again in 17min"}),
            json!({"success": "0", "msg": "user_locked", "minutes_left": "17"}),
            json!({"success": 0, "msg": "user_locked", "lock_seconds": 1020}),
        ] {
            assert_eq!(of(reply.clone()), minutes(17), "{reply}");
        }
        assert_eq!(of(json!({"success": 0, "msg": "user_locked"})), Some(Refusal::Locked(None)));
        let failure = of(json!({"success": 0, "msg": "Locked, 17 minutes left"})).unwrap().failure("the login");
        assert_eq!(failure.retry_after, Some(Duration::from_secs(1020)));
        assert!(failure.sentence.contains("come back in 1020 s"), "{failure}");
        assert!(matches!(of(json!({"success": 0, "msg": "address blocked"})), Some(Refusal::Other(_))));
    }
}
