//! A client of the job API, as the tests use it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// The admin key of every daemon that the tests start.
pub const KEY: &str = "test-admin-key";

/// How long a job of a test may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A client with one key.
#[derive(Clone)]
pub struct Api {
    pub http: reqwest::Client,
    pub url: String,
    pub key: String,
}

impl Api {
    pub fn new(url: &str, key: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, url: url.to_owned(), key: key.to_owned() }
    }

    /// A request under `/api/v2/omni` with the key, and an idempotency key where the method needs one.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request =
            self.http.request(method.clone(), format!("{}/api/v2/omni{path}", self.url)).header("X-API-Key", &self.key);
        if method == Method::GET {
            return request;
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        request.header("Idempotency-Key", format!("it-{}-{number}", std::process::id()))
    }

    /// Status and JSON of an answer.
    pub async fn send(&self, request: RequestBuilder) -> (StatusCode, Value) {
        let reply = request.send().await.unwrap();
        let status = reply.status();
        (status, reply.json().await.unwrap_or(Value::Null))
    }

    /// Submits a job; its id.
    pub async fn submit(&self, action: &str, payload: Value) -> String {
        let (status, answer) =
            self.send(self.request(Method::POST, "/jobs").json(&json!({ "action": action, "payload": payload }))).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        answer["data"]["job_id"].as_str().unwrap().to_owned()
    }

    /// A job's `data`.
    pub async fn job(&self, id: &str) -> Value {
        let (status, answer) = self.send(self.request(Method::GET, &format!("/jobs/{id}"))).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["data"].clone()
    }

    /// A job's events.
    pub async fn events(&self, id: &str) -> Vec<Value> {
        let (status, answer) = self.send(self.request(Method::GET, &format!("/jobs/{id}/events"))).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["data"]["events"].as_array().unwrap().clone()
    }

    /// Messages of a job's events.
    pub async fn messages(&self, id: &str) -> Vec<String> {
        self.events(id).await.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Asks to cancel; the answer's `data`.
    pub async fn cancel(&self, id: &str) -> Value {
        let (status, answer) =
            self.send(self.request(Method::POST, &format!("/jobs/{id}/cancel")).json(&json!({}))).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["data"].clone()
    }

    /// The job when it has ended: its stream ends with it.
    #[expect(clippy::disallowed_methods, reason = "a test that hangs fails by the machine's own time")]
    pub async fn ended(&self, id: &str) -> Value {
        let stream = async {
            let reply = self.request(Method::GET, &format!("/jobs/{id}/stream")).send().await.unwrap();
            let _ = reply.bytes().await;
        };
        let _ = tokio::time::timeout(PATIENCE, stream).await;
        let job = self.job(id).await;
        let status = job["status"].as_str().unwrap();
        assert!(matches!(status, "success" | "error" | "cancelled"), "job {id} has not ended: {job}");
        job
    }

    /// Submits, waits; the job.
    pub async fn run(&self, action: &str, payload: Value) -> Value {
        let id = self.submit(action, payload).await;
        self.ended(&id).await
    }

    /// Submits, waits, and demands a success; its `response`.
    pub async fn response(&self, action: &str, payload: Value) -> Value {
        let job = self.run(action, payload).await;
        assert_eq!(job["status"], "success", "{job}");
        job["result"]["response"].clone()
    }

    /// Submits, waits, and demands an error; its text.
    pub async fn error(&self, action: &str, payload: Value) -> String {
        let job = self.run(action, payload).await;
        assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{job}");
        job["error"].as_str().unwrap().to_owned()
    }
}
