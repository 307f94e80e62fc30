//! What a probe says of a radio, in the names of the contract (spec/aviat-workflow.md 1.12). Pure.

use serde_json::{Value, json};

use super::config::Config;
use super::precheck;
use super::result::verdict;
use super::seen::Seen;
use super::state::Precheck;
use crate::drivers::aviat::parse::queue::Partner;
use crate::model::Failure;

/// A look at a radio, with what the prechecks do not need.
#[derive(Debug, Clone, Default)]
pub struct Probed {
    /// For the prechecks.
    pub seen: Seen,
    /// SNMP mode; none: unknown.
    pub snmp_mode: Option<String>,
    /// Whether the community is ours; none: unknown, or there is none to compare with.
    pub community: Option<bool>,
    /// Queue limit, kbytes; none: unknown, or this release has none.
    pub buffer_kbytes: Option<u32>,
    /// Which of two joined radios it is; the partner has no buffer of its own.
    pub partner: Option<Partner>,
}

impl Probed {
    fn snmp_ok(&self, config: &Config) -> bool {
        self.snmp_mode.as_deref() == Some(&config.snmp_mode) && self.community == Some(true)
    }

    /// Releases before 6 and partner radios have no such buffer, as the step `buffer` says.
    fn buffer_ok(&self, config: &Config) -> bool {
        let major = self.seen.software.active.map(|version| version.numbers[0]);
        let without = major.is_some_and(|major| major != 6) || self.partner == Some(Partner::Secondary);
        without || self.buffer_kbytes == Some(config.queue_limit_kbytes)
    }

    /// The probe object of a radio that answered.
    pub fn shown(&self, ip: std::net::IpAddr, precheck: &Precheck, config: &Config, at: jiff::Timestamp) -> Value {
        let (subnet_ok, subnet_detail) = verdict(&precheck.subnet);
        let (license_ok, license_detail) = verdict(&precheck.licence);
        let (stp_ok, stp_detail) = verdict(&precheck.stp);
        let (uptime_ok, uptime_detail) = verdict(&precheck.uptime);
        let software = &self.seen.software;
        json!({
            "ip": ip,
            "reachable": true,
            "firmware": software.active.map(|version| version.short()),
            "inactive": software.inactive.map(|version| version.short()),
            "software_state": software.state.as_ref().map(|state| state.as_str().to_owned()),
            "snmp_ok": self.snmp_ok(config),
            "buffer_ok": self.buffer_ok(config),
            "subnet_ok": subnet_ok,
            "subnet_actual": precheck.subnet_actual,
            "subnet_detail": subnet_detail,
            "license_ok": license_ok,
            "license_detail": license_detail,
            "stp_ok": stp_ok,
            "stp_detail": stp_detail,
            "uptime_ok": uptime_ok,
            "uptime_detail": uptime_detail,
            "uptime_seconds": self.seen.uptime_seconds(),
            "error": null,
            "at": at,
        })
    }

    /// The judgement of the prechecks.
    pub fn judge(&self, config: &Config, now: jiff::Timestamp) -> Precheck {
        precheck::judge(&self.seen, config, now)
    }
}

/// The probe object of a radio that could not be looked at. `reached`: a connection stood, so it is there.
pub fn failed(ip: std::net::IpAddr, reached: bool, failure: &Failure, at: jiff::Timestamp) -> Value {
    let error = if reached { failure.to_string() } else { format!("tcp-probe failed: {}", failure.sentence) };
    json!({
        "ip": ip, "reachable": reached, "firmware": null, "inactive": null, "software_state": null,
        "snmp_ok": false, "buffer_ok": false,
        "subnet_ok": null, "subnet_actual": null, "subnet_detail": null,
        "license_ok": null, "license_detail": null, "stp_ok": null, "stp_detail": null,
        "uptime_ok": null, "uptime_detail": null, "uptime_seconds": null,
        "error": error, "at": at,
    })
}
