//! Radio hops: two radios, one at each end. Pure.
//!
//! A radio's `hop` is the name of the radio at the other end, or a name of the hop that exactly two radios have. The far end
//! (the one that is reached over the hop) is the one that names the other; where both do the same, it is the one with the
//! tag `end: far`, else the later one in the inventory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::fields::shown;
use crate::model::{Device, Family};

/// The tag that says which end is far, and its value.
const TAG: (&str, &str) = ("end", "far");

/// One end's view of its hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Both ends have the same: their names, sorted.
    pub name: String,
    /// Whether this is the far end: work that takes a radio down begins there.
    pub far: bool,
    /// The radio at the other end.
    pub other: Arc<Device>,
}

/// A device as far as hops are concerned.
pub(super) struct End<'a> {
    pub(super) name: &'a str,
    pub(super) radio: bool,
    pub(super) hop: Option<&'a str>,
}

/// What is wrong with the hop of `name`, where something is.
pub(super) fn wrong(name: &str, hop: &str, all: &[End<'_>]) -> Option<String> {
    let hop_shown = shown(hop);
    let Some(other) = all.iter().find(|end| end.name == hop) else {
        let ends = all.iter().filter(|end| end.radio && end.hop == Some(hop)).count();
        return match ends {
            2 => None,
            1 => Some(format!(
                "hop '{hop_shown}' of '{name}' is neither the name of another radio nor that of a hop with a second end"
            )),
            _ => Some(format!("hop '{hop_shown}' has {ends} ends; a hop has two")),
        };
    };
    if other.name == name {
        return Some(format!("hop of '{name}' is '{name}' itself; name the radio at the other end"));
    }
    if !other.radio {
        return Some(format!("hop of '{name}' is '{hop_shown}', which is no radio; a jump host is given by jump"));
    }
    // Whoever has a hop with `other`: those that name it, and the one that it names.
    let naming = all.iter().filter(|end| end.radio && end.hop == Some(hop)).count();
    let elsewhere = other.hop.is_some_and(|back| back != name);
    let third = all.iter().any(|end| end.radio && end.hop == Some(name) && end.name != hop);
    if naming > 1 || elsewhere || third {
        return Some(format!("the hop of '{name}' and '{hop_shown}' has a third end; a radio has one hop"));
    }
    None
}

/// The hops of devices that were found right, in the order of the files, by address.
pub(super) fn of(devices: &[Arc<Device>]) -> HashMap<IpAddr, Hop> {
    let radios: Vec<&Arc<Device>> =
        devices.iter().filter(|device| device.device_type.family() == Family::Aviat).collect();
    let mut hops = HashMap::new();
    for (at, one) in radios.iter().enumerate() {
        let Some(hop) = one.hop.as_deref() else { continue };
        if hops.contains_key(&one.address) {
            continue;
        }
        let named = radios.iter().enumerate().find(|(_, device)| device.name == hop);
        let shared =
            || radios.iter().enumerate().find(|(other, device)| *other != at && device.hop.as_deref() == Some(hop));
        let Some((other_at, other)) = named.or_else(shared) else { continue };
        let mutual = other.hop.as_deref() == Some(one.name.as_str()) || named.is_none();
        // Only one of them names the other: that one is far.
        let far = if mutual { far_of_equals((at, one), (other_at, other)) } else { true };
        let mut both = [one.name.as_str(), other.name.as_str()];
        both.sort_unstable();
        let name = both.join(" - ");
        hops.insert(one.address, Hop { name: name.clone(), far, other: Arc::clone(other) });
        hops.insert(other.address, Hop { name, far: !far, other: Arc::clone(one) });
    }
    hops
}

/// Whether `one` is the far end of two that say the same.
fn far_of_equals(one: (usize, &Device), other: (usize, &Device)) -> bool {
    let tagged = |device: &Device| device.tags.get(TAG.0).is_some_and(|end| end == TAG.1);
    match (tagged(one.1), tagged(other.1)) {
        (true, false) => true,
        (false, true) => false,
        _ => one.0 > other.0,
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::{Inventory, parse, tree};

    fn load(devices: &[&str]) -> Result<Inventory, Vec<String>> {
        let mut yaml = "devices:\n".to_owned();
        for (last, device) in (1..).zip(devices) {
            yaml.push_str(&format!("  - {{address: 192.0.2.{last}, {device}}}\n"));
        }
        let file = std::path::Path::new("test.yaml");
        parse::inventory(&[(file.to_owned(), tree::parse(file, &yaml).unwrap())])
            .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    /// Name and end of each radio's hop.
    fn hop(inventory: &Inventory, last: u8) -> Option<(String, bool, String)> {
        let hop = inventory.hop_of(std::net::Ipv4Addr::new(192, 0, 2, last).into())?;
        Some((hop.name, hop.far, hop.other.name.clone()))
    }

    fn is(name: &str, far: bool, other: &str) -> Option<(String, bool, String)> {
        Some((name.to_owned(), far, other.to_owned()))
    }

    #[test]
    fn the_one_that_names_the_other_is_far() {
        let inventory =
            load(&["name: z-far, type: AV4100, hop: a-near", "name: a-near, type: AV4100", "name: c, type: AV4200"])
                .unwrap();
        assert_eq!(hop(&inventory, 1), is("a-near - z-far", true, "a-near"));
        assert_eq!(hop(&inventory, 2), is("a-near - z-far", false, "z-far"));
        assert_eq!(hop(&inventory, 3), None);
    }

    #[test]
    fn of_two_that_say_the_same_the_tag_or_the_order_decides() {
        let inventory = load(&[
            "name: a, type: AV4100, hop: b",
            "name: b, type: AV4100, hop: a",
            "name: c, type: AV4100, hop: ridge, tags: {end: far}",
            "name: d, type: AV4200, hop: ridge",
            "name: f, type: AV4100, hop: valley",
            "name: e, type: AV4100, hop: valley",
        ])
        .unwrap();
        assert_eq!((hop(&inventory, 1), hop(&inventory, 2)), (is("a - b", false, "b"), is("a - b", true, "a")));
        assert_eq!((hop(&inventory, 3), hop(&inventory, 4)), (is("c - d", true, "d"), is("c - d", false, "c")));
        assert_eq!((hop(&inventory, 5), hop(&inventory, 6)), (is("e - f", false, "e"), is("e - f", true, "f")));
    }

    #[test]
    fn hops_with_one_end_three_ends_or_a_wrong_end_are_told_with_their_place() {
        for (devices, part) in [
            (&["name: a, type: AV4100, hop: b"][..], "test.yaml:2:54: hop 'b' of 'a' is neither"),
            (&["name: a, type: AV4100, hop: a"], "itself"),
            (&["name: a, type: AV4100, hop: b", "name: b, type: MTROS"], "'b', which is no radio"),
            (
                &["name: a, type: AV4100, hop: x", "name: b, type: AV4100, hop: x", "name: c, type: AV4100, hop: x"],
                "has 3 ends",
            ),
            (&["name: a, type: AV4100, hop: c", "name: b, type: AV4100, hop: c", "name: c, type: AV4100"], "third end"),
            (&["name: a, type: AV4100, hop: b", "name: b, type: AV4100, hop: c", "name: c, type: AV4100"], "third end"),
            (&["name: a, type: MTROS, hop: b, jump: b", "name: b, type: MTROS"], "both jump and hop"),
            (&["name: a, type: MTROS, jump: nobody"], "jump host 'nobody'"),
        ] {
            let mistakes = load(devices).unwrap_err();
            assert!(mistakes.iter().any(|mistake| mistake.contains(part)), "{part}: {mistakes:?}");
        }
    }

    #[test]
    fn hop_is_still_the_jump_host_of_everything_else() {
        let inventory =
            load(&["name: a, type: CN1012, hop: b", "name: b, type: MTROS", "name: r, type: AV4100, jump: b"]).unwrap();
        let device = |name: &str| inventory.by_name(name).unwrap();
        assert_eq!((device("a").jump.as_deref(), device("a").hop.as_deref()), (Some("b"), None));
        assert_eq!((device("r").jump.as_deref(), device("r").hop.as_deref()), (Some("b"), None));
        assert_eq!(hop(&inventory, 1), None);
    }
}
