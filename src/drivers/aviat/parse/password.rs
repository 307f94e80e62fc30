//! What `change-password` says at its end (6.12). Its wording is not known for sure: what it says is never proof, a login
//! is.

use super::refusal::{Answer, Refusal};

/// The end of the dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It says that the password was changed.
    Changed,
    /// This release has no such command.
    NoCommand(String),
    /// It says no.
    Refused(String),
    /// Neither.
    Unclear(String),
}

/// Words by which it says no, beside those of every command.
const NO: [&str; 8] = ["error", "fail", "invalid", "incorrect", "denied", "not ", "must ", "aborted"];

/// Reads what stood behind the last answer.
pub fn parse(text: &str) -> Change {
    match Answer::of(text) {
        Answer::Refused(Refusal::Unknown | Refusal::Mode, words) if words.starts_with("syntax error") => {
            return Change::NoCommand(words);
        }
        Answer::Refused(_, words) => return Change::Refused(words),
        Answer::Empty | Answer::Text(_) => {}
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let lower = lines.join(" ").to_ascii_lowercase();
    if NO.iter().any(|word| lower.contains(word)) {
        return Change::Refused(lines.join(" / "));
    }
    match lines.as_slice() {
        [_] if lower.starts_with("password") && lower.contains("changed") => Change::Changed,
        _ => Change::Unclear(lines.join(" / ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_so_and_nothing_else() {
        assert_eq!(parse("Password changed successfully.\r\n"), Change::Changed);
        assert_eq!(parse("Password changed"), Change::Changed);
        for text in [
            "Error: the new password does not meet the password rules",
            "Error: the account is locked",
            "Password not changed",
            "Password was changed too recently: invalid",
            "Authentication failed",
            "The password must have 12 characters",
        ] {
            assert!(matches!(parse(text), Change::Refused(_)), "{text}");
        }
        for text in ["", "ok", "Password", "Nothing changed", "Password changed\nPassword changed"] {
            assert!(matches!(parse(text), Change::Unclear(_)), "{text}");
        }
        assert!(matches!(parse("------^\nsyntax error: unknown command"), Change::NoCommand(_)));
    }
}
