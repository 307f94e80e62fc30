//! What a switch is made of, from its knobs: ports, the configuration file, the status page.

use serde_json::{Map, Value, json};

use crate::core::Device;

/// A port as the table and the status page show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// From 1 on.
    pub number: u64,
    /// `1G`, `100M-F`, `Down`.
    pub link: String,
    /// `Off`, `24V`, `48V`, `24VH`, `48VH`.
    pub poe: String,
    /// As the table writes it, `12.4`.
    pub watts: String,
    /// Its name.
    pub name: String,
    /// It has no PoE.
    pub sfp: bool,
}

/// The switch's own name.
pub fn name(device: &Device) -> String {
    device.text("name", &device.name)
}

/// All ports.
pub fn ports(device: &Device) -> Vec<Port> {
    let large = matches!(device.device_type.as_str(), "NXWS24" | "NXWS26");
    let count = device.number("port_count", if large { 26.0 } else { 14.0 }) as u64;
    let turned = device.knob("ports").unwrap_or_default();
    (1..=count)
        .map(|number| {
            let sfp = number + 2 > count;
            let first = number == 1;
            let index = usize::try_from(number).unwrap_or(1).saturating_sub(1);
            let text = |key: &str, own: String| match turned.get(index).and_then(|port| port.get(key)) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => own,
            };
            let up = first || number + 1 == count;
            Port {
                number,
                link: text("link", if up { "1G" } else { "Down" }.to_owned()),
                poe: text("poe", if first { "48VH" } else { "Off" }.to_owned()),
                watts: text("watts", if first { "12.4" } else { "0.0" }.to_owned()),
                name: text("name", if first { "ROUTER".to_owned() } else { format!("Port {number}") }),
                sfp,
            }
        })
        .collect()
}

/// The answer of `show interface status`, lines ended by LF.
pub fn table(device: &Device) -> String {
    let gap = if device.flag("pad", false) { "  \t" } else { "\t" };
    let mut text = String::new();
    if device.flag("header", true) {
        text.push_str(&["Port", "Link", "PoE", "Watts", "Name"].join(gap));
        text.push('\n');
    }
    for port in ports(device) {
        let (poe, watts) = if port.sfp { (String::new(), String::new()) } else { (port.poe, port.watts) };
        text.push_str(&[port.number.to_string(), port.link, poe, watts, port.name].join(gap));
        text.push('\n');
    }
    text
}

/// The configuration file as it lies on the switch: no line end behind it.
pub fn file(device: &Device) -> String {
    match device.knob("config") {
        Some(Value::String(text)) => text,
        Some(config) => pretty(&config),
        None => pretty(&config(device)),
    }
}

fn pretty(config: &Value) -> String {
    serde_json::to_string_pretty(config).unwrap_or_default()
}

/// The configuration that the knobs make.
pub fn config(device: &Device) -> Value {
    let gps: Vec<Value> = match device.knob("gps") {
        Some(Value::Array(place)) => place,
        _ => vec![json!("32.25"), json!("-97.5")],
    };
    let ports = ports(device);
    let list: Vec<Value> = ports
        .iter()
        .map(|port| {
            json!({
                "Number": port.number, "Name": port.name, "Enable": true, "Link": "Auto", "PoE": port.poe,
                "FlowControl": "Both", "MTU": "1528", "STP": true,
            })
        })
        .collect();
    let untagged = "U".repeat(ports.len());
    json!({
        "Config_Version": 90,
        "Switch_Name": name(device),
        "Switch_Location": device.text("location", ""),
        "GPS_Latitude": gps.first(),
        "GPS_Longitude": gps.get(1),
        "IPv4_Mode": "Static",
        "IPv4_Address": device.address.to_string(),
        "IPv4_Netmask": "255.0.0.0",
        "IPv4_Gateway": "127.0.0.1",
        "Credentials_Name": device.text("user", "admin"),
        "Credentials_Password": "",
        "Credentials_NewHashedPassword": device.text("hash", "$P$simulatednotahash"),
        "RADIUS_Enable": false,
        "RADIUS_Secret": "",
        "SNMP_Server_Enable": true,
        "SNMP_Server_Community": device.text("community", "simulated-community"),
        "SNMP_Server_Location": device.text("location", ""),
        "Tarpit_Enable": true,
        "Tarpit_Attempts": device.text("tarpit_attempts", "5"),
        "Tarpit_Delay": device.text("tarpit_seconds", "60"),
        "Switch_Revert_Timer": "180",
        "Applied": true,
        "Ports": list,
        "LACP": [],
        "VLANs": [{ "ID": "1", "Name": "Default", "Enable": true, "PortSettings": untagged }],
    })
}

/// `/api/v1/status/30sec`.
pub fn status(device: &Device) -> Value {
    let list: Vec<Value> = ports(device)
        .into_iter()
        .map(|port| {
            let watts: f64 = port.watts.parse().unwrap_or_default();
            let mut entry = Map::new();
            entry.insert("Number".to_owned(), json!(port.number));
            entry.insert("Link".to_owned(), json!(port.link));
            if !port.sfp {
                entry.insert("PoE".to_owned(), json!(port.poe));
                entry.insert("Power".to_owned(), json!(watts));
            }
            Value::Object(entry)
        })
        .collect();
    json!({ "Ports": list, "UsageData": [] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::SimClock;

    #[test]
    fn the_table_has_five_fields_a_line_and_two_blank_ones_for_sfp() {
        let Value::Object(state) = json!({ "port_count": 3, "ports": [{}, { "name": "X", "poe": "24V" }] }) else {
            panic!()
        };
        let device =
            Device::new("s", "netonix", "NXWS12", "swt", "127.0.0.1".parse().unwrap(), SimClock::default(), state);
        assert_eq!(
            table(&device),
            "Port\tLink\tPoE\tWatts\tName\n1\t1G\t48VH\t12.4\tROUTER\n2\t1G\t\t\tX\n3\tDown\t\t\tPort 3\n"
        );
    }
}
