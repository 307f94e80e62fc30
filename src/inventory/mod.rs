//! Which devices there are: loaded from YAML, checked as a whole, replaced as a whole.
//!
//! A job may name a device (`naming`); an address that is not in the inventory is spoken to only where
//! [`AddressPolicy`] allows it, and never with the inventory's credentials.

mod changes;
mod credentials;
mod fields;
mod hops;
mod load;
mod mistake;
mod naming;
mod parse;
mod policy;
mod tree;
pub mod watch;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;

pub use changes::{Changes, diff};
pub use hops::Hop;
pub use load::load;
pub use mistake::Mistake;
pub use naming::Named;
pub use policy::AddressPolicy;

use crate::model::{Device, Secret, SecretRef};

/// A place with devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Unique name.
    pub name: String,
    /// Its time zone, for windows and night runs; none: the daemon's.
    pub zone: Option<jiff::tz::TimeZone>,
    /// For people.
    pub description: Option<String>,
    /// Free labels.
    pub tags: BTreeMap<String, String>,
}

/// All sites and devices, complete and without contradictions.
#[derive(Debug, Default)]
pub struct Inventory {
    sites: BTreeMap<String, Site>,
    /// Sorted by name.
    devices: Vec<Arc<Device>>,
    by_name: HashMap<String, Arc<Device>>,
    by_address: HashMap<IpAddr, Arc<Device>>,
    hops: HashMap<IpAddr, Hop>,
    plain: BTreeMap<String, Secret>,
    warnings: Vec<Mistake>,
}

impl Inventory {
    /// Puts the parts together; the caller has checked them.
    fn assemble(
        sites: BTreeMap<String, Site>,
        mut devices: Vec<Arc<Device>>,
        plain: BTreeMap<String, Secret>,
        warnings: Vec<Mistake>,
    ) -> Self {
        // In the order of the files: which of two equal ends is the far one depends on it.
        let hops = hops::of(&devices);
        devices.sort_by(|a, b| a.name.cmp(&b.name));
        let by_name = devices.iter().map(|device| (device.name.clone(), Arc::clone(device))).collect();
        let by_address = devices.iter().map(|device| (device.address, Arc::clone(device))).collect();
        Self { sites, devices, by_name, by_address, hops, plain, warnings }
    }

    /// All devices, sorted by name.
    pub fn devices(&self) -> &[Arc<Device>] {
        &self.devices
    }

    /// All sites, sorted by name.
    pub fn sites(&self) -> impl Iterator<Item = &Site> {
        self.sites.values()
    }

    /// A site by its name, exactly.
    pub fn site(&self, name: &str) -> Option<&Site> {
        self.sites.get(name)
    }

    /// A device by its name, exactly.
    pub fn by_name(&self, name: &str) -> Option<Arc<Device>> {
        self.by_name.get(name).cloned()
    }

    /// A device by its management address; an IPv4 address in IPv6 form is the IPv4 address.
    pub fn by_address(&self, address: IpAddr) -> Option<Arc<Device>> {
        self.by_address.get(&address.to_canonical()).cloned()
    }

    /// The radio hop that ends at this address; none where none is declared.
    pub fn hop_of(&self, address: IpAddr) -> Option<Hop> {
        self.hops.get(&address.to_canonical()).cloned()
    }

    /// The value behind a reference that stands in the file as `insecure_plain`; none for every other reference.
    pub fn plain(&self, reference: &SecretRef) -> Option<&Secret> {
        match reference {
            SecretRef::Vault(name) => self.plain.get(name),
            SecretRef::Env(_) | SecretRef::File(_) => None,
        }
    }

    /// What is allowed but should not stay: one entry for each `insecure_plain`.
    pub fn warnings(&self) -> &[Mistake] {
        &self.warnings
    }
}

/// The inventory of now. Clones share it; whoever holds a snapshot keeps it whole while another one takes its place.
#[derive(Debug, Clone, Default)]
pub struct InventoryHandle(Arc<ArcSwap<Inventory>>);

impl InventoryHandle {
    /// Begins with `inventory`.
    pub fn new(inventory: Inventory) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(inventory)))
    }

    /// A snapshot.
    pub fn current(&self) -> Arc<Inventory> {
        self.0.load_full()
    }

    /// Puts another one in its place and tells what changed.
    pub fn replace(&self, inventory: Inventory) -> Changes {
        let new = Arc::new(inventory);
        let old = self.0.swap(Arc::clone(&new));
        diff(&old, &new)
    }
}
