//! Where the text of a template comes from: the operator's folder, behind it the shipped examples.

use std::io;
use std::path::{Path, PathBuf};

use super::examples;
use super::names::ENDING;

/// Templates have a few kilobytes.
const SIZE_MAX: u64 = 1024 * 1024;
/// How deep folders may lie in the operator's folder: families, and folders of includes below them.
const DEEPEST: usize = 4;

/// The templates that can be found.
#[derive(Debug, Clone)]
pub(super) struct Source {
    folder: PathBuf,
    examples: bool,
}

impl Source {
    pub(super) fn new(folder: PathBuf, examples: bool) -> Self {
        Self { folder, examples }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is a template of this name, below its folder.
    pub(super) fn has(&self, name: &str) -> bool {
        self.own(name).is_some_and(|path| path.is_file()) || self.shipped(name).is_some()
    }

    /// Whether the template of this name is a shipped example.
    pub(super) fn is_example(&self, name: &str) -> bool {
        !self.own(name).is_some_and(|path| path.is_file()) && self.shipped(name).is_some()
    }

    /// The name as it is shown to people: the operator's file, or that it is an example.
    pub(super) fn shown(&self, name: &str) -> String {
        if self.is_example(name) {
            return format!("(shipped example) {name}");
        }
        self.folder.join(name).display().to_string()
    }

    /// The text; none where there is no such template.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<String>> {
        let Some(path) = self.own(name) else { return Ok(None) };
        let size = match path.metadata() {
            Ok(found) if found.is_file() => found.len(),
            Ok(_) => return Ok(self.shipped(name).map(str::to_owned)),
            Err(error) if absent(&error) => return Ok(self.shipped(name).map(str::to_owned)),
            Err(error) => return Err(error),
        };
        if size > SIZE_MAX {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 1 MiB"));
        }
        let text = std::fs::read_to_string(&path)?;
        // A byte order mark would become a part of the configuration.
        Ok(Some(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned)))
    }

    /// Names of all templates, sorted, the operator's and the examples that are on. A folder that is not there is empty.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        collect(&self.folder, "", DEEPEST, &mut names)?;
        if self.examples {
            names.extend(examples::ALL.iter().map(|(name, _)| (*name).to_owned()));
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The operator's file of this name; none where the name leads out of the folder.
    fn own(&self, name: &str) -> Option<PathBuf> {
        let mut path = self.folder.clone();
        for part in name.split('/') {
            if part.is_empty() || part.starts_with('.') || part.contains(['\\', '\0']) {
                return None;
            }
            path.push(part);
        }
        Some(path)
    }

    fn shipped(&self, name: &str) -> Option<&'static str> {
        self.examples.then(|| examples::find(name)).flatten()
    }
}

fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn collect(folder: &Path, below: &str, depth: usize, names: &mut Vec<String>) -> io::Result<()> {
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if absent(&error) && below.is_empty() => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let whole = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        if path.is_dir() {
            if depth > 0 {
                collect(&path, &whole, depth - 1, names)?;
            }
        } else if name.ends_with(ENDING) {
            names.push(whole);
        }
    }
    Ok(())
}
