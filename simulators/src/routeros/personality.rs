//! What differs between RouterOS releases.

use std::fmt;

/// A RouterOS version, `7.16` or `6.49.17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 { write!(out, ".{}", self.patch) } else { Ok(()) }
    }
}

impl Version {
    /// Reads `7.16`, `7.16.2`; what is not a number counts as 0, what is absent too.
    pub fn parse(text: &str) -> Self {
        let mut parts = text.trim().split('.').map(|part| part.parse().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        Self { major: next(), minor: next(), patch: next() }
    }

    fn from(self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }

    /// v6 and older.
    pub fn is_v6(self) -> bool {
        self.major < 7
    }

    /// The export's header says `2024-10-25`, not `oct/25/2024`.
    pub fn iso_dates(self) -> bool {
        self.from(7, 10)
    }

    /// The build time says `2024-06-26`, not `Dec/20/2023`: recorded so from 7.15, the other way up to 7.12.
    pub fn iso_build(self) -> bool {
        self.from(7, 13)
    }

    /// `show-sensitive` is an argument of export; secrets are hidden without it.
    pub fn hides_secrets(self) -> bool {
        !self.is_v6()
    }

    /// A failed exec is noted in the router's log as a script error.
    pub fn logs_failed_exec(self) -> bool {
        self.from(7, 15)
    }

    /// The password is asked for at every login while it is empty, not only at the first.
    pub fn always_nags(self) -> bool {
        self.from(7, 21)
    }

    /// What stands in brackets after the version.
    pub fn channel(self) -> &'static str {
        if self.is_v6() { "long-term" } else { "stable" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_decide() {
        let (old, late6, seven9, seven10) = ("6.47.10", "6.49.17", "7.9.1", "7.10.1");
        assert_eq!(Version::parse(late6).to_string(), late6);
        assert_eq!(Version::parse("7.16").to_string(), "7.16");
        assert!(Version::parse(old).is_v6() && !Version::parse(seven9).is_v6());
        assert!(!Version::parse(seven9).iso_dates() && Version::parse(seven10).iso_dates());
    }
}
