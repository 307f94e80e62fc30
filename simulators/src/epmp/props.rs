//! What the radio shows: its status and its configuration.

use serde_json::{Map, Value, json};

use crate::core::Device;

/// Merges `more` over `own`; null takes a member away.
fn over(own: Value, more: Option<Value>) -> Map<String, Value> {
    let Value::Object(mut own) = own else { return Map::new() };
    if let Some(Value::Object(more)) = more {
        for (name, value) in more {
            if value.is_null() {
                own.remove(&name);
            } else {
                own.insert(name, value);
            }
        }
    }
    own
}

/// A position of two texts; zeros where there is none.
fn position(device: &Device, knob: &str, default: [&str; 2]) -> [String; 2] {
    match device.knob(knob) {
        Some(Value::Array(parts)) => {
            let part = |at: usize| match parts.get(at) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => "0.000000".to_owned(),
            };
            [part(0), part(1)]
        }
        _ => default.map(str::to_owned),
    }
}

/// `device_props` of `get_param`.
pub fn status(device: &Device) -> Map<String, Value> {
    let gps = position(device, "gps", ["32.25000", "-97.50000"]);
    let declared = position(device, "location", ["32.25010", "-97.50010"]);
    let bandwidth = device.knob("bandwidth").unwrap_or(json!(2));
    let own = json!({
        "cambiumGPSLatitude": gps[0], "cambiumGPSLongitude": gps[1],
        "cambiumDeviceLatitude": declared[0], "cambiumDeviceLongitude": declared[1],
        "cambiumWirelessMACAddress": device.text("mac", "02:00:00:00:00:11"),
        "cambiumAPNumberOfConnectedSTA": device.text("modules", "3"),
        "cambiumSTAConnectedRFFrequency": device.text("frequency", "5600"),
        "cambiumSTAConnectedRFBandwidth": bandwidth,
        "cambiumEffectiveSSID": device.text("ssid", "090-1.TX-SITE-NO-1"),
        "cambiumMinTXPower": device.text("power", "13"),
        "cambiumEffectiveAntennaGain": device.text("gain", "17"),
        "cambiumCurrentSWInfo": device.text("firmware", "5.10.1"),
        "cambiumEffectiveDeviceName": device.text("name", &device.name),
        "cambiumHWInfo": device.text("sku", "37"),
    });
    over(own, device.knob("props"))
}

/// `device_props` of an export.
pub fn config(device: &Device) -> Map<String, Value> {
    let name = device.text("name", &device.name);
    let own = json!({
        "snmpSystemName": name,
        "systemConfigDeviceName": name,
        "snmpReadOnlyCommunity": device.text("community", "sim-read-community"),
        "snmpReadWriteCommunity": device.text("community", "sim-read-community") + "-rw",
        "wirelessRadiusSharedSecret": device.text("radius_secret", "sim-radius-secret"),
        "wirelessInterfaceSecurityKey": device.text("wpa_key", "sim-wpa-key"),
        "wirelessInterfaceSSID": device.text("ssid", "090-1.TX-SITE-NO-1"),
        "wirelessInterfaceHTMode": "2",
        "centerFrequency": device.text("frequency", "5600"),
        "webService": 2,
        "sysLocation": "32.25010, -97.50010",
        "systemConfigTimezone": "CST6",
        "prefferedAPTable": [{ "prefferedListTableSSID": "090-2.TX-SITE-NO-1", "prefferedListTableKey": device.text("wpa_key", "sim-wpa-key") }],
        "wirelessMACAccessControl": [],
    });
    over(own, device.knob("config"))
}
