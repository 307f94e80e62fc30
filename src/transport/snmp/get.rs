//! GET.

use super::client::Client;
use super::wire::{Operation, Reply};
use super::{ErrorStatus, Oid, Value, Varbind};
use crate::model::{Failure, FailureClass};
use crate::transport::Cx;

/// Objects in one request: 50 with short values fill one Ethernet frame.
const MOST_AT_ONCE: usize = 50;

impl Client {
    /// The values of `oids`, in their order. An object that the device does not have is a value
    /// ([`Value::NoSuchObject`], [`Value::NoSuchInstance`]), also with SNMPv1.
    pub async fn get(&mut self, cx: &Cx, oids: &[Oid]) -> Result<Vec<Varbind>, Failure> {
        self.check_names(oids)?;
        let names: Vec<String> = oids.iter().map(Oid::to_string).collect();
        let session = self.session(cx);
        session.sending(&format!("GET {}", names.join(" ")));
        session.during(Box::pin(self.read(cx, oids))).await
    }

    async fn read(&mut self, cx: &Cx, oids: &[Oid]) -> Result<Vec<Varbind>, Failure> {
        let mut found: Vec<Varbind> = oids.iter().map(|oid| Varbind::new(oid.clone(), Value::Null)).collect();
        let mut parts: Vec<Vec<usize>> =
            (0..oids.len()).collect::<Vec<_>>().chunks(MOST_AT_ONCE).rev().map(<[usize]>::to_vec).collect();
        while let Some(part) = parts.pop() {
            let asked: Vec<Varbind> = part.iter().filter_map(|place| found.get(*place).cloned()).collect();
            let reply = self.ask(cx, Operation::Get, &asked).await?;
            match reply.status {
                ErrorStatus::NO_ERROR => {
                    self.check_answer(&reply, &asked)?;
                    for (place, varbind) in part.iter().zip(reply.varbinds) {
                        if let Some(slot) = found.get_mut(*place) {
                            *slot = varbind;
                        }
                    }
                }
                // SNMPv1 names the first object that is missing and answers nothing else: ask without it.
                ErrorStatus::NO_SUCH_NAME if (1..=part.len()).contains(&reply.index) || part.len() == 1 => {
                    let missing = reply.index.saturating_sub(1);
                    if let Some(slot) = part.get(missing).and_then(|place| found.get_mut(*place)) {
                        slot.value = Value::NoSuchObject;
                    }
                    let rest: Vec<usize> =
                        part.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, place)| *place).collect();
                    if !rest.is_empty() {
                        parts.push(rest);
                    }
                }
                // Agents that fail to build a large answer say tooBig, or only genErr.
                ErrorStatus::TOO_BIG | ErrorStatus::GEN_ERR | ErrorStatus::NO_SUCH_NAME if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.push(second.to_vec());
                    parts.push(first.to_vec());
                }
                _ => return Err(self.refused(Operation::Get, &reply, &asked)),
            }
        }
        Ok(found)
    }

    /// Exactly the names that were asked for, in their order.
    fn check_answer(&self, reply: &Reply, asked: &[Varbind]) -> Result<(), Failure> {
        let same = reply.varbinds.len() == asked.len()
            && reply.varbinds.iter().zip(asked).all(|(answered, asked)| answered.oid == asked.oid);
        if same {
            return Ok(());
        }
        let first = reply.varbinds.iter().zip(asked).find(|(answered, asked)| answered.oid != asked.oid);
        let what = match first {
            Some((answered, asked)) => format!("asked for {} it answered {}", asked.oid, answered.oid),
            None => format!("asked for {} objects it answered {} that can be read", asked.len(), reply.varbinds.len()),
        };
        Err(Failure::new(FailureClass::Protocol, what).at(&self.label))
    }

    pub(super) fn check_names<'a>(&self, oids: impl IntoIterator<Item = &'a Oid>) -> Result<(), Failure> {
        match oids.into_iter().find(|oid| !oid.is_encodable()) {
            None => Ok(()),
            Some(oid) => Err(Failure::validation(format!("\"{oid}\" is not an object identifier")).at(&self.label)),
        }
    }
}
