//! The management address and its mask: `show interface Vlan1`, and the config's section of it (6.4, 6.7).

use std::net::Ipv4Addr;

/// An address on the management interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Management {
    /// Address.
    pub address: Ipv4Addr,
    /// Length of the prefix.
    pub prefix: u8,
}

impl Management {
    /// The mask in dotted form.
    pub fn mask(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0))
    }
}

/// All addresses that the text gives with a mask, each once. A mask counts only beside its address: on the same line,
/// or in the section that the address opens.
pub fn parse(text: &str) -> Vec<Management> {
    let mut found: Vec<Management> = Vec::new();
    let mut open: Option<(usize, Ipv4Addr)> = None;
    for line in text.lines() {
        let line = line.trim_end();
        let indent = line.len() - line.trim_start().len();
        let words: Vec<&str> =
            line.split([' ', '\t', ',', ':', '=']).filter(|word| !word.is_empty() && *word != "ipv4").collect();
        if words.is_empty() {
            continue;
        }
        let mask = words.iter().position(|word| matches!(*word, "mask" | "subnet-mask"));
        // What stands behind "mask" is none.
        let address = words.iter().take(mask.unwrap_or(usize::MAX)).find_map(|word| word.parse::<Ipv4Addr>().ok());
        if open.is_some_and(|(depth, _)| indent <= depth) {
            open = None;
        }
        let mut put = |address: Ipv4Addr, prefix: Option<u8>| {
            let entry = prefix.map(|prefix| Management { address, prefix });
            found.extend(entry.filter(|entry| !found.contains(entry)));
        };
        for word in &words {
            if let Some((address, prefix)) = word.split_once('/')
                && let Ok(address) = address.parse()
            {
                put(address, length(prefix));
            }
        }
        if let (Some(address), Some(mask)) = (address, mask) {
            put(address, words.get(mask + 1).and_then(|mask| prefix(mask)));
        }
        let length = match words.iter().position(|word| *word == "prefix-length") {
            Some(place) => words.get(place + 1).and_then(|word| length(word)),
            None => None,
        };
        match (address, length, open) {
            (Some(address), Some(length), _) | (None, Some(length), Some((_, address))) => put(address, Some(length)),
            (Some(address), None, _) if mask.is_none() => open = Some((indent, address)),
            _ => {}
        }
    }
    found
}

/// The one that the radio is reached by, or the only one. None where that is not decided.
pub fn choose(found: &[Management], reached: Option<Ipv4Addr>) -> Option<Management> {
    let by_address: Vec<Management> = found.iter().copied().filter(|entry| Some(entry.address) == reached).collect();
    match (by_address.as_slice(), found) {
        ([one], _) | ([], [one]) => Some(*one),
        _ => None,
    }
}

fn length(text: &str) -> Option<u8> {
    text.parse().ok().filter(|length| *length <= 32)
}

/// A dotted mask without gaps.
fn prefix(mask: &str) -> Option<u8> {
    let bits = mask.parse::<Ipv4Addr>().ok()?.to_bits();
    let ones = bits.leading_ones();
    (bits.count_ones() == ones).then(|| u8::try_from(ones).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(address: [u8; 4], prefix: u8) -> Vec<Management> {
        vec![Management { address: address.into(), prefix }]
    }

    #[test]
    fn every_form_of_a_mask() {
        for text in [
            "Vlan1 is administratively Up, line protocol is Up\n  IPv4 address 192.0.2.67, subnet mask 255.255.255.248\n",
            "  IPv4 Addresses: 192.0.2.67/29\n",
            "interface Vlan1\n ipv4 address 192.0.2.67\n  prefix-length 29\n exit\nexit\n",
            "interface Vlan1\n ipv4 address 192.0.2.67 prefix-length 29\nexit\n",
            "  IPv4 address 192.0.2.67, subnet-mask: 255.255.255.248\n  IPv4 Addresses: 192.0.2.67/29\n",
        ] {
            assert_eq!(parse(text), one([192, 0, 2, 67], 29), "{text}");
        }
        assert_eq!(parse("  192.0.2.67/29\n").first().unwrap().mask(), Ipv4Addr::new(255, 255, 255, 248));
    }

    #[test]
    fn a_mask_without_its_address_is_none() {
        for text in [
            "",
            "subnet mask 255.255.255.248\n",
            "prefix-length 29\n",
            "IPv4 address 192.0.2.67\n",
            "IPv4 address 192.0.2.67, subnet mask 255.0.255.0\n",
            "192.0.2.67/33\n",
            "interface Vlan1\n ipv4 address 192.0.2.67\n mtu 9000\n prefix-length 29\nexit\n",
        ] {
            assert_eq!(parse(text), [], "{text}");
        }
    }

    #[test]
    fn the_address_that_was_reached_decides() {
        let both = parse("IPv4 Addresses: 192.0.2.67/29, 198.51.100.1/24\n");
        assert_eq!(both.len(), 2);
        assert_eq!(choose(&both, Some([198, 51, 100, 1].into())).map(|found| found.prefix), Some(24));
        assert_eq!(choose(&both, Some([203, 0, 113, 1].into())), None);
        assert_eq!(choose(&one([192, 0, 2, 67], 29), None).map(|found| found.prefix), Some(29));
        let zero = Management { address: [0, 0, 0, 0].into(), prefix: 0 };
        assert_eq!(zero.mask(), Ipv4Addr::new(0, 0, 0, 0));
    }
}
