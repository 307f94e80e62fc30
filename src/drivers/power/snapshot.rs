//! The objects of a device as they were read, and lookups that know how agents misplace them.

use crate::transport::snmp::{Oid, Value, Varbind};

/// Objects in the order of their OIDs. What the device has not, or has as null, is not in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot(Vec<(Oid, Value)>);

impl Snapshot {
    /// Adds what was read; what was read before gives way.
    pub fn extend(&mut self, varbinds: Vec<Varbind>) {
        let mut ordered = true;
        self.0.reserve(varbinds.len());
        for Varbind { oid, value } in varbinds {
            if matches!(value, Value::Null | Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView) {
                continue;
            }
            ordered = ordered && self.0.last().is_none_or(|(last, _)| *last < oid);
            self.0.push((oid, value));
        }
        if ordered {
            return;
        }
        // Stable: of two with one name the one that was read later comes later, and stays.
        self.0.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.0.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
    }

    /// The objects below `root`.
    pub fn under<'a>(&'a self, root: &'a [u32]) -> Branch<'a> {
        let begin = self.0.partition_point(|(oid, _)| oid.ids() < root);
        let objects = self.0.get(begin..).unwrap_or_default();
        let end = objects.partition_point(|(oid, _)| oid.ids().starts_with(root));
        Branch { objects: objects.get(..end).unwrap_or_default(), root: root.len() }
    }
}

/// The objects of a device below one root; each is named by what follows the root.
#[derive(Debug, Clone, Copy)]
pub struct Branch<'a> {
    objects: &'a [(Oid, Value)],
    /// Numbers in the root.
    root: usize,
}

impl<'a> Branch<'a> {
    /// What lies under an object, itself included: what follows the object's name, and the value, in order.
    fn below<'b>(&self, object: &'b [u32]) -> impl Iterator<Item = (&'a [u32], &'a Value)> + use<'a, 'b> {
        let Self { objects, root } = *self;
        fn name(oid: &Oid, root: usize) -> &[u32] {
            oid.ids().get(root..).unwrap_or_default()
        }
        let begin = objects.partition_point(|(oid, _)| name(oid, root) < object);
        let rest = objects.get(begin..).unwrap_or_default();
        rest.iter().map_while(move |(oid, value)| Some((name(oid, root).strip_prefix(object)?, value)))
    }

    /// Whether anything was read under an object.
    pub fn has(&self, object: &[u32]) -> bool {
        self.below(object).next().is_some()
    }

    /// A scalar by its object id without the instance: `.0`, or without it, or `.0.0`, as agents have it.
    pub fn scalar(&self, object: &[u32]) -> Option<&'a Value> {
        let mut misplaced = None;
        // They stand in this order: nothing, `.0`, `.0.0`.
        for (instance, value) in self.below(object) {
            match instance {
                [0] => return Some(value),
                [] => misplaced = Some(value),
                [0, 0] => return misplaced.or(Some(value)),
                _ => break,
            }
        }
        misplaced
    }

    /// A column: index (the first number after the column; a bogus trailing `.0` is ignored) and value, in order.
    pub fn column(&self, column: &[u32]) -> Vec<(u32, &'a Value)> {
        self.below(column).filter_map(|(index, value)| Some((*index.first()?, value))).collect()
    }

    /// A cell of a table.
    pub fn cell(&self, column: &[u32], index: u32) -> Option<&'a Value> {
        self.below(column).find(|(at, _)| at.first() == Some(&index)).map(|(_, value)| value)
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
    fn what_is_read_later_stays_in_its_place() {
        let mut snapshot = Snapshot::default();
        let at = |oid: &[u32], n| Varbind { oid: Oid::from(oid), value: Value::Integer(n) };
        snapshot.extend(vec![at(&[1, 3, 2, 0], 1), at(&[1, 3, 1, 0], 2), at(&[1, 3, 1, 0], 3), at(&[1, 4], 4)]);
        snapshot.extend(vec![at(&[1, 3, 2, 0], 5), Varbind { oid: Oid::from(&[1, 3, 1, 0][..]), value: Value::Null }]);
        let branch = snapshot.under(&[1, 3]);
        assert_eq!((branch.number(&[1]), branch.number(&[2])), (Some(3.0), Some(5.0)));
        assert_eq!(snapshot.0.len(), 3);
        assert!(!branch.has(&[4]) && snapshot.under(&[1]).has(&[4]) && !snapshot.under(&[1, 3, 2]).has(&[1]));
        let cells = [at(&[1, 5, 1, 7], 7), at(&[1, 5, 1, 10], 10), at(&[1, 5, 2, 7], 8)];
        snapshot.extend(cells.to_vec());
        let table = snapshot.under(&[1, 5]);
        assert_eq!(table.cell(&[1], 10), Some(&Value::Integer(10)));
        assert_eq!(table.cell(&[2], 10), None);
        assert_eq!(table.column(&[1]).len(), 2);
    }

    #[test]
    fn a_configuration_shows_text_in_one_line_and_bytes_as_hex() {
        assert_eq!(shown(&octets(" Rack 3\r\nshelf 2\0")), "Rack 3  shelf 2");
        assert_eq!(shown(&Value::OctetString(vec![2, 0, 0, 0, 0, 1])), "02:00:00:00:00:01");
        assert_eq!(shown(&Value::OctetString(vec![0xff, 0x41])), "ff:41");
        assert_eq!(shown(&octets("\0")), "");
    }
}
