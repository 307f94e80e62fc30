//! Platinum (ICT800), branch 39145.11.

use super::{FIRMWARE, HARDWARE, HEAD, MAC, MODEL, NAME, head, precise};
use crate::drivers::TestResult;
use crate::drivers::power::{Branch, Object, Outlet, OutletState, PowerFamily, Record, Source, bound};

const OUTPUT_ENABLE: &[u32] = &[9];

/// ICT Platinum. Everything is a scalar: one request.
pub static PLATINUM: PowerFamily = PowerFamily {
    name: "an ICT Platinum power supply",
    root: &[1, 3, 6, 1, 4, 1, 39145, 11],
    scalars: &[
        MODEL,
        NAME,
        HARDWARE,
        FIRMWARE,
        MAC,
        &[6],
        &[7],
        &[8],
        OUTPUT_ENABLE,
        &[10],
        &[11],
        &[12],
        &[13],
        &[14],
        &[15],
        &[16],
        &[17],
        &[18],
        &[19],
        &[20],
    ],
    walks: &[],
    proof: &[&[]],
    bulk: false,
    short_rows: false,
    config: &[HEAD, &[Object::scalar("outputEnable", OUTPUT_ENABLE)]],
    record,
    tests,
};

fn record(unit: &Branch<'_>) -> Record {
    let number = |object: u32| unit.number(&[object]);
    let mut record = head(unit);
    record.best("input_voltage_v", [(number(6), 1.0), (number(16), 1.0)]);
    precise(&mut record, "output_voltage_v", number(17), number(7));
    precise(&mut record, "output_current_a", number(18), number(8));
    precise(&mut record, "battery_voltage_v", number(19), number(10));
    precise(&mut record, "battery_current_a", number(20), number(11));
    record.temperature(number(12), 1.0);
    record.charge([(number(13), 1.0)]);
    record.amount("battery_net_ah", number(14), 1.0);
    record.amount("runtime_min", number(15), 1.0);
    record.source = source(record.value("input_voltage_v"));
    record.outlets.extend(unit.code(OUTPUT_ENABLE).map(|enable| Outlet {
        id: "1".to_owned(),
        index: 0,
        label: None,
        state: OutletState::of(Some(enable), 1, 2),
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

/// spec/field-devices.md 2.2. A -48 V plant has negative voltages and currents: how much there is counts, not its sign,
/// or a battery in order would fail there and an overload would pass.
fn tests(record: &Record) -> Vec<TestResult> {
    vec![
        input_voltage(record),
        bound("Battery voltage", ">46 VDC", record.value("battery_voltage_v"), "VDC", |volts| volts.abs() > 46.0),
        output_current(record),
        battery_charge(record),
    ]
}

pub(super) fn input_voltage(record: &Record) -> TestResult {
    bound("Input voltage", ">90 VAC", record.value("input_voltage_v"), "VAC", |volts| volts > 90.0)
}

pub(super) fn output_current(record: &Record) -> TestResult {
    bound("Output current", "<15 A", record.value("output_current_a"), "A", |amperes| amperes.abs() < 15.0)
}

/// A charge above 100 % is no value (see `Record::charge`), so that "at least" is "equal".
pub(super) fn battery_charge(record: &Record) -> TestResult {
    bound("Battery charge state", "100%", record.value("battery_percent"), "%", |percent| percent >= 100.0)
}

#[cfg(test)]
mod signs {
    use super::*;

    #[test]
    fn a_plant_of_minus_48_volts_is_judged_by_how_much_there_is() {
        let verdicts = |volts: f64, amperes: f64| {
            let mut record = Record::default();
            record.measure("battery_voltage_v", Some(volts), 1.0);
            record.measure("output_current_a", Some(amperes), 1.0);
            let rows = tests(&record);
            let of = |name: &str| rows.iter().find(|row| row.name == name).unwrap().pass;
            (of("Battery voltage"), of("Output current"))
        };
        assert_eq!(verdicts(-54.1, -2.3), (Some(true), Some(true)));
        assert_eq!(verdicts(-46.0, -15.0), (Some(false), Some(false)));
        assert_eq!(verdicts(54.1, 15.1), (Some(true), Some(false)));
        assert!(tests(&Record::default()).iter().all(|row| row.pass == Some(false)), "what is not known never passes");
    }
}
