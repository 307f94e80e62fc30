//! Real units' walks, read with the right scale. The expected values were written by hand from the recordings.

use towerhand::drivers::power::{OutletState, PowerFamily, Record, Source};
use towerhand::drivers::{apc, ict, upsmib};

use crate::support::recording;

fn record(family: &PowerFamily, name: &str) -> Option<Record> {
    recording::snapshot(name).map(|snapshot| family.read(&snapshot))
}

#[test]
fn f28_a_dual_bus_panel() {
    let Some(panel) = record(&ict::PANEL, "ict-pdu_ict200db-12irc") else { return };
    assert_eq!((panel.model.as_deref(), panel.firmware.as_deref()), (Some("ICT200DB-12IRC"), Some("3.10")));
    assert_eq!((panel.value("bus_voltage_v"), panel.value("bus_current_a")), (Some(-55.2), Some(-3.1)));
    let ids: Vec<&str> = panel.outlets.iter().map(|outlet| outlet.id.as_str()).collect();
    assert_eq!(ids, ["1A", "2A", "3A", "4A", "5A", "6A", "1B", "2B", "3B", "4B", "5B", "6B"]);
    let currents: Vec<f64> = panel.outlets.iter().map(|outlet| outlet.current_a.unwrap()).collect();
    assert_eq!(currents, [-1.9, -1.2, 0.0, 0.0, 0.0, 0.0, -1.7, -1.0, 0.0, 0.0, 0.0, 0.0]);
    assert!(panel.outlets.iter().all(|outlet| outlet.fuse == Some("ok") && outlet.state == OutletState::On));
    assert_eq!(panel.outlets[0].index, 0);
    assert_eq!(panel.outlets[0].label.as_deref(), Some("1A: MX204 (A)"));
    assert_eq!(panel.notes, ["voltage negative: -48 V plant"]);
    // The label repeats the position; the row does not.
    assert_eq!((ict::PANEL.tests)(&panel)[0].name, "1A: MX204 (A)");
}

#[test]
fn f31_a_modular_power_system_without_run_time() {
    let Some(mps) = record(&ict::MPS, "ict-mps") else { return };
    assert_eq!(mps.firmware.as_deref(), Some("1.04"));
    assert_eq!((mps.value("input_voltage_v"), mps.value("output_voltage_v")), (Some(121.0), Some(54.1)));
    assert_eq!((mps.value("output_current_a"), mps.value("battery_percent")), (Some(2.3), Some(0.0)));
    assert_eq!((mps.value("temperature_c"), mps.value("runtime_min")), (Some(36.0), None));
    assert_eq!(mps.source, Source::Mains);
    // Modules 5 to 8 are empty slots, and none of the others is a distribution module.
    assert_eq!((mps.outlets.len(), mps.alarms.len()), (0, 0));
}

#[test]
fn an_apc_ups_with_values_of_high_precision() {
    let Some(ups) = record(&apc::UPS, "apc_smt750x-nmc2") else { return };
    assert_eq!((ups.model.as_deref(), ups.serial.as_deref()), (Some("Smart-UPS X 750"), Some("AS1907242163")));
    assert_eq!(ups.firmware.as_deref(), Some("UPS 09.8 (ID20)"));
    assert_eq!((ups.value("battery_percent"), ups.value("temperature_c")), (Some(100.0), Some(23.4)));
    assert_eq!((ups.value("battery_voltage_v"), ups.value("input_voltage_v")), (Some(54.7), Some(119.1)));
    assert_eq!((ups.value("output_voltage_v"), ups.value("load_percent")), (Some(119.1), Some(0.0)));
    // 10,976,200 hundredths of a second.
    assert_eq!(ups.value("runtime_min").map(|minutes| (minutes * 100.0).round() / 100.0), Some(1829.37));
    assert_eq!((ups.source, ups.state.as_deref(), ups.replace_battery), (Source::Mains, Some("on line"), Some(false)));
    assert_eq!(ups.battery_status, None);
}

#[test]
fn an_apc_pdu_that_answers_in_three_trees() {
    let Some(pdu) = record(&apc::PDU, "apc_ap7900b") else { return };
    assert_eq!((pdu.model.as_deref(), pdu.serial.as_deref()), (Some("AP7900B"), Some("ZA1732000177")));
    assert_eq!((pdu.name.as_deref(), pdu.firmware.as_deref()), (Some("alamo"), None));
    // The power of rPDU2 is -1; rPDU has 312 W. The current of rPDU2 (2.7 A) goes before that of rPDU (2.8 A).
    assert_eq!((pdu.value("output_current_a"), pdu.value("output_power_w")), (Some(2.7), Some(312.0)));
    // The outlets are in sPDU only.
    let outlets: Vec<(&str, &str)> =
        pdu.outlets.iter().map(|outlet| (outlet.id.as_str(), outlet.label.as_deref().unwrap())).collect();
    assert_eq!(outlets.len(), 8);
    assert_eq!((outlets[0], outlets[7]), (("1", "NAS PSU"), ("8", "Outlet 8")));
    assert!(pdu.outlets.iter().all(|outlet| outlet.state == OutletState::On && outlet.controllable));
}

#[test]
fn f34_a_ups_that_sends_tenths_of_a_volt() {
    let Some(ups) = record(&upsmib::UPS_MIB, "deltaups_rfc1628string") else { return };
    assert_eq!((ups.value("input_voltage_v"), ups.value("output_voltage_v")), (Some(236.0), Some(230.0)));
    assert_eq!((ups.value("battery_voltage_v"), ups.value("battery_percent")), (Some(55.4), Some(29.0)));
    assert_eq!((ups.value("runtime_min"), ups.value("temperature_c")), (Some(338.0), Some(14.0)));
    assert_eq!((ups.value("load_percent"), ups.value("output_power_w")), (Some(8.0), Some(122.0)));
    assert_eq!((ups.value("battery_current_a"), ups.source), (None, Source::Mains));
    assert_eq!(ups.notes.len(), 2, "{:?}", ups.notes);
}
