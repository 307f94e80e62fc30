//! The command line: one file per subcommand.

mod action;
mod check;
mod client;
mod device;
mod job;
mod key;
mod output;
mod secret;
mod serve;
mod sse;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Environment;

/// The hand of a wireless ISP's NOC at its towers.
#[derive(Debug, Parser)]
#[command(name = "towerhand", version, about, propagate_version = true)]
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
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            output::error(&format!("towerhand: {error:#}"));
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
            "device accept-key ssh://192.0.2.1:22",
            "serve --config towerhand.toml",
        ] {
            let words = std::iter::once("towerhand").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
    }
}
