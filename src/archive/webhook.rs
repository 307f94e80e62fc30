//! Tells others of changes. A delivery is a row until it has arrived; each attempt has the same id and the same body,
//! and a signature with the time of the attempt.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::keep::hook_id;
use super::{Archive, Secrets, Webhook, signature};
use crate::clock::add;
use crate::report::Chain;
use crate::store::{ConfigEvent, Delivery, Signal};

/// Attempts at once.
const AT_ONCE: u32 = 8;

/// The longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(3600);

/// How far the waits of deliveries that failed together are spread.
const SPREAD: f64 = 0.2;

/// Without a signal, the store is asked this often.
const LOOK: Duration = Duration::from_secs(60);

/// The task that tells others.
pub struct Hooks {
    archive: Archive,
    secrets: Secrets,
    http: reqwest::Client,
}

impl Hooks {
    /// Over the archive, with where the keys of signatures are.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(archive: Archive, secrets: Secrets) -> Result<Self, reqwest::Error> {
        // Where a hook is, its settings say: neither a proxy of the environment nor a redirect does.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .user_agent(concat!("towerhand/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { archive, secrets, http })
    }

    /// Runs until it is stopped.
    pub async fn run(self, stop: CancellationToken) {
        let parts = &self.archive.0.parts;
        // Before the first look, so that nothing falls between the two.
        let mut signals = parts.store.signals();
        loop {
            let due = parts.store.due_deliveries(parts.clock.now(), AT_ONCE).await;
            let due = match due {
                Ok(due) => due,
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "webhooks cannot be read: {}", Chain(&error));
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = parts.clock.sleep(LOOK) => {}
                    }
                    continue;
                }
            };
            if due.is_empty() {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.next() => {}
                    () = changed(&mut signals) => {}
                }
                continue;
            }
            tokio::select! {
                // What was under way is tried again by the next daemon, under the same id.
                () = stop.cancelled() => return,
                _ = join_all(due.iter().map(|delivery| self.settle(delivery))) => {}
            }
        }
    }

    /// Until the next delivery is due.
    async fn next(&self) {
        let parts = &self.archive.0.parts;
        let latest = add(parts.clock.now(), LOOK);
        let due = parts.store.next_delivery().await.ok().flatten().map_or(latest, |due| due.min(latest));
        parts.clock.sleep_until(due).await;
    }

    /// One attempt, and what becomes of the delivery.
    async fn settle(&self, delivery: &Delivery) {
        let parts = &self.archive.0.parts;
        let (id, store) = (delivery.id.as_str(), &parts.store);
        let hook = parts.config.webhook.iter().find(|hook| hook_id(hook) == delivery.hook);
        let Some(hook) = hook else {
            tracing::warn!(delivery = id, "a webhook that the settings do not name any more is not told");
            return self.noted(store.end_delivery(id).await).await;
        };
        let Err(why) = self.attempt(hook, delivery).await else {
            return self.noted(store.end_delivery(id).await).await;
        };
        let now = parts.clock.now();
        let place = host(&hook.url);
        let age = now.duration_since(delivery.made_at);
        if age >= SignedDuration::try_from(parts.config.webhook_give_up).unwrap_or(SignedDuration::MAX) {
            let attempts = delivery.attempts.saturating_add(1);
            tracing::error!(
                delivery = id,
                attempts,
                "the webhook at {place} did not take it, and it is given up: {why}"
            );
            return self.noted(store.end_delivery(id).await).await;
        }
        let doubled = parts.config.webhook_retry.saturating_mul(1_u32 << delivery.attempts.min(20));
        let wait = parts.chance.jitter(doubled.min(LONGEST), SPREAD);
        tracing::warn!(
            delivery = id,
            wait_s = wait.as_secs(),
            "the webhook at {place} did not take it, and gets it again: {why}"
        );
        self.noted(store.postpone_delivery(id, add(now, wait)).await).await;
    }

    /// A store that takes no note would have it sent again at once, and again.
    async fn noted(&self, outcome: crate::store::Result<()>) {
        if let Err(error) = outcome {
            tracing::error!(error = %Chain(&error), "what became of a webhook cannot be noted: {}", Chain(&error));
            self.archive.0.parts.clock.sleep(LOOK).await;
        }
    }

    /// Sends it once. The sentence of a failure has no URL and no secret.
    async fn attempt(&self, hook: &Webhook, delivery: &Delivery) -> Result<(), String> {
        let parts = &self.archive.0.parts;
        let secret = self.secrets.open(&hook.secret).await?;
        let body = body(&delivery.id, &delivery.event).to_string();
        let timestamp = parts.clock.now().as_second().to_string();
        let request = self
            .http
            .post(&hook.url)
            .header("Content-Type", "application/json")
            .header("X-Towerhand-Event", "config.changed")
            .header("X-Towerhand-Delivery", &delivery.id)
            .header("X-Towerhand-Timestamp", &timestamp)
            .header("X-Towerhand-Signature", signature(&secret, &timestamp, body.as_bytes()))
            .body(body);
        let answer = parts.clock.timeout(parts.config.webhook_timeout, request.send()).await;
        match answer {
            Err(elapsed) => Err(elapsed.to_string()),
            Ok(Err(error)) => Err(Chain(&error.without_url()).to_string()),
            Ok(Ok(reply)) if reply.status().is_success() => Ok(()),
            Ok(Ok(reply)) => Err(format!("it answered {}", reply.status())),
        }
    }
}

async fn changed(signals: &mut broadcast::Receiver<Signal>) {
    loop {
        match signals.recv().await {
            Ok(Signal::Configs) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// Host and port of a URL: its path may hold a key.
fn host(url: &str) -> String {
    let url = reqwest::Url::parse(url).ok();
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    host.map_or_else(String::new, |(host, port)| format!("{host}:{port}"))
}

/// The body of a delivery: the same at every attempt.
fn body(id: &str, event: &ConfigEvent) -> Value {
    json!({
        "event": "config.changed",
        "delivery": id,
        "sequence": event.seq,
        "at": event.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "device": event.device,
        "ip_address": event.address,
        "device_type": event.device_type,
        "site": event.site,
        "version": event.number,
        "previous_version": event.previous,
        "lines_added": event.added,
        "lines_removed": event.removed,
        "sha256": event.sha256,
        "job_id": event.job,
        "submitted_by": event.author,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_a_host_and_no_path() {
        assert_eq!(host("https://hooks.example/T0/B0/key"), "hooks.example:443");
        assert_eq!(host("http://127.0.0.1:9/x?y"), "127.0.0.1:9");
    }
}
