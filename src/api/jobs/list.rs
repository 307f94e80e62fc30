//! `GET /jobs`: the newest jobs, without payloads.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::JobItem;
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, last_of};
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;
use crate::model::JobStatus;

const LIMIT_DEFAULT: u32 = 100;
const LIMIT_MAX: u32 = 500;

/// Answer of a listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobsData {
    /// Newest first, by order of submission.
    jobs: Vec<JobItem>,
    /// How many are in this answer.
    count: usize,
}

/// Lists jobs of all keys, the newest first.
#[utoipa::path(
    get, path = "/jobs", tag = "jobs", operation_id = "list_jobs",
    params(
        ("limit" = Option<u32>, Query, description = "How many at most.", minimum = 1, maximum = 500),
        ("status" = Option<super::Status>, Query, description = "Only jobs in this state; an extra to the contract.")
    ),
    responses((status = 200, description = "Up to `limit` jobs.", body = Envelope<JobsData>), ReadErrors)
)]
pub(in crate::api) async fn list(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let limit = match last_of(call.query.as_deref(), "limit")? {
        None => LIMIT_DEFAULT,
        Some(text) => limit(&text).ok_or_else(|| ApiError::invalid("'limit' must be an integer from 1 to 500"))?,
    };
    let status =
        match last_of(call.query.as_deref(), "status")? {
            None => None,
            Some(text) => Some(JobStatus::parse(&text).ok_or_else(|| {
                ApiError::invalid("'status' must be one of queued, running, success, error, cancelled")
            })?),
        };
    let jobs = api.store.jobs(limit, status).await?;
    let jobs: Vec<JobItem> = jobs.into_iter().map(|job| JobItem::seen_by(&call.identity, job)).collect();
    let count = jobs.len();
    Ok(call.answer(&api, Outcome::Ok, "", JobsData { jobs, count }))
}

/// An integer in range; `7.0` is one too, since for JSON it is the same number.
fn limit(text: &str) -> Option<u32> {
    let text = text.trim();
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if !whole.is_empty() && zeros.bytes().all(|digit| digit == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    whole.parse::<u32>().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit))
}

#[cfg(test)]
mod tests {
    use super::limit;

    #[test]
    fn c66_limits_are_integers_from_1_to_500() {
        for (text, value) in [("1", 1), ("500", 500), ("+7", 7), ("7.0", 7)] {
            assert_eq!(limit(text), Some(value), "{text}");
        }
        for text in ["501", "0", "-1", "abc", "1.5", "", "1e2", ".0", "4294967297", "0x10", "1 2"] {
            assert_eq!(limit(text), None, "{text}");
        }
    }
}
