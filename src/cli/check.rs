//! `towerhand check`: settings, inventory and templates, every mistake at once with file and line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use serde_json::json;

use super::{Context, output};
use crate::app;
use crate::calendar::window::Book;
use crate::config::Config;
use crate::inventory::{self, Mistake};

/// The settings, or all their mistakes as one error.
pub(super) fn settings(context: &Context) -> anyhow::Result<Config> {
    match Config::load(context.config.as_deref(), &context.environment) {
        Ok(loaded) => Ok(loaded),
        Err(mistakes) => bail!("the settings have {} mistakes:\n{}", mistakes.len(), lines(&mistakes)),
    }
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

pub(super) fn run(context: &Context) -> anyhow::Result<ExitCode> {
    let mut mistakes = Vec::new();
    let mut warnings = Vec::new();
    let mut found = (0, 0);
    // Settings with mistakes still tell which inventory and which keys there are.
    let (config, wrong) = Config::load_leniently(context.config.as_deref(), &context.environment);
    mistakes.extend(wrong);
    if let Err(error) = app::key_sources(&config).check() {
        mistakes.push(Mistake::of_file("environment", error.to_string()));
    }
    match config.inventory.as_deref().map(inventory::load) {
        None => {}
        Some(Err(wrong)) => mistakes.extend(wrong),
        Some(Ok(inventory)) => {
            found = (inventory.devices().len(), inventory.sites().count());
            warnings.extend(inventory.warnings().to_vec());
            let book = Book::of_settings(&config.window, &config.blackout).unwrap_or_default();
            let file = config.file.clone().unwrap_or_else(|| PathBuf::from("settings"));
            let idle = book.idle(inventory.devices());
            warnings.extend(
                idle.map(|rule| Mistake::of_file(&file, format!("{rule} is about no device of the inventory"))),
            );
        }
    }
    let golden = config.golden();
    if let Some(folder) = config.standard.templates.as_deref().filter(|folder| !folder.is_dir()) {
        mistakes.push(Mistake::of_file(folder, "standard.templates: there is no such directory"));
    }
    mistakes.extend(golden.check());
    let text = |list: &[Mistake]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    if context.json {
        output::json(&json!({
            "ok": mistakes.is_empty(), "devices": found.0, "sites": found.1,
            "mistakes": text(&mistakes), "warnings": text(&warnings),
        }));
    } else {
        for warning in text(&warnings) {
            output::line(&format!("warning: {warning}"));
        }
        for mistake in text(&mistakes) {
            output::error(&mistake);
        }
        if mistakes.is_empty() {
            output::line(&format!("settings and inventory are sound: {} devices at {} sites", found.0, found.1));
        }
    }
    Ok(if mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
