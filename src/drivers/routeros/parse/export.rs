//! Whether an export is whole. RouterOS writes no trailer, so every sign of a cut is looked for.

use super::decode;
use super::errors::{Refusal, quote, refusal};
use super::version::Version;
use crate::drivers::excerpt::excerpt;

/// What was received, and how it ended.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// The bytes.
    pub raw: &'a [u8],
    /// How they came.
    pub path: Path,
    /// Receive window that we advertised, bytes: the router stops there and calls itself done.
    pub window: u64,
}

/// How an export was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// A channel of its own: ends with an exit status and EOF.
    Exec {
        /// What the device sent, if it did.
        exit_status: Option<u32>,
        /// Whether it said that no more would come.
        eof: bool,
    },
    /// The interactive console: ends with the prompt, which the session has checked.
    Shell,
}

/// What an export is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of it, with things that an operator should know.
    Complete(Vec<String>),
    /// Not all of it: never stored.
    Partial(Cut),
    /// No export at all: the device's words.
    Refused(Refusal, String),
}

/// Why an export is not whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// Nothing came.
    #[error("nothing came")]
    Empty,
    /// The channel closed and no exit status had come.
    #[error("the channel closed without an exit status")]
    NoExitStatus,
    /// The channel closed and the device had not said that no more would come.
    #[error("the channel closed before the device said that it had sent all")]
    NoEof,
    /// It does not begin as exports do; holds what it begins with, secrets masked.
    #[error("the first line is not an export's: {0}")]
    NoHeader(String),
    /// It ends in the middle of a line.
    #[error("it ends in the middle of a line")]
    CutLine,
    /// A line in it is not a command; holds its number. Never its words: it may be the rest of a secret's line.
    #[error("line {0} of it is not a command")]
    StrayLine(usize),
    /// A section took the device too long; names it.
    #[error("the device gave up on {0} (timeout)")]
    SectionTimedOut(String),
    /// The device was interrupted.
    #[error("the device stopped in the middle (#interrupted)")]
    Interrupted,
    /// It ends exactly where a receive window does: the router drops what does not fit into the first window.
    #[error("it is {0} bytes, exactly what a receive window holds: the router drops what does not fit into it")]
    WindowSized(u64),
}

impl Cut {
    /// Whether the device itself said so: then another path would only say it again.
    pub fn said_by_device(&self) -> bool {
        matches!(self, Cut::SectionTimedOut(_) | Cut::Interrupted)
    }
}

/// A size is suspicious when it is a multiple of this, the smallest window in use anywhere, bytes.
const WINDOW_STEP: u64 = 32 * 1024;
/// Below this no window has ever cut an export, bytes.
const WINDOW_LEAST: u64 = 64 * 1024;

/// Looks for every sign of a cut.
pub fn judge(received: Received<'_>) -> Verdict {
    let text = decode(received.raw);
    let mut at = 0;
    let mut lines = super::lines(&text)
        .map(|line| {
            let start = at;
            at += line.len() + 1;
            (start, line.trim_end_matches('\r'))
        })
        .filter(|(_, line)| !line.trim_start().is_empty());
    let Some((start, first)) = lines.next() else { return missing(received) };
    if !is_header(first) {
        return match refusal(first) {
            Some((kind, words)) => Verdict::Refused(kind, words.to_owned()),
            None => Verdict::Partial(Cut::NoHeader(format!("\"{}\"", excerpt(first, &[])))),
        };
    }
    let mut warnings = Vec::new();
    let mut continued = false;
    // Where the last logical line begins.
    let mut last = start;
    for (start, line) in lines {
        if !continued {
            last = start;
        }
        if !continued && let Some(words) = line.strip_prefix('#') {
            match marker(words.trim()) {
                Some(Marker::Partial(cut)) => return Verdict::Partial(cut),
                Some(Marker::Missing(section)) => warnings.push(format!("the device cannot export {section}")),
                None => {}
            }
            continue;
        }
        if received.path == Path::Shell && !continued && !line.starts_with('/') {
            let number = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
            return Verdict::Partial(Cut::StrayLine(number));
        }
        continued = is_continued(line);
    }
    if let Path::Exec { exit_status, eof } = received.path {
        match exit_status {
            None => return Verdict::Partial(Cut::NoExitStatus),
            Some(0) => {}
            Some(status) => warnings.push(format!("the device sent all of it with exit status {status}")),
        }
        if !eof {
            return Verdict::Partial(Cut::NoEof);
        }
        let size = received.raw.len() as u64;
        if size == received.window || size >= WINDOW_LEAST && size.is_multiple_of(WINDOW_STEP) {
            return Verdict::Partial(Cut::WindowSized(size));
        }
    }
    if continued || !text.ends_with('\n') || !quotes_close(text.get(last..).unwrap_or_default()) {
        return Verdict::Partial(Cut::CutLine);
    }
    Verdict::Complete(warnings)
}

fn missing(received: Received<'_>) -> Verdict {
    match received.path {
        Path::Exec { exit_status: None, .. } => Verdict::Partial(Cut::NoExitStatus),
        _ => Verdict::Partial(Cut::Empty),
    }
}

/// `# mar/19/2024 11:25:34 by RouterOS 6.49.8`, `# 2024-10-25 12:09:43 by RouterOS 7.15.2`.
pub fn is_header(line: &str) -> bool {
    line.strip_prefix("# ").and_then(|line| line.split_once(" by RouterOS ")).is_some_and(|(date, version)| {
        date.starts_with(|c: char| c.is_ascii_alphanumeric()) && version.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// The version in an export's first line.
pub fn version(raw: &[u8]) -> Option<Version> {
    let text = decode(raw.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?).into_owned();
    let (_, version) = text.trim().split_once(" by RouterOS ")?;
    Version::parse(version)
}

/// Whether the next line belongs to this one: it ends with a backslash that no other one escapes.
pub fn is_continued(line: &str) -> bool {
    let backslashes = line.len() - line.trim_end_matches('\\').len();
    backslashes % 2 == 1
}

/// Whose export it is, as far as it says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owner {
    /// The device's own name; not in an export while it is the factory's.
    pub name: Option<String>,
    /// Model; not on the virtual router.
    pub model: Option<String>,
    /// Serial number; not on the virtual router.
    pub serial: Option<String>,
}

/// Reads a normalised export's header and its identity.
pub fn owner(text: &str) -> Owner {
    let header = |key: &str| {
        let lines = text.lines().take_while(|line| line.starts_with('#'));
        let value = lines.filter_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(" = ")).next()?;
        Some(value.to_owned()).filter(|value| !value.is_empty())
    };
    let name = text.lines().find_map(|line| line.strip_prefix("/system identity set name=")).map(unquote);
    Owner { name: name.filter(|name| !name.is_empty()), model: header("model"), serial: header("serial number") }
}

/// A value without its quotes and escapes.
fn unquote(value: &str) -> String {
    let Some(value) = value.strip_prefix('"') else { return value.to_owned() };
    let mut bytes = Vec::new();
    let mut rest = value.bytes().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => break,
            b'\\' => {
                let kind = rest.next().unwrap_or(b'\\');
                let hex = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_lowercase());
                let pair = hex(kind).zip(rest.peek().copied().and_then(hex));
                if let Some(byte) = pair.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
                    rest.next();
                    bytes.push(byte);
                } else {
                    bytes.push(match kind {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'_' => b' ',
                        other => other,
                    });
                }
            }
            byte => bytes.push(byte),
        }
    }
    decode(&bytes).into_owned()
}

enum Marker {
    Partial(Cut),
    Missing(String),
}

/// `words` is a comment without its `#`.
fn marker(words: &str) -> Option<Marker> {
    if words == "interrupted" {
        return Some(Marker::Partial(Cut::Interrupted));
    }
    let section = words.strip_prefix("error exporting ")?;
    if let Some(section) = section.strip_suffix("(timeout)") {
        return Some(Marker::Partial(Cut::SectionTimedOut(quote(section.trim().trim_matches('"')))));
    }
    // RouterOS 6 names the section without quotes and means that it was stopped there.
    match section.strip_prefix('"').and_then(|section| section.strip_suffix('"')) {
        Some(section) => Some(Marker::Missing(quote(section))),
        None => Some(Marker::Partial(Cut::Interrupted)),
    }
}

/// Whether every quote of a logical line is closed, the last one of an export.
fn quotes_close(logical: &str) -> bool {
    if logical.starts_with('#') {
        return true;
    }
    let mut quoted = false;
    let mut chars = logical.chars();
    while let Some(c) = chars.next() {
        match c {
            // A break's backslash takes the line end with it.
            '\\' => drop(chars.next()),
            '"' => quoted = !quoted,
            _ => {}
        }
    }
    !quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXEC: Path = Path::Exec { exit_status: Some(0), eof: true };
    const HEAD: &str = "# 2026-03-02 04:10:07 by RouterOS 7.16\r\n# software id = QX4T-9ZP1\r\n#\r\n";

    fn of(text: &str) -> Verdict {
        judge(Received { raw: text.as_bytes(), path: EXEC, window: 16 << 20 })
    }

    fn with(body: &str) -> Verdict {
        of(&format!("{HEAD}{body}"))
    }

    #[test]
    fn a_whole_export_is_complete() {
        assert_eq!(with("/system identity set name=x\r\n"), Verdict::Complete(vec![]));
        assert_eq!(with(""), Verdict::Complete(vec![]));
        assert_eq!(of("# jan/02/1970 00:31:07 by RouterOS 6.47.9\r\n"), Verdict::Complete(vec![]));
        assert_eq!(
            with("/system script\r\nadd source=\"a\\r\\\r\n    \\nb \\\"x\\\" \\\\\"\r\n"),
            Verdict::Complete(vec![])
        );
    }

    #[test]
    fn an_error_is_not_an_export() {
        let refused = of("expected end of command (line 1 column 9)\r\n");
        assert_eq!(refused, Verdict::Refused(Refusal::Syntax, "expected end of command (line 1 column 9)".to_owned()));
        assert!(matches!(of("not enough permissions (9)\r\n"), Verdict::Refused(Refusal::NotPermitted, _)));
        assert!(matches!(of("/interface bridge add name=x\r\n"), Verdict::Partial(Cut::NoHeader(_))));
        assert_eq!(of(""), Verdict::Partial(Cut::Empty));
        assert_eq!(of("\r\n"), Verdict::Partial(Cut::Empty));
    }

    #[test]
    fn partial_marks_are_partial_and_missing_menus_are_warnings() {
        assert_eq!(
            with("#error exporting \"/ip/firewall\" (timeout)\r\n/a b=c\r\n"),
            Verdict::Partial(Cut::SectionTimedOut("\"/ip/firewall\"".to_owned()))
        );
        assert_eq!(with("#interrupted\r\n"), Verdict::Partial(Cut::Interrupted));
        assert_eq!(with("#error exporting /ip socks\r\n#interrupted\r\n"), Verdict::Partial(Cut::Interrupted));
        assert_eq!(
            with("#error exporting \"/system/routerboard/mode-button\"\r\n/a b=c\r\n"),
            Verdict::Complete(vec!["the device cannot export \"/system/routerboard/mode-button\"".to_owned()])
        );
        assert_eq!(with("/a comment=\"#interrupted\"\r\n"), Verdict::Complete(vec![]));
        assert_eq!(with("/a comment=\"x\\\r\n    #interrupted\"\r\n"), Verdict::Complete(vec![]));
    }

    #[test]
    fn a_cut_is_seen() {
        assert_eq!(with("/a b=c\r\n/a b="), Verdict::Partial(Cut::CutLine));
        assert_eq!(with("/a b=c \\\r\n"), Verdict::Partial(Cut::CutLine));
        assert_eq!(with("/a b=\"c\r\n"), Verdict::Partial(Cut::CutLine));
        let raw = format!("{HEAD}/a b=c\r\n");
        let end = |exit_status, eof| {
            judge(Received { raw: raw.as_bytes(), path: Path::Exec { exit_status, eof }, window: 1 << 24 })
        };
        assert_eq!(end(None, true), Verdict::Partial(Cut::NoExitStatus));
        assert_eq!(end(Some(0), false), Verdict::Partial(Cut::NoEof));
        assert_eq!(
            end(Some(1), true),
            Verdict::Complete(vec!["the device sent all of it with exit status 1".to_owned()])
        );
    }

    #[test]
    fn the_size_of_a_window_is_no_coincidence() {
        let line = "/ip firewall address-list add address=192.0.2.1 list=x\r\n";
        let mut text = format!("{HEAD}{}", line.repeat(3000));
        text.truncate((1 << 17) - 2);
        text.push_str("\r\n");
        assert_eq!(of(&text), Verdict::Partial(Cut::WindowSized(1 << 17)));
        let verdict = judge(Received {
            raw: format!("{HEAD}{line}").as_bytes(),
            path: EXEC,
            window: (HEAD.len() + line.len()) as u64,
        });
        assert_eq!(verdict, Verdict::Partial(Cut::WindowSized((HEAD.len() + line.len()) as u64)));
    }

    #[test]
    fn in_the_console_every_line_is_a_command() {
        let shell = |body: &str| {
            judge(Received { raw: format!("{HEAD}{body}").as_bytes(), path: Path::Shell, window: 1 << 24 })
        };
        assert_eq!(shell("/a b=c\n/d e=\\\n    f\n"), Verdict::Complete(vec![]));
        assert!(matches!(shell("/a b=c\nddress=192.0.2.1\n"), Verdict::Partial(Cut::StrayLine(_))));
    }

    /// What is said of a cut export stands in events and logs, and exports are read with their secrets.
    #[test]
    fn no_cut_repeats_a_secret() {
        let said = |raw: &str, path| match judge(Received { raw: raw.as_bytes(), path, window: 1 << 24 }) {
            Verdict::Partial(cut) => cut.to_string(),
            other => panic!("{other:?}"),
        };
        let stray = said(&format!("{HEAD}/ppp secret add name=a password=correct-\nhorse-7781\n"), Path::Shell);
        assert!(!stray.contains("horse") && stray.starts_with("line "), "{stray}");
        let headless = said("/ppp secret add name=a password=correct-horse-7781\n", EXEC);
        assert!(!headless.contains("horse") && headless.contains("ppp secret"), "{headless}");
    }

    #[test]
    fn the_first_line_tells_the_version() {
        let read = |text: &str| version(text.as_bytes()).map(|version| version.to_string());
        assert_eq!(read(HEAD).as_deref(), Some("7.16"));
        assert_eq!(read("\r\n# mar/19/2024 11:25:34 by RouterOS 6.49.8\r\n").as_deref(), Some("6.49.8"));
        assert_eq!(read("/a b=\" by RouterOS x\"\r\n"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn an_export_tells_whose_it_is() {
        let text = "# software id = A\n#\n# model = L009UiGS\n# serial number = HFX1\n/a b=c\n/system identity set name=\"Tower 5 / North\"\n";
        let owner = owner(text);
        assert_eq!(owner.model.as_deref(), Some("L009UiGS"));
        assert_eq!(owner.serial.as_deref(), Some("HFX1"));
        assert_eq!(owner.name.as_deref(), Some("Tower 5 / North"));
        assert_eq!(super::owner("# software id =\n/a name=x\n"), Owner::default());
        assert_eq!(super::owner("/system identity set name=\"a\\\"b \\C3\\B1\"\n").name.as_deref(), Some("a\"b ñ"));
    }
}
