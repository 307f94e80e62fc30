//! `GET /configs/{device}/drift`: how the newest version differs from the device's golden text, line by line.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{LATEST, VersionItem, standard, text, version};
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ConfigErrors;
use crate::api::scope::Scope;
use crate::compare;

/// A line.
#[derive(Debug, Serialize, ToSchema)]
pub struct DriftLine {
    /// Its number in its text, from 1.
    line: usize,
    /// The lines it stands below, joined with ` > `; empty at the top.
    within: String,
    /// The line without the blanks around it.
    text: String,
}

/// A line that is there with another value.
#[derive(Debug, Serialize, ToSchema)]
pub struct DriftValue {
    /// What both begin with.
    key: String,
    /// The line as it should be.
    expected: DriftLine,
    /// The line as it is.
    actual: DriftLine,
}

/// How a config drifted.
#[derive(Debug, Serialize, ToSchema)]
pub struct DriftData {
    /// The version that was compared.
    version: VersionItem,
    /// Whether everything is as it should be.
    in_order: bool,
    /// Lines of the golden text that are not there.
    missing: Vec<DriftLine>,
    /// Lines that the golden text has not.
    extra: Vec<DriftLine>,
    /// Lines with another value.
    different: Vec<DriftValue>,
    /// Lines that were not compared, since they change by themselves.
    left_out: usize,
}

impl From<compare::Line> for DriftLine {
    fn from(line: compare::Line) -> Self {
        Self { line: line.number, within: line.within, text: line.text }
    }
}

/// How a device's newest config differs from its golden text. The order of lines does not count.
#[utoipa::path(
    get, path = "/configs/{device}/drift", tag = "configs", operation_id = "drift_config",
    params(("device" = String, Path, description = "Name in the inventory.")),
    responses((status = 200, description = "Missing, extra and different lines.", body = Envelope<DriftData>), ConfigErrors)
)]
pub(in crate::api) async fn drift(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let found = version(&api, call.part("device"), LATEST).await?;
    let expected = standard::text(&api, &found.device).await?;
    let actual = text(&api, &found).await?;
    let volatile = std::sync::Arc::clone(&api.volatile);
    let made = tokio::task::spawn_blocking(move || compare::drift(&expected, &actual, &volatile)).await;
    let made = made.map_err(|error| ApiError::internal("a comparison", &error))?;
    let data = DriftData {
        version: found.into(),
        in_order: made.is_none(),
        missing: made.missing.into_iter().map(DriftLine::from).collect(),
        extra: made.extra.into_iter().map(DriftLine::from).collect(),
        different: made
            .different
            .into_iter()
            .map(|pair| DriftValue { key: pair.key, expected: pair.expected.into(), actual: pair.actual.into() })
            .collect(),
        left_out: made.left_out,
    };
    Ok(call.answer(&api, Outcome::Ok, "", data))
}
