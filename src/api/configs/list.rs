//! `GET /configs`: every device that has an archived config, with its newest version.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::VersionItem;
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;

/// Devices of the archive.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigsData {
    /// The newest version of each, by name.
    configs: Vec<VersionItem>,
    /// How many there are.
    count: usize,
}

/// Devices with an archived config, each with its newest version.
#[utoipa::path(
    get, path = "/configs", tag = "configs", operation_id = "list_configs",
    responses((status = 200, description = "All of them, by name.", body = Envelope<ConfigsData>), ReadErrors)
)]
pub(in crate::api) async fn list(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let configs: Vec<VersionItem> = api.store.config_devices().await?.into_iter().map(VersionItem::from).collect();
    let count = configs.len();
    Ok(call.answer(&api, Outcome::Ok, "", ConfigsData { configs, count }))
}
