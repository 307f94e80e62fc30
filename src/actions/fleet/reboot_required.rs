//! `fleet.reboot_required`: which Aviat radios have been up so long that nothing is loaded on them. Restarts none: that is a
//! person's word (`aviat.reboot_required.run`).

use serde_json::{Value, json};

use super::sweep::{Look, Wanted, counts, failures, sweep};
use crate::actions::{Call, StepError};
use crate::model::{Family, JobStatus};

/// Seconds of a day.
const DAY: u64 = 86_400;

pub(super) async fn run(call: &Call<'_>) -> Result<Look<Value>, StepError> {
    let inventory = call.services.inventory.current();
    let radios = inventory.devices().iter().filter(|device| device.device_type.family() == Family::Aviat);
    let wanted: Vec<Wanted> = radios
        .map(|device| Wanted {
            device: device.name.clone(),
            address: device.address,
            action: "ido.bh.device_info".to_owned(),
        })
        .collect();
    let brood = match sweep(call, &wanted, &["$.response.uptime_seconds"]).await? {
        Look::Asleep(done) => return Ok(Look::Asleep(done)),
        Look::Over(brood) => brood,
    };
    let days = u64::from(call.services.aviat.uptime_limit_days);
    let (mut required, mut unknown) = (Vec::new(), Vec::new());
    for child in brood.iter().filter(|child| child.status == JobStatus::Success) {
        match child.picked.first().and_then(Value::as_u64) {
            Some(uptime) if uptime >= days.saturating_mul(DAY) => {
                required.push(json!({ "device": child.device, "uptime_seconds": uptime, "uptime_days": uptime / DAY }));
            }
            Some(_) => {}
            None => unknown.push(json!(child.device)),
        }
    }
    let mut counts = counts(&brood);
    counts.insert("reboot_required".to_owned(), Value::from(required.len()));
    counts.insert("unknown".to_owned(), Value::from(unknown.len()));
    Ok(Look::Over(json!({
        "counts": counts, "uptime_limit_days": days, "reboot_required": required, "unknown": unknown,
        "failed": failures(&brood),
    })))
}
