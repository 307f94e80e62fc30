//! The git repository is made of the store's rows: one task, one commit a version, in their order.
//!
//! A kill between a commit and the note of it in the store leaves a commit that the next run finds by its message,
//! which names the version; a kill before it leaves nothing that counts. Whoever writes holds a lock beside the
//! repository. Where the repository is not what the store knows of it, nothing is written, and the daemon says so.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::Archive;
use super::git::{Commit, Entry, GitError, Repository};
use crate::report::Chain;
use crate::store::{Signal, Store, StoreError, Uncommitted};

/// Read from the store at once.
const BATCH: u32 = 64;

/// Without a signal, the repository is looked at this often: it may have been taken away to be made anew, or put back.
const LOOK: Duration = Duration::from_secs(30);

/// Tells how the repository is: nothing, or what is wrong.
pub type Report = Arc<dyn Fn(Option<String>) + Send + Sync>;

/// Why versions are not written into the repository. The store keeps them all the same.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    /// The repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process writes.
    #[error("another process holds {0}")]
    Held(PathBuf),
    /// The file system.
    #[error("{path}: {why}")]
    Io {
        /// What.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
}

/// The task that writes versions into the repository.
pub struct Projection {
    archive: Archive,
    report: Report,
}

impl Projection {
    /// `report` is told whenever the repository's condition changes.
    pub fn new(archive: Archive, report: Report) -> Self {
        Self { archive, report }
    }

    /// Runs until it is stopped.
    pub async fn run(self, stop: CancellationToken) {
        let parts = &self.archive.0.parts;
        // Before the first look, so that nothing falls between the two.
        let mut signals = parts.store.signals();
        let mut told: Option<String> = None;
        let mut whole = false;
        loop {
            let outcome = if self.idle(whole).await { Ok(()) } else { self.once(!whole, &stop).await };
            whole = outcome.is_ok();
            // What another process holds is free again soon.
            let now = outcome.err().filter(|error| !matches!(error, RunError::Held(_))).map(|error| sentence(&error));
            if now != told {
                match &now {
                    Some(why) => {
                        tracing::error!(error = %why, "configs are not written into the git repository: {why}")
                    }
                    None => tracing::info!("configs are written into the git repository again"),
                }
                (self.report)(now.clone());
                told = now;
            }
            if stop.is_cancelled() {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = parts.clock.sleep(LOOK) => {}
                () = changed(&mut signals) => {}
            }
        }
    }

    /// Nothing is to be done: every version is in the repository, or there is neither.
    async fn idle(&self, whole: bool) -> bool {
        let parts = &self.archive.0.parts;
        if !matches!(parts.store.uncommitted_count().await, Ok(0)) {
            return false;
        }
        if parts.repository.exists() { whole } else { matches!(parts.store.last_commit().await, Ok(None)) }
    }

    async fn once(&self, check: bool, stop: &CancellationToken) -> Result<(), RunError> {
        let parts = &self.archive.0.parts;
        let run = Run {
            path: parts.repository.clone(),
            store: Arc::clone(&parts.store),
            handle: Handle::current(),
            stop: stop.clone(),
            check,
        };
        let done = tokio::task::spawn_blocking(move || run.go());
        done.await.unwrap_or_else(|_| Err(GitError::Failed("its writer panicked".to_owned()).into())).map(drop)
    }
}

async fn changed(signals: &mut broadcast::Receiver<Signal>) {
    loop {
        match signals.recv().await {
            Ok(Signal::Configs) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(_) => {}
            // The store is closed: the end is near.
            Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
        }
    }
}

fn sentence(error: &RunError) -> String {
    Chain(error).to_string()
}

/// The lock of a repository, free again when it is dropped, however the process ends.
#[derive(Debug)]
pub(super) struct Held {
    _file: File,
}

/// Takes the lock of a repository; it lies beside it.
pub(super) fn hold(repository: &Path) -> Result<Held, RunError> {
    let path = beside(repository, ".lock");
    let io = |why| RunError::Io { path: path.clone(), why };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(Held { _file: file }),
        Err(TryLockError::WouldBlock) => Err(RunError::Held(path)),
        Err(TryLockError::Error(why)) => Err(io(why)),
    }
}

/// `configs.git` and `.lock` make `configs.git.lock`.
pub(super) fn beside(repository: &Path, ending: &str) -> PathBuf {
    let mut name = repository.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// One pass over all versions that have no commit, on a thread that may block.
pub(super) struct Run {
    pub(super) path: PathBuf,
    pub(super) store: Arc<dyn Store>,
    pub(super) handle: Handle,
    pub(super) stop: CancellationToken,
    /// Look at the whole of the newest state first.
    pub(super) check: bool,
}

impl Run {
    /// How many commits were written.
    pub(super) fn go(&self) -> Result<u64, RunError> {
        let _held = hold(&self.path)?;
        match Repository::open(&self.path) {
            Ok(repository) => {
                if self.check {
                    repository.check()?;
                }
                self.fill(&repository)
            }
            Err(GitError::Missing) => self.anew(),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the repository anew from the store, aside, and puts it in its place when it is whole.
    fn anew(&self) -> Result<u64, RunError> {
        self.handle.block_on(self.store.forget_commits())?;
        if self.handle.block_on(self.store.uncommitted_count())? == 0 {
            return Ok(0);
        }
        let new = beside(&self.path, ".new");
        let io = |path: &Path, why| RunError::Io { path: path.to_owned(), why };
        if new.exists() {
            // Of a process that ended while it made one.
            std::fs::remove_dir_all(&new).map_err(|why| io(&new, why))?;
        }
        let written = self.fill(&Repository::create(&new)?)?;
        // A part is made anew at the next start; what is whole has been noted as written, and belongs in its place.
        if self.stop.is_cancelled() && self.handle.block_on(self.store.uncommitted_count())? > 0 {
            return Ok(written);
        }
        // An empty folder may stand there.
        let _ = std::fs::remove_dir(&self.path);
        std::fs::rename(&new, &self.path).map_err(|why| io(&self.path, why))?;
        tracing::info!(commits = written, repository = %self.path.display(), "the git repository is made of {written} versions");
        Ok(written)
    }

    fn fill(&self, repository: &Repository) -> Result<u64, RunError> {
        let (mut after, mut written) = (0, 0);
        let mut known: Option<BTreeMap<i64, Commit>> = None;
        loop {
            let rows = self.handle.block_on(self.store.uncommitted_configs(after, BATCH))?;
            let Some(first) = rows.first() else { return Ok(written) };
            let found = match &mut known {
                Some(found) => found,
                None => known.insert(self.found(repository, first.version.seq)?),
            };
            let mut commits = Vec::new();
            let outcome = self.batch(repository, found, &rows, &mut commits, &mut written);
            // What was written is noted, also where the next one failed.
            after = commits.last().map_or(after, |(seq, _)| *seq);
            let noted = !commits.is_empty();
            if noted {
                self.handle.block_on(self.store.note_commits(commits))?;
            }
            outcome?;
            if self.stop.is_cancelled() || !noted {
                return Ok(written);
            }
        }
    }

    fn batch(
        &self,
        repository: &Repository,
        found: &mut BTreeMap<i64, Commit>,
        rows: &[Uncommitted],
        commits: &mut Vec<(i64, String)>,
        written: &mut u64,
    ) -> Result<(), RunError> {
        for row in rows {
            if self.stop.is_cancelled() {
                return Ok(());
            }
            let seq = row.version.seq;
            let message = message(row);
            let id = match found.remove(&seq) {
                Some(commit) if commit.message.trim_end() == message.trim_end() => commit.id,
                Some(commit) => {
                    return Err(GitError::Foreign(format!("its commit {} is of another archive", commit.id)).into());
                }
                None if found.range(seq..).next().is_some() => {
                    let why = format!("it goes on after version {seq}, which it does not hold");
                    return Err(GitError::Foreign(why).into());
                }
                None => {
                    *written += 1;
                    repository.add(&Entry {
                        path: &row.version.path,
                        former: row.former_path.as_deref(),
                        text: &row.text,
                        author: &row.version.author,
                        at: row.version.fetched_at,
                        message: &message,
                    })?
                }
            };
            commits.push((seq, id));
        }
        Ok(())
    }

    /// Commits of versions from `first` on that the store has no note of. What comes before them must be what the store
    /// knows.
    fn found(&self, repository: &Repository, first: i64) -> Result<BTreeMap<i64, Commit>, RunError> {
        let mut found = BTreeMap::new();
        let mut next = repository.head()?;
        while let Some(commit) = next {
            let Some(seq) = version_of(&commit.message) else {
                return Err(GitError::Foreign(format!("its commit {} is not one of towerhand", commit.id)).into());
            };
            if seq < first {
                self.base(Some((seq, commit.id)))?;
                return Ok(found);
            }
            next = commit.parent.as_deref().map(|parent| repository.commit(parent)).transpose()?;
            found.insert(seq, commit);
        }
        self.base(None)?;
        Ok(found)
    }

    /// Whether the commit before the first version that is to be written is the last that the store knows.
    fn base(&self, there: Option<(i64, String)>) -> Result<(), RunError> {
        let known = self.handle.block_on(self.store.last_commit())?;
        let why = match (known, there) {
            (None, _) => return Ok(()),
            (Some((seq, id)), Some((at, there))) if at == seq && id == there => return Ok(()),
            // The row of that commit may have been too old to be kept.
            (Some((seq, _)), Some((at, _))) if at > seq => return Ok(()),
            (Some((_, id)), Some((_, there))) => format!("its newest known commit is {there}, the store knows {id}"),
            (Some((_, id)), None) => format!("it does not hold commit {id}, which the store knows"),
        };
        Err(GitError::Foreign(why).into())
    }
}

/// What names the version in a commit's message.
const VERSION: &str = "Version-Id: ";

/// The message of a version's commit: the same at every attempt.
fn message(row: &Uncommitted) -> String {
    let version = &row.version;
    let mut text = format!("{}: version {}\n\n{}\n\n", version.device, version.number, version.message);
    if let Some(job) = version.job {
        text.push_str(&format!("Job: {job}\n"));
    }
    text.push_str(&format!(
        "Device: {}\nAddress: {}\nType: {}\n",
        version.device, version.address, version.device_type
    ));
    text.push_str(&format!("SHA-256: {}\n{VERSION}{}\n", version.sha256, version.seq));
    text
}

fn version_of(message: &str) -> Option<i64> {
    message.lines().rev().find_map(|line| line.strip_prefix(VERSION)).and_then(|number| number.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_version() {
        assert_eq!(version_of("a: version 1\n\nx\n\nVersion-Id: 17\n"), Some(17));
        assert_eq!(version_of("Version-Id: x"), None);
        assert_eq!(version_of("a commit of someone else"), None);
    }

    #[test]
    fn one_process_writes_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("configs.git");
        let held = hold(&path).unwrap();
        assert!(matches!(hold(&path), Err(RunError::Held(_))));
        drop(held);
        hold(&path).unwrap();
    }
}
