//! `show running-config snmp`: mode and community (6.10).

use crate::model::Secret;

/// What is configured. What was not told is none, and what was told in two ways too.
#[derive(Debug, Clone, Default)]
pub struct SnmpConfig {
    /// `v2c-only`, or another word.
    pub mode: Option<String>,
    /// The community.
    pub community: Option<Secret>,
}

impl SnmpConfig {
    /// Reads the section's lines: `snmp WORD` is the mode, `snmp community TEXT` the community.
    pub fn parse(text: &str) -> Self {
        let (mut modes, mut communities) = (Vec::new(), Vec::new());
        for line in text.lines().map(str::trim_end) {
            let Some(rest) = line.strip_prefix("snmp ") else { continue };
            match rest.split_once(' ') {
                Some(("community", value)) => communities.push(unquoted(value.trim())),
                // Other leaves of it, with a value, and negated ones.
                Some(_) => {}
                None => modes.push(rest),
            }
        }
        Self { mode: one(&modes).map(str::to_owned), community: one(&communities).map(Secret::new) }
    }

    /// Whether both are as wanted.
    pub fn is(&self, mode: &str, community: &Secret) -> bool {
        self.mode.as_deref() == Some(mode) && self.has_community(community) == Some(true)
    }

    /// Whether it is this community; none where it is not known.
    pub fn has_community(&self, community: &Secret) -> Option<bool> {
        Some(self.community.as_ref()?.expose() == community.expose())
    }
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

fn one<'a>(values: &[&'a str]) -> Option<&'a str> {
    let (first, rest) = values.split_first()?;
    rest.iter().all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mode_and_community_are_words_of_their_own() {
        let secret = Secret::new("c0mm-unity");
        let read = SnmpConfig::parse("snmp v2c-only\r\nsnmp community c0mm-unity\r\n");
        assert!(read.is("v2c-only", &secret) && !read.is("v3-only", &secret));
        assert!(SnmpConfig::parse("snmp community \"c0mm-unity\"\n").has_community(&secret).unwrap());
        for text in [
            "",
            "snmp v2c-only\n",
            "snmp v2c-only\nsnmp v3-only\nsnmp community c0mm-unity\n",
            "snmp v2c-only\nsnmp community c0mm-unity2\n",
            "snmp v2c-only\nsnmp community c0mm-unity\nsnmp community public\n",
            "description snmp v2c-only\nsnmp community c0mm-unity\n",
            "no snmp v2c-only\nsnmp community c0mm-unity\n",
        ] {
            assert!(!SnmpConfig::parse(text).is("v2c-only", &secret), "{text}");
        }
        assert_eq!(SnmpConfig::parse("snmp v2c-only\n").has_community(&secret), None);
        assert!(!format!("{read:?}").contains("c0mm"));
    }
}
