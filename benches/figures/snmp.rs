//! Walks of an agent with 1,000 rows, in this process.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::json;
use towerhand::transport::snmp::{Client, Config, Oid};

use crate::parts::{Fleet, cpu, pin_to};
use crate::transport::{cx, target};
use crate::{figure, say};

const ROWS: u32 = 1000;
const WALKS: usize = 200;

/// CPU a varbind. This process moves to the daemon's core for it.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("snmp: {WALKS} walks of {ROWS} rows, v2c"));
    let mut rows = String::new();
    for row in 1..=ROWS {
        writeln!(rows, "1.3.6.1.4.1.99999.1.1.{row}|66|{row}")?;
    }
    let fleet = Fleet::start(1, "snmp", &json!({ "rows": rows }))?;
    let device = fleet.devices.first().ok_or_else(|| anyhow::anyhow!("no agent"))?;
    pin_to(1);
    let (cx, target, root) = (cx(), target(device)?, Oid::parse("1.3.6.1.4.1.99999")?);
    let (start, before) = (Instant::now(), cpu(std::process::id()));
    let mut varbinds = 0;
    for _ in 0..WALKS {
        let mut client = Client::new(&target, &Config::default())?;
        varbinds += client.walk(&cx, &root).await?.len();
    }
    let per_varbind = (cpu(std::process::id()) - before) * 1e6 / varbinds as f64;
    let rate = varbinds as f64 / start.elapsed().as_secs_f64();
    pin_to(0);
    figure("CPU a varbind", per_varbind, "us", "<= 10", per_varbind <= 10.0);
    figure("varbinds a second", rate, "1/s", "", true);
    Ok(())
}
