//! The bare SSH transport in this process: connect, log in, one export of 40 kB, close.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use towerhand::clock::Clock;
use towerhand::model::{Failure, Ports, Secret, SshProfile};
use towerhand::transport::ssh::{self, Connection};
use towerhand::transport::{Cx, NoWitness, Pins, SnmpLogin, Target};

use crate::parts::{Fleet, cpu, percentile, pin_to};
use crate::{figure, say};

const DEVICES: usize = 1000;
const CONCURRENCY: usize = 100;

/// Accepts every identity: the benchmark's own fleet.
struct AnyPin;

#[async_trait]
impl Pins for AnyPin {
    async fn check(&self, _: &str, _: &str, _: &str, _: Option<&str>) -> Result<(), Failure> {
        Ok(())
    }
}

/// The frame of the benchmarks that drive a transport in this process.
pub fn cx() -> Cx {
    Cx {
        cancel: CancellationToken::new(),
        clock: Clock::system(),
        pins: Arc::new(AnyPin),
        witness: Arc::new(NoWitness),
    }
}

/// A simulated device as a target.
pub fn target(device: &serde_json::Value) -> anyhow::Result<Target> {
    let text = |name: &str| device.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let ports: Ports = serde_json::from_value(device.get("ports").cloned().unwrap_or_default())?;
    Ok(Target {
        name: text("name").to_owned(),
        address: text("address").parse()?,
        ports,
        username: Some("admin".to_owned()),
        password: Some(Secret::new("sim")),
        private_key: None,
        private_key_passphrase: None,
        snmp: Some(SnmpLogin::V2c { community: Secret::new("public") }),
        ssh_profile: SshProfile::Modern,
        host_key: None,
        tls_pin: None,
        hop: None,
    })
}

/// CPU a device. This process moves to the daemon's core for it.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("transport: {DEVICES} logins with an export of 40 kB each, {CONCURRENCY} at once"));
    let fleet = Fleet::start(DEVICES, "routeros", &json!({ "export_bytes": 40000 }))?;
    pin_to(1);
    // Once for the caches, then three times for the figure.
    round(&fleet).await?;
    let (mut costs, mut rates, mut failed) = (Vec::new(), Vec::new(), 0);
    for _ in 0..3 {
        let (cost, rate, lost) = round(&fleet).await?;
        costs.push(cost);
        rates.push(rate);
        failed += lost;
    }
    pin_to(0);
    let (cost, rate) = (percentile(&mut costs, 0.5), percentile(&mut rates, 0.5));
    figure("CPU a device", cost, "ms", "<= 1.0", cost <= 1.0);
    figure("devices a second", rate, "1/s", "", true);
    figure("failed", f64::from(failed), "", "0", failed == 0);
    Ok(())
}

/// CPU a device in ms, devices a second, failures.
async fn round(fleet: &Fleet) -> anyhow::Result<(f64, f64, u32)> {
    let limit = Arc::new(Semaphore::new(CONCURRENCY));
    let config = ssh::Config::default();
    let (start, before) = (Instant::now(), cpu(std::process::id()));
    let mut work = Vec::new();
    for device in &fleet.devices {
        let (target, config, limit) = (target(device)?, config.clone(), Arc::clone(&limit));
        work.push(tokio::spawn(async move {
            let _permit = limit.acquire().await?;
            let cx = cx();
            let mut connection = Connection::open(&cx, &target, &config, None).await?;
            let limits = config.limits();
            let output = connection.exec(&cx, "/export terse hide-sensitive", &limits).await?;
            connection.close().await;
            anyhow::ensure!(
                output.stdout.len() > 30_000 && output.exit_status == Some(0),
                "{}: incomplete",
                target.name
            );
            anyhow::Ok(())
        }));
    }
    let mut failed = 0_u32;
    for one in work {
        failed += u32::from(one.await?.is_err());
    }
    let seconds = start.elapsed().as_secs_f64();
    let per_device = (cpu(std::process::id()) - before) * 1000.0 / DEVICES as f64;
    Ok((per_device, DEVICES as f64 / seconds, failed))
}
