//! The tables, one recording after the other.

use towerhand::model::Metric;

use super::recordings::Row;

/// Nobody feeds these loads but the mains.
const ON_MAINS: (Metric, &[(&str, f64)]) =
    (Metric::PowerSource, &[("mains", 1.0), ("battery", 0.0), ("bypass", 0.0), ("boost", 0.0), ("off", 0.0)]);

pub const ROUTERS: &[Row] = &[
    Row {
        recording: "routeros_crs317",
        device_type: "MTROS",
        model: Some("CRS317-1G-16S+"),
        firmware: Some("6.44.2"),
        uptime: Some(3_113_733),
        readings: &[
            // 16 % and 17 % on two cores.
            (Metric::CpuBusy, &[("all", 0.165)]),
            // 1,048,576 and 48,492 blocks of 1024 bytes.
            (Metric::MemorySize, &[("", 1_073_741_824.0)]),
            (Metric::MemoryUsed, &[("", 49_655_808.0)]),
            // The table, in whole degrees; the scalars beside it (440 tenths, 4200 rpm) are not read.
            (Metric::Temperature, &[("temperature", 45.0), ("cpu-temperature", 36.0), ("sfp-temperature", 45.0)]),
            (Metric::FanSpeed, &[("fan1", 0.0), ("fan2", 0.0)]),
            // State 0 is well, 1 is a failure.
            (Metric::SupplyUp, &[("psu1", 1.0), ("psu2", 0.0)]),
            // The bridge (type 209) is left out, the two bundles are not.
            (
                Metric::InterfaceUp,
                &[
                    ("sfp-sfpplus1", 0.0),
                    ("sfp-sfpplus2", 0.0),
                    ("sfp-sfpplus3", 0.0),
                    ("sfp-sfpplus4", 0.0),
                    ("sfp-sfpplus5", 0.0),
                    ("sfp-sfpplus6", 0.0),
                    ("sfp-sfpplus7", 0.0),
                    ("sfp-sfpplus8", 0.0),
                    ("sfp-sfpplus9", 1.0),
                    ("sfp-sfpplus10", 1.0),
                    ("sfp-sfpplus11", 1.0),
                    ("sfp-sfpplus12", 1.0),
                    ("sfp-sfpplus13", 1.0),
                    ("sfp-sfpplus14", 1.0),
                    ("sfp-sfpplus15", 1.0),
                    ("sfp-sfpplus16", 1.0),
                    ("ether1", 1.0),
                    ("shop-trunk", 1.0),
                    ("server-trunk", 1.0),
                ],
            ),
            (
                Metric::InterfaceSpeed,
                &[
                    ("sfp-sfpplus9", 1e10),
                    ("sfp-sfpplus10", 1e10),
                    ("sfp-sfpplus11", 1e10),
                    ("sfp-sfpplus12", 1e10),
                    ("sfp-sfpplus13", 1e10),
                    ("sfp-sfpplus14", 1e10),
                    ("sfp-sfpplus15", 1e10),
                    ("sfp-sfpplus16", 1e10),
                    ("ether1", 1e9),
                    ("shop-trunk", 1e10),
                    ("server-trunk", 1e10),
                ],
            ),
        ],
    },
    Row {
        recording: "routeros_rb760igs",
        device_type: "MTROS",
        model: Some("RB760iGS"),
        firmware: Some("7.1.1"),
        uptime: Some(2_681),
        readings: &[
            // 1, 1, 1 and 0 %.
            (Metric::CpuBusy, &[("all", 0.0075)]),
            (Metric::MemorySize, &[("", 268_435_456.0)]),
            (Metric::MemoryUsed, &[("", 52_297_728.0)]),
            // No table: 109 and 350 tenths.
            (Metric::Voltage, &[("voltage", 10.9)]),
            (Metric::Temperature, &[("temperature", 35.0)]),
            // It waits for a load.
            (Metric::PoeUp, &[("ether5", 0.0)]),
            (Metric::PoePower, &[("ether5", 0.0)]),
            (
                Metric::InterfaceUp,
                &[("ether1", 0.0), ("ether2", 1.0), ("ether3", 0.0), ("ether4", 0.0), ("ether5", 0.0), ("sfp1", 1.0)],
            ),
            (Metric::InterfaceSpeed, &[("ether2", 1e8), ("sfp1", 1e9)]),
        ],
    },
    // These two have little more than a name.
    Row {
        recording: "routeros_rb2011il",
        device_type: "MTROS",
        model: Some("RB2011iL"),
        firmware: None,
        uptime: None,
        readings: &[],
    },
    Row {
        recording: "routeros_ltap-mini",
        device_type: "MTROS",
        model: Some("RB912R-2nD"),
        firmware: None,
        uptime: Some(103_950),
        readings: &[],
    },
    Row {
        recording: "timos_ixr",
        device_type: "NK7250",
        model: Some("7250 IXR-e"),
        firmware: Some("22.10.R11"),
        uptime: Some(4_122_857),
        readings: &[
            (Metric::CpuBusy, &[("all", 0.02)]),
            // Memory in use is not in the recording, and what is free alone is neither size nor use.
            // -128 degrees is no sensor.
            (Metric::Temperature, &[("Slot 1", 42.0), ("Slot A", 41.0), ("MDA 1/1", 42.0)]),
            (Metric::SupplyUp, &[("Chassis 1 Power Supply 1", 1.0), ("Chassis 1 Power Supply 2", 1.0)]),
            (Metric::FanUp, &[("1", 1.0)]),
            // All are cleared (2); the flash cards say neither.
            (
                Metric::AlarmActive,
                &[
                    ("over temperature", 0.0),
                    ("Chassis 1", 0.0),
                    ("Chassis 1 Power Supply 1", 0.0),
                    ("Chassis 1 Power Supply 2", 0.0),
                    ("Chassis 1 Fan 1", 0.0),
                    ("Slot 1", 0.0),
                    ("Slot A", 0.0),
                    ("MDA 1/1", 0.0),
                ],
            ),
            // Disabled ports are left out, router interfaces (142) and empty cages (1) too.
            (
                Metric::InterfaceUp,
                &[
                    ("lag-1", 1.0),
                    ("lag-2", 1.0),
                    ("lag-3", 1.0),
                    ("1/1/1", 1.0),
                    ("1/1/2", 1.0),
                    ("1/1/3", 1.0),
                    ("1/1/7", 1.0),
                    ("1/1/8", 1.0),
                    ("1/1/11", 1.0),
                    ("1/1/12", 1.0),
                    ("1/1/13", 1.0),
                    ("1/1/16", 1.0),
                    ("1/1/19", 1.0),
                    ("1/1/20", 0.0),
                    ("1/1/25", 1.0),
                    ("1/1/26", 1.0),
                    ("1/1/29", 1.0),
                    ("1/1/30", 1.0),
                    ("A/1", 0.0),
                ],
            ),
            (
                Metric::InterfaceSpeed,
                &[
                    ("lag-1", 2e10),
                    ("lag-2", 1e10),
                    ("lag-3", 1e10),
                    ("1/1/1", 1e10),
                    ("1/1/2", 1e10),
                    ("1/1/3", 1e10),
                    ("1/1/7", 1e9),
                    ("1/1/8", 1e9),
                    ("1/1/11", 1e10),
                    ("1/1/12", 1e10),
                    ("1/1/13", 1e9),
                    ("1/1/16", 1e9),
                    ("1/1/19", 1e9),
                    ("1/1/20", 1e9),
                    ("1/1/25", 1e10),
                    ("1/1/26", 1e10),
                    ("1/1/29", 1e10),
                    ("1/1/30", 1e10),
                    ("A/1", 1e9),
                ],
            ),
        ],
    },
];

pub const RADIOS: &[Row] = &[
    Row {
        recording: "aviat-wtm",
        device_type: "AV4200",
        model: Some("WTM4200"),
        firmware: Some("2.7.0.11.4349"),
        uptime: Some(4_525_104),
        readings: &[
            (Metric::RadioRsl, &[("Carrier1/1", -36.7), ("Carrier1/2", -37.0)]),
            (Metric::RadioSnr, &[("Carrier1/1", 45.0), ("Carrier1/2", 45.0)]),
            (Metric::RadioTransmitPower, &[("Carrier1/1", 22.4), ("Carrier1/2", 22.5)]),
            (Metric::RadioCapacity, &[("Carrier1/1", 730_947_000.0), ("Carrier1/2", 730_947_000.0)]),
            (Metric::RadioReceiveCapacity, &[("Carrier1/1", 730_947_000.0), ("Carrier1/2", 730_947_000.0)]),
            // Code 14, of what is received; what is sent is not in the recording.
            (Metric::RadioModulation, &[("Carrier1/1", 4096.0), ("Carrier1/2", 4096.0)]),
            (Metric::RadioFrequency, &[("Carrier1/1", 11_565_000_000.0), ("Carrier1/2", 11_565_000_000.0)]),
            // Scale units, precision 3.
            (Metric::Voltage, &[("input", 47.058)]),
            (
                Metric::Temperature,
                &[
                    ("InternalTemp1/1", 42.562),
                    ("InternalTemp1/2", 40.375),
                    ("InternalTemp1/3", 52.0),
                    ("InternalTemp1/4", 51.187),
                    ("InternalTemp1/5", 48.724),
                    ("Temperature1/1", 40.0),
                    ("Temperature1/2", 41.0),
                ],
            ),
            // Nobody says which ports are enabled: those without a link are neither up nor down.
            (Metric::InterfaceUp, &[("GigabitEthernet1/1", 1.0), ("Radio1", 1.0)]),
        ],
    },
    Row {
        recording: "epmp_epmp-ap-connected-sta",
        device_type: "CNEP3K",
        model: Some("EP3K"),
        firmware: Some("5.10.3"),
        uptime: None,
        readings: &[
            // 259 tenths of a percent.
            (Metric::CpuBusy, &[("all", 0.259)]),
            (Metric::RadioFrequency, &[("radio", 5_190_000_000.0)]),
            (Metric::RadioStations, &[("", 6.0)]),
            // Two interfaces of one name. Its ifHighSpeed is in bits a second, which no port can have.
            (
                Metric::InterfaceUp,
                &[
                    ("WLAN interface (1)", 1.0),
                    ("WLAN interface (2)", 1.0),
                    ("LAN interface 1", 1.0),
                    ("LAN interface 2", 0.0),
                ],
            ),
        ],
    },
    Row {
        recording: "tachyon",
        device_type: "TYN301",
        model: Some("TNA-303X"),
        firmware: Some("1.12.0 rev 54574"),
        uptime: Some(41_771),
        readings: &[
            (Metric::CpuBusy, &[("all", 0.03)]),
            (Metric::RadioFrequency, &[("wlan0", 66_960_000_000.0)]),
            (Metric::RadioStations, &[("", 2.0)]),
            (Metric::Temperature, &[("cpu", 48.0), ("wlan0", 45.0), ("wlan0 modem", 48.0)]),
            // Its Ethernet ports say that they are virtual (53).
            (Metric::InterfaceUp, &[("wlan0", 1.0)]),
        ],
    },
];

pub const SWITCHES: &[Row] = &[
    Row {
        recording: "netonix_wispswitch",
        device_type: "GENERIC",
        model: Some("WS-12-250-AC"),
        firmware: Some("1.3.9"),
        uptime: Some(40_764_573),
        readings: &[
            (Metric::FanSpeed, &[("1", 0.0)]),
            (Metric::Temperature, &[("Board Temp", 43.0), ("CPU Temp", 81.0), ("PHY Temp", 67.0)]),
            // Hundredths of a volt.
            (Metric::Voltage, &[("Board 48V", 49.8), ("Board 24V", 24.6), ("Board 3V", 3.3)]),
            // Tenths of a watt and of an ampere.
            (Metric::PowerDrawn, &[("system", 33.0)]),
            (Metric::Current, &[("dc-input", 0.0)]),
            (
                Metric::InterfaceUp,
                &[
                    ("Port 1", 1.0),
                    ("Port 2", 0.0),
                    ("Port 3", 0.0),
                    ("Port 4", 1.0),
                    ("Port 5", 1.0),
                    ("Port 6", 1.0),
                    ("Port 7", 1.0),
                    ("Port 8", 0.0),
                    ("Port 9", 0.0),
                    ("Port 10", 0.0),
                    ("Port 11", 1.0),
                    ("Port 12", 1.0),
                    ("Port 13", 0.0),
                    ("Port 14", 0.0),
                ],
            ),
            (
                Metric::InterfaceSpeed,
                &[
                    ("Port 1", 1e9),
                    ("Port 4", 1e9),
                    ("Port 5", 1e9),
                    ("Port 6", 1e9),
                    ("Port 7", 1e9),
                    ("Port 11", 1e8),
                    ("Port 12", 1e8),
                ],
            ),
        ],
    },
    Row {
        recording: "cnmatrix",
        device_type: "GENERIC",
        model: Some("TX1012-P-DC"),
        firmware: Some("5.0.1-r4"),
        uptime: None,
        readings: &[
            (Metric::Temperature, &[("system", 43.0)]),
            (Metric::CpuBusy, &[("all", 0.01)]),
            // Milliwatts.
            (
                Metric::PoePower,
                &[("1", 0.0), ("2", 0.0), ("3", 24.5), ("4", 0.0), ("5", 0.0), ("6", 0.0), ("7", 0.0), ("8", 0.0)],
            ),
            // Nobody says which ports are enabled.
            (Metric::InterfaceUp, &[("Gi0/7", 1.0), ("Ex0/1", 1.0), ("Ex0/2", 1.0), ("Ex0/3", 1.0)]),
        ],
    },
];

pub const POWER: &[Row] = &[
    Row {
        recording: "ict-pdu_ict200db-12irc",
        device_type: "ICT200DB12",
        model: Some("ICT200DB-12IRC"),
        firmware: Some("3.10"),
        uptime: Some(60_417),
        readings: &[
            // A -48 V plant.
            (Metric::Voltage, &[("bus", -55.2)]),
            (Metric::Current, &[("bus", -3.1)]),
            (Metric::OutletUp, &ALL_OUTPUTS),
            (Metric::FuseOk, &ALL_OUTPUTS),
            (
                Metric::OutletCurrent,
                &[
                    ("1A", -1.9),
                    ("2A", -1.2),
                    ("3A", 0.0),
                    ("4A", 0.0),
                    ("5A", 0.0),
                    ("6A", 0.0),
                    ("1B", -1.7),
                    ("2B", -1.0),
                    ("3B", 0.0),
                    ("4B", 0.0),
                    ("5B", 0.0),
                    ("6B", 0.0),
                ],
            ),
        ],
    },
    Row {
        recording: "ict-mps",
        device_type: "ICTMPS",
        model: Some("Modular Power Series 48V"),
        firmware: Some("1.04"),
        uptime: Some(2_654_505),
        readings: &[
            (Metric::InputVoltage, &[("", 121.0)]),
            (Metric::OutputVoltage, &[("", 54.1)]),
            (Metric::OutputCurrent, &[("", 2.3)]),
            (Metric::BatteryTemperature, &[("", 36.0)]),
            (Metric::BatteryCharge, &[("", 0.0)]),
            // Modules 1 to 3 make power, 4 is a battery, 5 to 8 are empty slots. Run time is not in the recording.
            (Metric::RectifierUp, &[("1", 1.0), ("2", 1.0), ("3", 1.0)]),
            ON_MAINS,
        ],
    },
    Row {
        recording: "ict-swi",
        device_type: "GENERIC",
        model: Some("my_ict_inverter"),
        firmware: Some("1.03"),
        uptime: Some(2_253_514),
        readings: &[
            (Metric::BatteryVoltage, &[("", 54.3)]),
            (Metric::OutputVoltage, &[("", 119.0)]),
            (Metric::Load, &[("", 0.0)]),
        ],
    },
    Row {
        recording: "apc_smt750x-nmc2",
        device_type: "APCUPS",
        model: Some("Smart-UPS X 750"),
        firmware: Some("UPS 09.8 (ID20)"),
        uptime: Some(719_178),
        readings: &[
            // Tenths of a percent, of a degree, of a volt.
            (Metric::BatteryCharge, &[("", 1.0)]),
            (Metric::BatteryTemperature, &[("", 23.4)]),
            (Metric::BatteryVoltage, &[("", 54.7)]),
            // 10,976,200 hundredths of a second.
            (Metric::BatteryRuntime, &[("", 109_762.0)]),
            (Metric::InputVoltage, &[("", 119.1)]),
            (Metric::InputFrequency, &[("", 60.0)]),
            (Metric::OutputVoltage, &[("", 119.1)]),
            (Metric::OutputCurrent, &[("", 0.0)]),
            (Metric::Load, &[("", 0.0)]),
            (Metric::AlarmActive, &[("replace battery", 0.0)]),
            ON_MAINS,
        ],
    },
    Row {
        recording: "apc_ap7900b",
        device_type: "APCPDU",
        model: Some("AP7900B"),
        firmware: None,
        uptime: None,
        readings: &[
            // 27 tenths of rPDU2; its power is -1, rPDU has 312 W.
            (Metric::OutputCurrent, &[("", 2.7)]),
            (Metric::OutputPower, &[("", 312.0)]),
            // sPDU says 1 where an outlet is on.
            (
                Metric::OutletUp,
                &[("1", 1.0), ("2", 1.0), ("3", 1.0), ("4", 1.0), ("5", 1.0), ("6", 1.0), ("7", 1.0), ("8", 1.0)],
            ),
        ],
    },
    Row {
        recording: "deltaups_rfc1628string",
        device_type: "UPSMIB",
        model: None,
        firmware: None,
        uptime: None,
        readings: &[
            (Metric::BatteryCharge, &[("", 0.29)]),
            (Metric::BatteryTemperature, &[("", 14.0)]),
            (Metric::BatteryVoltage, &[("", 55.4)]),
            // 338 minutes.
            (Metric::BatteryRuntime, &[("", 20_280.0)]),
            // 2360 and 2300: tenths of a volt, where RFC 1628 has whole ones.
            (Metric::InputVoltage, &[("", 236.0)]),
            (Metric::OutputVoltage, &[("", 230.0)]),
            (Metric::InputFrequency, &[("", 50.0)]),
            (Metric::OutputCurrent, &[("", 0.0)]),
            (Metric::OutputPower, &[("", 122.0)]),
            (Metric::Load, &[("", 0.08)]),
            ON_MAINS,
        ],
    },
    Row {
        recording: "eatonups",
        device_type: "GENERIC",
        model: None,
        firmware: None,
        uptime: Some(25_109_198),
        readings: &[
            // XUPS-MIB: seconds, whole volts and amperes, tenths of a hertz.
            (Metric::BatteryRuntime, &[("", 8620.0)]),
            (Metric::BatteryVoltage, &[("", 78.0)]),
            (Metric::BatteryCurrent, &[("", 0.0)]),
            (Metric::BatteryCharge, &[("", 1.0)]),
            (Metric::InputFrequency, &[("", 50.0)]),
            // The first of three phases; current and power of all: 1 + 5 + 5, 231 + 944 + 882.
            (Metric::InputVoltage, &[("", 228.0)]),
            (Metric::OutputVoltage, &[("", 230.0)]),
            (Metric::OutputCurrent, &[("", 11.0)]),
            (Metric::OutputPower, &[("", 2057.0)]),
            (Metric::Load, &[("", 0.25)]),
            (Metric::Temperature, &[("ambient", 29.0)]),
            // An old card, without ifXTable: ifDescr, and ifSpeed in bits a second.
            (Metric::InterfaceUp, &[("UM9008", 1.0)]),
            (Metric::InterfaceSpeed, &[("UM9008", 1e7)]),
        ],
    },
    Row {
        recording: "cyberpower",
        device_type: "GENERIC",
        model: Some("OL2200RTXL2U"),
        firmware: Some("S1A17"),
        uptime: Some(17_952_213),
        readings: &[
            (Metric::BatteryCharge, &[("", 1.0)]),
            (Metric::BatteryTemperature, &[("", 36.0)]),
            // 174,000 hundredths of a second.
            (Metric::BatteryRuntime, &[("", 1740.0)]),
            (Metric::InputVoltage, &[("", 119.5)]),
            (Metric::InputFrequency, &[("", 60.0)]),
            (Metric::OutputVoltage, &[("", 120.2)]),
            (Metric::OutputCurrent, &[("", 6.5)]),
        ],
    },
];

/// Outputs 0 to 11 of a panel with two buses, all on and whole.
const ALL_OUTPUTS: [(&str, f64); 12] = [
    ("1A", 1.0),
    ("2A", 1.0),
    ("3A", 1.0),
    ("4A", 1.0),
    ("5A", 1.0),
    ("6A", 1.0),
    ("1B", 1.0),
    ("2B", 1.0),
    ("3B", 1.0),
    ("4B", 1.0),
    ("5B", 1.0),
    ("6B", 1.0),
];
