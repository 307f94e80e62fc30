//! The key file: JSON, mode 0600, beside the database but never in it. `keys` holds the sealing keys, the current one
//! first; `pepper` keys the hashes.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{MasterKey, MasterKeys, VaultError};
use crate::clock::Chance;

/// A key file has a few hundred bytes; more is something else.
const SIZE_MAX: u64 = 64 * 1024;

/// The file's own form. Texts are base64 of 32 bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDisk {
    version: u32,
    pepper: String,
    keys: Vec<String>,
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        self.pepper.zeroize();
        self.keys.zeroize();
    }
}

/// Reads the key file, or makes one with new keys where there is none. Two processes that start at once end with the
/// same file.
pub fn load_or_create(path: &Path, chance: &Chance) -> Result<MasterKeys, VaultError> {
    if let Some(keys) = load(path)? {
        return Ok(keys);
    }
    let keys = MasterKeys::draw(chance)?;
    match write(path, &keys, chance, Publish::New) {
        Ok(()) => Ok(keys),
        // Another process was faster: its file counts.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            load(path)?.ok_or_else(|| io_error(path, "read", io::ErrorKind::NotFound.into()))
        }
        Err(error) => Err(io_error(path, "written", error)),
    }
}

/// Reads the key file; none where there is none.
pub fn load(path: &Path) -> Result<Option<MasterKeys>, VaultError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path, "read", error)),
    };
    let data = file.metadata().map_err(|error| io_error(path, "read", error))?;
    if data.is_dir() {
        return Err(io_error(path, "read", io::ErrorKind::IsADirectory.into()));
    }
    let mode = data.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(VaultError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(Vec::new());
    file.take(SIZE_MAX).read_to_end(&mut text).map_err(|error| io_error(path, "read", error))?;
    parse(&text).map(Some).map_err(|why| VaultError::Damaged { path: path.to_owned(), why })
}

/// First half of `secret rotate-key`: puts a new key in front and keeps the old ones, so that a crash before the last
/// row is resealed loses nothing. Call [`forget_older`] when no row needs them.
pub fn rotate(path: &Path, chance: &Chance) -> Result<MasterKeys, VaultError> {
    let mut keys = existing(path)?;
    let old = std::mem::replace(&mut keys.current, MasterKey::draw(chance)?);
    keys.older.insert(0, old);
    replace(path, &keys, chance)?;
    Ok(keys)
}

/// Second half of `secret rotate-key`: drops all keys but the current one, and the pepper.
pub fn forget_older(path: &Path, chance: &Chance) -> Result<MasterKeys, VaultError> {
    let mut keys = existing(path)?;
    keys.older.clear();
    replace(path, &keys, chance)?;
    Ok(keys)
}

fn existing(path: &Path) -> Result<MasterKeys, VaultError> {
    load(path)?.ok_or_else(|| io_error(path, "read", io::ErrorKind::NotFound.into()))
}

fn replace(path: &Path, keys: &MasterKeys, chance: &Chance) -> Result<(), VaultError> {
    write(path, keys, chance, Publish::Replace).map_err(|error| io_error(path, "written", error))
}

fn parse(text: &[u8]) -> Result<MasterKeys, &'static str> {
    let on_disk: OnDisk = serde_json::from_slice(text).map_err(|_| "not the JSON of a key file")?;
    if on_disk.version != 1 {
        return Err("its version is not 1");
    }
    let key = |text: &String| MasterKey::from_base64(text).map_err(|_| "a key is not base64 of 32 bytes");
    let mut keys = on_disk.keys.iter().map(key).collect::<Result<Vec<_>, _>>()?.into_iter();
    let current = keys.next().ok_or("it holds no key")?;
    Ok(MasterKeys { current, older: keys.collect(), pepper: key(&on_disk.pepper)? })
}

#[derive(Clone, Copy)]
enum Publish {
    /// Fails where the file exists.
    New,
    /// Takes its place.
    Replace,
}

/// Writes beside the file, synchronises, then shows it under its name at once: a crash leaves the old file or the new.
fn write(path: &Path, keys: &MasterKeys, chance: &Chance, publish: Publish) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let on_disk = OnDisk {
        version: 1,
        pepper: keys.pepper.to_base64().to_string(),
        keys: std::iter::once(&keys.current).chain(&keys.older).map(|key| key.to_base64().to_string()).collect(),
    };
    let text = Zeroizing::new(serde_json::to_vec_pretty(&on_disk)?);
    let temporary = folder.join(format!(".keys-{:016x}", chance.number().map_err(io::Error::other)?));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let published = file.write_all(&text).and_then(|()| file.sync_all()).and_then(|()| match publish {
        // A link, unlike a rename, never takes the place of a file.
        Publish::New => fs::hard_link(&temporary, path),
        Publish::Replace => fs::rename(&temporary, path),
    });
    // After a rename there is nothing left to remove.
    let _ = fs::remove_file(&temporary);
    published?;
    File::open(&folder)?.sync_all()
}

fn io_error(path: &Path, doing: &'static str, source: io::Error) -> VaultError {
    VaultError::Io { path: path.to_owned(), doing, source }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests damage key files")]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn the_first_start_makes_a_private_file_and_the_next_reads_it() {
        let folder = folder();
        let path = folder.path().join("state/vault.key");
        let made = load_or_create(&path, &Chance::system()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = load_or_create(&path, &Chance::system()).unwrap();
        assert!(made.current == read.current && made.pepper == read.pepper && read.older.is_empty());
        assert!(made.current != made.pepper);
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "a temporary file was left");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = folder();
        let path = folder.path().join("vault.key");
        load_or_create(&path, &Chance::system()).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = load_or_create(&path, &Chance::system()).unwrap_err();
            assert!(matches!(error, VaultError::Exposed { mode: found, .. } if found == mode));
            assert!(error.to_string().contains("chmod 600"));
        }
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_alone() {
        let folder = folder();
        let path = folder.path().join("vault.key");
        for text in
            ["", "{}", "{\"version\":2,\"pepper\":\"\",\"keys\":[]}", "{\"version\":1,\"pepper\":\"AA==\",\"keys\":[]}"]
        {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(load_or_create(&path, &Chance::system()), Err(VaultError::Damaged { .. })), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn rotation_keeps_the_old_key_until_told_otherwise() {
        let folder = folder();
        let path = folder.path().join("vault.key");
        let first = load_or_create(&path, &Chance::system()).unwrap();
        rotate(&path, &Chance::system()).unwrap();
        let rotated = load(&path).unwrap().unwrap();
        assert!(rotated.current != first.current && rotated.older == vec![first.current.clone()]);
        assert!(rotated.pepper == first.pepper);
        forget_older(&path, &Chance::system()).unwrap();
        let last = load(&path).unwrap().unwrap();
        assert!(last.current == rotated.current && last.older.is_empty() && last.pepper == first.pepper);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_slower_of_two_first_starts_takes_the_file_of_the_faster() {
        let folder = folder();
        let path = folder.path().join("vault.key");
        let keys = MasterKeys::draw(&Chance::system()).unwrap();
        write(&path, &keys, &Chance::system(), Publish::New).unwrap();
        let again = write(&path, &keys, &Chance::system(), Publish::New).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        let all: Vec<_> = std::thread::scope(|scope| {
            let other = folder.path().join("other.key");
            let starts: Vec<_> = (0..8)
                .map(|_| {
                    let other = other.clone();
                    scope.spawn(move || load_or_create(&other, &Chance::system()).unwrap().current.id())
                })
                .collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
    }
}
