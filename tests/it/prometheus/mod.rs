//! What ships for Prometheus and Grafana (`packaging/prometheus`, `packaging/grafana`): promtool's word on it, the names that
//! it uses against those that the daemon exports, and a real Prometheus that watches a simulated site.

mod exposition;
mod names;
mod promtool;
mod server;
mod shipped;
mod site;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder `packaging`.
fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging")
}

/// Files of a folder with this ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    found.sort();
    assert!(!found.is_empty(), "no {ending} in {}", folder.display());
    found
}

fn rule_files() -> Vec<PathBuf> {
    files(&packaging().join("prometheus/rules"), "yml")
}

fn test_files() -> Vec<PathBuf> {
    files(&packaging().join("prometheus/tests"), "yml")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Members of a list that must be one.
fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// Where a program is; none, aloud, where it is not installed.
fn program(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/bin", "/usr/local/bin", "/usr/sbin"];
    let found = folders.into_iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: no {name} (apt-get install prometheus)");
    }
    found
}
