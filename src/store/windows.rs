//! Maintenance windows and black-outs that were made through the API; what they mean is `calendar`'s business.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use super::{AuditEntry, IdempotencyKey, Idempotent, Result, StoredResponse};

/// A window or black-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRow {
    /// Unique.
    pub name: String,
    /// `window` or `blackout`.
    pub kind: String,
    /// As it was written, an object.
    pub spec: Value,
    /// Label of the key that made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
}

/// Windows and black-outs.
#[async_trait]
pub trait WindowStore: Send + Sync {
    /// All of them, by name.
    async fn windows(&self) -> Result<Vec<WindowRow>>;

    /// Adds one with a line of the audit log, and keeps the answer under the key, in one transaction. Now is the row's
    /// `made_at`. Whoever waits for [`Signal::Windows`](super::Signal::Windows) is told. A replay or mismatch leaves nothing
    /// behind.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](super::StoreError::Conflict) if there is one of that name.
    async fn add_window(
        &self,
        row: WindowRow,
        audit: AuditEntry,
        key: Option<IdempotencyKey>,
        answer: StoredResponse,
    ) -> Result<Idempotent>;

    /// Removes one with a line of the audit log; false, and no line, if there is none.
    async fn remove_window(&self, name: &str, audit: AuditEntry) -> Result<bool>;
}
