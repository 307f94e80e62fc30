//! `towerhand key`: API keys beside those of the environment. Works beside a running daemon, which reloads them.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Subcommand;
use serde_json::json;

use super::client::block_on;
use super::{Context, check, output};
use crate::api::{KNOWN_SCOPES, check_label, hash_key};
use crate::app;
use crate::clock::{Chance, Clock};
use crate::store::sqlite::Purpose;
use crate::store::{ApiKeyRow, AuditEntry, Store, StoreError};
use crate::vault::Vault;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key. It is shown once, and only its hash is stored.
    Create {
        /// Shown as identity; unique.
        #[arg(long)]
        label: String,
        /// What it may do: health.read, actions.read, job.read, job.submit, job.cancel, config.secrets, ... or admin.
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
    },
    /// All keys made here.
    List,
    /// Revoke a key; it is refused from the next request on.
    Revoke {
        /// Its label.
        label: String,
    },
}

/// What the commands on stored state work with.
pub(super) struct State {
    pub vault: Vault,
    pub store: Arc<dyn Store>,
    pub clock: Clock,
    pub chance: Chance,
}

/// Opens vault and store beside a daemon.
pub(super) async fn open(context: &Context) -> anyhow::Result<State> {
    let config = check::settings(context)?;
    let (clock, chance) = (Clock::system(), Chance::system());
    let (vault, store) = app::open_state(&config, &context.environment, Purpose::Tool, &clock, &chance).await?;
    Ok(State { vault, store, clock, chance })
}

impl State {
    /// Writes a line of the audit log, before the effect.
    pub(super) async fn audit(&self, what: &str, subject: &str, detail: &str) -> anyhow::Result<()> {
        let entry = AuditEntry {
            at: self.clock.now(),
            who: "operator".to_owned(),
            what: what.to_owned(),
            subject: subject.to_owned(),
            job: None,
            detail: detail.to_owned(),
        };
        Ok(self.store.audit(entry).await?)
    }
}

pub(super) fn run(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    block_on(async {
        let state = open(context).await?;
        let done = match command {
            Command::Create { label, scopes } => create(context, &state, &label, scopes).await,
            Command::List => list(context, &state).await,
            Command::Revoke { label } => revoke(context, &state, &label).await,
        };
        state.store.close().await;
        done
    })
}

async fn create(context: &Context, state: &State, label: &str, mut scopes: Vec<String>) -> anyhow::Result<ExitCode> {
    check_label(label)?;
    for scope in &scopes {
        if !KNOWN_SCOPES.contains(&scope.as_str()) {
            bail!("there is no scope '{scope}'; there are: {}", KNOWN_SCOPES.join(", "));
        }
    }
    scopes.sort();
    scopes.dedup();
    let key = format!("thk_{}", URL_SAFE_NO_PAD.encode(state.chance.bytes::<32>()?));
    let row = ApiKeyRow {
        label: label.to_owned(),
        hash: hash_key(&state.vault, key.as_bytes()).to_vec(),
        scopes: scopes.clone(),
        created_at: state.clock.now(),
        revoked_at: None,
    };
    state.audit("key.create", label, &scopes.join(", ")).await?;
    match state.store.add_key(row).await {
        Ok(()) => {}
        Err(StoreError::Conflict(_)) => bail!("there is a key with label '{label}' already; choose another label"),
        Err(error) => return Err(error.into()),
    }
    if context.json {
        output::json(&json!({ "label": label, "scopes": scopes, "key": key }));
    } else {
        output::line(&key);
        output::error("keep it now: it is not stored and cannot be shown again");
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(context: &Context, state: &State) -> anyhow::Result<ExitCode> {
    let keys = state.store.keys().await?;
    if context.json {
        let rows = keys.iter().map(|key| {
            json!({ "label": key.label, "scopes": key.scopes, "created_at": key.created_at, "revoked_at": key.revoked_at })
        });
        output::json(&rows.collect());
    } else {
        let rows = keys.iter().map(|key| {
            let revoked = key.revoked_at.map(|at| at.to_string()).unwrap_or_default();
            vec![key.label.clone(), key.scopes.join(" "), key.created_at.to_string(), revoked]
        });
        output::table(&["label", "scopes", "created", "revoked"], rows.collect());
    }
    Ok(ExitCode::SUCCESS)
}

async fn revoke(context: &Context, state: &State, label: &str) -> anyhow::Result<ExitCode> {
    state.audit("key.revoke", label, "").await?;
    if !state.store.revoke_key(label, state.clock.now()).await? {
        bail!("there is no live key with label '{label}'");
    }
    output::done(context, &json!({ "label": label, "revoked": true }), || format!("{label} is revoked"));
    Ok(ExitCode::SUCCESS)
}
