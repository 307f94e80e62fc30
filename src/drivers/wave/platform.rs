//! What a Wave looks like: data only.

use std::time::Duration;

use crate::model::DeviceType;

/// The account that a Wave has unless the inventory names another.
pub const USER: &str = "admin";

/// The header in which a session's token goes both ways.
pub const TOKEN: &str = "x-auth-token";

/// Models that this driver knows, by the device type that is meant for them.
pub const MODELS: [(&str, &str); 2] = [("UBWAP", "Wave-AP"), ("UBWAPM", "Wave-AP-Micro")];

/// The firmware that is expected (spec/field-devices.md 2.8).
pub const FIRMWARE: &str = "3.4.0";

/// How long a login is still waited for after a cancel, and how long a log-out may take.
pub const GRACE: Duration = Duration::from_secs(5);

/// Members of a configuration that are no settings: moments, ages, hashes.
pub const VOLATILE: [&str; 8] =
    ["timestamp", "uptime", "localTime", "currentTime", "lastModified", "lastChanged", "configHash", "checksum"];

/// The model that a device type stands for.
pub fn model_of(device_type: DeviceType) -> Option<&'static str> {
    MODELS.iter().find(|(code, _)| *code == device_type.code()).map(|(_, model)| *model)
}
