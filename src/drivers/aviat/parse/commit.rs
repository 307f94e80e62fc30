//! The answer to `commit` (4, 5). Only the two texts that say so say that it is done.

use super::refusal::Answer;

/// What a commit came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commit {
    /// `Commit complete.`
    Complete,
    /// `% No modifications to commit.`
    Nothing,
    /// `Aborted: ...`, or another refusal. The candidate is still there.
    Refused(String),
    /// Neither: whether it took effect is not known.
    Unclear(String),
}

/// Reads the whole answer; a refusal anywhere in it outweighs the rest.
pub fn parse(text: &str) -> Commit {
    if let Answer::Refused(_, words) = Answer::of(text) {
        return Commit::Refused(words);
    }
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    if let Some(line) = lines().find(|line| line.to_ascii_lowercase().starts_with("aborted")) {
        return Commit::Refused(line.to_owned());
    }
    let said = |words: &str| lines().any(|line| line == words);
    match (said("Commit complete."), said("% No modifications to commit.")) {
        (true, false) => Commit::Complete,
        (false, true) => Commit::Nothing,
        _ => Commit::Unclear(lines().next().unwrap_or_default().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_words_are_a_commit() {
        let refused = |words: &str| Commit::Refused(words.to_owned());
        let unclear = |words: &str| Commit::Unclear(words.to_owned());
        for (text, expected) in [
            ("Commit complete.\r\n", Commit::Complete),
            ("warning: x\nCommit complete.\n", Commit::Complete),
            ("% No modifications to commit.", Commit::Nothing),
            ("Aborted: 'snmp community': too short", refused("Aborted: 'snmp community': too short")),
            ("a\nb\nc\nd\nAborted: by user\nCommit complete.", refused("Aborted: by user")),
            ("------^\nsyntax error: unknown command", refused("syntax error: unknown command")),
            ("Error: application communication failure", refused("Error: application communication failure")),
            ("", unclear("")),
            ("Commit complete", unclear("Commit complete")),
            ("Commit complete.\n% No modifications to commit.", unclear("Commit complete.")),
            ("Commit pending.", unclear("Commit pending.")),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
