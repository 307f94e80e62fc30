//! `towerhand window`: maintenance windows and black-outs, through a daemon.

use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::client::{Client, block_on};
use super::{Context, output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Windows and black-outs, with their next openings.
    List,
    /// What waits for a window, and when it will start.
    Waiting,
    /// Add one; it counts at once.
    Add(Box<Add>),
    /// Remove one that was added; those of the settings stay.
    Remove {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("when").required(true).args(["time", "cron", "from"])))]
#[command(group(clap::ArgGroup::new("scope").args(["site", "tag", "device"])))]
pub(super) struct Add {
    /// Unique name.
    name: String,
    /// A black-out: no work begins inside it.
    #[arg(long)]
    blackout: bool,
    /// Devices of this site; without a scope, every device.
    #[arg(long)]
    site: Option<String>,
    /// Devices with this tag, NAME=VALUE or NAME.
    #[arg(long)]
    tag: Option<String>,
    /// This device, by name or address.
    #[arg(long)]
    device: Option<String>,
    /// HH:MM-HH:MM, local time; may pass midnight.
    #[arg(long)]
    time: Option<String>,
    /// With --time: mon to sun, several with commas; without it, every day.
    #[arg(long, value_delimiter = ',', requires = "time")]
    days: Vec<String>,
    /// A cron line of five fields, local time: when it begins.
    #[arg(long, requires = "lasts")]
    cron: Option<String>,
    /// With --cron: how long it lasts, such as 3h.
    #[arg(long, requires = "cron")]
    lasts: Option<String>,
    /// Once, from this instant, such as 2026-12-24T00:00:00-06:00.
    #[arg(long, requires = "until")]
    from: Option<String>,
    /// Once, until this instant.
    #[arg(long, requires = "from")]
    until: Option<String>,
    /// IANA time zone; without it, that of the device's site.
    #[arg(long)]
    zone: Option<String>,
}

pub(super) fn run(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    let client = Client::new(context)?;
    block_on(async {
        match command {
            Command::List => {
                let columns = [
                    "name", "kind", "scope", "devices", "days", "time", "cron", "lasts", "from", "until", "zone",
                    "open", "opens_at", "source",
                ];
                table(context, &client, "/windows", "windows", &columns).await
            }
            Command::Waiting => {
                let columns = ["ip", "device", "what", "held_by", "starts_at", "asked_by", "job_id"];
                table(context, &client, "/windows/waiting", "waiting", &columns).await
            }
            Command::Add(add) => {
                let data = client.call(Method::POST, "/windows", Some(&body(*add))).await?;
                output::done(context, &data, || {
                    let cell = |name| output::cell(&data, name);
                    let next = cell("opens_at");
                    let next = if next.is_empty() { String::new() } else { format!("; next at {next}") };
                    format!("{} {} is added, about {} devices{next}", cell("kind"), cell("name"), cell("devices"))
                });
                Ok(ExitCode::SUCCESS)
            }
            Command::Remove { name } => {
                let good = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
                if name.is_empty() || !name.bytes().all(good) {
                    bail!("'{}' is not the name of a window", name.escape_debug());
                }
                let data = client.call(Method::DELETE, &format!("/windows/{name}"), None).await?;
                output::done(context, &data, || format!("{name} is removed"));
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}

async fn table(
    context: &Context,
    client: &Client,
    path: &str,
    list: &str,
    columns: &[&str],
) -> anyhow::Result<ExitCode> {
    let data = client.call(Method::GET, path, None).await?;
    if context.json {
        output::json(&data);
        return Ok(ExitCode::SUCCESS);
    }
    let items = data.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let rows = items.iter().map(|item| columns.iter().map(|name| output::cell(item, name)).collect());
    output::table(columns, rows.collect());
    Ok(ExitCode::SUCCESS)
}

fn body(add: Add) -> Value {
    let Add { name, blackout, site, tag, device, time, days, cron, lasts, from, until, zone } = add;
    let kind = if blackout { "blackout" } else { "window" };
    let mut body = Map::new();
    body.insert("name".to_owned(), Value::from(name));
    body.insert("kind".to_owned(), Value::from(kind));
    for (member, value) in [
        ("site", site),
        ("tag", tag),
        ("device", device),
        ("time", time),
        ("cron", cron),
        ("lasts", lasts),
        ("from", from),
        ("until", until),
        ("zone", zone),
    ] {
        if let Some(value) = value {
            body.insert(member.to_owned(), Value::from(value));
        }
    }
    if !days.is_empty() {
        body.insert("days".to_owned(), json!(days));
    }
    Value::Object(body)
}
