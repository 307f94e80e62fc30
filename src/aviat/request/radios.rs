//! Which radios a request is about.

use std::net::IpAddr;

use serde_json::Value;

use super::{Frame, Refusal, Result, member, shown, text};
use crate::model::{DeviceType, Family};

/// Radios of one request. More is a mistake, or should be several requests.
const MOST: usize = 10_000;

/// A radio that a request names, and that may be spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// IPv4 in IPv6 form is folded to IPv4.
    pub address: IpAddr,
    /// Name in the inventory.
    pub name: Option<String>,
    /// Type in the inventory.
    pub device_type: Option<DeviceType>,
}

/// `ips`, at least one.
pub(super) fn required(frame: &Frame<'_>, body: &Value) -> Result<Vec<Wanted>> {
    let radios = optional(frame, body)?;
    if radios.is_empty() { Err(Refusal::contract("No IPs provided")) } else { Ok(radios) }
}

/// `ips`, perhaps none: each radio once, whatever way it is written, in the order given.
pub(super) fn optional(frame: &Frame<'_>, body: &Value) -> Result<Vec<Wanted>> {
    let Some(given) = member(body, "ips") else { return Ok(Vec::new()) };
    let list = || Refusal::wrong("'ips' must be a list of IP addresses, for example [\"192.0.2.10\"]");
    let given = given.as_array().ok_or_else(list)?;
    if given.len() > MOST {
        return Err(Refusal::wrong(format!("'ips' must not have more than {MOST} addresses")));
    }
    let mut radios: Vec<Wanted> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in given {
        let address = address("ips", item.as_str().ok_or_else(list)?)?;
        if seen.insert(address) {
            radios.push(radio(frame, "ips", address)?);
        }
    }
    Ok(radios)
}

/// `ip`.
pub(super) fn one(frame: &Frame<'_>, body: &Value) -> Result<Wanted> {
    let mut given = None;
    // `ip_address` is what all other actions call it.
    for name in ["ip", "ip_address"] {
        if given.is_none() {
            given = text(body, name)?.map(|text| (name, text));
        }
    }
    let Some((name, text)) = given else { return Err(Refusal::contract("Missing ip")) };
    radio(frame, name, address(name, text)?)
}

/// An address, in any way of writing one.
pub(super) fn address(field: &str, text: &str) -> Result<IpAddr> {
    text.parse::<IpAddr>().map(|address| address.to_canonical()).map_err(|_| {
        Refusal::wrong(format!(
            "'{field}': '{}' is not an IPv4 or IPv6 address (no host names, no prefixes, no blanks)",
            shown(text)
        ))
    })
}

/// In the inventory or in `allowed_networks`, and a radio as far as is known.
pub(super) fn radio(frame: &Frame<'_>, field: &str, address: IpAddr) -> Result<Wanted> {
    let Some(device) = frame.inventory.by_address(address) else {
        frame.policy.permit(address)?;
        return Ok(Wanted { address, name: None, device_type: None });
    };
    if device.device_type.family() != Family::Aviat {
        let types: Vec<&str> = DeviceType::codes()
            .filter(|code| DeviceType::parse(code).is_ok_and(|known| known.family() == Family::Aviat))
            .collect();
        return Err(Refusal::wrong(format!(
            "'{field}': {} ({address}) is {} in the inventory, no Aviat radio ({})",
            device.name,
            device.device_type,
            types.join(", ")
        )));
    }
    Ok(Wanted { address, name: Some(device.name.clone()), device_type: Some(device.device_type) })
}
