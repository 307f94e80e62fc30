//! The web channel's cookie and frames (12).

use std::time::Duration;

use serde_json::json;

use crate::model::Secret;

/// The cookie's name.
pub const COOKIE: &str = "sesh";
/// More digits than this are no uptime: 10^10 seconds are three hundred years.
const MOST_DIGITS: usize = 10;

/// The cookie of a login, from one `Set-Cookie` header.
pub fn cookie(header: &str) -> Option<Secret> {
    let (name, value) = header.split(';').next()?.trim().split_once('=')?;
    let value = value.trim();
    let sound = !value.is_empty() && value.len() <= 512 && value.bytes().all(|byte| byte.is_ascii_graphic());
    // Its token is what stands before the first dash.
    (name.trim() == COOKIE && sound && value.find('-').is_some_and(|at| at > 0)).then(|| Secret::new(value))
}

/// The first message: proves the login.
pub fn login(cookie: &Secret) -> String {
    let full = cookie.expose();
    let short = full.split('-').next().unwrap_or_default();
    json!({ "token": short, "message": { "command": 6, "data": { "token": full } } }).to_string()
}

/// The second: subscribes to the uptime. Broker, channel 0, then what is wanted of plugin 52 on channel 1.
pub fn subscription() -> Vec<u8> {
    let mut frame = vec![1, 0, 0, 0, 1];
    frame.extend(br#"{"key":"system_status_1","pluginId":52,"channelId":1}"#);
    frame
}

/// The value that was subscribed to: plugin 52, channel 1, then seconds in decimal digits and nothing behind them.
pub fn uptime(frame: &[u8]) -> Option<Duration> {
    let digits = frame.strip_prefix(&[52, 0, 1, 0, 1])?;
    let sound = !digits.is_empty() && digits.len() <= MOST_DIGITS && digits.iter().all(u8::is_ascii_digit);
    let seconds: u64 = std::str::from_utf8(digits).ok().filter(|_| sound)?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_has_a_token_in_front() {
        assert_eq!(cookie("sesh=0a1b2c3d-4e5f6071; Path=/").unwrap().expose(), "0a1b2c3d-4e5f6071");
        for header in ["", "sesh=", "sesh=0a1b", "sesh=-4e", "other=0a-1b", "sesh=0a 1b-2", "sesh", "x; sesh=0a-1b"] {
            assert!(cookie(header).is_none(), "{header}");
        }
        let login = login(&Secret::new("0a1b2c3d-4e5f-6071"));
        assert_eq!(login, r#"{"token":"0a1b2c3d","message":{"command":6,"data":{"token":"0a1b2c3d-4e5f-6071"}}}"#);
    }

    #[test]
    fn only_the_frame_that_was_subscribed_to_is_the_uptime() {
        assert_eq!(uptime(b"\x34\x00\x01\x00\x01864000"), Some(Duration::from_secs(864_000)));
        for frame in [
            b"\x34\x00\x01\x00\x01".as_slice(),
            b"\x34\x00\x01\x00\x01-5",
            b"\x34\x00\x01\x00\x0112 ",
            b"\x34\x00\x02\x00\x0112",
            b"\x35\x00\x01\x00\x0112",
            b"\x34\x00\x01\x00\x0112345678901",
            b"\x01\x00\x07\x00heartbeat",
            b"",
        ] {
            assert_eq!(uptime(frame), None, "{frame:?}");
        }
        assert_eq!(
            subscription(),
            b"\x01\x00\x00\x00\x01{\"key\":\"system_status_1\",\"pluginId\":52,\"channelId\":1}"
        );
    }
}
