//! Settings of the maintenance, table `[aviat]`. What types cannot tell is checked in `check`.

mod check;
mod unset;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::state::Target;
use crate::clock::human;
use crate::model::SecretRef;

/// Table `[aviat]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Zone of the window where the radio's site names none. The network that this was built for is in Texas.
    pub zone: String,
    /// Nightly window, local time of the zone, `HH:MM-HH:MM`; may pass midnight. 02:00 to 05:00 is when links carry
    /// least.
    pub window: String,
    /// Nothing starts later than this before the window's end: a reboot takes minutes and its proof some more.
    #[serde(with = "human")]
    pub window_cutoff: Duration,
    /// Radios that may be down at once: what a NOC can look after if half of them fail.
    pub max_activations: NonZeroU32,
    /// Between two looks at a radio that loads, give or take a fifth; a load takes 10 to 40 minutes.
    #[serde(with = "human")]
    pub poll_interval: Duration,
    /// A load that has not ended by then has failed: the incumbent's figure, twice the slowest that was seen.
    #[serde(with = "human")]
    pub load_give_up: Duration,
    /// After a radio was told to go down: the first look. Boots take some four minutes.
    #[serde(with = "human")]
    pub reboot_first_look: Duration,
    /// A radio that is not back and proven by then is parked for a person, and looked for more rarely.
    #[serde(with = "human")]
    pub reboot_give_up: Duration,
    /// Prefix length that the management interface must have.
    pub expected_prefix: u8,
    /// From so many days of uptime on nothing is loaded: such a radio may reboot by itself while it loads.
    pub uptime_limit_days: u32,
    /// Licence bundles that a radio must have; none: any that is no trial. Which ones are needed depends on model and link,
    /// and is not known for all of them (spec/aviat-workflow.md 8).
    pub required_licences: Vec<String>,
    /// QoS queue limit, kbytes.
    pub queue_limit_kbytes: u32,
    /// Whether the uptime may be read over the web channel, which carries the password over plain HTTP.
    pub web_channel: bool,
    /// SNMP mode to set.
    pub snmp_mode: String,
    /// SNMP community to set; without one the step `snmp` is refused.
    #[serde(with = "unset")]
    pub snmp_community: Option<SecretRef>,
    /// Account of the radios.
    pub username: String,
    /// The password that radios get, and are logged in to with.
    #[serde(with = "unset")]
    pub password: Option<SecretRef>,
    /// The factory's.
    #[serde(with = "unset")]
    pub factory_password: Option<SecretRef>,
    /// More checks of the SOP: a TOML file of `[[check]]` with `name`, `command`, `expect` (a regular expression).
    #[serde(with = "unset")]
    pub sop_checks: Option<PathBuf>,
    /// Where radios reach this daemon, `http://HOST:PORT`; none: `http://` and `listen`.
    #[serde(with = "unset")]
    pub image_url: Option<String>,
    /// Folder of the images named by `file`.
    #[serde(with = "unset")]
    pub firmware_dir: Option<PathBuf>,
    /// The firmware list.
    pub firmware: Vec<Firmware>,
}

/// One image, `[[aviat.firmware]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firmware {
    /// `baseline` or `final`; each once for a model.
    pub target: Target,
    /// Version `x.y.z` that radios show when it runs.
    pub version: String,
    /// File in `firmware_dir`, served by the daemon; or `uri`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Address on another server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// SHA-256 of the file, 64 hex digits; required with `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Device types it is for; none: every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            zone: "America/Chicago".to_owned(),
            window: "02:00-05:00".to_owned(),
            window_cutoff: minutes(60),
            max_activations: NonZeroU32::new(20).unwrap_or(NonZeroU32::MIN),
            poll_interval: minutes(1),
            load_give_up: minutes(90),
            reboot_first_look: minutes(1),
            reboot_give_up: minutes(75),
            expected_prefix: 29,
            uptime_limit_days: 250,
            required_licences: Vec::new(),
            queue_limit_kbytes: 2500,
            web_channel: true,
            snmp_mode: "v2c-only".to_owned(),
            snmp_community: None,
            username: "admin".to_owned(),
            password: None,
            factory_password: None,
            sop_checks: None,
            image_url: None,
            firmware_dir: None,
            firmware: Vec::new(),
        }
    }
}
