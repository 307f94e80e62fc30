//! `GET /jobs/{job_id}`: one job with its payload, secrets hidden.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{JobItem, visible};
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::JobErrors;
use crate::api::scope::Scope;
use crate::api::{ApiState, secrets};

/// A job: the contract's twelve members, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobDetail {
    #[serde(flatten)]
    item: JobItem,
    /// As submitted; each secret shows as `***`.
    #[schema(value_type = Object)]
    payload: Value,
}

/// One job.
#[utoipa::path(
    get, path = "/jobs/{job_id}", tag = "jobs", operation_id = "get_job",
    params(("job_id" = String, Path, description = "Id of the job; compared as text.")),
    responses((status = 200, description = "The job.", body = Envelope<JobDetail>), JobErrors)
)]
pub(in crate::api) async fn detail(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let job = visible(&api, call.job_id()?).await?;
    let payload = secrets::masked(job.id, &job.payload);
    Ok(call.answer(&api, Outcome::Ok, "", JobDetail { item: JobItem::seen_by(&call.identity, job), payload }))
}
