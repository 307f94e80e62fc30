//! Where a secret could be seen: the log of the daemons, and the files that they leave.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use super::SECRETS;

/// Fails if one of the secrets stands in the text.
pub fn free(place: &str, text: &[u8]) {
    for secret in SECRETS {
        let found = text.windows(secret.len()).position(|part| part == secret.as_bytes());
        if let Some(found) = found {
            let around = text.get(found.saturating_sub(200)..(found + 100).min(text.len())).unwrap();
            panic!("{place} holds '{secret}': {}", String::from_utf8_lossy(around));
        }
    }
}

pub fn files(folder: &Path, each: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, each);
        } else if let Ok(content) = std::fs::read(&path) {
            // A file may go between the listing and the reading: the database's journal does.
            each(&path, &content);
        }
    }
}

/// What the daemons of this process log, unmasked: the place where a secret would be seen first.
pub struct Log(usize);

static LINES: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();

#[derive(Clone)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub fn begin() -> Self {
        let lines = LINES.get_or_init(|| {
            let sink = Sink(Arc::default());
            let lines = Arc::clone(&sink.0);
            let subscriber = tracing_subscriber::fmt()
                .with_env_filter("towerhand=debug")
                .with_ansi(false)
                .with_writer(move || sink.clone())
                .finish();
            let _ = tracing::subscriber::set_global_default(subscriber);
            lines
        });
        Self(lines.lock().unwrap().len())
    }

    pub fn since(&self) -> Vec<u8> {
        LINES.get().unwrap().lock().unwrap().get(self.0..).unwrap().to_vec()
    }
}
