//! What the device shows: its status by type, and its configuration.

use serde_json::{Map, Value, json};

use crate::core::Device;

const FIRMWARE: &str = "1.12.0 rev 54573";

/// Whether it has a radio.
fn has_radio(device: &Device) -> bool {
    device.text("model", "TNA-301") != "TNS-100"
}

/// What `status` tells of a type; none where the device does not know the type.
pub fn status(device: &Device, kind: &str) -> Option<Value> {
    if let Some(Value::Object(told)) = device.knob("status")
        && let Some(told) = told.get(kind)
    {
        return (!told.is_null()).then(|| told.clone());
    }
    let mac = device.text("mac", "02:00:00:00:00:21");
    match kind {
        "system" => Some(json!({
            "model": device.text("model", "TNA-301"),
            "version": { "firmux": device.text("firmware", FIRMWARE) },
            "uptime": device.clock.seconds().round(),
            "general": { "name": device.text("name", &device.name), "location": device.text("location", "32.25000, -97.50000") },
        })),
        "wireless" if has_radio(device) => {
            Some(json!({ "vaps": [{ "ssid": device.text("ssid", "090-1.TX-SITE-NO-1"), "mac": mac }] }))
        }
        "interfaces" => {
            let name = if has_radio(device) { "wlan0" } else { "eth0" };
            Some(json!({ name: { "mac_address": mac } }))
        }
        "prs_events" if has_radio(device) => {
            let mut peers = Map::from_iter([("totals".to_owned(), json!({}))]);
            let own = json!(["02:00:00:00:00:22"]);
            for peer in device.knob("peers").unwrap_or(own).as_array().into_iter().flatten().filter_map(Value::as_str) {
                peers.insert(peer.to_owned(), json!({}));
            }
            Some(json!({ "peers": peers }))
        }
        "network" | "zones" | "ethernet" | "dhcp_status" => Some(json!({})),
        _ => None,
    }
}

/// The configuration, with the clock of this moment.
pub fn config(device: &Device) -> Value {
    let name = device.text("name", &device.name);
    let second = device.clock.seconds();
    let mut config = json!({
        "system": {
            "hostname": format!("{name}.TX-SITE-NO-1"),
            "name": name,
            "location": device.text("location", "32.25000, -97.50000"),
            "time": { "time": format!("2026-08-18T10:{second:.3}"), "timezone": "CST6CDT" },
            "users": [{ "name": "admin", "password": device.text("hash", "$1$simulated$hash"), "level": 0 }],
        },
        "services": {
            "snmp": { "enabled": true, "community": device.text("community", "sim-read-community") },
            "ssh": { "enabled": false },
        },
        "network": { "dhcp": { "leases": [] }, "notes": "True story" },
    });
    if has_radio(device) {
        let passphrase = device.text("passphrase", "sim-passphrase");
        let vap = json!({ "ssid": device.text("ssid", "090-1.TX-SITE-NO-1"), "security": { "mode": "wpa2", "passphrase": passphrase } });
        if let Value::Object(members) = &mut config {
            members.insert(
                "wireless".to_owned(),
                json!({ "radios": { "wlan0": { "channel": { "number": 2 }, "vaps": [vap] } } }),
            );
        }
    }
    merged(config, device.knob("config"))
}

/// Objects member by member, everything else replaced.
fn merged(own: Value, more: Option<Value>) -> Value {
    match (own, more) {
        (own, None) => own,
        (Value::Object(mut own), Some(Value::Object(more))) => {
            for (name, value) in more {
                let below = own.remove(&name).unwrap_or(Value::Null);
                own.insert(name, merged(below, Some(value)));
            }
            Value::Object(own)
        }
        (_, Some(more)) => more,
    }
}
