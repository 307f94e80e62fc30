//! What the `show` commands print, `\n` line ends.

use serde_json::Value;

use super::clock::{Moment, uptime};
use super::knobs::{Engine, Knobs, Mode};

const RULE: &str = "===============================================================================\n";
const THIN: &str = "-------------------------------------------------------------------------------\n";

fn field(out: &mut String, indent: usize, label: &str, width: usize, value: &str) {
    out.push_str(&format!("{:indent$}{label:width$}: {value}\n", ""));
}

/// `show version`.
pub fn version(knobs: Knobs<'_>) -> String {
    format!(
        "{}\nAll rights reserved. All use subject to applicable license agreements.\n\
         Built on Thu Jan 11 10:02:44 PST 2024 by builder in /builds/panos/main/sros\n",
        knobs.release()
    )
}

/// `show system information`; `up` in seconds.
pub fn system(knobs: Knobs<'_>, engine: Engine, up: f64, now: f64) -> String {
    let device = knobs.0;
    let image = device.text("image", "B");
    let prefix = if device.flag("prefixed", false) { "TiMOS-" } else { "" };
    let mode = match knobs.mode() {
        Mode::Classic => "classic",
        Mode::Mixed => "mixed",
        Mode::ModelDriven => "model-driven",
    };
    let mut out = format!("\n{RULE}System Information\n{RULE}");
    let mut put = |label: &str, value: &str| field(&mut out, 0, label, 23, value);
    put("System Name", &knobs.name());
    put("System Type", &knobs.model());
    put("Chassis Topology", "Standalone");
    put("System Version", &format!("{prefix}{image}-{}", knobs.version()));
    put("Crypto Module Version", "SRCM 3.1");
    put("System Contact", "NOC desk: ext 4");
    put("System Location", &device.text("location", "Pine Ridge hut"));
    put("System Coordinates", "");
    put("System Active Slot", &knobs.cpm());
    put("System Up Time", &uptime(up));
    if engine == Engine::Md || knobs.version().starts_with("24.") {
        put("System Up Time (64-bit)", &uptime(up));
    }
    if knobs.shows_mode() {
        put("Configuration Mode Cfg", mode);
        put("Configuration Mode Oper", mode);
    }
    put("SNMP Port", "161");
    put("SNMP Engine ID", "0000197f00005806eb000001");
    put("SNMP Max Message Size", "1500");
    put("SNMP Admin State", "Enabled");
    put("Tel/Tel6/SSH/FTP Admin", "Disabled/Disabled/Enabled/Disabled");
    put("Tel/Tel6/SSH/FTP Oper", "Down/Down/Up/Down");
    put("BOF Source", "cf3:");
    put("Image Source", "primary");
    put("Config Source", "primary");
    put("Last Booted Config File", "cf3:\\config.cfg");
    put("Last Boot Cfg Version", "MON MAR 02 04:15:20 2026 UTC");
    put(
        "Last Boot Config Header",
        &format!("# {}", knobs.release().replace(" Copyright", "\n                         Copyright")),
    );
    out.push_str("                         # All rights reserved. Serial number: none\n");
    let mut put = |label: &str, value: &str| field(&mut out, 0, label, 23, value);
    put("Last Saved Config", "cf3:\\config.cfg");
    put("Time Last Saved", &Moment::from_unix(now - 86_400.0).slashed());
    put("Changes Since Last Save", if device.flag("changes", false) { "Yes" } else { "No" });
    put("User Last Modified", "jdoe");
    put("Time Last Modified", &Moment::from_unix(now - 90_000.0).slashed());
    put("Max Cfg/BOF Backup Rev", "5");
    put("Cfg-OK Script", "N/A");
    put("Management IP Addr", &device.text("management", "192.0.2.60/24"));
    put("Primary DNS Server", "192.0.2.53");
    out.push_str(RULE);
    out
}

fn states(knobs: Knobs<'_>, name: &str, default: usize) -> Vec<String> {
    knobs.list(name).unwrap_or_else(|| vec!["up".to_owned(); default])
}

/// `show chassis`; with `detail` the hardware data of the supplies too.
pub fn chassis(knobs: Knobs<'_>, up: f64, now: f64, detail: bool) -> String {
    let device = knobs.0;
    let leds = device.knob("leds");
    let led =
        |name: &str| leds.as_ref().and_then(|leds| leds.get(name)).and_then(Value::as_str).unwrap_or("Off").to_owned();
    let mut head = String::new();
    {
        let mut put = |label: &str, value: &str| field(&mut head, 2, label, 34, value);
        put("Name", &knobs.name());
        put("Type", &knobs.model());
        put("Chassis Topology", "Standalone");
        put("Location", &device.text("location", "Pine Ridge hut"));
        put("Coordinates", "");
        put("CLLI code", "");
        put("Number of slots", "2");
        put("Oper number of slots", "2");
        put("Number of ports", "34");
        put("Critical LED state", &led("critical"));
        put("Major LED state", &led("major"));
        put("Minor LED state", &led("minor"));
        put("Over Temperature state", if device.flag("over_temperature", false) { "Over" } else { "OK" });
        put("Base MAC address", &device.text("mac", "02:00:5e:00:60:01"));
        put("System Profile", "none");
    }
    let mut own = "Hardware Data\n".to_owned();
    {
        let mut put = |label: &str, value: &str| field(&mut own, 2, label, 34, value);
        put("Part number", &device.text("part", "3HE14782AARC01"));
        put("CLEI code", "INM0000SIM");
        put("Serial number", &device.text("serial", "NS2234F0601"));
        put("Manufacture date", "08122024");
        put("Manufacturing deviations", "(Not Specified)");
        put("Time of last boot", &Moment::from_unix(now - up).slashed());
        put("Current alarm state", if led("critical") == "Off" { "alarm cleared" } else { "alarm active" });
    }
    let mut supplies = "\nPower Supply Information\n".to_owned();
    let psus = states(knobs, "psus", 2);
    field(&mut supplies, 2, "Number of power supplies", 34, &psus.len().to_string());
    for (number, state) in (1..).zip(&psus) {
        field(&mut supplies, 2, "Power supply number", 34, &number.to_string());
        field(&mut supplies, 4, "Defaulted power supply type", 32, "dc");
        field(&mut supplies, 4, "Power supply model", 32, "none");
        field(&mut supplies, 4, "Status", 32, state);
        if detail || device.flag("psu_first", false) {
            supplies.push_str("  Hardware Data\n");
            field(&mut supplies, 4, "Part number", 32, "3HE14785AARB01");
            field(&mut supplies, 4, "Serial number", 32, &format!("NSPSU0000{number}"));
        }
    }
    let mut fans = "\nEnvironment Information\n".to_owned();
    let states = states(knobs, "fans", 3);
    field(&mut fans, 2, "Number of fan trays", 34, &states.len().to_string());
    for (number, state) in (1..).zip(&states) {
        field(&mut fans, 2, "Fan tray number", 34, &number.to_string());
        field(&mut fans, 4, "Speed", 32, "half speed");
        field(&mut fans, 4, "Status", 32, state);
    }
    let title = if detail { "Chassis 1 Detail" } else { "Chassis Information" };
    if device.flag("psu_first", false) {
        return format!("\n{RULE}System Information\n{RULE}{supplies}{THIN}{title}\n{head}\n{own}{THIN}{fans}{RULE}");
    }
    format!("\n{RULE}{title}\n{RULE}{head}\n{own}{THIN}{fans}{THIN}{supplies}{RULE}")
}

/// `show bof`.
pub fn bof(knobs: Knobs<'_>) -> String {
    format!(
        "{RULE}BOF (Memory)\n{RULE}    primary-image    cf3:\\TiMOS-{}\n    primary-config   cf3:\\config.cfg\n    address          {} \
         active\n    autonegotiate\n    persist          on\n{RULE}",
        knobs.version(),
        knobs.0.text("management", "192.0.2.60/24")
    )
}

/// `show router interface`.
pub fn interfaces() -> String {
    format!(
        "\n{RULE}Interface Table (Router: Base)\n{RULE}\
         Interface-Name                   Adm       Opr(v4/v6)  Mode    Port/SapId\n   \
         IP-Address                                                  PfxState\n{THIN}\
         system                           Up        Up/Down     Network system\n   \
         198.51.100.60/32                                            n/a\n{THIN}Interfaces : 1\n{RULE}"
    )
}
