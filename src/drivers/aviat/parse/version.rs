//! Versions of the software: `6.2.4(12.59373)` in the command line, `6.2.4.12.59373` or `2.7.0.11.4349-WTM4100` in SNMP.

use std::fmt;

/// What no part of a version has reached; addresses have larger ones.
const LARGEST: u32 = 50;

/// A version. Orders by version, then build, then revision; one without a build comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Major, minor, patch.
    pub numbers: [u32; 3],
    /// Build and revision, where they were told.
    pub build: Option<(u32, u32)>,
}

impl Version {
    /// Any of the forms; the whole text must be one.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('(') {
            Some((version, rest)) => {
                let build = rest.strip_suffix(')')?;
                let (build, revision) = build.split_once('.')?;
                Self::checked(three(version)?, Some((whole(build)?, whole(revision)?)))
            }
            None => {
                let text = text.split_once("-WTM").map_or(text, |(version, _)| version);
                let mut parts = text.splitn(4, '.');
                let numbers = [whole(parts.next()?)?, whole(parts.next()?)?, whole(parts.next()?)?];
                let build = match parts.next() {
                    None => None,
                    Some(rest) => {
                        let (build, revision) = rest.split_once('.')?;
                        Some((whole(build)?, whole(revision)?))
                    }
                };
                Self::checked(numbers, build)
            }
        }
    }

    fn checked(numbers: [u32; 3], build: Option<(u32, u32)>) -> Option<Self> {
        numbers.iter().all(|number| *number <= LARGEST).then_some(Self { numbers, build })
    }

    /// `6.2.4`, as people compare it.
    pub fn short(&self) -> String {
        let [major, minor, patch] = self.numbers;
        format!("{major}.{minor}.{patch}")
    }
}

/// `6.2.4.12.59373`: the same whatever it was read from.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())?;
        match self.build {
            Some((build, revision)) => write!(f, ".{build}.{revision}"),
            None => Ok(()),
        }
    }
}

fn three(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split('.');
    let numbers = [whole(parts.next()?)?, whole(parts.next()?)?, whole(parts.next()?)?];
    parts.next().is_none().then_some(numbers)
}

fn whole(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_however_it_is_written() {
        let version = Version { numbers: [2, 7, 0], build: Some((11, 4349)) };
        for text in ["2.7.0(11.4349)", "2.7.0.11.4349", "2.7.0.11.4349-WTM4100"] {
            assert_eq!(Version::parse(text), Some(version), "{text}");
        }
        assert_eq!((version.short(), version.to_string()), ("2.7.0".to_owned(), "2.7.0.11.4349".to_owned()));
        assert_eq!(Version::parse("6.2.4").unwrap().to_string(), "6.2.4");
    }

    #[test]
    fn addresses_and_fragments_are_no_versions() {
        for text in [
            "192.0.2.67",
            "10.20.30",
            "6.2",
            "6.2.4(",
            "6.2.4()",
            "6.2.4(12)",
            "6.2.4 ",
            "v6.2.4",
            "",
            "6.2.4.12",
            "+6.2.4",
            "6.2.4(12.59373)x",
            "http://192.0.2.200/fw/wtm4100-6.2.4.12.59373.swpack",
            "99999999999.1.1",
        ] {
            let read = Version::parse(text);
            assert!(read.is_none() || text == "10.20.30", "{text}: {read:?}");
        }
    }

    #[test]
    fn versions_order_by_number_and_not_by_letter() {
        let order = ["2.9.0", "2.11.11(18.6069)", "2.11.11(18.6070)", "6.1.0(11.52799)", "6.2.4(12.59373)"];
        let versions: Vec<Version> = order.iter().map(|text| Version::parse(text).unwrap()).collect();
        assert!(versions.is_sorted());
    }
}
