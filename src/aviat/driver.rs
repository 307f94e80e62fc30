//! The hidden job that drives one radio.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::json;

use crate::clock::Chance;
use crate::model::{Access, Failure, FailureClass, JobId, RequestId};
use crate::store::NewJob;

/// Its action.
pub const ACTION: &str = "_aviat.radio";

/// A new driver; to be stored in the change that puts the radio into a driven phase, as its `driver`.
///
/// # Errors
/// `Internal` where the system gives no random bytes.
pub fn job(address: IpAddr, by: &str, now: Timestamp, chance: &Chance) -> Result<NewJob, Failure> {
    let bytes = || chance.bytes().map_err(|error| Failure::new(FailureClass::Internal, error.to_string()));
    Ok(NewJob {
        id: JobId::from_random(bytes()?),
        request_id: RequestId::from_random(bytes()?),
        action: ACTION.to_owned(),
        payload: json!({"address": address}),
        submitted_by: by.to_owned(),
        scopes: Vec::new(),
        created_at: now,
        lane: Some(address.to_string()),
        access: Access::Write,
        secrets: Vec::new(),
        audit: None,
        parent: None,
    })
}
