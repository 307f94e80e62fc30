//! `towerhand secret`: secrets of the vault, named by `secret:NAME` in settings and inventory.

use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::json;

use super::client::block_on;
use super::key::{State, open};
use super::{Context, check, output};
use crate::app;
use crate::model::Secret;
use crate::store::sqlite::SqliteStore;
use crate::vault::keyfile;

/// Secrets of jobs are the daemon's own business.
const JOBS: &str = "job/";
/// And the archive's key.
const ARCHIVE: &str = "archive/";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Set a secret; its value comes from standard input, without the last line end.
    Set {
        /// Name, as in `secret:NAME`.
        name: String,
    },
    /// Names, never values.
    List,
    /// Seal everything under a new master key.
    RotateKey,
}

pub(super) fn run(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    block_on(async {
        let state = open(context).await?;
        let done = match command {
            Command::Set { name } => set(context, &state, &name).await,
            Command::List => list(context, &state).await,
            Command::RotateKey => rotate(context, &state).await,
        };
        state.store.close().await;
        done
    })
}

async fn set(context: &Context, state: &State, name: &str) -> anyhow::Result<ExitCode> {
    if name.starts_with(JOBS) {
        bail!("names under '{JOBS}' belong to jobs; choose another name");
    }
    if name.starts_with(ARCHIVE) {
        bail!("names under '{ARCHIVE}' are the daemon's own; choose another name");
    }
    if std::io::stdin().is_terminal() {
        output::error("type the secret, then Enter and Ctrl-D (it is shown; better: towerhand secret set NAME < file)");
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("the secret cannot be read from standard input")?;
    let value = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if value.is_empty() {
        bail!("standard input is empty; give the secret there, for example: towerhand secret set {name} < file");
    }
    let sealed = state.vault.seal(name, &Secret::new(value))?;
    state.audit("secret.set", name, "").await?;
    state.store.put_secret(sealed).await?;
    output::done(context, &json!({ "name": name, "set": true }), || format!("{name} is set; name it as secret:{name}"));
    Ok(ExitCode::SUCCESS)
}

async fn list(context: &Context, state: &State) -> anyhow::Result<ExitCode> {
    let secrets: Vec<_> =
        state.store.secrets().await?.into_iter().filter(|secret| !secret.name.starts_with(JOBS)).collect();
    if context.json {
        let rows = secrets
            .iter()
            .map(|secret| json!({ "name": secret.name, "key": secret.key_id, "set_at": secret.sealed_at }));
        output::json(&rows.collect());
    } else {
        let rows =
            secrets.iter().map(|secret| vec![secret.name.clone(), secret.key_id.clone(), secret.sealed_at.to_string()]);
        output::table(&["name", "master key", "set"], rows.collect());
    }
    Ok(ExitCode::SUCCESS)
}

/// The new key is added to the key file first, then everything is sealed anew in one transaction, then the old key is
/// dropped: a crash in between leaves every secret openable. Beside a daemon the old key stays: the daemon seals the
/// passwords of jobs with it until it meets the new one, and drops the old one itself at its next start.
async fn rotate(context: &Context, state: &State) -> anyhow::Result<ExitCode> {
    let config = check::settings(context)?;
    if context.environment.secret(app::VAULT_KEY).is_some() {
        bail!("the master key comes from TOWERHAND_VAULT_KEY; unset it to rotate a key file");
    }
    let path = config.key_file();
    let alone = SqliteStore::lock_out(&config.database())?;
    state.audit("secret.rotate-key", &state.vault.key_id(), "").await?;
    state.vault.rekey(&keyfile::rotate(&path, &state.chance)?)?;
    let store = state.store.as_ref();
    let count = match &alone {
        Some(_) => app::end_rotation(&state.vault, store, &path, &state.chance).await,
        None => app::reseal(&state.vault, store).await,
    };
    let count = count.context("secrets changed meanwhile; run it again")?;
    let key = state.vault.key_id();
    output::done(context, &json!({ "secrets": count, "key": key, "daemon_running": alone.is_none() }), || {
        let sealed = format!("{count} secrets are sealed under master key {key}");
        match &alone {
            Some(_) => sealed,
            None => format!(
                "{sealed}\na daemon runs: it takes the new key by itself, and drops the old one when it is started next"
            ),
        }
    });
    Ok(ExitCode::SUCCESS)
}
