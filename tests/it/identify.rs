//! Real devices' walks, identified from their SNMP identity alone, and their health read with the right scale. The
//! tables were written by hand from the recordings.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use towerhand::drivers::identify::{Identity, health, identify, wanted};
use towerhand::drivers::power::Snapshot;
use towerhand::model::{DeviceType, Family};
use towerhand::transport::snmp::{Oid, Value as Snmp};

use crate::power::{site, taken_for, unit};
use crate::support::recording;

/// Recording; vendor, product, family, type; model, version, serial number; management card.
type Row = (
    &'static str,
    (&'static str, &'static str, Option<Family>, &'static str),
    (Option<&'static str>, Option<&'static str>, Option<&'static str>),
    Option<&'static str>,
);

const IDENTITIES: &[Row] = &[
    (
        "routeros_crs317",
        ("MikroTik", "RouterOS router or switch", Some(Family::RouterOs), "MTROS"),
        (Some("CRS317-1G-16S+"), Some("6.44.2"), Some("8ED5087EB201")),
        None,
    ),
    (
        "routeros_rb760igs",
        ("MikroTik", "RouterOS router or switch", Some(Family::RouterOs), "MTROS"),
        (Some("RB760iGS"), Some("7.1.1"), Some("E1F10E90A6E9")),
        None,
    ),
    // These two recordings have no version and no serial number.
    (
        "routeros_rb2011il",
        ("MikroTik", "RouterOS router or switch", Some(Family::RouterOs), "MTROS"),
        (Some("RB2011iL"), None, None),
        None,
    ),
    (
        "routeros_ltap-mini",
        ("MikroTik", "RouterOS router or switch", Some(Family::RouterOs), "MTROS"),
        (Some("RB912R-2nD"), None, None),
        None,
    ),
    (
        "timos_ixr",
        ("Nokia", "7250 IXR router (SR OS)", Some(Family::Nokia7250), "NK7250"),
        (Some("7250 IXR-e"), Some("22.10.R11"), Some("NK243137407")),
        None,
    ),
    (
        "aviat-wtm",
        ("Aviat", "WTM4200 radio", Some(Family::Aviat), "AV4200"),
        (Some("W42-11H2-WPX"), Some("2.7.0.11.4349"), Some("AAA9999A999")),
        None,
    ),
    (
        "cnmatrix",
        ("Cambium", "cnMatrix switch", Some(Family::CnMatrix), "CN1012"),
        (Some("TX1012-P-DC"), Some("5.0.1-r4"), Some("ABCDEF0123456789")),
        None,
    ),
    (
        "epmp_epmp-ap-connected-sta",
        ("Cambium", "ePMP access point", Some(Family::Epmp), "CNEP3K"),
        (Some("EP3K"), Some("5.10.3"), None),
        None,
    ),
    // A model that the contract has no type for.
    (
        "tachyon",
        ("Tachyon", "radio", Some(Family::Tachyon), "none"),
        (Some("TNA-303X"), Some("1.12.0 rev 54574"), Some("TNA3031402400256")),
        None,
    ),
    (
        "netonix_wispswitch",
        ("Netonix", "switch", Some(Family::Netonix), "NXWS12"),
        (Some("WS-12-250-AC"), Some("1.3.9"), None),
        None,
    ),
    (
        "ict-pdu_ict200db-12irc",
        ("ICT", "distribution panel", Some(Family::IctPanel), "ICT200DB12"),
        (Some("ICT200DB-12IRC"), Some("3.10"), None),
        None,
    ),
    (
        "ict-mps",
        ("ICT", "modular power system", Some(Family::IctMps), "ICTMPS"),
        (Some("Modular Power Series 48V"), Some("1.04"), None),
        None,
    ),
    // Its model object holds what its owner wrote; there is no driver for inverters.
    ("ict-swi", ("ICT", "sine wave inverter", None, "none"), (Some("my_ict_inverter"), Some("1.03"), None), None),
    (
        "apc_smt750x-nmc2",
        ("APC", "UPS", Some(Family::ApcUps), "APCUPS"),
        (Some("Smart-UPS X 750"), Some("UPS 09.8 (ID20)"), Some("AS1907242163")),
        Some("AP9631 7.0.8"),
    ),
    (
        "apc_ap7900b",
        ("APC", "rack PDU", Some(Family::ApcPdu), "APCPDU"),
        (Some("AP7900B"), Some("6.8.0"), Some("ZA1732000177")),
        None,
    ),
    // No identity group at all: a UPS by what it measures.
    ("deltaups_rfc1628string", ("Delta", "UPS", Some(Family::UpsMib), "UPSMIB"), (None, None, None), Some("Mini-SNMP")),
    // XUPS-MIB without its identity group, and nothing of RFC 1628.
    ("eatonups", ("Eaton", "UPS", None, "none"), (None, None, None), Some("ConnectUPS Web/SNMP Card V4.38")),
    (
        "cyberpower",
        ("CyberPower", "UPS", None, "none"),
        (Some("OL2200RTXL2U"), Some("S1A17"), Some("ABCFT1000001")),
        None,
    ),
];

/// A value by name and sensor.
type Reading = (&'static str, &'static str, f64);

/// All of them for small devices, the telling ones for large. An empty sensor: there is only one.
const READINGS: &[(&str, &[Reading])] = &[
    (
        "routeros_crs317",
        &[
            ("cpu_percent", "", 16.5),
            ("memory_used_percent", "", 4.624_557),
            ("disk_used_percent", "", 84.423_828),
            // The table, in whole degrees; the scalar beside it (440 tenths) is not read twice.
            ("temperature_c", "temperature", 45.0),
            ("temperature_c", "cpu-temperature", 36.0),
            ("temperature_c", "sfp-temperature", 45.0),
            ("fan_rpm", "fan1-speed", 0.0),
            ("fan_rpm", "fan2-speed", 0.0),
            ("fault", "psu1-state", 0.0),
            ("fault", "psu2-state", 1.0),
        ],
    ),
    (
        "routeros_rb760igs",
        &[
            ("cpu_percent", "", 0.75),
            ("memory_used_percent", "", 19.482_422),
            ("disk_used_percent", "", 71.240_234),
            // The scalars, in tenths.
            ("voltage_v", "", 10.9),
            ("temperature_c", "board", 35.0),
        ],
    ),
    ("routeros_rb2011il", &[]),
    ("routeros_ltap-mini", &[]),
    (
        "timos_ixr",
        &[
            ("cpu_percent", "", 2.0),
            ("memory_available_mb", "", 1587.2),
            ("temperature_c", "Slot 1", 42.0),
            ("temperature_limit_c", "Slot 1", 94.0),
            ("temperature_c", "Slot A", 41.0),
            ("temperature_limit_c", "Slot A", 94.0),
            ("temperature_c", "MDA 1/1", 42.0),
            ("temperature_limit_c", "MDA 1/1", 94.0),
            ("fault", "fan 1", 0.0),
            ("fan_speed_percent", "fan 1", 40.0),
        ],
    ),
    (
        "aviat-wtm",
        &[
            ("voltage_v", "VoltageSensor1/1", 47.058),
            ("temperature_c", "InternalTemp1/1", 42.562),
            ("temperature_c", "InternalTemp1/2", 40.375),
            ("temperature_c", "InternalTemp1/3", 52.0),
            ("temperature_c", "InternalTemp1/4", 51.187),
            ("temperature_c", "InternalTemp1/5", 48.724),
            ("temperature_c", "Temperature1/1", 40.0),
            ("temperature_c", "Temperature1/2", 41.0),
            ("rsl_dbm", "Carrier1/1", -36.7),
            ("rsl_dbm", "Carrier1/2", -37.0),
            ("snr_db", "Carrier1/1", 45.0),
            ("snr_db", "Carrier1/2", 45.0),
            ("tx_power_dbm", "Carrier1/1", 22.4),
            ("tx_power_dbm", "Carrier1/2", 22.5),
            ("tx_frequency_mhz", "Carrier1/1", 11_565.0),
            ("tx_frequency_mhz", "Carrier1/2", 11_565.0),
            ("tx_capacity_mbps", "Carrier1/1", 730.947),
            ("tx_capacity_mbps", "Carrier1/2", 730.947),
            ("rx_capacity_mbps", "Carrier1/1", 730.947),
            ("rx_capacity_mbps", "Carrier1/2", 730.947),
        ],
    ),
    (
        "cnmatrix",
        &[
            ("temperature_c", "", 43.0),
            ("cpu_percent", "", 1.0),
            ("memory_used_percent", "", 58.0),
            ("poe_current_a", "port 1", 0.0),
            ("poe_current_a", "port 2", 0.0),
            ("poe_current_a", "port 3", 0.456),
            ("poe_current_a", "port 4", 0.0),
            ("poe_current_a", "port 5", 0.0),
            ("poe_current_a", "port 6", 0.0),
            ("poe_current_a", "port 7", 0.0),
            ("poe_current_a", "port 8", 0.0),
            ("poe_voltage_v", "port 1", 0.0),
            ("poe_voltage_v", "port 2", 0.0),
            ("poe_voltage_v", "port 3", 53.6),
            ("poe_voltage_v", "port 4", 0.0),
            ("poe_voltage_v", "port 5", 0.0),
            ("poe_voltage_v", "port 6", 0.0),
            ("poe_voltage_v", "port 7", 0.0),
            ("poe_voltage_v", "port 8", 0.0),
            ("poe_power_w", "port 1", 0.0),
            ("poe_power_w", "port 2", 0.0),
            ("poe_power_w", "port 3", 24.5),
            ("poe_power_w", "port 4", 0.0),
            ("poe_power_w", "port 5", 0.0),
            ("poe_power_w", "port 6", 0.0),
            ("poe_power_w", "port 7", 0.0),
            ("poe_power_w", "port 8", 0.0),
        ],
    ),
    (
        "epmp_epmp-ap-connected-sta",
        &[
            ("cpu_percent", "", 25.9),
            ("frequency_mhz", "", 5190.0),
            ("connected_subscribers", "", 6.0),
            ("gps_satellites_tracked", "", 6.0),
            ("gps_satellites_visible", "", 18.0),
            ("sync_source_code", "", 2.0),
        ],
    ),
    (
        "tachyon",
        &[
            ("cpu_percent", "", 3.0),
            ("memory_used_percent", "", 36.0),
            ("temperature_c", "cpu", 48.0),
            ("peers", "", 2.0),
            ("frequency_mhz", "wlan0", 66_960.0),
            ("channel_width_mhz", "wlan0", 2160.0),
            ("temperature_c", "wlan0", 45.0),
            ("temperature_c", "wlan0 modem", 48.0),
            ("signal_dbm", "78:5E:E8:D0:6D:A9", -61.0),
            ("signal_dbm", "78:5E:E8:D0:6E:F0", -59.0),
        ],
    ),
    (
        "netonix_wispswitch",
        &[
            ("fan_rpm", "fan 1", 0.0),
            ("temperature_c", "Board Temp", 43.0),
            ("temperature_c", "CPU Temp", 81.0),
            ("temperature_c", "PHY Temp", 67.0),
            ("voltage_v", "Board 48V", 49.8),
            ("voltage_v", "Board 24V", 24.6),
            ("voltage_v", "Board 3V", 3.3),
            ("power_w", "", 33.0),
            ("dc_input_current_a", "", 0.0),
        ],
    ),
    ("ict-pdu_ict200db-12irc", &[("bus_voltage_v", "", -55.2), ("bus_current_a", "", -3.1)]),
    (
        "ict-mps",
        &[
            ("input_voltage_v", "", 121.0),
            ("output_voltage_v", "", 54.1),
            ("output_current_a", "", 2.3),
            ("temperature_c", "", 36.0),
            ("battery_percent", "", 0.0),
        ],
    ),
    (
        "ict-swi",
        &[
            ("battery_voltage_v", "", 54.3),
            ("output_voltage_v", "", 119.0),
            ("load_percent", "", 0.0),
            ("status_code", "", 1.0),
            ("transfer_relay_code", "", 1.0),
        ],
    ),
    (
        "apc_smt750x-nmc2",
        &[
            ("battery_percent", "", 100.0),
            ("temperature_c", "", 23.4),
            ("runtime_min", "", 1_829.366_667),
            ("battery_voltage_v", "", 54.7),
            ("input_voltage_v", "", 119.1),
            ("output_voltage_v", "", 119.1),
        ],
    ),
    ("apc_ap7900b", &[("output_current_a", "", 2.7), ("output_power_w", "", 312.0)]),
    (
        "deltaups_rfc1628string",
        &[
            ("runtime_min", "", 338.0),
            ("battery_percent", "", 29.0),
            ("battery_voltage_v", "", 55.4),
            ("temperature_c", "", 14.0),
            ("input_voltage_v", "", 236.0),
            ("output_voltage_v", "", 230.0),
            ("load_percent", "", 8.0),
            ("output_power_w", "", 122.0),
        ],
    ),
    (
        "eatonups",
        &[
            ("runtime_min", "", 143.666_667),
            ("battery_voltage_v", "", 78.0),
            ("battery_current_a", "", 0.0),
            ("battery_percent", "", 100.0),
            ("input_frequency_hz", "", 50.0),
            ("input_voltage_v", "line 1", 228.0),
            ("input_voltage_v", "line 2", 232.0),
            ("input_voltage_v", "line 3", 231.0),
            ("load_percent", "", 25.0),
            ("output_frequency_hz", "", 50.0),
            ("output_voltage_v", "line 1", 230.0),
            ("output_voltage_v", "line 2", 231.0),
            ("output_voltage_v", "line 3", 230.0),
            ("output_current_a", "line 1", 1.0),
            ("output_current_a", "line 2", 5.0),
            ("output_current_a", "line 3", 5.0),
            ("output_power_w", "line 1", 231.0),
            ("output_power_w", "line 2", 944.0),
            ("output_power_w", "line 3", 882.0),
            ("temperature_c", "ambient", 29.0),
        ],
    ),
    (
        "cyberpower",
        &[
            ("battery_percent", "", 100.0),
            ("temperature_c", "battery", 36.0),
            ("runtime_min", "", 29.0),
            ("input_voltage_v", "", 119.5),
            ("input_frequency_hz", "", 60.0),
            ("output_voltage_v", "", 120.2),
            ("output_frequency_hz", "", 60.0),
            ("output_current_a", "", 6.5),
            ("output_status_code", "", 2.0),
            ("replace_battery_code", "", 1.0),
        ],
    ),
];

/// Recordings of power equipment whose readings hold more than the table, which has the telling ones.
const IN_PART: [&str; 5] =
    ["ict-pdu_ict200db-12irc", "ict-mps", "apc_smt750x-nmc2", "apc_ap7900b", "deltaups_rfc1628string"];

fn identity(name: &str) -> Option<(Snapshot, Identity)> {
    let snapshot = recording::snapshot(name)?;
    let identity = identify(&snapshot).unwrap_or_else(|| panic!("{name} is not identified"));
    Some((snapshot, identity))
}

/// The snapshot of what would be asked for: the system group and the identity objects of the vendor, no more.
fn asked(whole: &Snapshot) -> Snapshot {
    let group = [Oid::new(&[1, 3, 6, 1, 2, 1, 1, 1, 0]), Oid::new(&[1, 3, 6, 1, 2, 1, 1, 2, 0])];
    let all = whole.under(&[]);
    let says = match all.scalar(&[1, 3, 6, 1, 2, 1, 1, 2, 0]) {
        Some(Snmp::ObjectId(id)) => Some(id.clone()),
        _ => None,
    };
    let mut asked = Snapshot::default();
    for oid in group.into_iter().chain(wanted(says.as_ref())) {
        if let Some(value) = all.scalar(oid.ids()).filter(|_| all.has(oid.ids())) {
            asked.extend(vec![towerhand::transport::snmp::Varbind { oid, value: value.clone() }]);
        }
    }
    asked
}

#[test]
fn every_recording_is_identified_by_its_snmp_identity_alone() {
    let names: BTreeSet<&str> = IDENTITIES.iter().map(|row| row.0).collect();
    let Some(folder) = recording::path("snmp") else { return };
    let mut there: BTreeSet<String> = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        there.insert(entry.unwrap().file_name().to_string_lossy().trim_end_matches(".snmprec").to_owned());
    }
    let missing: Vec<&String> = there.iter().filter(|name| !names.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "recordings without a row: {missing:?}");
    for (name, (vendor, product, family, code), (model, version, serial), card) in IDENTITIES {
        let Some((whole, identity)) = identity(name) else { continue };
        assert_eq!((identity.vendor.as_str(), identity.product.as_str()), (*vendor, *product), "{name}");
        assert_eq!(
            (identity.family, identity.device_type.map_or("none", DeviceType::code)),
            (*family, *code),
            "{name}"
        );
        assert_eq!(identity.model.as_deref(), *model, "{name}");
        assert_eq!(identity.version.as_deref(), *version, "{name}");
        assert_eq!(identity.serial.as_deref(), *serial, "{name}");
        assert_eq!(identity.card.as_deref(), *card, "{name}");
        // The whole walk tells no more than the few objects that are asked for.
        assert_eq!(identify(&asked(&whole)).as_ref(), Some(&identity), "{name}");
    }
}

#[test]
fn health_values_have_the_right_scale() {
    let listed: BTreeSet<&str> = READINGS.iter().map(|row| row.0).collect();
    assert_eq!(listed, IDENTITIES.iter().map(|row| row.0).collect::<BTreeSet<_>>());
    for (name, expected) in READINGS {
        let Some((snapshot, identity)) = identity(name) else { return };
        let read = health::read(&identity, &snapshot);
        for (reading, of, value) in *expected {
            let found: Vec<f64> = read
                .iter()
                .filter(|one| one.name == *reading && one.of.as_deref().unwrap_or_default() == *of)
                .filter_map(|one| one.value)
                .collect();
            assert_eq!(found, [*value], "{name}: {reading} of '{of}' in {read:#?}");
        }
        if !IN_PART.contains(name) {
            let values = read.iter().filter(|one| one.value.is_some()).count();
            assert_eq!(values, expected.len(), "{name}: more than the table: {read:#?}");
        }
        // Raw value and scale say where each number came from.
        for one in &read {
            let Some(value) = one.value else { continue };
            assert!((one.raw * one.scale - value).abs() < 1e-5, "{name}: {one:?}");
        }
    }
}

/// The same through the whole daemon: the generic driver says what the device seems to be.
#[tokio::test]
async fn the_generic_driver_says_what_a_device_seems_to_be() {
    let generic = ("GENERIC", "other");
    let mut devices = Vec::new();
    for (name, ..) in IDENTITIES {
        let Some(file) = recording::path(&format!("snmp/{name}.snmprec")) else { return };
        devices.push(taken_for(name, "snmp", generic, json!({ "file": file.display().to_string() })));
    }
    let (lab, daemon) = site(devices, "").await;
    for (name, (vendor, product, _, code), (model, version, serial), card) in IDENTITIES {
        let info = daemon.api.response("ido.generic.device_info", json!({ "device": name })).await;
        let expected = [
            ("vendor", Some(*vendor)),
            ("product", Some(*product)),
            ("device_type", Some(*code).filter(|code| *code != "none")),
            ("model", *model),
            ("version", *version),
            ("serial", *serial),
            ("management_card", *card),
        ];
        let expected: serde_json::Map<String, Value> =
            expected.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Value::from(value?)))).collect();
        assert_eq!(info["identity"], Value::Object(expected), "{name}");
        let requests = lab.device(name).unwrap().journal().len();
        assert!(requests <= 40, "{name}: {requests} requests");
    }
    for (name, reading, of, value) in [
        ("netonix_wispswitch", "voltage_v", "Board 48V", 49.8),
        ("cnmatrix", "poe_power_w", "port 3", 24.5),
        ("timos_ixr", "temperature_c", "Slot A", 41.0),
        ("routeros_crs317", "temperature_c", "cpu-temperature", 36.0),
    ] {
        let info = daemon.api.response("ido.generic.device_info", json!({ "device": name })).await;
        let health = info["health"].as_array().unwrap_or_else(|| panic!("{name}: {info}"));
        let found: Vec<&Value> =
            health.iter().filter(|one| one["name"] == reading && one["of"] == of).map(|one| &one["value"]).collect();
        assert_eq!(found, [&json!(value)], "{name}: {health:?}");
    }
    // Of equipment with a reading of its own nothing more was asked, nor of radios that stand few requests.
    for name in ["apc_smt750x-nmc2", "ict-mps", "aviat-wtm"] {
        let info = daemon.api.response("ido.generic.device_info", json!({ "device": name })).await;
        assert_eq!(info.get("health"), None, "{name}");
    }
}

#[tokio::test]
async fn a_wrong_model_says_what_it_seems_to_be() {
    let played = |name: &str, recorded: &str, device_type: (&str, &str)| {
        let file = recording::path(&format!("snmp/{recorded}.snmprec"))?;
        Some(taken_for(name, "snmp", device_type, json!({ "file": file.display().to_string() })))
    };
    let devices = [
        ("switch", "netonix_wispswitch", ("UPSMIB", "ups")),
        ("inverter", "ict-swi", ("ICTMPS", "ups")),
        ("eaton", "eatonups", ("APCUPS", "ups")),
    ];
    let Some(devices) = devices.into_iter().map(|(a, b, c)| played(a, b, c)).collect::<Option<Vec<_>>>() else {
        return;
    };
    let (_lab, daemon) = site(devices, "").await;
    for (device, words) in [
        ("switch", "it seems to be a Netonix switch, model WS-12-250-AC (type NXWS12); correct its type"),
        ("inverter", "it seems to be an ICT sine wave inverter, model my_ict_inverter; correct its type"),
        ("eaton", "it seems to be an Eaton UPS; correct its type"),
    ] {
        let error = daemon.api.error("ido.ups.device_info", json!({ "device": device })).await;
        assert!(error.starts_with("wrong_model: ") && error.contains(words), "{device}: {error}");
    }
}

/// What a device says beside the system group is not needed for an answer.
#[tokio::test]
async fn a_device_that_answers_nothing_of_its_vendors_is_still_there() {
    let rows = [
        "1.3.6.1.2.1.1.1.0|4|Netonix WS-26-400-AC",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.46242",
        "1.3.6.1.2.1.1.3.0|67|100",
        "1.3.6.1.2.1.1.5.0|4|switch",
    ];
    let nobody = [
        "1.3.6.1.2.1.1.1.0|4|Linux host 6.1.0",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10",
        "1.3.6.1.2.1.1.3.0|67|100",
    ];
    let generic = ("GENERIC", "other");
    let devices = vec![
        taken_for("switch", "snmp", generic, json!({ "rows": rows })),
        taken_for("host", "snmp", generic, json!({ "rows": nobody })),
        unit("ups", "ups-mib", json!({})),
    ];
    let (_lab, daemon) = site(devices, "").await;
    let info = daemon.api.response("ido.generic.device_info", json!({ "device": "switch" })).await;
    assert_eq!(
        info["identity"],
        json!({ "vendor": "Netonix", "product": "switch", "device_type": "NXWS26", "model": "WS-26-400-AC" })
    );
    let info = daemon.api.response("ido.generic.device_info", json!({ "device": "host" })).await;
    assert_eq!((info.get("identity"), &info["success"]), (None, &json!(true)));
    let info = daemon.api.response("ido.generic.device_info", json!({ "device": "ups" })).await;
    assert_eq!(info["identity"]["device_type"], "UPSMIB");
}
