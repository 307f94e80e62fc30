//! `towerhand`: parse the command line, call one subcommand.

use std::process::ExitCode;

use clap::Parser as _;
use towerhand::cli;

/// A tenth of a job's CPU was the C library's allocator (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(cli::Cli::parse())
}
