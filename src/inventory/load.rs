//! From a path to an inventory.

use std::io;
use std::path::{Path, PathBuf};

use super::{Inventory, Mistake, parse, tree};

/// Larger files are no inventory.
const FILE_MAX: u64 = 256 * 1024 * 1024;

/// Reads one file, or every `*.yaml` and `*.yml` directly in a directory (hidden ones left out), in the order of their
/// names. Blocks. Either the whole inventory, or all mistakes of all files.
pub fn load(path: &Path) -> Result<Inventory, Vec<Mistake>> {
    let files = files(path).map_err(|error| vec![unreadable(path, &error)])?;
    if files.is_empty() {
        return Err(vec![Mistake::of_file(path, "the directory holds no *.yaml file")]);
    }
    let mut trees = Vec::with_capacity(files.len());
    let mut mistakes = Vec::new();
    for file in files {
        match read(&file).and_then(|text| tree::parse(&file, &text)) {
            Ok(root) => trees.push((file, root)),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    // With one file missing, the others would be told of sites and hops that stand in it.
    if mistakes.is_empty() { parse::inventory(&trees) } else { Err(mistakes) }
}

/// The files of an inventory; the path itself where it is no directory.
pub(super) fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.metadata()?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in path.read_dir()? {
        let file = entry?.path();
        let hidden = file.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        let yaml = file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if yaml && !hidden && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<String, Mistake> {
    let size = file.metadata().map_err(|error| unreadable(file, &error))?.len();
    if size > FILE_MAX {
        return Err(Mistake::of_file(file, "larger than 256 MiB"));
    }
    std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Mistake {
    Mistake::of_file(path, format!("cannot be read: {error}"))
}
