//! Where something stands in a text: a word, or a regular expression, line by line, within bounds.

use regex::{Regex, RegexBuilder};

use super::drift::last_line;

/// Longest pattern, bytes.
pub const PATTERN_MAX: usize = 512;

/// Memory that a pattern may compile to, bytes.
const COMPILED: usize = 1024 * 1024;

/// Most characters of a line that are shown.
const SHOWN: usize = 400;

/// What is looked for. A regular expression is matched in time linear to the text, whatever it is.
#[derive(Debug, Clone)]
pub struct Query(Regex);

/// A pattern that cannot be looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Nothing.
    #[error("there is nothing to look for")]
    Empty,
    /// Too long.
    #[error("a pattern has at most {PATTERN_MAX} bytes")]
    TooLong,
    /// Not one, or one that compiles to too much.
    #[error("not a regular expression: {0}")]
    Wrong(String),
}

/// A line that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Number of the line, from 1.
    pub line: usize,
    /// The line without the blanks around it, at most 400 characters.
    pub text: String,
}

impl Query {
    /// A text, found in upper and lower case alike, or a regular expression as it is written.
    pub fn new(pattern: &str, regex: bool) -> Result<Self, QueryError> {
        if pattern.is_empty() {
            return Err(QueryError::Empty);
        }
        if pattern.len() > PATTERN_MAX {
            return Err(QueryError::TooLong);
        }
        let source = if regex { pattern.to_owned() } else { regex::escape(pattern) };
        let built = RegexBuilder::new(&source).case_insensitive(!regex).size_limit(COMPILED).build();
        built.map(Self).map_err(|error| QueryError::Wrong(last_line(&error)))
    }

    /// The first `most` lines of the text that have it.
    pub fn lines(&self, text: &str, most: usize) -> Vec<Hit> {
        let found = text.lines().enumerate().filter(|(_, line)| self.0.is_match(line));
        found
            .take(most)
            .map(|(at, line)| Hit { line: at + 1, text: line.trim().chars().take(SHOWN).collect() })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, regex: bool, text: &str) -> Vec<(usize, String)> {
        Query::new(pattern, regex).unwrap().lines(text, 10).into_iter().map(|hit| (hit.line, hit.text)).collect()
    }

    const TEXT: &str = "/ip dns set servers=192.0.2.53\n  /IP service\nadd comment=\"a.b\"\n";

    #[test]
    fn a_text_is_itself_in_any_case() {
        assert_eq!(
            found("/ip", false, TEXT),
            [(1, "/ip dns set servers=192.0.2.53".to_owned()), (2, "/IP service".to_owned())]
        );
        assert_eq!(found("a.b", false, TEXT).len(), 1);
        assert_eq!(found("aXb", false, TEXT), []);
        assert_eq!(found("192.0.2..3", false, TEXT), [], "a dot is a dot");
    }

    #[test]
    fn a_regular_expression_is_one() {
        assert_eq!(found(r"servers=\d+\.", true, TEXT).len(), 1);
        assert_eq!(found("^/ip", true, TEXT).len(), 1, "in its own case, from the line's beginning");
    }

    #[test]
    fn bounds_hold() {
        assert_eq!(Query::new("", false).unwrap_err(), QueryError::Empty);
        assert_eq!(Query::new(&"x".repeat(513), false).unwrap_err(), QueryError::TooLong);
        assert!(matches!(Query::new("(", true), Err(QueryError::Wrong(_))));
        assert!(matches!(Query::new(r"\w{1000}{1000}", true), Err(QueryError::Wrong(_))));
        let many = "x\n".repeat(100);
        assert_eq!(Query::new("x", false).unwrap().lines(&many, 7).len(), 7);
        assert_eq!(Query::new("x", false).unwrap().lines(&"x".repeat(5000), 1)[0].text.len(), 400);
    }
}
