//! Talks to a daemon as any API client does: `TOWERHAND_URL`, `TOWERHAND_API_KEY`.

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::Value;

use super::Context;
use crate::clock::Chance;

/// Where a daemon listens unless told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// A client of the job API.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Client {
    pub(super) fn new(context: &Context) -> anyhow::Result<Self> {
        // Errors only if a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = context.environment.text("TOWERHAND_URL").unwrap_or(DEFAULT_URL).trim_end_matches('/').to_owned();
        let key = context.environment.text("TOWERHAND_API_KEY");
        let key = key.context("TOWERHAND_API_KEY is not set; make a key with `towerhand key create`")?.to_owned();
        let http = reqwest::Client::builder().build().context("no HTTP client")?;
        Ok(Self { http, base, key })
    }

    /// The `data` of an answer; an error carries the daemon's own sentence.
    pub(super) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let mut request = self.request(method.clone(), path);
        if method != Method::GET {
            let key: String = Chance::system().bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply =
            request.send().await.with_context(|| format!("no answer from {}; is the daemon running?", self.base))?;
        let status = reply.status();
        let answer: Value =
            reply.json().await.with_context(|| format!("{} answered {status} without JSON", self.base))?;
        if !status.is_success() {
            bail!("{} ({status})", answer.get("detail").and_then(Value::as_str).unwrap_or("refused"));
        }
        Ok(answer.get("data").cloned().unwrap_or(Value::Null))
    }

    /// A request with the key.
    pub(super) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}/api/v2/omni{path}", self.base)).header("X-API-Key", &self.key)
    }
}

/// Runs a short-lived command.
pub(super) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
