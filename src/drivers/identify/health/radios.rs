//! Aviat WTM 4000 (spec/aviat-device.md 13), Cambium ePMP, Tachyon.

use super::{List, Wanted, cell, label};
use crate::drivers::aviat::platform::oids;
use crate::drivers::power::{Branch, code, number, octets};

const SENSOR_TYPE: &[u32] = &[1, 3, 6, 1, 2, 1, 99, 1, 1, 1, 1];
const SENSOR_VALUE: &[u32] = &[1, 3, 6, 1, 2, 1, 99, 1, 1, 1, 4];

/// Nothing is asked here: agents before 2.11 stop answering after some 15 quick requests, and the family's own driver
/// asks with care.
pub(super) const AVIAT: Wanted = Wanted { scalars: &[], columns: &[] };

/// Sensors of ENTITY-SENSOR-MIB, then what each carrier measures.
///
/// The trap (13.4): 2.x says scale `units` and precision 3, and divides by 1000; 6.x says `milli` and precision 3 of the
/// same number, and means one of them. So the precision counts only where the scale is `units`.
pub(super) fn aviat(all: &Branch<'_>, list: &mut List) {
    for (at, value) in all.column(SENSOR_VALUE) {
        let of = label(all, oids::NAME, at);
        let exponent = match all.cell(oids::SENSOR_SCALE, at).and_then(code) {
            Some(7) => -6,
            Some(8) => -3,
            Some(9) => match all.cell(oids::SENSOR_PRECISION, at).and_then(code) {
                Some(precision @ 0..=9) => -i32::try_from(precision).unwrap_or_default(),
                _ => continue,
            },
            _ => continue,
        };
        let (value, scale) = (number(value), 10_f64.powi(exponent));
        match all.cell(SENSOR_TYPE, at).and_then(code) {
            Some(8) => list.celsius(of, value, scale),
            Some(3 | 4) => list.add("voltage_v", of, value, scale),
            Some(5) => list.add("current_a", of, value, scale),
            // 2.x calls the temperature of the power amplifiers `other`.
            Some(1) if of.as_deref().is_some_and(|name| name.contains("Temp")) => list.celsius(of, value, scale),
            _ => {}
        }
    }
    for (column, name, scale) in [
        (oids::RSL, "rsl_dbm", 0.1),
        (oids::SNR, "snr_db", 0.1),
        (oids::TX_POWER, "tx_power_dbm", 0.1),
        (oids::TX_FREQUENCY, "tx_frequency_mhz", 0.001),
        (oids::TX_CAPACITY, "tx_capacity_mbps", 0.001),
        (oids::RX_CAPACITY, "rx_capacity_mbps", 0.001),
    ] {
        for (at, value) in all.column(column) {
            list.add(name, label(all, oids::NAME, at), number(value), scale);
        }
    }
}

const EPMP_SYNC: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 1, 1, 7, 0];
const EPMP_FREQUENCY: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 1, 2, 1, 0];
const EPMP_RSSI: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 1, 2, 3, 0];
const EPMP_SUBSCRIBERS: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 1, 2, 10, 0];
const EPMP_SNR: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 1, 2, 18, 0];
const EPMP_TRACKED: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 1, 3, 6, 0];
const EPMP_VISIBLE: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 1, 3, 7, 0];
const EPMP_CPU: &[u32] = &[1, 3, 6, 1, 4, 1, 17713, 21, 2, 1, 64, 0];

/// ePMP, by CAMBIUM-PMP80211-MIB.
pub(super) const EPMP: Wanted = Wanted {
    scalars: &[EPMP_SYNC, EPMP_FREQUENCY, EPMP_RSSI, EPMP_SUBSCRIBERS, EPMP_SNR, EPMP_TRACKED, EPMP_VISIBLE, EPMP_CPU],
    columns: &[],
};

pub(super) fn epmp(all: &Branch<'_>, list: &mut List) {
    // sysCPUUsage is in tenths of a percent.
    list.percent("cpu_percent", all.number(EPMP_CPU), 0.1);
    list.amount("frequency_mhz", None, all.number(EPMP_FREQUENCY), 1.0);
    list.amount("connected_subscribers", None, all.number(EPMP_SUBSCRIBERS), 1.0);
    list.add("downlink_rssi_dbm", None, all.number(EPMP_RSSI), 1.0);
    list.add("downlink_snr_db", None, all.number(EPMP_SNR), 1.0);
    list.amount("gps_satellites_tracked", None, all.number(EPMP_TRACKED), 1.0);
    list.amount("gps_satellites_visible", None, all.number(EPMP_VISIBLE), 1.0);
    list.amount("sync_source_code", None, all.number(EPMP_SYNC), 1.0);
}

const TACHYON_CPU_TEMPERATURE: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 3, 3, 0];
const TACHYON_CPU: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 3, 6, 0];
const TACHYON_MEMORY: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 3, 7, 0];
const TACHYON_PEERS: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 2, 5, 0];
const RADIO_NAME: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 2, 2, 1, 2];
const RADIO_FREQUENCY: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 2, 2, 1, 5];
const RADIO_WIDTH: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 2, 2, 1, 6];
const RADIO_MODEM_TEMPERATURE: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 2, 2, 1, 10];
const RADIO_TEMPERATURE: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 2, 2, 1, 11];
const PEER_MAC: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 2, 6, 1, 1];
const PEER_SIGNAL: &[u32] = &[1, 3, 6, 1, 4, 1, 57344, 1, 2, 6, 1, 6];

/// Tachyon, by TACHYON-MIB.
pub(super) const TACHYON: Wanted = Wanted {
    scalars: &[TACHYON_CPU_TEMPERATURE, TACHYON_CPU, TACHYON_MEMORY, TACHYON_PEERS],
    columns: &[
        RADIO_NAME,
        RADIO_FREQUENCY,
        RADIO_WIDTH,
        RADIO_MODEM_TEMPERATURE,
        RADIO_TEMPERATURE,
        PEER_MAC,
        PEER_SIGNAL,
    ],
};

pub(super) fn tachyon(all: &Branch<'_>, list: &mut List) {
    let of = |name: String| Some(name);
    list.percent("cpu_percent", all.number(TACHYON_CPU), 1.0);
    list.percent("memory_used_percent", all.number(TACHYON_MEMORY), 1.0);
    list.celsius(of("cpu".to_owned()), all.number(TACHYON_CPU_TEMPERATURE), 1.0);
    list.amount("peers", None, all.number(TACHYON_PEERS), 1.0);
    for (at, value) in all.column(RADIO_NAME) {
        let Some(radio) = octets(value) else { continue };
        list.amount("frequency_mhz", of(radio.clone()), cell(all, RADIO_FREQUENCY, at), 1.0);
        list.amount("channel_width_mhz", of(radio.clone()), cell(all, RADIO_WIDTH, at), 1.0);
        list.celsius(of(radio.clone()), cell(all, RADIO_TEMPERATURE, at), 1.0);
        list.celsius(of(format!("{radio} modem")), cell(all, RADIO_MODEM_TEMPERATURE, at), 1.0);
    }
    for (at, value) in all.column(PEER_SIGNAL) {
        list.add("signal_dbm", label(all, PEER_MAC, at), number(value), 1.0);
    }
}
