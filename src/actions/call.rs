//! One call of an action: its payload, read with errors that name the field.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::opened::Opened;
use super::pins::StorePins;
use super::services::Services;
use super::step::Step;
use super::watch::JobWitness;
use crate::catalog::Action;
use crate::model::{Failure, Level};
use crate::transport::Cx;

/// An action's view of its step.
pub struct Call<'a> {
    /// What actions work with.
    pub services: &'a Services,
    /// The entry of the catalog.
    pub action: &'static Action,
    /// The step.
    pub step: &'a Step,
    /// The secrets that it has opened.
    pub(super) opened: Arc<Opened>,
    /// Members that stand beside the response in the job's result.
    beside: Mutex<Map<String, Value>>,
}

impl<'a> Call<'a> {
    /// Over a step.
    pub fn new(services: &'a Services, action: &'static Action, step: &'a Step) -> Self {
        let opened = Arc::new(Opened::new(services.secrets.clone()));
        Self { services, action, step, opened, beside: Mutex::default() }
    }

    /// Puts a member beside the response into the job's result.
    pub(super) fn beside(&self, name: &str, value: Value) {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value);
    }

    /// The members that were put there.
    pub(super) fn take_beside(&self) -> Map<String, Value> {
        std::mem::take(&mut *self.beside.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The payload.
    pub fn payload(&self) -> &Value {
        &self.step.job.payload
    }

    /// The frame for operations on devices.
    pub fn cx(&self) -> Cx {
        let services = self.services;
        Cx {
            cancel: self.step.cancel.clone(),
            clock: services.clock.clone(),
            pins: Arc::new(StorePins::new(
                Arc::clone(&services.store),
                services.clock.clone(),
                services.metrics.clone(),
            )),
            witness: Arc::new(JobWitness::new(
                Arc::clone(&self.step.progress),
                services.metrics.clone(),
                Arc::clone(&self.opened),
            )),
        }
    }

    /// Adds an event.
    pub fn say(&self, level: Level, message: impl Into<String>) {
        self.step.progress.event(level, self.opened.masked(message.into()));
    }

    /// A member of the payload; `null` counts as absent.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.payload().get(name).filter(|value| !value.is_null())
    }

    /// A text member; blank counts as absent.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(_) => Err(Failure::validation(format!("'{name}' must be a string"))),
        }
    }

    /// A switch: a boolean, or the texts that query strings carry (`true`, `false`, `1`, `0`).
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, Failure> {
        let wrong = || Failure::validation(format!("'{name}' must be true or false"));
        match self.member(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" | "" => Ok(false),
                _ => Err(wrong()),
            },
            Some(Value::Number(number)) => match number.as_u64() {
                Some(0) => Ok(false),
                Some(1) => Ok(true),
                _ => Err(wrong()),
            },
            Some(_) => Err(wrong()),
        }
    }

    /// A whole number between two bounds, as a number or as its text.
    pub fn number(&self, name: &str, bounds: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, Failure> {
        let wrong = || {
            let (low, high) = (bounds.start(), bounds.end());
            Failure::validation(format!("'{name}' must be a whole number from {low} to {high}"))
        };
        let number = match self.member(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_u64().or_else(|| whole(number.as_f64()?)),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        number.filter(|number| bounds.contains(number)).map(Some).ok_or_else(wrong)
    }
}

/// `4.0` is 4: JSON does not tell them apart.
fn whole(number: f64) -> Option<u64> {
    ((0.0..=9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}
