//! What can be done with a family's equipment: shown to clients, and the guide for whoever adds a family.

use crate::model::Family;

/// One thing that a driver does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Capability {
    /// Name, model, version, serial, uptime.
    ReadFacts,
    /// The running config, complete and normalised.
    RunningConfig,
    /// The family's own measurements and tests.
    DeviceInfo,
}

impl Capability {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Capability::ReadFacts => "facts",
            Capability::RunningConfig => "running_config",
            Capability::DeviceInfo => "device_info",
        }
    }

    /// What the family's driver does; nothing for a family that has no driver yet.
    pub fn of(family: Family) -> &'static [Capability] {
        match family {
            Family::RouterOs
            | Family::Aviat
            | Family::Nokia7250
            | Family::Epmp
            | Family::Tachyon
            | Family::IctPanel
            | Family::Netonix
            | Family::Wave
            | Family::IctPlatinum
            | Family::IctMps
            | Family::ApcUps
            | Family::ApcPdu
            | Family::UpsMib
            | Family::CnMatrix
            | Family::SmartSys => &[Capability::ReadFacts, Capability::RunningConfig, Capability::DeviceInfo],
            Family::Generic => &[Capability::ReadFacts, Capability::DeviceInfo],
        }
    }
}
