//! `GET /windows/waiting`: what waits for a window, and when it will start.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome, Stamp};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;
use crate::calendar::window::Waiting;

/// Work that is held back.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingItem {
    /// Address of the device.
    ip: String,
    /// Its name in the inventory.
    device: Option<String>,
    /// What will begin: `activation`, `restart`, `configuration`.
    #[schema(example = "activation")]
    what: &'static str,
    /// What holds it back, a sentence's part for people.
    #[schema(example = "window 'alto-tuesday'")]
    held_by: String,
    /// When it will begin; null: no opening is known.
    starts_at: Option<Stamp>,
    /// Label of the key that asked for it.
    asked_by: String,
    /// The job that asked for it.
    job_id: Option<String>,
}

/// What waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingData {
    /// The soonest first.
    waiting: Vec<WaitingItem>,
    /// How many there are.
    count: usize,
}

impl From<Waiting> for WaitingItem {
    fn from(waiting: Waiting) -> Self {
        Self {
            ip: waiting.address.to_string(),
            device: waiting.device,
            what: waiting.what,
            held_by: waiting.by,
            starts_at: waiting.starts_at.map(Stamp),
            asked_by: waiting.asked_by,
            job_id: waiting.job,
        }
    }
}

/// What windows and black-outs hold back, each with the instant at which it will start.
#[utoipa::path(
    get, path = "/windows/waiting", tag = "windows", operation_id = "list_waiting",
    responses((status = 200, description = "The soonest first.", body = Envelope<WaitingData>), ReadErrors)
)]
pub(in crate::api) async fn waiting(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::WindowRead).await?;
    let waiting = match &api.windows.waits {
        None => Vec::new(),
        Some(waits) => {
            waits.waiting().await.map_err(|failure| ApiError::internal("what waits for windows", &failure))?
        }
    };
    let waiting: Vec<WaitingItem> = waiting.into_iter().map(WaitingItem::from).collect();
    let count = waiting.len();
    Ok(call.answer(&api, Outcome::Ok, "", WaitingData { waiting, count }))
}
