//! `GET /windows`: every window and black-out.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{WindowItem, items};
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;

/// Windows and black-outs.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowsData {
    /// By name; those of the settings and those of the API.
    windows: Vec<WindowItem>,
    /// How many there are.
    count: usize,
}

/// Every maintenance window and black-out, with its next opening.
#[utoipa::path(
    get, path = "/windows", tag = "windows", operation_id = "list_windows",
    responses((status = 200, description = "All of them, by name.", body = Envelope<WindowsData>), ReadErrors)
)]
pub(in crate::api) async fn list(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::WindowRead).await?;
    let windows = items(&api).await?;
    let count = windows.len();
    Ok(call.answer(&api, Outcome::Ok, "", WindowsData { windows, count }))
}
