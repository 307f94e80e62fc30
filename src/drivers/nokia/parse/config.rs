//! Whether a running config is whole: it says so itself, with its last line.

use std::fmt;

use super::errors::{Refusal, excerpt, refusal};
use super::prompt::Engine;
use super::version::Version;
use crate::drivers::nokia::platform::PAGERS;

/// The last line stands within so many lines of the end: a late event may stand behind it.
const LAST: usize = 10;

/// What a text is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of it: what its head says, and what an operator should know.
    Complete(Head, Vec<String>),
    /// Not all of it: never stored.
    Partial(Cut),
    /// No config at all: the device's words.
    Refused(Refusal, String),
}

/// What the lines around the body say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// `TiMOS-B-22.10.R3 both/hops64 Nokia 7250 IXR Copyright ...`.
    pub release: String,
    /// Its version.
    pub version: Option<Version>,
    /// What stands behind `Generated`.
    pub generated: Option<String>,
    /// What stands behind `Last modified`: when, who, from where.
    pub modified: Option<String>,
    /// What stands behind `Commit ID`.
    pub commit: Option<String>,
}

/// Why a config is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// Nothing came.
    Empty,
    /// It does not begin as configs do; its first line, secrets masked.
    NoHead(String),
    /// The last line did not come.
    NoEnd,
    /// The last line came, the end of the body in front of it did not.
    OpenBody,
    /// So many braces are open at its end, or closed before they were opened.
    Braces(i64),
    /// There is nothing between head and end.
    NoBody,
    /// A pager's text stands in it.
    Pager,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cut::Empty => f.write_str("nothing came"),
            Cut::NoHead(line) => write!(f, "the first line is not a config's: {line}"),
            Cut::NoEnd => f.write_str("its last line, '# Finished', did not come"),
            Cut::OpenBody => f.write_str("'exit all' does not stand in front of its last line"),
            Cut::Braces(open) => write!(f, "its braces do not close ({open} open at the end)"),
            Cut::NoBody => f.write_str("there is nothing between its head and its last line"),
            Cut::Pager => f.write_str("a pager stopped it, and its text stands in it"),
        }
    }
}

/// Whether a line ends a config.
pub(super) fn is_end(line: &str) -> bool {
    line.starts_with("# Finished")
}

/// Head, body and what stands behind the end; none where a part of it is missing.
pub(super) struct Parts<'a> {
    pub head: &'a [&'a str],
    pub body: &'a [&'a str],
    pub behind: &'a [&'a str],
}

/// Splits the lines of a config: the head is what begins with `#` or is blank, the end is the last `# Finished` near the
/// end.
pub(super) fn split<'a>(lines: &'a [&'a str]) -> Option<Parts<'a>> {
    let mut seen = 0;
    let mut end = None;
    for (at, line) in lines.iter().enumerate().rev() {
        if is_end(line) {
            end = Some(at);
            break;
        }
        seen += usize::from(!line.trim().is_empty());
        if seen >= LAST {
            break;
        }
    }
    let end = end?;
    let first =
        lines.iter().take(end).position(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or(end);
    Some(Parts { head: lines.get(..first)?, body: lines.get(first..end)?, behind: lines.get(end + 1..)? })
}

/// Looks for every sign of a cut.
pub fn judge(text: &str, engine: Engine) -> Verdict {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let Some(first) = lines.iter().find(|line| !line.trim().is_empty()) else { return Verdict::Partial(Cut::Empty) };
    if !first.starts_with("# TiMOS") {
        return match refusal(text) {
            Some((kind, words)) => Verdict::Refused(kind, words),
            None => Verdict::Partial(Cut::NoHead(excerpt(first))),
        };
    }
    if lines.iter().any(|line| PAGERS.iter().any(|pager| line.trim_start().starts_with(pager))) {
        return Verdict::Partial(Cut::Pager);
    }
    let Some(parts) = split(&lines) else { return Verdict::Partial(Cut::NoEnd) };
    let mut body = parts.body.iter().filter(|line| !line.trim().is_empty());
    if body.clone().next().is_none() {
        return Verdict::Partial(Cut::NoBody);
    }
    match engine {
        Engine::Classic if body.next_back() != Some(&"exit all") || body.next() != Some(&"exit all") => {
            return Verdict::Partial(Cut::OpenBody);
        }
        Engine::Classic => {}
        Engine::Md => {
            if let Err(open) = depth(parts.body) {
                return Verdict::Partial(Cut::Braces(open));
            }
        }
    }
    let behind = parts.behind.iter().filter(|line| !line.trim().is_empty()).count();
    let warnings = if behind > 0 {
        vec![format!("{behind} lines behind the config's last line were left out")]
    } else {
        Vec::new()
    };
    Verdict::Complete(head(parts.head), warnings)
}

/// Braces outside of quotes; the error is how many are open at the end, or the first that was closed too much.
fn depth(body: &[&str]) -> Result<(), i64> {
    let mut open = 0_i64;
    for line in body {
        let (mut quoted, mut escaped) = (false, false);
        for c in line.chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '{' if !quoted => open += 1,
                '}' if !quoted => open -= 1,
                _ => {}
            }
        }
        if open < 0 {
            return Err(open);
        }
    }
    if open == 0 { Ok(()) } else { Err(open) }
}

fn head(lines: &[&str]) -> Head {
    let behind =
        |start: &str| lines.iter().find_map(|line| line.strip_prefix(start)).map(|text| text.trim().to_owned());
    let release = behind("# TiMOS").map(|rest| format!("TiMOS{rest}")).unwrap_or_default();
    Head {
        version: Version::find(&release),
        generated: behind("# Generated "),
        modified: behind("# Last modified "),
        commit: behind("# Commit ID "),
        release,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# TiMOS-B-22.10.R9 both/hops64 Nokia 7250 IXR Copyright (c) 2000-2024 Nokia.\n# All rights reserved.\n\
        # Built on Thu Jan 11 10:02:44 PST 2024 by builder in /x\n\n# Generated MON MAR 02 04:15:20 2026 UTC\n\n";
    const CLASSIC: &str = "exit all\nconfigure\n#------\necho \"System Configuration\"\n#------\n    system\n        name \"x\"\n    \
        exit\nexit all\n\n";
    const END: &str = "# Finished MON MAR 02 04:15:24 2026 UTC\n";

    fn cut(text: &str, engine: Engine) -> Cut {
        match judge(text, engine) {
            Verdict::Partial(cut) => cut,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn n01_a_classic_config_is_whole_with_its_last_line() {
        let Verdict::Complete(head, warnings) = judge(&format!("{HEAD}{CLASSIC}{END}"), Engine::Classic) else {
            panic!()
        };
        assert_eq!(head.version.unwrap().release, "22.10.R9");
        assert!(head.release.contains("Nokia 7250 IXR"));
        assert_eq!((head.generated.as_deref(), head.modified), (Some("MON MAR 02 04:15:20 2026 UTC"), None));
        assert_eq!(warnings, [""; 0]);
        assert!(matches!(
            judge(&format!("\r\n{HEAD}{CLASSIC}{END}").replace('\n', "\r\n"), Engine::Classic),
            Verdict::Complete(..)
        ));
    }

    #[test]
    fn n02_each_kind_of_cut_is_noticed() {
        let classic = Engine::Classic;
        assert_eq!(cut("", classic), Cut::Empty);
        assert_eq!(cut("\n \n", classic), Cut::Empty);
        assert_eq!(cut(&format!("{HEAD}{CLASSIC}"), classic), Cut::NoEnd);
        assert_eq!(cut(&format!("{HEAD}{END}"), classic), Cut::NoBody);
        let open = CLASSIC.replace("exit all\n\n", "");
        assert_eq!(cut(&format!("{HEAD}{open}{END}"), classic), Cut::OpenBody);
        assert_eq!(cut(&format!("{HEAD}    exit\nexit all\n{END}"), classic), Cut::OpenBody);
        let shown = cut("# 2026-03-02 04:10:07 by RouterOS 7.16\n", classic);
        assert!(matches!(&shown, Cut::NoHead(line) if line.contains("RouterOS")), "{shown}");
        let behind = "x\n".repeat(11);
        assert_eq!(cut(&format!("{HEAD}{CLASSIC}{END}{behind}"), classic), Cut::NoEnd);
    }

    #[test]
    fn n03_a_pagers_text_is_a_failure_and_a_quotation_of_it_is_not() {
        let pager = "Press any key to continue (Q to quit)\n";
        assert_eq!(cut(&format!("{HEAD}exit all\n{pager}{CLASSIC}{END}"), Engine::Classic), Cut::Pager);
        let quoted = CLASSIC.replace("name \"x\"", "description \"Press any key to continue (Q to quit)\"");
        assert!(matches!(judge(&format!("{HEAD}{quoted}{END}"), Engine::Classic), Verdict::Complete(..)));
    }

    #[test]
    fn md_configs_close_their_braces() {
        let head = HEAD.replace("\n# Generated MON MAR 02 04:15:20 2026 UTC", "# Configuration format version 24.10 revision 0\n\n\
            # Commit ID 4\n#   Committed 2026-02-27T13:02:40.0Z by jdoe (NETCONF) from 192.0.2.77\n\
            # Generated 2026-03-02T04:20:11.4Z by netops from 192.0.2.10\n# Last modified 2026-02-27T13:02:40.0Z by jdoe (MD-CLI) from 192.0.2.77");
        let body = "configure {\n    port 1/1/1 {\n        description \"to POP # 7 {core \\\"x\"\n    }\n}\n\npersistent-indices {\n}\n\n";
        let Verdict::Complete(seen, _) = judge(&format!("{head}{body}{END}"), Engine::Md) else { panic!() };
        assert_eq!(seen.commit.as_deref(), Some("4"));
        assert_eq!(seen.modified.as_deref(), Some("2026-02-27T13:02:40.0Z by jdoe (MD-CLI) from 192.0.2.77"));
        let open = body.replace("    }\n}\n\npersistent", "    }\n\npersistent");
        assert_eq!(cut(&format!("{head}{open}{END}"), Engine::Md), Cut::Braces(1));
        assert_eq!(cut(&format!("{head}}}\nconfigure {{\n{END}"), Engine::Md), Cut::Braces(-1));
        let flat = "/configure card 1 card-type imm48-sfp++6-qsfp28\n/configure port 1/1/1 description \"{\"\n\n";
        assert!(matches!(judge(&format!("{head}{flat}{END}"), Engine::Md), Verdict::Complete(..)));
    }

    #[test]
    fn refusals_are_refusals_and_late_lines_are_left_out() {
        let verdict = judge("MINOR: CLI Command not allowed for this user.\n", Engine::Classic);
        assert!(matches!(verdict, Verdict::Refused(Refusal::NotPermitted, _)), "{verdict:?}");
        let late = format!("{HEAD}{CLASSIC}{END}\n12 2026/03/02 04:15:25.00 UTC MINOR: PORT #2004 Base 1/1/1\n");
        let Verdict::Complete(_, warnings) = judge(&late, Engine::Classic) else { panic!() };
        assert_eq!(warnings, ["1 lines behind the config's last line were left out"]);
    }
}
