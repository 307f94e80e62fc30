//! Data of the web interface.

/// The only user, unless the inventory names another.
pub(super) const USER: &str = "admin";
/// The model that the type stands for.
pub(super) const MODEL: &str = "SC501";
/// The firmware that the operator's controllers have.
pub(super) const FIRMWARE: &str = "V201";
/// The battery status that is good.
pub(super) const FLOAT: &str = "float";
/// Elements that change by themselves: no part of a configuration.
pub(super) const VOLATILE: [&str; 10] =
    ["time", "date", "systime", "sysdate", "curtime", "curdate", "datetime", "uptime", "runtime", "logtime"];
