//! The server under test, its keys, and a small client.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use towerhand::api::{ApiState, Config, HealthView, HttpMetrics, KeyRing, KeySources, Listener, router};
use towerhand::clock::{Chance, Clock};
use towerhand::inventory::{Inventory, InventoryHandle};
use towerhand::model::{JobStatus, Level, NewEvent, Secret};
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{Claimed, StepEnd, Store};
use towerhand::telemetry::Metrics;
use towerhand::vault::{MasterKeys, Vault};

pub(super) const B: &str = "/api/v2/omni";
pub(super) const ADMIN: &str = "k-admin-0123456789";
pub(super) const RO: &str = "k-ro-0123456789";
pub(super) const SUB: &str = "k-sub-0123456789";
pub(super) const CAN: &str = "k-can-0123456789";
pub(super) const NONE: &str = "k-none-0123456789";
pub(super) const ALL_KEYS: [&str; 5] = [ADMIN, RO, SUB, CAN, NONE];

/// The keys of the suite.
pub(super) fn keys() -> KeySources {
    let keys = json!({
        ADMIN: ["admin"],
        RO: ["health.read", "actions.read", "job.read"],
        SUB: ["job.submit", "job.read"],
        CAN: ["job.cancel"],
        NONE: [],
    });
    KeySources { keys_json: Some(Secret::new(keys.to_string())), ..KeySources::default() }
}

/// How a server differs from the usual one.
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) keys: KeySources,
    pub(super) legacy_base: Option<String>,
    pub(super) clock: Clock,
}

impl Default for Setup {
    fn default() -> Self {
        Self { config: Config::default(), keys: keys(), legacy_base: None, clock: Clock::system() }
    }
}

/// A running server. Its files go away with it, unless it was given a folder.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) store: Arc<SqliteStore>,
    pub(super) health: HealthView,
    pub(super) clock: Clock,
    pub(super) shutdown: CancellationToken,
    pub(super) vault: Vault,
    client: reqwest::Client,
    _dir: Option<tempfile::TempDir>,
}

/// An answer, its body parsed.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn data(&self) -> &Value {
        &self.body["data"]
    }

    #[track_caller]
    pub(super) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Exactly `{"detail": text}`.
    #[track_caller]
    pub(super) fn refused(&self, status: u16, detail: &str) {
        self.is(status);
        assert_eq!(self.body, json!({"detail": detail}));
    }

    /// An object with a `detail` that is text.
    #[track_caller]
    pub(super) fn refused_somehow(&self, status: u16) {
        self.is(status);
        assert_eq!(members(&self.body), ["detail"], "{}", self.text);
        assert!(!self.body["detail"].as_str().unwrap().is_empty());
    }

    /// The envelope with exactly six members in their order.
    #[track_caller]
    pub(super) fn envelope(&self, status: u16, outcome: &str, message: &str) -> &Value {
        self.is(status);
        let order = ["request_id", "status", "message", "data", "errors", "timestamp"];
        assert_eq!(members(&self.body), order, "{}", self.text);
        assert_eq!(self.body["status"], outcome);
        assert_eq!(self.body["message"], message);
        assert_eq!(self.body["errors"], json!([]));
        uuid::Uuid::parse_str(self.body["request_id"].as_str().unwrap()).unwrap();
        stamp(&self.body["timestamp"]);
        self.data()
    }
}

/// A whole-second UTC time.
#[track_caller]
pub(super) fn stamp(value: &Value) -> jiff::Timestamp {
    let text = value.as_str().unwrap();
    let shape: String = text.chars().map(|letter| if letter.is_ascii_digit() { '9' } else { letter }).collect();
    assert_eq!(shape, "9999-99-99T99:99:99Z");
    text.parse().unwrap()
}

pub(super) fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A fresh idempotency key.
pub(super) fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("ik-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A request under construction.
pub(super) struct Ask<'a> {
    server: &'a Server,
    request: reqwest::RequestBuilder,
}

impl Ask<'_> {
    pub(super) fn key(self, key: &str) -> Self {
        self.header("X-API-Key", key)
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// A fresh idempotency key.
    pub(super) fn ik(self) -> Self {
        let key = fresh();
        self.header("Idempotency-Key", &key)
    }

    pub(super) fn json(self, body: &Value) -> Self {
        let text = body.to_string();
        self.raw("application/json", text)
    }

    pub(super) fn raw(mut self, kind: &str, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.header("Content-Type", kind).body(body);
        self
    }

    pub(super) async fn send(self) -> Answer {
        let response = self.server.client.execute(self.request.build().unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, body }
    }

    /// The response with its body still coming.
    pub(super) async fn open(self) -> reqwest::Response {
        self.server.client.execute(self.request.build().unwrap()).await.unwrap()
    }
}

impl Server {
    /// The usual server.
    pub(super) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(super) async fn with(setup: Setup) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut server = Self::at(dir.path(), setup).await;
        server._dir = Some(dir);
        server
    }

    /// A server over the files in `dir`.
    #[expect(clippy::disallowed_methods, reason = "the server lives as long as its test")]
    pub(super) async fn at(dir: &Path, setup: Setup) -> Self {
        // Fails when another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Setup { config, keys, legacy_base, clock } = setup;
        let store = Arc::new(SqliteStore::open(&dir.join("state.db"), Purpose::Daemon).await.unwrap());
        // The same keys each time, so that a restart finds its hashes again.
        let vault =
            Vault::open(MasterKeys::draw(&Chance::seeded(11)).unwrap(), clock.clone(), Chance::system()).unwrap();
        let metrics = Metrics::new(["health.get"]).unwrap();
        let shutdown = CancellationToken::new();
        let health = HealthView::default();
        let state = ApiState {
            devices: Arc::new(towerhand::telemetry::NoDeviceMetrics),
            volatile: Arc::default(),
            golden: Arc::new(NoGolden),
            images: Arc::default(),
            config: Arc::new(config),
            keys: Arc::new(KeyRing::build(&keys, vault.clone()).unwrap()),
            store: store.clone(),
            vault: vault.clone(),
            inventory: InventoryHandle::new(Inventory::default()),
            http: HttpMetrics::register(metrics.registry()).unwrap(),
            metrics,
            health: health.clone(),
            legacy_base,
            clock: clock.clone(),
            chance: Chance::system(),
            shutdown: shutdown.clone(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = shutdown.clone();
        tokio::task::spawn(async move {
            let listener = Listener::new(listener, &state.config, state.clock.clone());
            axum::serve(listener, router(state)).with_graceful_shutdown(stop.cancelled_owned()).await.unwrap();
        });
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(120)).build().unwrap();
        Self { address, store, health, clock, shutdown, vault, client, _dir: None }
    }

    /// Ends it and closes its files.
    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        self.store.close().await;
    }

    pub(super) fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Ask { server: self, request: self.client.request(method, format!("http://{}{path}", self.address)) }
    }

    pub(super) async fn get(&self, path: &str, key: &str) -> Answer {
        self.ask("GET", path).key(key).send().await
    }

    /// Submits under a fresh key.
    pub(super) async fn submit(&self, key: &str, body: &Value) -> Answer {
        self.ask("POST", &format!("{B}/jobs")).key(key).ik().json(body).send().await
    }

    /// Submits as admin and gives the id.
    pub(super) async fn submitted(&self, action: &str) -> String {
        let answer = self.submit(ADMIN, &json!({"action": action, "payload": {}})).await;
        answer.is(202).data()["job_id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn job(&self, id: &str) -> Value {
        self.get(&format!("{B}/jobs/{id}"), ADMIN).await.is(200).data().clone()
    }

    pub(super) async fn count(&self) -> u64 {
        self.get(&format!("{B}/jobs?limit=500"), ADMIN).await.is(200).data()["count"].as_u64().unwrap()
    }

    /// As a worker: takes the next job.
    pub(super) async fn claim(&self) -> Claimed {
        use towerhand::store::JobStore as _;
        let lease_for = Duration::from_secs(60);
        self.store.claim("test", self.clock.now(), lease_for, 1, 4).await.unwrap().pop().expect("a job is ready")
    }

    /// As a worker: ends a job well.
    pub(super) async fn succeed(&self, claimed: &Claimed, result: Value) {
        let end = StepEnd::Finish { status: JobStatus::Success, result: Some(result), error: None, error_class: None };
        self.end(claimed, end, Level::Success, "Action completed").await;
    }

    /// As a worker: ends a job with an error.
    pub(super) async fn fail(&self, claimed: &Claimed, error: &str) {
        let end = StepEnd::Finish {
            status: JobStatus::Error,
            result: None,
            error: Some(error.to_owned()),
            error_class: Some("validation_error".to_owned()),
        };
        self.end(claimed, end, Level::Error, error).await;
    }

    pub(super) async fn end(&self, claimed: &Claimed, end: StepEnd, level: Level, message: &str) {
        use towerhand::store::JobStore as _;
        let now = self.clock.now();
        let event = NewEvent { at: now, level, message: message.to_owned() };
        self.store.end_step(&claimed.lease, now, end, vec![event]).await.unwrap();
    }
}

/// Ids of the jobs of a list, in its order.
pub(super) fn ids(list: &Answer) -> Vec<String> {
    list.data()["jobs"].as_array().unwrap().iter().map(|job| job["job_id"].as_str().unwrap().to_owned()).collect()
}

pub(super) fn distinct<T: Ord>(items: impl IntoIterator<Item = T>) -> usize {
    items.into_iter().collect::<BTreeSet<T>>().len()
}

/// Makes no golden text.
struct NoGolden;

#[async_trait::async_trait]
impl towerhand::standard::Golden for NoGolden {
    async fn text(&self, device: &str) -> Result<String, towerhand::model::Failure> {
        Err(towerhand::model::Failure::validation(format!("no golden text of {device} here")))
    }
}
