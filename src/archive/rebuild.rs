//! `towerhand config rebuild`: puts a repository aside and makes it anew from the store. Nothing is ever deleted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::project::{Run, RunError, beside, hold};
use crate::report::Chain;
use crate::store::Store;

/// A repository could not be made anew.
#[derive(Debug, thiserror::Error)]
#[error("the git repository {path} cannot be made anew: {why}")]
pub struct RebuildError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

/// Where the old repository is now; none where there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside(pub Option<PathBuf>);

/// A repository that was made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many versions it holds.
    pub commits: u64,
}

/// Puts the repository aside, under a name of its own. A daemon that runs notices within half a minute and makes it anew
/// by itself.
///
/// # Errors
/// Where another process writes into it this moment, or the file system refuses.
pub fn set_aside(repository: &Path, now: Timestamp) -> Result<Aside, RebuildError> {
    let failed = |why: String| RebuildError { path: repository.to_owned(), why };
    let _held = hold(repository).map_err(|error| failed(Chain(&error).to_string()))?;
    if !repository.exists() {
        return Ok(Aside(None));
    }
    let aside = beside(repository, &format!(".aside-{}", now.as_millisecond()));
    std::fs::rename(repository, &aside).map_err(|error| failed(error.to_string()))?;
    Ok(Aside(Some(aside)))
}

/// Makes the repository anew, where no daemon does. It must have been put aside.
///
/// # Errors
/// As [`set_aside`], and where the store cannot be read.
pub async fn rebuild(repository: &Path, store: Arc<dyn Store>) -> Result<Rebuilt, RebuildError> {
    let stop = CancellationToken::new();
    let run = Run { path: repository.to_owned(), store, handle: Handle::current(), stop, check: true };
    let done: Result<u64, RunError> = tokio::task::spawn_blocking(move || run.go())
        .await
        .map_err(|error| RebuildError { path: repository.to_owned(), why: error.to_string() })?;
    let commits = done.map_err(|error| RebuildError { path: repository.to_owned(), why: Chain(&error).to_string() })?;
    Ok(Rebuilt { commits })
}
