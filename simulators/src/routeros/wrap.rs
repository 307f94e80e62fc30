//! How an export quotes values and wraps lines.
//!
//! Found in recorded exports: a line holds 77 columns before the backslash, trailing blanks not counted; the next
//! one begins with four spaces; a break falls after a blank or after `=`, and within a value only where the value
//! does not fit a line of its own. A script's `\n` always begins a line.

/// Columns before the backslash.
const WIDTH: usize = 77;

/// What a continuation begins with.
const INDENT: &str = "    ";

/// A value as an export writes it: bare if it can be, else in quotes with escapes, byte for byte.
pub fn value(text: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,:/!*+@%<>&|^~".contains(&byte);
    if !text.is_empty() && text.bytes().all(bare) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().saturating_add(8));
    out.push('"');
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' | b'\\' | b'$' | b'?' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b'\r' => out.push_str("\\r"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            0x07 => out.push_str("\\a"),
            // A blank at the end of a script's line would be lost to the eye.
            b' ' if bytes.peek().is_some_and(|next| matches!(next, b'\r' | b'\n')) => out.push_str("\\_"),
            b' '..=b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("\\{other:02X}")),
        }
    }
    out.push('"');
    out
}

/// The smallest piece that is not cut: a character or an escape.
fn atoms(token: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut chars = token.chars();
    while let Some(first) = chars.next() {
        let mut atom = String::from(first);
        if first == '\\'
            && let Some(second) = chars.next()
        {
            atom.push(second);
            if second.is_ascii_hexdigit() && !second.is_ascii_lowercase() {
                atom.extend(chars.next());
            }
        }
        out.push(atom);
    }
    out
}

/// Cuts after blanks and `=` outside quotes.
fn tokens(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut token = String::new();
    let mut quoted = false;
    for atom in atoms(line) {
        quoted ^= atom == "\"";
        token.push_str(&atom);
        if !quoted && (atom == " " || atom == "=") {
            out.push(std::mem::take(&mut token));
        }
    }
    if !token.is_empty() {
        out.push(token);
    }
    out
}

/// A line in the making.
struct Wrapper {
    out: String,
    column: usize,
}

impl Wrapper {
    fn breaks(&mut self) {
        self.out.push_str("\\\n");
        self.out.push_str(INDENT);
        self.column = INDENT.len();
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column = self.column.saturating_add(text.chars().count());
    }

    fn fits(&self, text: &str) -> bool {
        self.column.saturating_add(text.trim_end_matches(' ').chars().count()) <= WIDTH
    }

    /// A token that is cut where it must be.
    fn put_long(&mut self, token: &str) {
        for (index, atom) in atoms(token).iter().enumerate() {
            let newline = atom == "\\n" && index > 0;
            if newline || !self.fits(atom) || self.column > WIDTH {
                self.breaks();
                // The reader drops blanks that begin a continuation.
                self.put(if atom == " " { "\\_" } else { atom });
            } else {
                self.put(atom);
            }
        }
    }
}

/// One command of an export, wrapped; lines end with `\n` except the last. Comments are not wrapped.
pub fn wrap(line: &str) -> String {
    if line.starts_with('#') {
        return line.to_owned();
    }
    let mut wrapper = Wrapper { out: String::with_capacity(line.len().saturating_add(16)), column: 0 };
    for token in tokens(line) {
        let script = token.contains("\\n");
        let head = token.split_once("\\n").map_or(token.as_str(), |(head, _)| head);
        let alone = head.trim_end_matches(' ').chars().count() <= WIDTH.saturating_sub(INDENT.len());
        if !script && wrapper.fits(&token) {
            wrapper.put(&token);
            continue;
        }
        if !wrapper.fits(head) && wrapper.column > INDENT.len() {
            wrapper.breaks();
        }
        if script || !alone {
            wrapper.put_long(&token);
        } else {
            wrapper.put(&token);
        }
    }
    wrapper.out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_bare_or_quoted() {
        assert_eq!(value("10.0.0.1/24"), "10.0.0.1/24");
        assert_eq!(value("!MGMT"), "!MGMT");
        assert_eq!(value(""), "\"\"");
        assert_eq!(value("UPLINK ÑOR"), r#""UPLINK \C3\91OR""#);
        assert_eq!(value(":log info \"ok\"\r\n"), r#"":log info \"ok\"\r\n""#);
        assert_eq!(value("a$b?c\\d"), r#""a\$b\?c\\d""#);
        assert_eq!(value("} \r\n"), r#""}\_\r\n""#);
    }

    #[test]
    fn breaks_after_blank_and_after_equals() {
        let long = "add action=drop chain=forward comment=\"defconf: drop invalid\" connection-state=invalid";
        assert_eq!(
            wrap(long),
            "add action=drop chain=forward comment=\"defconf: drop invalid\" \\\n    connection-state=invalid"
        );
        let equals = "add action=accept chain=input comment=\"defconf: accept ICMPv6\" protocol=icmpv6";
        assert_eq!(equals.len(), 78);
        assert_eq!(
            wrap(equals),
            "add action=accept chain=input comment=\"defconf: accept ICMPv6\" protocol=\\\n    icmpv6"
        );
        assert_eq!(wrap("add name=short"), "add name=short");
    }

    #[test]
    fn a_script_begins_each_of_its_lines_anew() {
        let line = r##"add name=nightly source="# first line\r\n:foreach i in=[/ppp active find] do={\r\n  :put \$i\r\n}\_\r\n""##;
        let expected = "add name=nightly source=\"# first line\\r\\\n    \\n:foreach i in=[/ppp active find] do={\\r\\\n    \
                        \\n  :put \\$i\\r\\\n    \\n}\\_\\r\\\n    \\n\"";
        assert_eq!(wrap(line), expected);
    }

    #[test]
    fn a_value_wider_than_a_line_is_cut_in_the_middle_of_a_word() {
        let word = "x".repeat(100);
        let wrapped = wrap(&format!("set comment={word}"));
        let lines: Vec<&str> = wrapped.split('\n').collect();
        assert_eq!(lines[0], "set comment=\\");
        assert_eq!(lines[1], format!("    {}\\", "x".repeat(73)));
        assert_eq!(lines[2], format!("    {}", "x".repeat(27)));
    }

    /// What a reader does: drop the backslash, the line end and the blanks that follow.
    fn join(text: &str) -> String {
        let mut out = String::new();
        for (index, line) in text.split('\n').enumerate() {
            let line = if index > 0 { line.trim_start_matches(' ') } else { line };
            out.push_str(line.strip_suffix('\\').unwrap_or(line));
        }
        out
    }

    #[test]
    fn joined_it_is_the_line_again() {
        for length in 1..120 {
            let words = "ab cde f ".repeat(length);
            let line = format!("add comment={} name={} tail=1", value(words.trim_end()), value("é\"$ x"));
            assert_eq!(join(&wrap(&line)), line);
        }
    }
}
