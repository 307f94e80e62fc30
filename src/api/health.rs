//! `GET /health`: what the daemon knows of itself, in the contract's three members.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::envelope::{Envelope, Outcome};
use super::error::ApiError;
use super::extract::Incoming;
use super::openapi::ReadErrors;
use super::scope::Scope;
use crate::report::Chain;

/// How long the store may take to answer a ping.
const PING: Duration = Duration::from_secs(2);
/// Part under which the probe of the older service reports.
const LEGACY: &str = "legacy service";
/// Part under which the drivers report.
const DRIVERS: &str = "drivers";

/// What a part of the daemon last said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It works.
    Ok,
    /// It does not; the sentence is shown to clients and holds no secret.
    Failed(String),
    /// It has not said anything yet, which is not the same as working.
    Unknown,
}

impl Condition {
    fn complaint(&self, part: &str) -> Option<String> {
        match self {
            Condition::Ok => None,
            Condition::Failed(why) => Some(format!("{part}: {why}")),
            Condition::Unknown => Some(format!("{part}: not known yet")),
        }
    }
}

/// The parts that report their condition; a part that never registers is not asked for. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct HealthView(Arc<Mutex<BTreeMap<&'static str, Condition>>>);

impl HealthView {
    /// Notes the condition of a part, for example `job engine`.
    pub fn report(&self, part: &'static str, condition: Condition) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(part, condition);
    }

    /// Notes what the last probe of the older service found.
    pub fn report_legacy(&self, condition: Condition) {
        self.report(LEGACY, condition);
    }

    /// Notes whether devices can be reached at all (sockets, the right to send echo requests).
    pub fn report_drivers(&self, condition: Condition) {
        self.report(DRIVERS, condition);
    }

    fn of(&self, part: &str) -> Option<Condition> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(part).cloned()
    }

    /// Complaints of all parts but the two that have members of their own.
    fn complaints(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|(part, _)| **part != LEGACY && **part != DRIVERS)
            .filter_map(|(part, condition)| condition.complaint(part))
            .collect()
    }
}

/// Answer of `GET /health`.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthData {
    /// Address of the older service; empty where there is none.
    legacy_api_base: String,
    /// Whether the service works: the daemon itself, and the older service where there is one. Alone decides `status`.
    legacy_health: Check,
    /// Whether devices can be reached.
    ido_caps: Check,
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// Whether it works.
    ok: bool,
    /// What does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Check {
    fn of(complaints: Vec<String>) -> Self {
        let ok = complaints.is_empty();
        Self { ok, error: if ok { None } else { Some(complaints.join("; ")) } }
    }
}

/// Whether the store answers in time and would take a write.
pub(super) async fn store_works(api: &ApiState) -> bool {
    match api.clock.timeout(PING, api.store.ping()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::error!(error = %Chain(&error), "the store does not take writes: {}", Chain(&error));
            false
        }
        Err(elapsed) => {
            tracing::error!(error = %elapsed, "the store did not answer within {} s", PING.as_secs());
            false
        }
    }
}

/// Health of the service. Always 200: `status` says `ok` or `degraded`.
#[utoipa::path(
    get, path = "/health", tag = "service", operation_id = "health",
    responses((status = 200, description = "Also when degraded.", body = Envelope<HealthData>), ReadErrors)
)]
pub(super) async fn health(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::HealthRead).await?;
    let mut complaints = api.health.complaints();
    if !store_works(&api).await {
        complaints.push("store: it takes no writes".to_owned());
    }
    if api.legacy_base.is_some() {
        complaints.extend(api.health.of(LEGACY).unwrap_or(Condition::Unknown).complaint(LEGACY));
    }
    let drivers = api.health.of(DRIVERS).and_then(|condition| condition.complaint(DRIVERS));
    let data = HealthData {
        legacy_api_base: api.legacy_base.clone().unwrap_or_default(),
        legacy_health: Check::of(complaints),
        ido_caps: Check::of(drivers.into_iter().collect()),
    };
    let outcome = if data.legacy_health.ok { Outcome::Ok } else { Outcome::Degraded };
    Ok(call.answer(&api, outcome, "v2 health", data))
}
