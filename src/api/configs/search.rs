//! `GET /configs/search`: in the newest config of every device.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{limit, switch};
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, last_of};
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;
use crate::compare::{Hit, Query};

/// Lines in all that one answer has, unless it is asked for fewer.
const LIMIT_DEFAULT: u32 = 500;
const LIMIT_MAX: u32 = 5000;
/// Lines of one device.
const OF_ONE: usize = 100;
/// Configs in memory at once.
const PAGE: u32 = 32;

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchData {
    /// Devices with a line that matches, by name.
    found: Vec<Found>,
    /// How many they are.
    count: usize,
    /// Configs that were looked through.
    searched: usize,
    /// There was more; not all devices were looked through.
    truncated: bool,
}

/// What was found in one config.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// The device.
    device: String,
    /// The version that is its newest.
    version: i64,
    /// Its type.
    device_type: String,
    /// Its site.
    #[schema(required)]
    site: Option<String>,
    /// At most 100 lines.
    lines: Vec<FoundLine>,
}

/// A line that matches.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundLine {
    /// Its number, from 1.
    line: usize,
    /// The line without the blanks around it, at most 400 characters.
    text: String,
}

/// Searches the newest config of every device, line by line.
#[utoipa::path(
    get, path = "/configs/search", tag = "configs", operation_id = "search_configs",
    params(("q" = String, Query, description = "A text, found in upper and lower case alike; at most 512 bytes.", min_length = 1),
        ("regex" = Option<bool>, Query, description = "`q` is a regular expression (as of the Rust crate regex)."),
        ("limit" = Option<u32>, Query, description = "How many lines at most.", minimum = 1, maximum = 5000)),
    responses((status = 200, description = "The lines.", body = Envelope<SearchData>), ReadErrors)
)]
pub(in crate::api) async fn search(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let query = call.query.as_deref();
    let regex = switch(query, "regex")?;
    let limit = usize::try_from(limit(query, LIMIT_DEFAULT, LIMIT_MAX)?).unwrap_or(OF_ONE);
    let pattern = last_of(query, "q")?.unwrap_or_default();
    let query = Query::new(&pattern, regex).map_err(|error| ApiError::Invalid(format!("'q': {error}")))?;
    let (mut found, mut lines, mut searched, mut truncated) = (Vec::new(), 0, 0, false);
    let mut after = String::new();
    while !truncated {
        let page = api.store.current_configs(&after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(&last.device);
        let wanted = query.clone();
        let hits = tokio::task::spawn_blocking(move || {
            let hits = page.into_iter().map(|(version, text)| (version, wanted.lines(&text, OF_ONE)));
            hits.collect::<Vec<_>>()
        });
        for (version, mut hits) in hits.await.map_err(|error| ApiError::internal("a search", &error))? {
            if lines == limit {
                truncated = true;
                break;
            }
            searched += 1;
            if hits.len() > limit - lines {
                hits.truncate(limit - lines);
                truncated = true;
            }
            if hits.is_empty() {
                continue;
            }
            lines += hits.len();
            found.push(Found {
                device: version.device,
                version: version.number,
                device_type: version.device_type,
                site: version.site,
                lines: hits.into_iter().map(|Hit { line, text }| FoundLine { line, text }).collect(),
            });
        }
    }
    let count = found.len();
    Ok(call.answer(&api, Outcome::Ok, "", SearchData { found, count, searched, truncated }))
}
