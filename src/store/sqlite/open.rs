//! Opening a database without harming one that is not ours to change: everything is looked at read-only first.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags, ffi};

use super::conn::Conn;
use super::rows::result_code;
use crate::store::{Result, StoreError};

/// Migrations in order; the number of one is its place, counted from 1, and stands in `user_version`.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_ground.sql"),
    include_str!("migrations/0002_radios.sql"),
    include_str!("migrations/0003_counts.sql"),
    include_str!("migrations/0004_archive.sql"),
    include_str!("migrations/0005_schedules.sql"),
    include_str!("migrations/0006_windows.sql"),
    include_str!("migrations/0007_audit.sql"),
];
/// `towh`, in the header of every database of ours.
const APPLICATION_ID: i64 = 0x746f_7768;
/// Beginning of every SQLite file: <https://www.sqlite.org/fileformat2.html>, 1.3.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// How long a statement waits for another connection's write.
const BUSY: Duration = Duration::from_secs(5);
/// Pages of the write-ahead log (64 MiB) from which on the writer folds it in itself; `checkpoint` mostly does before.
const LONG_LOG: &str = "16384";
/// Primary result codes, <https://www.sqlite.org/rescode.html>, that mean: another process has it.
const IN_USE: [i32; 2] = [ffi::SQLITE_BUSY, ffi::SQLITE_LOCKED];
/// And that mean: this is no whole database.
const DAMAGED: [i32; 2] = [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB];

/// Why a process opens the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The daemon: there is one a database, held by a lock that dies with the process.
    Daemon,
    /// A short-lived command beside a daemon, or without one; may create the database.
    Tool,
}

/// The highest schema number that this program knows.
fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The database's path as SQLite takes it, <https://www.sqlite.org/uri.html>: whatever bytes it has.
fn uri(path: &Path, query: &str) -> String {
    // A path from the root comes after an empty authority, so that its own slashes are none.
    let mut uri = String::from(if path.is_absolute() { "file://" } else { "file:" });
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri + query
}

/// A connection with what all of them share, and with `more` pragmas.
fn connect(path: &Path, flags: OpenFlags, query: &str, more: &str) -> rusqlite::Result<Conn> {
    // One thread at a time uses a connection, so it needs no mutex of its own.
    let flags = flags | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(uri(path, query), flags)?;
    conn.busy_timeout(BUSY)?;
    // Else a statement is compiled anew whenever a parameter changes that stands beside a partial index's condition.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let conn = Conn::new(conn);
    conn.script("pragma foreign_keys = 1; pragma synchronous = full; pragma temp_store = memory;")?;
    conn.script(more)?;
    Ok(conn)
}

/// Opens a connection that only reads. The engine wants to write the log's index nevertheless.
pub(super) fn reading(path: &Path) -> Result<Conn> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, "", "pragma query_only = 1");
    conn.map_err(|error| refused(path, error))
}

/// Opens the one connection that writes.
fn writing(path: &Path) -> Result<Conn> {
    let more = format!("pragma journal_mode = wal; pragma wal_autocheckpoint = {LONG_LOG}; pragma cache_size = -16000");
    connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, "", &more).map_err(|error| refused(path, error))
}

/// Opens the connection that folds the write-ahead log in.
pub(super) fn folding(path: &Path) -> Result<Conn> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, "", "").map_err(|error| refused(path, error))
}

/// The name that messages use.
fn name(path: &Path) -> String {
    path.display().to_string()
}

/// An error on the way in, in terms of what to do about it.
fn refused(path: &Path, error: rusqlite::Error) -> StoreError {
    match result_code(&error) {
        Some(code) if IN_USE.contains(&code) => StoreError::InUse { path: name(path) },
        Some(code) if DAMAGED.contains(&code) => damaged(path, StoreError::from(error).to_string()),
        _ => StoreError::Engine(format!("cannot open {}: {}", name(path), StoreError::from(error))),
    }
}

fn damaged(path: &Path, why: impl Into<String>) -> StoreError {
    StoreError::Damaged { path: name(path), why: why.into() }
}

fn io(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Engine(format!("cannot open {}: {error}", name(path)))
}

/// Takes the daemon's lock, `<database>.lock`.
pub(super) fn lock(path: &Path) -> Result<File> {
    let mut file = path.as_os_str().to_owned();
    file.push(".lock");
    let file = PathBuf::from(file);
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&file)
        .map_err(|error| io(&file, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: name(path) }),
        Err(TryLockError::Error(error)) => Err(io(&file, &error)),
    }
}

/// Opens the writing connection: checks what is there, creates or migrates. Blocks: a large database is read whole.
pub(super) fn open(path: &Path, purpose: Purpose) -> Result<Conn> {
    match look_at_file(path)? {
        Found::Nothing => {}
        Found::Database => look_inside(path, purpose)?,
    }
    let conn = writing(path)?;
    migrate(&conn, path, purpose)?;
    Ok(conn)
}

enum Found {
    Nothing,
    Database,
}

/// The file's first bytes and its mode. Creates it if there is none, for the owner only; the engine gives its side
/// files the same mode.
fn look_at_file(path: &Path) -> Result<Found> {
    let file = OpenOptions::new().read(true).open(path);
    let mut file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let created = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
            return created.map(|_| Found::Nothing).map_err(|error| io(path, &error));
        }
        Err(error) => return Err(io(path, &error)),
    };
    let mut start = Vec::with_capacity(MAGIC.len());
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start).map_err(|error| io(path, &error))?;
    if !start.is_empty() && start != MAGIC {
        return Err(damaged(path, "it does not begin as a database does"));
    }
    let mode = file.metadata().map_err(|error| io(path, &error))?.permissions();
    if mode.mode() & 0o077 != 0 {
        let narrow = std::fs::Permissions::from_mode(0o600);
        file.set_permissions(narrow).map_err(|error| io(path, &error))?;
    }
    Ok(if start.is_empty() { Found::Nothing } else { Found::Database })
}

/// Whose database it is, how new, and for the daemon whether it is whole.
fn look_inside(path: &Path, purpose: Purpose) -> Result<()> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    // Without a write-ahead log the file is complete by itself, and `immutable` leaves no side files behind.
    let complete = !Path::new(&wal).exists();
    let query = if complete { "?immutable=1" } else { "" };
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, query, "").map_err(|error| refused(path, error))?;
    if complete {
        // The engine reads a page that is cut off as if zeros followed, which an empty table survives unnoticed.
        let page: i64 = ask(&conn, path, "pragma page_size")?;
        let length = path.metadata().map_err(|error| io(path, &error))?.len();
        let page = u64::try_from(page).unwrap_or(0);
        if page > 0 && !length.is_multiple_of(page) {
            return Err(damaged(path, "its last page is cut off"));
        }
    }
    inspect(&conn, path, purpose)
}

/// The one value of a statement without parameters.
fn ask<T: FromSql>(conn: &Conn, path: &Path, sql: &str) -> Result<T> {
    conn.only(sql).map_err(|error| refused(path, error))
}

fn inspect(conn: &Conn, path: &Path, purpose: Purpose) -> Result<()> {
    let tables: i64 = ask(conn, path, "select count(*) from sqlite_schema")?;
    let application: i64 = ask(conn, path, "pragma application_id")?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(damaged(path, "it is a database of another program"));
    }
    let found: i64 = ask(conn, path, "pragma user_version")?;
    if found > known() {
        return Err(StoreError::TooNew { path: name(path), found, known: known() });
    }
    if purpose == Purpose::Daemon {
        let whole: String = ask(conn, path, "pragma quick_check(1)")?;
        if whole != "ok" {
            return Err(damaged(path, whole));
        }
    }
    Ok(())
}

/// Brings the schema up to date. The daemon always takes the write lock once, so that a database which another
/// process keeps locked is noticed now and not with the first job.
fn migrate(conn: &Conn, path: &Path, purpose: Purpose) -> Result<()> {
    let script = |sql: &str| conn.script(sql).map_err(|error| refused(path, error));
    let found: i64 = ask(conn, path, "pragma user_version")?;
    if purpose == Purpose::Tool && found == known() {
        return Ok(());
    }
    script("begin immediate")?;
    // Another process may have been faster.
    let found: i64 = ask(conn, path, "pragma user_version")?;
    if purpose == Purpose::Tool && found != 0 && found != known() {
        let why = "its schema is an older one; start the daemon once, which brings it up to date";
        return Err(StoreError::Engine(format!("cannot use {}: {why}", name(path))));
    }
    for (nth, migration) in (1_i64..).zip(MIGRATIONS).skip_while(|(nth, _)| *nth <= found) {
        script(migration)?;
        // A pragma takes no parameters; both numbers are ours.
        script(&format!("pragma user_version = {nth}; pragma application_id = {APPLICATION_ID}"))?;
    }
    script("commit")
}
