//! The device types of the contract's clients: one row each.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Role;

/// Which driver speaks to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// MikroTik RouterOS 6 and 7, SSH.
    RouterOs,
    /// Nokia 7250 IXR.
    Nokia7250,
    /// Aviat WTM 4000.
    Aviat,
    /// ICT distribution panel by SNMP, and by its page where asked.
    IctPanel,
    /// ICT Platinum (ICT800), SNMP.
    IctPlatinum,
    /// ICT modular power system, SNMP.
    IctMps,
    /// APC UPS, SNMP.
    ApcUps,
    /// APC switched PDU, SNMP.
    ApcPdu,
    /// Any UPS that speaks RFC 1628.
    UpsMib,
    /// SmartSys SC501.
    SmartSys,
    /// Netonix switch.
    Netonix,
    /// Cambium cnMatrix switch.
    CnMatrix,
    /// Cambium ePMP radio.
    Epmp,
    /// Tachyon radio or switch.
    Tachyon,
    /// Ubiquiti Wave radio.
    Wave,
    /// A device of which only the standard MIBs are read.
    Generic,
}

/// A row of the table of types.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Row {
    code: &'static str,
    family: Family,
    role: Role,
}

const fn row(code: &'static str, family: Family, role: Role) -> Row {
    Row { code, family, role }
}

/// spec/omni-contract.md 2.2, spec/field-devices.md 1.10 to 1.14; the APC, UPSMIB and GENERIC rows are ours.
static TYPES: &[Row] = &[
    row("MTROS", Family::RouterOs, Role::Swt),
    row("MT1009", Family::RouterOs, Role::Swt),
    row("MT1036", Family::RouterOs, Role::Swt),
    row("MT1072", Family::RouterOs, Role::Swt),
    row("MT2004", Family::RouterOs, Role::Swt),
    row("MT2216", Family::RouterOs, Role::Swt),
    row("NK7250", Family::Nokia7250, Role::Swt),
    row("NXWS12", Family::Netonix, Role::Swt),
    row("NXWS14", Family::Netonix, Role::Swt),
    row("NXWS24", Family::Netonix, Role::Swt),
    row("NXWS26", Family::Netonix, Role::Swt),
    row("CN1012", Family::CnMatrix, Role::Swt),
    row("TYT100", Family::Tachyon, Role::Swt),
    row("AV4100", Family::Aviat, Role::Bh),
    row("AV4200", Family::Aviat, Role::Bh),
    row("CNEP3K", Family::Epmp, Role::Ap),
    row("CNEP3KL", Family::Epmp, Role::Ap),
    row("CN4600", Family::Epmp, Role::Ap),
    row("F4600C", Family::Epmp, Role::Ap),
    row("F4525", Family::Epmp, Role::Ap),
    row("F300-13", Family::Epmp, Role::Ap),
    row("F300-16", Family::Epmp, Role::Ap),
    row("F300-25", Family::Epmp, Role::Ap),
    row("F300-CSM", Family::Epmp, Role::Ap),
    row("CNF300-13", Family::Epmp, Role::Ap),
    row("CNF300-16", Family::Epmp, Role::Ap),
    row("CNF300-25", Family::Epmp, Role::Ap),
    row("CNF300-CSM", Family::Epmp, Role::Ap),
    row("TYN301", Family::Tachyon, Role::Ap),
    row("TYN302", Family::Tachyon, Role::Ap),
    row("UBWAP", Family::Wave, Role::Ap),
    row("UBWAPM", Family::Wave, Role::Ap),
    row("SS", Family::SmartSys, Role::Ups),
    row("ICT800", Family::IctPlatinum, Role::Ups),
    row("ICTMPS", Family::IctMps, Role::Ups),
    row("APCUPS", Family::ApcUps, Role::Ups),
    row("UPSMIB", Family::UpsMib, Role::Ups),
    row("ICT200DB", Family::IctPanel, Role::Rpc),
    row("ICT200DB12", Family::IctPanel, Role::Rpc),
    row("200DB12", Family::IctPanel, Role::Rpc),
    row("APCPDU", Family::ApcPdu, Role::Rpc),
    row("GENERIC", Family::Generic, Role::Other),
];

/// A code that no row of the table has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown device type '{0}'; known types: {known}", known = DeviceType::codes().collect::<Vec<_>>().join(", "))]
pub struct UnknownDeviceType(pub String);

/// A device type by its code, for example `MTROS`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceType(&'static Row);

impl DeviceType {
    /// Case does not matter; anything else must match exactly.
    pub fn parse(code: &str) -> Result<Self, UnknownDeviceType> {
        TYPES
            .iter()
            .find(|row| row.code.eq_ignore_ascii_case(code))
            .map(DeviceType)
            .ok_or_else(|| UnknownDeviceType(code.chars().take(64).collect()))
    }

    /// All codes, in the order of the table.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        TYPES.iter().map(|row| row.code)
    }

    /// The codes whose usual role is `role`.
    pub fn codes_of(role: Role) -> impl Iterator<Item = &'static str> {
        TYPES.iter().filter(move |row| row.role == role).map(|row| row.code)
    }

    /// The code.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// Which driver.
    pub fn family(self) -> Family {
        self.0.family
    }

    /// The usual role.
    pub fn role(self) -> Role {
        self.0.role
    }
}

impl std::fmt::Debug for DeviceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code)
    }
}

impl std::fmt::Display for DeviceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code)
    }
}

impl Serialize for DeviceType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code)
    }
}

impl<'de> Deserialize<'de> for DeviceType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        DeviceType::parse(&code).map_err(serde::de::Error::custom)
    }
}
