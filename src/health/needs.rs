//! Whether the inventory gives a device what its poll needs. Pure.

use crate::drivers::{Driver, Ways};
use crate::model::{Credentials, Device, Family, SnmpAccess};

/// Why a device is not polled; none: it is.
pub(super) fn missing(device: &Device) -> Option<String> {
    if device.health.off {
        return Some("the inventory switches its polls off (health: {enabled: false})".to_owned());
    }
    let login = &device.credentials;
    let snmp = login.snmp.is_some();
    // A key serves SSH only; whether the family speaks it is its driver's to say.
    let password = login.password.is_some() || login.private_key.is_some();
    let (enough, wanted) = match device.device_type.family() {
        Family::Generic | Family::IctPlatinum | Family::IctMps | Family::ApcUps | Family::ApcPdu | Family::UpsMib => {
            (snmp, "snmp credentials")
        }
        Family::RouterOs
        | Family::Nokia7250
        | Family::Aviat
        | Family::CnMatrix
        | Family::IctPanel
        | Family::Epmp
        | Family::Tachyon
        | Family::Netonix => (snmp || password, "snmp credentials, or a password or private key"),
        Family::SmartSys | Family::Wave => (password, "a password"),
    };
    (!enough).then(|| format!("the inventory gives it no credentials that its poll could use; give it {wanted}"))
}

/// Whether a poll may compute for long without a pause, as key exchanges and SNMPv3 do: false only where it is some
/// datagrams of SNMP v1 or v2c and nothing else.
pub(super) fn computes(device: &Device) -> bool {
    let Credentials { snmp, password, .. } = &device.credentials;
    let plain = matches!(snmp, Some(SnmpAccess::V1 { .. } | SnmpAccess::V2c { .. }));
    !plain || Driver::ways(device.device_type, true, password.is_some()) != Ways::Agent
}

/// Whether credentials are what is missing.
pub(super) fn lacks_credentials(device: &Device) -> bool {
    !device.health.off && missing(device).is_some()
}
