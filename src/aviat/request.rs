//! What clients may ask for, read from payloads. Pure: a payload, the inventory and the policy in, a request or a refusal
//! out. Every refusal names the field and what it may be; nothing is guessed and nothing unknown is passed over.

mod lists;
mod maintenance;
mod radios;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::state::{Plan, Policy, Step};
use crate::inventory::{AddressPolicy, Inventory};
use crate::model::{Failure, FailureClass, JobId};

pub use lists::{Edit, Snapshot, Sync, Update};
pub use radios::Wanted;

/// Why a request is not carried out. Nothing was touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// In the contract's own words.
    Contract(FailureClass, String),
    /// In ours.
    Ours(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Ours(failure)
    }
}

impl Refusal {
    /// The request is wrong, in the contract's words.
    pub fn contract(text: &str) -> Self {
        Self::Contract(FailureClass::Validation, text.to_owned())
    }

    fn wrong(sentence: impl Into<String>) -> Self {
        Self::Ours(Failure::validation(sentence))
    }
}

/// Shorthand.
pub type Result<T> = std::result::Result<T, Refusal>;

/// What a payload is read against.
pub struct Frame<'a> {
    /// Which radios there are.
    pub inventory: &'a Inventory,
    /// Which others may be spoken to.
    pub policy: &'a AddressPolicy,
    /// Now.
    pub now: Timestamp,
    /// Zone of a bare `activation_time`.
    pub zone: TimeZone,
}

/// `aviat.run`.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The radios, each once, in the order given.
    pub radios: Vec<Wanted>,
    /// What is asked of each.
    pub plan: Plan,
    /// Why prechecks are overridden.
    pub override_reason: Option<String>,
    /// Whatever the windows say.
    pub force: bool,
    /// Whom the client names; for display only.
    pub requested_by: Option<String>,
}

/// `aviat.activate_scheduled`.
#[derive(Debug, Clone, PartialEq)]
pub struct Activate {
    /// The radios; none: all that are scheduled and due.
    pub radios: Vec<Wanted>,
    /// At any hour.
    pub force: bool,
}

/// Which maintenance, or which radios, `aviat.abort` is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Abort {
    /// All radios of a job.
    Task(JobId),
    /// These.
    Radios(Vec<Wanted>),
}

/// The body of an action that was a POST: `payload.body` where that is an object, else the payload.
pub fn body(payload: &Value) -> &Value {
    payload.get("body").filter(|body| body.is_object()).unwrap_or(payload)
}

/// The query of an action that was a GET: `payload.params` where that is an object, else the payload.
pub fn params(payload: &Value) -> &Value {
    payload.get("params").filter(|params| params.is_object()).unwrap_or(payload)
}

/// Reads `aviat.run`.
pub fn run(frame: &Frame<'_>, payload: &Value) -> Result<Run> {
    let body = body(payload);
    let radios = radios::required(frame, body)?;
    let steps = steps(body)?;
    let params = maintenance::read(frame, body)?;
    let maintenance::Params { target, custom, policy, overrides, override_reason, force } = params;
    let waits = policy != Policy::Immediate && steps.iter().any(|step| matches!(step, Step::Firmware | Step::Activate));
    if force && waits {
        return Err(Refusal::wrong(
            "'force' goes with 'activation_mode' 'immediate', or with tasks without firmware; a scheduled or manual \
             activation is forced by aviat.activate_scheduled",
        ));
    }
    let plan = Plan { steps, target, custom, policy, overrides };
    Ok(Run { radios, plan, override_reason, force, requested_by: requested_by(body)? })
}

/// Reads `aviat.activate_scheduled`. What the client says of its own clock does not count.
pub fn activate(frame: &Frame<'_>, payload: &Value) -> Result<Activate> {
    Ok(Activate { radios: radios::optional(frame, payload)?, force: flag(payload, "force")?.unwrap_or(false) })
}

/// Reads `aviat.reboot_required.run`: the radios; none: all that need it.
pub fn reboot(frame: &Frame<'_>, payload: &Value) -> Result<Vec<Wanted>> {
    radios::optional(frame, body(payload))
}

/// `force` of `aviat.reboot_required.run` and `aviat.fix_stp`: whatever the windows say.
pub fn force(payload: &Value) -> Result<bool> {
    Ok(flag(body(payload), "force")?.unwrap_or(false))
}

/// Reads `aviat.check_status`.
pub fn check(frame: &Frame<'_>, payload: &Value) -> Result<Vec<Wanted>> {
    radios::required(frame, payload)
}

/// Reads `aviat.fix_stp` and `aviat.precheck_recheck`: one radio.
pub fn one(frame: &Frame<'_>, payload: &Value) -> Result<Wanted> {
    radios::one(frame, body(payload))
}

/// Reads `aviat.abort`.
pub fn abort(frame: &Frame<'_>, payload: &Value) -> Result<Abort> {
    if member(payload, "task_id").is_none() && member(payload, "ips").is_some() {
        return Ok(Abort::Radios(radios::required(frame, payload)?));
    }
    task(payload).map(Abort::Task)
}

/// Reads the `task_id` of `aviat.abort` and `aviat.status`. A text that cannot be one names a task that is not there.
pub fn task(payload: &Value) -> Result<JobId> {
    let Some(text) = text(payload, "task_id")? else { return Err(Refusal::contract("Missing 'task_id'")) };
    JobId::parse(text).map_err(|_| Refusal::contract("Task not found"))
}

/// Reads `aviat.queue.update`.
pub fn update(frame: &Frame<'_>, payload: &Value) -> Result<Update> {
    lists::update(frame, body(payload))
}

/// Reads `aviat.scheduled.sync`.
pub fn sync(frame: &Frame<'_>, payload: &Value) -> Result<Sync> {
    lists::sync(frame, body(payload))
}

const TASKS: [(&str, Step); 6] = [
    ("firmware", Step::Firmware),
    ("password", Step::Password),
    ("snmp", Step::Snmp),
    ("buffer", Step::Buffer),
    ("sop", Step::Sop),
    ("activate", Step::Activate),
];

fn allowed_tasks() -> String {
    format!("{}, all", TASKS.map(|(name, _)| name).join(", "))
}

/// `tasks`: each once, in the order in which they run.
fn steps(body: &Value) -> Result<Vec<Step>> {
    let steps = step_list(body, "tasks")?.unwrap_or_default();
    if steps.is_empty() {
        return Err(Refusal::wrong(format!("'tasks' must list at least one of: {}", allowed_tasks())));
    }
    Ok(steps)
}

fn step_list(body: &Value, name: &str) -> Result<Option<Vec<Step>>> {
    let wrong = || Refusal::wrong(format!("'{name}' must be a list of: {}", allowed_tasks()));
    let Some(given) = member(body, name) else { return Ok(None) };
    let mut steps = Vec::new();
    for item in given.as_array().ok_or_else(wrong)? {
        let text = item.as_str().ok_or_else(wrong)?;
        match TASKS.iter().find(|(task, _)| *task == text) {
            Some((_, step)) => steps.push(*step),
            None if text == "all" => steps.extend(TASKS.map(|(_, step)| step)),
            None => {
                let allowed = allowed_tasks();
                return Err(Refusal::wrong(format!("'{name}': '{}' is none of: {allowed}", shown(text))));
            }
        }
    }
    steps.sort_unstable();
    steps.dedup();
    Ok(Some(steps))
}

/// `activation_at`: an instant with its offset.
fn instant(frame: &Frame<'_>, body: &Value, name: &str) -> Result<Option<Timestamp>> {
    /// A later one is a slip of the pen, days.
    const FARTHEST: i64 = 400;
    let Some(text) = text(body, name)? else { return Ok(None) };
    let at = text.parse::<Timestamp>().map_err(|_| {
        Refusal::wrong(format!(
            "'{name}' must be an instant with its offset, for example 2026-07-02T02:00:00-05:00 or 2026-07-02T07:00:00Z"
        ))
    })?;
    let latest = frame.now.checked_add(jiff::SignedDuration::from_hours(24 * FARTHEST));
    if latest.is_ok_and(|latest| at > latest) {
        return Err(Refusal::wrong(format!("'{name}' must not be more than {FARTHEST} days ahead")));
    }
    Ok(Some(at))
}

/// Whom the client names. Who asked in truth is the key's label.
fn requested_by(body: &Value) -> Result<Option<String>> {
    let name = match text(body, "username")? {
        Some(name) => Some(name),
        None => text(body, "requested_by")?,
    };
    Ok(name.map(|name| name.chars().filter(|c| !c.is_control()).take(100).collect()))
}

/// A member; `null` counts as absent.
fn member<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

/// A text; blank counts as absent.
fn text<'a>(body: &'a Value, name: &str) -> Result<Option<&'a str>> {
    match member(body, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(_) => Err(Refusal::wrong(format!("'{name}' must be a text"))),
    }
}

fn flag(body: &Value, name: &str) -> Result<Option<bool>> {
    match member(body, name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Refusal::wrong(format!("'{name}' must be true or false"))),
    }
}

/// What a client wrote, fit to be repeated.
fn shown(text: &str) -> String {
    text.chars().take(60).collect::<String>().escape_debug().to_string()
}

impl Plan {
    /// What follows a firmware that was activated: everything but loading and activating.
    pub fn remaining(&self) -> impl Iterator<Item = Step> {
        self.steps.iter().copied().filter(|step| !matches!(step, Step::Firmware | Step::Activate))
    }

    /// The instant before which nothing is activated.
    pub fn not_before(&self) -> Option<Timestamp> {
        match self.policy {
            Policy::Scheduled { at } => at,
            Policy::Immediate | Policy::Manual => None,
        }
    }
}
