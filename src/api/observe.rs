//! Around every request: its id, one log line, its counters.

use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use tracing::Instrument as _;

use super::ApiState;
use super::error::ApiError;
use crate::clock::Stopwatch;
use crate::model::RequestId;

/// The header in which a request's id comes and goes.
const REQUEST_ID: &str = "x-request-id";
/// Longest inbound id that is echoed, bytes.
const ECHO_MAX: usize = 200;

/// What is known of a request before a handler sees it.
#[derive(Clone, Default)]
pub(super) struct Context {
    /// The id of the answer; none only where no random bytes could be had.
    pub(super) request_id: Option<RequestId>,
    /// Path and query as sent, also inside nested routes.
    pub(super) target: String,
    /// Label of the key, once there is one; for the log.
    caller: Arc<OnceLock<String>>,
}

impl Context {
    /// Notes whose request it is.
    pub(super) fn admitted(&self, label: &str) {
        let _ = self.caller.set(label.to_owned());
    }
}

/// Counters of requests.
#[derive(Clone)]
pub struct HttpMetrics {
    requests: IntCounterVec,
    duration: HistogramVec,
}

impl HttpMetrics {
    /// Registers them; fails where they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new("towerhand_http_requests_total", "HTTP requests answered."),
            &["method", "route", "status"],
        )?;
        let duration = HistogramVec::new(
            HistogramOpts::new("towerhand_http_request_duration_seconds", "Time until the head of the response.")
                .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0]),
            &["method", "route"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(duration.clone()))?;
        Ok(Self { requests, duration })
    }
}

/// The outermost layer.
pub(super) async fn observe(State(api): State<ApiState>, mut request: Request, next: Next) -> Response {
    let watch = Stopwatch::start();
    let sent = inbound(request.headers());
    let request_id = match sent.as_ref().and_then(as_uuid) {
        Some(id) => id,
        None => match api.chance.bytes() {
            Ok(bytes) => RequestId::from_random(bytes),
            Err(error) => return ApiError::internal("drawing a request id", &error).into_response(),
        },
    };
    let echo = sent.or_else(|| HeaderValue::try_from(request_id.to_string()).ok());
    // Raw paths and unknown methods are the client's choice: as labels they would grow without bound.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let method = method_label(request.method());
    let context = Context {
        request_id: Some(request_id),
        target: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
        caller: Arc::default(),
    };
    request.extensions_mut().insert(context.clone());

    // An error's span, so that the ids are there at every level of the log.
    let span = tracing::error_span!("request", request.id = %request_id, method, route);
    async {
        let mut response = next.run(request).await;
        if let Some(echo) = echo {
            response.headers_mut().insert(REQUEST_ID, echo);
        }
        let code = response.status();
        let (status, took) = (code.as_u16(), watch.elapsed());
        api.http.requests.with_label_values(&[method, route, code.as_str()]).inc();
        api.http.duration.with_label_values(&[method, route]).observe(took.as_secs_f64());
        let caller = context.caller.get().map_or("-", String::as_str);
        let elapsed_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if matches!(route, "/healthz" | "/readyz" | "/metrics" | "/sd" | "/probe") {
            tracing::debug!(http.status = status, elapsed_ms, "{method} {route}: {status} in {elapsed_ms} ms");
        } else {
            tracing::info!(
                http.status = status,
                key.label = caller,
                elapsed_ms,
                "{method} {route} by {caller}: {status} in {elapsed_ms} ms"
            );
        }
        response
    }
    .instrument(span)
    .await
}

/// The client's own id, if it can be sent back.
fn inbound(headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(REQUEST_ID)?;
    let text = value.to_str().ok()?.trim();
    if text.is_empty() || text.len() > ECHO_MAX { None } else { HeaderValue::from_str(text).ok() }
}

fn as_uuid(value: &HeaderValue) -> Option<RequestId> {
    RequestId::parse(&value.to_str().ok()?.to_ascii_lowercase()).ok()
}

fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}
