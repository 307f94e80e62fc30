//! `aviat.*`: the maintenance of radios, one action a file. What a request means is read in `aviat::request`; what becomes
//! of a radio is decided by its driver. These actions put rows into phases, wait for them, and show them.

mod abort;
mod activate;
mod check_status;
mod common;
mod fix_stp;
mod loading_get;
mod login;
mod precheck_recheck;
mod probe;
mod queue_get;
mod queue_update;
mod radio;
mod reboot_get;
mod reboot_run;
mod run;
mod scheduled_get;
mod scheduled_sync;
mod status;
mod stream;
mod wait;

use super::{Call, Done, StepError};
use crate::model::FailureClass;

/// Carries out one step of an action of the maintenance. The futures lie on the heap: together they would fill a stack.
pub(super) async fn respond(call: &Call<'_>) -> Result<Done, StepError> {
    match call.action.id {
        "aviat.run" => Box::pin(run::run(call)).await,
        "aviat.activate_scheduled" => Box::pin(activate::activate(call)).await,
        "aviat.reboot_required.run" => Box::pin(reboot_run::run(call)).await,
        "aviat.abort" => Box::pin(abort::abort(call)).await,
        "aviat.status" => Box::pin(status::status(call)).await,
        "aviat.queue.get" => Box::pin(queue_get::get(call)).await,
        "aviat.queue.update" => Box::pin(queue_update::update(call)).await,
        "aviat.scheduled.get" => Box::pin(scheduled_get::get(call)).await,
        "aviat.scheduled.sync" => Box::pin(scheduled_sync::sync(call)).await,
        "aviat.loading.get" => Box::pin(loading_get::get(call)).await,
        "aviat.reboot_required.get" => Box::pin(reboot_get::get(call)).await,
        "aviat.check_status" => Box::pin(check_status::check(call)).await,
        "aviat.precheck_recheck" => Box::pin(precheck_recheck::recheck(call)).await,
        "aviat.fix_stp" => Box::pin(fix_stp::fix(call)).await,
        "aviat.stream.global" => Box::pin(stream::global(call)).await,
        "_aviat.radio" => Box::pin(radio::drive(call)).await,
        "_aviat.probe" => Box::pin(probe::probe(call)).await,
        id => {
            let text = format!("the catalog calls '{id}' native, no code carries it out");
            Err(StepError::plain(FailureClass::Internal, &text))
        }
    }
}
