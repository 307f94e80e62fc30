//! Cambium ePMP radios through the whole daemon. The scenarios of spec/field-devices.md section 5 are tests named by their
//! numbers (`f56_...`); tests/it/power/mod.rs holds that each is a test or left out with a reason. Of this family's:
//!
//! scenarios 59, 60 and 61 (imports, reboots, channel plans) are about writing, which no native action does yet; of 68 the
//! comparison is tests/it of the archive, the native shape is here.

mod login;
mod reading;
mod robust;
mod sessions;
mod wire;

use serde_json::{Value, json};
use towerhand_simulators::core::{Device, Entry};
use towerhand_simulators::lab::DeviceSpec;

use crate::power::{taken_for, unit};

pub const INFO: &str = "ido.ap.device_info";
pub const CONFIG: &str = "ido.ap.running_config";

/// A radio of type CNEP3K.
pub fn radio(state: Value) -> DeviceSpec {
    unit("ap", "epmp", state)
}

/// A radio of another type.
pub fn radio_of(device_type: &str, state: Value) -> DeviceSpec {
    taken_for(&device_type.to_lowercase(), "epmp", (device_type, "ap"), state)
}

pub fn ap() -> Value {
    json!({ "device": "ap" })
}

/// What a channel of a journal holds.
pub fn of<'a>(journal: &'a [Entry], channel: &str) -> Vec<&'a str> {
    journal.iter().filter(|entry| entry.channel == channel).map(|entry| entry.input.as_str()).collect()
}

/// Every session that was opened is over: opened, closed by us, expired.
#[track_caller]
pub fn all_closed(device: &Device) -> (usize, usize, usize) {
    let journal = device.journal();
    let counted = towerhand_simulators::web::sessions::count(&journal);
    let (opened, closed, expired) = counted;
    assert_eq!(opened, closed + expired, "{:?}", of(&journal, "session"));
    counted
}

/// A text with every marker of a secret the same.
pub fn unmarked(text: &str) -> String {
    regex::Regex::new("<redacted:[0-9a-f]{8}>").unwrap().replace_all(text, "<R>").into_owned()
}
