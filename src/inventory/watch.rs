//! Reloads the inventory when its files change, or on a nudge (SIGHUP). One with mistakes is told and left aside:
//! the old one stays.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Changes, InventoryHandle, Mistake, load};
use crate::clock::Clock;

/// Between two looks at the files.
pub const INTERVAL: Duration = Duration::from_secs(2);

/// What one look found.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    /// The files are as they were.
    Same,
    /// A new inventory is in place.
    Replaced(Changes),
    /// The new one has mistakes; the old one stays.
    Kept(Vec<Mistake>),
}

/// Path, modification time (seconds, nanoseconds), size and inode of each file.
type Print = Vec<(PathBuf, i64, i64, u64, u64)>;

/// Watches the files of one inventory.
#[derive(Debug)]
pub struct Watcher {
    path: PathBuf,
    handle: InventoryHandle,
    seen: Option<Print>,
}

impl Watcher {
    /// Begins after the inventory at `path` has been loaded into `handle`. Take the watcher before loading, so that no
    /// change between the two is missed.
    pub fn new(path: PathBuf, handle: InventoryHandle) -> Self {
        let seen = print(&path);
        Self { path, handle, seen }
    }

    /// Looks at the files once; `forced` loads them even if they look the same. Blocks while reading.
    pub fn look(&mut self, forced: bool) -> Look {
        // Taken before reading: a change during the reading is seen next time.
        let now = print(&self.path);
        if !forced && now == self.seen {
            return Look::Same;
        }
        self.seen = now;
        match load(&self.path) {
            Ok(inventory) => Look::Replaced(self.handle.replace(inventory)),
            Err(mistakes) => Look::Kept(mistakes),
        }
    }

    /// Looks every [`INTERVAL`], and whenever the number in `nudge` changes, until `stop`.
    pub async fn run(mut self, clock: Clock, mut nudge: watch::Receiver<u64>, stop: CancellationToken) {
        loop {
            let forced = tokio::select! {
                () = stop.cancelled() => return,
                // An error means that nobody can nudge any more; the files are still looked at.
                Ok(()) = nudge.changed() => true,
                () = clock.sleep(INTERVAL) => false,
            };
            // Thousands of devices take a while to parse: not on a thread that serves others.
            let looked = tokio::task::spawn_blocking(move || {
                let look = self.look(forced);
                (self, look)
            });
            match looked.await {
                Ok((watcher, look)) => {
                    self = watcher;
                    tell(&self.path, &look);
                }
                Err(error) => {
                    tracing::error!(%error, "the inventory is no longer watched; restart the daemon");
                    return;
                }
            }
        }
    }
}

fn tell(path: &Path, look: &Look) {
    match look {
        Look::Same => {}
        Look::Replaced(changes) => tracing::info!(
            path = %path.display(),
            added = ?changes.added,
            removed = ?changes.removed,
            changed = ?changes.changed,
            "inventory reloaded"
        ),
        Look::Kept(mistakes) => {
            for mistake in mistakes {
                tracing::error!(%mistake, "mistake in the inventory");
            }
            tracing::error!(
                path = %path.display(),
                mistakes = mistakes.len(),
                "the new inventory has mistakes; the old one stays in use"
            );
        }
    }
}

/// None where the path cannot be listed, which differs from every list.
fn print(path: &Path) -> Option<Print> {
    let files = load::files(path).ok()?;
    let print = files.into_iter().filter_map(|file| {
        let data = file.metadata().ok()?;
        Some((file, data.mtime(), data.mtime_nsec(), data.size(), data.ino()))
    });
    Some(print.collect())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test writes the files that are watched, and runs the watcher")]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const ONE: &str = "devices: [{name: a, address: 192.0.2.1, type: MTROS}]\n";
    const TWO: &str = "devices: [{name: b, address: 192.0.2.2, type: MTROS}]\n";

    fn start() -> (tempfile::TempDir, PathBuf, InventoryHandle, Watcher) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inventory.yaml");
        std::fs::write(&path, ONE).unwrap();
        let handle = InventoryHandle::default();
        let watcher = Watcher::new(path.clone(), handle.clone());
        handle.replace(load(&path).unwrap());
        (folder, path, handle, watcher)
    }

    /// As editors do: another file takes the name, so that the inode changes whatever the clock says.
    fn save(path: &Path, text: &str) {
        let other = path.with_extension("new");
        std::fs::write(&other, text).unwrap();
        std::fs::rename(&other, path).unwrap();
    }

    #[test]
    fn a_change_is_taken_a_mistake_is_not() {
        let (_folder, path, handle, mut watcher) = start();
        assert_eq!(watcher.look(false), Look::Same);
        save(&path, TWO);
        let Look::Replaced(changes) = watcher.look(false) else { panic!() };
        assert_eq!((changes.added, changes.removed), (vec!["b".to_owned()], vec!["a".to_owned()]));
        save(&path, "devices: [{name: c}]\n");
        let Look::Kept(mistakes) = watcher.look(false) else { panic!() };
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert_eq!(watcher.look(false), Look::Same, "told once");
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(watcher.look(false), Look::Kept(_)));
        assert!(handle.current().by_name("b").is_some());
        save(&path, ONE);
        assert!(matches!(watcher.look(false), Look::Replaced(_)));
    }

    #[test]
    fn forced_loads_in_any_case() {
        let (_folder, _path, _handle, mut watcher) = start();
        assert_eq!(watcher.look(true), Look::Replaced(Changes::default()));
    }

    #[tokio::test]
    async fn time_and_nudges_both_lead_to_a_look() {
        let (_folder, path, handle, watcher) = start();
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let nudge = watch::Sender::new(0);
        let stop = CancellationToken::new();
        let task = tokio::task::spawn(watcher.run(clock.clone(), nudge.subscribe(), stop.clone()));
        save(&path, TWO);
        nudge.send_modify(|count| *count += 1);
        while handle.current().by_name("b").is_none() {
            tokio::task::yield_now().await;
        }
        save(&path, ONE);
        while handle.current().by_name("a").is_none() {
            clock.advance(INTERVAL);
            tokio::task::yield_now().await;
        }
        stop.cancel();
        task.await.unwrap();
    }
}
