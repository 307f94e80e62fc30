//! `/api/v1/bootid` and `/api/v1/status/30sec` over the web.

use serde_json::Value;

use super::port::Port;

/// The name of the present boot.
pub fn boot_id(body: &Value) -> Option<String> {
    match body.get("BootID")? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The ports; their names stand in the configuration. Whether all are there is for [`super::port::complete`].
pub fn ports(body: &Value) -> Vec<Port> {
    body.get("Ports").and_then(Value::as_array).into_iter().flatten().filter_map(port).collect()
}

fn port(entry: &Value) -> Option<Port> {
    let number = usize::try_from(entry.get("Number")?.as_u64()?).ok().filter(|number| *number > 0)?;
    let link = entry.get("Link")?.as_str()?.trim();
    let watts = match entry.get("Power") {
        Some(Value::Number(watts)) => watts.as_f64(),
        Some(Value::String(watts)) => watts.trim().parse().ok(),
        _ => None,
    };
    let poe = entry.get("PoE").and_then(Value::as_str).map(str::trim).filter(|poe| !poe.is_empty());
    let poe = match (poe, watts) {
        (Some(poe), Some(watts)) => Some((poe.to_owned(), format!("{watts:.1}"))),
        (None, _) => None,
        (Some(_), None) => return None,
    };
    (!link.is_empty()).then(|| Port { number, link: link.to_owned(), poe, name: None })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ports_with_and_without_poe() {
        let body = json!({ "Ports": [
            { "Number": 1, "Link": "1G", "PoE": "48VH", "Power": 12.44 }, { "Number": 2, "Link": "100M-F" },
            { "Number": 3, "Link": "Down", "PoE": "Off", "Power": "0" }, { "Number": 4 }, { "Link": "1G" },
            { "Number": 5, "Link": "1G", "PoE": "24V" },
        ] });
        let shown: Vec<String> =
            ports(&body).iter().map(|port| format!("{}: {}", port.title(), port.shown())).collect();
        assert_eq!(
            shown,
            [
                "Port 1: Ethernet - Link status: 1G, PoE: 48VH (12.4 W)",
                "Port 2: SFP - Link status: 100M-F",
                "Port 3: Ethernet - Link status: Down, PoE: Off (0.0 W)",
            ]
        );
        assert_eq!(ports(&json!([])), []);
        assert_eq!(boot_id(&json!({ "BootID": "51ab" })).as_deref(), Some("51ab"));
        assert_eq!(boot_id(&json!({})), None);
    }
}
