//! How a config differs from the one it should be: lines that are missing, lines that are too many, lines of which
//! the value is another one. The order of lines does not count, what changes by itself is left out.
//!
//! A line is known by itself and by the lines that it stands indented below, so that `shutdown` under one port is not
//! that under another.

use std::collections::{BTreeMap, HashMap};

use regex::{RegexSet, RegexSetBuilder};

/// Names of values that change by themselves, compared whole and without regard to case.
const CHANGING: [&str; 18] = [
    "uptime",
    "up-time",
    "up_time",
    "sysuptime",
    "time",
    "date",
    "timestamp",
    "system-time",
    "systemtime",
    "last-change",
    "last_change",
    "lastchange",
    "hash",
    "checksum",
    "crc",
    "md5",
    "sha1",
    "sha256",
];

/// Lines that only close a block.
const CLOSING: [&str; 9] = ["exit", "exit all", "end", "}", "},", "]", "],", ")", "!"];

/// Between the lines of a place.
const WITHIN: &str = " > ";

/// Memory that the patterns of the settings may compile to, bytes.
const COMPILED: usize = 4 * 1024 * 1024;

/// What is left out of a comparison.
#[derive(Debug, Clone, Default)]
pub struct Volatile(RegexSet);

/// A pattern that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{pattern}' is no regular expression: {why}")]
pub struct VolatileError {
    /// Which.
    pub pattern: String,
    /// What is wrong with it.
    pub why: String,
}

impl Volatile {
    /// Lines that any of `patterns` (regular expressions, anywhere in the line) matches are left out, beside comments
    /// and values of which the name says that they change by themselves.
    pub fn new(patterns: &[String]) -> Result<Self, VolatileError> {
        for pattern in patterns {
            let one = RegexSetBuilder::new([pattern]).size_limit(COMPILED).build();
            one.map_err(|error| VolatileError { pattern: pattern.clone(), why: last_line(&error) })?;
        }
        let all = RegexSetBuilder::new(patterns).size_limit(COMPILED).build();
        all.map(Self).map_err(|error| VolatileError { pattern: patterns.join(", "), why: last_line(&error) })
    }

    fn leaves_out(&self, line: &str) -> bool {
        if line.starts_with(['#', '!']) || self.0.is_match(line) {
            return true;
        }
        let name = key(line).rsplit(|letter: char| letter.is_whitespace()).next().unwrap_or_default();
        let name = name.trim_matches(['"', '\'']);
        CHANGING.iter().any(|changing| changing.eq_ignore_ascii_case(name))
    }
}

/// The regular expression's own error draws the pattern with a mark; its last line is the sentence.
pub(super) fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned()
}

/// A line of a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in its text, from 1.
    pub number: usize,
    /// The lines it stands below, joined with ` > `; empty at the top.
    pub within: String,
    /// Without the blanks around it.
    pub text: String,
}

/// A line that is there with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Different {
    /// What both lines begin with.
    pub key: String,
    /// As it should be.
    pub expected: Line,
    /// As it is.
    pub actual: Line,
}

/// What is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drift {
    /// Expected and not there.
    pub missing: Vec<Line>,
    /// There and not expected.
    pub extra: Vec<Line>,
    /// There with another value.
    pub different: Vec<Different>,
    /// Lines of both texts that were not compared, since they change by themselves or say nothing.
    pub left_out: usize,
}

impl Drift {
    /// Everything is as it should be.
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.different.is_empty()
    }
}

/// Compares `actual` with what is `expected`.
pub fn drift(expected: &str, actual: &str, volatile: &Volatile) -> Drift {
    let mut found = Drift::default();
    let wanted = lines(expected, volatile, &mut found.left_out);
    let there = lines(actual, volatile, &mut found.left_out);
    let mut counted: HashMap<(&str, &str), usize> = HashMap::new();
    for line in &there {
        *counted.entry(line.identity()).or_default() += 1;
    }
    for line in &wanted {
        match counted.get_mut(&line.identity()).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => found.missing.push(line.clone()),
        }
    }
    let mut counted: HashMap<(&str, &str), usize> = HashMap::new();
    for line in &wanted {
        *counted.entry(line.identity()).or_default() += 1;
    }
    for line in &there {
        match counted.get_mut(&line.identity()).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => found.extra.push(line.clone()),
        }
    }
    pair(&mut found);
    found
}

/// A missing and an extra line that share their place and their key, and are the only ones of it, are one line with
/// another value.
fn pair(found: &mut Drift) {
    type Numbers = (Vec<usize>, Vec<usize>);
    let mut keys: BTreeMap<(String, String), Numbers> = BTreeMap::new();
    for (at, line) in found.missing.iter().enumerate() {
        keys.entry((line.within.clone(), key(&line.text).to_owned())).or_default().0.push(at);
    }
    for (at, line) in found.extra.iter().enumerate() {
        keys.entry((line.within.clone(), key(&line.text).to_owned())).or_default().1.push(at);
    }
    let (mut missing, mut extra) = (Vec::new(), Vec::new());
    for ((_, key), (gone, new)) in keys {
        let ([gone], [new]) = (gone.as_slice(), new.as_slice()) else { continue };
        let (Some(expected), Some(actual)) = (found.missing.get(*gone), found.extra.get(*new)) else { continue };
        if key.is_empty() {
            continue;
        }
        found.different.push(Different { key, expected: expected.clone(), actual: actual.clone() });
        missing.push(*gone);
        extra.push(*new);
    }
    without(&mut found.missing, &missing);
    without(&mut found.extra, &extra);
    found.different.sort_by_key(|different| different.expected.number);
}

fn without(lines: &mut Vec<Line>, gone: &[usize]) {
    let mut at = 0;
    lines.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

impl Line {
    /// What makes two lines the same one. The comma after a member of a JSON object depends on the order.
    fn identity(&self) -> (&str, &str) {
        let text = self.text.as_str();
        let text = if text.starts_with('"') { text.strip_suffix(',').unwrap_or(text) } else { text };
        (&self.within, text)
    }
}

/// What a line is about: the part before its value.
fn key(line: &str) -> &str {
    let line = line.trim().trim_end_matches(',');
    let sign = [line.find('='), line.find(": ")].into_iter().flatten().min();
    let part = match sign {
        Some(at) => line.get(..at),
        None => line.rsplit_once(char::is_whitespace).map(|(key, _)| key),
    };
    part.unwrap_or_default().trim()
}

fn lines(text: &str, volatile: &Volatile, left_out: &mut usize) -> Vec<Line> {
    let mut found = Vec::new();
    // The lines that the next one may stand below: how far they are indented, and what they say.
    let mut above: Vec<(usize, String)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || CLOSING.contains(&trimmed) {
            continue;
        }
        if volatile.leaves_out(trimmed) {
            *left_out += 1;
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        while above.last().is_some_and(|(other, _)| *other >= indent) {
            above.pop();
        }
        let within = above.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(WITHIN);
        found.push(Line { number: at + 1, within, text: trimmed.to_owned() });
        above.push((indent, trimmed.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(number: usize, within: &str, text: &str) -> Line {
        Line { number, within: within.to_owned(), text: text.to_owned() }
    }

    fn compare(expected: &str, actual: &str) -> Drift {
        drift(expected, actual, &Volatile::default())
    }

    #[test]
    fn order_and_comments_and_time_do_not_count() {
        let expected = "# made by hand\n/ip dns set servers=192.0.2.53\n/system identity set name=a\n";
        let actual = "# 2026-11-22 by RouterOS\n/system identity set name=a\n\n/ip dns set servers=192.0.2.53\n";
        let found = compare(expected, actual);
        assert!(found.is_none());
        assert_eq!(found.left_out, 2);
        let found = compare("\"a\": 1,\n\"uptime\": 5\n", "\"uptime\": 9,\n\"a\": 1\n");
        assert!(found.is_none(), "{found:?}");
    }

    #[test]
    fn missing_extra_and_different_lines_are_told_apart() {
        let expected = "/ip dns set servers=192.0.2.53\n/ip service set telnet disabled=yes\n/snmp set enabled=yes\n";
        let actual = "/ip dns set servers=192.0.2.54\n/snmp set enabled=yes\n/tool romon set enabled=yes\n";
        let found = compare(expected, actual);
        assert_eq!(found.missing, [line(2, "", "/ip service set telnet disabled=yes")]);
        assert_eq!(found.extra, [line(3, "", "/tool romon set enabled=yes")]);
        assert_eq!(
            found.different,
            [Different {
                key: "/ip dns set servers".to_owned(),
                expected: line(1, "", "/ip dns set servers=192.0.2.53"),
                actual: line(1, "", "/ip dns set servers=192.0.2.54"),
            }]
        );
    }

    #[test]
    fn a_line_is_known_by_what_it_stands_below() {
        let expected = "port 1/1/1\n    shutdown\nexit\nport 1/1/2\n    no shutdown\nexit\n";
        let actual = "port 1/1/1\n    no shutdown\nexit\nport 1/1/2\n    no shutdown\nexit\n";
        let found = compare(expected, actual);
        assert_eq!(found.missing, [line(2, "port 1/1/1", "shutdown")]);
        assert_eq!(found.extra, [line(2, "port 1/1/1", "no shutdown")]);
        assert_eq!(found.different, []);
    }

    #[test]
    fn the_same_line_twice_is_not_the_same_as_once() {
        let found = compare("rule accept\nrule accept\n", "rule accept\n");
        assert_eq!(found.missing, [line(2, "", "rule accept")]);
        assert_eq!(compare("rule accept\n", "rule accept\nrule accept\n").extra, [line(2, "", "rule accept")]);
    }

    #[test]
    fn several_lines_of_one_key_are_not_paired_by_guess() {
        let found = compare("/user add name=a\n/user add name=b\n", "/user add name=c\n/user add name=d\n");
        assert_eq!((found.missing.len(), found.extra.len(), found.different.len()), (2, 2, 0));
    }

    #[test]
    fn patterns_of_the_settings_leave_lines_out() {
        let volatile = Volatile::new(&["^set location ".to_owned()]).unwrap();
        let found = drift("set location here\nset name a\n", "set location there\nset name b\n", &volatile);
        assert_eq!((found.left_out, found.different.len()), (2, 1));
        assert_eq!(found.different[0].key, "set name");
        let wrong = Volatile::new(&["ok".to_owned(), "(".to_owned()]).unwrap_err();
        assert_eq!(wrong.to_string(), "'(' is no regular expression: unclosed group");
    }

    proptest! {
        #[test]
        fn a_config_does_not_drift_from_itself(text in "([ ]{0,3}[a-c=: ]{0,6}\n){0,12}") {
            prop_assert!(compare(&text, &text).is_none());
        }

        #[test]
        fn any_texts_are_compared_without_a_panic(one in any::<String>(), other in any::<String>()) {
            let (there, back) = (compare(&one, &other), compare(&other, &one));
            prop_assert_eq!(there.missing.len(), back.extra.len());
            prop_assert_eq!(there.different.len(), back.different.len());
        }
    }
}
