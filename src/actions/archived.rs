//! Hands a config that was read to the archive, and says what became of it. A config that cannot be kept does not make
//! the job fail: it was read.

use serde_json::json;

use super::Call;
use super::target::Subject;
use crate::archive::Read;
use crate::model::{Level, Secret};

/// Keeps a config, `text` with its secrets marked, `raw` with them. The job's result says which version it is. True: it
/// is a version of its own.
pub(super) async fn keep(call: &Call<'_>, subject: &Subject, text: String, raw: &str) -> bool {
    let archive = &call.services.archive;
    if !archive.enabled() {
        return false;
    }
    let (target, job) = (&subject.target, &call.step.job);
    let known = call.services.inventory.current().by_address(target.address);
    let read = Read {
        device: target.name.clone(),
        address: target.address,
        device_type: subject.device_type.to_string(),
        site: known.and_then(|device| device.site.clone()),
        job: Some(job.id),
        author: job.submitted_by.clone(),
        message: job.action.clone(),
        text,
        raw: archive.keeps_raw().then(|| Secret::new(raw)),
    };
    let label = target.label();
    match archive.keep(read).await {
        Ok(kept) => {
            let number = kept.version.number;
            if kept.changed && number > 1 {
                let (added, removed) = (kept.added, kept.removed);
                let sentence =
                    format!("config.changed: {label}: version {number}, {added} lines added, {removed} removed");
                call.say(Level::Info, sentence);
            } else if kept.changed {
                call.say(Level::Info, format!("config.changed: {label}: version {number}, the first"));
            }
            call.beside("archive", json!({ "version": number, "changed": kept.changed }));
            kept.changed
        }
        Err(error) => {
            call.say(Level::Warning, format!("{label}: the config was read, but not archived: {}", error.sentence()));
            call.beside("archive", json!({ "version": null, "changed": null }));
            false
        }
    }
}
