//! What is asked of a device of unknown family: SNMPv2-MIB's system group, scalars (RFC 3418).

use crate::transport::snmp::Oid;

/// sysDescr.0.
pub(super) fn descr() -> Oid {
    Oid::new(&[1, 3, 6, 1, 2, 1, 1, 1, 0])
}

/// sysObjectID.0.
pub(super) fn object_id() -> Oid {
    Oid::new(&[1, 3, 6, 1, 2, 1, 1, 2, 0])
}

/// sysUpTime.0, hundredths of a second since the SNMP agent started; wraps at 497 days.
pub(super) fn uptime() -> Oid {
    Oid::new(&[1, 3, 6, 1, 2, 1, 1, 3, 0])
}

/// HOST-RESOURCES-MIB's hrSystemUptime.0, hundredths of a second since the host started; wraps at 497 days too.
pub(super) fn host_uptime() -> Oid {
    Oid::new(&[1, 3, 6, 1, 2, 1, 25, 1, 1, 0])
}

/// sysName.0.
pub(super) fn name() -> Oid {
    Oid::new(&[1, 3, 6, 1, 2, 1, 1, 5, 0])
}

/// sysLocation.0.
pub(super) fn location() -> Oid {
    Oid::new(&[1, 3, 6, 1, 2, 1, 1, 6, 0])
}
