//! The running configuration: rows made from the knobs, under what was committed; and how it is written out.

use serde_json::{Map, Value};

use super::facts::Facts;
use super::schema::SNMP_MODES;

/// What a leaf holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    /// A value.
    Text(String),
    /// Present, or written down as absent (`no ...`).
    Flag(bool),
}

/// One leaf of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The sections that it stands in, outermost first: `interface Vlan1`, `ipv4 address 192.0.2.67`.
    pub sections: Vec<String>,
    /// `prefix-length`.
    pub key: String,
    /// What it holds.
    pub leaf: Leaf,
}

/// A change that is not committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Sections.
    pub sections: Vec<String>,
    /// Leaf; empty: the whole section.
    pub key: String,
    /// The new value; absent: it goes.
    pub leaf: Option<Leaf>,
}

/// Between the parts of a path in the knobs `config_2` and `config_6`.
const JOINT: &str = " > ";

struct Rows(Vec<Entry>);

impl Rows {
    fn put(&mut self, sections: &[&str], key: &str, leaf: Leaf) {
        let sections = sections.iter().map(|section| (*section).to_owned()).collect();
        self.0.push(Entry { sections, key: key.to_owned(), leaf });
    }

    fn text(&mut self, sections: &[&str], key: &str, text: impl Into<String>) {
        self.put(sections, key, Leaf::Text(text.into()));
    }

    fn on(&mut self, sections: &[&str], key: &str) {
        self.put(sections, key, Leaf::Flag(true));
    }
}

/// The knob that holds what was committed and is no knob of its own.
fn overlay(six: bool) -> &'static str {
    if six { "config_6" } else { "config_2" }
}

/// The running configuration, in the order in which it is shown.
pub fn running(facts: &Facts) -> Vec<Entry> {
    let mut rows = Rows(Vec::new());
    let knobs = &facts.0;
    let six = facts.is_six();
    let (hostname, location) = (knobs.text("hostname", "radio"), knobs.text("location", "35.0000, -97.0000"));
    if six {
        rows.text(&[], "hostname", hostname.as_str());
        rows.text(&[], "location", location);
    } else {
        rows.text(&[], "system hostname", hostname.as_str());
        rows.text(&[], "system location", location);
    }
    let mode = knobs.text("snmp_mode", "v2c-only");
    if mode != "none" {
        rows.on(&[], &format!("snmp {mode}"));
    }
    let community = knobs.text("snmp_community", "public");
    if !community.is_empty() {
        rows.text(&[], "snmp community", community);
    }
    rows.text(&[], "spanning-tree administrative-status", knobs.text("stp", "down"));
    if six {
        six_radio(&mut rows, &hostname);
    } else {
        two_radio(&mut rows, &hostname, &knobs.text("xpic", "none"));
    }
    let address = format!("ipv4 address {}", knobs.text("address", "192.0.2.67"));
    rows.text(&["interface Vlan1", &address], "prefix-length", facts.prefix().to_string());
    let partner = knobs.text("partner", "none");
    if six && partner.starts_with("10g") {
        rows.text(&["partner-device"], "connection interface", partner);
    }
    if let Some(kbytes) = knobs.maybe_text("buffer_kbytes").filter(|_| six) {
        let sections = ["qos-default-policy ExternalBufferSize", "traffic-classes 0"];
        rows.text(&sections, "queue-size queue-limit", format!("{kbytes} kbytes"));
    }
    let committed = knobs.get(overlay(six)).and_then(Value::as_object).cloned().unwrap_or_default();
    let edits: Vec<Edit> = committed.iter().filter_map(|(path, value)| overlaid(path, value)).collect();
    with(rows.0, &edits)
}

fn overlaid(path: &str, value: &Value) -> Option<Edit> {
    let mut sections: Vec<String> = path.split(JOINT).map(str::to_owned).collect();
    let key = sections.pop()?;
    let leaf = match value {
        Value::Bool(on) => Some(Leaf::Flag(*on)),
        Value::String(text) => Some(Leaf::Text(text.clone())),
        _ => None,
    };
    Some(Edit { sections, key, leaf })
}

fn two_radio(rows: &mut Rows, hostname: &str, xpic: &str) {
    rows.on(&["interface Radio1"], "enabled");
    rows.text(&["interface Radio1"], "description", hostname);
    if xpic != "none" {
        rows.text(&["interface Radio1"], "xpic", xpic);
    }
    for (carrier, tx, rx) in
        [("interface Carrier1/1", 11_225_000, 11_465_000), ("interface Carrier1/2", 11_265_000, 11_505_000)]
    {
        let at = [carrier];
        rows.on(&at, "enabled");
        rows.text(&at, "description", hostname);
        rows.text(&at, "bandwidth", "ANSI 80.0");
        rows.text(&at, "tx-frequency", tx.to_string());
        rows.text(&at, "rx-frequency", rx.to_string());
        rows.text(&at, "coding-modulation", "adaptive min qpsk max qam-4096");
        let power = "atpc selected-min-output-power 11.5 selected-max-output-power 24.0 fade-margin 10.0";
        rows.text(&at, "power", power);
        rows.put(&at, "tx-mute", Leaf::Flag(false));
    }
}

fn six_radio(rows: &mut Rows, hostname: &str) {
    let link = ["radio-link Radio1/1"];
    rows.on(&link, "enabled");
    rows.text(&link, "carriers", "[ Carrier1/1 Carrier1/2 ]");
    rows.on(&link, "mlhc");
    rows.on(&link, "hitless-aggregation");
    rows.text(&link, "a2c-mode", "fixed-dual-carrier");
    for (carrier, tx, rx) in
        [("radio-carrier Carrier1/1", 11_225_000, 11_465_000), ("radio-carrier Carrier1/2", 11_265_000, 11_505_000)]
    {
        let at = [carrier];
        rows.text(&at, "type", "local-carrier");
        rows.on(&at, "enabled");
        rows.text(&at, "bandwidth", "ANSI 80.0");
        rows.text(&at, "tx-frequency", tx.to_string());
        rows.text(&at, "rx-frequency", rx.to_string());
        rows.text(&at, "power", "min 11.5 max 24.0 fade-margin 10.0 fcc-atpc false");
        rows.put(&at, "tx-mute", Leaf::Flag(false));
        rows.text(&at, "modulation", "min qpsk max qam-4096");
    }
    rows.text(&["interface Radio1/1"], "description", hostname);
}

/// A configuration with edits made to it.
pub fn with(mut entries: Vec<Entry>, edits: &[Edit]) -> Vec<Entry> {
    for edit in edits {
        if edit.key.is_empty() {
            entries.retain(|entry| !entry.sections.starts_with(&edit.sections));
            continue;
        }
        // Of the modes one takes the place of the other.
        if snmp_mode(&edit.sections, &edit.key).is_some()
            && edit.leaf.is_some()
            && let Some(mode) = entries.iter_mut().find(|entry| snmp_mode(&entry.sections, &entry.key).is_some())
        {
            mode.key.clone_from(&edit.key);
            continue;
        }
        let same = |entry: &Entry| entry.sections == edit.sections && entry.key == edit.key;
        let at = entries.iter().position(same);
        match (&edit.leaf, at) {
            (None, _) => entries.retain(|entry| !same(entry)),
            (Some(leaf), Some(at)) => {
                if let Some(entry) = entries.get_mut(at) {
                    entry.leaf = leaf.clone();
                }
            }
            (Some(leaf), None) => {
                let last = entries.iter().rposition(|entry| entry.sections.starts_with(&edit.sections));
                let at = if edit.sections.is_empty() {
                    entries.iter().take_while(|entry| entry.sections.is_empty()).count()
                } else {
                    last.map_or(entries.len(), |last| last.saturating_add(1))
                };
                let new = Entry { sections: edit.sections.clone(), key: edit.key.clone(), leaf: leaf.clone() };
                entries.insert(at, new);
            }
        }
    }
    entries
}

/// The SNMP mode that a leaf stands for.
fn snmp_mode<'a>(sections: &[String], key: &'a str) -> Option<&'a str> {
    let word = key.strip_prefix("snmp ")?;
    (sections.is_empty() && SNMP_MODES.contains(&word)).then_some(word)
}

/// The knobs that change when these edits are committed.
pub fn knobs(facts: &Facts, edits: &[Edit]) -> Map<String, Value> {
    let six = facts.is_six();
    let mut out = Map::new();
    let mut rest = facts.0.get(overlay(six)).and_then(Value::as_object).cloned().unwrap_or_default();
    for edit in edits {
        let text = match &edit.leaf {
            Some(Leaf::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let section = edit.sections.first().map_or("", String::as_str);
        let bound: Option<(&str, Value)> = match (section, edit.key.as_str()) {
            ("", "hostname" | "system hostname") => Some(("hostname", text.into())),
            ("", "location" | "system location") => Some(("location", text.into())),
            ("", "snmp community") => Some(("snmp_community", text.unwrap_or_default().into())),
            ("", "spanning-tree administrative-status") => Some(("stp", text.unwrap_or("down").into())),
            ("", key) if edit.leaf.is_some() => snmp_mode(&[], key).map(|mode| ("snmp_mode", mode.into())),
            ("", key) => {
                let is_on = snmp_mode(&[], key).is_some_and(|mode| mode == facts.0.text("snmp_mode", "v2c-only"));
                is_on.then(|| ("snmp_mode", "none".into()))
            }
            ("interface Radio1", "xpic") => Some(("xpic", text.unwrap_or("none").into())),
            ("interface Vlan1", "prefix-length") => {
                Some(("mask", text.and_then(|text| text.parse::<u32>().ok()).into()))
            }
            ("partner-device", _) => Some(("partner", text.unwrap_or("none").into())),
            ("qos-default-policy ExternalBufferSize", _) => {
                let kbytes = text.and_then(|text| text.split(' ').next()).and_then(|text| text.parse::<u32>().ok());
                Some(("buffer_kbytes", kbytes.into()))
            }
            _ => None,
        };
        match bound {
            Some((name, value)) => {
                out.insert(name.to_owned(), value);
            }
            None if section.starts_with("user ") => {}
            None => {
                let path = [edit.sections.as_slice(), std::slice::from_ref(&edit.key)].concat().join(JOINT);
                let value = match &edit.leaf {
                    Some(Leaf::Text(text)) => text.clone().into(),
                    Some(Leaf::Flag(on)) => (*on).into(),
                    None => Value::Null,
                };
                rest.insert(path, value);
                out.insert(overlay(six).to_owned(), rest.clone().into());
            }
        }
    }
    out
}

/// Whether an entry is at or below a path of words.
pub fn is_below(entry: &Entry, words: &[&str]) -> bool {
    let line = entry.sections.iter().chain(std::iter::once(&entry.key)).flat_map(|part| part.split(' '));
    let line: Vec<&str> = line.collect();
    line.len() >= words.len() && line.iter().zip(words).all(|(have, want)| have.eq_ignore_ascii_case(want))
}

/// Entries as they are shown: one space a level, `exit` under each section's head.
pub fn shown(entries: &[Entry]) -> String {
    let mut out = String::new();
    let mut open: Vec<String> = Vec::new();
    for entry in entries {
        let common = open.iter().zip(&entry.sections).take_while(|(a, b)| a == b).count();
        while open.len() > common {
            open.pop();
            line(&mut out, open.len(), "exit");
        }
        for section in entry.sections.iter().skip(common) {
            line(&mut out, open.len(), section);
            open.push(section.clone());
        }
        let text = match &entry.leaf {
            Leaf::Text(text) => format!("{} {}", entry.key, quoted(text, &entry.key)),
            Leaf::Flag(true) => entry.key.clone(),
            Leaf::Flag(false) => format!("no {}", entry.key),
        };
        line(&mut out, open.len(), &text);
    }
    while open.pop().is_some() {
        line(&mut out, open.len(), "exit");
    }
    out
}

fn line(out: &mut String, level: usize, text: &str) {
    out.push_str(&" ".repeat(level));
    out.push_str(text);
    out.push_str("\r\n");
}

/// Free text with blanks is in quotes; values that are several words are not.
fn quoted(text: &str, key: &str) -> String {
    let free = ["description", "location", "hostname", "community"].iter().any(|word| key.ends_with(word));
    if free && (text.contains(' ') || text.is_empty()) { format!("\"{text}\"") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::snmp::knobs::Knobs;

    fn facts(knobs: Value) -> Facts {
        Facts(Knobs(knobs.as_object().unwrap().clone()))
    }

    #[test]
    fn sections_nest_and_close() {
        let facts = facts(json!({"family": "6", "hostname": "B", "location": "EXA tower", "buffer_kbytes": 2500,
            "partner": "10g2", "snmp_community": "c"}));
        let entries = running(&facts);
        let policy: Vec<Entry> =
            entries.iter().filter(|entry| is_below(entry, &["qos-default-policy"])).cloned().collect();
        assert_eq!(
            shown(&policy),
            "qos-default-policy ExternalBufferSize\r\n traffic-classes 0\r\n  queue-size queue-limit 2500 kbytes\r\n exit\r\nexit\r\n"
        );
        let all = shown(&entries);
        assert!(
            all.starts_with("hostname B\r\nlocation \"EXA tower\"\r\nsnmp v2c-only\r\nsnmp community c\r\n"),
            "{all}"
        );
        assert!(all.contains("partner-device\r\n connection interface 10g2\r\nexit\r\n"), "{all}");
        assert!(
            all.contains("interface Vlan1\r\n ipv4 address 192.0.2.67\r\n  prefix-length 29\r\n exit\r\nexit\r\n"),
            "{all}"
        );
    }

    #[test]
    fn edits_go_to_their_knobs_or_over_the_rows() {
        let before = facts(json!({"family": "2.11"}));
        let edit = |sections: &[&str], key: &str, leaf: Option<Leaf>| Edit {
            sections: sections.iter().map(|section| (*section).to_owned()).collect(),
            key: key.to_owned(),
            leaf,
        };
        let edits = [
            edit(&[], "spanning-tree administrative-status", Some(Leaf::Text("up".to_owned()))),
            edit(&[], "snmp v3-only", Some(Leaf::Flag(true))),
            edit(&["interface Carrier1/1"], "tx-mute", Some(Leaf::Flag(true))),
            edit(&["interface Carrier1/1"], "bandwidth", None),
        ];
        let changed = knobs(&before, &edits);
        assert_eq!(
            Value::Object(changed.clone()),
            json!({"stp": "up", "snmp_mode": "v3-only",
                "config_2": {"interface Carrier1/1 > tx-mute": true, "interface Carrier1/1 > bandwidth": null}})
        );
        let mut after = before.0.0.clone();
        after.extend(changed);
        assert_eq!(running(&Facts(Knobs(after))), with(running(&before), &edits));
    }
}
