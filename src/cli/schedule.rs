//! `towerhand schedule`: recurring work, as an API client.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Client, block_on};
use super::config::escaped;
use super::{Context, job, output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// All schedules, with their next instant and their last run.
    List,
    /// One schedule.
    Show {
        /// Its name.
        name: String,
    },
    /// Make a schedule.
    Add(Box<Add>),
    /// Remove a schedule that was made with `add`, with its history.
    Remove {
        /// Its name.
        name: String,
    },
    /// Run it now; its hours stay as they are.
    Run {
        /// Its name.
        name: String,
        /// Follow the job to its end; the exit status is 0 only for a success.
        #[arg(long)]
        watch: bool,
    },
    /// No more runs until it is resumed.
    Pause {
        /// Its name.
        name: String,
    },
    /// Run again, from the next instant on.
    Resume {
        /// Its name.
        name: String,
    },
    /// Its runs, the newest first.
    History {
        /// Its name.
        name: String,
        /// How many, 1 to 500.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("when").required(true).args(["cron", "every", "at"])))]
pub(super) struct Add {
    /// Its name: lower-case letters, digits, '.', '_' and '-'.
    name: String,
    /// Action of its jobs, see `towerhand action list`.
    #[arg(long)]
    action: String,
    /// Payload: JSON, or @FILE. No secrets.
    #[arg(long, default_value = "{}", value_name = "JSON|@FILE")]
    payload: String,
    /// A cron line: minute, hour, day, month, weekday. Needs --zone.
    #[arg(long, value_name = "LINE", requires = "zone")]
    cron: Option<String>,
    /// A period, such as 6h.
    #[arg(long, value_name = "DURATION")]
    every: Option<String>,
    /// Once: an instant with its offset, or a local time with --zone.
    #[arg(long, value_name = "INSTANT")]
    at: Option<String>,
    /// Time zone, such as America/Chicago.
    #[arg(long)]
    zone: Option<String>,
    /// Each run begins later by less than this, always the same for an instant.
    #[arg(long, value_name = "DURATION")]
    jitter: Option<String>,
    /// What happens with instants that were missed.
    #[arg(long, value_parser = ["skip", "once", "all"])]
    misfire: Option<String>,
    /// With --misfire all: at most so many.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    catch_up: Option<u32>,
    /// A run may begin while the last one goes on.
    #[arg(long)]
    overlap: bool,
    /// Begin paused.
    #[arg(long)]
    paused: bool,
    /// A scope of its jobs, beside job.submit; may be repeated.
    #[arg(long = "scope")]
    scopes: Vec<String>,
    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    about: Option<String>,
}

/// Below `/schedules`.
fn path(name: &str, rest: &str) -> String {
    format!("/schedules/{}{rest}", escaped(name))
}

pub(super) fn run(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    let client = Client::new(context)?;
    block_on(async {
        match command {
            Command::List => list(context, &client).await,
            Command::Show { name } => {
                output::json(&client.call(Method::GET, &path(&name, ""), None).await?);
                Ok(ExitCode::SUCCESS)
            }
            Command::Add(add) => {
                let body = body(*add)?;
                told(context, &client, Method::POST, "/schedules", &body, "made").await
            }
            Command::Remove { name } => {
                told(context, &client, Method::DELETE, &path(&name, ""), &json!({}), "removed").await
            }
            Command::Pause { name } => {
                told(context, &client, Method::POST, &path(&name, "/pause"), &json!({}), "paused").await
            }
            Command::Resume { name } => {
                told(context, &client, Method::POST, &path(&name, "/resume"), &json!({}), "resumed").await
            }
            Command::Run { name, watch } => {
                let data = client.call(Method::POST, &path(&name, "/run"), Some(&json!({}))).await?;
                let id = output::cell(&data, "job_id");
                if watch {
                    return job::watch(context, &client, &id).await;
                }
                output::done(context, &data, || id);
                Ok(ExitCode::SUCCESS)
            }
            Command::History { name, limit } => history(context, &client, &name, limit).await,
        }
    })
}

/// Does something to a schedule, and says what.
async fn told(
    context: &Context,
    client: &Client,
    method: Method,
    path: &str,
    body: &Value,
    what: &str,
) -> anyhow::Result<ExitCode> {
    let data = client.call(method, path, Some(body)).await?;
    output::done(context, &data, || {
        let next = output::cell(&data, "next_run_at");
        let name = output::cell(&data, "name");
        match what {
            "removed" | "paused" => format!("{name}: {what}"),
            _ if next.is_empty() => format!("{name}: {what}, never due again"),
            _ => format!("{name}: {what}, runs next at {next}"),
        }
    });
    Ok(ExitCode::SUCCESS)
}

fn body(add: Add) -> anyhow::Result<Value> {
    let text = match add.payload.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read the payload from {path}"))?,
        None => add.payload,
    };
    let payload: Value = serde_json::from_str(&text).context("the payload is not JSON")?;
    if !payload.is_object() {
        bail!("the payload must be a JSON object");
    }
    Ok(json!({
        "name": add.name, "action": add.action, "payload": payload, "cron": add.cron, "every": add.every, "at": add.at,
        "zone": add.zone, "jitter": add.jitter, "misfire": add.misfire, "catch_up": add.catch_up, "overlap": add.overlap,
        "enabled": !add.paused, "scopes": add.scopes, "about": add.about,
    }))
}

fn items<'a>(data: &'a Value, name: &str) -> &'a [Value] {
    data.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

async fn list(context: &Context, client: &Client) -> anyhow::Result<ExitCode> {
    let data = client.call(Method::GET, "/schedules", None).await?;
    if context.json {
        output::json(&data);
        return Ok(ExitCode::SUCCESS);
    }
    let rows = items(&data, "schedules").iter().map(|schedule| {
        let when =
            ["cron", "every", "at"].iter().map(|name| output::cell(schedule, name)).find(|text| !text.is_empty());
        let last = schedule.get("last_run").unwrap_or(&Value::Null);
        let enabled = schedule.get("enabled").and_then(Value::as_bool) == Some(true);
        let next = if enabled { output::cell(schedule, "next_run_at") } else { "paused".to_owned() };
        vec![
            output::cell(schedule, "name"),
            output::cell(schedule, "source"),
            output::cell(schedule, "action"),
            when.unwrap_or_default(),
            output::cell(schedule, "zone"),
            next,
            output::cell(last, "fired_at"),
            output::cell(last, "outcome"),
        ]
    });
    let header = ["name", "source", "action", "when", "zone", "next_run_at", "last_run_at", "outcome"];
    output::table(&header, rows.collect());
    Ok(ExitCode::SUCCESS)
}

async fn history(context: &Context, client: &Client, name: &str, limit: u32) -> anyhow::Result<ExitCode> {
    let data = client.call(Method::GET, &path(name, &format!("/history?limit={limit}")), None).await?;
    if context.json {
        output::json(&data);
        return Ok(ExitCode::SUCCESS);
    }
    let columns = ["due_at", "fired_at", "manual", "outcome", "ended_at", "job_id", "counts", "error", "detail"];
    let rows = items(&data, "runs").iter().map(|run| columns.iter().map(|name| output::cell(run, name)).collect());
    output::table(&columns, rows.collect());
    Ok(ExitCode::SUCCESS)
}
