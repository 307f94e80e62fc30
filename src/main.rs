//! `towerhand`: parse the command line, call one subcommand.

fn main() {}
