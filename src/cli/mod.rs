//! The command line: one file per subcommand.

mod action;
mod audit;
mod aviat;
mod check;
mod client;
mod colour;
mod config;
mod device;
mod follow;
mod job;
mod key;
mod output;
mod runtimes;
mod schedule;
mod secret;
mod serve;
mod sse;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Environment;

/// What the help says at its end.
const AFTER: &str = "\
Exit status: 0 done; 1 failed, with a sentence on standard error (a watched job that did not end as success, too); \
2 the command line is wrong; `serve` also 3 (stopped, work was cut off) and 70 (a fault of its own).

Settings come from the file, then from TOWERHAND_<KEY> variables. `job`, `aviat`, `schedule`, `window`, `config` and `device config|diff` talk to a running daemon at \
TOWERHAND_URL (http://127.0.0.1:8080) with TOWERHAND_API_KEY; all others work on the settings, the inventory and the \
database themselves.";

/// The hand of a wireless ISP's NOC at its towers.
#[derive(Debug, Parser)]
#[command(name = "towerhand", version, about, propagate_version = true, after_help = AFTER)]
pub struct Cli {
    /// Settings file; without it `towerhand.toml` here, if there is one.
    #[arg(long, global = true, env = "TOWERHAND_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Machine-readable output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the daemon.
    Serve,
    /// Check settings and inventory without starting: every mistake at once.
    Check,
    /// API keys.
    #[command(subcommand)]
    Key(key::Command),
    /// Secrets of the vault.
    #[command(subcommand)]
    Secret(secret::Command),
    /// Actions that jobs can carry out.
    #[command(subcommand)]
    Action(action::Command),
    /// Jobs of a running daemon (TOWERHAND_URL, TOWERHAND_API_KEY).
    #[command(subcommand)]
    Job(job::Command),
    /// Devices of the inventory.
    #[command(subcommand)]
    Device(device::Command),
    /// Archived running configs, through a running daemon (TOWERHAND_URL, TOWERHAND_API_KEY).
    #[command(subcommand)]
    Config(config::Command),
    /// Who did what, newest first: the audit log, read from the database beside a running daemon, or without one.
    Audit(audit::Arguments),
    /// Recurring work, through a running daemon (TOWERHAND_URL, TOWERHAND_API_KEY).
    #[command(subcommand)]
    Schedule(schedule::Command),
    /// Maintenance of Aviat radios, through a running daemon (TOWERHAND_URL, TOWERHAND_API_KEY).
    #[command(subcommand)]
    Aviat(aviat::Command),
    /// Maintenance windows and black-outs, through a running daemon (TOWERHAND_URL, TOWERHAND_API_KEY).
    #[command(subcommand)]
    Window(window::Command),
}

/// What every subcommand gets.
pub(crate) struct Context {
    /// The settings file that was named, or the default one if it is there.
    pub config: Option<PathBuf>,
    /// The environment, captured once.
    pub environment: Environment,
    /// Machine-readable output.
    pub json: bool,
}

/// Runs one subcommand; errors are printed here, once, with their causes.
pub fn run(cli: Cli) -> ExitCode {
    let default = PathBuf::from("towerhand.toml");
    let config = cli.config.or_else(|| default.exists().then_some(default));
    let context = Context { config, environment: Environment::capture(), json: cli.json };
    let done = match cli.command {
        Command::Serve => serve::run(&context),
        Command::Check => check::run(&context),
        Command::Key(command) => key::run(&context, command),
        Command::Secret(command) => secret::run(&context, command),
        Command::Action(command) => action::run(&context, command),
        Command::Job(command) => job::run(&context, command),
        Command::Device(command) => device::run(&context, command),
        Command::Config(command) => config::run(&context, command),
        Command::Audit(arguments) => audit::run(&context, arguments),
        Command::Schedule(command) => schedule::run(&context, command),
        Command::Aviat(command) => aviat::run(&context, command),
        Command::Window(command) => window::run(&context, command),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            if context.json {
                output::error(&serde_json::json!({ "error": format!("{error:#}") }).to_string());
            } else {
                output::error(&format!("towerhand: {error:#}"));
            }
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_documented_command_is_there() {
        for line in [
            "serve",
            "check",
            "key list",
            "key revoke x",
            "key create --label omni --scope job.submit --scope job.read",
            "secret list",
            "secret set x",
            "secret rotate-key",
            "action list",
            "job submit health.get",
            "job submit ido.ping --payload {} --watch",
            "job list",
            "job show x",
            "job events x",
            "job cancel x",
            "job watch x --json",
            "device list",
            "device show x",
            "device config x",
            "device config x --archived latest",
            "device config x --archived 3 --json",
            "device diff x",
            "device diff x --from 1 --to 2",
            "device diff x --to standard",
            "device diff x --other y",
            "config list",
            "config list x",
            "config search 192.0.2.1",
            "config search ^set --regex --json",
            "config drift x",
            "config rebuild",
            "audit",
            "audit --subject 192.0.2.1 --what job. --limit 20 --json",
            "device accept-key ssh://192.0.2.1:22",
            "serve --config towerhand.toml",
            "aviat queue --json",
            "aviat run 192.0.2.10 192.0.2.11 --tasks firmware,snmp --mode scheduled --at 2026-07-02T02:00:00-05:00 --detach",
            "aviat run 192.0.2.10 --tasks all --mode immediate --target baseline",
            "aviat activate",
            "aviat activate 192.0.2.10 --force",
            "aviat abort --task 089d0977-cec4-4cd8-9961-5c2dc9bbb34f",
            "aviat abort 192.0.2.10",
            "schedule list --json",
            "schedule show nightly-backup",
            "schedule add ping-core --action ido.ping --payload {} --every 5m --jitter 30s --misfire skip",
            "schedule add once --action health.get --at 2026-07-02T02:00 --zone America/Chicago --scope aviat.force",
            "schedule remove ping-core",
            "schedule run nightly-backup --watch",
            "schedule pause nightly-backup",
            "schedule resume nightly-backup",
            "schedule history nightly-backup --limit 10",
            "window list --json",
            "window waiting",
            "window add alto-tuesday --site ALTO --days tue,thu --time 02:00-05:00 --zone America/Chicago",
            "window add freeze --blackout --from 2026-12-24T00:00:00-06:00 --until 2027-01-02T00:00:00-06:00",
            "window remove freeze",
        ] {
            let words = std::iter::once("towerhand").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
    }
}
