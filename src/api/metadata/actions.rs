//! `GET /actions`: the 65 ids.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;
use crate::catalog;

/// Answer of `GET /actions`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionsData {
    /// Sorted.
    actions: Vec<&'static str>,
    notes: Notes,
}

/// Remarks, as the contract words them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Notes {
    #[serde(rename = "mt.*")]
    mt: &'static str,
    #[serde(rename = "legacy.proxy")]
    legacy_proxy: &'static str,
    #[serde(rename = "activity.list/configs.list")]
    lists: &'static str,
}

/// Ids of all actions.
#[utoipa::path(
    get, path = "/actions", tag = "service", operation_id = "list_actions",
    responses((status = 200, description = "The 65 ids.", body = Envelope<ActionsData>), ReadErrors)
)]
pub(in crate::api) async fn actions(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ActionsRead).await?;
    let data = ActionsData {
        actions: catalog::ALL.iter().map(|action| action.id).collect(),
        notes: Notes {
            mt: "Native renderer actions",
            legacy_proxy: "Whitelisted generic proxy to legacy /api/* endpoint",
            lists: "Convenience wrappers for common list endpoints",
        },
    };
    Ok(call.answer(&api, Outcome::Ok, "", data))
}
