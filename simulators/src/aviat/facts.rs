//! A radio's knobs by their meaning, as one consistent snapshot.

use serde_json::{Map, Value};

use super::version::Version;
use crate::core::Device;
use crate::snmp::knobs::Knobs;

/// The names of all knobs. The module's documentation says what each is.
const NAMES: &[&str] = &[
    // Identity.
    "family",
    "user",
    "hostname",
    "location",
    "unit",
    "model",
    "serial",
    "address",
    "banner",
    // Login.
    "password",
    "factory_password",
    "auth",
    // Software.
    "active",
    "inactive",
    "software_state",
    "loading_uri",
    "software_lines",
    "software_mode",
    "load_seconds",
    "load_result",
    "load_started",
    "activate_seconds",
    "activate_asks",
    "activation_needs_restart",
    "commit_seconds",
    "rolls_back",
    "rollback_seconds",
    "rollback_open",
    "error_needs_abort",
    "restart",
    "clock_seconds",
    // Life.
    "uptime_days",
    "up_since",
    "down_until",
    "reboot_seconds",
    "boot_settle_seconds",
    "boot_auth_seconds",
    // Configuration.
    "mask",
    "stp",
    "stp_lines",
    "snmp_mode",
    "snmp_community",
    "buffer_kbytes",
    "partner",
    "xpic",
    "config_2",
    "config_6",
    "change_password",
    "self_password",
    // What is shown.
    "licences",
    "licences_first_read",
    "pager",
    "cli_uptime",
    "rsl",
    "remote_rsl",
    "snr",
    "tx_power",
    "sfp",
    "gigabit",
    "delay_ms",
    // SNMP and web.
    "snmp_overload",
    "software_mib",
    "entity_shift",
    "sys_descr",
    "sys_contact",
    "sys_location",
    "sys_name",
    "alarms",
    "write_community",
    "snmp_user",
    "snmp_auth",
    "snmp_auth_password",
    "snmp_priv",
    "snmp_priv_password",
    "snmp_user_writes",
    "drop_percent",
    "drop_first",
    "duplicate",
    "max_varbinds",
    "max_repetitions",
    "over_limit",
    "max_message_size",
    "no_getbulk",
    "loop_at",
    "missing",
    "null",
    "rows",
    "web",
];

/// States of the software in which another operation is refused.
pub const BUSY: &[&str] = &["prepareLoad", "load", "commit", "activate", "rollback", "waitingToActivate"];

/// All states of the software.
const STATES: &[&str] = &[
    "idle",
    "prepareLoad",
    "load",
    "commit",
    "loadOk",
    "loadError",
    "activate",
    "activateOk",
    "activateError",
    "rollback",
    "rollbackOk",
    "rollbackError",
    "compatibilityError",
    "waitingToActivate",
    "sameVersion",
];

/// Refuses a knob that does not exist and values that mean nothing; `null` removes a knob and is always right.
pub fn check(state: &Map<String, Value>) -> anyhow::Result<()> {
    for (name, value) in state {
        anyhow::ensure!(NAMES.contains(&name.as_str()), "aviat has no knob `{name}`; there are: {}", NAMES.join(", "));
        if value.is_null() {
            continue;
        }
        let one_of: &[&str] = match name.as_str() {
            "family" => &["2.11", "6"],
            "software_state" => STATES,
            "software_mode" => &["operational", "config", "config-all"],
            "load_result" => &["ok", "loadError", "hang"],
            "restart" => &["ask", "direct", "ignore"],
            "stp" => &["up", "down"],
            "snmp_mode" => super::schema::SNMP_MODES,
            "partner" => &["none", "10g1", "10g2", "unsupported"],
            "xpic" => &["none", "local", "horizontal", "vertical"],
            "change_password" => &["ok", "refused", "locked", "no-current"],
            "self_password" => &["refused", "accepted"],
            "pager" if value.is_string() => &["always"],
            "licences" if value.is_string() => &["trial"],
            "active" => {
                let version = value.as_str().and_then(Version::parse);
                anyhow::ensure!(version.is_some(), "knob `active` is a version X.Y.Z[.B.R], not {value}");
                continue;
            }
            "load_seconds" | "reboot_seconds" | "boot_settle_seconds" | "uptime_days" | "buffer_kbytes" => {
                let number = value.as_f64().filter(|number| *number >= 0.0);
                anyhow::ensure!(number.is_some(), "knob `{name}` is a number of 0 or more, not {value}");
                continue;
            }
            "mask" => {
                anyhow::ensure!(
                    prefix(value).is_some(),
                    "knob `mask` is \"/29\", 29 or \"255.255.255.248\", not {value}"
                );
                continue;
            }
            _ => continue,
        };
        let known = value.as_str().is_some_and(|text| one_of.contains(&text));
        anyhow::ensure!(known, "knob `{name}` is one of {}, not {value}", one_of.join(", "));
    }
    Ok(())
}

/// The prefix length that a mask says.
fn prefix(value: &Value) -> Option<u32> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Ok(mask) = text.parse::<std::net::Ipv4Addr>() {
        return Some(mask.to_bits().leading_ones()).filter(|ones| mask.to_bits().count_ones() == *ones);
    }
    text.trim_start_matches('/').parse().ok().filter(|length| *length <= 32)
}

/// The knobs of a device that were not set, with their defaults: after the start every one that has a meaning of its
/// own is there to be read.
pub fn defaults(device: &Device) -> Map<String, Value> {
    let state = device.state();
    let facts = Facts(Knobs(state.clone()));
    let six = match facts.0.maybe_text("family").as_deref() {
        Some(family) => family == "6",
        None => facts.maybe_version("active").is_some_and(Version::is_six),
    };
    let wtm4200 = device.device_type == "AV4200";
    let mut out = Map::new();
    let mut set = |name: &str, value: Value| {
        if state.get(name).is_none_or(Value::is_null) {
            out.insert(name.to_owned(), value);
        }
    };
    set("family", if six { "6" } else { "2.11" }.into());
    set("active", if six { "6.2.4.12.59373" } else { "2.11.11.18.6069" }.into());
    set("inactive", if six { "2.11.11.18.6069" } else { "2.10.3.7.5120" }.into());
    set("software_state", "idle".into());
    set("uptime_days", 10.into());
    set("up_since", device.clock.seconds().into());
    set("hostname", device.name.clone().into());
    set("address", device.address.to_string().into());
    set("unit", if wtm4200 { "WTM4200" } else { "WTM4100" }.into());
    set("model", if wtm4200 { "W42-11H2-WPX" } else { "W41-18L5-DPX" }.into());
    set("password", "admin".into());
    set("mask", "255.255.255.248".into());
    set("stp", "down".into());
    set("snmp_mode", "v2c-only".into());
    set("snmp_community", "public".into());
    set("partner", "none".into());
    set("xpic", "none".into());
    let enterprise = if wtm4200 { "WZL-ENTERPRISE2" } else { "WZL-ENTERPRISE5" };
    set("licences", serde_json::json!(["WZL-CE1", enterprise, "WZF-MLHC"]));
    out
}

/// A carrier as it is at the moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// dBm.
    pub rsl: f64,
    /// dBm, at the far end.
    pub remote_rsl: f64,
    /// dB.
    pub snr: f64,
    /// dBm.
    pub tx_power: f64,
}

/// A snapshot.
#[derive(Debug, Clone)]
pub struct Facts(pub Knobs);

impl Facts {
    /// The device's knobs now.
    pub fn of(device: &Device) -> Self {
        Self(Knobs(device.state()))
    }

    /// 6.x rather than 2.x.
    pub fn is_six(&self) -> bool {
        self.0.text("family", "2.11") == "6"
    }

    /// Software state, `idle`, `loadOk`, ...
    pub fn state(&self) -> String {
        self.0.text("software_state", "idle")
    }

    /// An operation runs: another is refused.
    pub fn is_busy(&self) -> bool {
        BUSY.contains(&self.state().as_str())
    }

    /// A version in knob `active` or `inactive`; none if there is none.
    pub fn maybe_version(&self, name: &str) -> Option<Version> {
        Version::parse(&self.0.text(name, ""))
    }

    /// Prefix length of the management network.
    pub fn prefix(&self) -> u32 {
        self.0.get("mask").and_then(prefix).unwrap_or(29)
    }

    /// The same as a dotted mask.
    pub fn dotted_mask(&self) -> String {
        let ones = self.prefix();
        let bits = if ones == 0 { 0 } else { u32::MAX << (32 - ones.min(32)) };
        std::net::Ipv4Addr::from_bits(bits).to_string()
    }

    /// Simulated second until which it does not answer.
    pub fn down_until(&self) -> f64 {
        self.0.number("down_until", f64::MIN)
    }

    /// Simulated second until which its tables are empty after a boot.
    pub fn settled_at(&self) -> f64 {
        self.down_until() + self.0.number("boot_settle_seconds", 40.0)
    }

    /// Simulated second until which logins are refused after a boot: a quarter of the time that it takes to settle,
    /// unless the knob `boot_auth_seconds` says another.
    pub fn logins_from(&self) -> f64 {
        let quarter = self.0.number("boot_settle_seconds", 40.0) / 4.0;
        self.down_until() + self.0.number("boot_auth_seconds", quarter)
    }

    /// Seconds since the boot, at the simulated second `now`.
    pub fn uptime(&self, now: f64) -> f64 {
        (now - self.0.number("up_since", 0.0)).max(0.0) + self.0.number("uptime_days", 10.0) * 86_400.0
    }

    /// Whether two radios are joined to one node.
    pub fn is_joined(&self) -> bool {
        matches!(self.0.text("xpic", "none").as_str(), "horizontal" | "vertical")
    }

    /// What the carriers measure.
    pub fn signal(&self) -> Signal {
        Signal {
            rsl: self.0.number("rsl", -36.7),
            remote_rsl: self.0.number("remote_rsl", -37.0),
            snr: self.0.number("snr", 45.0),
            tx_power: self.0.number("tx_power", 22.4),
        }
    }

    /// A list of texts, or the knob's one text; none if the knob is not there.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        self.0.get(name).map(|_| self.0.texts(name))
    }
}
