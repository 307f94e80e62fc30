//! The saved configuration.

use std::sync::LazyLock;

use regex::Regex;

use super::Unmet;

/// A time of day in a comment: when it was written, not what is set.
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b\d{1,2}:\d{2}:\d{2}\b").ok());

/// The configuration, normalised: `\n` line ends, no blanks at the end of a line, no comment that says when, one line end
/// at the end. An error where it is a page or no text.
pub fn config(text: &str) -> Result<String, Unmet> {
    if text.trim_start().starts_with('<') {
        return Err(Unmet("a page came instead of the configuration".to_owned()));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t')) {
        return Err(Unmet("the configuration is no text".to_owned()));
    }
    let is_volatile =
        |line: &str| line.starts_with(['!', '#']) && TIME.as_ref().is_some_and(|time| time.is_match(line));
    let mut out = String::with_capacity(text.len());
    for line in text.lines().map(str::trim_end).filter(|line| !is_volatile(line)) {
        out.push_str(line);
        out.push('\n');
    }
    let kept = out.trim_end().len();
    out.truncate(kept);
    if out.is_empty() {
        return Err(Unmet("the configuration is empty".to_owned()));
    }
    out.push('\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalised_without_what_changes_by_itself() {
        let text = "! saved 2026-03-01 10:11:12\r\n! owner\r\nset switch-name S1  \r\n\r\nend\r\n\r\n";
        assert_eq!(config(text).unwrap(), "! owner\nset switch-name S1\n\nend\n");
        assert_eq!(config(text).unwrap(), config(&text.replace("10:11:12", "23:59:59")).unwrap());
        assert_eq!(config("ntp time 10:11:12\n").unwrap(), "ntp time 10:11:12\n");
    }

    #[test]
    fn what_is_no_configuration_is_an_error() {
        for text in ["", " \r\n", "<html>Login</html>", "ab\u{0}cd", "ab\u{9d}"] {
            assert!(config(text).is_err(), "{text:?}");
        }
    }
}
