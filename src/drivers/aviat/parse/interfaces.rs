//! `show interface`: paragraphs on 2.x, a table on 6.x (6.7).

use super::table::{self, Columns};

/// One interface. What the radio does not show is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interface {
    /// Name: `GigabitEthernet1/1`, `TenGigE1/1`, `Radio1`, `L1LA1`, `Vlan1`.
    pub name: String,
    /// Switched on.
    pub admin_up: Option<bool>,
    /// The link is up: line protocol on 2.x, protocol and physical status on 6.x.
    pub link_up: Option<bool>,
    /// Bandwidth as the radio writes it: `1461Mbps`, `10 Gbps`.
    pub bandwidth: Option<String>,
    /// Hardware address.
    pub mac: Option<String>,
    /// Why it is down; 6.x.
    pub reason: Option<String>,
    /// Free text; 2.x.
    pub description: Option<String>,
}

impl Interface {
    /// Whether its name is that of a radio interface, not of a carrier.
    pub fn is_radio(&self) -> bool {
        self.name.starts_with("Radio")
    }

    /// Whether its name is that of a copper port.
    pub fn is_copper(&self) -> bool {
        self.name.starts_with("GigabitEthernet")
    }

    /// Whether its name is that of a port for an optical module.
    pub fn is_optical(&self) -> bool {
        ["TenGigE", "XGE", "SFP"].iter().any(|start| self.name.starts_with(start))
    }

    /// Whether its name is that of a layer-1 link aggregation.
    pub fn is_aggregation(&self) -> bool {
        self.name.starts_with("L1LA")
    }
}

const SEPARATOR: &str = " is administratively ";
const PROTOCOL: &str = ", line protocol is ";

/// All interfaces in either form; text of another shape is left out.
pub fn parse(text: &str) -> Vec<Interface> {
    match table::first(text) {
        Some((columns, rows)) if columns.have(&["interface name", "protocol status"]) => {
            rows.into_iter().filter_map(|text| row(&columns, text)).collect()
        }
        // ConfD breaks headings over two lines where the terminal is narrow: then the rows speak for themselves.
        _ if text.to_ascii_uppercase().contains("PROTOCOL") && !text.contains(SEPARATOR) => {
            let columns = Columns::of("");
            text.lines().filter_map(|text| row(&columns, text)).collect()
        }
        _ => paragraphs(text),
    }
}

fn paragraphs(text: &str) -> Vec<Interface> {
    let mut found: Vec<Interface> = Vec::new();
    for line in text.lines() {
        let indented = line.starts_with(char::is_whitespace);
        let line = line.trim();
        if !indented && let Some((name, states)) = line.split_once(SEPARATOR) {
            let (admin, protocol) = states.split_once(PROTOCOL).unwrap_or((states, ""));
            let name = name.to_owned();
            found.push(Interface { name, admin_up: up(admin), link_up: up(protocol), ..Interface::default() });
            continue;
        }
        let Some(last) = found.last_mut().filter(|_| indented) else { continue };
        if let Some(text) = line.strip_prefix("Description:") {
            last.description = some(text);
        }
        for part in line.split(", ") {
            if let Some(word) = part.strip_prefix("BW is ").filter(|word| !word.eq_ignore_ascii_case("unknown")) {
                last.bandwidth = some(word);
            }
            if let Some(word) = part.strip_prefix("address is ").filter(|word| is_mac(word)) {
                last.mac = some(word);
            }
        }
    }
    found
}

/// A row: name, protocol, physical, address, speed of one or two words, duplex, admin, reason. Without an address the
/// headings decide where each cell is.
fn row(columns: &Columns, text: &str) -> Option<Interface> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if let [name, protocol, physical, mac, speed @ .., _, admin, reason] = words.as_slice()
        && is_mac(mac)
        && (1..=2).contains(&speed.len())
        && up(admin).is_some()
    {
        return Some(Interface {
            name: (*name).to_owned(),
            admin_up: up(admin),
            link_up: both(up(protocol), up(physical)),
            bandwidth: some(&speed.join(" ")).filter(|speed| !speed.eq_ignore_ascii_case("unknown")),
            mac: some(mac),
            reason: some(reason).filter(|reason| reason != "none"),
            description: None,
        });
    }
    let cell = |name| columns.cell(text, name);
    let state = |name| cell(name).as_deref().and_then(up);
    let name = cell("interface name").filter(|name| !name.contains(char::is_whitespace))?;
    Some(Interface {
        name,
        admin_up: state("admin status"),
        link_up: both(state("protocol status"), state("physical status")),
        bandwidth: cell("speed").filter(|speed| !speed.eq_ignore_ascii_case("unknown")),
        mac: cell("mac address").filter(|mac| is_mac(mac)),
        reason: cell("reason").filter(|reason| reason != "none"),
        description: None,
    })
}

/// Up only if both are, down as soon as one is, unknown otherwise.
fn both(protocol: Option<bool>, physical: Option<bool>) -> Option<bool> {
    match (protocol, physical) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn up(word: &str) -> Option<bool> {
    match word.trim() {
        "up" | "Up" => Some(true),
        "down" | "Down" => Some(false),
        _ => None,
    }
}

fn is_mac(word: &str) -> bool {
    word.len() == 17
        && word.split(':').count() == 6
        && word.split(':').all(|pair| pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "GigabitEthernet1/1 is administratively Up, line protocol is Down\r\n  Hardware is Ethernet, address is 00:00:5E:00:53:01\r\n  MTU 9600 bytes, BW is Unknown\r\n\
        TenGigE1/1 is administratively Up, line protocol is Up\r\n  MTU 9600 bytes, BW is 10Gbps\r\n\
        Radio1 is administratively Up, line protocol is Up\r\n  Description: BH-AV4100-11-EXB.EXA\r\n  MTU 9600 bytes, BW is 1461Mbps\r\n\
        L1LA1 is administratively Up, line protocol is Up\r\n  MTU 9600 bytes, BW is 2923Mbps\r\n\
        Vlan1 is administratively Up, line protocol is Up\r\n  IPv4 address 192.0.2.67, subnet mask 255.255.255.248\r\n";

    const SIX: &str = "\
INTERFACE NAME      PROTOCOL STATUS  PHYSICAL STATUS  MAC ADDRESS        SPEED      DUPLEX  ADMIN STATUS  REASON
----------------------------------------------------------------------------------------------------------------
GigabitEthernet1/1  down             down             00:00:5E:00:53:01  unknown    full    up            link-down
TenGigE1/1          up               up               00:00:5E:00:53:03  10 Gbps    full    up            none
Radio1/1            up               down             00:00:5E:00:53:05  1370 Mbps  full    up            none
Vlan1               up               up                                                     up            none
";

    #[test]
    fn paragraphs_of_2() {
        let found = parse(TWO);
        let names: Vec<&str> = found.iter().map(|interface| interface.name.as_str()).collect();
        assert_eq!(names, ["GigabitEthernet1/1", "TenGigE1/1", "Radio1", "L1LA1", "Vlan1"]);
        assert_eq!((found[0].admin_up, found[0].link_up), (Some(true), Some(false)));
        assert_eq!((found[0].mac.as_deref(), found[0].bandwidth.as_deref()), (Some("00:00:5E:00:53:01"), None));
        assert_eq!(found[1].bandwidth.as_deref(), Some("10Gbps"));
        assert_eq!(found[2].description.as_deref(), Some("BH-AV4100-11-EXB.EXA"));
        assert!(found[2].is_radio() && found[0].is_copper() && found[1].is_optical() && found[3].is_aggregation());
    }

    #[test]
    fn the_table_of_6() {
        let found = parse(SIX);
        assert_eq!(found.len(), 4);
        assert_eq!((found[0].link_up, found[0].reason.as_deref()), (Some(false), Some("link-down")));
        assert_eq!((found[1].link_up, found[1].bandwidth.as_deref()), (Some(true), Some("10 Gbps")));
        assert_eq!((found[2].link_up, found[2].bandwidth.as_deref()), (Some(false), Some("1370 Mbps")));
        assert_eq!((found[3].name.as_str(), found[3].link_up, found[3].admin_up), ("Vlan1", Some(true), Some(true)));
        assert_eq!(found[3].mac, None);
    }

    #[test]
    fn headings_over_two_lines() {
        let wrapped = format!(
            "                    PROTOCOL  PHYSICAL\nINTERFACE NAME      STATUS    STATUS\n-------------------\n{}",
            SIX.lines().skip(2).collect::<Vec<_>>().join("\n")
        );
        let found = parse(&wrapped);
        assert_eq!(found.len(), 3, "the row without an address cannot be told");
        assert_eq!(found[1].link_up, Some(true));
    }

    #[test]
    fn what_is_not_told_is_unknown() {
        let found = parse("Radio1 is administratively Testing, line protocol is Dormant\n");
        assert_eq!((found[0].admin_up, found[0].link_up), (None, None));
        assert_eq!(parse("% No entries found."), []);
        assert_eq!(parse(" L1LA1 is administratively Up, line protocol is Up"), []);
    }
}
