//! `GET /configs/{device}/{version}`: one version with its text, as JSON or as the text alone.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{VersionItem, plain, switch, text, version, wants_text};
use crate::api::ApiState;
use crate::api::auth::Call;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ConfigErrors;
use crate::api::scope::{CONFIG_SECRETS, Scope};
use crate::store::{AuditEntry, ConfigVersion};
use crate::vault::ARCHIVE_KEY;

/// A version with its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigData {
    #[serde(flatten)]
    item: VersionItem,
    /// The config, each secret as `<redacted:XXXXXXXX>`, equal marks for equal secrets.
    text: String,
}

/// One version of a device's config with its text.
#[utoipa::path(
    get, path = "/configs/{device}/{version}", tag = "configs", operation_id = "get_config",
    params(("device" = String, Path, description = "Name in the inventory, or address, as the version was archived."),
        ("version" = String, Path, description = "Its number, or `latest`."),
        ("format" = Option<String>, Query, description = "`text`: the text alone, as with `Accept: text/plain`."),
        ("raw" = Option<bool>, Query, description = "With its secrets in clear, where they were kept; needs the scope \
            config.secrets and stands in the audit log.")),
    responses((status = 200, description = "The version.", content(
        (Envelope<ConfigData> = "application/json"), (String = "text/plain"))), ConfigErrors)
)]
pub(in crate::api) async fn show(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let wants_text = wants_text(&call.headers, call.query.as_deref())?;
    let raw = switch(call.query.as_deref(), "raw")?;
    if raw && !call.identity.allows(CONFIG_SECRETS) {
        return Err(ApiError::Scope(CONFIG_SECRETS));
    }
    let found = version(&api, call.part("device"), call.part("version")).await?;
    let text = if raw { in_clear(&api, &call, &found).await? } else { text(&api, &found).await? };
    if wants_text {
        return Ok(plain(text));
    }
    Ok(call.answer(&api, Outcome::Ok, "", ConfigData { item: found.into(), text }))
}

/// The text with its secrets; the audit log first.
async fn in_clear(api: &ApiState, call: &Call, version: &ConfigVersion) -> Result<String, ApiError> {
    let sealed = api.store.config_raw(version.seq).await?;
    let sealed = sealed.ok_or_else(|| {
        ApiError::Unavailable(
            "this version was archived without its secrets; see the setting archive.keep_raw".to_owned(),
        )
    })?;
    let entry = AuditEntry {
        at: api.clock.now(),
        who: call.identity.label.clone(),
        what: "config.secrets".to_owned(),
        subject: version.device.clone(),
        job: None,
        detail: format!("version {} read from the archive with its secrets", version.number),
    };
    api.store.audit(entry).await?;
    let key = api.store.secret(ARCHIVE_KEY).await?.ok_or_else(|| {
        ApiError::Unavailable(format!(
            "the key '{ARCHIVE_KEY}' is not in the vault any more: this text cannot be opened"
        ))
    })?;
    let opened = api.vault.inner(&key).and_then(|vault| vault.unseal(&sealed));
    let opened = opened.map_err(|error| ApiError::internal("the vault", &error))?;
    Ok(opened.expose().to_owned())
}
