//! `GET /configs/{device}/diff`: what changed between two versions, against another device, or against the golden text.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{LATEST, number, plain, standard, text, version, wants_text};
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, last_of};
use crate::api::openapi::ConfigErrors;
use crate::api::scope::Scope;
use crate::compare;

/// The word for the golden text.
const STANDARD: &str = "standard";

/// A difference.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiffData {
    /// Whose config.
    device: String,
    /// What it is compared from.
    from: String,
    /// What it is compared to.
    to: String,
    /// Whether there is no difference.
    same: bool,
    /// Lines that only `to` has.
    lines_added: u64,
    /// Lines that only `from` has.
    lines_removed: u64,
    /// Unified, three lines of context; empty where there is none.
    diff: String,
}

/// A unified difference. Without `from` and `to`: the newest version against the one before it.
#[utoipa::path(
    get, path = "/configs/{device}/diff", tag = "configs", operation_id = "diff_config",
    params(("device" = String, Path, description = "Name in the inventory, or address, as the version was archived."),
        ("from" = Option<String>, Query, description = "A version, or `latest`. Left out: with `to` a number, the version \
            before it; with `to=standard` or `other`, `latest`."),
        ("to" = Option<String>, Query, description = "A version, `latest` (the default), or `standard`: the golden text."),
        ("other" = Option<String>, Query, description = "Another device, of which `to` is a version."),
        ("format" = Option<String>, Query, description = "`text`: the difference alone, as with `Accept: text/plain`.")),
    responses((status = 200, description = "The difference.", content(
        (Envelope<DiffData> = "application/json"), (String = "text/plain"))), ConfigErrors)
)]
pub(in crate::api) async fn diff(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let query = call.query.as_deref();
    let wants_text = wants_text(&call.headers, query)?;
    let device = call.part("device").to_owned();
    let other = last_of(query, "other")?.filter(|name| !name.is_empty());
    let to = last_of(query, "to")?.filter(|text| !text.is_empty()).unwrap_or_else(|| LATEST.to_owned());
    let from = last_of(query, "from")?.filter(|text| !text.is_empty());
    let one = |text: &str| text == LATEST || number(text).is_some();
    if !(one(&to) || to == STANDARD) || from.as_deref().is_some_and(|from| !one(from)) {
        return Err(ApiError::invalid("'from' and 'to' must be the number of a version or latest; 'to' also standard"));
    }
    if to == STANDARD && other.is_some() {
        return Err(ApiError::invalid("give 'to=standard' or 'other', not both"));
    }
    let (new_name, new_text, number) = if to == STANDARD {
        // A device without a config is told before one without a template.
        let newest = version(&api, &device, LATEST).await?;
        (format!("{device} {STANDARD}"), standard::text(&api, &device).await?, newest.number)
    } else {
        let found = version(&api, other.as_deref().unwrap_or(&device), &to).await?;
        (name(&found.device, found.number), text(&api, &found).await?, found.number)
    };
    let (old_name, old_text) = match from {
        // The version before; before the first there was nothing.
        None if to != STANDARD && other.is_none() => {
            let before = api.store.config_versions(&device, Some(number), 1).await?;
            match before.first() {
                Some(before) => (name(&device, before.number), text(&api, before).await?),
                None => (format!("{device} nothing"), String::new()),
            }
        }
        from => {
            let found = version(&api, &device, from.as_deref().unwrap_or(LATEST)).await?;
            (name(&device, found.number), text(&api, &found).await?)
        }
    };
    let (old, new) = (old_name.clone(), new_name.clone());
    // Large texts that differ much take a while.
    let made = tokio::task::spawn_blocking(move || compare::unified(&old_text, &new_text, &old, &new)).await;
    let made = made.map_err(|error| ApiError::internal("a comparison", &error))?;
    if wants_text {
        return Ok(plain(made.text));
    }
    let data = DiffData {
        device,
        from: old_name,
        to: new_name,
        same: made.text.is_empty(),
        lines_added: made.added,
        lines_removed: made.removed,
        diff: made.text,
    };
    Ok(call.answer(&api, Outcome::Ok, "", data))
}

/// What stands in the head of a difference.
fn name(device: &str, number: i64) -> String {
    format!("{device} version {number}")
}
