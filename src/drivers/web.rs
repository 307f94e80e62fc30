//! What the drivers of web APIs share: which scheme, which account, whether a reply is one, how a session ends.

use std::time::Duration;

use serde_json::Value;

use super::redact::excerpt;
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::http::{Client, Reply, Request, Scheme};
use crate::transport::{Cx, Target};

/// How long the answer of a login is waited for after someone asked to stop: without it its session cannot be closed.
pub const GRACE: Duration = Duration::from_secs(5);

/// How long a goodbye may take.
pub const GOODBYE: Duration = Duration::from_secs(5);

/// What the inventory decides, and nothing that happens on the wire: HTTPS where it has an HTTPS port or pins a
/// certificate, HTTP where it has an HTTP port alone, else the family's own. A login never falls back to clear text.
pub fn scheme(target: &Target, own: Scheme) -> Scheme {
    match (target.ports.https, target.ports.http) {
        (Some(_), _) => Scheme::Https,
        _ if target.tls_pin.is_some() => Scheme::Https,
        (None, Some(_)) => Scheme::Http,
        (None, None) => own,
    }
}

/// User (`own` unless the inventory or the payload names one) and password. One pair: no others are ever tried.
pub fn account(target: &Target, own: &str) -> Result<(String, Secret), Failure> {
    let password = target.password.clone().ok_or_else(|| {
        Failure::validation("its web interface needs a password; send 'password' or add it to the inventory")
    })?;
    Ok((target.username.clone().unwrap_or_else(|| own.to_owned()), password))
}

/// The JSON of a reply to `what`. Fails with `ForbiddenReadonly` (403), `Busy` (429, 503), else `Protocol`: another
/// status, no JSON, JSON that was cut off.
pub fn json(reply: &Reply, what: &str) -> Result<Value, Failure> {
    check(reply, what)?;
    if reply.body.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::new(FailureClass::Protocol, format!("answered {what} with nothing")));
    }
    serde_json::from_slice(&reply.body).map_err(|error| {
        let how = if error.is_eof() { "JSON that was cut off" } else { "what is no JSON" };
        let sentence =
            format!("answered {what} with {how}: {}; is it the type that was asked for?", excerpt(&reply.body));
        Failure::new(FailureClass::Protocol, sentence)
    })
}

/// Whether the status of a reply to `what` is a success.
fn check(reply: &Reply, what: &str) -> Result<(), Failure> {
    let status = reply.status;
    if reply.is_success() {
        return Ok(());
    }
    let (class, advice) = match status {
        300..=399 => (
            FailureClass::Protocol,
            if reply.header("location").is_some_and(|place| place.starts_with("https:")) {
                "; it sends visitors to HTTPS: give it its HTTPS port in the inventory, and no HTTP port"
            } else {
                "; it sends visitors elsewhere"
            },
        ),
        403 => (FailureClass::ForbiddenReadonly, "; the account may not do that"),
        429 | 503 => (FailureClass::Busy, "; its web server is busy, ask again later"),
        _ => (FailureClass::Protocol, "; is it the type that was asked for, and is its firmware known?"),
    };
    Err(Failure::new(class, format!("answered {what} with HTTP status {status}{advice}")))
}

/// A failure of class `Protocol`: `what` was answered in a shape that the family does not have.
pub fn strange(reply: &Value, what: &str, missing: &str) -> Failure {
    let sentence = format!("answered {what} without {missing}: {}", excerpt(reply.to_string().as_bytes()));
    Failure::new(FailureClass::Protocol, sentence)
}

/// Ends a session, whatever came before and whoever asked to stop; that it fails is told to those who look on.
pub async fn close(cx: &Cx, client: &Client, goodbye: Request) {
    let why = match client.send_closing(cx, goodbye, GOODBYE).await {
        Ok(reply) if reply.is_success() => return,
        Ok(reply) => format!("HTTP status {}", reply.status),
        // The device knows no such session: then it is closed.
        Err(failure) if failure.class == FailureClass::AuthRefused => return,
        Err(failure) => failure.to_string(),
    };
    cx.witness.noted("http", &format!("the session could not be closed and ends by itself: {why}"));
}

/// A number or a text as text, blanks around it dropped; none where it is empty or something else.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Ports, SshProfile};
    use crate::transport::http::HeaderMap;

    fn target(http: Option<u16>, https: Option<u16>, pin: Option<&str>) -> Target {
        Target {
            name: "x".to_owned(),
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            ports: Ports { http, https, ..Ports::default() },
            username: None,
            password: None,
            private_key: None,
            private_key_passphrase: None,
            snmp: None,
            ssh_profile: SshProfile::default(),
            host_key: None,
            tls_pin: pin.map(str::to_owned),
            hop: None,
        }
    }

    #[test]
    fn clear_text_only_where_the_inventory_says_so() {
        for (http, https, pin, own, expected) in [
            (None, None, None, Scheme::Https, Scheme::Https),
            (None, None, None, Scheme::Http, Scheme::Http),
            (Some(80), None, None, Scheme::Https, Scheme::Http),
            (Some(80), Some(443), None, Scheme::Http, Scheme::Https),
            (None, Some(443), None, Scheme::Http, Scheme::Https),
            (Some(80), None, Some("SHA256:x"), Scheme::Http, Scheme::Https),
        ] {
            assert_eq!(scheme(&target(http, https, pin), own), expected, "{http:?} {https:?} {pin:?}");
        }
    }

    #[test]
    fn without_a_password_nothing_is_sent() {
        let failure = account(&target(None, None, None), "admin").unwrap_err();
        assert_eq!(failure.class, FailureClass::Validation);
        let with = Target { password: Some(Secret::new("p")), ..target(None, None, None) };
        assert_eq!(account(&with, "admin").unwrap().0, "admin");
    }

    fn reply(status: u16, location: Option<&str>, body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        if let Some(location) = location {
            headers.insert("location", location.parse().unwrap());
        }
        Reply { status, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn only_whole_json_is_an_answer() {
        assert_eq!(json(&reply(200, None, " {\"a\": 1}\n"), "GET /x").unwrap(), json!({"a": 1}));
        for (reply, class, words) in [
            (reply(200, None, " \n"), FailureClass::Protocol, "with nothing"),
            (reply(200, None, "{\"password\":\"x"), FailureClass::Protocol, "cut off: \"{\"password\":\"…\"\""),
            (reply(200, None, "<html>Bitte warten"), FailureClass::Protocol, "no JSON: \"<html>Bitte warten\""),
            (reply(302, Some("https://192.0.2.1/"), ""), FailureClass::Protocol, "to HTTPS"),
            (reply(403, None, "{}"), FailureClass::ForbiddenReadonly, "status 403"),
            (reply(503, None, "{}"), FailureClass::Busy, "busy"),
            (reply(404, None, "{}"), FailureClass::Protocol, "status 404"),
        ] {
            let failure = json(&reply, "GET /x").unwrap_err();
            assert_eq!(failure.class, class, "{failure}");
            assert!(failure.sentence.contains(words), "{failure}");
        }
    }
}
