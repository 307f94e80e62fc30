//! Two exports of the same configuration become the same text, whatever they were wrapped at and whenever they were
//! made: one full command a line, as `/export terse` writes them.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem};

use super::export::{is_continued, is_header};
use super::{Lines, decode};
use crate::drivers::routeros::platform::{DYNAMIC_ITEMS, VERBS, VOLATILE_ARGUMENTS};

/// A bound on passes over text that no RouterOS writes; an export is done after one.
const PASSES: usize = 8;

/// The configuration in an export: `\n` line ends, continuations joined, menus written out before their commands, the
/// date and the comments of state gone, one trailing line end. The same again for its own output.
pub fn normalise(raw: &[u8]) -> String {
    let Passed { mut text, mut settled } = pass(&decode(raw));
    for _ in 0..PASSES {
        if settled {
            break;
        }
        let next = pass(&text);
        settled = next.settled || next.text == text;
        text = next.text;
    }
    text
}

/// What one pass makes of a text.
struct Passed {
    text: String,
    /// Every line came as it stays, a whole command with its menu: another pass would change nothing.
    settled: bool,
}

fn pass(text: &str) -> Passed {
    // Most configs hold none, and a search through all of them costs less than one in every line.
    let volatile =
        VOLATILE_ARGUMENTS.iter().any(|argument| memmem::find(text.as_bytes(), argument.as_bytes()).is_some());
    let mut out = String::with_capacity(text.len());
    let (mut in_header, mut settled) = (true, true);
    let mut menu: Option<Menu> = None;
    for line in Logical::new(text) {
        if line.starts_with('#') {
            if in_header && is_hardware(&line) {
                push(&mut out, &line);
            }
            continue;
        }
        in_header = false;
        if line.starts_with('/') {
            if let Some(unused) = menu.take().filter(|menu| !menu.used) {
                push(&mut out, &unused.path);
            }
            if is_menu(&line) {
                settled = false;
                menu = Some(Menu { path: line.into_owned(), used: false });
                continue;
            }
        } else {
            settled = false;
            if let Some(menu) = menu.as_mut() {
                menu.used = true;
                if let Some(line) = command(&line, volatile) {
                    out.push_str(&menu.path);
                    out.push(' ');
                    push(&mut out, &line);
                }
                continue;
            }
        }
        if let Some(kept) = command(&line, volatile) {
            settled &= matches!((&line, &kept), (Cow::Borrowed(_), Cow::Borrowed(_)));
            push(&mut out, &kept);
        }
    }
    if let Some(unused) = menu.filter(|menu| !menu.used) {
        push(&mut out, &unused.path);
    }
    Passed { text: out, settled }
}

struct Menu {
    path: String,
    used: bool,
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// Logical lines: continuations joined, blanks at the end gone, empty ones left out.
struct Logical<'a> {
    lines: Lines<'a>,
}

impl<'a> Logical<'a> {
    fn new(text: &'a str) -> Self {
        Self { lines: super::lines(text) }
    }
}

impl<'a> Iterator for Logical<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = clean(self.lines.next()?);
            // A comment is never continued: its last backslash is its own.
            if first.starts_with('#') || !is_continued(&first) {
                if first.is_empty() {
                    continue;
                }
                return Some(first);
            }
            let mut joined = first.into_owned();
            let mut continued = true;
            while continued && let Some(next) = self.lines.next() {
                let next = clean(next);
                // A real blank at the break stands before the backslash, or is written `\_`.
                let next = next.trim_start_matches([' ', '\t']);
                joined.pop();
                joined.push_str(next);
                // What stood before ends with an even number of backslashes, so the last piece decides alone.
                continued = is_continued(next);
            }
            joined.truncate(joined.trim_end_matches([' ', '\t']).len());
            if !joined.is_empty() {
                return Some(Cow::Owned(joined));
            }
        }
    }
}

fn clean(line: &str) -> Cow<'_, str> {
    let line = line.trim_end_matches([' ', '\t', '\r']);
    if memchr(b'\r', line.as_bytes()).is_some() { Cow::Owned(line.replace('\r', "")) } else { Cow::Borrowed(line) }
}

/// A line of the header that tells of the hardware: `#`, `# software id = ...`, `# model = ...`,
/// `# serial number = ...`. The date is not one, nor a comment about the first item.
fn is_hardware(line: &str) -> bool {
    if is_header(line) {
        return false;
    }
    line == "#"
        || line.strip_prefix("# ").and_then(|line| line.split_once(" =")).is_some_and(|(key, value)| {
            key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.chars().all(|c| c.is_ascii_lowercase() || c == ' ' || c == '-')
                && (value.is_empty() || value.starts_with(' '))
        })
}

/// A line that only names a menu: commands under it follow on lines of their own.
fn is_menu(line: &str) -> bool {
    !line.contains('=') && !line.split(' ').any(|word| VERBS.contains(&word))
}

/// A command as it is kept; none if it is about something that comes and goes. `volatile`: there are volatile arguments
/// somewhere in the text.
fn command(line: &str, volatile: bool) -> Option<Cow<'_, str>> {
    // Most lines hold neither, and end here.
    if !volatile && memchr2(b'<', b'\\', line.as_bytes()).is_none() {
        return Some(Cow::Borrowed(line));
    }
    let dynamic = line.split_once("set <").is_some_and(|(before, item)| {
        (before.is_empty() || before.ends_with(' ')) && DYNAMIC_ITEMS.iter().any(|prefix| item.starts_with(prefix))
    });
    if dynamic {
        return None;
    }
    let blanks = ["\\_", " \\r", " \\n"].iter().any(|part| line.contains(part));
    if !blanks && !VOLATILE_ARGUMENTS.iter().any(|argument| line.contains(argument)) {
        return Some(Cow::Borrowed(line));
    }
    Some(Cow::Owned(rewrite(line)))
}

/// Writes every blank inside quotes in one way, and leaves volatile arguments out. RouterOS writes `\_` where a blank
/// would be lost: before a script's line end, which stays, and where a line was wrapped, which is only a blank.
fn rewrite(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for word in words(line) {
        let bare = word.trim_start_matches(' ');
        if VOLATILE_ARGUMENTS.iter().any(|argument| bare.starts_with(argument)) {
            continue;
        }
        let mut quoted = false;
        let mut chars = word.chars();
        while let Some(c) = chars.next() {
            if c == '"' {
                quoted = !quoted;
            }
            let escaped = if c == '\\' && quoted { chars.next() } else { None };
            match (c, escaped) {
                (' ', None) | ('\\', Some('_')) if quoted => {
                    let line_end = ["\\r", "\\n"].iter().any(|end| chars.as_str().starts_with(end));
                    out.push_str(if line_end { "\\_" } else { " " });
                }
                _ => {
                    out.push(c);
                    out.extend(escaped);
                }
            }
        }
    }
    out
}

/// Words with the blanks before them; quotes hold a word together.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quoted, mut escaped, mut in_word) = (0, false, false, false);
    for (at, c) in line.char_indices() {
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        } else if c == ' ' && !quoted && in_word {
            words.extend(line.get(start..at));
            (start, in_word) = (at, false);
        }
        in_word |= c != ' ';
    }
    words.extend(line.get(start..));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wrapped_and_terse_become_the_same() {
        // spec/mikrotik-nokia.md 4.1 R2, both forms.
        let wrapped = concat!(
            "# mar/19/2024 11:25:34 by RouterOS 6.49.8\r\n# software id = 1AB2-CD3E\r\n#\r\n# model = 951Ui-2HnD\r\n",
            "# serial number = HFX0\r\n",
            "/interface ethernet\r\n",
            "set [ find default-name=sfp-sfpplus1 ] comment=\"UPLINK to POP, rack 4, \\\r\n    shelf 2\" l2mtu=9578 mtu=9000\r\n",
            "/ip dhcp-server network\r\n",
            "add address=100.64.7.0/24 dns-server=100.64.7.1 gateway=\\\r\n    100.64.7.1\r\n",
            "add address=100.64.8.0/24 comment=\"mid-wo\\\r\n    rd \\C3\\91\"\r\n",
            "/system script\r\n",
            "add name=nightly source=\"# first line\\r\\\r\n    \\n:foreach i in=[/ppp active find] do={\\r\\\r\n",
            "    \\n  :put \\$i\\r\\\r\n    \\n}\\_\\r\\\r\n    \\n\"\r\n",
        );
        let terse = concat!(
            "# mar/19/2024 11:26:34 by RouterOS 6.49.8\n# software id = 1AB2-CD3E\n#\n# model = 951Ui-2HnD\n",
            "# serial number = HFX0\n",
            "/interface ethernet set [ find default-name=sfp-sfpplus1 ] comment=\"UPLINK to POP, rack 4, shelf 2\" l2mtu=9578 mtu=9000\n",
            "/ip dhcp-server network add address=100.64.7.0/24 dns-server=100.64.7.1 gateway=100.64.7.1\n",
            "/ip dhcp-server network add address=100.64.8.0/24 comment=\"mid-word \\C3\\91\"\n",
            "/system script add name=nightly source=\"# first line\\r\\n:foreach i in=[/ppp active find] do={\\r\\n  :put \\$i\\r\\n}\\_\\r\\n\"\n",
        );
        let normal = normalise(wrapped.as_bytes());
        assert_eq!(normal, normalise(terse.as_bytes()));
        assert_eq!(normal, terse.split_once('\n').unwrap().1);
    }

    #[test]
    fn a_minute_later_nothing_has_changed() {
        let first = "# 2026-03-02 04:10:07 by RouterOS 7.16\r\n# software id = \r\n# ether5 not ready\r\n\
            /interface bridge port add bridge=b interface=ether5\r\n# poe-out status: short_circuit\r\n\
            /interface ethernet set ether5 mtu=1500\r\n/ip dhcp-client add interface=ether1 next-renewal-at=\"2026 x\" use-peer-dns=no\r\n\
            /queue simple set <pppoe-a> disabled=yes\r\n";
        let second = "# mar/02/2026 04:11:07 by RouterOS 7.16\n# software id =\n\
            /interface bridge port add bridge=b interface=ether5\n\
            /interface ethernet set ether5 mtu=1500\n# inactive time\n/ip dhcp-client add interface=ether1 use-peer-dns=no\n\n";
        assert_eq!(normalise(first.as_bytes()), normalise(second.as_bytes()));
        assert_eq!(
            normalise(second.as_bytes()),
            "# software id =\n/interface bridge port add bridge=b interface=ether5\n/interface ethernet set ether5 mtu=1500\n\
             /ip dhcp-client add interface=ether1 use-peer-dns=no\n"
        );
    }

    #[test]
    fn a_hash_inside_a_value_is_no_comment() {
        let text = "/a add comment=\"x\\\n    # y\" name=\"\\\\_\"\n";
        assert_eq!(normalise(text.as_bytes()), "/a add comment=\"x# y\" name=\"\\\\_\"\n");
    }

    #[test]
    fn what_is_settled_is_left_alone_and_nothing_else_is() {
        for (text, settled) in [
            ("# 2026-03-02 04:10:07 by RouterOS 7.16\r\n# model = x\r\n/ip address add a=b\r\n", true),
            ("/ip address add comment=\"a \\\"b\\\"\"\n", true),
            ("/ip address\nadd a=b\n", false),
            ("/ip address add a=\\\n    b\n", false),
            ("/ip dhcp-client add a=b next-renewal-at=c\n", false),
            ("add a=b\n", false),
        ] {
            let once = pass(text);
            assert_eq!(once.settled, settled, "{text}");
            if settled {
                assert_eq!(pass(&once.text).text, once.text);
            }
        }
    }

    #[test]
    fn a_menu_with_nothing_under_it_stays() {
        assert_eq!(normalise(b"/port\n/disk\nset slot1 type=x\n"), "/port\n/disk set slot1 type=x\n");
    }

    /// One command of a configuration: menu, verb and arguments whose values are wrapped at will.
    fn commands() -> impl Strategy<Value = Vec<(String, Vec<(String, String)>)>> {
        let value = prop_oneof![
            "[a-z0-9./:-]{1,12}",
            r#"[a-z0-9 ,;#={}]{0,30}"#.prop_map(|text| format!("\"{text}\"")),
            r#"([a-z ]|\\r|\\n|\\"|\\\\|\\\$|\\C3\\B1){0,12}"#.prop_map(|text| format!("\"{text}\"")),
        ];
        let argument = ("[a-z]{2,8}", value);
        let command = ("/(ip|interface|system) (bridge|address|script)", prop::collection::vec(argument, 1..6));
        prop::collection::vec(command, 0..12)
    }

    /// Wraps as RouterOS does, at the columns that are drawn: never inside an escape; a blank after the break inside
    /// quotes is written `\_`.
    fn wrap(line: &str, columns: &[usize]) -> String {
        let mut out = String::new();
        let (mut column, mut quoted, mut widths) = (0, false, columns.iter().cycle());
        let mut width = *widths.next().unwrap_or(&40);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            let mut unit = String::from(c);
            if c == '\\' {
                unit.extend(chars.next());
                if unit == "\\C" || unit == "\\B" {
                    unit.extend(chars.next());
                }
            } else if c == '"' {
                quoted = !quoted;
            }
            if column >= width {
                if unit == " " && quoted {
                    unit = "\\_".to_owned();
                }
                if unit != " " {
                    out.push_str("\\\r\n    ");
                    column = 4;
                    width = *widths.next().unwrap_or(&40);
                }
            }
            column += unit.len();
            out.push_str(&unit);
        }
        out
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(raw in prop::collection::vec(
            prop_oneof![
                Just(b"\\".to_vec()), Just(b"\r\n".to_vec()), Just(b"\n".to_vec()), Just(b"\"".to_vec()),
                Just(b"#".to_vec()), Just(b"# model = x".to_vec()), Just(b"/ip address".to_vec()), Just(b"add ".to_vec()),
                Just(b"a=b ".to_vec()), Just(b"\\_".to_vec()), Just(b" ".to_vec()), Just(b"next-renewal-at=x".to_vec()),
                Just(b"set <pppoe-x>".to_vec()), Just(b"\xf1".to_vec()), prop::collection::vec(any::<u8>(), 0..6),
            ], 0..60)) {
            let first = pass(&decode(&raw.concat()));
            if first.settled {
                prop_assert_eq!(&pass(&first.text).text, &first.text);
            }
            let once = normalise(&raw.concat());
            let twice = normalise(once.as_bytes());
            prop_assert_eq!(twice, once);
        }

        #[test]
        fn wrapping_and_menus_do_not_matter(commands in commands(), columns in prop::collection::vec(10usize..90, 1..8)) {
            let mut terse = String::from("# 2026-03-02 04:10:07 by RouterOS 7.16\r\n# model = x\r\n");
            let mut wrapped = String::from("# mar/02/2026 04:10:07 by RouterOS 7.9\r\n# model = x\r\n");
            let mut last = String::new();
            for (menu, arguments) in &commands {
                let arguments: Vec<String> = arguments.iter().map(|(key, value)| format!("{key}={value}")).collect();
                let arguments = arguments.join(" ");
                terse.push_str(&format!("{menu} add {arguments}\r\n"));
                if *menu != last {
                    wrapped.push_str(&format!("{menu}\r\n"));
                    last.clone_from(menu);
                }
                wrapped.push_str(&wrap(&format!("add {arguments}"), &columns));
                wrapped.push_str("\r\n");
            }
            prop_assert_eq!(normalise(wrapped.as_bytes()), normalise(terse.as_bytes()));
        }
    }
}
