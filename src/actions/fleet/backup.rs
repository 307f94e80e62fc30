//! `fleet.backup`: the running config of every device that has one, read by an ordinary job each, so that the archive
//! keeps it as it keeps any other.

use serde_json::{Value, json};

use super::sweep::{Look, Wanted, counts, failures, sweep};
use crate::actions::{Call, StepError};
use crate::catalog::{self, Native};
use crate::drivers::Capability;
use crate::inventory::Inventory;

pub(super) async fn run(call: &Call<'_>) -> Result<Look<Value>, StepError> {
    let inventory = call.services.inventory.current();
    let wanted = wanted(&inventory);
    let brood = match sweep(call, &wanted, &["$.archive.changed"]).await? {
        Look::Asleep(done) => return Ok(Look::Asleep(done)),
        Look::Over(brood) => brood,
    };
    let changed = brood.iter().filter(|child| child.picked.first() == Some(&Value::from(1))).count();
    let mut counts = counts(&brood);
    // SQLite tells a true of JSON as 1.
    counts.insert("changed".to_owned(), Value::from(changed));
    counts.insert("without_config".to_owned(), Value::from(inventory.devices().len().saturating_sub(wanted.len())));
    Ok(Look::Over(json!({ "counts": counts, "failed": failures(&brood) })))
}

/// Every device whose driver reads a running config.
fn wanted(inventory: &Inventory) -> Vec<Wanted> {
    let devices = inventory.devices().iter().filter(|device| {
        let drives = Capability::of(device.device_type.family());
        drives.contains(&Capability::RunningConfig)
    });
    let wanted = devices.map(|device| Wanted {
        device: device.name.clone(),
        address: device.address,
        action: format!("ido.{}.running_config", device.device_type.role().as_str()),
    });
    let native = |wanted: &Wanted| catalog::find(&wanted.action).is_some_and(|action| action.native == Native::Yes);
    wanted.filter(native).collect()
}
