//! `aviat.status`: where one maintenance stands.

use serde_json::{Value, json};

use super::common::{done, store_failed};
use crate::actions::{Call, Done, StepError};
use crate::aviat::request::{self, Refusal};
use crate::aviat::result;
use crate::model::{Job, JobId, JobStatus};

/// The actions whose jobs are tasks of the contract.
const TASKS: [&str; 3] = ["aviat.run", "aviat.activate_scheduled", "aviat.reboot_required.run"];

pub(super) async fn status(call: &Call<'_>) -> Result<Done, StepError> {
    let id = request::task(call.payload())?;
    let job = task(call, id).await?;
    let inventory = call.services.inventory.current();
    let mut results = match job.result.as_ref().and_then(|result| result.pointer("/response/results")) {
        Some(Value::Array(results)) => results.clone(),
        _ => Vec::new(),
    };
    // A radio that was parked goes on after the job's end: as long as nobody asked anything else of it, what the table
    // says goes before what the job said.
    let text = id.to_string();
    for entry in call.entries().await? {
        if entry.row.task != Some(id) && entry.radio.last_task.as_deref() != Some(&text) {
            continue;
        }
        let now = result::of(&entry, call.target_version(&inventory, &entry).as_deref());
        match results.iter_mut().find(|result| result.get("ip") == now.get("ip")) {
            Some(result) => *result = now,
            None => results.push(now),
        }
    }
    let given = request::body(&job.payload);
    let ips: Vec<&Value> = results.iter().filter_map(|result| result.get("ip")).collect();
    let response = json!({
        "task_id": id,
        "action": job.action,
        "status": word(&job),
        "ips": ips,
        "tasks": tasks(&job, given),
        "results": results,
        "error": job.error,
        "username": job.submitted_by,
        "created_at": job.created_at,
        "completed_at": job.finished_at,
    });
    done(call, response)
}

fn tasks(job: &Job, given: &Value) -> Value {
    match job.action.as_str() {
        "aviat.run" => given.get("tasks").cloned().unwrap_or_else(|| json!([])),
        "aviat.activate_scheduled" => json!(["activate"]),
        _ => json!(["reboot"]),
    }
}

/// The contract's word for the state of a task.
fn word(job: &Job) -> &'static str {
    let aborted = job.result.as_ref().and_then(|result| result.pointer("/response/status")) == Some(&json!("aborted"));
    match job.status {
        JobStatus::Queued => "pending",
        JobStatus::Running => "running",
        JobStatus::Success if aborted => "aborted",
        JobStatus::Success => "completed",
        JobStatus::Cancelled => "aborted",
        JobStatus::Error => "failed",
    }
}

/// The job of a task; what is none of the contract's tasks is not there.
pub(super) async fn task(call: &Call<'_>, id: JobId) -> Result<Job, StepError> {
    let job = call.services.store.job(&id.to_string()).await.map_err(store_failed)?;
    let job = job.filter(|job| TASKS.contains(&job.action.as_str()));
    job.ok_or_else(|| Refusal::contract("Task not found").into())
}
