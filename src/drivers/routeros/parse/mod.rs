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

/// Lines of a text without their `\n`; what follows the last one is a line too, also if it is empty. As `split('\n')`, at
/// a third of its cost.
pub fn lines(text: &str) -> Lines<'_> {
    Lines { rest: Some(text) }
}

/// See [`lines`].
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: Option<&'a str>,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let split = memchr::memchr(b'\n', rest.as_bytes()).and_then(|at| rest.split_at_checked(at));
        match split {
            Some((line, after)) => {
                self.rest = after.get(1..);
                Some(line)
            }
            None => self.rest.take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_split_does() {
        for text in ["", "\n", "a", "a\n", "a\r\nb", "\n\na\n\n", "ñ\nñ"] {
            assert_eq!(lines(text).collect::<Vec<_>>(), text.split('\n').collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn a_line_that_is_not_utf8_is_read_as_latin_1_and_alone() {
        assert_eq!(decode("ñ\n".as_bytes()), "ñ\n");
        assert_eq!(decode(b"a \xf1\n\xc3\xb1\n"), "a ñ\nñ\n");
    }
}
