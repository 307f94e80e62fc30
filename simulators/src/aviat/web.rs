//! The web server: a login that gives a cookie, and the channel behind it. Plain HTTP.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::radio::Radio;
use super::websocket;
use crate::core::{Fault, When};
use crate::ssh::Host;

/// Longest request: the login is a line.
const LONGEST: usize = 64 * 1024;

/// The cookies that were given out; a reboot forgets them.
#[derive(Debug, Default)]
pub struct Cookies(Mutex<HashSet<String>>);

impl Cookies {
    fn give(&self) -> String {
        let cookie = format!("{:08x}-{:08x}", fastrand::u32(..), fastrand::u32(..));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(cookie.clone());
        cookie
    }

    /// Whether a cookie was given out.
    pub fn knows(&self, cookie: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(cookie)
    }
}

/// Serves the listener until stopped.
pub async fn serve(radio: Arc<Radio>, listener: TcpListener) {
    let cookies = Arc::new(Cookies::default());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = radio.running.stop.cancelled() => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let refused = radio.device.faults().contains(&Fault::Refuse {}) || !radio.facts().0.flag("web", true);
        if !radio.is_up() || refused {
            let _ = stream.set_zero_linger();
            continue;
        }
        let (own, cookies, life) = (Arc::clone(&radio), Arc::clone(&cookies), radio.life());
        radio.running.tasks.spawn(async move {
            tokio::select! {
                _ = connection(&own, &cookies, stream) => {}
                () = life.cancelled() => {}
            }
        });
    }
}

/// A request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    /// A header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(known, _)| *known == name).map(|(_, value)| value).next()
    }

    fn field(&self, name: &str) -> String {
        let pairs = self.body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(known, _)| *known == name).map(|(_, value)| decoded(value)).next().unwrap_or_default()
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

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if buffer.len() > LONGEST {
            return Err(bad());
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (first.next().unwrap_or_default().to_owned(), first.next().unwrap_or_default().to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut request = Request { method, path, headers, body: String::new() };
    let length: usize = request.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    if length > LONGEST {
        return Err(bad());
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

fn answer(status: &str, further: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n{further}\r\n{body}", body.len())
        .into_bytes()
}

async fn connection(radio: &Arc<Radio>, cookies: &Cookies, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await? {
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        let mut line = format!("{} {path}", request.method);
        if path == "/wtmlogin" {
            // The form has the password: of it only the user is noted.
            line.push_str(&format!(" username={}", request.field("username")));
        }
        radio.device.received("http", line.as_str());
        let faults = radio.device.faults();
        if struck(&faults, &line, When::Before) {
            return Ok(());
        }
        let mute = faults.iter().any(|fault| match fault {
            Fault::Mute { after } => after.as_ref().is_none_or(|after| line.contains(after.as_str())),
            _ => false,
        });
        if mute {
            while stream.read_buf(&mut buffer).await? > 0 {
                buffer.clear();
            }
            return Ok(());
        }
        let slow: u64 = faults.iter().map(|fault| if let Fault::Slow { ms } = fault { *ms } else { 0 }).sum();
        let delay = radio.device.number("delay_ms", 0.0).max(0.0) as u64;
        radio.device.clock.sleep(Duration::from_millis(slow.saturating_add(delay))).await;
        if path == "/ie10fix" && request.method == "GET" {
            return match websocket::accept(&request, cookies) {
                Ok(accepted) => {
                    stream.write_all(&accepted).await?;
                    websocket::serve(radio, cookies, stream, buffer).await
                }
                Err(status) => stream.write_all(&answer(status, "Connection: close\r\n", "")).await,
            };
        }
        let mut bytes = reply(radio, cookies, &request, &path);
        if struck(&faults, &line, When::After) {
            return Ok(());
        }
        for fault in &faults {
            match fault {
                Fault::Garbage { bytes: count, .. } => {
                    bytes = vec![0; count.and_then(|count| usize::try_from(count).ok()).unwrap_or(4096)];
                    fastrand::fill(&mut bytes);
                }
                Fault::Drop { bytes: Some(count), .. } => {
                    let count = usize::try_from(*count).unwrap_or(usize::MAX);
                    stream.write_all(bytes.get(..count).unwrap_or(&bytes)).await?;
                    return stream.flush().await;
                }
                _ => {}
            }
        }
        stream.write_all(&bytes).await?;
    }
    Ok(())
}

fn struck(faults: &[Fault], line: &str, side: When) -> bool {
    faults.iter().any(|fault| match fault {
        Fault::DropWhen { after, when } if *when == side => {
            after.as_ref().is_none_or(|after| line.contains(after.as_str()))
        }
        Fault::Drop { after, bytes: None } if side == When::Before => {
            after.as_ref().is_none_or(|after| line.contains(after.as_str()))
        }
        _ => false,
    })
}

fn reply(radio: &Radio, cookies: &Cookies, request: &Request, path: &str) -> Vec<u8> {
    match (request.method.as_str(), path) {
        ("POST", "/wtmlogin") => {
            if radio.admits("web", &request.field("username"), &request.field("password")) {
                let cookie = format!("Set-Cookie: sesh={}; Path=/\r\n", cookies.give());
                answer("200 OK", &cookie, "<html><body>ok</body></html>")
            } else {
                answer("401 Unauthorized", "", "<html><body>login failed</body></html>")
            }
        }
        ("GET", "/") => answer("200 OK", "", "<html><body>WTM</body></html>"),
        ("GET" | "POST", _) => answer("404 Not Found", "", "<html><body>not found</body></html>"),
        _ => answer("405 Method Not Allowed", "", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_cookies() {
        let request = Request {
            headers: vec![("cookie".to_owned(), "a=1; sesh=0a-1b".to_owned())],
            body: "username=admin&password=a%26b+c%3D".to_owned(),
            ..Request::default()
        };
        assert_eq!((request.cookie("sesh"), request.cookie("b")), (Some("0a-1b"), None));
        assert_eq!((request.field("username"), request.field("password")), ("admin".to_owned(), "a&b c=".to_owned()));
    }
}
