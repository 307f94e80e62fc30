//! `towerhand-sim`: runs a lab of simulated devices.

fn main() {}
