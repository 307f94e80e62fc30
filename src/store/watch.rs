//! Who waits for one job. A message to all who listen would wake every open stream at every step of every job; here
//! only those of that job wake.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::model::JobId;

/// The jobs that somebody watches. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Watched(Arc<Mutex<HashMap<JobId, watch::Sender<()>>>>);

/// Tells that a job got events or another state: a hint, never a replacement for a query.
#[derive(Debug)]
pub struct Watch {
    job: JobId,
    // Declared before `watched`, and dropped by hand in `drop`, so that the last one out is counted out.
    changes: Option<watch::Receiver<()>>,
    watched: Watched,
}

impl Watched {
    /// Begins to watch; whatever changes from now on is told.
    pub fn watch(&self, job: JobId) -> Watch {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = jobs.entry(job).or_insert_with(|| watch::Sender::new(())).subscribe();
        Watch { job, changes: Some(changes), watched: self.clone() }
    }

    /// Tells those who watch it.
    pub fn changed(&self, job: JobId) {
        if let Some(sender) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&job) {
            sender.send_replace(());
        }
    }
}

impl Watch {
    /// Returns when something changed since the last return, or since the watch began.
    pub async fn changed(&mut self) {
        match &mut self.changes {
            // The sender lives as long as a receiver does, so this does not fail.
            Some(changes) => drop(changes.changed().await),
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut jobs = self.watched.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.changes.take();
        if jobs.get(&self.job).is_some_and(|sender| sender.receiver_count() == 0) {
            jobs.remove(&self.job);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn only_the_watchers_of_the_job_wake_and_the_last_leaves_nothing() {
        let (one, two) = (JobId::from_random([1; 16]), JobId::from_random([2; 16]));
        let watched = Watched::default();
        watched.changed(one);
        let mut first = watched.watch(one);
        assert!(first.changed().now_or_never().is_none(), "what was before does not count");
        let mut second = watched.watch(one);
        let mut other = watched.watch(two);
        watched.changed(one);
        watched.changed(one);
        assert!(first.changed().now_or_never().is_some() && second.changed().now_or_never().is_some());
        assert!(first.changed().now_or_never().is_none(), "once for both");
        assert!(other.changed().now_or_never().is_none());
        drop((first, other));
        assert_eq!(watched.0.lock().unwrap().len(), 1);
        drop(second);
        assert!(watched.0.lock().unwrap().is_empty());
    }
}
