//! Talks to a daemon as any API client does: `TOWERHAND_URL`, `TOWERHAND_API_KEY`.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::{Method, Response};
use serde_json::Value;

use super::{Context, output};
use crate::clock::Chance;

/// Where a daemon listens unless told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";
/// To connect.
const CONNECT: Duration = Duration::from_secs(10);
/// For a whole answer; a stream has no such end. The daemon answers in milliseconds.
const ANSWER: Duration = Duration::from_secs(60);

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
        // An empty variable counts as not set.
        let text = |name| context.environment.text(name).filter(|text| !text.is_empty());
        let base = text("TOWERHAND_URL").unwrap_or(DEFAULT_URL).trim_end_matches('/').to_owned();
        let url = reqwest::Url::parse(&base).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none_or(|url| !url.username().is_empty() || url.password().is_some()) {
            bail!("TOWERHAND_URL is not an address such as {DEFAULT_URL}");
        }
        let key = text("TOWERHAND_API_KEY");
        let key = key.context("TOWERHAND_API_KEY is not set; make a key with `towerhand key create`")?.to_owned();
        // The key goes to the named daemon and nowhere else: not to a proxy of the environment, not after a redirect.
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Ok(Self { http: http.connect_timeout(CONNECT).build().context("no HTTP client")?, base, key })
    }

    /// The `data` of an answer; an error carries the daemon's own sentence.
    pub(super) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let mut request = self.request(method.clone(), path).timeout(ANSWER);
        if method != Method::GET {
            let key: String = Chance::system().bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = request.send().await.map_err(|error| self.away(error))?;
        if !reply.status().is_success() {
            bail!(self.refusal(reply).await);
        }
        let answer: Value = reply.json().await.with_context(|| format!("{} answered without JSON", self.base))?;
        Ok(answer.get("data").cloned().unwrap_or(Value::Null))
    }

    /// A request with the key, without a deadline for the answer.
    pub(super) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}/api/v2/omni{path}", self.base)).header("X-API-Key", &self.key)
    }

    /// No answer.
    pub(super) fn away(&self, error: reqwest::Error) -> anyhow::Error {
        let base = &self.base;
        anyhow::Error::new(error.without_url()).context(format!("no answer from {base}; is the daemon running?"))
    }

    /// An answer that is not a success, as an error with the daemon's own sentence.
    pub(super) async fn refusal(&self, reply: Response) -> anyhow::Error {
        let status = reply.status();
        match reply.json::<Value>().await {
            Ok(answer) if answer.get("detail").is_some() => {
                anyhow::anyhow!("{} ({status})", output::cell(&answer, "detail"))
            }
            _ => anyhow::anyhow!("{} answered {status}; is it a towerhand?", self.base),
        }
    }
}

/// The path of a job, or of a part of it; what is no id never becomes part of a path.
pub(super) fn path_of(id: &str, part: &str) -> anyhow::Result<String> {
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        bail!("'{}' is not a job id", id.escape_debug());
    }
    Ok(format!("/jobs/{id}{part}"))
}

/// Runs a short-lived command.
pub(super) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
