//! `towerhand device`: the inventory, a device's running config by a job, and pinned keys.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Client, block_on};
use super::follow::follow;
use super::key::open;
use super::{Context, check, config as archived, output};
use crate::app;
use crate::inventory::Inventory;
use crate::model::{Device, Role};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Devices of the inventory.
    List,
    /// One device, with its pinned keys.
    Show {
        /// Its name.
        name: String,
    },
    /// Read a device's running config through a daemon, or show an archived one.
    Config {
        /// Its name.
        name: String,
        /// Not from the device: this version of the archive, or latest.
        #[arg(long, value_name = "VERSION")]
        archived: Option<String>,
    },
    /// What changed in a device's config: its newest version against the one before it, unless told otherwise.
    Diff {
        /// Its name.
        name: String,
        /// A version, or latest.
        #[arg(long)]
        from: Option<String>,
        /// A version, latest, or standard: the golden text of its type.
        #[arg(long)]
        to: Option<String>,
        /// Compare with the config of this device instead.
        #[arg(long)]
        other: Option<String>,
    },
    /// Accept the key that an endpoint has shown instead of the pinned one.
    AcceptKey {
        /// Endpoint as the alarm names it: ssh://ADDRESS:PORT or https://ADDRESS:PORT.
        endpoint: String,
    },
}

pub(super) fn run(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List => list(context),
        Command::Show { name } => show(context, &name),
        Command::Config { name, archived: None } => config(context, &name),
        Command::Config { name, archived: Some(version) } => archived::show(context, &name, &version),
        Command::Diff { name, from, to, other } => archived::diff(context, &name, from, to, other),
        Command::AcceptKey { endpoint } => accept_key(context, &endpoint),
    }
}

fn inventory(context: &Context) -> anyhow::Result<Inventory> {
    let config = check::settings(context)?;
    if config.inventory.is_none() {
        bail!("there is no inventory; name it as `inventory` in the settings, or in TOWERHAND_INVENTORY");
    }
    Ok(app::load_inventory(&config)?)
}

fn no_device(name: &str) -> String {
    format!("there is no device '{name}' in the inventory; see: towerhand device list")
}

fn row(device: &Device) -> Value {
    json!({
        "name": device.name, "address": device.address, "type": device.device_type, "role": device.role,
        "site": device.site, "ports": device.ports, "ssh_profile": device.ssh_profile,
        "jump": device.jump, "hop": device.hop,
        "host_key": device.host_key, "tls_pin": device.tls_pin, "tags": device.tags,
    })
}

fn list(context: &Context) -> anyhow::Result<ExitCode> {
    let inventory = inventory(context)?;
    let rows: Vec<Value> = inventory.devices().iter().map(|device| row(device)).collect();
    if context.json {
        output::json(&Value::Array(rows));
    } else {
        let columns = ["name", "address", "type", "role", "site"];
        let cells = rows.iter().map(|row| columns.iter().map(|name| output::cell(row, name)).collect());
        output::table(&columns, cells.collect());
    }
    Ok(ExitCode::SUCCESS)
}

fn show(context: &Context, name: &str) -> anyhow::Result<ExitCode> {
    let inventory = inventory(context)?;
    let device = inventory.by_name(name).with_context(|| no_device(name))?;
    let mut shown = row(&device);
    let part = format!("://{}:", device.address);
    let pins = block_on(async {
        let state = open(context).await?;
        let pins = state.store.pins().await?;
        state.store.close().await;
        Ok(pins)
    })?;
    let pins = pins.iter().filter(|pin| pin.endpoint.contains(&part)).map(|pin| {
        json!({ "endpoint": pin.endpoint, "algorithm": pin.algorithm, "fingerprint": pin.fingerprint,
                "pinned_at": pin.pinned_at, "pinned_by": pin.pinned_by, "offered": pin.offered })
    });
    if let Some(members) = shown.as_object_mut() {
        members.insert("pins".to_owned(), pins.collect());
    }
    output::json(&shown);
    Ok(ExitCode::SUCCESS)
}

fn config(context: &Context, name: &str) -> anyhow::Result<ExitCode> {
    let inventory = inventory(context)?;
    let device = inventory.by_name(name).with_context(|| no_device(name))?;
    if device.role == Role::Other {
        bail!("'{name}' is of type {}, which has no running config", device.device_type);
    }
    let action = format!("ido.{}.running_config", device.device_type.role().as_str());
    let client = Client::new(context)?;
    block_on(async {
        let body = json!({ "action": action, "payload": { "device": name } });
        let data = client.call(Method::POST, "/jobs", Some(&body)).await?;
        let id = output::cell(&data, "job_id");
        let job = follow(&client, &id, |_, _| {}).await?;
        if context.json {
            output::json(&job);
        }
        if output::cell(&job, "status") != "success" {
            bail!("{}", output::cell(&job, "error"));
        }
        if !context.json {
            output::line(job.pointer("/result/response").and_then(Value::as_str).unwrap_or_default().trim_end());
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn accept_key(context: &Context, endpoint: &str) -> anyhow::Result<ExitCode> {
    block_on(async {
        let state = open(context).await?;
        state.audit("pin.accept", endpoint, "").await?;
        let accepted = state.store.accept_offered(endpoint, "operator", state.clock.now()).await?;
        state.store.close().await;
        if !accepted {
            bail!("{endpoint} has shown no other key than the pinned one");
        }
        output::done(context, &json!({ "endpoint": endpoint, "accepted": true }), || {
            format!("{endpoint}: the key it showed is pinned now")
        });
        Ok(ExitCode::SUCCESS)
    })
}
