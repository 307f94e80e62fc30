//! What is known of each model: data, from spec/field-devices.md 2.7.

use crate::model::DeviceType;

/// The account unless the inventory names another.
pub(super) const USER: &str = "admin";

/// The level of an account that sees no configuration.
pub(super) const READ_ONLY: u64 = 9;

/// The level of an account that sees everything.
pub(super) const FULL: u64 = 0;

/// Settings that change by themselves.
pub(super) const VOLATILE: [&str; 1] = ["system.time.time"];

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Has subscribers.
    AccessPoint,
    /// Has one access point.
    Subscriber,
    /// Has no radio.
    Switch,
}

/// A model.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Model {
    /// The contract's type.
    code: &'static str,
    /// What the device calls itself, compared exactly.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    /// The firmware that it shall have, compared exactly.
    pub firmware: &'static str,
}

const MODELS: &[Model] = &[
    Model { code: "TYN301", name: "TNA-301", kind: Kind::AccessPoint, firmware: "1.12.0 rev 54573" },
    Model { code: "TYN302", name: "TNA-302", kind: Kind::Subscriber, firmware: "1.12.0 rev 54573" },
    Model { code: "TYT100", name: "TNS-100", kind: Kind::Switch, firmware: "1.12.7 rev 54717" },
];

/// The model of a type of this family.
pub(super) fn model(device_type: DeviceType) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.code == device_type.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Family;

    #[test]
    fn every_type_of_the_family_has_a_model() {
        for device_type in DeviceType::codes().map(|code| DeviceType::parse(code).unwrap()) {
            assert_eq!(model(device_type).is_some(), device_type.family() == Family::Tachyon, "{device_type}");
        }
    }
}
