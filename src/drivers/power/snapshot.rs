//! The objects of a device as they were read, and lookups that know how agents misplace them.

use std::collections::BTreeMap;

use crate::transport::snmp::{Oid, Value, Varbind};

/// Objects by OID. What the device has not, or has as null, is not in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot(BTreeMap<Oid, Value>);

impl Snapshot {
    /// Adds what was read.
    pub fn extend(&mut self, varbinds: Vec<Varbind>) {
        for varbind in varbinds {
            match varbind.value {
                Value::Null | Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView => {}
                value => {
                    self.0.insert(varbind.oid, value);
                }
            }
        }
    }

    /// The objects below `root`.
    pub fn under<'a>(&'a self, root: &'a [u32]) -> Branch<'a> {
        Branch { objects: &self.0, root }
    }
}

/// The objects of a device below one root; each is named by what follows the root.
#[derive(Debug, Clone, Copy)]
pub struct Branch<'a> {
    objects: &'a BTreeMap<Oid, Value>,
    root: &'a [u32],
}

impl<'a> Branch<'a> {
    fn oid(&self, object: &[u32]) -> Oid {
        Oid::from(self.root).child(object)
    }

    /// Whether anything was read under an object.
    pub fn has(&self, object: &[u32]) -> bool {
        let oid = self.oid(object);
        self.objects.range(oid.clone()..).next().is_some_and(|(first, _)| first.starts_with(&oid))
    }

    /// A scalar by its object id without the instance: `.0`, or without it, or `.0.0`, as agents have it.
    pub fn scalar(&self, object: &[u32]) -> Option<&'a Value> {
        let oid = self.oid(object);
        let at = |oid: &Oid| self.objects.get(oid);
        at(&oid.child(&[0])).or_else(|| at(&oid)).or_else(|| at(&oid.child(&[0, 0])))
    }

    /// A column: index (the first number after the column; a bogus trailing `.0` is ignored) and value, in order.
    pub fn column(&self, column: &[u32]) -> Vec<(u32, &'a Value)> {
        let column = self.oid(column);
        self.objects
            .range(column.clone()..)
            .take_while(|(oid, _)| oid.starts_with(&column))
            .filter_map(|(oid, value)| Some((*oid.suffix_after(&column)?.first()?, value)))
            .collect()
    }

    /// A cell of a table.
    pub fn cell(&self, column: &[u32], index: u32) -> Option<&'a Value> {
        self.column(column).into_iter().find(|(at, _)| *at == index).map(|(_, value)| value)
    }

    /// A scalar as text.
    pub fn text(&self, object: &[u32]) -> Option<String> {
        text(self.scalar(object)?)
    }

    /// A scalar as a number.
    pub fn number(&self, object: &[u32]) -> Option<f64> {
        number(self.scalar(object)?)
    }

    /// A scalar as a whole number, for codes.
    pub fn code(&self, object: &[u32]) -> Option<i64> {
        code(self.scalar(object)?)
    }
}

/// Text without padding and zero bytes (empty names come as one zero byte); none if nothing is left.
pub fn text(value: &Value) -> Option<String> {
    let Value::OctetString(bytes) = value else { return None };
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    (!text.is_empty()).then(|| text.to_owned())
}

/// A number, also where the agent sends it as text (`-55.2`, `121`, `54.1 V`).
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Counter32(number) | Value::Gauge32(number) | Value::TimeTicks(number) => Some(f64::from(*number)),
        Value::Counter64(number) => Some(*number as f64),
        Value::OctetString(_) => {
            let text = text(value)?;
            let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%' || c.is_whitespace());
            digits.parse::<f64>().ok().filter(|number| number.is_finite())
        }
        _ => None,
    }
}

/// A code of an enumeration.
pub fn code(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(code) => Some(*code),
        Value::Gauge32(code) | Value::Counter32(code) => Some(i64::from(*code)),
        Value::OctetString(_) => text(value)?.parse().ok(),
        _ => None,
    }
}

/// The value as a configuration text shows it.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Counter32(number) | Value::Gauge32(number) | Value::TimeTicks(number) => number.to_string(),
        Value::Counter64(number) => number.to_string(),
        Value::ObjectId(oid) => oid.to_string(),
        Value::IpAddress([a, b, c, d]) => format!("{a}.{b}.{c}.{d}"),
        Value::OctetString(bytes) | Value::Opaque(bytes) => printable(bytes)
            .unwrap_or_else(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")),
        Value::Null | Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView => String::new(),
    }
}

/// Text in one line, or none where the bytes are no text (a physical address).
fn printable(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    let text = text.replace(['\r', '\n', '\t'], " ");
    (!text.chars().any(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(text: &str) -> Value {
        Value::OctetString(text.as_bytes().to_vec())
    }

    #[test]
    fn numbers_come_as_numbers_and_as_text() {
        assert_eq!(number(&octets("-55.2")), Some(-55.2));
        assert_eq!(number(&octets("-1.1 A")), Some(-1.1));
        assert_eq!(number(&Value::Integer(97)), Some(97.0));
        for nothing in [octets(""), octets("\0"), octets("n/a"), octets("NaN"), Value::Null] {
            assert_eq!(number(&nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn misplaced_instances_are_found() {
        let mut snapshot = Snapshot::default();
        let at = |oid: &[u32], n| Varbind { oid: Oid::from(oid), value: Value::Integer(n) };
        snapshot.extend(vec![
            at(&[1, 3, 1, 0], 1),
            at(&[1, 3, 2], 2),
            at(&[1, 3, 3, 0, 0], 3),
            at(&[1, 3, 9, 0, 0], 7),
            at(&[1, 3, 9, 1], 8),
        ]);
        let branch = snapshot.under(&[1, 3]);
        assert_eq!(branch.number(&[1]), Some(1.0));
        assert_eq!(branch.number(&[2]), Some(2.0));
        assert_eq!(branch.number(&[3]), Some(3.0));
        assert_eq!(branch.number(&[4]), None);
        let column: Vec<u32> = branch.column(&[9]).iter().map(|(index, _)| *index).collect();
        assert_eq!(column, [0, 1]);
        assert!(branch.has(&[9]) && !branch.has(&[4]) && !branch.has(&[9, 2]));
    }

    #[test]
    fn a_configuration_shows_text_in_one_line_and_bytes_as_hex() {
        assert_eq!(shown(&octets(" Rack 3\r\nshelf 2\0")), "Rack 3  shelf 2");
        assert_eq!(shown(&Value::OctetString(vec![2, 0, 0, 0, 0, 1])), "02:00:00:00:00:01");
        assert_eq!(shown(&Value::OctetString(vec![0xff, 0x41])), "ff:41");
        assert_eq!(shown(&octets("\0")), "");
    }
}
