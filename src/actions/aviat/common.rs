//! What the actions of the maintenance share.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::actions::{Call, Done, StepError};
use crate::aviat::request::{Frame, Refusal, Wanted};
use crate::aviat::rows::Entry;
use crate::aviat::state::{Asked, Go, Login, Outcome, Phase, Plan, Radio, Step, Steps};
use crate::aviat::window::Window;
use crate::aviat::{night, queue};
use crate::calendar::window::Book;
use crate::catalog;
use crate::inventory::Inventory;
use crate::model::{Access, DeviceType, Failure, FailureClass, Job, JobId, Level, NewRadioEvent, RadioRow};
use crate::report::Chain;
use crate::store::{AuditEntry, Changed, NewJob, RadioChange, StoreError, StoredResponse};

/// Scope for passing a window.
pub(super) const FORCE: &str = "aviat.force";

/// How often a decision is made anew because the rows changed meanwhile. Each time somebody else has got on.
const TRIES: usize = 50;

impl From<Refusal> for StepError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Contract(class, text) => StepError::plain(class, &text),
            Refusal::Ours(failure) => failure.into(),
        }
    }
}

/// A store that failed, as the end of a step.
pub(super) fn store_failed(error: StoreError) -> StepError {
    match error {
        StoreError::LostLease(_) => StepError::lost_lease(),
        error => {
            let sentence = format!("the table of radios could not be used: {}", Chain(&error));
            Failure::new(FailureClass::Internal, sentence).into()
        }
    }
}

/// Asks for the end of a job, as its client may.
pub(super) async fn cancel(call: &Call<'_>, id: JobId) -> Result<(), StepError> {
    let render = Box::new(|_: &Job| StoredResponse { status: 200, body: Vec::new() });
    let now = call.services.clock.now();
    call.services.store.cancel(&id.to_string(), now, None, render).await.map(drop).map_err(store_failed)
}

/// The result of an action, in its wrapper.
pub(super) fn done(call: &Call<'_>, response: Value) -> Result<Done, StepError> {
    Ok(Done::Result(crate::actions::wrap(call.action, response)))
}

impl Call<'_> {
    /// What payloads of the maintenance are read against.
    pub(super) fn frame<'f>(&'f self, inventory: &'f Inventory) -> Frame<'f> {
        let services = self.services;
        let zone = TimeZone::get(&services.aviat.zone).unwrap_or(TimeZone::UTC);
        Frame { inventory, policy: &services.policy, now: services.clock.now(), zone }
    }

    /// All rows, read.
    pub(super) async fn entries(&self) -> Result<Vec<Entry>, StepError> {
        let rows = self.services.store.radios().await.map_err(store_failed)?;
        read_all(rows)
    }

    /// Reads all rows, decides, and stores the change; decides anew where a row changed meanwhile.
    pub(super) async fn change<T>(
        &self,
        mut decide: impl FnMut(Vec<Entry>) -> Result<(RadioChange, T), StepError>,
    ) -> Result<T, StepError> {
        let services = self.services;
        for _ in 0..TRIES {
            let (mut change, done) = decide(self.entries().await?)?;
            let RadioChange { writes, jobs, events, audit, pokes, .. } = &change;
            if writes.is_empty() && jobs.is_empty() && events.is_empty() && audit.is_empty() && pokes.is_empty() {
                return Ok(done);
            }
            change.lease = Some(self.step.lease.clone());
            match services.store.change_radios(services.clock.now(), change).await.map_err(store_failed)? {
                Changed::Done => return Ok(done),
                Changed::Stale(_) => {}
                Changed::Full | Changed::Partner(_) => break,
            }
        }
        let sentence = "the radios changed faster than the request could be carried out; nothing was done, ask again";
        Err(Failure::new(FailureClass::Busy, sentence).into())
    }

    /// The version that a plan leads to.
    pub(super) fn target_version(&self, inventory: &Inventory, entry: &Entry) -> Option<String> {
        let plan = entry.radio.plan.as_ref()?;
        if let Some(custom) = &plan.custom {
            return Some(custom.version.clone());
        }
        let device_type = inventory.by_address(entry.row.address).map(|device| device.device_type);
        self.services.images.image(plan.target, device_type).map(|image| image.version)
    }

    /// A hidden job that drives or observes one radio.
    pub(super) fn hidden(&self, action: &str, address: IpAddr, parent: Option<JobId>) -> Result<NewJob, StepError> {
        let job = &self.step.job;
        let bytes = self.services.chance.bytes().map_err(|error| {
            Failure::new(FailureClass::Internal, format!("no id for the job of {address}: {}", Chain(&error)))
        })?;
        Ok(NewJob {
            id: JobId::from_random(bytes),
            request_id: job.request_id,
            action: action.to_owned(),
            payload: json!({ "address": address }),
            submitted_by: job.submitted_by.clone(),
            scopes: self.step.scopes.clone(),
            created_at: self.services.clock.now(),
            lane: Some(address.to_string()),
            access: catalog::any(action).map_or(Access::Write, |entry| entry.access),
            secrets: Vec::new(),
            audit: None,
            parent,
        })
    }

    /// Something that is said of a radio, to the viewers and to this job.
    pub(super) fn radio_event(&self, level: Level, entry: &Entry, message: String) -> NewRadioEvent {
        let (phase, status) = (queue::phase(&entry.radio.phase), entry.radio.phase.status());
        NewRadioEvent {
            at: self.services.clock.now(),
            level,
            message,
            task: Some(self.step.job.id),
            address: Some(entry.row.address),
            fields: json!({ "phase": phase, "status": status.as_str(), "by": self.step.job.submitted_by }),
        }
    }

    /// A line of the audit log in the name of who submitted the job.
    pub(super) fn audit_line(&self, what: &str, subject: impl ToString, detail: impl Into<String>) -> AuditEntry {
        AuditEntry {
            at: self.services.clock.now(),
            who: self.step.job.submitted_by.clone(),
            what: what.to_owned(),
            subject: subject.to_string(),
            job: Some(self.step.job.id),
            detail: detail.into(),
        }
    }

    /// Windows and black-outs of now.
    pub(super) async fn book(&self) -> Result<Book, Failure> {
        night::book(self.services.store.as_ref(), &self.services.book).await
    }

    /// When work on a radio may begin.
    pub(super) fn window(&self, book: &Book, inventory: &Inventory, address: IpAddr) -> Result<Window, Failure> {
        night::window_of(&self.services.aviat, book, inventory, address)
            .ok_or_else(|| Failure::new(FailureClass::Internal, "the window of the settings cannot be read"))
    }

    /// Ends a step that was asked to stop before it began with its radios: as if it had never been asked for.
    pub(super) fn wanted_still(&self) -> Result<(), Failure> {
        if self.step.job.cancel_requested || self.step.cancel.is_cancelled() {
            let sentence = "stopped before it began, as asked; no radio was touched for it";
            return Err(Failure::new(FailureClass::Cancelled, sentence));
        }
        Ok(())
    }

    /// A person's word to go ahead whatever the windows say; needs its scope, and stands in the audit log where it counts.
    pub(super) fn forces(&self, force: bool) -> Result<Option<Go>, Failure> {
        if !force {
            return Ok(None);
        }
        self.step.require_scope(FORCE)?;
        let asked = Asked { by: self.step.job.submitted_by.clone(), at: self.services.clock.now() };
        Ok(Some(Go { asked, force: true }))
    }
}

fn read_all(rows: Vec<RadioRow>) -> Result<Vec<Entry>, StepError> {
    rows.into_iter().map(|row| Entry::read(row).map_err(StepError::from)).collect()
}

/// Rows by address.
pub(super) fn by_address(entries: Vec<Entry>) -> HashMap<IpAddr, Entry> {
    entries.into_iter().map(|entry| (entry.row.address, entry)).collect()
}

/// A radio that is listed, nothing asked of it.
pub(super) fn listed(wanted: &Wanted, username: &str) -> Radio {
    Radio {
        name: wanted.name.clone(),
        username: username.to_owned(),
        last_task: None,
        phase: Phase::Listed,
        plan: None,
        steps: Steps::default(),
        precheck: None,
        version_before: None,
        version_now: None,
        login: Login::Unknown,
        error: None,
        abort: None,
        go: None,
        started_at: None,
        activations: 0,
    }
}

/// Steps of a plan at its beginning.
pub(super) fn waiting(plan: &Plan) -> Steps {
    let asked = |step: Step| if plan.steps.contains(&step) { Outcome::Waiting } else { Outcome::NotRequested };
    Steps {
        firmware: asked(Step::Firmware),
        activate: asked(Step::Activate),
        password: asked(Step::Password),
        snmp: asked(Step::Snmp),
        buffer: asked(Step::Buffer),
        sop: asked(Step::Sop),
        sop_items: Vec::new(),
    }
}

/// The job that a radio belongs to at the moment, where it is another one than `own`: what must not be disturbed.
pub(super) fn owner(entry: &Entry, own: JobId) -> Option<JobId> {
    let held = entry.radio.phase.is_driven() || entry.radio.phase == Phase::Scheduled || entry.radio.go.is_some();
    let owner = entry.row.task.or(entry.row.driver).filter(|_| held)?;
    (owner != own).then_some(owner)
}

/// Refuses a request for radios that others are at work on, all or nothing.
pub(super) fn busy(taken: &[(IpAddr, JobId)]) -> Result<(), StepError> {
    if taken.is_empty() {
        return Ok(());
    }
    let list = |items: Vec<String>| items.join(", ");
    let radios = list(taken.iter().map(|(address, _)| address.to_string()).collect());
    let mut jobs: Vec<String> = taken.iter().map(|(_, job)| job.to_string()).collect();
    jobs.sort_unstable();
    jobs.dedup();
    let text = format!("Already processing: {radios} (job {})", list(jobs));
    Err(StepError::plain(FailureClass::Busy, &text))
}

/// Codes of the types of radios, for the list of images.
pub(super) fn code(device_type: Option<DeviceType>) -> Option<&'static str> {
    device_type.map(DeviceType::code)
}
