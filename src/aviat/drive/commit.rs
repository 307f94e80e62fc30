//! Decisions into rows: by compare-and-set, under the driver's lease, with what is said and audited.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::{Deps, rules, stored};
use crate::aviat::decide::{self, Answer, Command, Decision, Next, Partner, Said, SlotChange, Wait};
use crate::aviat::rows::Entry;
use crate::aviat::state::{Login, Outcome, Phase, Policy, SopItem, Step};
use crate::model::{Failure, FailureClass, Level, NewRadioEvent};
use crate::store::{AuditEntry, Changed, RadioChange};

/// Somebody else changes the row between reading and writing only now and then.
const TRIES: usize = 8;

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Committed {
    /// Stored, or nothing was to be stored.
    Done,
    /// The row is another one by now.
    Stale,
    /// No slot is free, or the other end of the hop has one; why, for people.
    NoSlot(String),
}

impl Deps<'_> {
    /// Stores a decision about the radio as it was read.
    pub(super) async fn commit(&self, entry: &Entry, decision: &Decision) -> Result<Committed, Failure> {
        let mut new = Entry { row: entry.row.clone(), radio: decision.radio.clone() };
        match decision.slot {
            SlotChange::Keep => {}
            SlotChange::Take => new.row.slot = true,
            SlotChange::Drop => new.row.slot = false,
        }
        new.row.due_at = match decision.next {
            Next::Wait(Wait::Until(at)) => Some(at),
            _ if new.radio.phase == Phase::Scheduled => {
                let at = match new.radio.plan.as_ref().map(|plan| &plan.policy) {
                    Some(Policy::Scheduled { at }) => *at,
                    _ => None,
                };
                self.window.due(self.clock.now(), at)
            }
            _ => None,
        };
        let task = entry.row.task;
        // A person's word that is not obeyed yet: the night gives it another turn, and the job that gave it waits.
        let owed = matches!(new.radio.phase, Phase::Scheduled | Phase::Manual) && new.radio.go.is_some();
        if decision.release || !(new.radio.phase.is_driven() || owed) {
            new.release_task();
        }
        let audit = match &decision.next {
            Next::Send(command) => vec![self.audited(&new, task, command)],
            // The checks of the SOP only read.
            Next::Configure(step) if *step != Step::Sop => vec![self.configured(&new, task, *step)],
            _ => Vec::new(),
        };
        if new == *entry && decision.said.is_empty() && audit.is_empty() {
            return Ok(Committed::Done);
        }
        let now = self.clock.now();
        let events = decision.said.iter().map(|said| event(&new, task, said, now)).collect();
        let slots = (new.row.slot && !entry.row.slot).then_some(self.config.max_activations.get());
        let change = RadioChange {
            lease: Some(self.lease.clone()),
            writes: vec![new.write()?],
            events,
            audit,
            slots,
            ..RadioChange::default()
        };
        match self.store.change_radios(now, change).await.map_err(|error| stored(&error))? {
            Changed::Done => Ok(Committed::Done),
            Changed::Stale(_) => Ok(Committed::Stale),
            Changed::Full => {
                let most = self.config.max_activations;
                Ok(Committed::NoSlot(format!("waits for a slot: {most} radios may be down at once")))
            }
            Changed::Partner(other) => Ok(Committed::NoSlot(format!(
                "waits for {other}, the other end of its hop, which is down or may go down"
            ))),
        }
    }

    /// Before the effect: what is about to be sent, and on whose word.
    fn audited(&self, entry: &Entry, task: Option<crate::model::JobId>, command: &Command) -> AuditEntry {
        let detail = match command {
            Command::Load { image, immediate, .. } => {
                format!("load {}{}", image.version, if *immediate { ", activates by itself" } else { "" })
            }
            Command::AbortLoad => "give up the load".to_owned(),
            Command::Activate { version } => format!("activate {version}, decision {}", entry.radio.activations),
            Command::Restart => "restart".to_owned(),
        };
        let who = match &entry.radio.go {
            Some(go) if matches!(command, Command::Activate { .. }) => go.asked.by.clone(),
            _ => entry.radio.username.clone(),
        };
        AuditEntry {
            at: self.clock.now(),
            who,
            what: command.audit().to_owned(),
            subject: self.target.label(),
            job: task,
            detail,
        }
    }

    /// The same of a step of the configuration, which reads first and may find nothing to write.
    fn configured(&self, entry: &Entry, task: Option<crate::model::JobId>, step: Step) -> AuditEntry {
        AuditEntry {
            at: self.clock.now(),
            who: entry.radio.username.clone(),
            what: format!("aviat.{}", step.as_str()),
            subject: self.target.label(),
            job: task,
            detail: "read, write what differs, read back".to_owned(),
        }
    }

    /// Keeps why a radio waits that got no slot. It stays where it is but for one whose load or activation has to wait.
    pub(super) async fn wait_for_slot(&self, entry: Entry, why: &str) -> Result<(), Failure> {
        let mut radio = entry.radio.clone();
        if matches!(radio.phase, Phase::Begin | Phase::Slot | Phase::Load(_)) {
            radio.phase = Phase::Slot;
        }
        let said = if radio.error.as_deref() == Some(why) {
            Vec::new()
        } else {
            vec![Said { level: Level::Info, message: why.to_owned(), fields: json!({}) }]
        };
        radio.error = Some(why.to_owned());
        let decision = Decision { radio, said, slot: SlotChange::Drop, release: false, next: Next::Over };
        // A row that changed meanwhile is decided on anew at the next look.
        self.commit(&entry, &decision).await.map(drop)
    }

    /// Stores what follows from an answer, on the row as it is now; none where it is not this driver's any more.
    pub(super) async fn settle_answer(
        &self,
        address: IpAddr,
        command: &Command,
        answer: &Answer,
    ) -> Result<Option<Next>, Failure> {
        for _ in 0..TRIES {
            let Some(entry) = super::mine(self, address).await? else { return Ok(None) };
            let decision = decide::answered(&entry.radio, command, answer, &rules(self, &entry, Partner::Free));
            if self.commit(&entry, &decision).await? == Committed::Done {
                return Ok(Some(decision.next));
            }
        }
        Err(Failure::new(FailureClass::Internal, "the radio's row changed too often to store an answer"))
    }

    /// Stores a step's outcome, on the row as it is now.
    pub(super) async fn settle_step(
        &self,
        address: IpAddr,
        step: Step,
        outcome: Outcome,
        items: Vec<SopItem>,
        login: Login,
    ) -> Result<(), Failure> {
        for _ in 0..TRIES {
            let Some(mut entry) = super::mine(self, address).await? else { return Ok(()) };
            let before = entry.clone();
            entry.radio.login = login;
            let rules = rules(self, &entry, Partner::Free);
            let decision = decide::configured(&entry.radio, step, outcome.clone(), items.clone(), &rules);
            if self.commit(&before, &decision).await? == Committed::Done {
                return Ok(());
            }
        }
        Err(Failure::new(FailureClass::Internal, "the radio's row changed too often to store a step's outcome"))
    }
}

/// An event with the members that every one has.
pub(crate) fn event(
    entry: &Entry,
    task: Option<crate::model::JobId>,
    said: &Said,
    at: jiff::Timestamp,
) -> NewRadioEvent {
    let mut fields = Map::new();
    fields.insert("ip".to_owned(), json!(entry.row.address));
    fields.insert("status".to_owned(), json!(entry.radio.phase.status().as_str()));
    if let Some(name) = &entry.radio.name {
        fields.insert("name".to_owned(), json!(name));
    }
    if let Value::Object(more) = &said.fields {
        fields.extend(more.clone());
    }
    NewRadioEvent {
        at,
        level: said.level,
        message: format!("{}: {}", entry.row.address, said.message),
        task,
        address: Some(entry.row.address),
        fields: Value::Object(fields),
    }
}
