//! The job of a run.

use jiff::Timestamp;

use crate::catalog::{self, Action, Reach};
use crate::clock::{Chance, NoEntropy};
use crate::inventory::Inventory;
use crate::model::{Access, JobId, RequestId};
use crate::store::{AuditEntry, NewJob, ScheduleSpec};

/// A job as a client would submit it, under the schedule's own name and scopes. None for a schedule that only shows.
pub(super) fn job(
    spec: &ScheduleSpec,
    due: Timestamp,
    now: Timestamp,
    inventory: &Inventory,
    chance: &Chance,
) -> Result<Option<NewJob>, NoEntropy> {
    let Some(action) = &spec.action else { return Ok(None) };
    let id = JobId::from_random(chance.bytes()?);
    let entry = catalog::find(action);
    let lane = entry.and_then(|entry| lane(entry, spec, inventory));
    let by = format!("schedule:{}", spec.name);
    Ok(Some(NewJob {
        id,
        request_id: RequestId::from_random(chance.bytes()?),
        action: action.clone(),
        payload: spec.payload.clone(),
        submitted_by: by.clone(),
        scopes: spec.scopes.clone(),
        created_at: now,
        lane: lane.clone(),
        access: entry.map_or(Access::Read, |entry| entry.access),
        secrets: Vec::new(),
        parent: None,
        audit: Some(AuditEntry {
            at: now,
            who: by,
            what: "schedule.run".to_owned(),
            subject: lane.unwrap_or_else(|| action.clone()),
            job: Some(id),
            detail: format!("{action}, due {due}"),
        }),
    }))
}

/// As for a submission: the one device that the job speaks to.
fn lane(entry: &Action, spec: &ScheduleSpec, inventory: &Inventory) -> Option<String> {
    match entry.reach {
        Reach::Device(_) if entry.id.starts_with("aviat.") => inventory.lane_of_radio(&spec.payload),
        Reach::Device(_) => inventory.lane_of(&spec.payload),
        Reach::Nothing | Reach::Devices | Reach::About(_) => None,
    }
}
