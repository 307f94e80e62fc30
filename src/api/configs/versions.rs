//! `GET /configs/{device}`: the versions of one device's config, the newest first.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{VersionItem, limit, number};
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, last_of};
use crate::api::openapi::ConfigErrors;
use crate::api::scope::Scope;

const LIMIT_DEFAULT: u32 = 100;
const LIMIT_MAX: u32 = 500;

/// Versions of one device's config.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionsData {
    /// Which device.
    device: String,
    /// Newest first.
    versions: Vec<VersionItem>,
    /// How many are in this answer.
    count: usize,
    /// `before` of the next page; null where this is the last.
    #[schema(required)]
    next_before: Option<i64>,
}

/// Versions of a device's config, the newest first.
#[utoipa::path(
    get, path = "/configs/{device}", tag = "configs", operation_id = "list_config_versions",
    params(("device" = String, Path, description = "Name in the inventory, or address, as the version was archived."),
        ("limit" = Option<u32>, Query, description = "How many at most.", minimum = 1, maximum = 500),
        ("before" = Option<i64>, Query, description = "Only versions with a smaller number.")),
    responses((status = 200, description = "Its versions.", body = Envelope<VersionsData>), ConfigErrors)
)]
pub(in crate::api) async fn versions(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let query = call.query.as_deref();
    let limit = limit(query, LIMIT_DEFAULT, LIMIT_MAX)?;
    let before = match last_of(query, "before")? {
        None => None,
        Some(text) => Some(number(&text).ok_or_else(|| ApiError::invalid("'before' must be the number of a version"))?),
    };
    let device = call.part("device").to_owned();
    let found = api.store.config_versions(&device, before, limit).await?;
    if found.is_empty() && api.store.config_version(&device, None).await?.is_none() {
        return Err(ApiError::NoConfig);
    }
    let full = u32::try_from(found.len()).is_ok_and(|count| count == limit);
    let next_before = found.last().map(|last| last.number).filter(|number| full && *number > 1);
    let versions: Vec<VersionItem> = found.into_iter().map(VersionItem::from).collect();
    let count = versions.len();
    Ok(call.answer(&api, Outcome::Ok, "", VersionsData { device, versions, count, next_before }))
}
