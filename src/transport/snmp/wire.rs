//! Messages of v1 and v2c, and what both they and v3 make of a datagram.

use snmp2::{MessageType, Pdu, Varbinds, Version};

use super::usm::Usm;
use super::{ErrorStatus, Oid, Value, Varbind, ber};
use crate::model::{Failure, FailureClass, Secret};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Get,
    GetNext,
    GetBulk { repetitions: u32 },
    Set,
}

impl Operation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Operation::Get => "SNMP GET",
            Operation::GetNext => "SNMP GETNEXT",
            Operation::GetBulk { .. } => "SNMP GETBULK",
            Operation::Set => "SNMP SET",
        }
    }
}

/// An answer that is ours: right version, credentials, type and id.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: ErrorStatus,
    /// 1 for the first varbind, 0 for none.
    pub index: usize,
    pub varbinds: Vec<Varbind>,
}

/// What a datagram is.
#[derive(Debug)]
pub(super) enum Datagram {
    /// The answer.
    Reply(Reply),
    /// SNMPv3: the engine did not process the request, and says why.
    Report(Report),
    /// Late, repeated, or from someone else: passed over.
    Foreign,
    /// It bears our id but cannot be read: passed over, and named if nothing better comes.
    Broken(String),
}

/// Why an SNMPv3 engine did not process a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// Its clock is another than we thought; this is what it shows, under a good digest.
    Resync { boots: i64, time: i64 },
    /// It is another engine than we thought.
    UnknownEngine,
    /// The credentials are refused.
    Refused(&'static str),
}

/// How a device is spoken to.
pub(super) enum Login {
    Community(Community),
    Usm(Box<Usm>),
}

impl Login {
    /// Whether the version has GETBULK.
    pub(super) fn has_bulk(&self) -> bool {
        !matches!(self, Login::Community(Community { version: Version::V1, .. }))
    }

    pub(super) fn encode(&self, operation: Operation, id: i32, list: &[u8]) -> Result<Vec<u8>, Failure> {
        match self {
            Login::Community(community) => Ok(community.encode(operation, id, list)),
            Login::Usm(usm) => usm.encode(operation, id, list),
        }
    }

    pub(super) fn decode(&self, bytes: &[u8], id: i32) -> Datagram {
        match self {
            Login::Community(community) => community.decode(bytes, id),
            Login::Usm(usm) => usm.decode(bytes, id),
        }
    }
}

/// v1 and v2c.
pub(super) struct Community {
    version: Version,
    community: Secret,
}

impl Community {
    pub(super) fn v1(community: Secret) -> Self {
        Self { version: Version::V1, community }
    }

    pub(super) fn v2c(community: Secret) -> Self {
        Self { version: Version::V2C, community }
    }

    /// Written here: snmp2 fills a buffer of 64 kB for each request, and a poll is a few small ones.
    fn encode(&self, operation: Operation, id: i32, list: &[u8]) -> Vec<u8> {
        let version = if self.version == Version::V1 { 0 } else { 1 };
        // The third number is an error's index but in a GETBULK, where it is max-repetitions.
        let (tag, third) = match operation {
            Operation::Get => (0xa0, 0),
            Operation::GetNext => (0xa1, 0),
            Operation::Set => (0xa3, 0),
            Operation::GetBulk { repetitions } => (0xa5, repetitions),
        };
        let mut pdu = Vec::with_capacity(list.len() + 24);
        for number in [i64::from(id), 0, i64::from(third)] {
            ber::write_integer(&mut pdu, number);
        }
        ber::tlv(&mut pdu, ber::SEQUENCE, list);
        let mut message = Vec::with_capacity(pdu.len() + 48);
        ber::write_integer(&mut message, version);
        ber::tlv(&mut message, ber::OCTET_STRING, self.community.expose().as_bytes());
        ber::tlv(&mut message, tag, &pdu);
        let mut out = Vec::with_capacity(message.len() + 4);
        ber::tlv(&mut out, ber::SEQUENCE, &message);
        out
    }

    fn decode(&self, bytes: &[u8], id: i32) -> Datagram {
        let Ok(pdu) = Pdu::from_bytes(bytes) else { return Datagram::Foreign };
        if pdu.version() != Ok(self.version)
            || pdu.message_type != MessageType::Response
            || pdu.req_id != id
            || pdu.community != self.community.expose().as_bytes()
        {
            return Datagram::Foreign;
        }
        read(&pdu)
    }
}

/// Makes a seed the request that is wanted.
pub(super) fn fill<'a>(pdu: &mut Pdu<'a>, operation: Operation, id: i32, list: &'a [u8]) {
    pdu.req_id = id;
    // In a GETBULK these two fields are non-repeaters and max-repetitions.
    pdu.error_status = 0;
    pdu.error_index = 0;
    pdu.message_type = match operation {
        Operation::Get => MessageType::GetRequest,
        Operation::GetNext => MessageType::GetNextRequest,
        Operation::GetBulk { repetitions } => {
            pdu.error_index = repetitions;
            MessageType::GetBulkRequest
        }
        Operation::Set => MessageType::SetRequest,
    };
    pdu.varbinds = Varbinds::from_bytes(list);
}

pub(super) fn not_encoded(error: snmp2::Error) -> Failure {
    Failure::new(FailureClass::Internal, format!("the SNMP request cannot be built: {error}"))
}

/// The reply in a PDU that has been found to be ours.
pub(super) fn read(pdu: &Pdu<'_>) -> Datagram {
    let mut varbinds = Vec::with_capacity(32);
    for (name, value) in pdu.varbinds.clone() {
        let Some(oid) = Oid::from_ber(name.as_bytes()) else {
            return Datagram::Broken("a name in the answer is no object identifier".to_owned());
        };
        let Some(value) = Value::from_snmp2(&value) else {
            return Datagram::Broken(format!("the value of {oid} is of no type that SNMP has"));
        };
        varbinds.push(Varbind { oid, value });
    }
    let index = usize::try_from(pdu.error_index).unwrap_or(usize::MAX);
    Datagram::Reply(Reply { status: ErrorStatus(pdu.error_status), index, varbinds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_getbulk_is_written_as_rfc_3416_says() {
        let list = ber::varbinds(&[Varbind::new(Oid::new(&[1, 3, 6, 1]), Value::Null)], false);
        let community = Community::v2c(Secret::new("public"));
        let bytes = community.encode(Operation::GetBulk { repetitions: 25 }, 0x0100_0002, &list);
        let expected = [
            &[0x30, 36, 2, 1, 1, 4, 6][..],
            b"public",
            &[0xa5, 23, 2, 4, 1, 0, 0, 2, 2, 1, 0, 2, 1, 25],
            &[0x30, 9, 0x30, 7, 6, 3, 0x2b, 6, 1, 5, 0],
        ]
        .concat();
        assert_eq!(bytes, expected);
    }

    #[test]
    fn only_the_answer_to_this_request_is_one() {
        // A response of v2c, community "public", id 7, with 1.3.6.1 = INTEGER 5.
        let mut ours = [
            &[0x30, 37, 2, 1, 1, 4, 6][..],
            b"public",
            &[0xa2, 24, 2, 1, 7, 2, 1, 0, 2, 1, 0, 0x30, 13, 0x30, 11, 6, 6, 0x2b, 6, 1, 2, 1, 1, 2, 1, 5],
        ]
        .concat();
        let community = Community::v2c(Secret::new("public"));
        let Datagram::Reply(reply) = community.decode(&ours, 7) else {
            panic!("not taken: {:?}", community.decode(&ours, 7))
        };
        assert_eq!(reply.varbinds, [Varbind::new(Oid::new(&[1, 3, 6, 1, 2, 1, 1]), Value::Integer(5))]);
        assert!(matches!(community.decode(&ours, 8), Datagram::Foreign), "another id");
        assert!(matches!(Community::v1(Secret::new("public")).decode(&ours, 7), Datagram::Foreign), "another version");
        assert!(
            matches!(Community::v2c(Secret::new("other")).decode(&ours, 7), Datagram::Foreign),
            "another community"
        );
        ours[13] = 0xa0;
        assert!(matches!(community.decode(&ours, 7), Datagram::Foreign), "a request, not a response");
    }
}
