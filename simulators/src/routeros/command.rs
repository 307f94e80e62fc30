//! Command lines: which command is meant, with which arguments, and the answer.

use bytes::Bytes;

use super::export::{self, Request};
use super::facts::{self, Print};
use super::knobs::Knobs;
use super::outlet::{Gone, Outlet};
use super::router::Router;
use crate::core::Fault;

/// Where a command was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Exec channel: asks nothing, pages nothing.
    Exec,
    /// Console.
    Shell,
}

/// What an answer is, for those who treat some apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AnswerKind {
    /// Plain lines.
    #[default]
    Lines,
    /// An export: never paged, may pause in the middle.
    Export,
    /// A print: paged on a console, unless `without-paging`.
    Print,
}

/// The answer to a line.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The text, CRLF line ends.
    pub parts: Vec<Bytes>,
    /// What it is.
    pub kind: AnswerKind,
    /// An error.
    pub failed: bool,
    /// The session ends.
    pub quits: bool,
    /// The router reboots.
    pub reboots: bool,
    /// The console changes to this menu.
    pub enters: Option<String>,
    /// The console asks this and waits.
    pub asks: Option<&'static str>,
}

/// An error's text.
struct Refused(String);

type Outcome = Result<Answer, Refused>;

impl Answer {
    fn lines(text: &str) -> Self {
        Self { parts: vec![export::crlf(text)], ..Self::default() }
    }

    fn refused(text: &str) -> Self {
        Self { failed: true, ..Self::lines(text) }
    }
}

/// A word of a line with its place, counted from 1 in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    column: usize,
}

/// The menus that exist, `/` left out, in v6 spelling.
const MENUS: &[&str] = &[
    "system",
    "system identity",
    "system resource",
    "system routerboard",
    "system license",
    "system package",
    "system package update",
    "system health",
    "system clock",
    "system history",
    "system script",
    "interface",
    "interface bridge",
    "interface ethernet",
    "interface list",
    "interface wireless",
    "interface wireless security-profiles",
    "ip",
    "ip address",
    "ip route",
    "ip pool",
    "ip dns",
    "ip dhcp-server",
    "ip dhcp-server network",
    "ip firewall",
    "ip firewall filter",
    "ip firewall address-list",
    "ip ipsec",
    "ip ipsec identity",
    "ip service",
    "ppp",
    "ppp secret",
    "radius",
    "snmp",
    "snmp community",
    "user",
];

/// Runs a line: commands between `;`, up to the first that fails. `menu` is the console's.
pub fn run(router: &Router, menu: &str, line: &str, place: Place) -> Answer {
    let refused = router.device.faults().into_iter().find_map(|fault| match fault {
        Fault::RefuseCommand { command, text } if line.contains(&command) => Some(text),
        _ => None,
    });
    if let Some(text) = refused {
        return Answer::refused(&text);
    }
    let mut all = Answer::default();
    for (command, offset) in commands(line) {
        if command.trim().is_empty() {
            continue;
        }
        let answer = one(router, menu, &command, offset, place).unwrap_or_else(|Refused(text)| Answer::refused(&text));
        all.parts.extend(answer.parts);
        let stop = answer.failed || answer.quits || answer.reboots || answer.asks.is_some();
        if answer.kind != AnswerKind::Lines {
            all.kind = answer.kind;
        }
        all.failed |= answer.failed;
        all.quits |= answer.quits;
        all.reboots |= answer.reboots;
        all.asks = answer.asks;
        all.enters = answer.enters.or(all.enters);
        if stop {
            break;
        }
    }
    all
}

/// Cuts a line at `;` outside quotes and brackets; with the characters before each piece.
fn commands(line: &str) -> Vec<(String, usize)> {
    let mut out = vec![(String::new(), 0)];
    let (mut quoted, mut depth, mut escaped) = (false, 0_u32, false);
    for (index, letter) in line.chars().enumerate() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            '[' | '{' | '(' if !quoted => depth = depth.saturating_add(1),
            ']' | '}' | ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        if letter == ';' && !quoted && depth == 0 {
            out.push((String::new(), index.saturating_add(1)));
        } else if let Some((piece, _)) = out.last_mut() {
            piece.push(letter);
        }
    }
    out
}

/// Cuts at blanks outside quotes and brackets; on v7 at `/` between names too.
fn words(command: &str, offset: usize, slashes: bool) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    let (mut quoted, mut depth, mut open) = (false, 0_u32, false);
    for (index, letter) in command.chars().enumerate() {
        let column = index.saturating_add(offset).saturating_add(1);
        match letter {
            '"' => quoted = !quoted,
            '[' if !quoted => depth = depth.saturating_add(1),
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        let path_part = out.last().is_none_or(|word| !word.text.contains('='));
        let slash = letter == '/' && slashes && path_part && !out.is_empty();
        if (letter.is_whitespace() || slash) && !quoted && depth == 0 {
            open = false;
            continue;
        }
        match out.last_mut() {
            Some(word) if open => word.text.push(letter),
            _ => out.push(Word { text: letter.to_string(), column }),
        }
        // A leading slash is a word of its own: the root.
        open = !(out.len() == 1 && letter == '/' && column == offset.saturating_add(1 + leading(command)));
    }
    out
}

fn leading(command: &str) -> usize {
    command.chars().take_while(|letter| letter.is_whitespace()).count()
}

fn bad_name(word: &Word) -> Refused {
    Refused(format!("bad command name {} (line 1 column {})", word.text, word.column))
}

fn end_expected(word: &Word) -> Refused {
    Refused(format!("expected end of command (line 1 column {})", word.column))
}

/// One command.
fn one(router: &Router, menu: &str, command: &str, offset: usize, place: Place) -> Outcome {
    let knobs = Knobs(&router.device);
    let words = words(command, offset, !knobs.version().is_v6());
    let mut path = menu.to_owned();
    let mut rest = words.iter();
    let mut first = true;
    while let Some(word) = rest.next() {
        let starts = std::mem::take(&mut first);
        match word.text.as_str() {
            "/" if starts => path.clear(),
            ".." => path = path.rsplit_once(' ').map_or_else(String::new, |(above, _)| above.to_owned()),
            name => {
                let below = if path.is_empty() { name.to_owned() } else { format!("{path} {name}") };
                if MENUS.contains(&below.as_str()) && !(below == "system routerboard" && knobs.is_chr()) {
                    path = below;
                } else {
                    let arguments: Vec<Word> = rest.cloned().collect();
                    return act(router, &path, word, &arguments, place);
                }
            }
        }
    }
    Ok(Answer { enters: Some(path), ..Answer::default() })
}

/// A command in its menu.
fn act(router: &Router, menu: &str, verb: &Word, arguments: &[Word], place: Place) -> Outcome {
    match (menu, verb.text.as_str()) {
        (_, "export") => export(router, menu, arguments),
        (_, "print") if facts::has_print(menu) => print(router, menu, arguments),
        ("", ":put") => put(router, arguments),
        ("", "quit") => Ok(Answer { quits: true, ..Answer::lines("interrupted") }),
        ("system", "reboot") => reboot(router, place),
        ("system identity", "set") => writing(router, || identity(router, arguments)),
        ("ip address", "add") => writing(router, || add_address(router, arguments)),
        ("ip address", "remove") => writing(router, || remove_address(router, arguments, place)),
        ("interface", "set") => writing(router, || set_interface(router, arguments, place)),
        ("user", "set") => writing(router, || Ok(Answer::default())),
        _ => Err(bad_name(verb)),
    }
}

fn writing(router: &Router, act: impl FnOnce() -> Outcome) -> Outcome {
    if Knobs(&router.device).read_only() { Err(Refused("not enough permissions (9)".to_owned())) } else { act() }
}

fn export(router: &Router, menu: &str, arguments: &[Word]) -> Outcome {
    let mut request = Request::default();
    if !menu.is_empty() {
        request.under = format!("/{menu}");
    }
    let mut to_file = false;
    for word in arguments {
        match word.text.as_str() {
            "terse" => request.terse = true,
            "verbose" => request.verbose = true,
            "compact" => {}
            "hide-sensitive" => request.hide = true,
            "show-sensitive" if Knobs(&router.device).version().hides_secrets() => request.show = true,
            text if text.starts_with("file=") => to_file = true,
            _ => return Err(end_expected(word)),
        }
    }
    if to_file {
        return Ok(Answer::default());
    }
    let export = export::render(router, &request);
    let parts = vec![export.header, export.body, export.tail];
    Ok(Answer { parts, kind: AnswerKind::Export, ..Answer::default() })
}

fn print(router: &Router, menu: &str, arguments: &[Word]) -> Outcome {
    let mut print = Print::default();
    let mut paged = true;
    for word in arguments {
        match word.text.as_str() {
            "terse" => print.terse = true,
            "without-paging" => paged = false,
            "detail" | "brief" | "value-list" => {}
            "count-only" => print.count = true,
            "where" => break,
            _ => return Err(end_expected(word)),
        }
    }
    let kind = if paged { AnswerKind::Print } else { AnswerKind::Lines };
    Ok(Answer { kind, ..Answer::lines(&facts::print(router, menu, print)) })
}

/// `:put text`, `:put [/menu get field]`.
fn put(router: &Router, arguments: &[Word]) -> Outcome {
    let [word] = arguments else {
        let column = arguments.get(1).map_or(6, |word| word.column);
        return Err(Refused(format!("expected end of command (line 1 column {column})")));
    };
    let Some(inner) = word.text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
        return Ok(Answer::lines(word.text.trim_matches('"')));
    };
    let inner_at = word.column;
    let words = words(inner, inner_at, !Knobs(&router.device).version().is_v6());
    let names: Vec<&str> = words.iter().map(|word| word.text.as_str()).filter(|text| *text != "/").collect();
    let syntax = || Refused(format!("syntax error (line 1 column {})", inner_at.saturating_add(1)));
    let (field, rest) = names.split_last().ok_or_else(syntax)?;
    let (verb, menu) = rest.split_last().ok_or_else(syntax)?;
    if *verb != "get" {
        return Err(syntax());
    }
    let menu = menu.join(" ");
    let value = facts::get(router, &menu, field)
        .ok_or_else(|| Refused(format!("unknown value name {field} (line 1 column {inner_at})")))?;
    Ok(Answer::lines(&value))
}

fn reboot(router: &Router, place: Place) -> Outcome {
    let asks = place == Place::Shell && router.device.flag("reboot_asks", true);
    Ok(if asks {
        Answer { asks: Some("Reboot, yes? [y/N]: "), ..Answer::default() }
    } else {
        Answer { reboots: true, ..Answer::default() }
    })
}

/// The value of an argument `name=value`, quotes taken off.
fn argument<'a>(arguments: &'a [Word], name: &str) -> Option<&'a str> {
    arguments
        .iter()
        .find_map(|word| word.text.strip_prefix(name)?.strip_prefix('='))
        .map(|value| value.trim_matches('"'))
}

fn identity(router: &Router, arguments: &[Word]) -> Outcome {
    if let Some(name) = argument(arguments, "name") {
        router.device.merge(serde_json::Map::from_iter([("identity".to_owned(), name.into())]));
    }
    Ok(Answer::default())
}

fn add_address(router: &Router, arguments: &[Word]) -> Outcome {
    let missing = |name: &str| Refused(format!("missing value(s) of argument(s) {name}"));
    let address = argument(arguments, "address").ok_or_else(|| missing("address"))?;
    let interface = argument(arguments, "interface").ok_or_else(|| missing("interface"))?;
    if !facts::interfaces(router).iter().any(|name| name == interface) {
        return Err(Refused("input does not match any value of interface".to_owned()));
    }
    if !router.add_address(address, interface) {
        return Err(Refused("failure: already have such address".to_owned()));
    }
    Ok(Answer::default())
}

/// The question for the object of a command that was given none; an error where nothing can be asked.
fn which(place: Place) -> Outcome {
    match place {
        Place::Shell => Ok(Answer { asks: Some("numbers: "), ..Answer::default() }),
        Place::Exec => Err(Refused("missing value(s) of argument(s) numbers".to_owned())),
    }
}

fn remove_address(router: &Router, arguments: &[Word], place: Place) -> Outcome {
    let Some(word) = arguments.first() else { return which(place) };
    let there = word.text.parse().is_ok_and(|index| router.remove_address(index));
    if there { Ok(Answer::default()) } else { Err(Refused("no such item".to_owned())) }
}

fn set_interface(router: &Router, arguments: &[Word], place: Place) -> Outcome {
    let Some(word) = arguments.first().filter(|word| !word.text.contains('=')) else { return which(place) };
    if !facts::interfaces(router).contains(&word.text) {
        return Err(Refused("no such item".to_owned()));
    }
    match argument(arguments, "mtu").map(str::parse::<u32>) {
        Some(Err(_)) => Err(Refused("value of mtu contains invalid trailing characters".to_owned())),
        Some(Ok(mtu)) if mtu > 65_536 => Err(Refused("value of mtu out of range (0..65536)".to_owned())),
        _ => Ok(Answer::default()),
    }
}

/// Sends an answer; an export falls silent for `pause_ms` after `pause_after_bytes`.
pub async fn send(outlet: &Outlet, answer: &Answer) -> Result<(), Gone> {
    let device = &outlet.connection.host.device;
    let pause = Knobs(device).millis("pause_ms");
    let mut before = device.number("pause_after_bytes", 0.0).max(0.0) as usize;
    let mut pauses = answer.kind == AnswerKind::Export && !pause.is_zero();
    for part in &answer.parts {
        if pauses && before < part.len() {
            outlet.send(part.slice(..before)).await?;
            outlet.connection.sleep(pause).await?;
            outlet.send(part.slice(before..)).await?;
            pauses = false;
        } else {
            before = before.saturating_sub(part.len());
            outlet.send(part.clone()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Device, SimClock};
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn router(state: Value) -> Arc<Router> {
        let Value::Object(state) = state else { panic!("not an object") };
        let address = "127.0.0.1".parse().unwrap();
        let device = Device::new("r1", "routeros", "MTROS", "swt", address, SimClock::default(), state);
        Router::new(device, Default::default(), Default::default())
    }

    fn exec(router: &Router, line: &str) -> (String, bool) {
        let answer = run(router, "", line, Place::Exec);
        (String::from_utf8(answer.parts.concat()).unwrap(), answer.failed)
    }

    #[test]
    fn errors_name_the_word_and_its_column() {
        let chr = router(json!({"board": "CHR"}));
        let v6 = router(json!({"version": "6.49.17"}));
        let failed = |text: &str| (format!("{text}\r\n"), true);
        assert_eq!(exec(&chr, "/system routerboard print"), failed("bad command name routerboard (line 1 column 9)"));
        assert_eq!(exec(&v6, "/export show-sensitive"), failed("expected end of command (line 1 column 9)"));
        assert_eq!(exec(&v6, "/ip address remove 99"), failed("no such item"));
        assert_eq!(
            exec(&v6, "/ip address add address=10.0.0.1/24 interface=nope"),
            failed("input does not match any value of interface")
        );
        let add = "/ip address add address=10.0.0.1/24 interface=ether1";
        assert_eq!(exec(&v6, add), (String::new(), false));
        assert_eq!(exec(&v6, add), failed("failure: already have such address"));
        assert_eq!(
            exec(&v6, "/interface set ether1 mtu=15x0"),
            failed("value of mtu contains invalid trailing characters")
        );
        assert_eq!(exec(&v6, "frobnicate now"), failed("bad command name frobnicate (line 1 column 1)"));
        let limited = router(json!({"policy": "read"}));
        assert_eq!(exec(&limited, "/user set netops group=full"), failed("not enough permissions (9)"));
    }

    #[test]
    fn v7_takes_paths_with_slashes_and_v6_does_not() {
        let v7 = router(json!({"identity": "a b"}));
        let v6 = router(json!({"version": "6.49.17"}));
        assert_eq!(exec(&v7, "/system/identity/print"), ("  name: a b\r\n".into(), false));
        assert_eq!(exec(&v7, "/system identity print"), exec(&v7, "/system/identity/print"));
        assert!(exec(&v6, "/system/identity/print").1);
        assert_eq!(exec(&v7, "/ip/address/add address=10.9.0.1/24 interface=ether1"), (String::new(), false));
        assert_eq!(v7.added(), [("10.9.0.1/24".to_owned(), "ether1".to_owned())]);
    }

    #[test]
    fn semicolons_separate_outside_quotes_and_brackets() {
        let v7 = router(json!({"version": "7.16.2"}));
        assert_eq!(
            exec(&v7, ":put [/system resource get version]; :put \"a;b\""),
            ("7.16.2 (stable)\r\na;b\r\n".into(), false)
        );
        assert_eq!(
            exec(&v7, ":put a; /nope; :put b"),
            ("a\r\nbad command name nope (line 1 column 10)\r\n".into(), true)
        );
    }

    #[test]
    fn secrets_follow_the_release() {
        let (v6, v7) = (router(json!({"version": "6.49.17"})), router(json!({"version": "7.16"})));
        let shows = |router: &Router, line: &str| {
            let (text, failed) = exec(router, line);
            assert!(!failed && text.contains("/system identity"), "{line}: {text}");
            text.contains("sim-radius-secret")
        };
        assert!(shows(&v6, "/export terse"));
        assert!(!shows(&v6, "/export hide-sensitive"));
        assert!(!shows(&v7, "/export terse"));
        assert!(shows(&v7, "/export terse show-sensitive"));
        assert!(!shows(&v7, "/export hide-sensitive"));
    }

    #[test]
    fn the_header_follows_the_release_and_the_size_the_knob() {
        let v6 = router(
            json!({"version": "6.49.8", "serial": "S1", "software_id": "AB-CD", "board": "RB750Gr3", "export_bytes": 40_000}),
        );
        let (text, _) = exec(&v6, "/export terse");
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines[0].starts_with("# ") && lines[0].ends_with(" by RouterOS 6.49.8"), "{}", lines[0]);
        assert_eq!(lines[0].as_bytes()[5], b'/');
        assert_eq!(&lines[1..5], ["# software id = AB-CD", "#", "# model = RB750Gr3", "# serial number = S1"]);
        assert!((40_000..40_500).contains(&text.len()), "{}", text.len());
        let chr = router(json!({"board": "CHR"}));
        let (text, _) = exec(&chr, "/export");
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0].as_bytes()[6], b'-');
        assert_eq!(&lines[1..3], ["# software id = ", "/interface bridge"]);
    }

    #[test]
    fn joined_the_wrapped_export_is_the_terse_one() {
        let v7 = router(json!({"export_bytes": 20_000}));
        let ((plain, _), (terse, _)) = (exec(&v7, "/export"), exec(&v7, "/export terse"));
        let mut joined = String::new();
        let mut path = String::new();
        for line in plain.replace("\\\r\n    ", "").lines() {
            if line.starts_with('/') {
                path = line.to_owned();
            } else if line.starts_with('#') {
                joined.push_str(&format!("{line}\r\n"));
            } else {
                joined.push_str(&format!("{path} {line}\r\n"));
            }
        }
        assert!(plain.contains("\\\r\n    "));
        assert_eq!(joined.split_once("\r\n").unwrap().1, terse.split_once("\r\n").unwrap().1);
    }
}
