//! Interfaces for health readings, by IF-MIB: ports, radios and their bundles, by the names that the device gives them.
//!
//! What is software alone (bridges, VLANs, tunnels, loopbacks, sessions of subscribers) is left out by its ifType, and of
//! the rest at most [`MOST`] are read: the types of the first rows in a few requests, then the state of those that are
//! wanted, fifty objects a request.

use std::collections::BTreeMap;

use super::power::{Snapshot, code, octets};
use crate::model::{Failure, Health, Metric};
use crate::transport::Cx;
use crate::transport::snmp::{Client, Oid, Varbind};

/// How many interfaces of one device are shown.
pub(super) const MOST: usize = 64;
/// How many rows of the table are looked at: physical interfaces have the smallest indexes, sessions the greatest.
const MOST_ROWS: usize = 512;

/// ifType.
const TYPE: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 3];
/// ifDescr.
const DESCR: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 2];
/// ifSpeed, bit/s, at its end at 4.29 Gbit/s.
const SPEED: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 5];
/// ifAdminStatus: 1 up, 2 down.
const ADMIN: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 7];
/// ifOperStatus: 1 up, 2 down, 7 lower layer down.
const OPER: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 8];
/// ifName.
const NAME: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1];
/// ifHighSpeed, Mbit/s.
const HIGH_SPEED: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 15];

/// IANAifType of what has a wire or an antenna: Ethernet (6, and 7, 62, 69, 117 of old agents), 802.11 (71), microwave
/// radio (188), bundles (161).
const KINDS: [i64; 8] = [6, 7, 62, 69, 71, 117, 161, 188];

/// Mbit/s above which no bundle of ports is: some agents (ePMP) put bits a second into ifHighSpeed.
const IMPLAUSIBLE_MBITS: i64 = 10_000_000;

/// One interface. What is not known is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Interface {
    /// The device's name for it.
    pub name: String,
    /// Up, or down though it is enabled; none where it is disabled or where the device tells neither.
    pub up: Option<bool>,
    /// bit/s; none where it is disabled, or has no link.
    pub speed: Option<f64>,
}

/// Reads them, in the order of the device's table. Empty where it has no such table.
///
/// Fails as [`Client::get`] and [`Client::walk`] do.
pub(super) async fn read(cx: &Cx, client: &mut Client) -> Result<Vec<Interface>, Failure> {
    let wanted = wanted(&client.walk_first(cx, &Oid::new(TYPE), MOST_ROWS).await?);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut snapshot = Snapshot::default();
    snapshot.extend(client.get(cx, &cells(&wanted, &[NAME, ADMIN, OPER, HIGH_SPEED])).await?);
    let nameless: Vec<u32> = wanted.iter().copied().filter(|index| name(&snapshot, *index).is_none()).collect();
    if !nameless.is_empty() {
        snapshot.extend(client.get(cx, &cells(&nameless, &[DESCR, SPEED])).await?);
    }
    Ok(interfaces(&wanted, &snapshot))
}

/// Adds them to a reading.
pub(super) fn put(health: &mut Health, interfaces: &[Interface]) {
    for Interface { name, up, speed } in interfaces.iter().take(MOST) {
        health.put_state(Metric::InterfaceUp, name, *up);
        health.put(Metric::InterfaceSpeed, name, *speed);
    }
}

/// Indexes of the rows that are shown, from a walk of ifType.
fn wanted(types: &[Varbind]) -> Vec<u32> {
    let column = Oid::new(TYPE);
    let shown = types.iter().filter(|row| code(&row.value).is_some_and(|kind| KINDS.contains(&kind)));
    shown.filter_map(|row| row.oid.suffix_after(&column)?.first().copied()).take(MOST).collect()
}

fn cells(indexes: &[u32], columns: &[&'static [u32]]) -> Vec<Oid> {
    indexes.iter().flat_map(|index| columns.iter().map(|column| Oid::new(column).child(&[*index]))).collect()
}

fn number(snapshot: &Snapshot, column: &[u32], index: u32) -> Option<i64> {
    code(snapshot.under(column).scalar(&[index])?)
}

fn name(snapshot: &Snapshot, index: u32) -> Option<String> {
    octets(snapshot.under(NAME).scalar(&[index])?)
}

fn interfaces(indexes: &[u32], snapshot: &Snapshot) -> Vec<Interface> {
    let names: Vec<(u32, String)> = indexes
        .iter()
        .filter_map(|index| {
            let told = name(snapshot, *index).or_else(|| octets(snapshot.under(DESCR).scalar(&[*index])?));
            Some((*index, told?))
        })
        .collect();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, name) in &names {
        *seen.entry(name).or_default() += 1;
    }
    names
        .iter()
        .map(|(index, name)| {
            let disabled = number(snapshot, ADMIN, *index).map(|status| status == 2);
            let twice = seen.get(name.as_str()).is_some_and(|times| *times > 1);
            Interface {
                name: if twice { format!("{name} ({index})") } else { name.clone() },
                up: match (number(snapshot, OPER, *index), disabled) {
                    (_, Some(true)) => None,
                    (Some(1), _) => Some(true),
                    (Some(2 | 7), Some(false)) => Some(false),
                    _ => None,
                },
                speed: speed(snapshot, *index).filter(|_| disabled != Some(true)),
            }
        })
        .collect()
}

fn speed(snapshot: &Snapshot, index: u32) -> Option<f64> {
    match number(snapshot, HIGH_SPEED, index) {
        Some(megabits) => (1..=IMPLAUSIBLE_MBITS).contains(&megabits).then_some(megabits as f64 * 1e6),
        None => {
            let bits = number(snapshot, SPEED, index)?;
            (1..i64::from(u32::MAX)).contains(&bits).then_some(bits as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::snmp::Value;

    fn integer(column: &[u32], index: u32, value: i64) -> Varbind {
        Varbind::new(Oid::from(column).child(&[index]), Value::Integer(value))
    }

    fn text(column: &[u32], index: u32, value: &str) -> Varbind {
        Varbind::new(Oid::from(column).child(&[index]), Value::OctetString(value.as_bytes().to_vec()))
    }

    fn shown(name: &str, up: Option<bool>, speed: Option<f64>) -> Interface {
        Interface { name: name.to_owned(), up, speed }
    }

    #[test]
    fn what_is_software_alone_is_left_out_and_no_more_than_64_are_shown() {
        let kinds = [(1, 6), (2, 209), (3, 135), (4, 24), (5, 161), (6, 71), (7, 23), (8, 188), (9, 131), (10, 53)];
        let rows: Vec<Varbind> = kinds.iter().map(|(index, kind)| integer(TYPE, *index, *kind)).collect();
        assert_eq!(wanted(&rows), [1, 5, 6, 8]);
        let many: Vec<Varbind> = (1..=100).map(|index| integer(TYPE, index, 6)).collect();
        assert_eq!(wanted(&many), (1..=64).collect::<Vec<u32>>());
    }

    #[test]
    fn down_is_what_is_down_though_it_is_enabled() {
        let mut snapshot = Snapshot::default();
        for (index, admin, oper) in [(1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 1, 6), (5, 1, 7), (6, 2, 1)] {
            snapshot.extend(vec![
                text(NAME, index, &format!("ether{index}")),
                integer(ADMIN, index, admin),
                integer(OPER, index, oper),
                integer(HIGH_SPEED, index, 1000),
            ]);
        }
        // Nobody says whether these are enabled.
        snapshot.extend(vec![
            text(NAME, 7, "ether7"),
            integer(OPER, 7, 1),
            text(NAME, 8, "ether8"),
            integer(OPER, 8, 2),
        ]);
        let gigabit = Some(1e9);
        assert_eq!(
            interfaces(&[1, 2, 3, 4, 5, 6, 7, 8], &snapshot),
            [
                shown("ether1", Some(true), gigabit),
                shown("ether2", Some(false), gigabit),
                shown("ether3", None, None),
                shown("ether4", None, gigabit),
                shown("ether5", Some(false), gigabit),
                shown("ether6", None, None),
                shown("ether7", Some(true), None),
                shown("ether8", None, None),
            ]
        );
    }

    #[test]
    fn speeds_that_cannot_be_are_none_and_names_are_told_apart() {
        let mut snapshot = Snapshot::default();
        snapshot.extend(vec![
            text(NAME, 1, "WLAN interface"),
            integer(HIGH_SPEED, 1, 220_000_000),
            text(NAME, 2, "WLAN interface"),
            integer(HIGH_SPEED, 2, 0),
            // An agent without ifXTable.
            text(DESCR, 3, "eth0"),
            integer(SPEED, 3, 10_000_000),
            text(DESCR, 4, "eth1"),
            integer(SPEED, 4, 4_294_967_295),
        ]);
        assert_eq!(
            interfaces(&[1, 2, 3, 4, 5], &snapshot),
            [
                shown("WLAN interface (1)", None, None),
                shown("WLAN interface (2)", None, None),
                shown("eth0", None, Some(1e7)),
                shown("eth1", None, None),
            ]
        );
    }
}
