//! `make demo`: a simulated site and the daemon on loopback, real jobs through the OMNI API, a table of what they saw;
//! then the upgrade of the two radios of a hop, as its stream tells it.
//! Stays up until Ctrl-C; `--once` ends by itself, with exit status 0 or 1.

#[expect(clippy::disallowed_methods, reason = "the demo stands outside the daemon: real time, files of its own")]
mod parts;
mod report;
mod upgrade;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use parts::{Api, Daemon, Site};
use serde_json::{Value, json};

/// What is asked of each role.
fn actions(role: &str) -> Vec<String> {
    let mut actions = vec!["ido.ping".to_owned()];
    actions.extend(["device_info", "running_config"].map(|verb| format!("ido.{role}.{verb}")));
    actions
}

#[tokio::main]
async fn main() -> ExitCode {
    let once = std::env::args().any(|word| word == "--once");
    // Whatever ends it, its parts are dropped: they end the programs and delete the folder.
    let ended = tokio::select! {
        ended = demo(once) => ended,
        stopped = stopped() => stopped.map(|()| true),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("demo: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Ctrl-C, or the end that a service manager or `kill` asks for.
async fn stopped() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).context("Ctrl-C cannot be received")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be received")?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// A line on standard error, where the progress is too.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

async fn demo(once: bool) -> anyhow::Result<bool> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    say("starting a simulated site ...");
    let site = Site::start()?;
    let mut daemon = Daemon::start(&site).await?;
    let api = Api::new(&daemon)?;

    let mut jobs = Vec::new();
    for device in site.devices() {
        for action in actions(&device.role) {
            let id = api.submit(&action, &json!({ "device": device.name, "run_tests": true })).await?;
            jobs.push((device.name.clone(), action, id));
        }
    }
    let bar = ProgressBar::new(u64::try_from(jobs.len())?);
    bar.set_style(ProgressStyle::with_template("{spinner} {bar:30} {pos}/{len} {wide_msg}")?);
    bar.enable_steady_tick(Duration::from_millis(100));
    let mut done = Vec::new();
    for (device, action, id) in jobs {
        bar.set_message(format!("{device} {action}"));
        let job = api.wait(&id, Duration::from_secs(60)).await?;
        done.push((device, action, job));
        bar.inc(1);
    }
    bar.finish_and_clear();

    say(&report::table(site.devices(), &done));
    let failed: Vec<String> = done.iter().filter_map(|(device, action, job)| failure(device, action, job)).collect();
    for line in &failed {
        say(line);
    }
    say(&format!(
        "{} jobs, {} failed; a panel's page shows no configuration, so its \"-\" is the truth\n",
        done.len(),
        failed.len()
    ));
    let upgraded = upgrade::hop(&api, &site).await?;
    let good = failed.is_empty() && upgraded;
    if once {
        return Ok(good);
    }
    say(&report::addresses(&daemon, &site, &parts::program("towerhand")?));
    daemon.ended().await?;
    fail("the daemon has ended by itself".to_owned())
}

/// A sentence about a job that is not what the demo promises; none for a good one.
fn failure(device: &str, action: &str, job: &Value) -> Option<String> {
    let status = job.get("status").and_then(Value::as_str).unwrap_or_default();
    // The page of a panel shows no configuration: an honest error, and the only one that belongs here.
    let page = device == "panel-pine" && action == "ido.rpc.running_config";
    match (status, page) {
        ("success", false) => None,
        ("error", true) if report::error(job).starts_with("not_native:") => None,
        _ => Some(format!("{device} {action}: {status} {}", report::error(job))),
    }
}

/// Fails a step of the demo with a sentence.
fn fail<T>(sentence: String) -> anyhow::Result<T> {
    bail!(sentence)
}
