//! The few BER writers that our requests need. Replies are read by snmp2; object identifiers are read here, because
//! asn1-rs, below snmp2, hands them on unchecked.

use super::{Oid, Value, Varbind};

const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
const IP_ADDRESS: u8 = 0x40;
const COUNTER32: u8 = 0x41;
const GAUGE32: u8 = 0x42;
const TIME_TICKS: u8 = 0x43;
const OPAQUE: u8 = 0x44;
const COUNTER64: u8 = 0x46;

/// The content of a VarBindList, without its own tag and length: what `snmp2::Varbinds::from_bytes` takes.
/// `values` false writes NULL for each value, as the requests that read do.
pub(super) fn varbinds(list: &[Varbind], values: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(list.len() * 24);
    for varbind in list {
        let mut pair = Vec::with_capacity(24);
        write_oid(&mut pair, &varbind.oid);
        write_value(&mut pair, if values { &varbind.value } else { &Value::Null });
        tlv(&mut out, SEQUENCE, &pair);
    }
    out
}

/// An object identifier with tag and length. Nothing is checked: see `Oid::is_encodable`.
pub(super) fn write_oid(out: &mut Vec<u8>, oid: &Oid) {
    tlv(out, OBJECT_IDENTIFIER, &oid_content(oid));
}

/// The content bytes of an object identifier.
pub(super) fn oid_content(oid: &Oid) -> Vec<u8> {
    let mut content = Vec::with_capacity(oid.ids().len() + 4);
    let rest = match oid.ids() {
        [first, second, rest @ ..] => {
            base128(&mut content, u64::from(*first) * 40 + u64::from(*second));
            rest
        }
        short => short,
    };
    for id in rest {
        base128(&mut content, u64::from(*id));
    }
    content
}

fn base128(out: &mut Vec<u8>, id: u64) {
    let groups = (64 - id.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let bits = (id >> (7 * group)) as u8 & 0x7f;
        out.push(if group == 0 { bits } else { bits | 0x80 });
    }
}

/// Reads the content bytes of an object identifier into `ids`, gives their count. `None`: cut off, a sub-identifier
/// beyond 32 bits, padded with 0x80, or more than fit.
pub(super) fn read_oid(bytes: &[u8], ids: &mut [u32]) -> Option<usize> {
    let mut count = 0;
    let mut id: u64 = 0;
    let mut inside = false;
    for byte in bytes {
        if !inside && *byte == 0x80 {
            return None;
        }
        id = id << 7 | u64::from(byte & 0x7f);
        if id > u64::from(u32::MAX) {
            return None;
        }
        inside = byte & 0x80 != 0;
        if inside {
            continue;
        }
        let number = u32::try_from(id).ok()?;
        id = 0;
        if count == 0 {
            let first = (number / 40).min(2);
            *ids.get_mut(0)? = first;
            *ids.get_mut(1)? = number - first * 40;
            count = 2;
        } else {
            *ids.get_mut(count)? = number;
            count += 1;
        }
    }
    (!inside && count > 0).then_some(count)
}

/// An INTEGER with tag and length.
pub(super) fn write_integer(out: &mut Vec<u8>, n: i64) {
    tlv(out, INTEGER, signed(&n.to_be_bytes()));
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Integer(n) => write_integer(out, *n),
        Value::OctetString(bytes) => tlv(out, OCTET_STRING, bytes),
        Value::ObjectId(oid) => write_oid(out, oid),
        Value::IpAddress(address) => tlv(out, IP_ADDRESS, address),
        Value::Counter32(n) => unsigned(out, COUNTER32, u64::from(*n)),
        Value::Gauge32(n) => unsigned(out, GAUGE32, u64::from(*n)),
        Value::TimeTicks(n) => unsigned(out, TIME_TICKS, u64::from(*n)),
        Value::Opaque(bytes) => tlv(out, OPAQUE, bytes),
        Value::Counter64(n) => unsigned(out, COUNTER64, *n),
        Value::Null | Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView => tlv(out, NULL, &[]),
    }
}

fn unsigned(out: &mut Vec<u8>, tag: u8, n: u64) {
    // One zero byte in front keeps the number positive.
    let mut bytes = [0; 9];
    for (slot, byte) in bytes.iter_mut().skip(1).zip(n.to_be_bytes()) {
        *slot = byte;
    }
    tlv(out, tag, signed(&bytes));
}

/// Without the leading bytes that say nothing (X.690, 8.3.2).
fn signed(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes {
        match rest.first() {
            Some(second) if (*first == 0 && second & 0x80 == 0) || (*first == 0xff && second & 0x80 != 0) => {
                bytes = rest;
            }
            _ => break,
        }
    }
    bytes
}

/// Tag, length and content.
pub(super) fn tlv(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    match content.len() {
        short @ 0..=0x7f => out.push(short as u8),
        length @ 0x80..=0xff => out.extend([0x81, length as u8]),
        length => {
            // Above 65,535 no datagram can carry it, and sending it fails.
            let [high, low] = (length.min(0xffff) as u16).to_be_bytes();
            out.extend([0x82, high, low]);
        }
    }
    out.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(value: Value) -> Vec<u8> {
        let mut out = Vec::new();
        write_value(&mut out, &value);
        out
    }

    #[test]
    fn values_are_written_as_x690_says() {
        assert_eq!(value(Value::Integer(0)), [2, 1, 0]);
        assert_eq!(value(Value::Integer(127)), [2, 1, 0x7f]);
        assert_eq!(value(Value::Integer(128)), [2, 2, 0, 0x80]);
        assert_eq!(value(Value::Integer(-1)), [2, 1, 0xff]);
        assert_eq!(value(Value::Integer(-129)), [2, 2, 0xff, 0x7f]);
        assert_eq!(value(Value::Gauge32(u32::MAX)), [0x42, 5, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(value(Value::Counter64(u64::MAX))[..3], [0x46, 9, 0]);
        assert_eq!(value(Value::IpAddress([10, 0, 0, 1])), [0x40, 4, 10, 0, 0, 1]);
        assert_eq!(value(Value::OctetString(vec![b'x'; 200]))[..3], [4, 0x81, 200]);
        assert_eq!(value(Value::OctetString(vec![b'x'; 300]))[..4], [4, 0x82, 1, 44]);
    }

    #[test]
    fn an_oid_is_written_as_x690_says() {
        // 1.3.6.1.4.1.2680: 2680 = 20 * 128 + 120.
        let oid = Oid::new(&[1, 3, 6, 1, 4, 1, 2680]);
        assert_eq!(oid_content(&oid), [0x2b, 6, 1, 4, 1, 0x94, 0x78]);
        // 2.999 is the example of X.690, 8.19.5.
        assert_eq!(oid_content(&Oid::new(&[2, 999, 3])), [0x88, 0x37, 3]);
    }

    #[test]
    fn malformed_oids_are_refused() {
        let read = |bytes: &[u8]| read_oid(bytes, &mut [0; 8]);
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[0x2b, 0x86]), None, "cut off");
        assert_eq!(read(&[0x2b, 0x80, 1]), None, "padded");
        assert_eq!(read(&[0x2b, 0x90, 0x80, 0x80, 0x80, 0]), None, "33 bits");
        assert_eq!(read(&[0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f]), Some(3));
        assert_eq!(read(&[0x2b, 1, 2, 3, 4, 5, 6, 7]), None, "more than fit");
    }
}
