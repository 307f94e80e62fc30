//! What a Wave is made of, from its knobs.

use serde_json::{Value, json};

use crate::core::Device;

/// `/device`.
pub fn device(device: &Device) -> Value {
    json!({
        "identification": {
            "model": device.text("model", "Wave-AP"),
            "firmwareVersion": device.text("firmware", "3.4.0"),
            "mac": device.text("mac", "02:00:00:00:00:31"),
            "hostname": device.text("hostname", &device.name),
        },
    })
}

/// `/statistics`: a list of samples, the newest first.
pub fn statistics(device: &Device) -> Value {
    let place: Vec<f64> = match device.knob("gps") {
        Some(Value::Array(place)) => place.iter().filter_map(Value::as_f64).collect(),
        _ => vec![32.25, -97.5],
    };
    let mut sample = json!({ "timestamp": moment(device), "device": { "cpu": [{ "usage": 12 }], "uptime": 86_400 } });
    if let [latitude, longitude] = place.as_slice()
        && let Some(device) = sample.get_mut("device").and_then(Value::as_object_mut)
    {
        device.insert("gps".to_owned(), json!({ "lat": latitude, "lon": longitude, "fix": "3D" }));
    }
    json!([sample])
}

/// `/system/airos/configuration`.
pub fn config(device: &Device) -> Value {
    let own = json!({
        "network": {
            "interfaces": { "data": { "ipv4": { "cidr": format!("{}/24", device.address), "defaultGateway": "127.0.0.1" } } },
            "managementVlan": { "enabled": true, "id": 3000 },
        },
        "wireless": {
            "radios": [{ "id": "main", "frequency": 5200, "bandwidth": 20, "eirp": 39 }],
            "security": { "mode": "wpa2", "psk": "simulated pre shared key" },
            "ssid": "TWR KETTLE 090",
        },
        "system": { "hostname": device.text("hostname", &device.name), "timezone": "UTC" },
        "users": [{ "name": device.text("user", "admin"), "password": "$6$simulated$notahash", "readOnly": false }],
    });
    whole(device, "config", own)
}

/// `/services`.
pub fn services(device: &Device) -> Value {
    let own = json!({
        "sshServer": { "enabled": true, "sshPort": 22, "passwordAuthentication": true },
        "snmpAgent": { "enabled": true, "community": "simulated-community", "contact": "", "location": "32.25, -97.5" },
        "webServer": { "enabled": true, "httpsPort": 443, "sessionTimeout": 15 },
        "ntpClient": { "enabled": true, "ntpServers": ["192.0.2.123"] },
        "lldp": { "enabled": true },
    });
    whole(device, "services", own)
}

fn whole(device: &Device, knob: &str, own: Value) -> Value {
    let mut whole = device.knob(knob).unwrap_or(own);
    if device.flag("volatile", false)
        && let Some(members) = whole.as_object_mut()
    {
        let now = moment(device);
        members.insert("timestamp".to_owned(), Value::from(now));
        members.insert("status".to_owned(), json!({ "uptime": now, "configHash": format!("{now:016x}") }));
    }
    whole
}

/// Simulated microseconds: another value at each reading.
fn moment(device: &Device) -> u64 {
    (device.clock.seconds() * 1e6) as u64
}
