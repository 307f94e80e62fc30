//! `fleet.*`: one job over all devices of the inventory. It speaks to none itself: it submits an ordinary job for each, so
//! many at once, sleeps until they have ended, and says what became of them.

mod backup;
mod firmware_drift;
mod reboot_required;
mod sweep;

use super::{Call, Done, StepError, wrap};
use crate::model::FailureClass;

/// Carries out one step of a sweep.
pub(super) async fn respond(call: &Call<'_>) -> Result<Done, StepError> {
    let over = match call.action.id {
        "fleet.backup" => Box::pin(backup::run(call)).await?,
        "fleet.firmware_drift" => Box::pin(firmware_drift::run(call)).await?,
        "fleet.reboot_required" => Box::pin(reboot_required::run(call)).await?,
        id => {
            let text = format!("the catalog calls '{id}' native, no code carries it out");
            return Err(StepError::plain(FailureClass::Internal, &text));
        }
    };
    Ok(match over {
        sweep::Look::Asleep(done) => done,
        sweep::Look::Over(response) => Done::Result(wrap(call.action, response)),
    })
}
