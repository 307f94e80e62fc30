//! Requests and answers of HTTP/1.1, as much as the panel speaks.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest request, bytes: the panel's own forms are far smaller.
const LONGEST: usize = 64 * 1024;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// With its query.
    pub path: String,
    /// The body, as text.
    pub body: String,
    /// User and password of Basic auth, if they were given and can be read.
    pub login: Option<(String, String)>,
    /// Whether the connection stays open afterwards.
    pub keep_alive: bool,
}

/// Reads the next request. Absent when the peer closed the connection; errors: not HTTP, or too long.
pub async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if buffer.len() > LONGEST {
            return Err(bad("head too long"));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(path), Some(version)) = (first.next(), first.next(), first.next()) else {
        return Err(bad("no request line"));
    };
    if !version.starts_with("HTTP/1.") {
        return Err(bad("not HTTP/1"));
    }
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        body: String::new(),
        login: None,
        keep_alive: version == "HTTP/1.1",
    };
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| bad("content-length"))?,
            "connection" => request.keep_alive = !value.eq_ignore_ascii_case("close"),
            "authorization" => request.login = basic(value),
            _ => {}
        }
    }
    if length > LONGEST {
        return Err(bad("body too long"));
    }
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let rest = buffer.split_off(end + length);
    request.body = String::from_utf8_lossy(buffer.get(end..).unwrap_or_default()).into_owned();
    *buffer = rest;
    Ok(Some(request))
}

fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// One answer; the head's further lines end with CRLF each.
pub fn answer(status: &str, further: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nServer: ICT\r\nContent-Type: text/html\r\nContent-Length: {}\r\n{further}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A form as the journal may show it: values of secret fields are masked.
pub fn masked(form: &str) -> String {
    let secret = ["pass", "pwd", "secret", "community", "key"];
    form.split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value))
                if !value.is_empty() && secret.iter().any(|word| name.to_ascii_lowercase().contains(word)) =>
            {
                format!("{name}=***")
            }
            _ => pair.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reads_requests_that_follow_each_other() {
        let mut input: &[u8] = b"POST /net HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWRtaW46YTpi\r\n\
            Content-Length: 5\r\n\r\nip=1&GET / HTTP/1.0\r\n\r\n";
        let mut buffer = Vec::new();
        let first = read(&mut input, &mut buffer).await.unwrap().unwrap();
        assert_eq!((first.method.as_str(), first.path.as_str(), first.body.as_str()), ("POST", "/net", "ip=1&"));
        assert_eq!(first.login, Some(("admin".to_owned(), "a:b".to_owned())));
        assert!(first.keep_alive);
        let second = read(&mut input, &mut buffer).await.unwrap().unwrap();
        assert_eq!((second.path.as_str(), second.login, second.keep_alive), ("/", None, false));
        assert_eq!(read(&mut input, &mut buffer).await.unwrap(), None);
    }

    #[test]
    fn masks_secrets_only() {
        assert_eq!(masked("ip=1&Password1=abc&rdcommunity=x&pwd="), "ip=1&Password1=***&rdcommunity=***&pwd=");
    }
}
