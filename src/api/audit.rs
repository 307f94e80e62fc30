//! `GET /audit`: who did what, newest first.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::configs::limit;
use super::envelope::{Envelope, Outcome, Shown, Stamp};
use super::error::ApiError;
use super::extract::{Incoming, last_of_each};
use super::openapi::ReadErrors;
use super::scope::Scope;
use crate::model::JobId;
use crate::store::{AuditFilter, AuditLine};

const LIMIT_DEFAULT: u32 = 100;
const LIMIT_MAX: u32 = 500;

/// One line of the audit log, written before what it tells of was done. No line holds a secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditItem {
    /// Rises with every line.
    number: i64,
    /// When, UTC.
    at: Stamp,
    /// Label of the key, or `operator` for the command line.
    #[schema(example = "omni")]
    who: String,
    /// What was done.
    #[schema(example = "job.submit")]
    what: String,
    /// To what: an address, or the name of a key, a secret, a schedule, a window; the action where a job speaks to no device.
    subject: String,
    /// Under which job.
    #[schema(value_type = Option<String>, format = "uuid", required)]
    job_id: Option<Shown<JobId>>,
    /// More; may be empty.
    detail: String,
}

impl From<AuditLine> for AuditItem {
    fn from(AuditLine { number, entry }: AuditLine) -> Self {
        Self {
            number,
            at: Stamp(entry.at),
            who: entry.who,
            what: entry.what,
            subject: entry.subject,
            job_id: entry.job.map(Shown),
            detail: entry.detail,
        }
    }
}

/// Lines of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditData {
    /// Newest first.
    lines: Vec<AuditItem>,
    /// How many are in this answer.
    count: usize,
    /// `before` of the next page; null where this is the last.
    #[schema(required)]
    next_before: Option<i64>,
}

/// The audit log, newest first; `before` goes on behind a page.
#[utoipa::path(
    get, path = "/audit", tag = "service", operation_id = "audit",
    params(("limit" = Option<u32>, Query, description = "How many at most (100).", minimum = 1, maximum = 500),
        ("before" = Option<i64>, Query, description = "Only lines with a smaller number.", minimum = 1),
        ("subject" = Option<String>, Query, description = "Only lines about exactly this."),
        ("what" = Option<String>, Query, description = "Only this, `job.submit`; with a dot at its end, `job.`, all that begin so.")),
    responses((status = 200, description = "Up to `limit` lines.", body = Envelope<AuditData>), ReadErrors)
)]
pub(super) async fn audit(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::AuditRead).await?;
    let query = call.query.as_deref();
    let limit = limit(query, LIMIT_DEFAULT, LIMIT_MAX)?;
    let [before, subject, what] = last_of_each(query, ["before", "subject", "what"])?;
    let before = before.map(|text| {
        let number = text.trim().parse::<i64>().ok().filter(|number| *number > 0);
        number.ok_or_else(|| ApiError::invalid("'before' must be the number of a line"))
    });
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = AuditFilter { subject: given(subject), what: given(what) };
    let found = api.store.audit_page(filter, before.transpose()?, limit).await?;
    let full = u32::try_from(found.len()).is_ok_and(|count| count == limit);
    let next_before = found.last().map(|last| last.number).filter(|_| full);
    let lines: Vec<AuditItem> = found.into_iter().map(AuditItem::from).collect();
    let count = lines.len();
    Ok(call.answer(&api, Outcome::Ok, "", AuditData { lines, count, next_before }))
}
