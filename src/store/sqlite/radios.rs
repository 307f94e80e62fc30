//! Radios: not built yet.
use std::net::IpAddr;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use super::SqliteStore;
use crate::model::{JobId, RadioEvent, RadioRow};
use crate::store::{Changed, RadioChange, RadioStore, Result, StoreError};

fn missing<T>() -> Result<T> {
    Err(StoreError::Engine("not built yet".to_owned()))
}

#[async_trait]
impl RadioStore for SqliteStore {
    async fn radios(&self) -> Result<Vec<RadioRow>> {
        missing()
    }
    async fn radio(&self, _: IpAddr) -> Result<Option<RadioRow>> {
        missing()
    }
    async fn change_radios(&self, _: Timestamp, _: RadioChange) -> Result<Changed> {
        missing()
    }
    async fn note_radio(&self, _: IpAddr, _: Value) -> Result<bool> {
        missing()
    }
    async fn radio_events(&self, _: i64, _: u32, _: Option<JobId>) -> Result<Vec<RadioEvent>> {
        missing()
    }
    async fn last_radio_event(&self) -> Result<i64> {
        missing()
    }
}
