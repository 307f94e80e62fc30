//! What a notification is about: a closed set of short names, which are a label of `towerhand_traps_total`.

use crate::transport::snmp::Oid;

macro_rules! kinds {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// What a notification is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $doc] $variant,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Kind] = &[$(Kind::$variant,)*];

            /// The short name.
            pub fn as_str(self) -> &'static str {
                match self { $(Kind::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    ColdStart "cold_start" "The device started, and its configuration may be another.";
    WarmStart "warm_start" "The device started again as it was.";
    LinkDown "link_down" "An interface went down.";
    LinkUp "link_up" "An interface came up.";
    AuthFailure "authentication_failure" "Somebody used a wrong community.";
    OnBattery "on_battery" "The load is fed by the battery.";
    MainsFailed "mains_failed" "The mains are gone.";
    MainsBack "mains_back" "The mains are back.";
    BatteryLow "battery_low" "The battery is low or empty.";
    BatteryGood "battery_good" "The battery is no longer low.";
    BatteryTest "battery_test" "A test of the battery began or ended.";
    PowerAlarm "power_alarm" "Power equipment has an alarm.";
    PowerAlarmOver "power_alarm_over" "An alarm of power equipment is over.";
    PowerCycle "power_cycle" "An output or a load is switched.";
    RadioAlarm "radio_alarm" "A radio raises, changes or clears an alarm.";
    RadioInventory "radio_inventory" "The list of a radio's possible alarms changed.";
    Other "other" "Anything else.";
}

/// `snmpTraps` (SNMPv2-MIB).
const GENERIC: Oid = Oid::new(&[1, 3, 6, 1, 6, 3, 1, 1, 5]);
/// `upsTraps` (RFC 1628).
const UPS: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 33, 2]);
/// APC, PowerNet-MIB.
const APC: Oid = Oid::new(&[1, 3, 6, 1, 4, 1, 318]);
/// ICT: a distribution panel, a Platinum, a modular power system.
const ICT_PANEL: Oid = Oid::new(&[1, 3, 6, 1, 4, 1, 39145, 10]);
const ICT_PLATINUM: Oid = Oid::new(&[1, 3, 6, 1, 4, 1, 39145, 11]);
const ICT_MPS: Oid = Oid::new(&[1, 3, 6, 1, 4, 1, 39145, 13]);
/// Aviat 2.x, AVIAT-ALARM-REPORTING-MIB.
const AVIAT_OLD: Oid = Oid::new(&[1, 3, 6, 1, 4, 1, 2509, 9, 47, 0]);
/// Aviat 6.x, AVIAT-IETF-ALARMS-MIB.
const AVIAT: Oid = Oid::new(&[1, 3, 6, 1, 4, 1, 2509, 9, 49, 0]);

impl Kind {
    /// By `snmpTrapOID`. Facts: spec/field-devices.md 3.2 and 3.3, spec/aviat-device.md 13.6; APC's numbers are those
    /// of PowerNet-MIB.
    pub fn of(name: &Oid) -> Self {
        let below = |root: &Oid| match name.suffix_after(root) {
            // Equipment of SMIv1 has a 0 before the number, also where it should have none.
            Some([0, number] | [number]) => Some(*number),
            _ => None,
        };
        if let Some(number) = below(&GENERIC) {
            return match number {
                1 => Kind::ColdStart,
                2 => Kind::WarmStart,
                3 => Kind::LinkDown,
                4 => Kind::LinkUp,
                5 => Kind::AuthFailure,
                _ => Kind::Other,
            };
        }
        if let Some(number) = below(&UPS) {
            return match number {
                1 => Kind::OnBattery,
                2 => Kind::BatteryTest,
                3 => Kind::PowerAlarm,
                4 => Kind::PowerAlarmOver,
                _ => Kind::Other,
            };
        }
        if let Some(number) = below(&APC) {
            return apc(number);
        }
        if let Some(number) = below(&ICT_PANEL) {
            return match number {
                101..=108 => Kind::PowerAlarm,
                111..=118 => Kind::PowerAlarmOver,
                126 => Kind::PowerCycle,
                _ => Kind::Other,
            };
        }
        if let Some(number) = below(&ICT_PLATINUM) {
            return match number {
                101 => Kind::MainsFailed,
                111 => Kind::MainsBack,
                102..=107 => Kind::PowerAlarm,
                112..=117 => Kind::PowerAlarmOver,
                121..=125 => Kind::BatteryTest,
                _ => Kind::Other,
            };
        }
        if let Some(number) = below(&ICT_MPS) {
            return match number {
                103 => Kind::MainsFailed,
                113 => Kind::MainsBack,
                101..=104 => Kind::PowerAlarm,
                111..=114 => Kind::PowerAlarmOver,
                121..=125 => Kind::BatteryTest,
                _ => Kind::Other,
            };
        }
        if name.starts_with(&AVIAT_OLD) {
            return Kind::RadioAlarm;
        }
        match name.suffix_after(&AVIAT) {
            Some([1]) => Kind::RadioAlarm,
            Some([2]) => Kind::RadioInventory,
            _ => Kind::Other,
        }
    }
}

fn apc(number: u32) -> Kind {
    match number {
        5 => Kind::OnBattery,
        9 => Kind::MainsBack,
        // upsDischarged, lowBattery
        4 | 7 => Kind::BatteryLow,
        11 => Kind::BatteryGood,
        // upsDiagnosticsFailed, upsDiagnosticsPassed
        3 | 10 => Kind::BatteryTest,
        // communicationLost, upsOverload
        1 | 2 => Kind::PowerAlarm,
        // communicationEstablished
        8 => Kind::PowerAlarmOver,
        // upsTurnedOff, upsSleeping, upsWokeUp, upsRebootStarted
        12..=15 => Kind::PowerCycle,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_notifications_have_a_name() {
        for (oid, kind) in [
            ("1.3.6.1.6.3.1.1.5.1", "cold_start"),
            ("1.3.6.1.6.3.1.1.5.3", "link_down"),
            ("1.3.6.1.6.3.1.1.5.4", "link_up"),
            ("1.3.6.1.2.1.33.2.1", "on_battery"),
            ("1.3.6.1.2.1.33.2.0.1", "on_battery"),
            ("1.3.6.1.2.1.33.2.4", "power_alarm_over"),
            ("1.3.6.1.4.1.318.0.5", "on_battery"),
            ("1.3.6.1.4.1.318.0.7", "battery_low"),
            ("1.3.6.1.4.1.318.0.9", "mains_back"),
            ("1.3.6.1.4.1.318.0.636", "other"),
            ("1.3.6.1.4.1.39145.10.0.104", "power_alarm"),
            ("1.3.6.1.4.1.39145.10.0.114", "power_alarm_over"),
            ("1.3.6.1.4.1.39145.11.0.101", "mains_failed"),
            ("1.3.6.1.4.1.39145.11.0.111", "mains_back"),
            ("1.3.6.1.4.1.39145.13.0.103", "mains_failed"),
            ("1.3.6.1.4.1.39145.13.0.104", "power_alarm"),
            ("1.3.6.1.4.1.39145.12.0.101", "other"),
            ("1.3.6.1.4.1.2509.9.47.0.12", "radio_alarm"),
            ("1.3.6.1.4.1.2509.9.49.0.1", "radio_alarm"),
            ("1.3.6.1.4.1.2509.9.49.0.2", "radio_inventory"),
            ("1.3.6.1.4.1.14988.1.1.9.0.1", "other"),
        ] {
            assert_eq!(Kind::of(&Oid::parse(oid).unwrap()).as_str(), kind, "{oid}");
        }
    }
}
