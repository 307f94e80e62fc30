//! SET: sent once.

use super::client::Client;
use super::exchange::Progress;
use super::wire::Operation;
use super::{ErrorStatus, Value, Varbind};
use crate::model::{Failure, FailureClass};
use crate::transport::Cx;

impl Client {
    /// Sets all of `varbinds`, or none (RFC 3416). Sent once: where no answer comes, it is
    /// [`FailureClass::OutcomeUnknown`], and only an observation may follow. A refusal names the object.
    pub async fn set(&mut self, cx: &Cx, varbinds: &[Varbind]) -> Result<(), Failure> {
        self.check_names(varbinds.iter().map(|varbind| &varbind.oid))?;
        for varbind in varbinds {
            self.check_value(varbind)?;
        }
        if varbinds.is_empty() {
            return Err(Failure::validation("nothing to set").at(&self.label));
        }
        let what: Vec<String> =
            varbinds.iter().map(|varbind| format!("{} = {}", varbind.oid, varbind.value.masked())).collect();
        let session = self.session(cx);
        session.sending(&format!("SET {}", what.join(", ")));
        session.during(Box::pin(self.write(cx, varbinds, &what))).await
    }

    async fn write(&mut self, cx: &Cx, varbinds: &[Varbind], what: &[String]) -> Result<(), Failure> {
        // A fresh socket: nothing that was said before can be mistaken for the answer.
        self.socket = None;
        let mut progress = Progress::default();
        match self.attempt(cx, Operation::Set, varbinds, &mut progress).await {
            Ok(reply) if reply.status == ErrorStatus::NO_ERROR => Ok(()),
            Ok(reply) => Err(self.refused(Operation::Set, &reply, varbinds)),
            Err(failure) if progress.sent && !nothing_happened(failure.class) => Err(Failure::new(
                FailureClass::OutcomeUnknown,
                format!(
                    "SNMP SET of {} was sent and no answer was received ({}): read the device before anything else",
                    what.join(", "),
                    failure.sentence
                ),
            )
            .at(&self.label)),
            Err(failure) => Err(failure.at(&self.label)),
        }
    }

    fn check_value(&self, varbind: &Varbind) -> Result<(), Failure> {
        let wrong = match &varbind.value {
            Value::Integer(n) if i32::try_from(*n).is_err() => "an INTEGER has 32 bits in SNMP",
            Value::Counter64(n) if i64::try_from(*n).is_err() => "a Counter64 of 2^63 or more cannot be sent",
            Value::ObjectId(oid) if !oid.is_encodable() => "the value is not an object identifier",
            Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView | Value::Null => {
                "this is no value that can be set"
            }
            _ => return Ok(()),
        };
        Err(Failure::validation(format!("{} to {}: {wrong}", varbind.oid, varbind.value.masked())).at(&self.label))
    }
}

/// The port was closed, or the engine said that it refused: the device did nothing.
fn nothing_happened(class: FailureClass) -> bool {
    matches!(class, FailureClass::Unreachable | FailureClass::AuthRefused | FailureClass::Validation)
}
