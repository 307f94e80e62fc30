//! Whether the older service behind this one works: asked now and then, told to the API's health.

use std::time::Duration;

use crate::api::{Condition, HealthView};
use crate::clock::Clock;

/// Between two questions.
const EVERY: Duration = Duration::from_secs(30);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Asked below the configured address.
const PATH: &str = "/api/health";

/// Asks the older service.
pub(super) struct Probe {
    url: String,
    health: HealthView,
    clock: Clock,
}

impl Probe {
    /// `base` as configured: scheme, host and perhaps a path, no user and no query.
    pub(super) fn new(base: &str, health: HealthView, clock: Clock) -> Self {
        Self { url: format!("{}{PATH}", base.trim_end_matches('/')), health, clock }
    }

    /// Asks for as long as it is polled. A change is told in the log, once.
    pub(super) async fn run(self) {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        let client = match client {
            Ok(client) => client,
            Err(_) => {
                self.health.report_legacy(Condition::Failed("no HTTP client could be built to ask it".to_owned()));
                tracing::error!("the older service cannot be asked: no HTTP client could be built");
                return;
            }
        };
        let mut last = Condition::Unknown;
        loop {
            let now = self.ask(&client).await;
            if now != last {
                match &now {
                    Condition::Ok => tracing::info!("the older service works"),
                    Condition::Failed(why) => tracing::warn!("the older service does not work: {why}"),
                    Condition::Unknown => {}
                }
            }
            self.health.report_legacy(now.clone());
            last = now;
            self.clock.sleep(EVERY).await;
        }
    }

    /// One question. The body is not looked at: any answer in the 200s counts, as it did for the older clients.
    async fn ask(&self, client: &reqwest::Client) -> Condition {
        let failed = |why: String| Condition::Failed(format!("GET {PATH} {why}"));
        match self.clock.timeout(PATIENCE, client.get(&self.url).send()).await {
            Err(_) => failed(format!("had no answer within {} s", PATIENCE.as_secs())),
            Ok(Ok(reply)) if reply.status().is_success() => Condition::Ok,
            Ok(Ok(reply)) => failed(format!("was answered with {}", reply.status().as_u16())),
            Ok(Err(error)) if error.is_connect() => failed("found no connection".to_owned()),
            Ok(Err(_)) => failed("had no answer that is HTTP".to_owned()),
        }
    }
}
