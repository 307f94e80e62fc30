//! The archive of running configs: read from the store, never from a device.

pub(super) mod diff;
pub(super) mod drift;
pub(super) mod list;
pub(super) mod search;
pub(super) mod show;
pub(super) mod standard;
pub(super) mod stream;
pub(super) mod versions;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::envelope::{Shown, Stamp};
use super::error::ApiError;
use super::extract::last_of;
use crate::model::JobId;
use crate::store::ConfigVersion;

/// The word for the newest version.
const LATEST: &str = "latest";

/// A version of a device's config, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionItem {
    /// Name in the inventory, or address.
    device: String,
    /// Rises by device, from 1.
    version: i64,
    /// Its address at that time.
    ip_address: String,
    /// Its type.
    device_type: String,
    /// Its site at that time.
    #[schema(required)]
    site: Option<String>,
    /// When it was first read, UTC.
    fetched_at: Stamp,
    /// When a read last found it unchanged, UTC.
    last_seen_at: Stamp,
    /// The job that first read it.
    #[schema(value_type = Option<String>, format = "uuid", required)]
    job_id: Option<Shown<JobId>>,
    /// Label of the key that asked for it.
    submitted_by: String,
    /// The action that read it.
    message: String,
    /// Of the text, hex digits.
    sha256: String,
    /// Size of the text.
    bytes: u64,
    /// Lines of the text.
    lines: u64,
    /// The git commit that holds it; null until it is written.
    #[schema(required)]
    commit: Option<String>,
    /// Its file in the git repository.
    path: String,
    /// Whether the text with its secrets is kept too, sealed.
    has_raw: bool,
}

impl From<ConfigVersion> for VersionItem {
    fn from(version: ConfigVersion) -> Self {
        Self {
            device: version.device,
            version: version.number,
            ip_address: version.address,
            device_type: version.device_type,
            site: version.site,
            fetched_at: Stamp(version.fetched_at),
            last_seen_at: Stamp(version.last_seen_at),
            job_id: version.job.map(Shown),
            submitted_by: version.author,
            message: version.message,
            sha256: version.sha256,
            bytes: version.bytes,
            lines: version.lines,
            commit: version.committed,
            path: version.path,
            has_raw: version.has_raw,
        }
    }
}

/// A version by the text that names it: a number, or `latest`.
async fn version(api: &ApiState, device: &str, text: &str) -> Result<ConfigVersion, ApiError> {
    let number = match text {
        LATEST => None,
        text => Some(number(text).ok_or(ApiError::NoVersion)?),
    };
    match api.store.config_version(device, number).await? {
        Some(version) => Ok(version),
        None if number.is_none() || api.store.config_version(device, None).await?.is_none() => Err(ApiError::NoConfig),
        None => Err(ApiError::NoVersion),
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|number| *number > 0)
}

/// The text of a version; the sweep may have taken it a moment ago.
async fn text(api: &ApiState, version: &ConfigVersion) -> Result<String, ApiError> {
    api.store.config_text(version.seq).await?.ok_or(ApiError::NoVersion)
}

/// Whether the text alone is wanted: `?format=text`, or `Accept: text/plain` without `application/json`.
fn wants_text(headers: &HeaderMap, query: Option<&str>) -> Result<bool, ApiError> {
    match last_of(query, "format")?.as_deref() {
        Some("text") => return Ok(true),
        Some("json") => return Ok(false),
        None => {}
        Some(_) => return Err(ApiError::invalid("'format' must be json or text")),
    }
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = |kind: &str| accept.split(',').any(|part| part.split(';').next().unwrap_or_default().trim() == kind);
    Ok(named("text/plain") && !named("application/json"))
}

/// A plain text.
fn plain(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A switch of the query string.
fn switch(query: Option<&str>, name: &str) -> Result<bool, ApiError> {
    match last_of(query, name)?.as_deref() {
        None | Some("" | "0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(ApiError::Invalid(format!("'{name}' must be true or false"))),
    }
}

/// A limit of the query string.
pub(super) fn limit(query: Option<&str>, default: u32, most: u32) -> Result<u32, ApiError> {
    let Some(text) = last_of(query, "limit")? else { return Ok(default) };
    let limit = text.trim().parse::<u32>().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| ApiError::Invalid(format!("'limit' must be an integer from 1 to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_sent_where_it_is_asked_for() {
        let accept = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, value.parse().unwrap());
            wants_text(&headers, None).unwrap()
        };
        assert!(accept("text/plain") && accept("text/plain; charset=utf-8, */*;q=0.1"));
        assert!(!accept("*/*") && !accept("application/json, text/plain") && !accept("text/html"));
        let mut plain = HeaderMap::new();
        plain.insert(header::ACCEPT, "text/plain".parse().unwrap());
        assert!(!wants_text(&plain, Some("format=json")).unwrap());
        assert!(wants_text(&HeaderMap::new(), Some("format=text")).unwrap());
        assert!(wants_text(&HeaderMap::new(), Some("format=xml")).is_err());
    }

    #[test]
    fn numbers_and_limits() {
        assert_eq!(number("7"), Some(7));
        for wrong in ["0", "-1", "x", "", "1.0", "99999999999999999999"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
        assert_eq!(limit(None, 100, 500).unwrap(), 100);
        assert_eq!(limit(Some("limit=500"), 100, 500).unwrap(), 500);
        assert!(limit(Some("limit=501"), 100, 500).is_err() && limit(Some("limit=0"), 100, 500).is_err());
        assert!(switch(Some("regex=1"), "regex").unwrap() && !switch(None, "regex").unwrap());
        assert!(switch(Some("regex=maybe"), "regex").is_err());
    }
}
