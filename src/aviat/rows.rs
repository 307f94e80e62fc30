//! Between a row of the store and what the workflow knows of the radio: the only place that maps one to the other.

use std::net::IpAddr;

use jiff::Timestamp;

use super::state::Radio;
use crate::model::{Failure, FailureClass, JobId, RadioRow};
use crate::store::RadioWrite;

/// A row, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The row; its `status` and `body` are stale as soon as `radio` is changed.
    pub row: RadioRow,
    /// Its body.
    pub radio: Radio,
}

impl Entry {
    /// A radio that has no row yet.
    pub fn new(address: IpAddr, hop: Option<String>, radio: Radio, now: Timestamp) -> Self {
        let row = RadioRow {
            address,
            version: 0,
            status: radio.phase.status(),
            driver: None,
            task: None,
            slot: false,
            hop,
            due_at: None,
            body: serde_json::Value::Null,
            seen: None,
            updated_at: now,
        };
        Self { row, radio }
    }

    /// Reads a row. A body that cannot be read was written by another version of the program: nothing is guessed.
    pub fn read(row: RadioRow) -> Result<Self, Failure> {
        let radio = Radio::deserialize_from(&row).map_err(|error| {
            let sentence = format!(
                "the stored state of radio {} cannot be read ({error}); it was left as it is. Run the version of \
                 towerhand that wrote it",
                row.address
            );
            Failure::new(FailureClass::Internal, sentence)
        })?;
        Ok(Self { row, radio })
    }

    /// The change that stores it. Drops driver, task and slot where the phase has no use for them.
    pub fn write(mut self) -> Result<RadioWrite, Failure> {
        self.row.status = self.radio.phase.status();
        if !self.radio.phase.is_driven() {
            self.row.driver = None;
            self.row.slot = false;
        }
        if super::decide::pending(&self.radio).is_none() {
            self.row.due_at = None;
        }
        self.row.body = serde_json::to_value(&self.radio).map_err(|error| {
            Failure::new(
                FailureClass::Internal,
                format!("the state of radio {} cannot be written: {error}", self.row.address),
            )
        })?;
        let expect = (self.row.version > 0).then_some(self.row.version);
        Ok(RadioWrite::Put { expect, row: Box::new(self.row) })
    }

    /// Settles or parks it for the client's job that waits, if one does.
    pub fn release_task(&mut self) -> Option<JobId> {
        self.row.task.take()
    }
}

impl Radio {
    fn deserialize_from(row: &RadioRow) -> Result<Self, serde_json::Error> {
        serde::Deserialize::deserialize(&row.body)
    }
}
