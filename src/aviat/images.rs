//! The firmware list, resolved: which image a radio gets, where it fetches it, and whether it is the file that was meant.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use ring::digest;

use super::config::{Config, Firmware};
use super::state::{Image, Target};
use crate::model::{DeviceType, Failure, FailureClass};

/// Where the daemon serves images, below its base address.
pub const SERVED_BELOW: &str = "/api/aviat/firmware/";

/// Read at once while hashing, bytes.
const CHUNK: usize = 1 << 20;

/// The list.
#[derive(Debug)]
pub struct Images {
    list: Vec<Firmware>,
    folder: Option<PathBuf>,
    /// `http://HOST:PORT`, without a slash at its end.
    base: String,
    /// Files whose sum was right, as they were then.
    proven: Arc<Mutex<HashMap<PathBuf, Stamp>>>,
}

/// What changes when a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

/// A file that has to be there and right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    path: PathBuf,
    sum: String,
}

impl Images {
    /// The list of the settings; `base` is where radios reach this daemon unless `image_url` says otherwise.
    pub fn new(config: &Config, base: &str) -> Self {
        let base = config.image_url.as_deref().unwrap_or(base).trim_end_matches('/').to_owned();
        Self { list: config.firmware.clone(), folder: config.firmware_dir.clone(), base, proven: Arc::default() }
    }

    /// The image of a target for a type of radio; one whose type is not known gets only what is for every type. None:
    /// the list has none.
    pub fn image(&self, target: Target, device_type: Option<DeviceType>) -> Option<Image> {
        let entry = self.entry(target, device_type)?;
        let uri = match (&entry.file, &entry.uri) {
            (Some(file), _) => format!("{}{SERVED_BELOW}{file}", self.base),
            (None, Some(uri)) => uri.clone(),
            (None, None) => return None,
        };
        Some(Image { stage: target, version: entry.version.clone(), uri })
    }

    fn entry(&self, target: Target, device_type: Option<DeviceType>) -> Option<&Firmware> {
        self.list.iter().find(|entry| {
            let meant = match device_type {
                Some(known) => entry.models.iter().any(|name| name.eq_ignore_ascii_case(known.code())),
                None => false,
            };
            entry.target == target && (entry.models.is_empty() || meant)
        })
    }

    /// The files that may be fetched, by name.
    pub fn served(&self) -> BTreeMap<String, PathBuf> {
        let Some(folder) = &self.folder else { return BTreeMap::new() };
        let files = self.list.iter().filter_map(|entry| entry.file.clone());
        files.map(|file| (file.clone(), folder.join(file))).collect()
    }

    /// Makes sure, before any radio is touched, that there is an image of `target` for each type and that what the daemon
    /// serves of it is the file that was meant; for `final` also of the baseline, where the list has one, since a radio
    /// below it needs that first. Fails with `Validation` and says which image and what to do.
    pub async fn verify(&self, target: Target, types: &BTreeSet<Option<&'static str>>) -> Result<(), Failure> {
        let mut wanted = BTreeSet::new();
        for code in types {
            let device_type = code.and_then(|code| DeviceType::parse(code).ok());
            if self.entry(target, device_type).is_none() {
                let of = code.unwrap_or("radios whose type is not in the inventory");
                return Err(Failure::validation(format!(
                    "the firmware list has no {} image for {of}; add it to [[aviat.firmware]]. No radio was touched",
                    name(target)
                )));
            }
            let stages = if target == Target::Final { [Target::Baseline, Target::Final] } else { [target, target] };
            for entry in stages.into_iter().filter_map(|stage| self.entry(stage, device_type)) {
                if let (Some(file), Some(folder), Some(sum)) = (&entry.file, &self.folder, &entry.sha256) {
                    wanted.insert(Wanted { path: folder.join(file), sum: sum.to_ascii_lowercase() });
                }
            }
        }
        for wanted in wanted {
            let proven = Arc::clone(&self.proven);
            let checked = tokio::task::spawn_blocking(move || check(&wanted, &proven)).await;
            checked.map_err(|_| Failure::new(FailureClass::Internal, "checking an image broke off"))??;
        }
        Ok(())
    }
}

fn name(target: Target) -> &'static str {
    match target {
        Target::Baseline => "baseline",
        Target::Final => "final",
        Target::Custom => "custom",
    }
}

/// Reads the whole file, unless it is as it was when its sum was right.
fn check(wanted: &Wanted, proven: &Mutex<HashMap<PathBuf, Stamp>>) -> Result<(), Failure> {
    let shown = wanted.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let missing = |error: std::io::Error| {
        Failure::validation(format!(
            "the image '{shown}' cannot be read from aviat.firmware_dir ({}); put it there. No radio was touched",
            error.kind()
        ))
    };
    let stamp = stamp(&wanted.path).map_err(missing)?;
    if stamp.bytes == 0 {
        return Err(Failure::validation(format!(
            "the image '{shown}' is empty; put it there anew. No radio was touched"
        )));
    }
    if proven.lock().unwrap_or_else(PoisonError::into_inner).get(&wanted.path) == Some(&stamp) {
        return Ok(());
    }
    if hash(&wanted.path).map_err(missing)? != wanted.sum {
        return Err(Failure::validation(format!(
            "the image '{shown}' has another SHA-256 than [[aviat.firmware]] says: it is damaged, or not the one that was \
             meant. No radio was touched"
        )));
    }
    proven.lock().unwrap_or_else(PoisonError::into_inner).insert(wanted.path.clone(), stamp);
    Ok(())
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    let found = std::fs::metadata(path)?;
    if !found.is_file() {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    Ok(Stamp { modified: found.modified().ok(), bytes: found.len() })
}

/// Lower-case hexadecimal SHA-256.
fn hash(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            count => context.update(chunk.get(..count).unwrap_or_default()),
        }
    }
    Ok(context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The one version `x.y.z` that a text has, as a run of exactly three numbers or more (a build number behind them does not
/// count); none where there is none, or two that differ.
pub fn version_in(text: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for part in text.split(|c: char| !c.is_ascii_digit() && c != '.') {
        let numbers: Vec<&str> = part.split('.').filter(|number| !number.is_empty()).collect();
        let short = |number: &&str| number.len() <= 3;
        if let [x, y, z, ..] = numbers.as_slice()
            && [x, y, z].into_iter().all(short)
        {
            let version = format!("{x}.{y}.{z}");
            match &found {
                Some(other) if *other != version => return None,
                _ => found = Some(version),
            }
        }
    }
    found
}

/// Whether a radio can fetch it: an address of HTTP, FTP or TFTP without a user, that fits one word of a command.
///
/// # Errors
/// What is wrong with it, to stand behind the name of the field; it does not repeat it.
pub fn fetchable(uri: &str) -> Result<(), &'static str> {
    if uri.len() > 400
        || !uri
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'|' | b';' | b'?' | b'!'))
    {
        return Err(
            "must be an address of at most 400 printable characters, without blanks, quotes, '?', '|', ';' and '!'",
        );
    }
    let Ok(parsed) = reqwest::Url::parse(uri) else { return Err("must be an address such as http://HOST/FILE") };
    if !matches!(parsed.scheme(), "http" | "https" | "ftp") || !parsed.has_host() {
        return Err("must begin with http://, https:// or ftp:// and name a host");
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("must not hold a user or password: it is shown by the radio");
    }
    if matches!(parsed.path(), "" | "/") {
        return Err("must name a file");
    }
    Ok(())
}

/// The image of a `firmware_uri`: its version stands in its file name.
///
/// # Errors
/// What is wrong with it, to stand behind the name of the field.
pub fn custom(uri: &str) -> Result<Image, &'static str> {
    fetchable(uri)?;
    let file = uri.rsplit('/').next().unwrap_or_default();
    let version = version_in(file).ok_or(
        "must have exactly one version x.y.z in its file name, for example http://HOST/wtm4100-6.2.4.1.12.swpack: it is what \
         has to be active in the end",
    )?;
    Ok(Image { stage: Target::Custom, version, uri: uri.to_owned() })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write images")]
mod tests {
    use super::*;

    /// SHA-256 of "image", by sha256sum.
    const SUM: &str = "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d";

    #[test]
    fn the_version_of_a_file_name() {
        for (text, version) in [
            ("wtm4100-2.11.11.15.97-a.swpack", Some("2.11.11")),
            ("6.2.4", Some("6.2.4")),
            ("wtm4100-6.2.4.swpack", Some("6.2.4")),
            ("wtm4100-6.2.swpack", None),
            ("wtm4100.swpack", None),
            ("a-6.2.4-b-6.3.0.swpack", None),
            ("a-6.2.4-b-6.2.4.swpack", Some("6.2.4")),
        ] {
            assert_eq!(version_in(text).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn only_addresses_that_a_radio_can_fetch() {
        assert_eq!(custom("http://192.0.2.1:8000/x/wtm4100-6.2.4.9.swpack").unwrap().version, "6.2.4");
        for wrong in [
            "",
            "x",
            "http://",
            "http://h/",
            "file:///etc/passwd",
            "http://u:p@h/6.2.4.swpack",
            "http://h/6.2.4.swpack force",
            "http://h/6.2.4;restart",
            "http://192.168.1.10/image.swpack",
            "http://h/6.2.4\nrestart",
        ] {
            assert!(custom(wrong).is_err(), "{wrong}");
        }
    }

    fn images(folder: &Path, sum: &str) -> Images {
        let config: Config = toml::from_str(&format!(
            "firmware_dir = '{}'\n[[firmware]]\ntarget = 'baseline'\nversion = '2.11.11'\nfile = 'base.swpack'\nsha256 = '{SUM}'\n\
             [[firmware]]\ntarget = 'final'\nversion = '6.2.4'\nfile = 'final.swpack'\nsha256 = '{sum}'\nmodels = ['AV4100']\n",
            folder.display()
        ))
        .unwrap();
        Images::new(&config, "http://192.0.2.1:8080")
    }

    #[test]
    fn a_radio_gets_the_image_of_its_type_from_this_daemon() {
        let images = images(Path::new("/srv"), SUM);
        let wtm = DeviceType::parse("AV4100").unwrap();
        let image = images.image(Target::Final, Some(wtm)).unwrap();
        assert_eq!(image.uri, "http://192.0.2.1:8080/api/aviat/firmware/final.swpack");
        assert_eq!(image.version, "6.2.4");
        assert_eq!(images.image(Target::Final, DeviceType::parse("AV4200").ok()), None);
        assert_eq!(images.image(Target::Final, None), None);
        assert!(images.image(Target::Baseline, None).is_some());
        assert_eq!(images.served().keys().collect::<Vec<_>>(), ["base.swpack", "final.swpack"]);
    }

    #[tokio::test]
    async fn s008_a_missing_or_changed_image_is_found_before_any_radio_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let types = BTreeSet::from([Some("AV4100")]);
        let images = images(folder.path(), SUM);
        std::fs::write(folder.path().join("final.swpack"), "image").unwrap();
        let failure = images.verify(Target::Final, &types).await.unwrap_err();
        assert!(failure.sentence.contains("'base.swpack' cannot be read"), "{failure}");
        std::fs::write(folder.path().join("base.swpack"), "image").unwrap();
        images.verify(Target::Final, &types).await.unwrap();
        std::fs::write(folder.path().join("final.swpack"), "imagE, and more").unwrap();
        let failure = images.verify(Target::Final, &types).await.unwrap_err();
        assert!(failure.sentence.contains("another SHA-256"), "{failure}");
        images.verify(Target::Baseline, &types).await.unwrap();
        std::fs::write(folder.path().join("final.swpack"), "").unwrap();
        assert!(images.verify(Target::Final, &types).await.unwrap_err().sentence.contains("is empty"));
        let failure = images.verify(Target::Final, &BTreeSet::from([None])).await.unwrap_err();
        assert!(failure.sentence.contains("no final image"), "{failure}");
    }
}
