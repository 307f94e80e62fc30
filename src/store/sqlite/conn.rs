//! One connection, and how a statement is put to it: prepared at its first use and kept by its text.

use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row};

use super::rows::broken;
use crate::store::Result;

/// Prepared statements that one connection keeps; there are some ninety different ones.
const KEPT: usize = 128;

/// A connection. All its calls block the thread, on the disk at worst.
pub(super) struct Conn(Connection);

impl Conn {
    /// Over an opened connection.
    pub(super) fn new(conn: Connection) -> Self {
        conn.set_prepared_statement_cache_capacity(KEPT);
        Self(conn)
    }

    /// Carries out a statement that returns no rows; how many it changed, if it changes any.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.0.prepare_cached(sql)?.execute(params)
    }

    /// Inserts one row; its rowid.
    pub(super) fn insert(&self, sql: &str, params: impl Params) -> rusqlite::Result<i64> {
        self.0.prepare_cached(sql)?.insert(params)
    }

    /// The first row, if there is one. A change that returns rows is whole with its first row:
    /// <https://www.sqlite.org/lang_returning.html>.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(read).transpose()
    }

    /// The one value of a statement without parameters, with the engine's own error.
    pub(super) fn only<T: FromSql>(&self, sql: &str) -> rusqlite::Result<T> {
        self.0.query_row(sql, [], |row| row.get(0))
    }

    /// The one value of a statement that has one.
    pub(super) fn value<T: FromSql>(&self, sql: &str, params: impl Params) -> Result<T> {
        self.first(sql, params, |row| Ok(row.get(0)?))?.ok_or_else(|| broken("what should be one row"))
    }

    /// All rows, one after the other.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// Reads as of one moment, and takes and gives back the locks of a read once.
    pub(super) fn moment<T>(&self, read: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.run("begin", [])?;
        let answer = read(self);
        self.run("commit", [])?;
        answer
    }

    /// Several statements without parameters and without rows that matter.
    pub(super) fn script(&self, sql: &str) -> rusqlite::Result<()> {
        self.0.execute_batch(sql)
    }

    /// Whether a transaction is open; an engine's error may have ended it.
    pub(super) fn in_transaction(&self) -> bool {
        !self.0.is_autocommit()
    }

    /// Closes it.
    pub(super) fn close(self) -> rusqlite::Result<()> {
        self.0.close().map_err(|(_, error)| error)
    }
}
