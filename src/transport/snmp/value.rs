//! What an agent answers: values with the type that the agent gave them.

use super::Oid;

/// A value. Nothing is converted: a Gauge32 stays one, and "there is no such object" is a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// INTEGER, also Integer32 and enumerations. SNMP allows 32 bits.
    Integer(i64),
    /// OCTET STRING: text, bits, physical addresses, DateAndTime.
    OctetString(Vec<u8>),
    /// OBJECT IDENTIFIER.
    ObjectId(Oid),
    /// IpAddress, IPv4 only.
    IpAddress([u8; 4]),
    /// Counter32; wraps.
    Counter32(u32),
    /// Gauge32 and Unsigned32, which share a tag.
    Gauge32(u32),
    /// TimeTicks, hundredths of a second.
    TimeTicks(u32),
    /// Opaque, such as net-snmp's floats (`9f 78 04` and four bytes).
    Opaque(Vec<u8>),
    /// Counter64; not in SNMPv1.
    Counter64(u64),
    /// NULL.
    Null,
    /// The agent does not know the object (RFC 3416); also SNMPv1's noSuchName.
    NoSuchObject,
    /// The agent knows the object but not this instance.
    NoSuchInstance,
    /// A walk is past the last object.
    EndOfMibView,
}

impl Value {
    /// Whether the agent said that there is nothing here.
    pub fn is_missing(&self) -> bool {
        matches!(self, Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView)
    }

    /// The number, whatever its type; `None` for what is no number, and for a Counter64 above `i64::MAX`.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Value::Integer(n) => Some(*n),
            Value::Counter32(n) | Value::Gauge32(n) | Value::TimeTicks(n) => Some(i64::from(*n)),
            Value::Counter64(n) => i64::try_from(*n).ok(),
            _ => None,
        }
    }

    /// The bytes of an OCTET STRING.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::OctetString(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The name of the type, as MIBs spell it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Integer(_) => "INTEGER",
            Value::OctetString(_) => "OCTET STRING",
            Value::ObjectId(_) => "OBJECT IDENTIFIER",
            Value::IpAddress(_) => "IpAddress",
            Value::Counter32(_) => "Counter32",
            Value::Gauge32(_) => "Gauge32",
            Value::TimeTicks(_) => "TimeTicks",
            Value::Opaque(_) => "Opaque",
            Value::Counter64(_) => "Counter64",
            Value::Null => "NULL",
            Value::NoSuchObject => "noSuchObject",
            Value::NoSuchInstance => "noSuchInstance",
            Value::EndOfMibView => "endOfMibView",
        }
    }

    /// The type with the value, for a job's log; strings only by length, because a community is a string too.
    pub(super) fn masked(&self) -> String {
        match self {
            Value::OctetString(bytes) | Value::Opaque(bytes) => format!("{} ({} bytes)", self.type_name(), bytes.len()),
            Value::ObjectId(oid) => format!("{} {oid}", self.type_name()),
            Value::IpAddress([a, b, c, d]) => format!("{} {a}.{b}.{c}.{d}", self.type_name()),
            _ => match self.as_integer() {
                Some(n) => format!("{} {n}", self.type_name()),
                None => self.type_name().to_owned(),
            },
        }
    }

    /// Bytes it takes, roughly, for the cap on a walk.
    pub(super) fn weight(&self) -> usize {
        match self {
            Value::OctetString(bytes) | Value::Opaque(bytes) => bytes.len(),
            Value::ObjectId(oid) => oid.ids().len() * 4,
            _ => 8,
        }
    }

    /// `None` for what cannot stand in a reply. `Err` where the bytes are wrong.
    pub(super) fn from_snmp2(value: &snmp2::Value<'_>) -> Option<Self> {
        Some(match value {
            snmp2::Value::Integer(n) => Value::Integer(*n),
            snmp2::Value::OctetString(bytes) => Value::OctetString(bytes.to_vec()),
            snmp2::Value::ObjectIdentifier(oid) => Value::ObjectId(Oid::from_ber(oid.as_bytes())?),
            snmp2::Value::IpAddress(address) => Value::IpAddress(*address),
            snmp2::Value::Counter32(n) => Value::Counter32(*n),
            snmp2::Value::Unsigned32(n) => Value::Gauge32(*n),
            snmp2::Value::Timeticks(n) => Value::TimeTicks(*n),
            snmp2::Value::Opaque(bytes) => Value::Opaque(bytes.to_vec()),
            snmp2::Value::Counter64(n) => Value::Counter64(*n),
            snmp2::Value::Null => Value::Null,
            snmp2::Value::NoSuchObject => Value::NoSuchObject,
            snmp2::Value::NoSuchInstance => Value::NoSuchInstance,
            snmp2::Value::EndOfMibView => Value::EndOfMibView,
            _ => return None,
        })
    }
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Varbind {
    /// Name.
    pub oid: Oid,
    /// Value.
    pub value: Value,
}

impl Varbind {
    /// A name and its value.
    pub fn new(oid: Oid, value: Value) -> Self {
        Self { oid, value }
    }
}
