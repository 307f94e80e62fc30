//! Enterprise numbers, and where each vendor keeps the identity of its equipment. Data.

/// MikroTik.
pub(super) const MIKROTIK: u32 = 14988;
/// Nokia, TiMetra before.
pub(super) const NOKIA: u32 = 6527;
/// Aviat, DMC Stratex before.
pub(super) const AVIAT: u32 = 2509;
/// ICT, Innovative Circuit Technology.
pub(super) const ICT: u32 = 39145;
/// APC.
pub(super) const APC: u32 = 318;
/// Eaton Powerware.
pub(super) const EATON: u32 = 534;
/// CyberPower.
pub(super) const CYBERPOWER: u32 = 3808;
/// Netonix.
pub(super) const NETONIX: u32 = 46242;
/// Cambium.
pub(super) const CAMBIUM: u32 = 17713;
/// Tachyon.
pub(super) const TACHYON: u32 = 57344;

/// Vendors of which no more than the name is known here.
const NAMES: &[(u32, &str)] = &[
    (476, "Vertiv Liebert"),
    (674, "Dell"),
    (705, "MGE"),
    (850, "Tripp Lite"),
    (2254, "Delta"),
    (4555, "Socomec"),
    (7309, "Alpha"),
    (12148, "Eltek"),
    (25728, "NetPing"),
    (32050, "PacketFlux"),
    (41112, "Ubiquiti"),
    (49136, "ALGCOM"),
];

/// The name of a vendor by its enterprise number.
pub(super) fn name(enterprise: u32) -> Option<&'static str> {
    NAMES.iter().find(|(number, _)| *number == enterprise).map(|(_, name)| *name)
}

/// RFC 1628, by whole identifiers.
pub(super) mod ups {
    pub const MANUFACTURER: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 1, 1, 0];
    pub const MODEL: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 1, 2, 0];
    pub const FIRMWARE: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 1, 3, 0];
    pub const AGENT: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 1, 4, 0];
    pub const BATTERY_STATUS: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 2, 1, 0];
    pub const OUTPUT_SOURCE: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 4, 1, 0];
    /// An identity alone is no UPS: there are agents of other MIBs that fill in the manufacturer.
    pub const PROOF: [&[u32]; 2] = [&[1, 3, 6, 1, 2, 1, 33, 1, 2], &[1, 3, 6, 1, 2, 1, 33, 1, 4]];
}

/// MIKROTIK-MIB and ENTITY-MIB.
pub(super) mod mikrotik {
    pub const VERSION: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 4, 4, 0];
    pub const SERIAL: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 7, 3, 0];
    pub const BOARD: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 7, 9, 0];
    /// `RouterOS 6.44.2 (stable) on CRS317-1G-16S+`.
    pub const ENTITY: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 2, 65536];
}

/// TIMETRA-CHASSIS-MIB.
pub(super) mod nokia {
    pub const CHASSIS_SERIAL: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 5, 1, 50_331_649];
}

/// ENTITY-MIB of a WTM 4000.
pub(super) mod aviat {
    /// Indexes at which releases have their software: 2 (2.x) and 4 (6.x).
    pub const SOFTWARE: [&[u32]; 3] = [
        &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 10, 2],
        &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 10, 3],
        &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 10, 4],
    ];
    pub const SERIAL: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 11, 2];
    pub const CODE: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 13, 2];
}

/// PowerNet-MIB.
pub(super) mod apc {
    pub const UPS_MODEL: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 1, 1, 1, 0];
    pub const UPS_FIRMWARE: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 1, 2, 1, 0];
    pub const UPS_SERIAL: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 1, 2, 3, 0];
    /// Model, firmware, serial of the three generations of PDUs, the newest first.
    pub const PDU: [[&[u32]; 3]; 3] = [
        [
            &[1, 3, 6, 1, 4, 1, 318, 1, 1, 26, 2, 1, 8, 1],
            &[1, 3, 6, 1, 4, 1, 318, 1, 1, 26, 2, 1, 6, 1],
            &[1, 3, 6, 1, 4, 1, 318, 1, 1, 26, 2, 1, 9, 1],
        ],
        [
            &[1, 3, 6, 1, 4, 1, 318, 1, 1, 12, 1, 5, 0],
            &[1, 3, 6, 1, 4, 1, 318, 1, 1, 12, 1, 3, 0],
            &[1, 3, 6, 1, 4, 1, 318, 1, 1, 12, 1, 6, 0],
        ],
        [
            &[1, 3, 6, 1, 4, 1, 318, 1, 1, 4, 1, 4, 0],
            &[1, 3, 6, 1, 4, 1, 318, 1, 1, 4, 1, 2, 0],
            &[1, 3, 6, 1, 4, 1, 318, 1, 1, 4, 1, 5, 0],
        ],
    ];
}

/// XUPS-MIB.
pub(super) mod eaton {
    pub const MODEL: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 1, 2, 0];
    pub const VERSION: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 1, 3, 0];
}

/// CPS-MIB.
pub(super) mod cyberpower {
    pub const MODEL: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 1, 1, 1, 0];
    pub const VERSION: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 1, 2, 1, 0];
    pub const SERIAL: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 1, 2, 3, 0];
}

/// NETONIX-SWITCH-MIB.
pub(super) mod netonix {
    pub const VERSION: &[u32] = &[1, 3, 6, 1, 4, 1, 46242, 1, 0];
}

/// LLDP-EXT-MED-MIB (cnMatrix) and CAMBIUM-PMP80211-MIB (ePMP).
pub(super) mod cambium {
    pub const VERSION: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 5, 4795, 1, 2, 4, 0];
    pub const SERIAL: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 5, 4795, 1, 2, 5, 0];
    pub const MODEL: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 5, 4795, 1, 2, 7, 0];
    pub const EPMP_VERSION: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 1, 1, 17, 0];
    /// 1 access point, 2 subscriber.
    pub const EPMP_MODE: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 3, 8, 2, 1, 0];
}

/// TACHYON-MIB.
pub(super) mod tachyon {
    pub const MODEL: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 3, 1, 0];
    pub const SERIAL: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 3, 2, 0];
    pub const VERSION: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 3, 4, 0];
}

/// ICT-*-MIB: model and firmware of each branch.
pub(super) const ICT_MODELS: [[&[u32]; 2]; 4] = [
    [&[1, 3, 6, 1, 4, 1, 39145, 10, 1, 0], &[1, 3, 6, 1, 4, 1, 39145, 10, 4, 0]],
    [&[1, 3, 6, 1, 4, 1, 39145, 11, 1, 0], &[1, 3, 6, 1, 4, 1, 39145, 11, 4, 0]],
    [&[1, 3, 6, 1, 4, 1, 39145, 12, 1, 0], &[1, 3, 6, 1, 4, 1, 39145, 12, 4, 0]],
    [&[1, 3, 6, 1, 4, 1, 39145, 13, 1, 0], &[1, 3, 6, 1, 4, 1, 39145, 13, 4, 0]],
];

/// What to ask for once sysObjectID is known.
pub(super) fn identity_objects(enterprise: Option<u32>) -> Vec<&'static [u32]> {
    let [newest, middle, oldest] = apc::PDU;
    match enterprise {
        Some(MIKROTIK) => vec![mikrotik::VERSION, mikrotik::SERIAL, mikrotik::BOARD, mikrotik::ENTITY],
        Some(NOKIA) => vec![nokia::CHASSIS_SERIAL],
        Some(AVIAT) => aviat::SOFTWARE.into_iter().chain([aviat::SERIAL, aviat::CODE]).collect(),
        Some(ICT) => ICT_MODELS.into_iter().flatten().collect(),
        Some(APC) => [apc::UPS_MODEL, apc::UPS_FIRMWARE, apc::UPS_SERIAL]
            .into_iter()
            .chain(newest)
            .chain(middle)
            .chain(oldest)
            .collect(),
        Some(NETONIX) => vec![netonix::VERSION],
        Some(CAMBIUM) => {
            vec![cambium::VERSION, cambium::SERIAL, cambium::MODEL, cambium::EPMP_VERSION, cambium::EPMP_MODE]
        }
        Some(TACHYON) => vec![tachyon::MODEL, tachyon::SERIAL, tachyon::VERSION],
        other => {
            let own: &[&[u32]] = match other {
                Some(EATON) => &[eaton::MODEL, eaton::VERSION],
                Some(CYBERPOWER) => &[cyberpower::MODEL, cyberpower::VERSION, cyberpower::SERIAL],
                _ => &[],
            };
            let ups =
                [ups::MANUFACTURER, ups::MODEL, ups::FIRMWARE, ups::AGENT, ups::BATTERY_STATUS, ups::OUTPUT_SOURCE];
            own.iter().copied().chain(ups).collect()
        }
    }
}
