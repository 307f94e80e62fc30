//! `towerhand job`: act from a shell, as an API client.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Client, block_on, path_of};
use super::follow::follow;
use super::{Context, output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Submit a job.
    Submit {
        /// Action id, see `towerhand action list`.
        action: String,
        /// Payload: JSON, or @FILE (@- for standard input).
        #[arg(long, default_value = "{}", value_name = "JSON|@FILE")]
        payload: String,
        /// Follow it to its end; the exit status is 0 only for a success.
        #[arg(long)]
        watch: bool,
    },
    /// The newest jobs.
    List {
        /// How many, 1 to 500.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
        /// Only jobs in this state.
        #[arg(long, value_parser = ["queued", "running", "success", "error", "cancelled"])]
        status: Option<String>,
    },
    /// One job, with its result.
    Show {
        /// Job id.
        id: String,
    },
    /// What happened to a job.
    Events {
        /// Job id.
        id: String,
    },
    /// Ask to cancel a job.
    Cancel {
        /// Job id.
        id: String,
    },
    /// Follow a job to its end; the exit status is 0 only for a success.
    Watch {
        /// Job id.
        id: String,
    },
}

pub(super) fn run(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    let client = Client::new(context)?;
    block_on(async {
        match command {
            Command::Submit { action, payload, watch } => submit(context, &client, &action, &payload, watch).await,
            Command::List { limit, status } => list(context, &client, limit, status.as_deref()).await,
            Command::Show { id } => {
                output::json(&client.call(Method::GET, &path_of(&id, "")?, None).await?);
                Ok(ExitCode::SUCCESS)
            }
            Command::Events { id } => events(context, &client, &id).await,
            Command::Cancel { id } => {
                let data = client.call(Method::POST, &path_of(&id, "/cancel")?, Some(&json!({}))).await?;
                if context.json {
                    output::json(&data);
                } else {
                    output::line(&format!("{id}: cancel requested, now {}", output::cell(&data, "status")));
                }
                Ok(ExitCode::SUCCESS)
            }
            Command::Watch { id } => watch(context, &client, &id).await,
        }
    })
}

async fn submit(
    context: &Context,
    client: &Client,
    action: &str,
    payload: &str,
    follow: bool,
) -> anyhow::Result<ExitCode> {
    let text = match payload.strip_prefix('@') {
        Some("-") => {
            std::io::read_to_string(std::io::stdin()).context("cannot read the payload from standard input")?
        }
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read the payload from {path}"))?,
        None => payload.to_owned(),
    };
    let payload: Value = serde_json::from_str(&text).context("the payload is not JSON")?;
    if !payload.is_object() {
        bail!("the payload must be a JSON object");
    }
    let data = client.call(Method::POST, "/jobs", Some(&json!({ "action": action, "payload": payload }))).await?;
    let id = output::cell(&data, "job_id");
    if follow {
        return watch(context, client, &id).await;
    }
    if context.json {
        output::json(&data);
    } else {
        output::line(&id);
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(context: &Context, client: &Client, limit: u32, status: Option<&str>) -> anyhow::Result<ExitCode> {
    let only = status.map(|status| format!("&status={status}")).unwrap_or_default();
    let data = client.call(Method::GET, &format!("/jobs?limit={limit}{only}"), None).await?;
    if context.json {
        output::json(&data);
        return Ok(ExitCode::SUCCESS);
    }
    let jobs = data.get("jobs").and_then(Value::as_array).cloned().unwrap_or_default();
    let columns = ["job_id", "action", "status", "submitted_by", "created_at", "finished_at", "error"];
    let rows = jobs.iter().map(|job| columns.iter().map(|name| output::cell(job, name)).collect());
    output::table(&columns, rows.collect());
    Ok(ExitCode::SUCCESS)
}

async fn events(context: &Context, client: &Client, id: &str) -> anyhow::Result<ExitCode> {
    let data = client.call(Method::GET, &path_of(id, "/events")?, None).await?;
    if context.json {
        output::json(&data);
        return Ok(ExitCode::SUCCESS);
    }
    for event in data.get("events").and_then(Value::as_array).into_iter().flatten() {
        print_event(event);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_event(event: &Value) {
    output::line(&format!(
        "{} {:<7} {}",
        output::cell(event, "ts"),
        output::cell(event, "level"),
        output::cell(event, "message")
    ));
}

/// Prints events as they happen, then the result or the error. As JSON: one value a line, the job last.
pub(super) async fn watch(context: &Context, client: &Client, id: &str) -> anyhow::Result<ExitCode> {
    let job = follow(client, id, |event, data| {
        if context.json {
            output::line(&data.to_string());
        } else if event.name == "message" {
            print_event(data);
        }
    })
    .await?;
    let status = output::cell(&job, "status");
    if context.json {
        output::line(&job.to_string());
    } else if status == "success" {
        output::line(&format!("{:#}", job.get("result").cloned().unwrap_or(Value::Null)));
    } else {
        output::error(&format!("{status}: {}", output::cell(&job, "error")));
    }
    Ok(if status == "success" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
