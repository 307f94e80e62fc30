//! What RouterOS prints, as values. Pure: no I/O, no time, no device.

pub mod errors;
pub mod export;
pub mod fields;
pub mod health;
pub mod identity;
pub mod interfaces;
pub mod normalise;
pub mod resource;
pub mod routerboard;
pub mod size;
pub mod uptime;
pub mod version;

#[cfg(test)]
mod recordings;

use std::borrow::Cow;

/// Text of a device: UTF-8 line by line, and ISO 8859-1 for a line that is not (WinBox users type such comments),
/// so that one foreign byte does not spoil the rest.
pub fn decode(raw: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(raw) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(raw.len() + raw.len() / 8);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        match std::str::from_utf8(line) {
            Ok(line) => text.push_str(line),
            Err(_) => text.extend(line.iter().copied().map(char::from)),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_utf8_is_read_as_latin_1_and_alone() {
        assert_eq!(decode("ñ\n".as_bytes()), "ñ\n");
        assert_eq!(decode(b"a \xf1\n\xc3\xb1\n"), "a ñ\nñ\n");
    }
}
