//! The channel `/ie10fix`: a websocket over which the web page subscribes to values. Frames of RFC 6455 by hand, since
//! of its protocol a fraction is used.

use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::radio::Radio;
use super::web::{Cookies, Request};

const PROTOCOL: &str = "aurora_channel";
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Longest message that is read.
const LONGEST: u64 = 64 * 1024;

/// The plugin that knows the uptime, and the key under which it is asked for it.
const STATUS_PLUGIN: u64 = 52;
const UPTIME: &str = "system_status_1";

/// What RFC 6455, 4.2.2, makes of a client's key.
fn accept_key(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

/// The head that opens the channel; errors: the status that refuses it.
pub fn accept(request: &Request, cookies: &Cookies) -> Result<Vec<u8>, &'static str> {
    let upgrade = request.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    let (Some(key), true) = (request.header("sec-websocket-key"), upgrade) else { return Err("400 Bad Request") };
    let offered = request.header("sec-websocket-protocol").unwrap_or_default();
    if !offered.split(',').any(|protocol| protocol.trim() == PROTOCOL) {
        return Err("400 Bad Request");
    }
    if !request.cookie("sesh").is_some_and(|cookie| cookies.knows(cookie)) {
        return Err("403 Forbidden");
    }
    let key = accept_key(key);
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {key}\r\nSec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n"
    );
    Ok(head.into_bytes())
}

struct Channel {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Channel {
    async fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < count {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let rest = self.buffer.split_off(count);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    /// A frame: its opcode and its payload, unmasked.
    async fn frame(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let bad = || io::Error::from(io::ErrorKind::InvalidData);
        let head = self.bytes(2).await?;
        let [first, second] = head.as_slice() else { return Err(bad()) };
        let (opcode, masked) = (first & 0x0f, second & 0x80 != 0);
        let length = match second & 0x7f {
            126 => self.bytes(2).await?,
            127 => self.bytes(8).await?,
            short => vec![short],
        };
        let length = length.iter().fold(0_u64, |length, byte| (length << 8) | u64::from(*byte));
        // A client's frames are masked (RFC 6455, 5.1).
        if !masked || length > LONGEST {
            return Err(bad());
        }
        let mask = self.bytes(4).await?;
        let mut payload = self.bytes(usize::try_from(length).map_err(|_| bad())?).await?;
        for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= key;
        }
        Ok((opcode, payload))
    }

    async fn send(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let mut frame = vec![0x80 | opcode];
        match u8::try_from(payload.len()) {
            Ok(short) if short < 126 => frame.push(short),
            _ => {
                frame.push(126);
                frame.extend(u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes());
            }
        }
        frame.extend(payload);
        self.stream.write_all(&frame).await
    }
}

/// Serves an open channel until it ends.
pub async fn serve(radio: &Arc<Radio>, cookies: &Cookies, stream: TcpStream, buffer: Vec<u8>) -> io::Result<()> {
    let mut channel = Channel { stream, buffer };
    let mut known = false;
    loop {
        let (opcode, payload) = channel.frame().await?;
        match opcode {
            TEXT => {
                known |= is_login(&payload, cookies);
                radio.device.received("ws", if known { "login accepted" } else { "login refused" });
                if !known {
                    return channel.send(CLOSE, &1008_u16.to_be_bytes()).await;
                }
                channel.send(TEXT, json!({"message": {"command": 6, "result": "ok"}}).to_string().as_bytes()).await?;
            }
            BINARY => {
                let key = subscription(&payload);
                let noted = key.as_ref().map_or("message".to_owned(), |(key, ..)| format!("subscribe {key}"));
                radio.device.received("ws", noted);
                if !known {
                    return channel.send(CLOSE, &1008_u16.to_be_bytes()).await;
                }
                if let Some((key, plugin, number)) = key {
                    // Others hear of other things meanwhile.
                    channel.send(BINARY, b"\x01\x00\x07\x00heartbeat").await?;
                    if key == UPTIME && plugin == STATUS_PLUGIN {
                        let uptime = radio.facts().uptime(radio.now()).max(0.0) as u64;
                        let [high, low] = number.to_be_bytes();
                        let mut value = vec![0x34, high, low, 0, 1];
                        value.extend(uptime.to_string().into_bytes());
                        channel.send(BINARY, &value).await?;
                    }
                }
            }
            PING => channel.send(PONG, &payload).await?,
            CLOSE => return channel.send(CLOSE, &payload).await,
            _ => {}
        }
    }
}

/// `{"token": SHORT, "message": {"command": 6, "data": {"token": COOKIE}}}`.
fn is_login(payload: &[u8], cookies: &Cookies) -> bool {
    let Ok(message) = serde_json::from_slice::<Value>(payload) else { return false };
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let cookie = text("/message/data/token");
    let short = cookie.split('-').next().unwrap_or_default();
    message.pointer("/message/command") == Some(&json!(6)) && cookies.knows(&cookie) && text("/token") == short
}

/// `01 00 00 00 01` and `{"key", "pluginId", "channelId"}`: what is subscribed to, of which plugin, over which channel.
fn subscription(payload: &[u8]) -> Option<(String, u64, u16)> {
    let message: Value = serde_json::from_slice(payload.strip_prefix(&[1, 0, 0, 0, 1])?).ok()?;
    let number = |name: &str| message.get(name).and_then(Value::as_u64);
    let channel = number("channelId").and_then(|number| u16::try_from(number).ok())?;
    Some((message.get("key")?.as_str()?.to_owned(), number("pluginId")?, channel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_rfc() {
        assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn subscriptions_are_told_from_noise() {
        let mut frame = vec![1, 0, 0, 0, 1];
        frame.extend(br#"{"key":"system_status_1","pluginId":52,"channelId":1}"#);
        assert_eq!(subscription(&frame), Some(("system_status_1".to_owned(), 52, 1)));
        assert_eq!(subscription(b"\x01\x00\x07\x00heartbeat"), None);
    }
}
