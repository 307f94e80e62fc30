//! `towerhand job`: act from a shell, as an API client.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Client, block_on};
use super::sse::Reader;
use super::{Context, output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Submit a job.
    Submit {
        /// Action id, see `towerhand action list`.
        action: String,
        /// Payload: JSON, or @file.
        #[arg(long, default_value = "{}")]
        payload: String,
        /// Follow it to its end; the exit status is 0 only for a success.
        #[arg(long)]
        watch: bool,
    },
    /// The newest jobs.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
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
            Command::List { limit } => list(context, &client, limit).await,
            Command::Show { id } => {
                output::json(&client.call(Method::GET, &format!("/jobs/{id}"), None).await?);
                Ok(ExitCode::SUCCESS)
            }
            Command::Events { id } => events(context, &client, &id).await,
            Command::Cancel { id } => {
                let data = client.call(Method::POST, &format!("/jobs/{id}/cancel"), Some(&json!({}))).await?;
                if context.json {
                    output::json(&data);
                } else {
                    output::line(&format!("{id}: {}, cancel requested", output::cell(&data, "status")));
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

async fn list(context: &Context, client: &Client, limit: u32) -> anyhow::Result<ExitCode> {
    let data = client.call(Method::GET, &format!("/jobs?limit={limit}"), None).await?;
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
    let data = client.call(Method::GET, &format!("/jobs/{id}/events"), None).await?;
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

/// Prints events as they happen, then the result or the error.
async fn watch(context: &Context, client: &Client, id: &str) -> anyhow::Result<ExitCode> {
    let mut reply =
        client.request(Method::GET, &format!("/jobs/{id}/stream")).send().await.context("no answer from the daemon")?;
    if !reply.status().is_success() {
        bail!("job {id}: {}", reply.status());
    }
    let mut reader = Reader::default();
    while let Some(part) = reply.chunk().await.context("the stream broke off; ask again with `towerhand job watch`")? {
        for event in reader.feed(&part) {
            let Ok(data) = serde_json::from_str::<Value>(&event.data) else { continue };
            if context.json {
                output::line(&data.to_string());
            } else if data.get("message").is_some() {
                print_event(&data);
            }
        }
    }
    let job = client.call(Method::GET, &format!("/jobs/{id}"), None).await?;
    let status = output::cell(&job, "status");
    if context.json {
        output::json(&job);
    } else if status == "success" {
        output::line(&format!("{:#}", job.get("result").cloned().unwrap_or(Value::Null)));
    } else {
        output::error(&format!("{status}: {}", output::cell(&job, "error")));
    }
    Ok(if status == "success" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
