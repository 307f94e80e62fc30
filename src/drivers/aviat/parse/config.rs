//! `show running-config`: sections by indentation, and the sorted lines that clients compare (9).
//!
//! A line of the result is a leaf with its whole path. The form of each line is the one that clients know; what their
//! former reader lost is kept here: a section does not end at a text that contains `exit`, two leaves of one name both
//! stay, a leaf of an unusual form stays as it is.

use std::collections::BTreeSet;

/// A leaf: the headers above it, outermost first, and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// Headers of its sections, trimmed.
    pub path: Vec<&'a str>,
    /// Its line, trimmed.
    pub line: &'a str,
}

/// A config that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config<'a>(Vec<Leaf<'a>>);

/// Why a text is not a whole config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// Its last section is not closed, others are.
    #[error("its last section is not closed")]
    Open,
}

impl<'a> Config<'a> {
    /// Sections open at a line that is followed by one further in, and end where the indentation goes back; `exit` and
    /// `!` stand for that and are no leaves.
    pub fn parse(text: &'a str) -> Result<Self, Cut> {
        let lines: Vec<(usize, &str)> = text
            .lines()
            .map(|line| (line.len() - line.trim_start().len(), line.trim()))
            .filter(|(_, line)| !line.is_empty())
            .collect();
        let closes = lines.iter().any(|(_, line)| is_closing(line));
        // Behind a whole config every section is closed, and the indentation is back at the edge.
        if closes && lines.last().is_some_and(|(indent, _)| *indent > 0) {
            return Err(Cut::Open);
        }
        let mut leaves = Vec::new();
        let mut open: Vec<(usize, &str)> = Vec::new();
        let mut rest = lines.iter().filter(|(_, line)| !is_closing(line)).peekable();
        while let Some((indent, line)) = rest.next() {
            while open.last().is_some_and(|(depth, _)| depth >= indent) {
                open.pop();
            }
            if rest.peek().is_some_and(|(next, _)| next > indent) {
                open.push((*indent, line));
            } else {
                leaves.push(Leaf { path: open.iter().map(|(_, header)| *header).collect(), line });
            }
        }
        if leaves.is_empty() { Err(Cut::Empty) } else { Ok(Self(leaves)) }
    }

    /// All leaves, in the radio's order.
    pub fn leaves(&self) -> &[Leaf<'a>] {
        &self.0
    }

    /// The value of a leaf of a section, by the section's header (none: a leaf outside of sections) and the leaf's
    /// words; quotes taken off. None where it is absent, or there with several values.
    pub fn value(&self, section: Option<&str>, words: &str) -> Option<&'a str> {
        let mut values = self.0.iter().filter_map(|leaf| {
            let here = match section {
                None => leaf.path.is_empty(),
                Some(section) => leaf.path.as_slice() == [section],
            };
            let value = leaf.line.strip_prefix(words).filter(|rest| here && rest.starts_with(' '))?.trim();
            Some(quoted(value).unwrap_or(value))
        });
        let first = values.next()?;
        values.all(|value| value == first).then_some(first)
    }

    /// The name that the radio was given, wherever its release keeps it.
    pub fn hostname(&self) -> Option<&'a str> {
        self.value(None, "system hostname")
            .or_else(|| self.value(Some("system"), "hostname"))
            .or_else(|| self.value(None, "hostname"))
    }

    /// The word behind `xpic` of the radio interface: `local`, `horizontal`, `vertical`, or another.
    pub fn xpic(&self) -> Option<&'a str> {
        ["interface Radio1", "interface Radio1/1", "radio-link Radio1/1"]
            .into_iter()
            .find_map(|section| self.value(Some(section), "xpic"))
            .and_then(|value| value.split_whitespace().next())
    }

    /// The sorted lines, joined by `\n`, nothing behind the last.
    pub fn normalised(&self) -> String {
        let lines: BTreeSet<String> = self.0.iter().flat_map(shown).collect();
        lines.into_iter().collect::<Vec<_>>().join("\n")
    }
}

fn is_closing(line: &str) -> bool {
    line == "exit" || line == "!" || line.starts_with("! ")
}

/// The lines of a leaf: a value without its quotes, a list one line each, a negation in front of the whole path.
fn shown(leaf: &Leaf<'_>) -> Vec<String> {
    let path = |rest: &str| {
        let mut line = leaf.path.join(" ");
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(rest);
        line
    };
    if let Some(word) = leaf.line.strip_prefix("no ").map(str::trim)
        && !word.contains(char::is_whitespace)
    {
        return vec![format!("no {}", path(word))];
    }
    if let Some((key, list)) = leaf.line.split_once(" [ ")
        && let Some(list) = list.strip_suffix(']').filter(|list| list.is_empty() || list.ends_with(' '))
        && !key.contains('"')
    {
        let elements = elements(list);
        return elements.iter().enumerate().map(|(at, element)| path(&format!("{key}[{at}] {element}"))).collect();
    }
    if let Some((key, _)) = leaf.line.split_once(" \"")
        && let Some(value) = leaf.line.strip_prefix(key).map(str::trim).and_then(quoted)
    {
        return vec![if value.is_empty() { path(key) } else { path(&format!("{key} {value}")) }];
    }
    vec![path(leaf.line)]
}

/// The inside of a text that is one quoted string; escapes stay as they came.
fn quoted(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut escaped = false;
    let closed_early = inside.chars().any(|c| {
        let quote = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        quote
    });
    (!closed_early && !escaped).then_some(inside)
}

/// Elements of a list, parted by blanks; a quoted one may hold some.
fn elements(list: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = list.trim_start();
    while !rest.is_empty() {
        let quote = rest.strip_prefix('"').and_then(|inside| inside.split_once("\" ").or(inside.split_once('"')));
        let (element, tail) = match quote {
            Some(parts) => parts,
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        found.push(element);
        rest = tail.trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "system hostname BH-AV4100-11-EXB.EXA\r
system location \"EXA tower\"\r
snmp v2c-only\r
snmp community COMMUNITY-PLACEHOLDER\r
spanning-tree administrative-status down\r
interface Radio1\r
 enabled\r
 description BH-AV4100-11-EXB.EXA\r
 xpic local\r
exit\r
interface Carrier1/1\r
 enabled\r
 description BH-AV4100-11-EXB.EXA\r
 bandwidth ANSI 80.0\r
 tx-frequency 11225000\r
 rx-frequency 11465000\r
 coding-modulation adaptive min qpsk max qam-4096\r
 power atpc selected-min-output-power 11.5 selected-max-output-power 24.0 fade-margin 10.0\r
 no tx-mute\r
exit\r
interface Vlan1\r
 ipv4 address 192.0.2.67\r
  prefix-length 29\r
 exit\r
exit\r
";

    /// The example of 9.2, word for word.
    const TWO_NORMALISED: &str = "\
interface Carrier1/1 bandwidth ANSI 80.0
interface Carrier1/1 coding-modulation adaptive min qpsk max qam-4096
interface Carrier1/1 description BH-AV4100-11-EXB.EXA
interface Carrier1/1 enabled
interface Carrier1/1 power atpc selected-min-output-power 11.5 selected-max-output-power 24.0 fade-margin 10.0
interface Carrier1/1 rx-frequency 11465000
interface Carrier1/1 tx-frequency 11225000
interface Radio1 description BH-AV4100-11-EXB.EXA
interface Radio1 enabled
interface Radio1 xpic local
interface Vlan1 ipv4 address 192.0.2.67 prefix-length 29
no interface Carrier1/1 tx-mute
snmp community COMMUNITY-PLACEHOLDER
snmp v2c-only
spanning-tree administrative-status down
system hostname BH-AV4100-11-EXB.EXA
system location EXA tower";

    const SIX: &str = "hostname BH-AV4200-11-EXC.EXA
location EXA
radio-link Radio1/1
 enabled
 carriers [ Carrier1/1 Carrier1/2 ]
 mlhc
 a2c-mode fixed-dual-carrier
exit
radio-carrier Carrier1/1
 no tx-mute
exit
interface Radio1/1
exit
partner-device
 connection interface 10g2
exit
qos-default-policy ExternalBufferSize
 traffic-classes 0
  queue-size queue-limit 2500 kbytes
 exit
exit
";

    fn normalised(text: &str) -> String {
        Config::parse(text).unwrap().normalised()
    }

    #[test]
    fn the_form_that_clients_know() {
        assert_eq!(normalised(TWO), TWO_NORMALISED);
        assert_eq!(
            normalised(SIX),
            "hostname BH-AV4200-11-EXC.EXA\n\
             interface Radio1/1\n\
             location EXA\n\
             no radio-carrier Carrier1/1 tx-mute\n\
             partner-device connection interface 10g2\n\
             qos-default-policy ExternalBufferSize traffic-classes 0 queue-size queue-limit 2500 kbytes\n\
             radio-link Radio1/1 a2c-mode fixed-dual-carrier\n\
             radio-link Radio1/1 carriers[0] Carrier1/1\n\
             radio-link Radio1/1 carriers[1] Carrier1/2\n\
             radio-link Radio1/1 enabled\n\
             radio-link Radio1/1 mlhc"
        );
    }

    #[test]
    fn each_form_of_a_leaf() {
        for (line, expected) in [
            ("enabled", "enabled"),
            ("no tx-mute", "no tx-mute"),
            ("no a b", "no a b"),
            ("location \"EXA tower\"", "location EXA tower"),
            ("location \"\"", "location"),
            ("location \"a \\\"b\\\" c\"", "location a \\\"b\\\" c"),
            ("location \"a\" and \"b\"", "location \"a\" and \"b\""),
            ("carriers [ A ]", "carriers[0] A"),
            ("names [ \"a b\" c ]", "names[0] a b\nnames[1] c"),
            ("description [ not a list", "description [ not a list"),
            ("x 5", "x 5"),
        ] {
            assert_eq!(normalised(line), expected, "{line}");
        }
        assert_eq!(normalised("a\n no b\n no c d\n"), "a no c d\nno a b");
    }

    #[test]
    fn what_the_former_reader_lost() {
        let text = "interface Radio1\n description \"exit at the tower\"\n xpic local\nexit\nhostname A\n";
        assert_eq!(
            normalised(text),
            "hostname A\ninterface Radio1 description exit at the tower\ninterface Radio1 xpic local"
        );
        assert_eq!(
            normalised("snmp community A\nsnmp community B\nsnmp community A\n"),
            "snmp community A\nsnmp community B"
        );
        let no_closing = "hostname A\ninterface Radio1\n xpic local\n";
        assert_eq!(normalised(no_closing), "hostname A\ninterface Radio1 xpic local");
        let marks = "interface Radio1\n xpic local\n!\nhostname A\n! a remark\n";
        assert_eq!(normalised(marks), "hostname A\ninterface Radio1 xpic local");
    }

    #[test]
    fn a_config_that_stops_in_a_section_is_cut() {
        assert_eq!(Config::parse(""), Err(Cut::Empty));
        assert_eq!(Config::parse("exit\n!\n"), Err(Cut::Empty));
        let mut lines: Vec<&str> = TWO.lines().collect();
        while lines.pop().is_some() {
            let text = lines.join("\n");
            if lines.last().is_some_and(|line| line.starts_with(' ')) && text.contains("\nexit") {
                assert_eq!(Config::parse(&text), Err(Cut::Open), "{text}");
            }
        }
    }

    #[test]
    fn leaves_by_name() {
        let two = Config::parse(TWO).unwrap();
        assert_eq!((two.hostname(), two.xpic()), (Some("BH-AV4100-11-EXB.EXA"), Some("local")));
        assert_eq!(two.value(None, "system location"), Some("EXA tower"));
        assert_eq!(two.value(None, "system"), None, "several");
        let six = Config::parse(SIX).unwrap();
        assert_eq!((six.hostname(), six.xpic()), (Some("BH-AV4200-11-EXC.EXA"), None));
        assert_eq!(six.value(Some("partner-device"), "connection interface"), Some("10g2"));
    }
}
