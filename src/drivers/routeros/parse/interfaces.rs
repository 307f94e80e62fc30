//! `/interface print terse without-paging`: one line an interface, `INDEX FLAGS key=value ...`, values unquoted even
//! where they hold spaces.

/// One interface. What the device does not show is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interface {
    /// Index in the list; not stable.
    pub index: u32,
    /// Made by the device, not by its configuration.
    pub dynamic: bool,
    /// Link is up.
    pub running: bool,
    /// Switched off.
    pub disabled: bool,
    /// Member of a bridge or bond.
    pub slave: bool,
    /// All pairs, in the order of the device.
    pub pairs: Vec<(String, String)>,
}

/// Keys in the order in which RouterOS prints them. `comment` is free text: inside it only these end the value.
const KEYS: [&str; 16] = [
    "comment",
    "name",
    "default-name",
    "type",
    "mtu",
    "actual-mtu",
    "l2mtu",
    "max-l2mtu",
    "vrf",
    "mac-address",
    "fast-path",
    "ifname",
    "ifindex",
    "last-link-down-time",
    "last-link-up-time",
    "link-downs",
];

impl Interface {
    /// The value of a key; none where it is absent or empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, value)| name == key && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

/// All interfaces; lines of another shape are left out.
pub fn parse(text: &str) -> Vec<Interface> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Interface> {
    let line = line.trim();
    let digits = line.find(|c: char| !c.is_ascii_digit())?;
    let (index, rest) = line.split_at_checked(digits)?;
    let mut interface = Interface { index: index.parse().ok()?, ..Interface::default() };
    let mut flags_over = false;
    for word in rest.split(' ') {
        match word.split_once('=').filter(|(key, _)| starts_pair(key, interface.pairs.last())) {
            Some((key, value)) => {
                flags_over = true;
                interface.pairs.push((key.to_owned(), value.to_owned()));
            }
            None if flags_over => {
                if let Some((_, value)) = interface.pairs.last_mut() {
                    value.push(' ');
                    value.push_str(word);
                }
            }
            None => interface.flags(word),
        }
    }
    for (_, value) in &mut interface.pairs {
        value.truncate(value.trim_end().len());
    }
    interface.get("name").is_some().then_some(interface)
}

fn starts_pair(key: &str, last: Option<&(String, String)>) -> bool {
    let shape = key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let free_text = last.is_some_and(|(key, _)| key == "comment");
    shape && (!free_text || KEYS.contains(&key))
}

impl Interface {
    fn flags(&mut self, word: &str) {
        for flag in word.chars() {
            match flag {
                'D' => self.dynamic = true,
                'R' => self.running = true,
                'X' => self.disabled = true,
                'S' => self.slave = true,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_hold_spaces_and_comments_hold_anything() {
        let text = " 0  RS comment=to pop, mtu note a=b name=ether3 UniFi1 type=ether mtu=1500 new-key=7 link-downs=0\r\n\
            12 DX  name=<pppoe-user> type=pppoe-in\r\nFlags: X\r\n";
        let interfaces = parse(text);
        assert_eq!(interfaces.len(), 2);
        let first = interfaces.first().unwrap();
        assert!(first.running && first.slave && !first.dynamic && !first.disabled);
        assert_eq!(first.get("comment"), Some("to pop, mtu note a=b"));
        assert_eq!(first.get("name"), Some("ether3 UniFi1"));
        assert_eq!(first.get("new-key"), Some("7"));
        assert_eq!(first.get("link-downs"), Some("0"));
        let second = interfaces.last().unwrap();
        assert_eq!((second.index, second.dynamic, second.disabled), (12, true, true));
        assert_eq!(second.get("mtu"), None);
    }
}
