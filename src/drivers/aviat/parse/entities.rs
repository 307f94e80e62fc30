//! Which entity of the ENTITY-MIB is which: by name, since indexes move (13.2).

use std::collections::BTreeMap;

/// Which names and columns an agent has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Firmware 2.x: `Terminal1`, `Carrier1/1`.
    Flat,
    /// Firmware 6.x: `System/Root1/RFM1/Carrier1`.
    Path,
}

/// The entities that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entities {
    /// Whose columns they are.
    pub naming: Naming,
    /// Carriers by the command line's name, with their index.
    pub carriers: BTreeMap<String, u32>,
    /// The sensor of the input voltage.
    pub voltage: Option<u32>,
    /// Sensors of temperatures by their own name; those of optical modules are left out.
    pub temperatures: BTreeMap<String, u32>,
    /// Where serial number, model and software may stand: the chassis and what comes first below it, in order.
    pub units: Vec<u32>,
}

/// How many of the first entities may name the unit: software stands at 2 and at 4, the radio interface at 7.
const FIRST: usize = 8;

impl Entities {
    /// From indexes and names. None where no name is one of a WTM.
    pub fn of(names: &[(u32, String)]) -> Option<Self> {
        let naming = if names.iter().any(|(_, name)| name.starts_with("System/")) {
            Naming::Path
        } else if names.iter().any(|(_, name)| name == "Terminal1") {
            Naming::Flat
        } else {
            return None;
        };
        let mut units: Vec<u32> = names.iter().map(|(index, _)| *index).collect();
        units.sort_unstable();
        units.truncate(FIRST);
        let mut entities =
            Self { naming, carriers: BTreeMap::new(), voltage: None, temperatures: BTreeMap::new(), units };
        for (index, name) in names {
            if let Some(carrier) = carrier(naming, name) {
                entities.carriers.insert(carrier, *index);
            } else if is_voltage(naming, name) {
                entities.voltage = Some(*index);
            } else if is_temperature(naming, name) {
                entities.temperatures.insert(name.clone(), *index);
            }
        }
        Some(entities)
    }
}

/// The command line's name of a carrier: `Carrier1/2` for `System/Root1/RFM1/Carrier2`.
fn carrier(naming: Naming, name: &str) -> Option<String> {
    match naming {
        Naming::Flat => super::carriers::is_name(name).then(|| name.to_owned()),
        Naming::Path => {
            let (root, rest) = name.strip_prefix("System/Root")?.split_once('/')?;
            let (module, number) = rest.split_once("/Carrier")?;
            let own = is_number(root) && module.strip_prefix("RFM").is_some_and(is_number) && is_number(number);
            own.then(|| format!("Carrier{root}/{number}"))
        }
    }
}

fn is_voltage(naming: Naming, name: &str) -> bool {
    match naming {
        Naming::Flat => name.starts_with("VoltageSensor"),
        Naming::Path => name.starts_with("System/") && name.ends_with("/SPM/Voltage"),
    }
}

fn is_temperature(naming: Naming, name: &str) -> bool {
    match naming {
        Naming::Flat => name.starts_with("InternalTemp") || name.starts_with("Temperature"),
        Naming::Path => {
            !name.contains("/SFP")
                && name.rsplit('/').next().and_then(|last| last.strip_prefix("Temperature")).is_some_and(is_number)
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[(u32, &str)]) -> Vec<(u32, String)> {
        names.iter().map(|(index, name)| (*index, (*name).to_owned())).collect()
    }

    #[test]
    fn names_of_2() {
        let entities = Entities::of(&named(&[
            (1, "Root"),
            (2, "Terminal1"),
            (3, "VoltageSensor1/1"),
            (5, "InternalTemp1/1"),
            (35, "Temperature1/1"),
            (57, "RFModule1/1"),
            (59, "Carrier1/1"),
            (60, "Carrier1/2"),
            (61, "Radio1"),
        ]))
        .unwrap();
        assert_eq!(entities.naming, Naming::Flat);
        assert_eq!(
            entities.carriers.into_iter().collect::<Vec<_>>(),
            [("Carrier1/1".to_owned(), 59), ("Carrier1/2".to_owned(), 60)]
        );
        assert_eq!(entities.voltage, Some(3));
        assert_eq!(entities.temperatures.into_values().collect::<Vec<_>>(), [5, 35]);
        assert_eq!(entities.units, [1, 2, 3, 5, 35, 57, 59, 60]);
    }

    #[test]
    fn names_of_6_are_paths() {
        let entities = Entities::of(&named(&[
            (1, "System"),
            (2, "System/Root1"),
            (4, "System/Root1/SPM"),
            (7, "System/Root1/SPM/Radio1"),
            (9, "System/Root1/SPM/Temperature1"),
            (14, "System/Root1/SPM/Voltage"),
            (20, "System/Root1/SPM/SFPPlusSlot1/SFPPlusModule/Temperature"),
            (21, "System/Root1/SPM/SFPPlusSlot1/SFPPlusModule/Voltage"),
            (48, "System/Root1/RFM1/Temperature1"),
            (49, "System/Root1/RFM1/Carrier1"),
            (50, "System/Root1/RFM1/Carrier2"),
        ]))
        .unwrap();
        assert_eq!(entities.naming, Naming::Path);
        assert_eq!(entities.carriers.get("Carrier1/1"), Some(&49));
        assert_eq!(entities.carriers.get("Carrier1/2"), Some(&50));
        assert_eq!(entities.voltage, Some(14));
        assert_eq!(entities.temperatures.into_values().collect::<Vec<_>>(), [48, 9]);
    }

    #[test]
    fn other_agents_are_none() {
        assert_eq!(Entities::of(&named(&[(1, "Chassis"), (2, "Carrier1/1")])), None);
        assert_eq!(Entities::of(&[]), None);
    }
}
