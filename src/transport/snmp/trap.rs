//! Notifications: traps of v1, v2c and v3, and informs, which are answered. Reading them is pure: bytes in, facts out,
//! and nothing that a stranger can send makes it panic.
//!
//! A community is neither checked nor kept: equipment often sends traps under another than it is read with, and a
//! notification makes nothing but a reading of the device that it is from.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use snmp2::{AsnReader, MessageType, Pdu, Version, asn1, snmp};

use super::usm::Header;
use super::{Oid, Value, Varbind};

/// A longer datagram is no notification: RFC 3417 wants 484 bytes, and the largest alarm seen has 1,200.
pub(super) const LARGEST: usize = 16 * 1024;

/// `sysUpTime.0`.
const UPTIME: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1, 3, 0]);
/// `snmpTrapOID.0`.
const TRAP: Oid = Oid::new(&[1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0]);
/// `snmpTraps`, where the generic traps of v1 lie (RFC 3584, 3.1).
const GENERIC: Oid = Oid::new(&[1, 3, 6, 1, 6, 3, 1, 1, 5]);
/// `snmpTrapAddress.0`: a proxy says whose trap it passes on.
const AGENT: Oid = Oid::new(&[1, 3, 6, 1, 6, 3, 18, 1, 3, 0]);
/// `snmpTrapCommunity.0`: a proxy says under which community it came.
const COMMUNITY: Oid = Oid::new(&[1, 3, 6, 1, 6, 3, 18, 1, 4, 0]);

/// Version of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrapVersion {
    /// SNMPv1.
    V1,
    /// SNMPv2c.
    V2c,
    /// SNMPv3.
    V3,
}

impl TrapVersion {
    /// `v1`, `v2c`, `v3`.
    pub fn as_str(self) -> &'static str {
        match self {
            TrapVersion::V1 => "v1",
            TrapVersion::V2c => "v2c",
            TrapVersion::V3 => "v3",
        }
    }
}

/// What a device said by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// How it came.
    pub version: TrapVersion,
    /// The sender waits for an answer, and repeats it until one comes.
    pub inform: bool,
    /// Request id, the same in each repetition; 0 with v1.
    pub id: i32,
    /// Its name, `snmpTrapOID`; that of v1 is made as RFC 3584, 3.1 says.
    pub name: Oid,
    /// Time since the sender started, where it says so.
    pub uptime: Option<Duration>,
    /// The address that the notification gives its sender: agent-addr of v1, `snmpTrapAddress` of a proxy.
    pub agent: Option<IpAddr>,
    /// What comes with it, without the objects above and without a community.
    pub varbinds: Vec<Varbind>,
}

/// A notification, and what its sender waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What was said.
    pub notification: Notification,
    /// Of an inform: the datagram that says it has arrived.
    pub answer: Option<Vec<u8>>,
}

/// A message of v3, which only the keys of its user open: [`super::TrapEngine::open`].
#[derive(Clone)]
pub struct Sealed {
    pub(super) bytes: Vec<u8>,
    pub(super) id: i64,
    pub(super) flags: u8,
    pub(super) engine_id: Vec<u8>,
    pub(super) boots: i64,
    pub(super) time: i64,
    pub(super) user: Vec<u8>,
    /// Request id, where it can be read without a key.
    pub(super) request: Option<i32>,
}

impl Sealed {
    /// The user that it claims to be from.
    pub fn user(&self) -> &[u8] {
        &self.user
    }

    /// The engine by whose clock and keys it was made: the sender's own for a trap, ours for an inform.
    pub fn engine_id(&self) -> &[u8] {
        &self.engine_id
    }
}

impl Sealed {
    /// How often that engine had started, as the message says.
    pub fn boots(&self) -> i64 {
        self.boots
    }

    /// Seconds since that engine's last start, as the message says.
    pub fn time(&self) -> i64 {
        self.time
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed").field("id", &self.id).field("flags", &self.flags).finish_non_exhaustive()
    }
}

/// What a datagram is.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// v1 and v2c: it can be read by everybody.
    Open(Received),
    /// v3.
    Sealed(Box<Sealed>),
}

/// A datagram that is no notification, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than any notification.
    #[error("it has more than {LARGEST} bytes")]
    TooLong,
    /// No SNMP, or a message that breaks off.
    #[error("it is no SNMP message ({0})")]
    NoMessage(String),
    /// SNMP, but a request or an answer.
    #[error("it is an SNMP message, but no trap and no inform")]
    NoNotification,
    /// A part of it is wrong.
    #[error("{0}")]
    Wrong(String),
}

/// Reads a datagram.
pub fn read_trap(bytes: &[u8]) -> Result<Incoming, Unreadable> {
    if bytes.len() > LARGEST {
        return Err(Unreadable::TooLong);
    }
    if let Some(header) = Header::read(bytes) {
        return sealed(&header, bytes).map(|sealed| Incoming::Sealed(Box::new(sealed)));
    }
    let pdu = Pdu::from_bytes(bytes).map_err(|error| Unreadable::NoMessage(error.to_string()))?;
    let notification = match (pdu.message_type, pdu.version()) {
        (MessageType::TrapV1, Ok(Version::V1)) => of_v1(&pdu)?,
        (MessageType::Trap | MessageType::InformRequest, Ok(Version::V2C)) => of_v2(&pdu, TrapVersion::V2c)?,
        _ => return Err(Unreadable::NoNotification),
    };
    let answer = if notification.inform { echo(bytes) } else { None };
    Ok(Incoming::Open(Received { notification, answer }))
}

fn sealed(header: &Header<'_>, bytes: &[u8]) -> Result<Sealed, Unreadable> {
    let wrong = |what: &str| Unreadable::Wrong(what.to_owned());
    // snmp2 subtracts them, and RFC 3414 gives them 31 bits.
    let clock = 0..=i64::from(i32::MAX);
    if !clock.contains(&header.boots) || !clock.contains(&header.time) || !clock.contains(&header.id) {
        return Err(wrong("its engine's clock or its message id is outside 31 bits"));
    }
    if header.largest > super::usm::LARGEST_MESSAGE {
        return Err(wrong("it announces a msgMaxSize above 65507, which the SNMP library does not take"));
    }
    if header.engine_id.len() > 32 || header.user.len() > 32 {
        return Err(wrong("its engine id or its user has more than 32 bytes"));
    }
    Ok(Sealed {
        bytes: bytes.to_vec(),
        id: header.id,
        flags: header.flags,
        engine_id: header.engine_id.to_vec(),
        boots: header.boots,
        time: header.time,
        user: header.user.to_vec(),
        request: request_in_clear(header),
    })
}

/// The request id of a message that is not encrypted.
fn request_in_clear(header: &Header<'_>) -> Option<i32> {
    let mut scoped = AsnReader::from_bytes(header.payload.clone().read_raw(asn1::TYPE_SEQUENCE).ok()?);
    scoped.read_asn_octetstring().ok()?;
    scoped.read_asn_octetstring().ok()?;
    let tag = scoped.peek_byte().ok()?;
    let id = AsnReader::from_bytes(scoped.read_raw(tag).ok()?).read_asn_integer().ok()?;
    i32::try_from(id).ok()
}

/// The answer to an inform of v2c: the same message, called a response (RFC 3416, 4.2.7).
fn echo(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = AsnReader::from_bytes(bytes);
    let mut message = AsnReader::from_bytes(rest.read_raw(asn1::TYPE_SEQUENCE).ok()?);
    let end = bytes.len() - rest.bytes_left();
    message.read_asn_integer().ok()?;
    message.read_asn_octetstring().ok()?;
    let mut answer = bytes.get(..end)?.to_vec();
    *answer.get_mut(end.checked_sub(message.bytes_left())?)? = snmp::MSG_RESPONSE;
    Some(answer)
}

fn of_v1(pdu: &Pdu<'_>) -> Result<Notification, Unreadable> {
    let wrong = |what: &str| Unreadable::Wrong(what.to_owned());
    let info = pdu.v1_trap_info.as_ref().ok_or_else(|| wrong("it says nothing of its trap"))?;
    let name = match info.generic_trap {
        generic @ 0..=5 => GENERIC.child(&[u32::try_from(generic + 1).unwrap_or(0)]),
        6 => {
            let enterprise = Oid::from_ber(info.enterprise.as_bytes());
            let specific = u32::try_from(info.specific_trap).ok();
            let (enterprise, specific) =
                enterprise.zip(specific).ok_or_else(|| wrong("its enterprise or its specific-trap is none"))?;
            enterprise.child(&[0, specific])
        }
        _ => return Err(wrong("its generic-trap is none of 0 to 6")),
    };
    Ok(Notification {
        version: TrapVersion::V1,
        inform: false,
        id: 0,
        name,
        uptime: Some(ticks(info.timestamp)),
        agent: given(info.agent_addr),
        varbinds: varbinds(pdu)?,
    })
}

/// What a PDU of v2c or v3 says, which has been found to be a trap or an inform.
pub(super) fn of_v2(pdu: &Pdu<'_>, version: TrapVersion) -> Result<Notification, Unreadable> {
    let (mut name, mut uptime, mut agent) = (None, None, None);
    let mut rest = Vec::new();
    for varbind in varbinds(pdu)? {
        match (&varbind.oid, &varbind.value) {
            (oid, Value::ObjectId(trap)) if *oid == TRAP && name.is_none() => name = Some(trap.clone()),
            (oid, Value::TimeTicks(n)) if *oid == UPTIME && uptime.is_none() => uptime = Some(ticks(*n)),
            (oid, Value::IpAddress(bytes)) if *oid == AGENT => agent = given(IpAddr::from(Ipv4Addr::from(*bytes))),
            _ => rest.push(varbind),
        }
    }
    let name = name.ok_or_else(|| Unreadable::Wrong("it has no snmpTrapOID".to_owned()))?;
    let inform = pdu.message_type == MessageType::InformRequest;
    Ok(Notification { version, inform, id: pdu.req_id, name, uptime, agent, varbinds: rest })
}

/// All that come before the first that snmp2 cannot read; a proxy's community is left out.
fn varbinds(pdu: &Pdu<'_>) -> Result<Vec<Varbind>, Unreadable> {
    let mut list = Vec::new();
    for (name, value) in pdu.varbinds.clone() {
        let oid = Oid::from_ber(name.as_bytes())
            .ok_or_else(|| Unreadable::Wrong("a name in it is no object identifier".to_owned()))?;
        let value = Value::from_snmp2(&value)
            .ok_or_else(|| Unreadable::Wrong(format!("the value of {oid} is of no type that SNMP has")))?;
        if oid != COMMUNITY {
            list.push(Varbind { oid, value });
        }
    }
    Ok(list)
}

/// Agents that do not know their address say 0.0.0.0.
fn given(address: IpAddr) -> Option<IpAddr> {
    (!address.is_unspecified()).then_some(address)
}

fn ticks(hundredths: u32) -> Duration {
    Duration::from_millis(u64::from(hundredths) * 10)
}

#[cfg(test)]
mod tests;
