//! Whatever stands in `towerhand.toml`: no panic; settings, or mistakes that are told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use towerhand::config::{Config, Environment};

fuzz_target!(|text: &str| {
    let path = std::env::temp_dir().join(format!("towerhand-fuzz-{}.toml", std::process::id()));
    if std::fs::write(&path, text).is_err() {
        return;
    }
    let no_environment = Environment::of(std::iter::empty::<(String, String)>());
    if let Err(mistakes) = Config::load(Some(&path), &no_environment) {
        assert!(!mistakes.is_empty());
    }
});
