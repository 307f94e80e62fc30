//! Programs under measurement, and what the system says of them.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

/// The daemon's key in every benchmark.
pub const KEY: &str = "bench-key";

/// The master key of every benchmark's vault, known so that the marks of redaction can be computed here too. It
/// guards nothing.
pub const VAULT_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Of every simulated radio.
pub const RADIO_PASSWORD: &str = "admin";

/// A program that ends with the value.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks for one core for this process; where `taskset` is not there, the figures say so by being worse.
pub fn pin_to(core: u8) {
    let pid = std::process::id().to_string();
    let _ = Command::new("taskset").args(["-a", "-c", "-p", &core.to_string(), &pid]).stdout(Stdio::null()).status();
}

fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/release").join(name);
    anyhow::ensure!(path.exists(), "{} is not built; run: make bench", path.display());
    Ok(path)
}

fn pinned(core: u8, name: &str) -> anyhow::Result<Command> {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program(name)?);
    Ok(command)
}

/// A scratch folder, deleted with the value.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> anyhow::Result<Self> {
        let path =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("target/bench-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A fleet of simulated devices on core 0.
pub struct Fleet {
    pub devices: Vec<Value>,
    pub control: String,
    pub inventory: String,
    _program: Running,
}

impl Fleet {
    pub fn start(count: usize, kind: &str, state: &Value) -> anyhow::Result<Self> {
        Self::run(&["--fleet", &count.to_string(), "--kind", kind, "--state", &state.to_string(), "--threads", "1"])
    }

    /// The devices of a lab file.
    pub fn of_lab(file: &Path) -> anyhow::Result<Self> {
        Self::run(&["--lab", file.to_str().context("the path is no text")?, "--threads", "1"])
    }

    fn run(arguments: &[&str]) -> anyhow::Result<Self> {
        let yaml = pinned(0, "towerhand-sim")?.args(arguments).arg("--print-inventory").output()?;
        anyhow::ensure!(yaml.status.success(), "{}", String::from_utf8_lossy(&yaml.stderr));
        let mut child = pinned(0, "towerhand-sim")?
            .args(arguments)
            .args(["--control", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let program = Running(child);
        let (mut devices, mut control) = (Vec::new(), None);
        for line in BufReader::new(stdout).lines() {
            let line: Value = serde_json::from_str(&line?)?;
            match line.get("control").and_then(Value::as_str) {
                Some(address) => {
                    control = Some(address.to_owned());
                    break;
                }
                None => devices.push(line),
            }
        }
        let control = control.context("the simulators ended before they were ready")?;
        Ok(Self { devices, control, inventory: String::from_utf8(yaml.stdout)?, _program: program })
    }

    /// Names in the order of the fleet.
    pub fn names(&self) -> Vec<String> {
        self.devices.iter().filter_map(|device| device.get("name")?.as_str().map(str::to_owned)).collect()
    }
}

/// The daemon on core 1.
pub struct Daemon {
    pub url: String,
    pub scratch: Scratch,
    program: Running,
}

impl Daemon {
    pub async fn start(name: &str, inventory: &str, workers: usize) -> anyhow::Result<Self> {
        Self::start_in(Scratch::new(name)?, inventory, workers, "").await
    }

    /// As [`Daemon::start`], and keeps no configs: what the archive adds is a figure of its own, `backup`.
    pub async fn start_without_archive(name: &str, inventory: &str, workers: usize) -> anyhow::Result<Self> {
        Self::start_in(Scratch::new(name)?, inventory, workers, "[archive]\nenabled = false\n").await
    }

    /// Over a folder that may hold a database already, with these settings (TOML).
    pub async fn start_in(scratch: Scratch, inventory: &str, workers: usize, settings: &str) -> anyhow::Result<Self> {
        let path = scratch.0.join("inventory.yaml");
        std::fs::write(&path, inventory)?;
        let config = scratch.0.join("towerhand.toml");
        std::fs::write(&config, settings)?;
        let listen = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = std::fs::File::create(scratch.0.join("daemon.log"))?;
        // Polls cost what they cost in a figure of their own.
        let polls = if settings.contains("[health") { None } else { Some(("TOWERHAND_HEALTH_ENABLED", "false")) };
        let child = pinned(1, "towerhand")?
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .current_dir(&scratch.0)
            .envs(polls)
            .env("TOWERHAND_LISTEN", listen.to_string())
            .env("TOWERHAND_STATE_DIR", scratch.0.join("state"))
            .env("TOWERHAND_INVENTORY", &path)
            .env("TOWERHAND_JOBS_WORKERS", workers.to_string())
            .env("TOWERHAND_LOG_LEVEL", "warn")
            .env("TOWERHAND_VAULT_KEY", VAULT_KEY)
            .env("RADIO_PASSWORD", RADIO_PASSWORD)
            .env("NOC_API_KEYS_JSON", json!({ KEY: { "scopes": ["admin"], "label": "bench" } }).to_string())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let daemon = Self { url: format!("http://{listen}"), scratch, program: Running(child) };
        let http = reqwest::Client::builder().build()?;
        for _ in 0..300 {
            if http.get(format!("{}/readyz", daemon.url)).send().await.is_ok_and(|reply| reply.status().is_success()) {
                return Ok(daemon);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("the daemon is not ready:\n{}", daemon.log())
    }

    /// What is in its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.scratch.0.join("daemon.log")).unwrap_or_default()
    }

    /// CPU seconds, user and system.
    pub fn cpu(&self) -> f64 {
        cpu(self.program.0.id())
    }

    /// Resident memory now and at its highest, MiB.
    pub fn memory(&self) -> (f64, f64) {
        memory(self.program.0.id())
    }
}

/// Resident memory of a process now and at its highest, MiB.
pub fn memory(pid: u32) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let read = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.trim_matches(|c: char| !c.is_ascii_digit()).parse::<f64>().ok()).unwrap_or(f64::NAN)
            / 1024.0
    };
    (read("VmRSS"), read("VmHWM"))
}

/// Seconds that the machine under a virtual one has kept from core 1, the daemon's, since the start: other guests' work.
pub fn stolen() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().find(|line| line.starts_with("cpu1 ")).unwrap_or_default();
    line.split_whitespace().nth(8).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0) / 100.0
}

/// CPU seconds of a process; the kernel counts in hundredths.
pub fn cpu(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

/// A client of the job API.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    metrics: String,
}

impl Api {
    pub fn new(daemon: &Daemon) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().pool_max_idle_per_host(256).build()?;
        Ok(Self { http, base: format!("{}/api/v2/omni", daemon.url), metrics: format!("{}/metrics", daemon.url) })
    }

    pub async fn submit(&self, key: &str, action: &str, payload: Value) -> anyhow::Result<String> {
        let request =
            self.http.post(format!("{}/jobs", self.base)).header("X-API-Key", KEY).header("Idempotency-Key", key);
        let reply: Value = request.json(&json!({ "action": action, "payload": payload })).send().await?.json().await?;
        let id = reply.pointer("/data/job_id").and_then(Value::as_str);
        id.map(str::to_owned).with_context(|| format!("refused: {reply}"))
    }

    pub async fn job(&self, id: &str) -> anyhow::Result<Value> {
        let mut reply: Value = self.get(&format!("/jobs/{id}")).await?.json().await?;
        Ok(reply.get_mut("data").map(Value::take).unwrap_or_default())
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        Ok(self.http.get(format!("{}{path}", self.base)).header("X-API-Key", KEY).send().await?)
    }

    pub async fn cancel(&self, id: &str) -> anyhow::Result<()> {
        let request = self.http.post(format!("{}/jobs/{id}/cancel", self.base)).header("X-API-Key", KEY);
        request.header("Idempotency-Key", format!("cancel-{id}")).send().await?.error_for_status()?;
        Ok(())
    }

    /// How many jobs have ended, by the daemon's own count: a look that costs it next to nothing.
    pub async fn ended_in_all(&self) -> anyhow::Result<f64> {
        self.counted("towerhand_jobs_total{").await
    }

    /// The sum of the metrics whose lines begin so.
    pub async fn counted(&self, begin: &str) -> anyhow::Result<f64> {
        let text =
            self.http.get(&self.metrics).header("X-API-Key", KEY).send().await?.error_for_status()?.text().await?;
        let counts = text.lines().filter(|line| line.starts_with(begin));
        Ok(counts.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }

    /// Waits for the end of a job: its stream ends with it.
    pub async fn ended(&self, id: &str) -> anyhow::Result<()> {
        self.get(&format!("/jobs/{id}/stream")).await?.bytes().await?;
        Ok(())
    }
}

/// The value below which `part` (0 to 1) of the sorted samples lie.
pub fn percentile(samples: &mut [f64], part: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let at = ((samples.len() as f64 - 1.0) * part).round() as usize;
    samples.get(at).copied().unwrap_or(f64::NAN)
}
