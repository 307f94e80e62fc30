//! How an agent answers GET, GETNEXT and GETBULK from its tree.

use async_snmp::pdu::PduBody;
use async_snmp::{Oid, Pdu, PduType, Value, VarBind, Version};

use super::settings::{OverLimit, Settings};
use super::tree::{Absence, Tree};
use super::wire::Answer;

/// Error statuses of RFC 3416.
pub mod status {
    /// The answer does not fit.
    pub const TOO_BIG: i32 = 1;
    /// Version 1: no such instance.
    pub const NO_SUCH_NAME: i32 = 2;
    /// Version 1: the value does not fit the object.
    pub const BAD_VALUE: i32 = 3;
    /// Anything else.
    pub const GEN_ERR: i32 = 5;
    /// Not for this community or user.
    pub const NO_ACCESS: i32 = 6;
    /// Wrong ASN.1 type.
    pub const WRONG_TYPE: i32 = 7;
    /// No such number.
    pub const WRONG_VALUE: i32 = 10;
    /// There is no such instance, and none can be made.
    pub const NO_CREATION: i32 = 11;
    /// Read-only.
    pub const NOT_WRITABLE: i32 = 17;
    /// The security level is too low.
    pub const AUTHORIZATION_ERROR: i32 = 16;
}

/// Bytes around the bindings, at most: headers, community or user, keys.
const ENVELOPE: usize = 200;

/// One read request against one state of the agent.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// What is shown.
    pub tree: &'a Tree,
    /// Limits.
    pub settings: &'a Settings,
    /// The message's version.
    pub version: Version,
    /// Simulated seconds.
    pub now: f64,
    /// Largest message that the manager takes, bytes.
    pub max_size: usize,
}

impl Read<'_> {
    /// Answers GET, GETNEXT or GETBULK; absent for anything else.
    pub fn answer(&self, pdu: &Pdu) -> Option<Answer> {
        let varbinds = pdu.varbinds();
        let answer = match (pdu.pdu_type(), pdu.raw_body()) {
            (PduType::GetRequest, _) => self.get(varbinds),
            (PduType::GetNextRequest, _) => self.get_next(varbinds),
            (PduType::GetBulkRequest, PduBody::GetBulk { non_repeaters, max_repetitions }) => {
                self.get_bulk(varbinds, *non_repeaters, *max_repetitions)
            }
            _ => return None,
        };
        let fits = size(&answer.varbinds) <= self.budget();
        Some(if fits { answer } else { self.failed(status::TOO_BIG, 0, varbinds) })
    }

    fn budget(&self) -> usize {
        self.settings.max_message_size.min(self.max_size).saturating_sub(ENVELOPE)
    }

    fn failed(&self, status: i32, index: usize, varbinds: &[VarBind]) -> Answer {
        // Version 1 echoes the request in tooBig, 2c leaves it out (RFC 3416, 4.2.1).
        let varbinds =
            if status == status::TOO_BIG && self.version != Version::V1 { Vec::new() } else { varbinds.to_vec() };
        Answer { status, index: i32::try_from(index).unwrap_or(0), varbinds }
    }

    fn over(&self, varbinds: &[VarBind]) -> Answer {
        match self.settings.over_limit {
            OverLimit::TooBig => self.failed(status::TOO_BIG, 0, varbinds),
            OverLimit::GenErr => self.failed(status::GEN_ERR, 1, varbinds),
        }
    }

    fn too_many(&self, count: usize) -> bool {
        self.settings.max_varbinds.is_some_and(|most| count > most)
    }

    fn get(&self, asked: &[VarBind]) -> Answer {
        if self.too_many(asked.len()) {
            return self.over(asked);
        }
        let mut varbinds = Vec::with_capacity(asked.len());
        for (at, varbind) in asked.iter().enumerate() {
            let value = match self.tree.get(&varbind.oid, self.now) {
                // Version 1 has no Counter64: to it such an object does not exist (RFC 3584, 4.2.2.1).
                Some(Value::Counter64(_)) | None if self.version == Version::V1 => {
                    return self.failed(status::NO_SUCH_NAME, at + 1, asked);
                }
                Some(value) => value,
                None => match self.tree.absence(&varbind.oid) {
                    Absence::Object => Value::NoSuchObject,
                    Absence::Instance => Value::NoSuchInstance,
                },
            };
            varbinds.push(VarBind::new(varbind.oid.clone(), value));
        }
        Answer { varbinds, ..Answer::default() }
    }

    fn step(&self, after: &Oid) -> Option<VarBind> {
        let mut after = after.clone();
        loop {
            let (oid, value) = self.tree.next(&after, self.now)?;
            if self.version == Version::V1 && matches!(value, Value::Counter64(_)) && oid != after {
                after = oid;
                continue;
            }
            return Some(VarBind::new(oid, value));
        }
    }

    fn get_next(&self, asked: &[VarBind]) -> Answer {
        if self.too_many(asked.len()) {
            return self.over(asked);
        }
        let mut varbinds = Vec::with_capacity(asked.len());
        for (at, varbind) in asked.iter().enumerate() {
            match self.step(&varbind.oid) {
                Some(next) => varbinds.push(next),
                None if self.version == Version::V1 => return self.failed(status::NO_SUCH_NAME, at + 1, asked),
                None => varbinds.push(VarBind::new(varbind.oid.clone(), Value::EndOfMibView)),
            }
        }
        Answer { varbinds, ..Answer::default() }
    }

    fn get_bulk(&self, asked: &[VarBind], non_repeaters: u32, max_repetitions: u32) -> Answer {
        let single = usize::try_from(non_repeaters).unwrap_or(usize::MAX).min(asked.len());
        let repetitions = usize::try_from(max_repetitions).unwrap_or(usize::MAX);
        let (once, repeated) = asked.split_at(single);
        let wanted = once.len().saturating_add(repeated.len().saturating_mul(repetitions));
        if self.settings.max_repetitions.is_some_and(|most| max_repetitions > most) || self.too_many(wanted) {
            return self.over(asked);
        }
        let end = |oid: &Oid| VarBind::new(oid.clone(), Value::EndOfMibView);
        let mut varbinds: Vec<VarBind> =
            once.iter().map(|one| self.step(&one.oid).unwrap_or_else(|| end(&one.oid))).collect();
        let mut room = self.budget().saturating_sub(size(&varbinds));
        let mut columns: Vec<Oid> = repeated.iter().map(|one| one.oid.clone()).collect();
        for _ in 0..repetitions {
            let mut ended = true;
            for column in &mut columns {
                let next = self.step(column).unwrap_or_else(|| end(column));
                let length = next.encoded_size();
                // A GETBULK that does not fit is cut (RFC 3416, 4.2.3); one that brings nothing at all is too big.
                if length > room {
                    return if varbinds.is_empty() {
                        self.failed(status::TOO_BIG, 0, asked)
                    } else {
                        Answer { varbinds, ..Answer::default() }
                    };
                }
                room -= length;
                ended &= next.value == Value::EndOfMibView;
                column.clone_from(&next.oid);
                varbinds.push(next);
            }
            if ended {
                break;
            }
        }
        Answer { varbinds, ..Answer::default() }
    }
}

fn size(varbinds: &[VarBind]) -> usize {
    varbinds.iter().map(VarBind::encoded_size).sum()
}
