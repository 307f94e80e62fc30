//! Probes and metrics. No key: they say nothing of jobs, devices' secrets or callers.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::envelope::json;
use super::error::{ApiError, Detail};
use super::extract::last_of_each;
use super::health::store_works;
use crate::model::{Device, JobStatus};
use crate::report::Chain;
use crate::telemetry::NotPolled;
use crate::telemetry::exposition::{Format, Page};

/// The one kind of poll that there is.
const MODULE: &str = "health";
/// How long a poll that was asked for may take, its waiting for a place included.
const PROBE: Duration = Duration::from_secs(90);

/// Answer of a probe.
#[derive(Debug, Serialize, ToSchema)]
pub struct Probe {
    /// `alive` or `ready`.
    status: &'static str,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "probes", operation_id = "healthz", security(()),
    responses((status = 200, description = "Alive.", body = Probe),
        (status = 500, description = "Our own fault.", body = Detail)))]
pub(super) async fn healthz() -> Response {
    json(StatusCode::OK, &Probe { status: "alive" })
}

/// Whether work is accepted: the store takes writes, and the daemon is not shutting down.
#[utoipa::path(get, path = "/readyz", tag = "probes", operation_id = "readyz", security(()),
    responses((status = 200, description = "Ready.", body = Probe),
        (status = 500, description = "Our own fault.", body = Detail),
        (status = 503, description = "Shutting down, or the store takes no writes.", body = Detail)))]
pub(super) async fn readyz(State(api): State<ApiState>) -> Result<Response, ApiError> {
    if api.shutdown.is_cancelled() {
        return Err(ApiError::NotReady("shutting down"));
    }
    if !store_works(&api).await {
        return Err(ApiError::NotReady("the store takes no writes"));
    }
    Ok(json(StatusCode::OK, &Probe { status: "ready" }))
}

/// Metrics of the daemon and of the devices that it polls: Prometheus' text format, or OpenMetrics where it is asked for.
#[utoipa::path(get, path = "/metrics", tag = "probes", operation_id = "metrics", security(()),
    responses((status = 200, description = "Text format 0.0.4, or OpenMetrics 1.0.", body = String, content_type = "text/plain"),
        (status = 500, description = "Our own fault.", body = Detail)))]
pub(super) async fn metrics(State(api): State<ApiState>, headers: HeaderMap) -> Result<Response, ApiError> {
    count(&api).await;
    let format = format(&headers);
    // Thousands of devices are megabytes of text: not on a thread that serves others.
    let written = tokio::task::spawn_blocking(move || {
        let mut page = Page::new(format);
        api.metrics.write(&mut page);
        api.devices.write(&mut page);
        page.finish()
    });
    let text = written.await.map_err(|error| ApiError::internal("writing the metrics", &error))?;
    Ok(exposition(format, text))
}

/// What Prometheus' HTTP service discovery reads: one group for each device.
#[derive(Debug, Serialize, ToSchema)]
pub struct Target {
    /// The device's name: the `target` of `/probe`.
    targets: [String; 1],
    /// `site`, `type`, `role` and `__meta_towerhand_*`.
    labels: BTreeMap<String, String>,
}

/// All devices of the inventory, for Prometheus' HTTP service discovery.
#[utoipa::path(get, path = "/sd", tag = "probes", operation_id = "sd", security(()),
    responses((status = 200, description = "One group for each device.", body = Vec<Target>),
        (status = 500, description = "Our own fault.", body = Detail)))]
pub(super) async fn sd(State(api): State<ApiState>) -> Response {
    let inventory = api.inventory.current();
    let targets: Vec<Target> = inventory.devices().iter().map(|device| target(device, &api)).collect();
    json(StatusCode::OK, &targets)
}

fn target(device: &Device, api: &ApiState) -> Target {
    let site = device.site.as_deref().unwrap_or("-");
    let polled = if api.devices.polls(&device.name) { "true" } else { "false" };
    let meta = |name: &str| format!("__meta_towerhand_{name}");
    let mut labels: BTreeMap<String, String> = [
        ("site".to_owned(), site),
        ("type".to_owned(), device.device_type.code()),
        ("role".to_owned(), device.role.as_str()),
        (meta("name"), device.name.as_str()),
        (meta("site"), site),
        (meta("type"), device.device_type.code()),
        (meta("role"), device.role.as_str()),
        (meta("polled"), polled),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into();
    labels.insert(meta("address"), device.address.to_string());
    for (name, value) in &device.tags {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        labels.insert(meta(&format!("tag_{name}")), value.clone());
    }
    Target { targets: [device.name.clone()], labels }
}

/// Polls one device now, for those who leave the polling to Prometheus, and shows what is known of it alone. A device that
/// was polled within the last five seconds, or that refused the credentials, is not asked again.
#[utoipa::path(get, path = "/probe", tag = "probes", operation_id = "probe", security(()),
    params(("target" = String, Query, description = "The device's name in the inventory."),
        ("module" = Option<String>, Query, description = "`health`, which is also the default.")),
    responses((status = 200, description = "Also where the device does not answer: `towerhand_device_up` says so.", body = String, content_type = "text/plain"),
        (status = 404, description = "No such device.", body = Detail),
        (status = 409, description = "The device is never polled; the text says why.", body = Detail),
        (status = 422, description = "The query is not what the operation takes.", body = Detail),
        (status = 500, description = "Our own fault.", body = Detail),
        (status = 503, description = "Too many devices are polled at once.", body = Detail)))]
pub(super) async fn probe(
    State(api): State<ApiState>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let [target, module] = last_of_each(query.as_deref(), ["target", "module"])?;
    let Some(target) = target.filter(|target| !target.is_empty()) else {
        return Err(ApiError::invalid("'target' is missing: the name of a device of the inventory"));
    };
    if module.is_some_and(|module| module != MODULE) {
        return Err(ApiError::invalid("'module' is unknown; the only one is 'health'"));
    }
    let format = format(&headers);
    let mut page = Page::new(format);
    let probed = api.clock.timeout(PROBE, api.devices.probe(&target, &mut page)).await;
    match probed.unwrap_or(Err(NotPolled::Late)) {
        Ok(()) => Ok(exposition(format, page.finish())),
        Err(NotPolled::Unknown) => Err(ApiError::NoDevice),
        Err(NotPolled::Never(why)) => Err(ApiError::Unavailable(format!("The device is not polled: {why}"))),
        Err(NotPolled::Late) => Err(ApiError::NotReady("the poll did not end in time")),
    }
}

fn format(headers: &HeaderMap) -> Format {
    let accept: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    Format::asked(Some(accept.join(",")).filter(|accept| !accept.is_empty()).as_deref())
}

fn exposition(format: Format, text: String) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    response
}

/// What is counted at the scrape. Where the store does not answer, the last counts stand; `/readyz` says so.
async fn count(api: &ApiState) {
    api.metrics.inventory_devices(api.inventory.current().devices().len());
    let depth = match api.store.depth(api.clock.now()).await {
        Ok(depth) => depth,
        Err(error) => {
            tracing::error!(error = %Chain(&error), "the jobs cannot be counted: {}", Chain(&error));
            return;
        }
    };
    for (status, count) in [
        (JobStatus::Queued, depth.queued),
        (JobStatus::Running, depth.running),
        (JobStatus::Success, depth.success),
        (JobStatus::Error, depth.error),
        (JobStatus::Cancelled, depth.cancelled),
    ] {
        api.metrics.jobs_in(status, count);
    }
    api.metrics.queue_oldest((depth.queued > 0).then(|| Duration::from_secs(depth.oldest_queued_seconds)));
}
