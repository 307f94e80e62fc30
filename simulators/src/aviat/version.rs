//! Software versions: `X.Y.Z(B.R)` on the command line, `X.Y.Z.B.R` in file names and over SNMP.

use std::fmt;

/// A software version with build and revision. Ordered by its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    numbers: [u32; 3],
    build: [u32; 2],
}

/// Build and revision of the releases that are known by name; another one has [`UNKNOWN_BUILD`].
const BUILDS: &[([u32; 3], [u32; 2])] = &[
    ([2, 7, 0], [11, 4349]),
    ([2, 10, 3], [7, 5120]),
    ([2, 11, 11], [18, 6069]),
    ([6, 1, 0], [11, 52799]),
    ([6, 2, 4], [12, 59373]),
];

/// Of a release whose build nobody said.
const UNKNOWN_BUILD: [u32; 2] = [1, 1000];

impl Version {
    /// Reads `2.11.11`, `2.11.11.18.6069` or `2.11.11(18.6069)`. None: less than three numbers, or not numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches(')').replace('(', ".");
        let parts: Vec<u32> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let (numbers, build) = match parts.as_slice() {
            [a, b, c] => ([*a, *b, *c], None),
            [a, b, c, d] => ([*a, *b, *c], Some([*d, 0])),
            [a, b, c, d, e] => ([*a, *b, *c], Some([*d, *e])),
            _ => return None,
        };
        let known = BUILDS.iter().find(|(release, _)| *release == numbers).map(|(_, build)| *build);
        Some(Self { numbers, build: build.or(known).unwrap_or(UNKNOWN_BUILD) })
    }

    /// The version that a package's name says: `wtm4100-6.2.4.12.59373.swpack`, also at the end of a path.
    pub fn of_package(path: &str) -> Option<Self> {
        let name = path.split(['?', '#']).next()?.rsplit('/').next()?;
        let (_, version) = name.strip_suffix(".swpack")?.split_once('-')?;
        Self::parse(version)
    }

    /// 6.x rather than 2.x.
    pub fn is_six(self) -> bool {
        self.numbers >= [6, 0, 0]
    }

    /// Before 2.11, whose agent was the first that stands many requests.
    pub fn before_2_11(self) -> bool {
        self.numbers < [2, 11, 0]
    }

    /// As in file names: all five numbers with dots.
    pub fn dotted(self) -> String {
        let ([a, b, c], [d, e]) = (self.numbers, self.build);
        format!("{a}.{b}.{c}.{d}.{e}")
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([a, b, c], [d, e]) = (self.numbers, self.build);
        write!(out, "{a}.{b}.{c}({d}.{e})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_in_all_its_forms() {
        for text in ["2.11.11", "2.11.11.18.6069", "2.11.11(18.6069)"] {
            let version = Version::parse(text).unwrap();
            assert_eq!(
                (version.to_string().as_str(), version.dotted().as_str()),
                ("2.11.11(18.6069)", "2.11.11.18.6069")
            );
        }
        assert_eq!(Version::parse("6.3.0").unwrap().to_string(), "6.3.0(1.1000)");
        assert_eq!(Version::parse("idle"), None);
        assert!(Version::parse("2.10.9") < Version::parse("2.11.11"));
    }

    #[test]
    fn packages_say_their_version() {
        let package = Version::of_package("/fw/wtm4100-6.2.4.12.59373.swpack?x=1");
        assert_eq!(package, Version::parse("6.2.4"));
        assert_eq!(Version::of_package("/fw/readme.txt"), None);
        assert_eq!(Version::of_package("/fw/wtm4100-latest.swpack"), None);
    }
}
