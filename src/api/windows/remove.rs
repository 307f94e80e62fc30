//! `DELETE /windows/{name}`: removes a window or a black-out of the API.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::WindowErrors;
use crate::api::scope::Scope;
use crate::store::AuditEntry;

/// Answer of a removal.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemovedData {
    /// Its name.
    name: String,
    /// True.
    removed: bool,
}

/// Removes a window or a black-out; what waited for it is looked at anew at once. Those of the settings stay.
#[utoipa::path(
    delete, path = "/windows/{name}", tag = "windows", operation_id = "remove_window",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, description = "Removed.", body = Envelope<RemovedData>), WindowErrors)
)]
pub(in crate::api) async fn remove(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::WindowWrite).await?;
    let name = call.part("name").to_owned();
    if api.windows.book.of_settings_named(&name).is_some() {
        return Err(ApiError::Unavailable(
            "It stands in the settings; remove it there and restart the daemon".to_owned(),
        ));
    }
    let audit = AuditEntry {
        at: api.clock.now(),
        who: call.identity.label.clone(),
        what: "window.remove".to_owned(),
        subject: name.clone(),
        job: None,
        detail: String::new(),
    };
    if !api.store.remove_window(&name, audit).await? {
        return Err(ApiError::NoWindow);
    }
    Ok(call.answer(&api, Outcome::Ok, "Removed", RemovedData { name, removed: true }))
}
