//! The suite on SQLite, and what only SQLite has: files, plans, group commit.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::model::Access;
use crate::store::suite::{self, Lab, answer, claim, finish, job, submit, t, writer};
use crate::store::{JobStore as _, QueueDepth, StoreError};

/// A database in a directory of its own.
struct SqliteLab(tempfile::TempDir);

impl SqliteLab {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("towerhand.db")
    }

    async fn daemon(&self) -> Result<SqliteStore> {
        SqliteStore::open(&self.path(), Purpose::Daemon).await
    }

    /// What is in the file now.
    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }

    /// Puts something else in the file's place.
    #[expect(clippy::disallowed_methods, reason = "the test damages the file on purpose")]
    fn write(&self, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(), bytes).unwrap();
    }

    /// A connection that owes nothing to towerhand.
    fn bare(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }
}

#[async_trait]
impl Lab for SqliteLab {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.daemon().await.unwrap())
    }

    async fn beside(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.path(), Purpose::Tool).await.unwrap())
    }
}

mod conformance {
    use super::SqliteLab;
    suite::conformance!(SqliteLab::new());
    use crate::store::suite;
}

/// Opening fails for both purposes, and not a byte changes.
async fn refused(lab: &SqliteLab) -> StoreError {
    let before = lab.bytes();
    let tool = SqliteStore::open(&lab.path(), Purpose::Tool).await.err().unwrap();
    let daemon = lab.daemon().await.err().unwrap();
    assert_eq!(std::mem::discriminant(&tool), std::mem::discriminant(&daemon));
    assert!(lab.bytes() == before, "the file was changed");
    daemon
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged() {
    let lab = SqliteLab::new();
    for garbage in ["x", "SQLite format 3", "this is not a database, and it is longer than the header is"] {
        lab.write(garbage);
        assert!(matches!(refused(&lab).await, StoreError::Damaged { .. }));
    }
}

#[tokio::test]
async fn a_truncated_or_overwritten_database_is_damaged() {
    let lab = SqliteLab::new();
    let store = lab.daemon().await.unwrap();
    for n in 0..200 {
        submit(&store, writer(n, &format!("10.0.0.{n}"))).await;
    }
    store.close().await;
    let whole = lab.bytes();
    // Cut in a page: neither purpose gets in.
    lab.write(&whole[..100]);
    assert!(matches!(refused(&lab).await, StoreError::Damaged { .. }));
    // A page overwritten: the daemon's check finds it.
    let mut broken = whole.clone();
    let middle = broken.len() / 2 / 4096 * 4096;
    broken[middle..middle + 4096].fill(0xa5);
    lab.write(&broken);
    assert!(matches!(lab.daemon().await, Err(StoreError::Damaged { .. })));
    assert!(lab.bytes() == broken, "the file was changed");
    lab.write(&whole);
    lab.daemon().await.unwrap().close().await;
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let lab = SqliteLab::new();
    let bare = lab.bare();
    bare.execute_batch("create table theirs (a)").unwrap();
    bare.close().unwrap();
    let StoreError::Damaged { why, .. } = refused(&lab).await else { panic!("another error") };
    assert_eq!(why, "it is a database of another program");
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let lab = SqliteLab::new();
    lab.daemon().await.unwrap().close().await;
    let bare = lab.bare();
    bare.execute_batch("pragma user_version = 99").unwrap();
    bare.close().unwrap();
    assert!(matches!(refused(&lab).await, StoreError::TooNew { found: 99, .. }));
}

#[tokio::test]
async fn there_is_one_daemon() {
    let lab = SqliteLab::new();
    let store = lab.daemon().await.unwrap();
    assert!(matches!(lab.daemon().await, Err(StoreError::InUse { .. })));
    let tool = lab.beside().await;
    submit(&*tool, writer(1, "10.0.0.1")).await;
    assert_eq!(claim(&store, t(0), 1).await.len(), 1);
    tool.close().await;
    store.close().await;
    lab.daemon().await.unwrap().close().await;
}

#[tokio::test]
async fn a_tool_makes_the_database_that_the_daemon_finds() {
    let lab = SqliteLab::new();
    let tool = lab.beside().await;
    let store = lab.daemon().await.unwrap();
    submit(&*tool, writer(1, "10.0.0.1")).await;
    assert_eq!(store.jobs(1, None).await.unwrap().len(), 1);
    store.close().await;
    tool.close().await;
}

#[tokio::test]
async fn a_locked_database_is_in_use() {
    let lab = SqliteLab::new();
    lab.daemon().await.unwrap().close().await;
    let bare = lab.bare();
    bare.execute_batch("begin immediate").unwrap();
    let before = lab.bytes();
    assert!(matches!(lab.daemon().await, Err(StoreError::InUse { .. })));
    assert!(lab.bytes() == before, "the file was changed");
    bare.execute_batch("commit").unwrap();
    lab.daemon().await.unwrap().close().await;
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_is_named() {
    let lab = SqliteLab::new();
    let missing = lab.0.path().join("nowhere").join("towerhand.db");
    for path in [missing.as_path(), lab.0.path()] {
        let error = SqliteStore::open(path, Purpose::Tool).await.err().unwrap();
        assert!(matches!(&error, StoreError::Engine(why) if why.contains(&*path.to_string_lossy())), "{error}");
    }
}

#[tokio::test]
async fn files_are_their_owners_only() {
    let lab = SqliteLab::new();
    lab.write("");
    std::fs::set_permissions(lab.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = lab.daemon().await.unwrap();
    submit(&store, writer(1, "10.0.0.1")).await;
    let mut seen = 0;
    for file in std::fs::read_dir(lab.0.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
        seen += 1;
    }
    assert_eq!(seen, 4, "the database, its log, the log's index, the lock");
    store.close().await;
}

/// However many jobs there are, no statement of the hot path walks a whole table.
#[tokio::test]
async fn no_hot_statement_scans_a_table() {
    let lab = SqliteLab::new();
    lab.daemon().await.unwrap().close().await;
    let bare = lab.bare();
    let hot = [
        lanes::JOIN,
        lanes::REFRESH,
        lanes::SERVED,
        lanes::BLOCKED,
        lanes::PROMOTE,
        claim::DUE,
        claim::FRONT,
        claim::TAKE,
        claim::RENEW,
        claim::NEXT_WAKE,
        step::APPEND,
        step::FINISH,
        step::WAIT,
        cancel::STATE,
        cancel::CANCEL,
        events::TRIM,
        events::AFTER,
        idempotency::KEEP,
        idempotency::EARLIER,
        jobs::BY_ID,
        jobs::NEWEST_OF,
        sweep::JOBS_BEFORE,
        sweep::OLDEST_JOBS,
        sweep::IDEMPOTENCY,
        sweep::NONCES,
        configs::HEAD,
        configs::ONE,
        configs::LIST,
        configs::CURRENT,
        configs::UNCOMMITTED,
        configs::EVENTS,
        configs::EVENTS_OF,
        configs::DUE,
        schedules::ONE,
        schedules::DUE,
        schedules::RUNS,
        schedules::MOVE_ON,
        schedules::GOES_ON,
        schedules::BEFORE,
        schedules::TRIM,
    ];
    for sql in hot {
        let mut plan = bare.prepare(&format!("explain query plan {sql}")).unwrap();
        for step in plan.raw_query().mapped(|row| row.get::<_, String>(3)) {
            let step = step.unwrap();
            // The line of lanes is walked in its order, up to a limit.
            let fine = ["SCAN json_each", "SCAN served", "SCAN due", "SCAN (subquery", "SCAN CONSTANT"];
            let walks = step.starts_with("SCAN")
                && !fine.iter().any(|start| step.starts_with(start))
                && !step.contains("USING INDEX lane_line")
                && !step.contains("USING COVERING INDEX lane_line")
                && !step.contains("INDEX job_finished");
            let sorts = step.contains("TEMP B-TREE") && sql != lanes::PROMOTE;
            assert!(!walks && !sorts, "{step}\n{sql}");
        }
    }
    bare.close().unwrap();
}

/// Every scrape counts the jobs of each status: hundreds of thousands of rows must not be read for it.
#[tokio::test]
async fn counting_reads_an_index_only() {
    let lab = SqliteLab::new();
    lab.daemon().await.unwrap().close().await;
    let bare = lab.bare();
    let mut plan = bare.prepare(&format!("explain query plan {}", jobs::DEPTH)).unwrap();
    let steps = plan.raw_query().mapped(|row| row.get::<_, String>(3));
    let steps: Vec<String> = steps.map(|step| step.unwrap()).collect();
    assert!(steps.iter().any(|step| step == "SCAN job USING COVERING INDEX job_status"), "{steps:?}");
    assert!(steps.iter().any(|step| step == "SEARCH job USING INDEX job_status (status=?)"), "{steps:?}");
    drop(plan);
    bare.close().unwrap();
}

#[tokio::test]
async fn an_operation_that_fails_takes_only_itself_back() {
    let lab = SqliteLab::new();
    let store = Arc::new(lab.daemon().await.unwrap());
    submit(&*store, writer(0, "10.0.0.1")).await;
    // All in one transaction, or few: the same id twice, and a panic in a caller's code.
    let panics = store.submit(writer(98, "10.0.0.8"), None, Box::new(|_| panic!("on purpose")));
    let twice = store.submit(writer(0, "10.0.0.9"), None, answer());
    let good = (1..50).map(|n| store.submit(job(n, None, Access::Write), None, answer()));
    let (panics, twice, good) = futures_util::join!(panics, twice, futures_util::future::join_all(good));
    assert!(matches!(panics, Err(StoreError::Engine(_))));
    assert!(matches!(twice, Err(StoreError::Conflict(_))));
    assert!(good.iter().all(Result::is_ok));
    assert_eq!(store.jobs(100, None).await.unwrap().len(), 50);
    assert_eq!(claim(&*store, t(0), 100).await.len(), 50);
    store.close().await;
}

/// What queued up together is synced together: two hundred changes of one row leave a few pages in the log.
#[tokio::test]
async fn operations_that_queue_up_share_a_commit() {
    let lab = SqliteLab::new();
    let store = lab.daemon().await.unwrap();
    let bare = lab.bare();
    let frames = || bare.query_row("pragma wal_checkpoint(passive)", [], |row| row.get::<_, i64>(1)).unwrap();
    let before = frames();
    futures_util::future::join_all((0..200).map(|_| store.ping())).await.into_iter().collect::<Result<()>>().unwrap();
    let after = frames();
    assert!(after > 0 && after - before < 20, "{before} frames, then {after}");
    bare.close().unwrap();
    store.close().await;
}

/// The log is folded in while the daemon works, long before the writer would have to.
#[tokio::test]
async fn the_log_is_folded_in_beside_the_writer() {
    let lab = SqliteLab::new();
    let store = lab.daemon().await.unwrap();
    let before = lab.bytes();
    let mut commits = 0;
    while lab.bytes() == before {
        for _ in 0..64 {
            store.ping().await.unwrap();
        }
        commits += 64;
        assert!(commits < 8192, "never folded in");
    }
    store.close().await;
    assert!(!lab.path().with_extension("db-wal").exists(), "closing folds in the rest");
}

/// Every job is answered and ends, with 64 clients at once; prints the rates for the reader.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_submit_at_once() {
    const JOBS: u64 = 4000;
    let lab = SqliteLab::new();
    let store = lab.daemon().await.unwrap();
    let next = std::sync::atomic::AtomicU64::new(0);
    let client = || async {
        let mut took = Vec::new();
        loop {
            let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if n >= JOBS {
                return took;
            }
            let watch = crate::clock::Stopwatch::start();
            let lane = format!("10.0.{}.{}", n % 8, n % 250);
            store.submit(writer(n, &lane), Some(suite::key(&n.to_string(), 1)), answer()).await.unwrap();
            took.push(watch.elapsed());
        }
    };
    let watch = crate::clock::Stopwatch::start();
    let mut took = futures_util::future::join_all((0..64).map(|_| client())).await.concat();
    let rate = JOBS as f64 / watch.elapsed().as_secs_f64();
    took.sort();
    let of = |share: usize| took[took.len() * share / 1000 - 1];
    println!("64 clients: {rate:.0} submissions/s, p50 {:?}, p99 {:?}, max {:?}", of(500), of(990), of(1000));
    let watch = crate::clock::Stopwatch::start();
    let mut ended = 0;
    while ended < JOBS {
        let claimed = claim(&store, t(1), 32).await;
        futures_util::future::join_all(claimed.iter().map(|claimed| finish(&store, claimed, t(2)))).await;
        ended += claimed.len() as u64;
    }
    println!("claimed and finished: {:.0} jobs/s", JOBS as f64 / watch.elapsed().as_secs_f64());
    assert_eq!(store.depth(t(3)).await.unwrap(), QueueDepth { success: JOBS, ..QueueDepth::default() });
    store.close().await;
}

#[tokio::test]
async fn a_list_holds_so_many_bytes_of_results_and_no_more() {
    let lab = SqliteLab::new();
    let store = lab.daemon().await.unwrap();
    // Each result is `{"ok":true}`, 11 bytes.
    for n in 1..=4 {
        submit(&store, writer(n, &format!("10.0.0.{n}"))).await;
    }
    for claimed in claim(&store, t(0), 4).await {
        finish(&store, &claimed, t(1)).await;
    }
    for (bytes, kept) in [(44, 4), (43, 3), (22, 2), (10, 0)] {
        let jobs = jobs::list(&store, 10, None, bytes).await.unwrap();
        let with: Vec<bool> = jobs.iter().map(|job| job.result.is_some()).collect();
        // The newest have theirs.
        let expected: Vec<bool> = (0..4).map(|at| at < kept).collect();
        assert_eq!(with, expected, "{bytes}");
    }
    store.close().await;
}

#[tokio::test]
async fn a_path_may_have_any_characters() {
    let lab = SqliteLab::new();
    let folder = lab.0.path().join("50%25 of ?mode=ro#x&ü 'q'");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("file:towerhand.db");
    for purpose in [Purpose::Tool, Purpose::Daemon] {
        let store = SqliteStore::open(&path, purpose).await.unwrap();
        store.ping().await.unwrap();
        store.close().await;
    }
    let there: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(there.len(), 2, "the database and the lock: {there:?}");
    assert!(path.exists());
}

/// More callers than the queue has places, and the store is closed while they wait: each is answered, and what was
/// answered with `Ok` is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_answers_everyone() {
    let lab = SqliteLab::new();
    let store = lab.daemon().await.unwrap();
    // A write from beside holds the writer up, so that the queue fills.
    let bare = lab.bare();
    bare.execute_batch("begin immediate").unwrap();
    let all =
        futures_util::future::join_all((0..1500).map(|n| store.submit(job(n, None, Access::Read), None, answer())));
    let close = async {
        tokio::task::yield_now().await;
        bare.execute_batch("commit").unwrap();
        store.close().await;
    };
    let (all, ()) = futures_util::join!(all, close);
    let (kept, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    assert!(
        refused.iter().all(|refused| matches!(refused, Err(StoreError::Engine(why)) if why == "the store is closed"))
    );
    assert!(kept.len() >= 1024, "what was queued is carried out: {}", kept.len());
    let again = lab.daemon().await.unwrap();
    assert_eq!(again.depth(t(0)).await.unwrap().queued, kept.len() as u64);
    again.close().await;
}

#[tokio::test]
async fn reads_do_not_wait_for_a_writer() {
    let lab = SqliteLab::new();
    let store = lab.daemon().await.unwrap();
    let id = submit(&store, writer(1, "10.0.0.1")).await;
    let bare = lab.bare();
    bare.execute_batch("begin immediate; delete from job").unwrap();
    assert_eq!(store.job(&id.to_string()).await.unwrap().unwrap().id, id);
    assert_eq!(store.jobs(10, None).await.unwrap().len(), 1);
    bare.execute_batch("rollback").unwrap();
    store.close().await;
}

/// A connection that reads cannot write, whatever it is asked.
#[tokio::test]
async fn a_reader_cannot_write() {
    let lab = SqliteLab::new();
    let store = lab.daemon().await.unwrap();
    let write = open::reading(&lab.path()).unwrap().run("update meta set value = 9", []);
    assert_eq!(rows::result_code(&write.unwrap_err()), Some(rusqlite::ffi::SQLITE_READONLY));
    store.close().await;
}
