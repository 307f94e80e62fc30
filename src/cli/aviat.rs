//! `towerhand aviat`: maintenance of radios, through a daemon.

use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::client::{Client, block_on};
use super::follow::follow;
use super::{Context, output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Radios under maintenance.
    Queue,
    /// Take radios into maintenance; waits until each is settled or parked, unless told not to.
    Run(Run),
    /// Activate loaded radios now.
    Activate {
        /// Addresses; none: all that are scheduled and due.
        ips: Vec<String>,
        /// Outside the window too; the key needs the scope aviat.force.
        #[arg(long)]
        force: bool,
        /// Print the task's id and go.
        #[arg(long)]
        detach: bool,
    },
    /// Stop before the next command with an effect.
    Abort {
        /// Id of the maintenance.
        #[arg(long, required_unless_present = "ips", conflicts_with = "ips")]
        task: Option<String>,
        /// Addresses.
        ips: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Addresses of radios.
    #[arg(required = true)]
    ips: Vec<String>,
    /// firmware, password, snmp, buffer, sop, activate, all; several with commas.
    #[arg(long, value_delimiter = ',', required = true)]
    tasks: Vec<String>,
    /// When a loaded image becomes active.
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// With --mode scheduled: not before this instant, such as 2026-07-02T02:00:00-05:00.
    #[arg(long)]
    at: Option<String>,
    /// Which image of the firmware list.
    #[arg(long, value_parser = ["final", "baseline"])]
    target: Option<String>,
    /// Print the task's id and go.
    #[arg(long)]
    detach: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    Scheduled,
    Immediate,
    Manual,
}

pub(super) fn run(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    let client = Client::new(context)?;
    block_on(async {
        match command {
            Command::Queue => queue(context, &client).await,
            Command::Run(run) => {
                let detach = run.detach;
                task(context, &client, "aviat.run", payload(run), detach).await
            }
            Command::Activate { ips, force, detach } => {
                let payload = json!({ "ips": ips, "force": force });
                task(context, &client, "aviat.activate_scheduled", payload, detach).await
            }
            Command::Abort { task, ips } => {
                let payload = match task {
                    Some(task) => json!({ "task_id": task }),
                    None => json!({ "ips": ips }),
                };
                let response = response(&client, "aviat.abort", payload).await?;
                let asked = response.get("ips").and_then(Value::as_array).map_or(0, Vec::len);
                output::done(context, &response, || format!("asked {asked} radios to stop"));
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}

fn payload(run: Run) -> Value {
    let mut params = Map::new();
    let mode = run.mode.map(|mode| match mode {
        Mode::Scheduled => "scheduled".to_owned(),
        Mode::Immediate => "immediate".to_owned(),
        Mode::Manual => "manual".to_owned(),
    });
    for (name, value) in [("activation_mode", mode), ("activation_at", run.at), ("firmware_target", run.target)] {
        if let Some(value) = value {
            params.insert(name.to_owned(), Value::from(value));
        }
    }
    json!({ "ips": run.ips, "tasks": run.tasks, "maintenance_params": params })
}

async fn submit(client: &Client, action: &str, payload: Value) -> anyhow::Result<String> {
    let body = json!({ "action": action, "payload": payload });
    let data = client.call(Method::POST, "/jobs", Some(&body)).await?;
    Ok(output::cell(&data, "job_id"))
}

/// The `response` of a job that ended well.
async fn response(client: &Client, action: &str, payload: Value) -> anyhow::Result<Value> {
    let id = submit(client, action, payload).await?;
    let job = follow(client, &id, |_, _| {}).await?;
    if output::cell(&job, "status") != "success" {
        bail!("{}", output::cell(&job, "error"));
    }
    Ok(job.pointer("/result/response").cloned().unwrap_or(Value::Null))
}

async fn queue(context: &Context, client: &Client) -> anyhow::Result<ExitCode> {
    let response = response(client, "aviat.queue.get", json!({})).await?;
    if context.json {
        output::json(&response);
        return Ok(ExitCode::SUCCESS);
    }
    let radios = response.get("radios").and_then(Value::as_array).cloned().unwrap_or_default();
    let columns =
        ["ip", "name", "status", "phase", "firmwareVersion", "targetVersion", "username", "updated_at", "error"];
    let rows = radios.iter().map(|radio| columns.iter().map(|name| output::cell(radio, name)).collect());
    output::table(&columns, rows.collect());
    Ok(ExitCode::SUCCESS)
}

/// A maintenance: its events as they happen, then what became of each radio. The exit status is 0 only for a success.
async fn task(
    context: &Context,
    client: &Client,
    action: &str,
    payload: Value,
    detach: bool,
) -> anyhow::Result<ExitCode> {
    let id = submit(client, action, payload).await?;
    if detach {
        output::done(context, &json!({ "task_id": id }), || id.clone());
        return Ok(ExitCode::SUCCESS);
    }
    let job = follow(client, &id, |event, data| {
        if context.json {
            output::line(&data.to_string());
        } else if event.name == "message" {
            let cell = |name| output::cell(data, name);
            output::line(&format!("{} {:<7} {}", cell("ts"), cell("level"), cell("message")));
        }
    })
    .await?;
    let status = output::cell(&job, "status");
    if context.json {
        output::line(&job.to_string());
    } else if status == "success" {
        let results = job.pointer("/result/response/results").and_then(Value::as_array).cloned().unwrap_or_default();
        let columns = ["ip", "name", "status", "firmware_version_before", "firmware_version_after", "error"];
        let rows = results.iter().map(|result| columns.iter().map(|name| output::cell(result, name)).collect());
        output::table(&columns, rows.collect());
    } else {
        output::error(&format!("{status}: {}", output::cell(&job, "error")));
    }
    Ok(if status == "success" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
