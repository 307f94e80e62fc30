//! `ido.capabilities`: which families are driven, and what each can do.

use serde_json::{Value, json};

use super::Call;
use crate::catalog::{ALL, Native};
use crate::drivers::Capability;
use crate::model::{DeviceType, Failure, Role};

/// The contract's members, filled from our own drivers; `families` lists what each type supports.
pub(super) fn get(call: &Call<'_>) -> Result<Value, Failure> {
    let families: Vec<Value> = DeviceType::codes()
        .filter_map(|code| DeviceType::parse(code).ok())
        .map(|device_type| {
            let mut supports: Vec<&str> =
                Capability::of(device_type.family()).iter().map(|verb| verb.as_str()).collect();
            // What is rendered needs no driver.
            let mut missing = None;
            if device_type.role() != Role::Other {
                supports.push("standard_config");
                missing = call.services.standard.missing(device_type).map(|file| file.display().to_string());
            }
            json!({
                "device_type": device_type.code(),
                "role": device_type.role().as_str(),
                "supports": supports,
                "templates_missing": missing.into_iter().collect::<Vec<_>>(),
            })
        })
        .collect();
    let native: Vec<&str> = ALL.iter().filter(|action| action.native == Native::Yes).map(|action| action.id).collect();
    let missing: Vec<&str> = ALL.iter().filter(|action| action.native != Native::Yes).map(|action| action.id).collect();
    Ok(json!({
        "configured": true,
        "backend_url": "native://towerhand",
        "backend_health": { "ok": true, "checked": true, "mode": "native" },
        "fallback_mode": "native",
        "embedded_endpoints": [],
        "excluded": ["/api/sites"],
        "allowed_prefixes": [],
        "native_actions": native,
        "missing_actions": missing,
        "families": families,
    }))
}
