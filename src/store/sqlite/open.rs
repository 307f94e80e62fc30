//! Opening a database without harming one that is not ours to change: everything is looked at read-only first.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use super::rows::result_code;
use crate::store::{Result, StoreError};

/// Migrations in order; the number of one is its place, counted from 1, and stands in `user_version`.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_ground.sql")];
/// `towh`, in the header of every database of ours.
const APPLICATION_ID: i64 = 0x746f_7768;
/// Beginning of every SQLite file: <https://www.sqlite.org/fileformat2.html>, 1.3.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// How long a statement waits for another connection's write.
const BUSY: Duration = Duration::from_secs(5);
/// Pages of the write-ahead log (64 MiB) from which on the writer folds it in itself; `checkpoint` mostly does before.
const LONG_LOG: &str = "16384";
/// SQLITE_BUSY and SQLITE_LOCKED: <https://www.sqlite.org/rescode.html>.
const IN_USE: [i32; 2] = [5, 6];
/// SQLITE_CORRUPT and SQLITE_NOTADB.
const DAMAGED: [i32; 2] = [11, 26];

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

/// What the connections share.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .synchronous(SqliteSynchronous::Full)
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

/// Of a connection of the pool that reads.
pub(super) fn reading(path: &Path) -> SqliteConnectOptions {
    options(path).pragma("query_only", "1").thread_name(|n| format!("store-read-{n}"))
}

/// Of the one connection that writes.
fn writing(path: &Path) -> SqliteConnectOptions {
    options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("wal_autocheckpoint", LONG_LOG)
        .pragma("cache_size", "-16000")
        .thread_name(|n| format!("store-write-{n}"))
}

/// Opens the connection that folds the write-ahead log in.
pub(super) async fn folding(path: &Path) -> Result<SqliteConnection> {
    let options = options(path).thread_name(|n| format!("store-fold-{n}"));
    options.connect().await.map_err(|error| refused(path, error))
}

/// The name that messages use.
fn name(path: &Path) -> String {
    path.display().to_string()
}

/// An error on the way in, in terms of what to do about it.
fn refused(path: &Path, error: sqlx::Error) -> StoreError {
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

/// Opens the writing connection: checks what is there, creates or migrates.
pub(super) async fn open(path: &Path, purpose: Purpose) -> Result<SqliteConnection> {
    match look_at_file(path)? {
        Found::Nothing => {}
        Found::Database => look_inside(path, purpose).await?,
    }
    let mut conn = writing(path).connect().await.map_err(|error| refused(path, error))?;
    migrate(&mut conn, path, purpose).await?;
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
async fn look_inside(path: &Path, purpose: Purpose) -> Result<()> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    // Without a write-ahead log the file is complete by itself, and `immutable` leaves no side files behind.
    let complete = !Path::new(&wal).exists();
    let options = options(path).read_only(true).immutable(complete);
    let mut conn = options.connect().await.map_err(|error| refused(path, error))?;
    let verdict = inspect(&mut conn, path, purpose).await;
    // It only read; how it closes changes nothing.
    let _ = conn.close().await;
    verdict
}

async fn inspect(conn: &mut SqliteConnection, path: &Path, purpose: Purpose) -> Result<()> {
    let engine = |error| refused(path, error);
    let tables: i64 =
        sqlx::query_scalar("select count(*) from sqlite_schema").fetch_one(&mut *conn).await.map_err(engine)?;
    let application: i64 = sqlx::query_scalar("pragma application_id").fetch_one(&mut *conn).await.map_err(engine)?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(damaged(path, "it is a database of another program"));
    }
    let found: i64 = sqlx::query_scalar("pragma user_version").fetch_one(&mut *conn).await.map_err(engine)?;
    if found > known() {
        return Err(StoreError::TooNew { path: name(path), found, known: known() });
    }
    if purpose == Purpose::Daemon {
        let whole: String = sqlx::query_scalar("pragma quick_check(1)").fetch_one(&mut *conn).await.map_err(engine)?;
        if whole != "ok" {
            return Err(damaged(path, whole));
        }
    }
    Ok(())
}

/// Brings the schema up to date. The daemon always takes the write lock once, so that a database which another
/// process keeps locked is noticed now and not with the first job.
async fn migrate(conn: &mut SqliteConnection, path: &Path, purpose: Purpose) -> Result<()> {
    let engine = |error| refused(path, error);
    let found: i64 = sqlx::query_scalar("pragma user_version").fetch_one(&mut *conn).await.map_err(engine)?;
    if purpose == Purpose::Tool && found == known() {
        return Ok(());
    }
    sqlx::query("begin immediate").execute(&mut *conn).await.map_err(engine)?;
    // Another process may have been faster.
    let found: i64 = sqlx::query_scalar("pragma user_version").fetch_one(&mut *conn).await.map_err(engine)?;
    if purpose == Purpose::Tool && found != 0 && found != known() {
        let why = "its schema is an older one; start the daemon once, which brings it up to date";
        return Err(StoreError::Engine(format!("cannot use {}: {why}", name(path))));
    }
    for (nth, migration) in (1_i64..).zip(MIGRATIONS).skip_while(|(nth, _)| *nth <= found) {
        conn.execute(*migration).await.map_err(engine)?;
        // A pragma takes no parameters; both numbers are ours.
        let stamp = format!("pragma user_version = {nth}; pragma application_id = {APPLICATION_ID}");
        conn.execute(AssertSqlSafe(stamp)).await.map_err(engine)?;
    }
    sqlx::query("commit").execute(&mut *conn).await.map_err(engine)?;
    Ok(())
}
