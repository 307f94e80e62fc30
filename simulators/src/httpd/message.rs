//! Requests and answers of HTTP/1.1, as much as small devices speak.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest head of a request, bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// Longest body: a firmware image.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

/// One request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Without its query.
    pub path: String,
    /// What stands behind the question mark.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Vec<u8>,
}

impl Request {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(known, _)| *known == name).map(|(_, value)| value).next()
    }

    /// A field of a form; empty where there is none.
    pub fn field(&self, name: &str) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(known, _)| *known == name).map(|(_, value)| decoded(value)).next().unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether the connection stays open behind it.
    pub fn keep_alive(&self) -> bool {
        !self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// A value of a form.
fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                if let (Some(high), Some(low)) = (digit(), digit()) {
                    out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                }
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// The type of the body.
    pub content_type: &'static str,
}

impl Answer {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { status, headers: Vec::new(), body, content_type: "application/json" }
    }

    /// A page.
    pub fn page(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.as_bytes().to_vec(), content_type: "text/html" }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
            self.status,
            reason(self.status),
            self.content_type,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

/// Reads the next request. Absent when the peer closed the connection; errors: not HTTP, or too long.
pub async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if buffer.len() > LONGEST_HEAD {
            return Err(bad());
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version)) = (first.next(), first.next(), first.next()) else {
        return Err(bad());
    };
    if !version.starts_with("HTTP/1.") {
        return Err(bad());
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
        headers,
        body: Vec::new(),
    };
    let length: usize = match request.header("content-length") {
        Some(value) => value.parse().map_err(|_| bad())?,
        None => 0,
    };
    if length > LONGEST_BODY {
        return Err(bad());
    }
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let rest = buffer.split_off(end + length);
    request.body = buffer.split_off(end);
    *buffer = rest;
    Ok(Some(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_forms_cookies_and_what_follows() {
        let mut input: &[u8] =
            b"POST /index.php?x=1 HTTP/1.1\r\nCookie: a=1; PHPSESSID=0a\r\nContent-Length: 23\r\n\r\n\
            username=a&password=%41GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
        let mut buffer = Vec::new();
        let first = read(&mut input, &mut buffer).await.unwrap().unwrap();
        assert_eq!((first.path.as_str(), first.query.as_str()), ("/index.php", "x=1"));
        assert_eq!((first.cookie("PHPSESSID"), first.cookie("b")), (Some("0a"), None));
        assert_eq!((first.field("username"), first.field("password")), ("a".to_owned(), "A".to_owned()));
        assert!(first.keep_alive());
        let second = read(&mut input, &mut buffer).await.unwrap().unwrap();
        assert_eq!((second.path.as_str(), second.keep_alive()), ("/", false));
        assert_eq!(read(&mut input, &mut buffer).await.unwrap(), None);
    }

    #[test]
    fn an_answer_has_its_length_and_headers() {
        let bytes = Answer::page(404, "no").with("X-Odd", "1").bytes();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 2\r\nX-Odd: 1\r\n\r\nno"
        );
    }
}
