//! The figures of the project: `make bench`. The daemon runs on one core, simulators and client on the other; every
//! figure stands beside its bound and beside what the machine itself can do. A figure never decides a test.
//!
//! `cargo bench --bench figures -- fetch` runs one of: machine, fetch, transport, overhead, submit, snmp, cancel, idle, peers,
//! aviat, waiting, backup, archive, health, polls.

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod archive;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod aviat;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod backup;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod cancel;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod fetch;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod health;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod idle;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod machine;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod overhead;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod parts;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod peers;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod polls;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod snmp;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod submit;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod transport;
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time and spawns its own clients")]
mod waiting;

use std::io::Write as _;

/// A line of the report.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A figure beside its bound.
fn figure(name: &str, value: f64, unit: &str, bound: &str, held: bool) {
    let mark = if held { "held" } else { "MISSED" };
    say(&format!("  {name:<46} {value:>10.2} {unit:<8} bound {bound:<14} {mark}"));
}

fn main() -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    parts::pin_to(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if runs("machine") {
            machine::run()?;
        }
        if runs("fetch") {
            fetch::run().await?;
        }
        if runs("transport") {
            transport::run().await?;
        }
        if runs("overhead") {
            overhead::run().await?;
        }
        if runs("submit") {
            submit::run().await?;
        }
        if runs("snmp") {
            snmp::run().await?;
        }
        if runs("cancel") {
            cancel::run().await?;
        }
        if runs("idle") {
            idle::run().await?;
        }
        if runs("aviat") {
            aviat::run().await?;
        }
        if runs("waiting") {
            waiting::run().await?;
        }
        if runs("backup") {
            backup::run().await?;
        }
        if runs("archive") {
            archive::run().await?;
        }
        if runs("health") {
            health::run().await?;
        }
        if runs("polls") {
            polls::run().await?;
        }
        if runs("peers") {
            peers::run()?;
        }
        Ok(())
    })
}
