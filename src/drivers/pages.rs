//! What drivers of web interfaces have in common: values in queries, answers that are whole, and a goodbye that is said
//! though somebody asked to stop.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::excerpt::unmet;
use crate::model::{Failure, FailureClass};
use crate::transport::Cx;
use crate::transport::http::{Client, Reply, Request};

/// How long a login that is under way, or a goodbye, may take once somebody asked to stop.
const GRACE: Duration = Duration::from_secs(3);

/// A value as it may stand in a query or in a form's raw body: everything but letters, digits and `-._~` in percent codes
/// of UTF-8.
pub fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The same frame, except that nobody stops it.
fn unstopped(cx: &Cx) -> Cx {
    Cx { cancel: CancellationToken::new(), ..cx.clone() }
}

/// Sends what opens a session. Once it is under way a stop waits a moment for its answer: a session whose name never came
/// could not be closed. The caller closes it then.
pub async fn open(cx: &Cx, client: &Client, request: Request) -> Result<Reply, Failure> {
    cx.go_on("the login")?;
    let own = unstopped(cx);
    let stopped = async {
        cx.cancel.cancelled().await;
        cx.clock.sleep(GRACE).await;
    };
    tokio::select! {
        biased;
        reply = client.send(&own, request) => reply,
        () = stopped => Err(Failure::new(FailureClass::Cancelled, "stopped in the middle of the login, as asked")),
    }
}

/// Says goodbye, stopped or not. What comes of it changes nothing, and is noted.
pub async fn close(cx: &Cx, client: &Client, label: &str, request: Request) {
    let own = unstopped(cx);
    let failure = match cx.clock.timeout(GRACE, client.send(&own, request)).await {
        Ok(Ok(_)) => return,
        Ok(Err(failure)) => failure.class.as_str(),
        Err(_) => FailureClass::Timeout.as_str(),
    };
    cx.witness.noted("http", &format!("{label}: its session could not be closed ({failure}); it ends by itself"));
}

/// Bytes as text: UTF-8, or what old web servers speak, ISO-8859-1.
pub fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The text of an answer that came whole: status 200, and an end that can be told. `end` is what a page ends with where
/// the device does not say how long it is; without one such an answer is refused.
pub fn whole(what: &str, reply: &Reply, end: Option<&str>, hide: &[&str]) -> Result<String, Failure> {
    let text = text(&reply.body);
    if reply.status != 200 {
        return Err(unmet(&format!("{what} was answered with HTTP status {}", reply.status), &text, hide));
    }
    // Without a length the end of the connection is the end of the answer, wanted or not.
    let has_length = reply.header("content-length").is_some() || reply.header("transfer-encoding").is_some();
    let has_end = end.is_some_and(|end| text.trim_end().to_ascii_lowercase().ends_with(end));
    if !has_length && !has_end {
        let sentence = format!("the answer to {what} says neither its length nor its end: it may be cut off");
        return Err(Failure::new(FailureClass::Protocol, sentence));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_queries_and_texts() {
        assert_eq!(percent("sim-1._~"), "sim-1._~");
        assert_eq!((text(&[0xc3, 0xa9]), text(&[0xe9, b'x'])), ("é".to_owned(), "éx".to_owned()));
        assert_eq!(percent("a&b% \"\\é+/"), "a%26b%25%20%22%5C%C3%A9%2B%2F");
    }
}
