//! Tachyon radios and switches through the whole daemon, scenarios of spec/field-devices.md section 5 named by their
//! numbers; tests/it/power/mod.rs holds that each is a test or left out with a reason.

mod reading;
mod sessions;

use serde_json::{Value, json};
use towerhand_simulators::lab::DeviceSpec;

use crate::power::{taken_for, unit};

pub const INFO: &str = "ido.ap.device_info";
pub const CONFIG: &str = "ido.ap.running_config";

/// An access point of type TYN301.
pub fn access_point(state: Value) -> DeviceSpec {
    unit("ap", "tachyon", state)
}

/// A subscriber module of type TYN302.
pub fn subscriber(mut state: Value) -> DeviceSpec {
    state["model"] = json!("TNA-302");
    taken_for("sm", "tachyon", ("TYN302", "ap"), state)
}

/// A switch of type TYT100.
pub fn switch(mut state: Value) -> DeviceSpec {
    state["model"] = json!("TNS-100");
    taken_for("switch", "tachyon", ("TYT100", "swt"), state)
}

pub fn ap() -> Value {
    json!({ "device": "ap" })
}
