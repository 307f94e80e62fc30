//! The radios of the night.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use serde_json::{Value, json};
use towerhand_simulators::core::{Device, Fault};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};

/// Radios, two a hop.
pub const COUNT: usize = 200;

/// How a radio is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Every load ends in `loadError`.
    LoadError,
    /// A load never ends.
    Hang,
    /// It comes up with its old image.
    RollsBack,
    /// It never comes up again.
    Gone,
    /// Its password is another one.
    Auth,
}

impl Flaw {
    const ALL: [Self; 5] = [Self::LoadError, Self::Hang, Self::RollsBack, Self::Gone, Self::Auth];

    /// As people say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::LoadError => "its loads fail",
            Self::Hang => "its load never ends",
            Self::RollsBack => "it rolls back",
            Self::Gone => "it does not come back",
            Self::Auth => "it refuses the login",
        }
    }
}

/// A radio.
pub struct Radio {
    /// The simulated device.
    pub device: Arc<Device>,
    /// Where it is in the list; its partner is the one beside it.
    pub number: usize,
    /// How it is broken.
    pub flaw: Option<Flaw>,
}

impl Radio {
    /// The far end of its hop: it is activated first.
    pub fn is_far(&self) -> bool {
        self.number % 2 == 1
    }

    /// The number of the other end.
    pub fn partner(&self) -> usize {
        self.number ^ 1
    }
}

/// One in twenty is broken; each flaw strikes a near end and a far end.
pub fn flaw(number: usize) -> Option<Flaw> {
    let strike = number / 20;
    (number % 20 == strike % 2).then(|| Flaw::ALL.get(strike % 5).copied()).flatten()
}

/// Their lab.
pub fn lab() -> LabSpec {
    LabSpec::of((0..COUNT).map(spec).collect())
}

fn spec(number: usize) -> DeviceSpec {
    let flaw = flaw(number);
    // Ten to forty minutes, as they take.
    let load_seconds = 600 + (number * 37) % 1800;
    let mut knobs = json!({
        "family": "2.11", "active": "2.11.11.18.6069", "uptime_days": 20 + number % 150, "load_seconds": load_seconds,
        "reboot_seconds": if flaw == Some(Flaw::Gone) { 864_000 } else { 200 + (number * 13) % 90 },
        "rolls_back": flaw == Some(Flaw::RollsBack),
        "load_result": match flaw {
            Some(Flaw::LoadError) => "loadError",
            Some(Flaw::Hang) => "hang",
            _ => "ok",
        },
        "password": "sim-radio-password", "factory_password": "sim-factory-password",
    });
    let knobs = knobs.as_object_mut().map(std::mem::take).unwrap_or_default();
    let hop = number / 2;
    let end = if number % 2 == 1 { "far" } else { "near" };
    let mut spec = DeviceSpec::local(&format!("BH-{hop:03}-{end}"), "aviat", Value::Object(knobs));
    let (high, low) = (u8::try_from(number / 200).unwrap_or(0), u8::try_from(number % 200).unwrap_or(0));
    spec.address = IpAddr::V4(Ipv4Addr::new(127, 66, high, low.saturating_add(1)));
    spec
}

/// The radios of a lab that runs; those that refuse logins begin to.
pub fn of(devices: &[Arc<Device>]) -> Vec<Radio> {
    let radios: Vec<Radio> = devices
        .iter()
        .enumerate()
        .map(|(number, device)| Radio { device: Arc::clone(device), number, flaw: flaw(number) })
        .collect();
    for radio in radios.iter().filter(|radio| radio.flaw == Some(Flaw::Auth)) {
        radio.device.add_fault(Fault::Auth {});
    }
    radios
}
