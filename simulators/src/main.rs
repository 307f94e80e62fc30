//! `towerhand-sim`: runs a lab of simulated devices.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use serde_json::{Map, Value, json};
use tokio::signal::unix::{SignalKind, signal};
use towerhand_simulators::fleet;
use towerhand_simulators::lab::LabSpec;
use towerhand_simulators::lab_run::{Lab, describe};
use towerhand_simulators::{control, kinds};

/// Simulated tower equipment on loopback. Prints one JSON line per device when it is ready, then runs until it is
/// interrupted.
#[derive(Debug, Parser)]
#[command(name = "towerhand-sim", version)]
struct Options {
    /// A lab file (TOML, a table `device` for each)
    #[arg(long, value_name = "FILE", conflicts_with = "fleet", required_unless_present = "fleet")]
    lab: Option<PathBuf>,
    /// So many devices alike, from 127.1.0.1 on
    #[arg(long, value_name = "N", requires = "kind")]
    fleet: Option<u32>,
    /// The fleet's kind
    #[arg(long, value_name = "KIND", value_parser = kinds::names(), requires = "fleet")]
    kind: Option<String>,
    /// The fleet's knobs
    #[arg(long, value_name = "JSON", value_parser = object, requires = "fleet")]
    state: Option<Map<String, Value>>,
    /// Serve the control interface here, e.g. 127.0.0.1:0
    #[arg(long, value_name = "ADDR")]
    control: Option<SocketAddr>,
    /// Write the inventory for the daemon (YAML) and end
    #[arg(long)]
    print_inventory: bool,
    /// Worker threads; as many as processors if absent
    #[arg(long, value_name = "N")]
    threads: Option<std::num::NonZeroUsize>,
}

fn object(text: &str) -> Result<Map<String, Value>, serde_json::Error> {
    serde_json::from_str(text)
}

fn main() -> ExitCode {
    match start(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told if this fails.
            let _ = writeln!(std::io::stderr().lock(), "towerhand-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(options: &Options) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let spec = match (&options.lab, options.fleet) {
        (Some(file), _) => LabSpec::read(file)?,
        (None, Some(count)) => {
            let kind = options.kind.as_deref().context("--fleet needs --kind")?;
            fleet::fleet(count, kind, &options.state.clone().unwrap_or_default())?
        }
        (None, None) => anyhow::bail!("--lab FILE or --fleet N --kind KIND is needed"),
    };
    if options.print_inventory {
        return say(spec.inventory_yaml()?.trim_end());
    }
    let mut builder = match options.threads.map(std::num::NonZeroUsize::get) {
        // One thread and no second one for the main task: nothing is handed over between them.
        Some(1) => tokio::runtime::Builder::new_current_thread(),
        Some(threads) => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
        None => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.enable_all().build()?.block_on(run(spec, options.control))
}

async fn run(spec: LabSpec, control: Option<SocketAddr>) -> anyhow::Result<()> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut ended = signal(SignalKind::terminate())?;
    let lab = Arc::new(Lab::start(spec).await?);
    for device in lab.devices() {
        let mut line = describe(device);
        if let Some(line) = line.as_object_mut() {
            line.insert("ready".to_owned(), Value::Bool(true));
        }
        say(&line.to_string())?;
    }
    let mut interface = None;
    if let Some(at) = control {
        let (address, running) =
            control::serve(Arc::clone(&lab), at).await.with_context(|| format!("control interface at {at}"))?;
        say(&json!({"control": address.to_string()}).to_string())?;
        interface = Some(running);
    }
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = ended.recv() => {}
    }
    if let Some(interface) = interface {
        interface.stop.cancel();
    }
    lab.stop().await;
    Ok(())
}

/// A line on standard output, written at once: whoever started the lab waits for it.
fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}
