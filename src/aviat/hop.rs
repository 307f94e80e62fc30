//! Both ends of a radio hop: which they are, and which one goes first. Pure.
//!
//! In the inventory an Aviat radio's `hop` names the device at the other end, or is a name that exactly two radios share.
//! The far end is the one that names the other; where both do, or the name is shared, the one with the tag `end: far`,
//! else the later one.

use std::net::IpAddr;
use std::sync::Arc;

use super::decide::Partner;
use super::state::{End, Outcome, Phase, Radio};
use crate::model::{Device, Family};

/// A radio's place in its hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The same at both ends.
    pub name: String,
    /// Name of the other end.
    pub other: String,
    /// Its address.
    pub other_address: IpAddr,
    /// Port of its SSH, to see whether it answers.
    pub other_port: u16,
    /// This is the far end: it goes first.
    pub is_far: bool,
}

/// The hop of the radio at an address; none where it is declared in none, or the name is not that of exactly two.
pub fn of(devices: &[Arc<Device>], address: IpAddr) -> Option<Hop> {
    let radios = || devices.iter().filter(|device| device.device_type.family() == Family::Aviat);
    let me = radios().find(|device| device.address == address)?;
    let other = match &me.hop {
        Some(name) => match radios().find(|device| device.name == *name) {
            Some(named) => named,
            None => {
                let mut sharing = radios().filter(|device| device.hop.as_ref() == Some(name) && device.name != me.name);
                let other = sharing.next()?;
                if sharing.next().is_some() {
                    return None;
                }
                other
            }
        },
        None => {
            let mut naming = radios().filter(|device| device.hop.as_ref() == Some(&me.name));
            let other = naming.next()?;
            if naming.next().is_some() {
                return None;
            }
            other
        }
    };
    if other.name == me.name || other.hop.as_ref().is_some_and(|hop| *hop != me.name && me.hop.as_ref() != Some(hop)) {
        return None;
    }
    let names = |one: &Device, two: &Device| one.hop.as_ref() == Some(&two.name);
    let is_far = match (names(me, other), names(other, me)) {
        (true, false) => true,
        (false, true) => false,
        _ => {
            let tagged = |device: &Device| device.tags.get("end").is_some_and(|end| end == "far");
            match (tagged(me), tagged(other)) {
                (true, false) => true,
                (false, true) => false,
                _ => radios().position(|device| device.name == me.name) > radios().position(|device| device.name == other.name),
            }
        }
    };
    let mut both = [me.name.as_str(), other.name.as_str()];
    both.sort_unstable();
    Some(Hop {
        name: both.join(" - "),
        other: other.name.clone(),
        other_address: other.address,
        other_port: other.ports.ssh.unwrap_or(22),
        is_far,
    })
}

/// What the other end says about this one going down. Only the near end waits, and only for a far end that is to get
/// firmware itself.
pub fn partner(hop: Option<&Hop>, other: Option<&Radio>) -> Partner {
    let (Some(hop), Some(other)) = (hop, other) else { return Partner::Free };
    if hop.is_far || other.plan.is_none() {
        return Partner::Free;
    }
    let name = &hop.other;
    let (firmware, activate) = (&other.steps.firmware, &other.steps.activate);
    let failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_) | Outcome::Unknown(_));
    let broken_off = matches!(other.phase, Phase::Settled { end: End::Error | End::Aborted })
        && [firmware, activate].into_iter().any(|outcome| matches!(outcome, Outcome::Skipped(why) if why.starts_with("not reached")));
    if failed(firmware) || failed(activate) || broken_off {
        return Partner::Failed(format!("{name}, the far end of its hop, was not brought to its version; this end was left alone"));
    }
    if *firmware == Outcome::Waiting || *activate == Outcome::Waiting || matches!(other.phase, Phase::Restart(_)) {
        return Partner::Wait(format!("waits for {name}, the far end of its hop, which goes first"));
    }
    Partner::Free
}
