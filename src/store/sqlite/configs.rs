//! Versions of running configs. What lists read stands apart from the texts; the newest version of each device is a row
//! of its own.

use std::io::{Read as _, Write as _};

use async_trait::async_trait;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;
use rusqlite::{Row, params};

use super::SqliteStore;
use super::conn::Conn;
use super::rows::{broken, instant, micros, text};
use super::writer::Tx;
use crate::model::{JobId, SealedSecret};
use crate::store::{
    ConfigEvent, ConfigRetention, ConfigStore, ConfigVersion, Delivery, Keeping, NewConfig, Result, Signal, StoreError,
    Uncommitted,
};

/// The columns that [`version`] reads, in its order, of a table that is called `v`.
macro_rules! columns {
    () => {
        "v.seq, v.device, v.number, v.address, v.type, v.site, v.path, v.fetched_at, v.last_seen_at, v.job, v.author, \
         v.message, v.sha256, v.bytes, v.lines, v.has_raw, v.committed"
    };
}
/// How many they are.
const WIDTH: usize = 17;

/// `?1` device.
pub(super) const HEAD: &str =
    concat!("select ", columns!(), " from config_head h join config_version v on v.seq = h.seq where h.device = ?1");

/// Every device's newest, by name.
pub(super) const HEADS: &str =
    concat!("select ", columns!(), " from config_head h join config_version v on v.seq = h.seq order by h.device");

/// `?1` device, `?2` number.
pub(super) const ONE: &str =
    concat!("select ", columns!(), " from config_version v where v.device = ?1 and v.number = ?2");

/// `?1` device, `?2` number that is not reached any more, `?3` limit.
pub(super) const LIST: &str = concat!(
    "select ",
    columns!(),
    " from config_version v where v.device = ?1 and v.number < ?2 order by v.number desc limit ?3"
);

/// `?1` name, `?2` limit.
pub(super) const CURRENT: &str = concat!(
    "select ",
    columns!(),
    ", t.text from config_head h join config_version v on v.seq = h.seq join config_text t on t.seq = h.seq \
     where h.device > ?1 order by h.device limit ?2"
);

/// `?1` number, `?2` limit.
pub(super) const UNCOMMITTED: &str = concat!(
    "select ",
    columns!(),
    ", t.text, (select p.path from config_version p where p.device = v.device and p.number = v.number - 1) \
     from config_version v indexed by config_uncommitted join config_text t on t.seq = v.seq where v.committed is null and v.seq > ?1 \
     order by v.seq limit ?2"
);

const INSERT: &str = "insert into config_version (device, number, address, type, site, path, fetched_at, last_seen_at, \
     job, author, message, sha256, bytes, lines, has_raw) \
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

const INSERT_TEXT: &str = "insert into config_text (seq, text, raw_name, raw_key, raw_nonce, raw, raw_at) \
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const PUT_HEAD: &str = "insert into config_head (device, seq) values (?1, ?2) \
     on conflict (device) do update set seq = excluded.seq";

/// `?1` number, `?2` instant.
const SEEN: &str = "update config_version set last_seen_at = max(last_seen_at, ?2) where seq = ?1";

const INSERT_EVENT: &str = "insert into config_event (at, device, address, type, site, number, previous, added, removed, \
     sha256, job, author) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

const INSERT_DELIVERY: &str =
    "insert into config_outbox (id, event, hook, made_at, due_at) values (?1, ?2, ?3, ?4, ?4)";

/// The columns that [`event`] reads, in its order, of a table that is called `e`.
macro_rules! event_columns {
    () => {
        "e.seq, e.at, e.device, e.address, e.type, e.site, e.number, e.previous, e.added, e.removed, e.sha256, e.job, \
         e.author"
    };
}
const EVENT_WIDTH: usize = 13;

/// `?1` number, `?2` limit.
pub(super) const EVENTS: &str =
    concat!("select ", event_columns!(), " from config_event e where e.seq > ?1 order by e.seq limit ?2");

/// `?1` number, `?2` limit, `?3` device.
pub(super) const EVENTS_OF: &str = concat!(
    "select ",
    event_columns!(),
    " from config_event e where e.device = ?3 and e.seq > ?1 order by e.seq limit ?2"
);

/// `?1` now, `?2` limit.
pub(super) const DUE: &str = concat!(
    "select ",
    event_columns!(),
    ", o.id, o.hook, o.made_at, o.attempts from config_outbox o join config_event e on e.seq = o.event \
     where o.due_at <= ?1 order by o.due_at limit ?2"
);

/// `?1` how many versions a device may have, `?2` limit.
pub(super) const TOO_MANY: &str = "delete from config_version where seq in (select v.seq from config_head h \
     join config_version n on n.seq = h.seq join config_version v on v.device = h.device and v.number <= n.number - ?1 \
     limit ?2)";

/// `?1` instant, `?2` limit.
const TOO_OLD: &str = "delete from config_version where seq in (select v.seq from config_head h \
     join config_version v on v.device = h.device and v.seq <> h.seq where v.last_seen_at < ?1 limit ?2)";

/// `?1` limit.
const OLD_EVENTS: &str = "delete from config_event where seq in (select e.seq from config_event e \
     where e.seq <= (select max(seq) - 20000 from config_event) \
     and not exists (select 1 from config_outbox o where o.event = e.seq) order by e.seq limit ?1)";

/// Rows of one transaction of a sweep.
const AT_ONCE: i64 = 200;

/// A text that would unpack to more than this was not written by us, bytes.
const UNPACKED_MAX: u64 = 256 * 1024 * 1024;

fn count(row: &Row<'_>, column: usize) -> Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| broken("a count"))
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn maybe_job(row: &Row<'_>, column: usize) -> Result<Option<JobId>> {
    let id: Option<String> = row.get(column)?;
    id.map(|id| JobId::parse(&id).map_err(|_| broken("a job's id"))).transpose()
}

fn version(row: &Row<'_>) -> Result<ConfigVersion> {
    Ok(ConfigVersion {
        seq: row.get(0)?,
        device: row.get(1)?,
        number: row.get(2)?,
        address: row.get(3)?,
        device_type: row.get(4)?,
        site: row.get(5)?,
        path: row.get(6)?,
        fetched_at: instant(row.get(7)?)?,
        last_seen_at: instant(row.get(8)?)?,
        job: maybe_job(row, 9)?,
        author: row.get(10)?,
        message: row.get(11)?,
        sha256: row.get(12)?,
        bytes: count(row, 13)?,
        lines: count(row, 14)?,
        has_raw: row.get(15)?,
        committed: row.get(16)?,
    })
}

fn event(row: &Row<'_>) -> Result<ConfigEvent> {
    Ok(ConfigEvent {
        seq: row.get(0)?,
        at: instant(row.get(1)?)?,
        device: row.get(2)?,
        address: row.get(3)?,
        device_type: row.get(4)?,
        site: row.get(5)?,
        number: row.get(6)?,
        previous: row.get(7)?,
        added: count(row, 8)?,
        removed: count(row, 9)?,
        sha256: row.get(10)?,
        job: maybe_job(row, 11)?,
        author: row.get(12)?,
    })
}

fn packed(text: &str) -> Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(text.len() / 4), Compression::default());
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    packed.map_err(|error| StoreError::Engine(format!("a config cannot be compressed: {error}")))
}

fn unpacked(row: &Row<'_>, column: usize) -> Result<String> {
    let packed = row.get_ref(column)?.as_blob().map_err(|_| broken("a config's text"))?;
    let mut text = String::new();
    let read = ZlibDecoder::new(packed).take(UNPACKED_MAX).read_to_string(&mut text);
    read.map_err(|_| broken("a config's text"))?;
    Ok(text)
}

fn head(conn: &Conn, device: &str) -> Result<Option<ConfigVersion>> {
    conn.first(HEAD, [device], version)
}

fn insert(tx: &mut Tx, config: &NewConfig, text: Option<Vec<u8>>, previous: Option<i64>) -> Result<ConfigVersion> {
    tx.sync();
    // None: it was the newest version a moment ago.
    let text = text.map_or_else(|| packed(&config.text), Ok)?;
    let number = previous.map_or(1, |previous| previous.saturating_add(1));
    let (at, job) = (micros(config.at), config.job.map(|id| id.to_string()));
    let address = config.address.to_string();
    let seq = tx.conn.insert(
        INSERT,
        params![
            config.device,
            number,
            address,
            config.device_type,
            config.site,
            config.path,
            at,
            job,
            config.author,
            config.message,
            config.sha256,
            stored(config.text.len() as u64),
            stored(config.text.lines().count() as u64),
            config.raw.is_some(),
        ],
    )?;
    let raw = config.raw.as_ref();
    tx.conn.run(
        INSERT_TEXT,
        params![
            seq,
            text,
            raw.map(|raw| &raw.name),
            raw.map(|raw| &raw.key_id),
            raw.map(|raw| &raw.nonce),
            raw.map(|raw| &raw.ciphertext),
            raw.map(|raw| micros(raw.sealed_at)),
        ],
    )?;
    tx.conn.run(PUT_HEAD, params![config.device, seq])?;
    let event = tx.conn.insert(
        INSERT_EVENT,
        params![
            at,
            config.device,
            address,
            config.device_type,
            config.site,
            number,
            previous,
            stored(config.added),
            stored(config.removed),
            config.sha256,
            job,
            config.author,
        ],
    )?;
    for hook in &config.hooks {
        tx.conn.run(INSERT_DELIVERY, params![hook.id, event, hook.hook, at])?;
    }
    tx.signal(Signal::Configs);
    head(&tx.conn, &config.device)?.ok_or_else(|| broken("a config's newest version"))
}

fn keep(tx: &mut Tx, config: &NewConfig, text: Option<Vec<u8>>, expect: Option<i64>) -> Result<Keeping> {
    let newest = head(&tx.conn, &config.device)?;
    match newest {
        Some(newest) if newest.sha256 == config.sha256 => {
            tx.conn.run(SEEN, params![newest.seq, micros(config.at)])?;
            let seen = head(&tx.conn, &config.device)?;
            Ok(Keeping::Same(seen.unwrap_or(newest)))
        }
        newest if newest.as_ref().map(|newest| newest.number) != expect => Ok(Keeping::Stale),
        newest => insert(tx, config, text, newest.map(|newest| newest.number)).map(Keeping::New),
    }
}

fn maybe_text(row: &Row<'_>, column: usize) -> Result<Option<String>> {
    Ok(row.get(column)?)
}

fn raw(row: &Row<'_>) -> Result<Option<SealedSecret>> {
    let Some(ciphertext) = row.get::<_, Option<Vec<u8>>>(3)? else { return Ok(None) };
    Ok(Some(SealedSecret {
        name: text(row, 0)?.to_owned(),
        key_id: text(row, 1)?.to_owned(),
        nonce: row.get(2)?,
        ciphertext,
        sealed_at: instant(row.get(4)?)?,
    }))
}

#[async_trait]
impl ConfigStore for SqliteStore {
    async fn keep_config(&self, config: NewConfig, expect: Option<i64>) -> Result<Keeping> {
        let newest = self.readers.point(|conn| head(conn, &config.device))?;
        let same = newest.is_some_and(|newest| newest.sha256 == config.sha256);
        // Compressed before the writer is asked for, which serves everybody.
        let text = if same { None } else { Some(packed(&config.text)?) };
        // That a config was seen again may be lost with the machine's power; a version may not.
        self.writer.run_soft(move |tx| keep(tx, &config, text, expect)).await
    }

    async fn config_devices(&self) -> Result<Vec<ConfigVersion>> {
        self.readers.walk(|conn| conn.all(HEADS, [], version)).await
    }

    async fn config_versions(&self, device: &str, before: Option<i64>, limit: u32) -> Result<Vec<ConfigVersion>> {
        let device = device.to_owned();
        let before = before.unwrap_or(i64::MAX);
        self.readers.walk(move |conn| conn.all(LIST, params![device, before, limit], version)).await
    }

    async fn config_version(&self, device: &str, number: Option<i64>) -> Result<Option<ConfigVersion>> {
        self.readers.point(|conn| match number {
            None => head(conn, device),
            Some(number) => conn.first(ONE, params![device, number], version),
        })
    }

    async fn config_text(&self, seq: i64) -> Result<Option<String>> {
        let sql = "select text from config_text where seq = ?1";
        self.readers.walk(move |conn| conn.first(sql, [seq], |row| unpacked(row, 0))).await
    }

    async fn config_raw(&self, seq: i64) -> Result<Option<SealedSecret>> {
        let sql = "select raw_name, raw_key, raw_nonce, raw, raw_at from config_text where seq = ?1";
        Ok(self.readers.walk(move |conn| conn.first(sql, [seq], raw)).await?.flatten())
    }

    async fn current_configs(&self, after: &str, limit: u32) -> Result<Vec<(ConfigVersion, String)>> {
        let after = after.to_owned();
        let read = |row: &Row<'_>| Ok((version(row)?, unpacked(row, WIDTH)?));
        self.readers.walk(move |conn| conn.all(CURRENT, params![after, limit], read)).await
    }

    async fn uncommitted_configs(&self, after: i64, limit: u32) -> Result<Vec<Uncommitted>> {
        let read = |row: &Row<'_>| {
            let (version, text) = (version(row)?, unpacked(row, WIDTH)?);
            Ok(Uncommitted { version, text, former_path: maybe_text(row, WIDTH + 1)? })
        };
        self.readers.walk(move |conn| conn.all(UNCOMMITTED, params![after, limit], read)).await
    }

    async fn uncommitted_count(&self) -> Result<u64> {
        let sql = "select count(*) from config_version where committed is null";
        let count: i64 = self.readers.walk(move |conn| conn.value(sql, [])).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn last_commit(&self) -> Result<Option<(i64, String)>> {
        let sql = "select seq, committed from config_version where committed is not null order by seq desc limit 1";
        self.readers.walk(move |conn| conn.first(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))).await
    }

    async fn note_commits(&self, commits: Vec<(i64, String)>) -> Result<()> {
        self.writer
            .run(move |tx| {
                for (seq, commit) in commits {
                    // One that the sweep took meanwhile is gone.
                    tx.conn.run("update config_version set committed = ?2 where seq = ?1", params![seq, commit])?;
                }
                Ok(())
            })
            .await
    }

    async fn forget_commits(&self) -> Result<u64> {
        let sql = "update config_version set committed = null where committed is not null";
        self.writer.run(move |tx| Ok(tx.conn.run(sql, [])? as u64)).await
    }

    async fn config_events(&self, after: i64, limit: u32, device: Option<String>) -> Result<Vec<ConfigEvent>> {
        self.readers
            .walk(move |conn| match device {
                None => conn.all(EVENTS, params![after, limit], event),
                Some(device) => conn.all(EVENTS_OF, params![after, limit, device], event),
            })
            .await
    }

    async fn last_config_event(&self) -> Result<i64> {
        self.readers.point(|conn| conn.value("select coalesce(max(seq), 0) from config_event", []))
    }

    async fn due_deliveries(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>> {
        let read = |row: &Row<'_>| {
            Ok(Delivery {
                event: event(row)?,
                id: row.get(EVENT_WIDTH)?,
                hook: row.get(EVENT_WIDTH + 1)?,
                made_at: instant(row.get(EVENT_WIDTH + 2)?)?,
                attempts: row.get(EVENT_WIDTH + 3)?,
            })
        };
        self.readers.walk(move |conn| conn.all(DUE, params![micros(now), limit], read)).await
    }

    async fn next_delivery(&self) -> Result<Option<Timestamp>> {
        let due: Option<i64> = self.readers.point(|conn| conn.value("select min(due_at) from config_outbox", []))?;
        due.map(instant).transpose()
    }

    async fn end_delivery(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.writer
            .run(move |tx| {
                tx.conn.run("delete from config_outbox where id = ?1", [id])?;
                Ok(())
            })
            .await
    }

    async fn postpone_delivery(&self, id: &str, due_at: Timestamp) -> Result<()> {
        let id = id.to_owned();
        let sql = "update config_outbox set attempts = attempts + 1, due_at = ?2 where id = ?1";
        self.writer
            .run(move |tx| {
                tx.conn.run(sql, params![id, micros(due_at)])?;
                Ok(())
            })
            .await
    }

    async fn sweep_configs(&self, retention: ConfigRetention) -> Result<u64> {
        let most = i64::try_from(retention.versions.max(1)).unwrap_or(i64::MAX);
        let before = micros(retention.before);
        let mut deleted = 0;
        for (sql, bound) in [(TOO_MANY, most), (TOO_OLD, before)] {
            loop {
                let some = self.writer.run(move |tx| Ok(tx.conn.run(sql, params![bound, AT_ONCE])?)).await?;
                deleted += some as u64;
                if some == 0 {
                    break;
                }
            }
        }
        while self.writer.run(|tx| Ok(tx.conn.run(OLD_EVENTS, [AT_ONCE])?)).await? > 0 {}
        Ok(deleted)
    }
}
