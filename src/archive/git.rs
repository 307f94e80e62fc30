//! The git repository: the only file that knows gix. Bare, one branch, `main`; a folder a site, a file a device.

use std::path::{Path, PathBuf};

use gix::objs::tree::{Entry as TreeEntry, EntryKind, EntryMode};
use gix::refs::Target;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};
use gix::{ObjectId, objs};
use jiff::Timestamp;

/// The one branch.
const BRANCH: &str = "refs/heads/main";

/// Locks of the branch that a process which was killed may have left; whoever writes holds a lock of ours besides.
const LEFT_LOCKS: [&str; 2] = ["refs/heads/main.lock", "HEAD.lock"];

/// Who commits; the author is who asked for the config.
const COMMITTER: &str = "towerhand";

/// What can be wrong with the repository.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is none.
    #[error("there is no git repository")]
    Missing,
    /// It cannot be read.
    #[error(
        "the git repository is damaged ({0}); nothing was changed. `towerhand config rebuild` puts it aside and makes it anew from the store"
    )]
    Damaged(String),
    /// It is not the one that the store knows.
    #[error(
        "the git repository is not that of this database ({0}); nothing was changed. Give another `archive.repository`, or let `towerhand config rebuild` put it aside"
    )]
    Foreign(String),
    /// It could not be written.
    #[error("the git repository cannot be written: {0}")]
    Failed(String),
}

type Result<T> = std::result::Result<T, GitError>;

fn damaged(error: impl std::error::Error + 'static) -> GitError {
    GitError::Damaged(crate::report::Chain(&error).to_string())
}

fn failed(error: impl std::error::Error + 'static) -> GitError {
    GitError::Failed(crate::report::Chain(&error).to_string())
}

/// A commit, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    /// Its id, hex.
    pub(super) id: String,
    /// The one before it.
    pub(super) parent: Option<String>,
    /// Its message.
    pub(super) message: String,
}

/// A version to be committed.
pub(super) struct Entry<'a> {
    /// `SITE/DEVICE.cfg`.
    pub(super) path: &'a str,
    /// Where the version before it stands.
    pub(super) former: Option<&'a str>,
    /// The file.
    pub(super) text: &'a str,
    /// Label of a key.
    pub(super) author: &'a str,
    /// Time of the commit, UTC, whole seconds.
    pub(super) at: Timestamp,
    /// Its message.
    pub(super) message: &'a str,
}

/// An open repository. Only one process writes into it, see `project::hold`.
pub(super) struct Repository {
    repo: gix::Repository,
}

impl Repository {
    /// Makes an empty one at a path where there is nothing.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let kind = gix::create::Kind::Bare;
        let options = gix::create::Options { destination_must_be_empty: Some(true), ..Default::default() };
        let made = gix::ThreadSafeRepository::init_opts(path, kind, options, gix::open::Options::isolated());
        let repo = made.map_err(failed)?.to_thread_local();
        let this = Self { repo };
        this.point_head()?;
        Ok(this)
    }

    /// Opens the one at `path`.
    pub(super) fn open(path: &Path) -> Result<Self> {
        match std::fs::read_dir(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(GitError::Missing),
            Err(error) => return Err(damaged(error)),
            Ok(mut entries) => {
                if entries.next().is_none() {
                    return Err(GitError::Missing);
                }
            }
        }
        // Named as it is: a repository further up is none of ours.
        let options = gix::open::Options::isolated().open_path_as_is(true);
        let repo = gix::open_opts(path, options).map_err(damaged)?;
        for lock in LEFT_LOCKS {
            let lock: PathBuf = path.join(lock);
            if lock.exists() {
                std::fs::remove_file(&lock).map_err(failed)?;
            }
        }
        Ok(Self { repo })
    }

    /// `HEAD` is the branch, whatever name the settings of the machine would give it.
    fn point_head(&self) -> Result<()> {
        let target = Target::Symbolic(BRANCH.try_into().map_err(failed)?);
        self.edit("HEAD", target, PreviousValue::Any)
    }

    fn edit(&self, name: &str, new: Target, expected: PreviousValue) -> Result<()> {
        let change = Change::Update {
            log: LogChange { mode: RefLog::AndReference, force_create_reflog: false, message: "towerhand".into() },
            expected,
            new,
        };
        let edit = RefEdit { change, name: name.try_into().map_err(failed)?, deref: false };
        self.repo.edit_references_as(Some(edit), None).map_err(failed)?;
        Ok(())
    }

    /// The newest commit; none in an empty repository.
    pub(super) fn head(&self) -> Result<Option<Commit>> {
        self.tip()?.map(|id| self.read(id)).transpose()
    }

    fn tip(&self) -> Result<Option<ObjectId>> {
        let found = self.repo.try_find_reference(BRANCH).map_err(damaged)?;
        let Some(reference) = found else { return Ok(None) };
        match reference.target().try_id() {
            Some(id) => Ok(Some(id.to_owned())),
            None => Err(GitError::Damaged(format!("{BRANCH} is not a commit"))),
        }
    }

    /// A commit by its id.
    pub(super) fn commit(&self, id: &str) -> Result<Commit> {
        self.read(ObjectId::from_hex(id.as_bytes()).map_err(damaged)?)
    }

    fn read(&self, id: ObjectId) -> Result<Commit> {
        let commit = self.repo.find_commit(id).map_err(damaged)?;
        let decoded = commit.decode().map_err(damaged)?;
        let parent = decoded.parents().next().map(|id| id.to_string());
        let message = String::from_utf8_lossy(decoded.message).into_owned();
        Ok(Commit { id: id.to_string(), parent, message })
    }

    /// Whether the newest commit can be read with every file it holds.
    pub(super) fn check(&self) -> Result<()> {
        let Some(tip) = self.tip()? else { return Ok(()) };
        let root = self.tree_of(tip)?;
        for site in &self.tree(root)?.entries {
            if !site.mode.is_tree() {
                return Err(GitError::Damaged(format!("{} is no folder", site.filename)));
            }
            for file in &self.tree(site.oid)?.entries {
                self.repo.find_blob(file.oid).map_err(damaged)?;
            }
        }
        Ok(())
    }

    fn tree_of(&self, commit: ObjectId) -> Result<ObjectId> {
        let commit = self.repo.find_commit(commit).map_err(damaged)?;
        Ok(commit.tree_id().map_err(damaged)?.detach())
    }

    fn tree(&self, id: ObjectId) -> Result<objs::Tree> {
        let tree = self.repo.find_tree(id).map_err(damaged)?;
        let decoded = tree.decode().map_err(damaged)?;
        Ok(decoded.into())
    }

    /// Commits a version after the newest commit; its id.
    pub(super) fn add(&self, entry: &Entry<'_>) -> Result<String> {
        let tip = self.tip()?;
        let mut root = match tip {
            Some(tip) => self.tree(self.tree_of(tip)?)?,
            None => objs::Tree::empty(),
        };
        if let Some(former) = entry.former.filter(|former| *former != entry.path) {
            self.put(&mut root, former, None)?;
        }
        let blob = self.repo.write_blob(entry.text.as_bytes()).map_err(failed)?.detach();
        self.put(&mut root, entry.path, Some(blob))?;
        let tree = self.repo.write_object(&root).map_err(failed)?.detach();
        let time = gix::date::Time { seconds: entry.at.as_second(), offset: 0 };
        let by = |name: &str| gix::actor::Signature {
            name: name.into(),
            email: format!("{}@towerhand.invalid", name.replace(char::is_whitespace, "-")).into(),
            time,
        };
        let commit = objs::Commit {
            tree,
            parents: tip.into_iter().collect(),
            author: by(&person(entry.author)),
            committer: by(COMMITTER),
            encoding: None,
            message: entry.message.into(),
            extra_headers: Vec::new(),
        };
        let id = self.repo.write_object(&commit).map_err(failed)?.detach();
        let expected = match tip {
            Some(tip) => PreviousValue::MustExistAndMatch(Target::Object(tip)),
            None => PreviousValue::MustNotExist,
        };
        self.edit(BRANCH, Target::Object(id), expected)?;
        Ok(id.to_string())
    }

    /// Puts a file into the folder of its site, or takes it out; a folder that is empty then goes too.
    fn put(&self, root: &mut objs::Tree, path: &str, blob: Option<ObjectId>) -> Result<()> {
        let Some((site, file)) = path.split_once('/') else {
            return Err(GitError::Failed(format!("'{path}' has no folder")));
        };
        let mut folder = match root.entries.iter().find(|entry| entry.filename == site) {
            Some(entry) if entry.mode.is_tree() => self.tree(entry.oid)?,
            Some(_) => return Err(GitError::Damaged(format!("{site} is no folder"))),
            None => objs::Tree::empty(),
        };
        set(&mut folder, file, EntryKind::Blob, blob);
        let folder = match folder.entries.is_empty() {
            true => None,
            false => Some(self.repo.write_object(&folder).map_err(failed)?.detach()),
        };
        set(root, site, EntryKind::Tree, folder);
        Ok(())
    }
}

/// Puts an entry in its place, or takes it out.
fn set(tree: &mut objs::Tree, name: &str, kind: EntryKind, id: Option<ObjectId>) {
    tree.entries.retain(|entry| entry.filename != name);
    if let Some(oid) = id {
        tree.entries.push(TreeEntry { mode: EntryMode::from(kind), filename: name.into(), oid });
        tree.entries.sort();
    }
}

/// A name as git takes it: `<`, `>` and line ends would end it.
fn person(label: &str) -> String {
    let name: String =
        label.chars().map(|letter| if "<>".contains(letter) || letter.is_control() { '_' } else { letter }).collect();
    let name = name.trim_matches(|letter: char| letter.is_whitespace() || ".,:;\"'".contains(letter)).to_owned();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(path: &'a str, former: Option<&'a str>, text: &'a str, message: &'a str) -> Entry<'a> {
        let at = Timestamp::from_second(1_766_383_200).unwrap();
        Entry { path, former, text, author: "omni <x>", at, message }
    }

    #[test]
    fn commits_follow_each_other_and_are_the_same_at_every_attempt() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let repository = Repository::create(&folder.path().join(name)).unwrap();
            assert_eq!(repository.head().unwrap(), None);
            let first = repository.add(&entry("ridge/a.cfg", None, "one\n", "a: version 1\n")).unwrap();
            let second = repository.add(&entry("valley/a.cfg", Some("ridge/a.cfg"), "one\n", "a: moved\n")).unwrap();
            (first, second)
        };
        let (first, second) = make("a.git");
        assert_eq!(make("b.git"), (first.clone(), second.clone()), "nothing of it depends on when or where");
        let repository = Repository::open(&folder.path().join("a.git")).unwrap();
        let head = repository.head().unwrap().unwrap();
        assert_eq!(head, Commit { id: second, parent: Some(first), message: "a: moved\n".to_owned() });
        repository.check().unwrap();
    }

    #[test]
    fn what_is_no_repository_is_missing_or_damaged_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.git");
        assert!(matches!(Repository::open(&path), Err(GitError::Missing)));
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(Repository::open(&path), Err(GitError::Missing)), "an empty folder");
        std::fs::create_dir(path.join("objects")).unwrap();
        assert!(matches!(Repository::open(&path), Err(GitError::Damaged(_))));
    }

    #[test]
    fn names_are_made_fit_for_git() {
        assert_eq!(person("a <b>\n"), "a _b__");
        assert_eq!(person(" . "), "unknown");
    }
}
