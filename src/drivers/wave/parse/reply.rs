//! Whether an answer is one: statuses, those in the body of an HTTP 200 included.

use std::time::Duration;

use serde_json::Value;

use crate::drivers::redact::words;
use crate::model::{Failure, FailureClass, Secret};

/// What came of a request within a session.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// The answer.
    Body(Value),
    /// The session is over, or the account may not: 401 or 403.
    Refused(u16),
}

/// The status that an answer really has: an HTTP 200 whose body says another one has that one.
fn real(status: u16, body: Option<&Value>) -> u16 {
    let said = body.and_then(|body| body.get("statusCode")?.as_u64()).and_then(|code| u16::try_from(code).ok());
    match said {
        Some(said) if status == 200 => said,
        _ => status,
    }
}

/// The token of a login. `retry_after` is the header of that name.
///
/// Fails with `AuthRefused`, `Locked`, `SessionLimit`, and `Protocol` where it is something else.
pub fn token(status: u16, token: Option<&str>, retry_after: Option<&str>, text: &str) -> Result<Secret, Failure> {
    let body: Option<Value> = serde_json::from_str(text).ok();
    let token = token.map(str::trim).filter(|token| !token.is_empty());
    match (real(status, body.as_ref()), token) {
        (200, Some(token)) => Ok(Secret::new(token)),
        (200, None) => Err(Failure::new(
            FailureClass::Protocol,
            format!("it answers the login with 200 and no token: {}; is it a Wave?", words(text)),
        )),
        (401 | 403, _) => Err(refused(status)),
        (code, _) => Err(other(code, "the login", retry_after, text)),
    }
}

/// The failure of a login that was refused.
fn refused(status: u16) -> Failure {
    let how = if status == 200 { "with HTTP 200 and a refusal in its body".to_owned() } else { format!("({status})") };
    Failure::new(
        FailureClass::AuthRefused,
        format!("it refuses the user or the password {how}; correct the credentials, they are not tried again"),
    )
}

/// The answer to a read. Fails with `Locked`, `SessionLimit`, `DeviceRefused`, and `Protocol` where it is something else.
pub fn read(path: &str, status: u16, retry_after: Option<&str>, text: &str) -> Result<Read, Failure> {
    let body: Result<Value, _> = serde_json::from_str(text);
    let code = real(status, body.as_ref().ok());
    match (code, body) {
        (200, Ok(body)) => Ok(Read::Body(body)),
        (200, Err(_)) => Err(Failure::new(
            FailureClass::Protocol,
            format!("it answers GET {path} with no whole JSON: {}; nothing of it is used", words(text)),
        )),
        (401 | 403, _) => Ok(Read::Refused(code)),
        (code, _) => Err(other(code, &format!("GET {path}"), retry_after, text)),
    }
}

fn other(code: u16, what: &str, retry_after: Option<&str>, text: &str) -> Failure {
    let words = words(text);
    match code {
        423 | 429 => {
            let wait = retry_after.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
            let until =
                wait.map_or("for a time that it does not say".to_owned(), |wait| format!("for {} s", wait.as_secs()));
            let sentence = format!("the account is locked {until} ({code} to {what}: {words}); log in later, once");
            Failure { retry_after: wait, ..Failure::new(FailureClass::Locked, sentence) }
        }
        503 => Failure::new(
            FailureClass::SessionLimit,
            format!("it takes no session now (503 to {what}: {words}); close one, or try later"),
        ),
        404 | 405 => Failure::new(
            FailureClass::DeviceRefused,
            format!("it does not know {what} ({code}: {words}); is it a Wave, and how old is its firmware?"),
        ),
        400..=499 => Failure::new(FailureClass::DeviceRefused, format!("it refuses {what} ({code}: {words})")),
        _ => Failure::new(FailureClass::Protocol, format!("it answers {what} with status {code}: {words}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn class<T: std::fmt::Debug>(result: Result<T, Failure>) -> FailureClass {
        result.unwrap_err().class
    }

    #[test]
    fn a_login_needs_its_token() {
        let ok = r#"{"statusCode":200,"error":0}"#;
        assert_eq!(token(200, Some(" abc "), None, ok).unwrap().expose(), "abc");
        assert_eq!(token(200, Some("abc"), None, "").unwrap().expose(), "abc");
        assert_eq!(class(token(200, None, None, ok)), FailureClass::Protocol);
        assert_eq!(class(token(200, Some(""), None, "<html>")), FailureClass::Protocol);
        assert_eq!(class(token(401, None, None, "")), FailureClass::AuthRefused);
        // HTTP 200 that means failure, even with a token.
        assert_eq!(class(token(200, Some("abc"), None, r#"{"statusCode":401}"#)), FailureClass::AuthRefused);
    }

    #[test]
    fn locks_and_limits_have_their_classes() {
        let locked = token(429, None, Some("1020"), r#"{"message":"Too many"}"#).unwrap_err();
        assert_eq!((locked.class, locked.retry_after), (FailureClass::Locked, Some(Duration::from_secs(1020))));
        assert!(locked.sentence.contains("for 1020 s") && locked.sentence.contains("Too many"), "{locked}");
        assert_eq!(class(token(200, None, None, r#"{"statusCode":423}"#)), FailureClass::Locked);
        assert_eq!(class(token(503, None, None, "")), FailureClass::SessionLimit);
        assert_eq!(class(token(500, None, None, "")), FailureClass::Protocol);
    }

    #[test]
    fn a_read_is_json_or_an_error() {
        assert_eq!(read("/x", 200, None, r#"{"a":1}"#).unwrap(), Read::Body(json!({ "a": 1 })));
        assert_eq!(read("/x", 200, None, "[]").unwrap(), Read::Body(json!([])));
        for code in [401, 403] {
            assert_eq!(read("/x", code, None, "").unwrap(), Read::Refused(code));
            let body = json!({ "statusCode": code, "message": "no" }).to_string();
            assert_eq!(read("/x", 200, None, &body).unwrap(), Read::Refused(code));
        }
        for text in ["", "{\"a\":", "<html>Anmeldung</html>"] {
            assert_eq!(class(read("/x", 200, None, text)), FailureClass::Protocol, "{text}");
        }
        assert_eq!(class(read("/x", 404, None, "")), FailureClass::DeviceRefused);
        assert_eq!(class(read("/x", 200, None, r#"{"statusCode":400,"message":"bad"}"#)), FailureClass::DeviceRefused);
        let cut = read("/x", 200, None, r#"{"snmpAgent":{"community":"hunter2"#).unwrap_err();
        assert!(!cut.sentence.contains("hunter2"), "{cut}");
    }
}
