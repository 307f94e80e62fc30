//! What a handler takes from a request, without judging it: judging starts with authentication, in `auth.rs`.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{FromRequest, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use serde_json::Value;

use super::error::ApiError;
use super::observe::Context;
use crate::model::RequestId;

/// A request of which nothing has been believed yet; its body is unread.
pub struct Incoming {
    pub(super) method: Method,
    /// Path and query as sent.
    pub(super) target: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    /// The path's `job_id`; none also where it is not UTF-8.
    pub(super) job_id: Option<String>,
    /// All parts of the path that have a name, escapes undone.
    pub(super) path: Vec<(String, String)>,
    pub(super) context: Context,
    pub(super) body: Body,
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        let (mut parts, body) = request.into_parts();
        let path = path(&mut parts, state).await;
        let job_id = path.iter().find(|(name, _)| name == "job_id").map(|(_, value)| value.clone());
        let context = parts.extensions.remove::<Context>().unwrap_or_default();
        Ok(Self {
            target: context.target.clone(),
            method: parts.method,
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers,
            job_id,
            path,
            context,
            body,
        })
    }
}

async fn path<S: Send + Sync>(parts: &mut Parts, state: &S) -> Vec<(String, String)> {
    use axum::extract::FromRequestParts as _;
    let params = RawPathParams::from_request_parts(parts, state).await;
    params
        .map(|params| params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        .unwrap_or_default()
}

/// The id under which the request is answered and logged.
impl Incoming {
    pub(super) fn request_id(&self) -> Option<RequestId> {
        self.context.request_id
    }
}

/// The value of a query parameter, the last one counting, as browsers and the contract's clients expect.
pub(super) fn last_of(query: Option<&str>, name: &str) -> Result<Option<String>, ApiError> {
    let [value] = last_of_each(query, [name])?;
    Ok(value)
}

/// As [`last_of`], of several parameters.
pub(super) fn last_of_each<const N: usize>(
    query: Option<&str>,
    names: [&str; N],
) -> Result<[Option<String>; N], ApiError> {
    let Some(query) = query else { return Ok([const { None }; N]) };
    let mut pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(
        &axum::http::Uri::builder()
            .path_and_query(format!("/?{query}"))
            .build()
            .map_err(|_| ApiError::invalid("the query string cannot be read"))?,
    )
    .map_err(|_| ApiError::invalid("the query string cannot be read"))?;
    Ok(names.map(|name| {
        let pair = pairs.0.iter_mut().rev().find(|(key, _)| key == name);
        pair.map(|(_, value)| std::mem::take(value))
    }))
}

/// Parses a JSON body. The sentence of a refusal gives a place, never the input.
pub(super) fn json(headers: &HeaderMap, body: &[u8], depth_limit: usize) -> Result<Value, ApiError> {
    if !is_json(headers) {
        return Err(ApiError::invalid("Content-Type must be application/json"));
    }
    if body.is_empty() {
        return Err(ApiError::invalid("the body is empty; send a JSON object"));
    }
    if depth(body) > depth_limit {
        return Err(ApiError::Invalid(format!("the body is nested deeper than {depth_limit} levels")));
    }
    serde_json::from_slice(body).map_err(|error| {
        ApiError::Invalid(format!("the body is not valid JSON (line {}, column {})", error.line(), error.column()))
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// How deep arrays and objects are nested, found without recursion, before a parser would recurse.
fn depth(body: &[u8]) -> usize {
    let (mut now, mut deepest) = (0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for &byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                now = now.saturating_add(1);
                deepest = deepest.max(now);
            }
            b'}' | b']' if !in_text => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(kind: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        headers
    }

    #[test]
    fn depth_counts_brackets_outside_of_texts() {
        assert_eq!(depth(br#"{"a":[{"b":1}],"c":"[[[[\"[["}"#), 3);
        assert_eq!(depth(b"[]"), 1);
        assert_eq!(depth(b"7"), 0);
    }

    #[test]
    fn c51_a_bad_body_is_refused_without_repeating_it() {
        let headers = typed("application/json; charset=utf-8");
        let error = json(&headers, b"{\"password\": hunter2}", 64).unwrap_err().to_string();
        assert_eq!(error, "the body is not valid JSON (line 1, column 14)");
        let deep = "[".repeat(65) + &"]".repeat(65);
        assert!(json(&headers, deep.as_bytes(), 64).unwrap_err().to_string().contains("64 levels"));
        let fits = "[".repeat(64) + &"]".repeat(64);
        assert!(json(&headers, fits.as_bytes(), 64).is_ok());
        assert!(json(&typed("text/plain"), b"{}", 64).is_err());
        assert!(json(&HeaderMap::new(), b"{}", 64).is_err());
        assert!(json(&typed("application/problem+json"), b"{}", 64).is_ok());
    }

    #[test]
    fn the_last_of_a_repeated_parameter_counts() {
        assert_eq!(last_of(Some("limit=1&x=y&limit=2"), "limit").unwrap().as_deref(), Some("2"));
        assert_eq!(last_of(Some("limit="), "limit").unwrap().as_deref(), Some(""));
        assert_eq!(last_of(Some("limits=3"), "limit").unwrap(), None);
        assert_eq!(last_of(None, "limit").unwrap(), None);
    }
}
