//! `POST /windows`: adds a window or a black-out.

use std::net::IpAddr;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{PATH, WindowItem, told};
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, json};
use crate::api::openapi::WindowErrors;
use crate::api::scope::Scope;
use crate::api::{ApiState, idempotency};
use crate::calendar::window::{Kind, Scope as About, Spec};
use crate::inventory::Inventory;
use crate::store::{AuditEntry, StoreError, WindowRow};

/// Body of an addition. Exactly one of `time`, `cron` and `from` says when; at most one of `site`, `tag` and `device` says
/// for which devices, none of them: for every one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read by hand so that refusals do not repeat it")]
pub(in crate::api) struct WindowRequest {
    /// Unique: 1 to 60 letters, digits, `.`, `_` or `-`.
    #[schema(min_length = 1, max_length = 60, example = "alto-tuesday")]
    name: String,
    /// `window` (the default) or `blackout`.
    kind: Option<String>,
    /// Devices of this site.
    site: Option<String>,
    /// Devices with this tag, `NAME=VALUE`, or `NAME` with whatever value.
    tag: Option<String>,
    /// This device, by its name or address.
    device: Option<String>,
    /// With `time`: on these days, `mon` to `sun`; none: every day.
    days: Option<Vec<String>>,
    /// `HH:MM-HH:MM`, local time; may pass midnight.
    time: Option<String>,
    /// A cron line of five fields, local time: when it begins.
    cron: Option<String>,
    /// With `cron`: how long it lasts, such as `3h`.
    lasts: Option<String>,
    /// Once: from this instant, with its offset.
    from: Option<String>,
    /// Once: until this instant.
    until: Option<String>,
    /// IANA name; none: the zone of the device's site.
    zone: Option<String>,
}

/// Adds a window or a black-out; it counts at once.
#[utoipa::path(
    post, path = "/windows", tag = "windows", operation_id = "add_window",
    params(("Idempotency-Key" = String, Header, description = "Unique per request; the same key and body give the same answer.",
        min_length = 1, pattern = "[!-~]")),
    request_body = WindowRequest,
    responses((status = 201, description = "Added, or added before under this key.", body = Envelope<WindowItem>), WindowErrors)
)]
pub(in crate::api) async fn add(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::WindowWrite).await?;
    let (kind, spec) = parse(json(&call.headers, &call.body, api.config.depth_limit)?)?;
    let key = idempotency::key(&api, &call, PATH.to_owned())?;
    let rule = spec.rule(kind).map_err(|error| ApiError::invalid(error.to_string()))?;
    let inventory = api.inventory.current();
    known(&rule.scope, &inventory)?;
    let taken =
        || ApiError::Unavailable(format!("There is a window or black-out '{}' already; remove it first", spec.name));
    if api.windows.book.of_settings_named(&spec.name).is_some() {
        return Err(taken());
    }
    let now = api.clock.now();
    let row = WindowRow {
        name: spec.name.clone(),
        kind: kind.as_str().to_owned(),
        spec: serde_json::to_value(&spec).map_err(|error| ApiError::internal("a window", &error))?,
        made_by: call.identity.label.clone(),
        made_at: now,
    };
    let audit = AuditEntry {
        at: now,
        who: call.identity.label.clone(),
        what: "window.add".to_owned(),
        subject: spec.name.clone(),
        job: None,
        detail: told(kind, &spec),
    };
    let item = WindowItem::new(&rule, Some(&row), &api, &inventory, now);
    let answer = Envelope::new(call.request_id, Outcome::Ok, "Added", item, now).stored(StatusCode::CREATED);
    match api.store.add_window(row, audit, key, answer).await {
        Ok(outcome) => idempotency::respond(outcome),
        Err(StoreError::Conflict(_)) => Err(taken()),
        Err(error) => Err(error.into()),
    }
}

fn parse(body: Value) -> Result<(Kind, Spec), ApiError> {
    let Value::Object(mut members) = body else { return Err(ApiError::invalid("the body must be a JSON object")) };
    let kind = match members.shift_remove("kind") {
        None | Some(Value::Null) => Kind::Window,
        Some(Value::String(text)) => {
            Kind::parse(&text).ok_or_else(|| ApiError::invalid("'kind' must be 'window' or 'blackout'"))?
        }
        Some(_) => return Err(ApiError::invalid("'kind' must be 'window' or 'blackout'")),
    };
    // Null counts as absent, as everywhere.
    members.retain(|_, value| !value.is_null());
    let spec = Spec::deserialize(Value::Object(members)).map_err(|_| {
        ApiError::invalid(
            "the body must be an object with the texts name, kind, site, tag, device, time, cron, lasts, from, until, zone and \
             the list days, and nothing else",
        )
    })?;
    Ok((kind, spec))
}

/// A slip of the pen in a name protects nothing: what a rule names has to be there.
fn known(scope: &About, inventory: &Inventory) -> Result<(), ApiError> {
    let (what, there) = match scope {
        About::All => return Ok(()),
        About::Site(site) => ("'site' is not in the inventory", inventory.site(site).is_some()),
        About::Device(device) => {
            // An address need not be in the inventory.
            let there = device.parse::<IpAddr>().is_ok() || inventory.by_name(device).is_some();
            ("'device' is neither in the inventory nor an address", there)
        }
        About::Tag(name, value) => {
            let has = |there: &String| value.as_ref().is_none_or(|value| value == there);
            let tagged = inventory.devices().iter().any(|device| device.tags.get(name).is_some_and(has));
            ("no device of the inventory has this 'tag'", tagged)
        }
    };
    if there { Ok(()) } else { Err(ApiError::invalid(what)) }
}
