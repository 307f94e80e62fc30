//! What the agent shows: system group, CPU and memory, chassis, hardware table, fans (TIMETRA-SYSTEM-MIB,
//! TIMETRA-CHASSIS-MIB).

use async_snmp::{Oid, Value};

use crate::snmp::kinds::Scene;
use crate::snmp::knobs::Knobs;
use crate::snmp::tree::Rows;

const SYSTEM: &[u32] = &[1, 3, 6, 1, 2, 1, 1];
const PRODUCTS: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 1, 3];
const SGI: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 1, 1];
const CHASSIS: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1];

/// A part of the chassis: index, class, name, whether it has a sensor.
const PARTS: &[(u32, i32, &str, bool)] = &[
    (50_331_649, 3, "Chassis 1", false),
    (83_886_081, 5, "Chassis 1 Power Supply 1", false),
    (83_886_082, 5, "Chassis 1 Power Supply 2", false),
    (100_663_297, 6, "Chassis 1 Fan 1", false),
    (134_217_729, 8, "Slot 1", true),
    (150_994_977, 9, "Slot A", true),
    (184_549_633, 11, "MDA 1/1", true),
    (201_327_106, 12, "cf2:", false),
    (201_327_107, 12, "cf3:", false),
];

/// Last numbers of sysObjectID.
const OBJECTS: &[(&str, u32)] = &[
    ("7250 IXR-R6", 20),
    ("7250 IXR-6", 21),
    ("7250 IXR-10", 22),
    ("7250 IXR-s", 23),
    ("7250 IXR-e", 25),
    ("7250 IXR-R4", 26),
    ("7250 IXR-X1", 27),
    ("7250 IXR-X3", 29),
    ("7250 IXR-ec", 31),
    ("7250 IXR-R6d", 32),
    ("7250 IXR-R6dl", 33),
];

fn version(knobs: &Knobs) -> String {
    let own = match knobs.text("personality", "").as_str() {
        "ixr-mixed-23.10" => "23.10.R4",
        "ixr-md-24.10" => "24.10.R2",
        "timos-19-md" => "19.10.R8",
        _ => "22.10.R9",
    };
    knobs.text("version", own)
}

/// The rows.
pub fn rows(scene: &Scene<'_>) -> Rows {
    let knobs = scene.knobs;
    let mut rows = Rows::default();
    let version = version(knobs);
    let model = knobs.text("model", "7250 IXR-e");
    let name = knobs.text("name", scene.device);
    // Line ends of both kinds, as real ones have.
    let description = format!(
        "TiMOS-C-{version} cpm/x86hops64 {} Copyright (c) 2000-2024 Nokia.\nAll rights reserved. All use subject to applicable \
         license agreements.\r\nBuilt on Thu Jan 11 10:02:44 PST 2024 by builder in /builds/panos/main/sros\r\n",
        knobs.text("product", "Nokia 7250 IXR")
    );
    rows.text(SYSTEM, &[1, 0], &knobs.text("sys_descr", &description));
    let known = OBJECTS.iter().find(|(known, _)| *known == model).map_or(99, |(_, object)| *object);
    let object = knobs.integer("object", known.cast_signed()).cast_unsigned();
    let object: Vec<u32> = PRODUCTS.iter().copied().chain([object]).collect();
    rows.put(SYSTEM, &[2, 0], Value::ObjectIdentifier(Oid::from_slice(&object)));
    rows.text(SYSTEM, &[4, 0], &knobs.text("sys_contact", ""));
    rows.text(SYSTEM, &[5, 0], &knobs.text("sys_name", &name));
    rows.text(SYSTEM, &[6, 0], &knobs.text("sys_location", &knobs.text("location", "Pine Ridge hut")));
    rows.int(SYSTEM, &[7, 0], 78);

    let (used, free) = (knobs.number("memory_used_kb", 1_580_000.0), knobs.number("memory_free_kb", 1_587_200.0));
    rows.gauge(SGI, &[1, 0], knobs.integer("cpu", 2));
    // 32 bits of bytes, which wrap.
    let wrapped = |kb: f64| Value::Gauge32((kb as u64).wrapping_mul(1024) as u32);
    rows.put(SGI, &[2, 0], wrapped(used));
    rows.put(SGI, &[3, 0], wrapped(free));
    let mut numbers = version.split('.');
    let mut number = || numbers.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    rows.gauge(SGI, &[5, 0], number());
    rows.gauge(SGI, &[6, 0], number());
    rows.text(SGI, &[7, 0], version.rsplit('.').next().unwrap_or_default());
    rows.gauge(SGI, &[9, 0], crate::snmp::knobs::whole(used));
    rows.gauge(SGI, &[10, 0], crate::snmp::knobs::whole(free));
    rows.gauge(SGI, &[11, 0], crate::snmp::knobs::whole(used));

    rows.text(CHASSIS, &[3, 1, 3, 1], &name);
    rows.gauge(CHASSIS, &[3, 1, 4, 1], 48);
    rows.int(CHASSIS, &[3, 1, 24, 1], if knobs.flag("over_temperature", false) { 2 } else { 1 });
    hardware(knobs, &mut rows);
    for (fan, state) in (1..).zip(states(knobs, "fans", 3)) {
        rows.int(CHASSIS, &[24, 1, 1, 2, 3, 1, fan], if state == "up" { 3 } else { 4 });
        rows.gauge(CHASSIS, &[24, 1, 1, 5, 3, 1, fan], knobs.integer("fan_speed", 40));
    }
    rows
}

fn states(knobs: &Knobs, name: &str, default: usize) -> Vec<String> {
    match knobs.get(name) {
        Some(_) => knobs.texts(name),
        None => vec!["up".to_owned(); default],
    }
}

fn hardware(knobs: &Knobs, rows: &mut Rows) {
    let alarms = knobs.texts("hw_alarms");
    let temperatures = knobs.texts("temperatures");
    let mut sensors = 0_usize;
    let psus = states(knobs, "psus", 2);
    for (index, class, name, sensor) in PARTS {
        let at = |column: u32| [8, 1, column, 1, *index];
        let chassis = matches!(class, 3 | 8 | 9 | 11);
        let serial = match class {
            5 => format!("NSPSU0000{}", index - 83_886_080),
            _ if chassis => knobs.text("serial", "NS2234F0601"),
            _ => String::new(),
        };
        rows.text(CHASSIS, &at(4), if chassis { "3HE14782AARC01" } else { "" });
        rows.text(CHASSIS, &at(5), &serial);
        rows.int(CHASSIS, &at(7), *class);
        rows.text(CHASSIS, &at(8), name);
        rows.int(CHASSIS, &at(15), 2);
        let psu = psus.get((index.saturating_sub(83_886_081)) as usize).map_or("up", String::as_str);
        let state = match (class, *name) {
            (5, _) if psu == "not equipped" => 7,
            (5, _) if psu != "up" => 5,
            (12, "cf2:") => 3,
            _ => 2,
        };
        rows.int(CHASSIS, &at(16), state);
        rows.int(CHASSIS, &at(17), if *sensor { 1 } else { 2 });
        let degrees = if *sensor {
            let own = temperatures.get(sensors).and_then(|text| text.parse().ok()).unwrap_or(42);
            sensors += 1;
            own
        } else {
            -128
        };
        rows.int(CHASSIS, &at(18), degrees);
        rows.int(CHASSIS, &at(19), if *sensor { knobs.integer("threshold", 94) } else { -1 });
        rows.int(CHASSIS, &at(24), if alarms.iter().any(|alarm| alarm == name) { 1 } else { 2 });
    }
}
