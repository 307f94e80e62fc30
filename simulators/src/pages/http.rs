//! Requests and answers of HTTP/1.1, as much as small devices speak.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest request, bytes.
const LONGEST: usize = 256 * 1024;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Without its query.
    pub path: String,
    /// Behind the question mark.
    pub query: String,
    /// The body.
    pub body: Vec<u8>,
    /// The cookies as they were sent.
    pub cookies: String,
    /// The type of the body.
    pub content_type: String,
    /// Whether the connection stays open afterwards.
    pub keep_alive: bool,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `200 OK`.
    pub status: &'static str,
    /// Further lines of the head, each with its CRLF.
    pub further: String,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the answer says how long it is; without, its end is the end of the connection.
    pub has_length: bool,
}

impl Answer {
    /// A page.
    pub fn page(body: impl Into<Vec<u8>>) -> Self {
        Self::of("text/html", body)
    }

    /// Anything, with status 200.
    pub fn of(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: "200 OK", further: String::new(), content_type, body: body.into(), has_length: true }
    }

    /// A page that is not there.
    pub fn missing() -> Self {
        Self { status: "404 Not Found", ..Self::page("<html><body>404 Not Found</body></html>") }
    }

    /// As bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let length = if self.has_length { format!("Content-Length: {}\r\n", self.body.len()) } else { String::new() };
        let close = if self.has_length { "" } else { "Connection: close\r\n" };
        let mut bytes = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\n{length}{close}{}\r\n",
            self.status, self.content_type, self.further
        )
        .into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl Request {
    /// A value of the query or of a form, decoded; the first one of its name.
    pub fn field(&self, name: &str) -> Option<String> {
        let form = String::from_utf8_lossy(&self.body);
        fields(&self.query).into_iter().chain(fields(&form)).find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A value of the query alone.
    pub fn in_query(&self, name: &str) -> Option<String> {
        fields(&self.query).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A value of the form alone.
    pub fn in_form(&self, name: &str) -> Option<String> {
        let form = String::from_utf8_lossy(&self.body).into_owned();
        fields(&form).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// `a=1&b=2`, decoded.
pub fn fields(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name, true), decoded(value, true))
        })
        .collect()
}

/// Undoes percent-encoding; with `form` a plus is a blank. What is no code stays as it is.
pub fn decoded(text: &str, form: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = (*byte == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        match (code, byte) {
            (Some(code), _) => {
                out.push(code);
                at += 3;
            }
            (None, b'+') if form => {
                out.push(b' ');
                at += 1;
            }
            (None, byte) => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
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
    let (Some(method), Some(target), Some(version)) = (first.next(), first.next(), first.next()) else {
        return Err(bad("no request line"));
    };
    if !version.starts_with("HTTP/1.") {
        return Err(bad("not HTTP/1"));
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        keep_alive: version == "HTTP/1.1",
        ..Request::default()
    };
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| bad("content-length"))?,
            "connection" => request.keep_alive = !value.eq_ignore_ascii_case("close"),
            "cookie" => value.clone_into(&mut request.cookies),
            "content-type" => value.clone_into(&mut request.content_type),
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
    request.body = buffer.get(end..).unwrap_or_default().to_vec();
    *buffer = rest;
    Ok(Some(request))
}

/// Names of fields whose values the journal does not show.
const SECRET: [&str; 6] = ["pass", "pwd", "secret", "community", "key", "gambit"];

/// A request as the journal shows it: `POST /path?a=1 b=2`, values of secret fields masked, of XML nothing.
pub fn shown(request: &Request) -> String {
    let mut text = format!("{} {}", request.method, request.path);
    if !request.query.is_empty() {
        text.push_str(&format!("?{}", masked(&request.query)));
    }
    let body = String::from_utf8_lossy(&request.body);
    if body.trim_start().starts_with('<') {
        text.push_str(&format!(" ({} bytes)", body.len()));
    } else if !body.is_empty() {
        text.push_str(&format!(" {}", masked(&body)));
    }
    text
}

fn masked(form: &str) -> String {
    form.split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value))
                if !value.is_empty() && SECRET.iter().any(|word| name.to_ascii_lowercase().contains(word)) =>
            {
                format!("{name}=***")
            }
            _ => pair.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("&")
}

/// Text in a page.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reads_requests_that_follow_each_other() {
        let mut input: &[u8] = b"POST /a?uid=1&Gambit=abc HTTP/1.1\r\nHost: x\r\nCookie: SESSION=1\r\n\
            Content-Length: 14\r\n\r\nPassword=a%26bGET / HTTP/1.0\r\n\r\n";
        let mut buffer = Vec::new();
        let first = read(&mut input, &mut buffer).await.unwrap().unwrap();
        assert_eq!((first.path.as_str(), first.cookies.as_str()), ("/a", "SESSION=1"));
        assert_eq!(first.field("Password").as_deref(), Some("a&b"));
        assert_eq!(first.in_query("uid").as_deref(), Some("1"));
        assert_eq!(shown(&first), "POST /a?uid=1&Gambit=*** Password=***");
        let second = read(&mut input, &mut buffer).await.unwrap().unwrap();
        assert_eq!((second.path.as_str(), second.keep_alive), ("/", false));
        assert_eq!(read(&mut input, &mut buffer).await.unwrap(), None);
    }

    #[test]
    fn decodes_what_is_a_code_and_nothing_else() {
        assert_eq!(decoded("a%26b%2", true), "a&b%2");
        assert_eq!((decoded("a+b", true), decoded("a+b", false)), ("a b".to_owned(), "a+b".to_owned()));
        assert_eq!(decoded("%C3%A9", false), "é");
    }
}
