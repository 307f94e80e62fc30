//! Maintenance windows and black-outs.

use async_trait::async_trait;
use rusqlite::{Row, params};

use super::rows::{instant, json, micros, text, unique, value};
use super::writer::Tx;
use super::{SqliteStore, audit, idempotency};
use crate::store::{AuditEntry, IdempotencyKey, Idempotent, Result, Signal, StoredResponse, WindowRow, WindowStore};

fn row(row: &Row<'_>) -> Result<WindowRow> {
    Ok(WindowRow {
        name: row.get(0)?,
        kind: row.get(1)?,
        spec: value(text(row, 2)?)?,
        made_by: row.get(3)?,
        made_at: instant(row.get(4)?)?,
    })
}

fn add(
    tx: &mut Tx,
    window: &WindowRow,
    line: AuditEntry,
    key: Option<&IdempotencyKey>,
    answer: StoredResponse,
) -> Result<Idempotent> {
    // First, since the name is taken when the request comes again.
    if let Some(earlier) = idempotency::earlier(tx, key, window.made_at)? {
        return Ok(earlier);
    }
    let add = tx.conn.run(
        "insert into maintenance_window (name, kind, spec, made_by, made_at) values (?1, ?2, ?3, ?4, ?5)",
        params![window.name, window.kind, json(&window.spec), window.made_by, micros(window.made_at)],
    );
    add.map_err(|error| unique(error, &format!("window '{}'", window.name)))?;
    audit::insert(tx, line)?;
    tx.signal(Signal::Windows);
    idempotency::settle(tx, key, answer, window.made_at)
}

fn remove(tx: &mut Tx, name: &str, line: AuditEntry) -> Result<bool> {
    if tx.conn.run("delete from maintenance_window where name = ?1", [name])? == 0 {
        return Ok(false);
    }
    audit::insert(tx, line)?;
    tx.signal(Signal::Windows);
    Ok(true)
}

#[async_trait]
impl WindowStore for SqliteStore {
    async fn windows(&self) -> Result<Vec<WindowRow>> {
        let all = "select name, kind, spec, made_by, made_at from maintenance_window order by name";
        self.readers.walk(move |conn| conn.all(all, [], row)).await
    }

    async fn add_window(
        &self,
        row: WindowRow,
        audit: AuditEntry,
        key: Option<IdempotencyKey>,
        answer: StoredResponse,
    ) -> Result<Idempotent> {
        self.writer.run(move |tx| add(tx, &row, audit, key.as_ref(), answer)).await
    }

    async fn remove_window(&self, name: &str, audit: AuditEntry) -> Result<bool> {
        let name = name.to_owned();
        self.writer.run(move |tx| remove(tx, &name, audit)).await
    }
}
