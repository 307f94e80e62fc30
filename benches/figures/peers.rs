//! The same work by the tools that people use for it, on the same simulated devices: OpenSSH's client for an export,
//! net-snmp's for a walk. Each starts a process for each device, which is how they are used, and counts here.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::parts::{Fleet, Scratch};
use crate::say;

const ROUTERS: usize = 50;
const ROWS: u32 = 1000;
const WALKS: u32 = 20;

/// CPU a device and a varbind.
pub fn run() -> anyhow::Result<()> {
    say("peers: the usual tools on the same devices");
    match has("ssh") && has("ssh-keygen") {
        true => openssh()?,
        false => say("  OpenSSH is not installed"),
    }
    match has("snmpbulkwalk") {
        true => net_snmp()?,
        false => say("  net-snmp's tools are not installed"),
    }
    Ok(())
}

fn has(tool: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().is_ok_and(|found| found.status.success())
}

fn openssh() -> anyhow::Result<()> {
    let scratch = Scratch::new("peers")?;
    let key = scratch.0.join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status()?;
    anyhow::ensure!(made.success(), "ssh-keygen failed");
    let public = std::fs::read_to_string(key.with_extension("pub"))?;
    let fleet = Fleet::start(ROUTERS, "routeros", &json!({ "export_bytes": 40000, "keys": [public.trim()] }))?;
    let mut script = String::new();
    for device in &fleet.devices {
        let (address, port) = (
            device.pointer("/address").and_then(Value::as_str).context("address")?,
            device.pointer("/ports/ssh").context("port")?,
        );
        writeln!(script, "{address} {port}")?;
    }
    std::fs::write(scratch.0.join("devices"), script)?;
    let options =
        "-F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
    let fetch = format!(
        "xargs -P 10 -L 1 sh -c 'ssh {options} -i {key} -p $1 admin@$0 \"/export terse hide-sensitive\"' < {devices} | wc -c",
        key = key.display(),
        devices = scratch.0.join("devices").display()
    );
    let (seconds, output) = timed(&fetch)?;
    let bytes: usize = output.trim().parse().with_context(|| output.clone())?;
    anyhow::ensure!(bytes > ROUTERS * 35_000, "only {bytes} bytes came");
    say(&format!("  {:<46} {:>10.2} ms of CPU a device", "ssh, key, 10 at once", seconds * 1000.0 / ROUTERS as f64));
    Ok(())
}

fn net_snmp() -> anyhow::Result<()> {
    let mut rows = String::new();
    for row in 1..=ROWS {
        writeln!(rows, "1.3.6.1.4.1.99999.1.1.{row}|66|{row}")?;
    }
    let fleet = Fleet::start(1, "snmp", &json!({ "rows": rows }))?;
    let device = fleet.devices.first().context("no agent")?;
    let (address, port) = (
        device.pointer("/address").and_then(Value::as_str).context("address")?,
        device.pointer("/ports/snmp").context("port")?,
    );
    let each = |what: &str| format!("for i in $(seq {WALKS}); do {what}; done | wc -l");
    let at = format!("-m '' -On -v2c -c public {address}:{port}");
    let (walks, output) = timed(&each(&format!("snmpbulkwalk -Cr25 {at} 1.3.6.1.4.1.99999")))?;
    let lines: u32 = output.trim().parse().with_context(|| output.clone())?;
    // It also says that the end was reached.
    anyhow::ensure!((WALKS * ROWS..=WALKS * (ROWS + 1)).contains(&lines), "{lines} lines came");
    let (starts, _) = timed(&each(&format!("snmpget {at} 1.3.6.1.4.1.99999.1.1.1")))?;
    let all = f64::from(WALKS * ROWS);
    say(&format!("  {:<46} {:>10.2} us of CPU a varbind", "snmpbulkwalk, with its start", walks * 1e6 / all));
    let bare = (walks - starts) * 1e6 / all;
    say(&format!("  {:<46} {bare:>10.2} us of CPU a varbind", "snmpbulkwalk, its start taken off"));
    Ok(())
}

/// CPU seconds of all children of a shell's line, and what it printed.
fn timed(line: &str) -> anyhow::Result<(f64, String)> {
    let script = format!("out=$({line}); echo \"$out\"; times");
    let run = Command::new("taskset").args(["-c", "1", "bash", "-c", &script]).output()?;
    anyhow::ensure!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout)?;
    // Last come two lines of times: the shell's own, its children's.
    let (output, times) = text.trim_end().rsplit_once('\n').context("no times")?;
    let (output, _) = output.rsplit_once('\n').context("no times")?;
    // `0m0.012s 0m0.004s`
    let seconds = times.split(' ').map(|time| {
        let (minutes, seconds) = time.trim_end_matches('s').split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    });
    let seconds: Option<f64> = seconds.sum();
    Ok((seconds.with_context(|| times.to_owned())?, output.to_owned()))
}
