//! What differs between two inventories.

use crate::model::{Device, SecretRef, SnmpAccess};

use super::Inventory;

/// Names of devices, each list sorted. A device that was renamed is removed and added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Only in the new one.
    pub added: Vec<String>,
    /// Only in the old one.
    pub removed: Vec<String>,
    /// In both, and not the same: the zone of its site and plain secrets count too.
    pub changed: Vec<String>,
}

impl Changes {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// Compares two inventories by the names of their devices.
pub fn diff(old: &Inventory, new: &Inventory) -> Changes {
    let mut changes = Changes::default();
    for device in new.devices() {
        match old.by_name(&device.name) {
            None => changes.added.push(device.name.clone()),
            Some(before) if !same(old, &before, new, device) => changes.changed.push(device.name.clone()),
            Some(_) => {}
        }
    }
    let gone = old.devices().iter().filter(|device| new.by_name(&device.name).is_none());
    changes.removed = gone.map(|device| device.name.clone()).collect();
    changes
}

fn same(old: &Inventory, before: &Device, new: &Inventory, after: &Device) -> bool {
    let site = |inventory: &Inventory, device: &Device| {
        device.site.as_deref().and_then(|name| inventory.site(name)).and_then(|site| site.zone.clone())
    };
    before == after
        && site(old, before) == site(new, after)
        // The references are equal here, so both lists are in step.
        && references(before).zip(references(after)).all(|(one, two)| {
            old.plain(one).map(|secret| secret.expose()) == new.plain(two).map(|secret| secret.expose())
        })
}

/// Every reference of a device, in a fixed order.
pub(super) fn references(device: &Device) -> impl Iterator<Item = &SecretRef> {
    let login = &device.credentials;
    let (one, two) = match &login.snmp {
        None => (None, None),
        Some(SnmpAccess::V1 { community } | SnmpAccess::V2c { community }) => (Some(community), None),
        Some(SnmpAccess::V3 { auth_password, priv_password, .. }) => (Some(auth_password), Some(priv_password)),
    };
    [login.password.as_ref(), login.private_key.as_ref(), login.private_key_passphrase.as_ref(), one, two]
        .into_iter()
        .flatten()
}
