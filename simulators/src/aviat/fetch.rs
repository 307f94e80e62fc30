//! How the radio fetches an image: a plain HTTP GET without authentication, from loopback and from nowhere else.

use std::net::IpAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Largest head of an answer.
const LONGEST_HEAD: usize = 64 * 1024;

/// An address that the radio can fetch from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri {
    authority: String,
    host: String,
    port: u16,
    path: String,
}

impl Uri {
    /// Takes apart `http://host[:port]/path`. Errors: what the radio says, if it is another kind of address or does
    /// not lead to loopback, the only network that a simulated radio has.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const INVALID: &str = "Invalid URI.";
        let rest = text.strip_prefix("http://").ok_or(INVALID)?;
        let (authority, path) = rest.split_once('/').ok_or(INVALID)?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| INVALID)?),
            _ => (authority, 80),
        };
        let host = host.trim_matches(['[', ']']);
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if host.is_empty() || path.is_empty() {
            return Err(INVALID);
        }
        if !loopback {
            return Err("Server not reachable.");
        }
        Ok(Self { authority: authority.to_owned(), host: host.to_owned(), port, path: format!("/{path}") })
    }
}

/// A transfer whose head was good.
#[derive(Debug)]
pub struct Transfer {
    stream: TcpStream,
    /// What the server said that it sends; absent: up to the end of the connection.
    length: Option<u64>,
    received: u64,
}

/// Asks for an image and reads the head of the answer. Errors: why there is no image.
pub async fn begin(uri: &Uri) -> Result<Transfer, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect((uri.host.as_str(), uri.port)).await.map_err(failed)?;
    // Version 1.0, so that no server sends it in chunks.
    let request =
        format!("GET {} HTTP/1.0\r\nHost: {}\r\nAccept: */*\r\nConnection: close\r\n\r\n", uri.path, uri.authority);
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut head = Vec::new();
    let end = loop {
        if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break at.saturating_add(4);
        }
        if head.len() > LONGEST_HEAD {
            return Err("head too long".to_owned());
        }
        if stream.read_buf(&mut head).await.map_err(failed)? == 0 {
            return Err("no answer".to_owned());
        }
    };
    let received = head.len().saturating_sub(end) as u64;
    head.truncate(end);
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    if status != "200" {
        return Err(format!("status {status}"));
    }
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok());
    Ok(Transfer { stream, length, received })
}

impl Transfer {
    /// Reads the rest; how many bytes the image has. Errors: the connection broke, or not all came that was said.
    pub async fn finish(&mut self) -> Result<u64, String> {
        let mut buffer = vec![0; 64 * 1024];
        while self.length.is_none_or(|length| self.received < length) {
            let count = self.stream.read(&mut buffer).await.map_err(|error| error.to_string())?;
            if count == 0 {
                break;
            }
            self.received = self.received.saturating_add(count as u64);
        }
        match self.length {
            Some(length) if self.received != length => Err(format!("{} of {length} bytes", self.received)),
            _ => Ok(self.received),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_over_plain_http() {
        let uri = Uri::parse("http://127.0.0.1:8080/fw/a.swpack").unwrap();
        assert_eq!((uri.host.as_str(), uri.port, uri.path.as_str()), ("127.0.0.1", 8080, "/fw/a.swpack"));
        assert_eq!(Uri::parse("http://[::1]:81/a").unwrap().host, "::1");
        assert_eq!(Uri::parse("http://localhost/a").unwrap().port, 80);
        assert_eq!(Uri::parse("http://192.0.2.1/a"), Err("Server not reachable."));
        for bad in ["https://127.0.0.1/a", "ftp://127.0.0.1/a", "http://127.0.0.1", "http://127.0.0.1:x/a", "a"] {
            assert_eq!(Uri::parse(bad), Err("Invalid URI."), "{bad}");
        }
    }
}
