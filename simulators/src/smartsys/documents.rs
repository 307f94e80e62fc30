//! The six documents of spec/field-devices.md 2.3.

use serde_json::Value;

use crate::snmp::knobs::Knobs;

/// A document by its name; absent where the controller has none of it.
pub fn text(name: &str, knobs: &Knobs) -> Option<String> {
    let (root, content) = match name {
        "about" => ("homepage", about(knobs)),
        "equipment" => ("EquipmentInfo", equipment(knobs)),
        "battbasicconfig" => ("BattBasicConfig", batteries(knobs)),
        "sysconfig" => ("SysConfig", val("BattTyp", &knobs.text("battery_type", "0"))),
        "SNMPconfig" => ("CommConfig", traps(knobs)),
        "batt_data" => {
            let summary =
                val("Status", &knobs.text("battery_status", "2")) + &val("Volt", &knobs.text("battery_volts", "54.2"));
            ("BatteryData", format!("<Summary>{summary}</Summary>"))
        }
        _ => return None,
    };
    Some(format!("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<{root}>{content}</{root}>\n"))
}

/// Text in the documents' encoding; what it has not becomes a question mark.
pub fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
}

fn val(name: &str, value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    format!("<{name} val=\"{value}\"/>")
}

/// Flag, degrees, minutes, seconds.
fn place(knobs: &Knobs, name: &str, prefix: &str, default: [&str; 4]) -> String {
    let given: Vec<String> = match knobs.get(name) {
        Some(Value::Array(list)) => {
            list.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let at = |place: usize| given.get(place).cloned().or_else(|| default.get(place).map(|text| (*text).to_owned()));
    ["", "Degree", "Minu", "Sec"]
        .iter()
        .enumerate()
        .map(|(number, end)| val(&format!("{prefix}{end}"), &at(number).unwrap_or_default()))
        .collect()
}

fn about(knobs: &Knobs) -> String {
    let texts = [
        ("siteName", "site_name", "TX-SITE-NO-1"),
        ("siteID", "site_id", "S1"),
        ("siteAddr", "site_address", "1 Example Rd"),
    ];
    let mut out: String =
        texts.iter().map(|(element, knob, default)| val(element, &knobs.text(knob, default))).collect();
    out.push('\n');
    out.push_str(&place(knobs, "latitude", "Lati", ["1", "32", "15", "0"]));
    out.push_str(&place(knobs, "longitude", "Long", ["1", "97", "30", "0"]));
    out.push('\n');
    out.push_str(&val("altitude", &knobs.text("altitude", "12.0")));
    out.push_str(&val("version", &knobs.text("version", "V201")));
    out
}

fn equipment(knobs: &Knobs) -> String {
    let unit = |model: &str, version: &str| format!("<Unit>{}{}</Unit>", val("model", model), val("swVer", version));
    match knobs.list("units") {
        Some(units) => {
            units.iter().map(|entry| unit(&entry.text("model", "SC501"), &entry.text("version", "V201"))).collect()
        }
        None => unit("SC501", &knobs.text("version", "V201")) + &unit("RM48-30", "V110"),
    }
}

fn batteries(knobs: &Knobs) -> String {
    let given = match knobs.get("batteries") {
        Some(Value::Array(list)) => list.iter().map(|value| value.as_f64().unwrap_or_default()).collect(),
        _ => vec![190.0, 190.0],
    };
    (1..)
        .zip(given)
        .map(|(number, hours)| {
            val(&format!("Batt{number}SulCap"), "100.0") + &val(&format!("Batt{number}TotCap"), &format!("{hours:.1}"))
        })
        .collect()
}

fn traps(knobs: &Knobs) -> String {
    let enabled = if knobs.flag("trap_enabled", true) { "1" } else { "0" };
    val("TrapEn", enabled)
        + &val("TrapAddr1", &knobs.text("trap_address", "192.0.2.50"))
        + &val("Community1", &knobs.text("trap_community", "trap-comm-44a"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documents_of_the_specification() {
        let knobs = Knobs::default();
        assert_eq!(
            text("about", &knobs).unwrap(),
            "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<homepage><siteName val=\"TX-SITE-NO-1\"/><siteID val=\"S1\"/>\
             <siteAddr val=\"1 Example Rd\"/>\n<Lati val=\"1\"/><LatiDegree val=\"32\"/><LatiMinu val=\"15\"/><LatiSec val=\"0\"/>\
             <Long val=\"1\"/><LongDegree val=\"97\"/><LongMinu val=\"30\"/><LongSec val=\"0\"/>\n<altitude val=\"12.0\"/>\
             <version val=\"V201\"/></homepage>\n"
        );
        assert!(
            text("batt_data", &knobs)
                .unwrap()
                .contains("<BatteryData><Summary><Status val=\"2\"/><Volt val=\"54.2\"/></Summary></BatteryData>")
        );
        assert!(
            text("battbasicconfig", &knobs)
                .unwrap()
                .contains("<Batt1SulCap val=\"100.0\"/><Batt1TotCap val=\"190.0\"/>")
        );
        assert_eq!(text("nope", &knobs), None);
        let odd = Knobs(json!({ "site_name": "Düne & <Turm>" }).as_object().unwrap().clone());
        assert!(text("about", &odd).unwrap().contains("val=\"Düne &amp; &lt;Turm>\""));
        assert_eq!(latin1("ü€"), [0xfc, b'?']);
    }
}
