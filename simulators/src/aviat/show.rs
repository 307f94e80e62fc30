//! The `show` commands of operational mode.

use std::fmt::Write as _;

use super::config::{self, Entry, Leaf};
use super::facts::Facts;
use super::schema::{self, Found, Shape};
use super::words::{Word, texts};

/// What is said where there is nothing.
const NONE: &str = "% No entries found.\r\n";

/// What an answer is made from.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The radio.
    pub facts: &'a Facts,
    /// Simulated seconds.
    pub now: f64,
    /// Booted a moment ago: tables are empty.
    pub settling: bool,
    /// The licences are asked for for the first time in this session.
    pub first_read: bool,
}

/// Answers `show` with these words behind it. Errors: the column of a word that is not known; none: more is needed.
pub fn run(scene: &Scene<'_>, words: &[Word]) -> Result<String, Option<usize>> {
    let facts = scene.facts;
    let six = facts.is_six();
    let (first, rest) = words.split_first().ok_or(None)?;
    let arguments = texts(rest);
    let empty = |text: String| if scene.settling { NONE.to_owned() } else { text };
    // The first word that is wrong, if the command itself is known.
    let unknown = |index: usize| Some(words.get(index).map_or(first.at, |word| word.at));
    match (first.text.as_str(), arguments.as_slice()) {
        ("running-config", _) => {
            check_path(facts, rest).map_err(Some)?;
            Ok(configuration(&config::running(facts), &arguments))
        }
        ("software-status", []) => Ok(empty(software(facts, None))),
        ("software-status", [leaf]) if LEAVES.contains(leaf) => Ok(empty(software(facts, Some(leaf)))),
        ("version", []) => Ok(empty(if six { version_table(facts) } else { software(facts, None) })),
        ("spanning-tree", []) => Ok(empty(spanning_tree(facts))),
        ("licensing", ["bundles"]) => Ok(empty(bundles(facts, scene.first_read))),
        ("licensing", [] | ["licenses"]) => Ok(empty(licences(facts))),
        ("interface", []) => Ok(empty(if six { interface_table(facts) } else { interfaces(facts, None) })),
        ("interface", [name]) => {
            let text = if six && !name.eq_ignore_ascii_case("vlan1") {
                interface_table(facts).split_inclusive("\r\n").filter(|line| line.starts_with(name)).collect()
            } else {
                interfaces(facts, Some(name))
            };
            Ok(empty(if text.is_empty() { NONE.to_owned() } else { text }))
        }
        ("radio-carrier", ["status"]) => Ok(empty(carriers(facts, scene.now))),
        ("manufacture-details", [] | ["Terminal1"]) if !six => Ok(empty(manufacture(facts))),
        ("hardware", [] | ["System/Root1"]) if six => Ok(empty(hardware(facts))),
        ("system", ["uptime"]) if six && facts.0.flag("cli_uptime", true) => {
            Ok(empty(format!("system uptime {}\r\n", clock(facts.uptime(scene.now)))))
        }
        ("radio-carrier", []) => Err(None),
        ("licensing" | "software-status" | "radio-carrier" | "spanning-tree" | "version", [_, ..]) => Err(unknown(1)),
        ("manufacture-details", [_, ..]) if !six => Err(unknown(1)),
        ("hardware", [_, ..]) if six => Err(unknown(1)),
        ("interface", [_, _, ..]) => Err(unknown(2)),
        _ => Err(Some(first.at)),
    }
}

/// Whether a path of the configuration can exist; errors: the column of the word that is not known.
pub fn check_path(facts: &Facts, words: &[Word]) -> Result<(), usize> {
    let partner = facts.0.text("partner", "none") != "unsupported";
    let mut sections = Vec::new();
    let mut rest = words;
    while let Some(first) = rest.first() {
        match schema::find(facts.is_six(), partner, &sections, &texts(rest)) {
            Found::Rule(rule) if rule.shape == Shape::Section => {
                let (own, after) = rest.split_at(rule.words.len().min(rest.len()));
                sections.push(texts(own).join(" "));
                rest = after;
            }
            Found::Rule(_) | Found::Incomplete => return Ok(()),
            Found::Unknown(index) => return Err(rest.get(index).map_or(first.at, |word| word.at)),
        }
    }
    Ok(())
}

/// The entries at or below a path, as they are shown.
pub fn configuration(entries: &[Entry], words: &[&str]) -> String {
    let wanted: Vec<Entry> = entries.iter().filter(|entry| config::is_below(entry, words)).cloned().collect();
    if wanted.is_empty() { NONE.to_owned() } else { config::shown(&wanted) }
}

const LEAVES: &[&str] = &["active-version", "inactive-version", "status", "loading-uri"];

/// The leaves of the software, one a line. The knob `software_lines` withholds those that it does not name.
fn software(facts: &Facts, only: Option<&str>) -> String {
    let version = |name: &str| facts.maybe_version(name).map(|version| version.to_string());
    let values = [
        ("active-version", version("active")),
        ("inactive-version", version("inactive")),
        ("status", Some(facts.state())),
        ("loading-uri", facts.0.maybe_text("loading_uri")),
    ];
    let listed = facts.list("software_lines");
    let mut out = String::new();
    for (leaf, value) in values {
        let shown = only.is_none_or(|only| only == leaf)
            && listed.as_ref().is_none_or(|listed| listed.iter().any(|name| name == leaf));
        if let Some(value) = value.filter(|_| shown) {
            let _ = write!(out, "software-status {leaf} {value}\r\n");
        }
    }
    if out.is_empty() { NONE.to_owned() } else { out }
}

fn version_table(facts: &Facts) -> String {
    let version = |name: &str| facts.maybe_version(name).map_or_else(|| "-".to_owned(), |version| version.to_string());
    table(
        &["ACTIVE VERSION", "INACTIVE VERSION", "STATUS"],
        &[vec![version("active"), version("inactive"), facts.state()]],
    )
}

/// Columns two blanks apart, a rule under the head.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize, title: &str| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.max().unwrap_or(0).max(title.chars().count())
    };
    let widths: Vec<usize> = head.iter().enumerate().map(|(column, title)| width(column, title)).collect();
    let line = |cells: &[&str]| {
        let padded: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width)).collect();
        format!("{}\r\n", padded.join("  ").trim_end())
    };
    let rule = widths.iter().sum::<usize>().saturating_add(widths.len().saturating_sub(1).saturating_mul(2));
    let mut out = line(head);
    let _ = write!(out, "{}\r\n", "-".repeat(rule));
    for row in rows {
        out.push_str(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    out
}

/// Spanning tree that is off shows nothing. The knob `stp_lines` adds lines.
fn spanning_tree(facts: &Facts) -> String {
    let mut out = String::new();
    if facts.0.text("stp", "down") == "up" {
        out.push_str("spanning-tree administrative-status up\r\nspanning-tree bridge-priority 32768\r\n");
    }
    for line in facts.0.texts("stp_lines") {
        let _ = write!(out, "{line}\r\n");
    }
    if out.is_empty() { NONE.to_owned() } else { out }
}

fn entity(facts: &Facts) -> &'static str {
    if facts.is_six() { "System/Root1" } else { "Terminal1" }
}

fn licence_list(facts: &Facts) -> Vec<String> {
    let list = facts.list("licences").unwrap_or_default();
    if list == ["trial"] { vec!["Trial".to_owned()] } else { list }
}

fn bundles(facts: &Facts, first_read: bool) -> String {
    let short = facts.list("licences_first_read").filter(|_| first_read);
    let bundles = short.unwrap_or_else(|| licence_list(facts));
    if bundles.is_empty() {
        return NONE.to_owned();
    }
    let rows: Vec<Vec<String>> = bundles.into_iter().map(|bundle| vec![entity(facts).to_owned(), bundle]).collect();
    table(&["ENTITY", "BUNDLE"], &rows)
}

fn licences(facts: &Facts) -> String {
    let mut out = String::new();
    for (index, bundle) in licence_list(facts).iter().enumerate() {
        let trial = bundle == "Trial";
        let feature = bundle.split_once('-').map_or(bundle.as_str(), |(_, feature)| feature);
        let number = 0x0123_4567_89AB_CDEF_u64.wrapping_add(index as u64);
        let _ = write!(
            out,
            "licensing licenses {number:016X}\r\n feature   {feature}\r\n version   1\r\n bundle    {bundle}\r\n \
             instances 2\r\n is-trial  {trial}\r\nlicensing feature {feature}\r\n name               {feature}\r\n \
             licensed-instances 2\r\n used-instances     1\r\n trial-in-use       {trial}\r\n \
             trial-activated    {trial}\r\n"
        );
    }
    if out.is_empty() { NONE.to_owned() } else { out }
}

/// Ports and whether each has a link: the knob `sfp` is the ports with one, 10G; `gigabit` those with copper.
fn ports(facts: &Facts) -> Vec<(String, bool, &'static str)> {
    let up = |knob: &str, default: &[&str], port: &str| {
        facts.list(knob).map_or_else(|| default.contains(&port), |list| list.iter().any(|one| one == port))
    };
    let mut out = Vec::new();
    for port in ["GigabitEthernet1/1", "GigabitEthernet1/2"] {
        out.push((port.to_owned(), up("gigabit", &[], port), "1Gbps"));
    }
    for port in ["TenGigE1/1", "TenGigE1/2"] {
        out.push((port.to_owned(), up("sfp", &["TenGigE1/1"], port), "10Gbps"));
    }
    let six = facts.is_six();
    out.push((if six { "Radio1/1" } else { "Radio1" }.to_owned(), true, if six { "1370Mbps" } else { "1461Mbps" }));
    if facts.is_joined() {
        out.push(("L1LA1".to_owned(), true, "2923Mbps"));
    }
    out
}

/// Paragraphs, as 2.x shows all of them and 6.x the management interface.
fn interfaces(facts: &Facts, only: Option<&str>) -> String {
    let word = |up: bool| if up { "Up" } else { "Down" };
    let mut out = String::new();
    let wanted = |name: &str| only.is_none_or(|only| only.eq_ignore_ascii_case(name));
    for (index, (name, up, speed)) in ports(facts).into_iter().enumerate() {
        if !wanted(&name) {
            continue;
        }
        let _ = write!(out, "{name} is administratively Up, line protocol is {}\r\n", word(up));
        if name.contains("GigE") || name.contains("Ethernet") {
            let _ =
                write!(out, "  Hardware is Ethernet, address is 00:00:5E:00:53:{:02X}\r\n", index.saturating_add(1));
        }
        if name.starts_with("Radio") {
            let _ = write!(out, "  Description: {}\r\n", facts.0.text("hostname", "radio"));
        }
        let _ = write!(out, "  MTU 9600 bytes, BW is {}\r\n", if up { speed } else { "Unknown" });
    }
    if wanted("Vlan1") {
        let _ = write!(
            out,
            "Vlan1 is administratively Up, line protocol is Up\r\n  IPv4 address {}, subnet mask {}\r\n",
            facts.0.text("address", "192.0.2.67"),
            facts.dotted_mask()
        );
    }
    out
}

fn interface_table(facts: &Facts) -> String {
    let head = [
        "INTERFACE NAME",
        "PROTOCOL STATUS",
        "PHYSICAL STATUS",
        "MAC ADDRESS",
        "SPEED",
        "DUPLEX",
        "ADMIN STATUS",
        "REASON",
    ];
    let rows: Vec<Vec<String>> = ports(facts)
        .into_iter()
        .enumerate()
        .map(|(index, (name, up, speed))| {
            let status = if up { "up" } else { "down" };
            let speed = if up { speed.replace("Gbps", " Gbps").replace("Mbps", " Mbps") } else { "unknown".to_owned() };
            let mac = format!("00:00:5E:00:53:{:02X}", index.saturating_add(1));
            let reason = if up { "none" } else { "link-down" };
            let text = |text: &str| text.to_owned();
            vec![name, text(status), text(status), mac, speed, text("full"), text("up"), text(reason)]
        })
        .collect();
    table(&head, &rows)
}

/// A leaf of a carrier in the running configuration.
pub fn carrier_leaf(facts: &Facts, carrier: u32, key: &str) -> Option<String> {
    let section = format!("{} Carrier1/{carrier}", if facts.is_six() { "radio-carrier" } else { "interface" });
    config::running(facts).into_iter().find_map(|entry| match entry.leaf {
        Leaf::Text(text) if entry.key == key && entry.sections.first() == Some(&section) => Some(text),
        _ => None,
    })
}

/// The bandwidth of a carrier, MHz.
pub fn bandwidth(facts: &Facts, carrier: u32) -> f64 {
    let text = carrier_leaf(facts, carrier, "bandwidth").unwrap_or_default();
    text.split(' ').next_back().and_then(|word| word.parse().ok()).unwrap_or(80.0)
}

fn carriers(facts: &Facts, now: f64) -> String {
    let signal = facts.signal();
    let mut out = String::new();
    for carrier in [1, 2] {
        let frequency = |key: &str| carrier_leaf(facts, carrier, key).unwrap_or_else(|| "0".to_owned());
        let _ = write!(
            out,
            "radio-carrier status Carrier1/{carrier}\r\n oper-status        up\r\n bandwidth          {:.3} MHz\r\n \
             current-tx-power   {:.1} dBm\r\n tx-frequency       {} kHz\r\n rx-frequency       {} kHz\r\n \
             tx-modulation      qam-4096\r\n rx-modulation      qam-4096\r\n tx-capacity        730947 kbps\r\n \
             rx-capacity        730947 kbps\r\n rsl                {:.1} dBm\r\n remote-rsl         {:.1} dBm\r\n \
             snr                {:.1} dB\r\n active-rx-time     {}\r\n",
            bandwidth(facts, carrier),
            signal.tx_power,
            frequency("tx-frequency"),
            frequency("rx-frequency"),
            signal.rsl,
            signal.remote_rsl,
            signal.snr,
            days(facts.uptime(now)),
        );
    }
    out
}

fn parts(seconds: f64) -> (u64, u64, u64, u64) {
    let seconds = seconds.max(0.0) as u64;
    (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// `12:03:04:05`.
fn clock(seconds: f64) -> String {
    let (days, hours, minutes, seconds) = parts(seconds);
    format!("{days}:{hours:02}:{minutes:02}:{seconds:02}")
}

/// `12 days 03:04:05`.
fn days(seconds: f64) -> String {
    let (days, hours, minutes, seconds) = parts(seconds);
    format!("{days} days {hours:02}:{minutes:02}:{seconds:02}")
}

fn manufacture(facts: &Facts) -> String {
    format!(
        "manufacture-details Terminal1\r\n part-number   {}\r\n serial-number {}\r\n unit-type     {}\r\n",
        facts.0.text("model", "W41-18L5-DPX"),
        facts.0.text("serial", "AAA0000A000"),
        facts.0.text("unit", "WTM4100"),
    )
}

fn hardware(facts: &Facts) -> String {
    format!(
        "hardware System/Root1\r\n description   Chassis\r\n model name    {}\r\n serial number {}\r\n unit-type     {}\r\n",
        facts.0.text("model", "W41-18L5-DPX"),
        facts.0.text("serial", "AAA0000A000"),
        facts.0.text("unit", "WTM4100"),
    )
}
