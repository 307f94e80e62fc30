//! A walk: GETBULK, fewer rows at a time where the agent cannot, GETNEXT where it cannot at all.

use std::time::Duration;

use super::client::{Client, Config};
use super::exchange::Progress;
use super::wire::{Operation, Reply};
use super::{ErrorStatus, Oid, Value, Varbind};
use crate::model::{Failure, FailureClass};
use crate::transport::{Cx, human};

/// So often GETNEXT must have been answered where GETBULK was not, before GETBULK is given up: once may be loss.
const MOST_RESCUES: u32 = 2;

/// What has been learned about GETBULK with this agent.
#[derive(Debug)]
pub(super) struct Bulk {
    /// Rows to ask for at a time; `None`: GETNEXT.
    repetitions: Option<u32>,
    rescues: u32,
}

impl Bulk {
    pub(super) fn new(config: &Config, version_has_it: bool) -> Self {
        let repetitions = (version_has_it && !config.no_bulk).then(|| config.max_repetitions.max(1));
        Self { repetitions, rescues: 0 }
    }

    /// Whether GETBULK is used, as far as is known.
    pub(super) fn is_on(&self) -> bool {
        self.repetitions.is_some()
    }

    fn shrink(&mut self) {
        self.repetitions = match self.repetitions {
            Some(n) if n > 1 => Some(n / 2),
            _ => None,
        };
    }

    fn rescued(&mut self) {
        self.rescues += 1;
        if self.rescues >= MOST_RESCUES {
            self.repetitions = None;
        }
    }
}

impl Client {
    /// Everything under `root`, in the device's order; empty if there is nothing. Never a part: a walk that does not
    /// reach its end is an error, and so is one whose names do not increase (a loop), or with more rows or bytes than
    /// [`Config`] allows. The first name outside `root` is the end, whatever it is.
    pub async fn walk(&mut self, cx: &Cx, root: &Oid) -> Result<Vec<Varbind>, Failure> {
        self.walk_first(cx, root, usize::MAX).await
    }

    /// As [`Client::walk`], but no more than the first `most` rows, for a table of which only its beginning is wanted
    /// and that may have thousands.
    pub async fn walk_first(&mut self, cx: &Cx, root: &Oid, most: usize) -> Result<Vec<Varbind>, Failure> {
        self.check_names([root])?;
        let session = self.session(cx);
        session.sending(&format!("WALK {root}"));
        let limit = Duration::from_secs(self.config.walk_timeout_s);
        let clock = cx.clock.clone();
        let label = self.label.clone();
        let walked = Box::pin(async {
            clock.timeout(limit, self.rows(cx, root, most)).await.unwrap_or_else(|_| {
                let what = format!("the walk of {root} did not reach its end within {}", human(limit));
                Err(Failure::new(FailureClass::Timeout, what).at(&label))
            })
        });
        session.during(walked).await
    }

    async fn rows(&mut self, cx: &Cx, root: &Oid, most: usize) -> Result<Vec<Varbind>, Failure> {
        let mut rows: Vec<Varbind> = Vec::new();
        let mut bytes = 0;
        loop {
            let reply = self.step(cx, rows.last().map_or(root, |row| &row.oid)).await?;
            if reply.status == ErrorStatus::NO_SUCH_NAME {
                return Ok(rows);
            }
            if reply.varbinds.is_empty() {
                let last = rows.last().map_or(root, |row| &row.oid);
                let what = format!("what follows {last} cannot be read: the answer holds no varbind that SNMP knows");
                return Err(Failure::new(FailureClass::Protocol, what).at(&self.label));
            }
            for varbind in reply.varbinds {
                if varbind.value == Value::EndOfMibView || !varbind.oid.starts_with(root) {
                    return Ok(rows);
                }
                if varbind.value.is_missing() && rows.is_empty() {
                    return Ok(rows);
                }
                if varbind.value.is_missing() {
                    let what = format!("a walk of {root} met {} at {}", varbind.value.type_name(), varbind.oid);
                    return Err(Failure::new(FailureClass::Protocol, what).at(&self.label));
                }
                let last = rows.last().map_or(root, |row| &row.oid);
                if varbind.oid <= *last {
                    let what = format!(
                        "the walk of {root} does not end: after {last} the device answered {}, which is not greater",
                        varbind.oid
                    );
                    return Err(Failure::new(FailureClass::Protocol, what).at(&self.label));
                }
                bytes += varbind.oid.ids().len() * 4 + varbind.value.weight();
                rows.push(varbind);
                if rows.len() >= most {
                    return Ok(rows);
                }
                if rows.len() > self.config.max_rows || bytes > self.config.max_bytes {
                    let what = format!(
                        "{root} holds more than the {} rows or {} bytes that a walk may bring",
                        self.config.max_rows, self.config.max_bytes
                    );
                    return Err(Failure::new(FailureClass::Protocol, what).at(&self.label));
                }
            }
        }
    }

    /// What follows `last`. The answer has no error, or noSuchName.
    async fn step(&mut self, cx: &Cx, last: &Oid) -> Result<Reply, Failure> {
        let asked = [Varbind::new(last.clone(), Value::Null)];
        let mut attempt = 1;
        loop {
            // The last attempt of several goes without GETBULK: an agent may pass it over in silence.
            let rescue = attempt > 1 && attempt > self.config.retries && self.bulk.repetitions.is_some();
            let operation = match self.bulk.repetitions {
                Some(repetitions) if !rescue => Operation::GetBulk { repetitions },
                _ => Operation::GetNext,
            };
            match self.attempt(cx, operation, &asked, &mut Progress::default()).await {
                Ok(reply) => {
                    if rescue {
                        self.bulk.rescued();
                    }
                    match reply.status {
                        ErrorStatus::NO_ERROR | ErrorStatus::NO_SUCH_NAME => return Ok(reply),
                        // It answered, so that costs no attempt; at most eight halvings follow each other.
                        ErrorStatus::TOO_BIG | ErrorStatus::GEN_ERR if operation != Operation::GetNext => {
                            self.bulk.shrink();
                        }
                        _ => return Err(self.refused(operation, &reply, &asked)),
                    }
                }
                Err(failure) => {
                    if failure.class == FailureClass::Timeout && operation != Operation::GetNext {
                        self.bulk.shrink();
                    }
                    self.before_retry(cx, operation, attempt, failure).await?;
                    attempt += 1;
                }
            }
        }
    }
}
