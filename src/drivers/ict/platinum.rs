//! Platinum (ICT800), branch 39145.11.

use super::precise;
use crate::drivers::TestResult;
use crate::drivers::power::{Object, Outlet, OutletState, PowerFamily, Record, Snapshot, Source, bound};

macro_rules! at {
    ($($n:literal),*) => { &[1, 3, 6, 1, 4, 1, 39145, 11 $(, $n)*] };
}

/// ICT Platinum.
pub static PLATINUM: PowerFamily = PowerFamily {
    name: "an ICT Platinum power supply",
    roots: &[at!()],
    proof: at!(),
    bulk: false,
    config: &[
        Object::scalar("deviceModel", at!(1)),
        Object::scalar("deviceName", at!(2)),
        Object::scalar("deviceHardware", at!(3)),
        Object::scalar("deviceFirmware", at!(4)),
        Object::scalar("deviceMacAddress", at!(5)),
        Object::scalar("outputEnable", at!(9)),
    ],
    record,
    tests,
};

fn record(snapshot: &Snapshot) -> Record {
    let mut record = Record {
        model: snapshot.text(at!(1)),
        name: snapshot.text(at!(2)),
        firmware: snapshot.text(at!(4)),
        ..Record::default()
    };
    record.measure("input_voltage_v", snapshot.number(at!(6)).or_else(|| snapshot.number(at!(16))), 1.0);
    precise(&mut record, "output_voltage_v", snapshot.number(at!(17)), snapshot.number(at!(7)));
    precise(&mut record, "output_current_a", snapshot.number(at!(18)), snapshot.number(at!(8)));
    precise(&mut record, "battery_voltage_v", snapshot.number(at!(19)), snapshot.number(at!(10)));
    precise(&mut record, "battery_current_a", snapshot.number(at!(20)), snapshot.number(at!(11)));
    record.temperature(snapshot.number(at!(12)), 1.0);
    record.measure("battery_percent", snapshot.number(at!(13)), 1.0);
    record.measure("battery_net_ah", snapshot.number(at!(14)), 1.0);
    record.measure("runtime_min", snapshot.number(at!(15)), 1.0);
    record.source = source(record.value("input_voltage_v"));
    record.outlets.extend(snapshot.code(at!(9)).map(|enable| Outlet {
        id: "1".to_owned(),
        index: 0,
        label: None,
        state: if enable == 1 { OutletState::On } else { OutletState::Off },
        fuse: None,
        current_a: record.value("output_current_a"),
        controllable: true,
    }));
    record
}

/// Below 60 V no mains of any country is left; without a reading the source is not known.
pub(super) fn source(input_voltage: Option<f64>) -> Source {
    match input_voltage {
        Some(volts) if volts >= 60.0 => Source::Mains,
        Some(_) => Source::Battery,
        None => Source::Unknown,
    }
}

/// spec/field-devices.md 2.2.
fn tests(record: &Record) -> Vec<TestResult> {
    vec![
        bound("Input voltage", ">90 VAC", record.value("input_voltage_v"), "VAC", |volts| volts > 90.0),
        bound("Battery voltage", ">46 VDC", record.value("battery_voltage_v"), "VDC", |volts| volts > 46.0),
        bound("Output current", "<15 A", record.value("output_current_a"), "A", |amperes| amperes < 15.0),
        bound("Battery charge state", "100%", record.value("battery_percent"), "%", |percent| percent >= 100.0),
    ]
}
