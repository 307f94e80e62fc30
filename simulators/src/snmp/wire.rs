//! Answers as bytes. They are encoded here and not by the codec's own types of responses, because those refuse what
//! real agents send: null values in answers, and bindings beside an error.

use async_snmp::ber::EncodeBuf;
use async_snmp::{VarBind, Version};

/// Tag of a response.
pub const RESPONSE: u8 = 0xa2;
/// Tag of a report.
pub const REPORT: u8 = 0xa8;

/// What is answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Error status (RFC 3416), 0 for none.
    pub status: i32,
    /// Which binding is in error, from 1; 0 for none.
    pub index: i32,
    /// The bindings.
    pub varbinds: Vec<VarBind>,
}

/// Encodes an answer as a PDU.
pub fn pdu(tag: u8, request: i32, answer: &Answer) -> anyhow::Result<Vec<u8>> {
    let mut buf = EncodeBuf::new();
    // The buffer fills from its end: what comes first on the wire is pushed last.
    buf.push_constructed(tag, |buf| {
        buf.push_sequence(|buf| answer.varbinds.iter().rev().try_for_each(|varbind| varbind.encode(buf)))?;
        buf.push_integer(answer.index);
        buf.push_integer(answer.status);
        buf.push_integer(request);
        Ok(())
    })?;
    Ok(buf.finish_vec())
}

/// Encodes a message of version 1 or 2c.
pub fn community_message(version: Version, community: &[u8], request: i32, answer: &Answer) -> anyhow::Result<Vec<u8>> {
    let body = pdu(RESPONSE, request, answer)?;
    let mut buf = EncodeBuf::new();
    buf.push_sequence(|buf| {
        buf.push_bytes(&body);
        buf.push_octet_string(community)?;
        buf.push_integer(version.as_i32());
        Ok(())
    })?;
    Ok(buf.finish_vec())
}
