//! Colours of a difference, where standard output is a terminal and nobody has said no (`NO_COLOR`).

use std::io::IsTerminal as _;

use super::Context;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// Whether to colour.
pub(super) fn wanted(context: &Context) -> bool {
    let refused = context.environment.text("NO_COLOR").is_some_and(|text| !text.is_empty());
    let dumb = context.environment.text("TERM").is_some_and(|text| text == "dumb");
    std::io::stdout().is_terminal() && !refused && !dumb
}

/// A unified difference, coloured as `git diff` does.
pub(super) fn diff(text: &str, colour: bool) -> String {
    let lines = text.trim_end_matches('\n').lines().enumerate().map(|(at, line)| {
        // The first two lines name the texts; further down, `--` is a removed line that begins with `-`.
        let code = match line.as_bytes().first() {
            _ if at < 2 => BOLD,
            Some(b'+') => GREEN,
            Some(b'-') => RED,
            Some(b'@') => CYAN,
            _ => "",
        };
        shown(line, code, colour)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line of a drift report, by its sign.
pub(super) fn signed(sign: char, line: &str, colour: bool) -> String {
    let code = match sign {
        '+' => GREEN,
        '-' => RED,
        _ => CYAN,
    };
    shown(&format!("{sign} {line}"), code, colour)
}

/// A line of a device's text must not move the terminal's cursor or colour it by itself.
fn shown(line: &str, code: &str, colour: bool) -> String {
    if !colour {
        return line.to_owned();
    }
    let clean: String =
        line.chars().map(|letter| if letter.is_control() && letter != '\t' { '\u{fffd}' } else { letter }).collect();
    if code.is_empty() { clean } else { format!("{code}{clean}{PLAIN}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_the_colours_of_git() {
        let text = "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z\n";
        assert_eq!(diff(text, false), "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z");
        assert_eq!(
            diff(text, true),
            "\x1b[1m--- a\x1b[0m\n\x1b[1m+++ b\x1b[0m\n\x1b[36m@@ -1 +1 @@\x1b[0m\n\x1b[31m-x\x1b[0m\n\x1b[32m+y\x1b[0m\n z"
        );
        assert_eq!(diff("--- a\n+++ b\n+\x1b[2J\n", true).matches('\x1b').count(), 6, "only our own");
        assert_eq!(signed('-', "gone", false), "- gone");
    }
}
