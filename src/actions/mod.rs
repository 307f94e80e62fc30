//! What an action does: one file per group, each carrying out entries of the catalog.
//!
//! # Adding an action
//! 1. Its row in `catalog/`: what it speaks to, read or write, its scope, its result wrapper.
//! 2. A function in a file here that takes a [`Call`] and returns the `response` of the wrapper.
//! 3. An arm in [`Actions::run`]. Those of the maintenance of radios stand in `aviat/`, one a file.

mod archived;
mod aviat;
mod call;
mod capabilities;
mod config_read;
mod credentials;
mod device_info;
mod generic;
mod health;
mod lockouts;
mod opened;
mod ping;
mod pins;
mod poll;
mod services;
mod standard;
mod step;
mod target;
mod watch;

pub use call::Call;
pub use lockouts::Lockouts;
pub use poll::HealthReader;
pub use services::{Services, Transports};
pub use standard::GoldenTexts;
pub use step::{Done, Progress, Step, StepError};

use std::sync::Arc;

use serde_json::{Value, json};

use crate::catalog::{self, Action, Native};
use crate::model::{Failure, FailureClass, is_internal};

/// Carries out steps of jobs.
pub struct Actions {
    services: Arc<Services>,
}

impl Actions {
    /// Over everything that actions use.
    pub fn new(services: impl Into<Arc<Services>>) -> Self {
        Self { services: services.into() }
    }

    /// Runs one step. Every failure says what, which device, why; no device is touched before the payload is found
    /// good.
    pub async fn run(&self, step: Step) -> Result<Done, StepError> {
        let Some(action) = catalog::any(&step.job.action) else {
            let text = format!("Unsupported action '{}'", step.job.action);
            return Err(StepError::plain(FailureClass::Validation, &text));
        };
        if let Native::NotYet(missing) = action.native {
            let sentence = format!("action '{}' is not native yet: {missing}; nothing was done", action.id);
            return Err(Failure::new(FailureClass::NotNative, sentence).into());
        }
        if let Some(scope) = action.scope {
            step.require_scope(scope)?;
        }
        let call = Call::new(&self.services, action, &step);
        if action.id.starts_with("aviat.") || is_internal(action.id) {
            return aviat::respond(&call)
                .await
                .map_err(|error| StepError { text: call.opened.masked(error.text), ..error });
        }
        let response = self.respond(&call).await.map_err(|failure| call.opened.clean(failure))?;
        let mut result = wrap(action, response);
        if let Some(members) = result.as_object_mut().filter(|_| action.wrapper.is_some()) {
            members.extend(call.take_beside());
        }
        Ok(Done::Result(result))
    }

    /// Each action's future on the heap: together they would fill a thread's stack in a build without optimisation.
    async fn respond(&self, call: &Call<'_>) -> Result<Value, Failure> {
        match call.action.id {
            "health.get" => Box::pin(health::get(call)).await,
            "ido.capabilities" => capabilities::get(call),
            "ido.ping" => Box::pin(ping::ping(call)).await,
            "ido.generic.device_info" => Box::pin(generic::device_info(call)).await,
            "ido.ap.device_info"
            | "ido.swt.device_info"
            | "ido.bh.device_info"
            | "ido.ups.device_info"
            | "ido.rpc.device_info" => Box::pin(device_info::read(call)).await,
            "ido.ap.running_config"
            | "ido.swt.running_config"
            | "ido.bh.running_config"
            | "ido.ups.running_config"
            | "ido.rpc.running_config" => Box::pin(config_read::read(call)).await,
            "ido.ap.standard_config"
            | "ido.bh.standard_config"
            | "ido.swt.standard_config"
            | "ido.ups.standard_config"
            | "ido.rpc.standard_config" => Box::pin(standard::read(call)).await,
            id => Err(Failure::new(
                FailureClass::Internal,
                format!("the catalog calls '{id}' native, no code carries it out"),
            )),
        }
    }
}

/// The contract's result wrapper around a response.
fn wrap(action: &Action, response: Value) -> Value {
    match action.wrapper {
        Some((method, path)) => {
            // `json!` would copy the response, which may be a config of megabytes.
            let mut wrapped = json!({ "http_status": 200, "ok": true, "path": path, "method": method });
            if let Value::Object(members) = &mut wrapped {
                members.insert("response".to_owned(), response);
            }
            wrapped
        }
        None => response,
    }
}
