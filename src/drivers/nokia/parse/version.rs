//! Releases of SR OS.

use std::fmt;

/// A release: `22.10.R9`, built as `B` (everything on one board) or `C` (control plane).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `B`, `C`; none where it is not said.
    pub image: Option<char>,
    /// `22.10.R9`, `19.5.B1-12`.
    pub release: String,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.release)
    }
}

impl Version {
    /// `TiMOS-B-22.10.R9`, `B-25.10.R2`, `22.10.R9`; none if the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("TiMOS-").unwrap_or(text);
        let (image, release) = match text.split_once('-') {
            Some((image, release)) if image.len() == 1 => {
                (Some(image.chars().next().filter(char::is_ascii_uppercase)?), release)
            }
            _ => (None, text),
        };
        let mut parts = release.split('.');
        let is_number = |part: &str| !part.is_empty() && part.len() <= 3 && part.chars().all(|c| c.is_ascii_digit());
        let (major, minor, last) = (parts.next()?, parts.next()?, parts.next()?);
        let mut letters = last.chars();
        let is_release = letters.next().is_some_and(|c| c.is_ascii_uppercase())
            && letters.clone().next().is_some_and(|c| c.is_ascii_digit())
            && letters.all(|c| c.is_ascii_digit() || c == '-');
        (is_number(major) && is_number(minor) && is_release && parts.next().is_none())
            .then(|| Self { image, release: release.to_owned() })
    }

    /// The release in a line such as `TiMOS-B-22.10.R9 both/hops64 Nokia 7250 IXR Copyright ...`.
    pub fn find(line: &str) -> Option<Self> {
        line.split_whitespace()
            .map(|word| word.trim_matches('"'))
            .find(|word| word.starts_with("TiMOS-"))
            .and_then(Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n12_versions_with_and_without_their_prefix() {
        for (text, image, release) in [
            ("TiMOS-B-22.10.R9", Some('B'), "22.10.R9"),
            ("B-25.10.R2", Some('B'), "25.10.R2"),
            ("C-21.10.R2", Some('C'), "21.10.R2"),
            ("22.10.R3", None, "22.10.R3"),
            ("TiMOS-C-19.5.B1-12", Some('C'), "19.5.B1-12"),
        ] {
            let version = Version::parse(text).unwrap();
            assert_eq!((version.image, version.release.as_str()), (image, release), "{text}");
        }
        for text in
            ["", "TiMOS-", "7.16", "TiMOS-B-22.10", "22.10.9", "B-22.10.R", "TiMOS-B-x.y.R1", "1.2.3.R4", "b-22.10.R1"]
        {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        let line = "# TiMOS-B-24.10.R2 both/hops64 Nokia 7250 IXR Copyright (c) 2000-2024 Nokia.";
        assert_eq!(Version::find(line).unwrap().to_string(), "24.10.R2");
        assert_eq!(Version::find("RouterOS 7.16"), None);
    }
}
