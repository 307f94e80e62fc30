//! `towerhand`: parse the command line, call one subcommand.

use std::process::ExitCode;

use clap::Parser as _;
use towerhand::cli;

fn main() -> ExitCode {
    cli::run(cli::Cli::parse())
}
