//! Which addresses the daemon may speak to. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::model::{Failure, FailureClass};

/// Networks whose addresses may be named without being in the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressPolicy {
    allowed: Vec<IpNet>,
}

impl AddressPolicy {
    /// Allows `networks`. A network opens loopback, link-local, multicast and the like only where it lies wholly
    /// inside that range: `127.0.0.0/8` does, `0.0.0.0/0` does not.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self { allowed: networks }
    }

    /// Decides about an address that is not in the inventory.
    pub fn permit(&self, address: IpAddr) -> Result<(), Failure> {
        let address = address.to_canonical();
        let around: Vec<&IpNet> = self.allowed.iter().filter(|network| network.contains(&address)).collect();
        if let Some((kind, range)) = special(address) {
            if around.iter().any(|network| range.contains(*network)) {
                return Ok(());
            }
            return Err(Failure::new(
                FailureClass::AddressRefused,
                format!("{address} is {kind} and not configured; no device may be named by it"),
            ));
        }
        if around.is_empty() {
            return Err(Failure::new(
                FailureClass::AddressRefused,
                format!(
                    "{address} is neither in the inventory nor inside allowed_networks; add the device, or its network"
                ),
            ));
        }
        Ok(())
    }
}

/// What no device's own address can be.
pub(super) fn never_a_device(address: IpAddr) -> Option<&'static str> {
    let never = address.is_unspecified() || address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST);
    special(address).filter(|_| never).map(|(kind, _)| kind)
}

/// The special range that an address lies in; narrow ranges first.
fn special(address: IpAddr) -> Option<(&'static str, IpNet)> {
    match address {
        IpAddr::V4(address) => special_v4(address).map(|(kind, range)| (kind, IpNet::V4(range))),
        IpAddr::V6(address) => special_v6(address).map(|(kind, range)| (kind, IpNet::V6(range))),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<(&'static str, Ipv4Net)> {
    // RFC 6890, and the cloud providers' metadata address.
    const RANGES: [(&str, Ipv4Net); 7] = [
        ("a cloud metadata address", Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 169, 254), 32)),
        ("the broadcast address", Ipv4Net::new_assert(Ipv4Addr::BROADCAST, 32)),
        ("an unspecified address", Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 8)),
        ("a loopback address", Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
        ("a link-local address", Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16)),
        ("a multicast address", Ipv4Net::new_assert(Ipv4Addr::new(224, 0, 0, 0), 4)),
        ("a reserved address", Ipv4Net::new_assert(Ipv4Addr::new(240, 0, 0, 0), 4)),
    ];
    RANGES.into_iter().find(|(_, range)| range.contains(&address))
}

fn special_v6(address: Ipv6Addr) -> Option<(&'static str, Ipv6Net)> {
    const RANGES: [(&str, Ipv6Net); 5] = [
        ("a cloud metadata address", Ipv6Net::new_assert(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128)),
        ("an unspecified address", Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128)),
        ("a loopback address", Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
        ("a link-local address", Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10)),
        ("a multicast address", Ipv6Net::new_assert(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8)),
    ];
    // Addresses that carry an IPv4 address and may be translated to it: compatible, NAT64 (RFC 6052), 6to4. Only a
    // network inside the same carrier, for the same IPv4 range, opens them; the range is the address itself.
    RANGES.into_iter().find(|(_, range)| range.contains(&address)).or_else(|| {
        let (kind, _) = special_v4(carried(address)?)?;
        Some((kind, Ipv6Net::new(address, 128).ok()?))
    })
}

fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(v4(g, h)),
        (0x2002, high, low, ..) => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(networks: &[&str]) -> AddressPolicy {
        AddressPolicy::new(networks.iter().map(|network| network.parse().unwrap()).collect())
    }

    fn permits(networks: &[&str], address: &str) -> bool {
        match policy(networks).permit(address.parse().unwrap()) {
            Ok(()) => true,
            Err(failure) => {
                assert_eq!(failure.class, FailureClass::AddressRefused);
                false
            }
        }
    }

    #[test]
    fn only_allowed_networks() {
        assert!(permits(&["192.0.2.0/24"], "192.0.2.10"));
        assert!(!permits(&["192.0.2.0/24"], "192.0.3.10"));
        assert!(!permits(&[], "192.0.2.10"));
        assert!(permits(&["2001:db8::/32"], "2001:db8::1"));
        assert!(permits(&["192.0.2.0/24"], "::ffff:192.0.2.10"));
    }

    #[test]
    fn wide_networks_do_not_open_special_ranges() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "169.254.1.1",
            "169.254.169.254",
            "224.0.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::1",
        ] {
            assert!(!permits(&["0.0.0.0/0", "::/0"], address), "{address}");
        }
        assert!(permits(&["0.0.0.0/0"], "8.8.8.8") && permits(&["::/0"], "64:ff9b::808:808"));
    }

    #[test]
    fn a_network_inside_a_special_range_opens_it_and_nothing_narrower() {
        assert!(permits(&["127.1.0.0/16"], "127.1.0.1"));
        assert!(!permits(&["127.1.0.0/16"], "127.2.0.1"));
        assert!(permits(&["::1/128"], "::1"));
        assert!(permits(&["169.254.0.0/16"], "169.254.1.1"));
        assert!(!permits(&["169.254.0.0/16"], "169.254.169.254"));
        assert!(permits(&["169.254.169.254/32"], "169.254.169.254"));
    }

    #[test]
    fn some_addresses_are_never_a_device() {
        for address in ["0.0.0.0", "255.255.255.255", "224.0.0.5", "::", "ff02::1"] {
            assert!(never_a_device(address.parse().unwrap()).is_some(), "{address}");
        }
        for address in ["127.0.0.1", "169.254.1.1", "192.0.2.1", "fe80::1", "::1"] {
            assert!(never_a_device(address.parse().unwrap()).is_none(), "{address}");
        }
    }

    proptest! {
        /// Whatever ordinary networks are allowed, loopback, link-local and multicast stay shut.
        #[test]
        fn ordinary_networks_never_open_special_addresses(
            networks in prop::collection::vec((any::<u32>(), 0..=32_u8), 0..6),
            address in prop_oneof![Just(0x7f00_0000_u32), Just(0xa9fe_0000), Just(0xe000_0000)],
            low in 0..=0xffff_u32,
        ) {
            let address = Ipv4Addr::from(address | low);
            let networks: Vec<Ipv4Net> = networks
                .into_iter()
                .map(|(bits, len)| Ipv4Net::new(Ipv4Addr::from(bits), len).unwrap().trunc())
                .collect();
            let inside = networks.iter().any(|network| {
                ["127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4"]
                    .iter()
                    .any(|range| range.parse::<Ipv4Net>().unwrap().contains(network))
            });
            prop_assume!(!inside);
            let policy = AddressPolicy::new(networks.into_iter().map(IpNet::V4).collect());
            prop_assert!(policy.permit(IpAddr::V4(address)).is_err());
        }
    }
}
