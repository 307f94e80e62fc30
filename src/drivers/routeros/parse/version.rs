//! RouterOS versions.

use std::cmp::Ordering;
use std::fmt;

/// How far a version had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// `7.21beta3`.
    Beta(u32),
    /// `7.1rc4`.
    Candidate(u32),
    /// `7.16`, `7.15.2`.
    Release(u32),
}

/// A version such as `7.15.2`; ordered as the vendor releases them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 6 or 7.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number, or what came before a release.
    pub stage: Stage,
}

/// A version with the channel it came through, as `/system resource print` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The version.
    pub version: Version,
    /// `stable`, `long-term`, `testing`, ...; none where it is not said.
    pub channel: Option<String>,
}

impl Version {
    /// `6.49`, `7.15.2`, `7.21beta3`, `7.1rc4`; none if the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (major, rest) = text.split_once('.')?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (minor, tail) = rest.split_at_checked(digits)?;
        let stage = if tail.is_empty() {
            Stage::Release(0)
        } else if let Some(patch) = tail.strip_prefix('.') {
            Stage::Release(number(patch)?)
        } else if let Some(n) = tail.strip_prefix("beta") {
            Stage::Beta(number(n)?)
        } else {
            Stage::Candidate(number(tail.strip_prefix("rc")?)?)
        };
        Some(Self { major: number(major)?, minor: number(minor)?, stage })
    }

    /// Whether an export hides secrets unless told otherwise, which is also whether `show-sensitive` is understood.
    pub fn hides_secrets(self) -> bool {
        self.major >= 7
    }

    /// Whether this is at least the release `major.minor`.
    pub fn at_least(self, major: u32, minor: u32) -> bool {
        self.cmp(&Self { major, minor, stage: Stage::Release(0) }) != Ordering::Less
    }
}

fn number(text: &str) -> Option<u32> {
    text.chars().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        match self.stage {
            Stage::Release(0) => Ok(()),
            Stage::Release(patch) => write!(f, ".{patch}"),
            Stage::Beta(n) => write!(f, "beta{n}"),
            Stage::Candidate(n) => write!(f, "rc{n}"),
        }
    }
}

impl Installed {
    /// `7.15.2 (stable)`, `6.48.6 (long-term)`, `7.16`; none if it does not begin with a version.
    pub fn parse(text: &str) -> Option<Self> {
        let (version, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let channel = rest.trim().strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(channel, _)| channel);
        let channel = channel.filter(|channel| !channel.is_empty()).map(str::to_owned);
        Some(Self { version: Version::parse(version)?, channel })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_written_and_ordered() {
        let version = |text| Version::parse(text).unwrap();
        for text in ["6.49", "6.49.17", "7.15.2", "7.21beta3", "7.1rc4"] {
            assert_eq!(version(text).to_string(), text);
        }
        assert!(version("7.9.1") < version("7.10"));
        assert!(version("7.1beta6") < version("7.1rc1") && version("7.1rc1") < version("7.1"));
        assert!(!version("6.49.18").hides_secrets() && version("7.1beta6").hides_secrets());
        assert!(version("7.10").at_least(7, 10) && !version("7.10rc1").at_least(7, 10));
        for wrong in ["", "7", "7.", "v7.1", "7.1.2.3", "7.1x", "7.+1", "expected end of command"] {
            assert_eq!(Version::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_channel_stands_in_brackets() {
        let installed = Installed::parse("6.48.6 (long-term)").unwrap();
        assert_eq!(
            (installed.version.to_string().as_str(), installed.channel.as_deref()),
            ("6.48.6", Some("long-term"))
        );
        assert_eq!(Installed::parse("7.16").unwrap().channel, None);
        assert_eq!(Installed::parse("bad command name"), None);
    }
}
