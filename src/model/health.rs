//! What a health reading of a device is: metrics of a closed list, in base units, with one label of the device's own at
//! most. A value that is not known is absent, never zero.

use std::time::Duration;

/// One reading of a device.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Health {
    /// Vendor's model name.
    pub model: Option<String>,
    /// Firmware or software version that runs.
    pub firmware: Option<String>,
    /// Time since it started.
    pub uptime: Option<Duration>,
    /// Measurements.
    pub readings: Vec<Reading>,
}

/// One number.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Which.
    pub metric: Metric,
    /// The value of the metric's own label: the carrier, sensor, outlet; empty where the metric has none.
    pub of: String,
    /// In the unit of the metric's name; states are 1 and 0.
    pub value: f64,
}

impl Health {
    /// Adds a number where it is known. Of two of one name the first counts: a device may call two sensors alike, and a
    /// series that is there twice spoils a whole exposition.
    pub fn put(&mut self, metric: Metric, of: &str, value: Option<f64>) {
        let Some(value) = value.filter(|value| value.is_finite()) else { return };
        if !self.readings.iter().any(|reading| reading.metric == metric && reading.of == of) {
            self.readings.push(Reading { metric, of: of.to_owned(), value });
        }
    }

    /// Adds a state where it is known.
    pub fn put_state(&mut self, metric: Metric, of: &str, value: Option<bool>) {
        self.put(metric, of, value.map(|on| if on { 1.0 } else { 0.0 }));
    }
}

macro_rules! metrics {
    ($($variant:ident $name:literal $label:literal $help:literal;)*) => {
        /// The metrics that devices have, beside `towerhand_device_*` of every poll. All are gauges with the labels
        /// `device` and `site`, and the one named here where it is not empty.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric {
            $(#[doc = $help] $variant,)*
        }

        impl Metric {
            /// All of them, in the order of the exposition.
            pub const ALL: &[Metric] = &[$(Metric::$variant,)*];

            /// The metric's whole name.
            pub fn name(self) -> &'static str {
                match self { $(Metric::$variant => $name,)* }
            }

            /// The name of its own label; empty where it has none.
            pub fn label(self) -> &'static str {
                match self { $(Metric::$variant => $label,)* }
            }

            /// Its help text.
            pub fn help(self) -> &'static str {
                match self { $(Metric::$variant => $help,)* }
            }
        }
    };
}

metrics! {
    RadioRsl "towerhand_radio_rsl_dbm" "carrier" "Received signal level, dBm.";
    RadioSnr "towerhand_radio_snr_db" "carrier" "Signal to noise ratio, dB.";
    RadioTransmitPower "towerhand_radio_transmit_power_dbm" "carrier" "Transmitted power, dBm.";
    RadioCapacity "towerhand_radio_capacity_bits_per_second" "carrier" "Capacity of the carrier as it is modulated now, bit/s, sent.";
    RadioReceiveCapacity "towerhand_radio_receive_capacity_bits_per_second" "carrier" "Capacity of the carrier as it is modulated now, bit/s, received.";
    RadioModulation "towerhand_radio_modulation_states" "carrier" "States of the modulation in use: 4 is QPSK, 1024 is 1024QAM.";
    RadioCarrierUp "towerhand_radio_carrier_up" "carrier" "1 where the carrier is up, 0 where it is down.";
    RadioFrequency "towerhand_radio_frequency_hertz" "carrier" "Centre frequency, Hz.";
    RadioStations "towerhand_radio_stations" "" "Stations that are linked to this access point.";
    Temperature "towerhand_temperature_celsius" "sensor" "Temperature, degrees Celsius.";
    Voltage "towerhand_voltage_volts" "sensor" "Voltage of a supply rail or sensor, V.";
    Current "towerhand_current_amperes" "sensor" "Current at a sensor, A.";
    PowerDrawn "towerhand_power_watts" "sensor" "Power at a sensor, W.";
    CpuBusy "towerhand_cpu_busy_ratio" "cpu" "Share of the processor that is busy, 0 to 1.";
    MemorySize "towerhand_memory_size_bytes" "" "Memory in all, bytes.";
    MemoryUsed "towerhand_memory_used_bytes" "" "Memory in use, bytes.";
    SupplyUp "towerhand_power_supply_up" "supply" "1 where the power supply works, 0 where it does not.";
    FanUp "towerhand_fan_up" "fan" "1 where the fan works, 0 where it does not.";
    FanSpeed "towerhand_fan_speed_rpm" "fan" "Speed of the fan, revolutions a minute.";
    PoeUp "towerhand_poe_up" "port" "1 where the port feeds a device, 0 where it does not.";
    PoePower "towerhand_poe_power_watts" "port" "Power over Ethernet at a port, W.";
    InterfaceUp "towerhand_interface_up" "interface" "1 where the interface is up, 0 where it is down though it is enabled.";
    InterfaceSpeed "towerhand_interface_speed_bits_per_second" "interface" "Speed of the interface, bit/s.";
    InputVoltage "towerhand_input_voltage_volts" "" "Voltage of the input, V.";
    InputFrequency "towerhand_input_frequency_hertz" "" "Frequency of the input, Hz.";
    OutputVoltage "towerhand_output_voltage_volts" "" "Voltage of the output, V.";
    OutputCurrent "towerhand_output_current_amperes" "" "Current of the output, A.";
    OutputPower "towerhand_output_power_watts" "" "Power of the output, W.";
    Load "towerhand_load_ratio" "" "Load of the output as a share of what it can give, 0 to 1.";
    BatteryVoltage "towerhand_battery_voltage_volts" "" "Voltage of the battery, V.";
    BatteryCurrent "towerhand_battery_current_amperes" "" "Current into the battery, A; negative where it discharges.";
    BatteryCharge "towerhand_battery_charge_ratio" "" "Charge of the battery, 0 to 1.";
    BatteryRuntime "towerhand_battery_runtime_seconds" "" "Time that the battery lasts at this load, seconds.";
    BatteryTemperature "towerhand_battery_temperature_celsius" "" "Temperature of the battery, degrees Celsius.";
    PowerSource "towerhand_power_source" "source" "Where the load's power comes from: 1 for the source in use (mains, battery, bypass, boost, off), 0 for the others; absent where it is not known.";
    OutletUp "towerhand_outlet_up" "outlet" "1 where the outlet is switched on, 0 where it is off.";
    OutletCurrent "towerhand_outlet_current_amperes" "outlet" "Current of the outlet, A.";
    FuseOk "towerhand_fuse_ok" "outlet" "1 where the fuse of the output is whole, 0 where it is open.";
    RectifierUp "towerhand_rectifier_up" "rectifier" "1 where the rectifier works, 0 where it does not.";
    RectifierCurrent "towerhand_rectifier_current_amperes" "rectifier" "Current of the rectifier, A.";
    AlarmActive "towerhand_alarm_active" "alarm" "1 where the device reports the alarm now.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_exposition_format_and_none_is_there_twice() {
        let mut names: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        assert!(names.iter().all(|name| name.starts_with("towerhand_")
            && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
    }

    #[test]
    fn what_is_not_known_is_absent() {
        let mut health = Health::default();
        health.put(Metric::Temperature, "cpu", None);
        health.put(Metric::Temperature, "cpu", Some(f64::NAN));
        health.put_state(Metric::FanUp, "1", None);
        assert_eq!(health.readings, []);
        health.put_state(Metric::FanUp, "1", Some(false));
        assert_eq!(health.readings, [Reading { metric: Metric::FanUp, of: "1".to_owned(), value: 0.0 }]);
    }

    #[test]
    fn of_two_series_of_one_name_the_first_counts() {
        let mut health = Health::default();
        health.put(Metric::Temperature, "board", Some(41.0));
        health.put(Metric::Temperature, "board", Some(80.0));
        health.put(Metric::Voltage, "board", Some(24.0));
        let values: Vec<f64> = health.readings.iter().map(|reading| reading.value).collect();
        assert_eq!(values, [41.0, 24.0]);
    }
}
