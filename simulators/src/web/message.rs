//! Requests and answers of HTTP/1.1, as much as such devices speak.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest head, bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// Longest body, bytes: an image is larger than any configuration.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

/// One request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Without its query.
    pub path: String,
    /// What follows the question mark.
    pub query: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether it said how long its body is.
    pub has_length: bool,
    /// Whether the connection stays open afterwards.
    pub keep_alive: bool,
    /// Whether it came through TLS.
    pub secure: bool,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// All cookies.
    pub fn cookies(&self) -> Vec<(String, String)> {
        self.headers
            .iter()
            .filter(|(name, _)| name == "cookie")
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// The fields of a form in the body.
    pub fn form(&self) -> Vec<(String, String)> {
        fields(&String::from_utf8_lossy(&self.body))
    }

    /// The fields of the query.
    pub fn parameters(&self) -> Vec<(String, String)> {
        fields(&self.query)
    }

    /// One field of the form; empty where it is not there.
    pub fn field(&self, name: &str) -> String {
        self.form().into_iter().find(|(field, _)| field == name).map(|(_, value)| value).unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// `a=b&c=d`, with `+` and `%XX`.
fn fields(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits: String = bytes.by_ref().take(2).map(char::from).collect();
                out.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads the next request. Absent when the peer closed the connection; errors: not HTTP, or too long.
pub async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    secure: bool,
) -> io::Result<Option<Request>> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if buffer.len() > LONGEST_HEAD {
            return Err(bad("head too long"));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version)) = (first.next(), first.next(), first.next()) else {
        return Err(bad("no request line"));
    };
    if !version.starts_with("HTTP/1.") {
        return Err(bad("not HTTP/1"));
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        keep_alive: version == "HTTP/1.1",
        secure,
        headers,
        ..Request::default()
    };
    let length = match request.header("content-length") {
        None => 0,
        Some(length) => {
            let length: usize = length.parse().map_err(|_| bad("content-length"))?;
            request.has_length = true;
            length
        }
    };
    if request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
        request.keep_alive = false;
    }
    if length > LONGEST_BODY {
        return Err(bad("body too long"));
    }
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let rest = buffer.split_off(end + length);
    request.body = buffer.get(end..).unwrap_or_default().to_vec();
    *buffer = rest;
    Ok(Some(request))
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Code and words.
    pub status: &'static str,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// JSON.
    pub fn json(status: &'static str, value: &Value) -> Self {
        Self::text(status, "application/json", &value.to_string())
    }

    /// A page.
    pub fn html(status: &'static str, body: &str) -> Self {
        Self::text(status, "text/html", body)
    }

    fn text(status: &'static str, kind: &str, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.as_bytes().to_vec() }.with("Content-Type", kind)
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// As it goes over the wire.
    pub fn bytes(&self, keep_alive: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {}\r\nContent-Length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(if keep_alive { "\r\n" } else { "Connection: close\r\n\r\n" });
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reads_requests_that_follow_each_other() {
        let mut input: &[u8] =
            b"POST /a/;stok=1/x?y=%41 HTTP/1.1\r\nHost: x\r\nCookie: a=1; b=2\r\nContent-Length: 9\r\n\r\n\
            p=a%26b+cGET / HTTP/1.0\r\n\r\n";
        let mut buffer = Vec::new();
        let first = read(&mut input, &mut buffer, true).await.unwrap().unwrap();
        assert_eq!(
            (first.method.as_str(), first.path.as_str(), first.query.as_str()),
            ("POST", "/a/;stok=1/x", "y=%41")
        );
        assert_eq!((first.field("p").as_str(), first.field("q").as_str()), ("a&b c", ""));
        assert_eq!(first.parameters(), [("y".to_owned(), "A".to_owned())]);
        assert_eq!(first.cookies(), [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        assert!(first.keep_alive && first.has_length && first.secure);
        let second = read(&mut input, &mut buffer, false).await.unwrap().unwrap();
        assert_eq!((second.path.as_str(), second.keep_alive, second.has_length), ("/", false, false));
        assert_eq!(read(&mut input, &mut buffer, false).await.unwrap(), None);
    }

    #[test]
    fn an_answer_says_its_length() {
        let answer = Answer::html("200 OK", "hé").with("Set-Cookie", "a=b");
        assert_eq!(
            String::from_utf8(answer.bytes(false)).unwrap(),
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/html\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\nhé"
        );
    }
}
