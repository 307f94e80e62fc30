//! HTTP: the contract's endpoints under both prefixes, the stream of a job, probes, metrics and their description.
//!
//! The API never talks to a device: it writes jobs and reads state. Every contract request is judged in one order,
//! which stands in `auth.rs`; every refusal has its text in `error.rs`; every success goes out in `envelope.rs`.
//!
//! To add an endpoint: a file with its handler, its answer type and its `utoipa::path`; one line in `openapi.rs`.

mod audit;
mod auth;
mod config;
mod configs;
mod envelope;
mod error;
mod extract;
#[cfg(test)]
mod fixture;
mod health;
mod idempotency;
mod images;
mod jobs;
mod keys;
mod listener;
mod metadata;
mod observe;
mod openapi;
mod probes;
mod radios;
mod schedules;
mod scope;
mod secrets;
mod signing;
mod whoami;
mod windows;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::IntoResponse as _;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_swagger_ui::SwaggerUi;

pub use config::Config;
pub use envelope::Stamp;
pub use health::{Condition, HealthView};
pub use images::Images;
pub use keys::{Identity, KeyError, KeyRing, KeySources, Presented, check_label, hash_key};
pub use listener::Listener;
pub use observe::HttpMetrics;
pub use openapi::document;
pub use scope::{ADMIN, KNOWN as KNOWN_SCOPES, Scope};
pub use secrets::holds_secrets;
pub use windows::Windows;

use crate::clock::{Chance, Clock};
use crate::compare::Volatile;
use crate::inventory::InventoryHandle;
use crate::standard::Golden;
use crate::store::Store;
use crate::telemetry::{DeviceMetrics, Metrics};
use crate::vault::Vault;
use error::ApiError;

/// Everything that handlers need, handed down by the composition root. Clones share it.
#[derive(Clone)]
pub struct ApiState {
    /// Settings of the table `[api]`.
    pub config: Arc<Config>,
    /// Keys of the environment and of the store.
    pub keys: Arc<KeyRing>,
    /// Jobs, keys, nonces, audit.
    pub store: Arc<dyn Store>,
    /// Seals secrets of payloads, hashes bodies.
    pub vault: Vault,
    /// Finds the lane of a payload.
    pub inventory: InventoryHandle,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// What it shows of devices, and `/probe`.
    pub devices: Arc<dyn DeviceMetrics>,
    /// Counters of requests, registered with `metrics`.
    pub http: HttpMetrics,
    /// What subsystems last said of themselves.
    pub health: HealthView,
    /// Makes golden texts.
    pub golden: Arc<dyn Golden>,
    /// Lines that a drift report leaves out.
    pub volatile: Arc<Volatile>,
    /// Windows and black-outs of the settings, and what waits for one.
    pub windows: Arc<Windows>,
    /// Images that radios fetch here, by name.
    pub images: Arc<Images>,
    /// Address of the older service, if one is behind this one.
    pub legacy_base: Option<String>,
    /// Time.
    pub clock: Clock,
    /// Ids.
    pub chance: Chance,
    /// Ends streams and readiness.
    pub shutdown: CancellationToken,
}

/// All routes. Serve it with graceful shutdown; streams end by themselves when `shutdown` is cancelled.
pub fn router(state: ApiState) -> Router {
    let (contract, description) = openapi::parts();
    let (alias, _) = openapi::contract().split_for_parts();
    let routes = Router::new().merge(contract).nest("/api/v2", alias).merge(docs(description));
    dressed(routes, state)
}

/// The page that shows the description. It asks no other host for anything: its assets are in this program, the badge
/// of a validator on the internet is off, and the browser is told to load from here alone.
fn docs(description: utoipa::openapi::OpenApi) -> Router<ApiState> {
    const HERE_ALONE: HeaderValue = HeaderValue::from_static(
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    );
    let page = SwaggerUi::new("/docs").url("/openapi.json", description).config(
        // The configuration's own list of documents is empty: `url` adds to it.
        utoipa_swagger_ui::Config::default().validator_url("none"),
    );
    Router::from(page).layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, HERE_ALONE))
}

/// Puts around routes what every answer has: a `detail` for each refusal, an id, a line in the log, no panic.
fn dressed(routes: Router<ApiState>, state: ApiState) -> Router {
    routes
        .fallback(|| async { ApiError::NotFound })
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(CatchPanicLayer::custom(|_| ApiError::Internal.into_response()))
        .layer(middleware::from_fn_with_state(state.clone(), observe::observe))
        .with_state(state)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Mutex;

    use axum::body::{Body, to_bytes};
    use axum::http::{Request, Response};
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn text(response: Response<Body>) -> String {
        String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_a_500_without_internals() {
        let dir = tempfile::tempdir().unwrap();
        let state = fixture::state(dir.path()).await;
        let routes = Router::new().route("/panic", get(|| async { panic!("hunter2") as &str }));
        let request = Request::get("/panic").body(Body::empty()).unwrap();
        let response = dressed(routes, state).oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 500);
        assert!(response.headers().contains_key("x-request-id"));
        assert_eq!(text(response).await, r#"{"detail":"Internal Server Error"}"#);
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn c54_the_log_has_one_line_a_request_and_no_secret() {
        let log = Log::default();
        let sink = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || sink.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let dir = tempfile::tempdir().unwrap();
        let app = router(fixture::state(dir.path()).await);
        let body = r#"{"action":"ido.swt.device_info","payload":{"ip_address":"192.0.2.1","password":"hunter2"}}"#;
        let request = Request::post("/api/v2/jobs?token=hunter3")
            .header("X-API-Key", fixture::KEY)
            .header("Idempotency-Key", "one")
            .header("Content-Type", "application/json")
            .body(Body::from(body))
            .unwrap();
        let response = app.oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 202);
        drop(_guard);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        for secret in ["hunter2", "hunter3", fixture::KEY] {
            assert!(!text.contains(secret), "{text}");
        }
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("http.status=202")).collect();
        assert_eq!(lines.len(), 1, "{text}");
        assert!(lines[0].contains("POST /api/v2/jobs by desk: 202 in"), "{text}");
    }
}
