//! Several subtrees in one go, for agents with which GETBULK is not to be had: a table costs a request a row, not a
//! request a cell.

use std::time::Duration;

use super::client::Client;
use super::wire::Operation;
use super::{ErrorStatus, Oid, Value, Varbind};
use crate::model::{Failure, FailureClass};
use crate::transport::{Cx, human};

/// Names in one GETNEXT: ten short values stay below the 484 bytes that every agent must take (RFC 3417).
const MOST_AT_ONCE: usize = 10;

/// One subtree under way.
struct Column {
    root: Oid,
    last: Oid,
}

impl Client {
    /// Everything under each of `roots`, in no order across roots. With GETBULK one root after the other, without it
    /// side by side. Errors as of [`Client::walk`]: never a part.
    pub async fn walk_all(&mut self, cx: &Cx, roots: &[Oid]) -> Result<Vec<Varbind>, Failure> {
        if self.bulk.is_on() {
            let mut rows = Vec::new();
            for root in roots {
                rows.extend(self.walk(cx, root).await?);
            }
            return Ok(rows);
        }
        self.check_names(roots)?;
        let names: Vec<String> = roots.iter().map(Oid::to_string).collect();
        cx.witness.sending("snmp", &format!("WALK {}", names.join(" ")));
        let limit = Duration::from_secs(self.config.walk_timeout_s);
        let clock = cx.clock.clone();
        let walked = clock.timeout(limit, self.side_by_side(cx, roots)).await;
        walked.unwrap_or_else(|_| {
            let what = format!("the walk of {} did not reach its end within {}", names.join(", "), human(limit));
            Err(Failure::new(FailureClass::Timeout, what).at(&self.label))
        })
    }

    async fn side_by_side(&mut self, cx: &Cx, roots: &[Oid]) -> Result<Vec<Varbind>, Failure> {
        let mut groups: Vec<Vec<Column>> = roots
            .chunks(MOST_AT_ONCE)
            .map(|some| some.iter().map(|root| Column { root: root.clone(), last: root.clone() }).collect())
            .collect();
        let mut rows = Vec::new();
        let mut bytes = 0;
        while let Some(mut group) = groups.pop() {
            let asked: Vec<Varbind> =
                group.iter().map(|column| Varbind::new(column.last.clone(), Value::Null)).collect();
            let reply = self.ask(cx, Operation::GetNext, &asked).await?;
            let whole = reply.varbinds.len() == group.len();
            match reply.status {
                ErrorStatus::NO_ERROR if whole => {
                    let mut open = Vec::with_capacity(group.len());
                    for (mut column, varbind) in group.into_iter().zip(reply.varbinds) {
                        if let Some(row) = self.next(&mut column, varbind)? {
                            bytes += row.oid.ids().len() * 4 + row.value.weight();
                            rows.push(row);
                            open.push(column);
                        }
                    }
                    if rows.len() > self.config.max_rows || bytes > self.config.max_bytes {
                        let (most, bytes) = (self.config.max_rows, self.config.max_bytes);
                        let what = format!("more than the {most} rows or {bytes} bytes that a walk may bring");
                        return Err(Failure::new(FailureClass::Protocol, what).at(&self.label));
                    }
                    if !open.is_empty() {
                        groups.push(open);
                    }
                }
                // SNMPv1 has no end of the MIB: it names the first object after which nothing comes.
                ErrorStatus::NO_SUCH_NAME if (1..=group.len()).contains(&reply.index) => {
                    group.remove(reply.index - 1);
                    if !group.is_empty() {
                        groups.push(group);
                    }
                }
                ErrorStatus::NO_SUCH_NAME if group.len() == 1 => {}
                // Too much at once, or only a part of it was answered.
                ErrorStatus::NO_ERROR | ErrorStatus::TOO_BIG | ErrorStatus::GEN_ERR | ErrorStatus::NO_SUCH_NAME
                    if group.len() > 1 =>
                {
                    let rest = group.split_off(group.len() / 2);
                    groups.push(rest);
                    groups.push(group);
                }
                ErrorStatus::NO_ERROR => {
                    let what = "what follows cannot be read: the answer holds no varbind that SNMP knows";
                    return Err(Failure::new(FailureClass::Protocol, what).at(&self.label));
                }
                _ => return Err(self.refused(Operation::GetNext, &reply, &asked)),
            }
        }
        Ok(rows)
    }

    /// The row, or none where the subtree has ended.
    fn next(&self, column: &mut Column, varbind: Varbind) -> Result<Option<Varbind>, Failure> {
        let outside = varbind.value == Value::EndOfMibView || !varbind.oid.starts_with(&column.root);
        if outside || (varbind.value.is_missing() && column.last == column.root) {
            return Ok(None);
        }
        let what = if varbind.value.is_missing() {
            format!("a walk of {} met {} at {}", column.root, varbind.value.type_name(), varbind.oid)
        } else if varbind.oid <= column.last {
            format!(
                "the walk of {} does not end: after {} the device answered {}, which is not greater",
                column.root, column.last, varbind.oid
            )
        } else {
            column.last = varbind.oid.clone();
            return Ok(Some(varbind));
        };
        Err(Failure::new(FailureClass::Protocol, what).at(&self.label))
    }
}
