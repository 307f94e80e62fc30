//! The demo's parts, all real: the simulators' program, the daemon's program, an API client.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fail;

/// A directory that is deleted with the demo.
pub struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A program that ends with the demo.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A device as the simulators announce it.
#[derive(Debug, Clone, Deserialize)]
pub struct Device {
    pub name: String,
    pub address: String,
    #[serde(default)]
    pub role: String,
}

/// The simulated site.
pub struct Site {
    devices: Vec<Device>,
    pub control: String,
    pub inventory: PathBuf,
    scratch: Scratch,
    _program: Running,
}

/// A program beside this one in the target folder.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe().context("this program does not know where it is")?;
    let folder = me.parent().and_then(Path::parent).context("no target folder")?;
    let path = folder.join(name);
    if path.exists() {
        Ok(path)
    } else {
        fail(format!("{} is not built; run: cargo build --workspace --bins", path.display()))
    }
}

impl Site {
    pub fn start() -> anyhow::Result<Self> {
        let sim = program("towerhand-sim")?;
        let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulators/labs/site.toml");
        let folder = std::env::temp_dir().join(format!("towerhand-demo-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let scratch = Scratch(folder);
        let yaml =
            Command::new(&sim).arg("--lab").arg(&lab).arg("--print-inventory").output().context("towerhand-sim")?;
        if !yaml.status.success() {
            return fail(format!("towerhand-sim: {}", String::from_utf8_lossy(&yaml.stderr)));
        }
        let inventory = scratch.0.join("inventory.yaml");
        std::fs::write(&inventory, with_hop(&String::from_utf8_lossy(&yaml.stdout)))
            .context("the inventory cannot be written")?;
        let mut child = Command::new(&sim)
            .arg("--lab")
            .arg(&lab)
            .args(["--control", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .context("towerhand-sim does not start")?;
        let stdout = child.stdout.take().context("towerhand-sim has no output")?;
        let program = Running(child);
        let roles = roles(&String::from_utf8_lossy(&yaml.stdout));
        let mut devices: Vec<Device> = Vec::new();
        let mut control = None;
        for line in BufReader::new(stdout).lines() {
            let line: Value = serde_json::from_str(&line?).context("towerhand-sim said something else than JSON")?;
            if let Some(address) = line.get("control").and_then(Value::as_str) {
                control = Some(address.to_owned());
                break;
            }
            let mut device: Device = serde_json::from_value(line)?;
            device.role =
                roles.iter().find(|(name, _)| *name == device.name).map(|(_, role)| role.clone()).unwrap_or_default();
            devices.push(device);
        }
        let control =
            control.context("the simulated site did not start (see above); is another demo running? One at a time")?;
        Ok(Self { devices, control, inventory, scratch, _program: program })
    }

    pub fn devices(&self) -> &[Device] {
        &self.devices
    }
}

/// The near end of the site's hop, and the far end, which is upgraded first.
pub const HOP: [&str; 2] = ["BH-AV4100-11-KETTLE.PINE", "BH-AV4100-11-PINE.KETTLE"];

/// The inventory with the hop written in: the far end names the near one. Which radios form a hop no radio tells.
fn with_hop(yaml: &str) -> String {
    let [near, far] = HOP;
    let name = format!("  - name: \"{far}\"\n");
    yaml.replace(&name, &format!("{name}    hop: {near}\n"))
}

/// Names and roles of the printed inventory: the demo reads its two keys, the daemon reads it whole.
fn roles(yaml: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut name = None;
    for line in yaml.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("- name:") {
            name = Some(text.trim().trim_matches('"').to_owned());
        } else if let (Some(role), Some(device)) = (line.strip_prefix("role:"), name.clone()) {
            found.push((device, role.trim().trim_matches('"').to_owned()));
        }
    }
    found
}

/// Settings of the maintenance. The radios' time runs fast in the demo, so they are looked at every second.
fn settings(folder: &Path) -> anyhow::Result<String> {
    use ring::digest::{SHA256, digest};
    const IMAGE: &str = "wtm4100-6.2.4.12.59373.swpack";
    let images = folder.join("images");
    std::fs::create_dir_all(&images)?;
    let image = "an image of 6.2.4 ".repeat(5000);
    std::fs::write(images.join(IMAGE), &image)?;
    let hash: String = digest(&SHA256, image.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!(
        "[aviat]\npassword = 'env:RADIO_PASSWORD'\nfactory_password = 'env:RADIO_PASSWORD'\n\
         poll_interval = '1s'\nreboot_first_look = '1s'\nfirmware_dir = '{}'\n\
         [[aviat.firmware]]\ntarget = 'final'\nversion = '6.2.4'\nfile = '{IMAGE}'\nsha256 = '{hash}'\n\
         [[aviat.firmware]]\ntarget = 'baseline'\nversion = '2.11.11'\n\
         uri = 'http://127.0.0.1:9/wtm4100-2.11.11.18.6069.swpack'\n",
        images.display()
    ))
}

/// The daemon.
pub struct Daemon {
    pub url: String,
    pub key: String,
    /// What it has to tell.
    pub log: PathBuf,
    program: Running,
}

impl Daemon {
    pub async fn start(site: &Site) -> anyhow::Result<Self> {
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let key = "demo-key".to_owned();
        std::fs::write(site.scratch.0.join("towerhand.toml"), settings(&site.scratch.0)?)?;
        let path = site.scratch.0.join("daemon.log");
        let log = std::fs::File::create(&path).context("no log file")?;
        let child = Command::new(program("towerhand")?)
            .args(["serve", "--config", "towerhand.toml"])
            .current_dir(&site.scratch.0)
            .env("TOWERHAND_LISTEN", listen.to_string())
            .env("TOWERHAND_STATE_DIR", site.scratch.0.join("state"))
            .env("TOWERHAND_INVENTORY", &site.inventory)
            .env("RADIO_PASSWORD", "admin")
            .env("NOC_API_KEYS_JSON", json!({ &key: { "scopes": ["admin"], "label": "demo" } }).to_string())
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log))
            .spawn()
            .context("towerhand does not start")?;
        let mut daemon = Self { url: format!("http://{listen}"), key, log: path, program: Running(child) };
        let http = reqwest::Client::builder().no_proxy().build()?;
        for _ in 0..200 {
            if http.get(format!("{}/readyz", daemon.url)).send().await.is_ok_and(|reply| reply.status().is_success()) {
                return Ok(daemon);
            }
            if daemon.program.0.try_wait()?.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let log = std::fs::read_to_string(&daemon.log).unwrap_or_default();
        fail(format!("the daemon is not ready:\n{log}"))
    }

    /// Waits until the program has ended.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        while self.program.0.try_wait()?.is_none() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }
}

/// An OMNI client.
pub struct Api {
    http: reqwest::Client,
    base: String,
    key: String,
    next: std::sync::atomic::AtomicU64,
}

impl Api {
    pub fn new(daemon: &Daemon) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("{}/api/v2/omni", daemon.url);
        Ok(Self { http, base, key: daemon.key.clone(), next: std::sync::atomic::AtomicU64::new(0) })
    }

    pub async fn submit(&self, action: &str, payload: &Value) -> anyhow::Result<String> {
        let number = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let reply = self
            .http
            .post(format!("{}/jobs", self.base))
            .header("X-API-Key", &self.key)
            .header("Idempotency-Key", format!("demo-{number}"))
            .json(&json!({ "action": action, "payload": payload }))
            .send()
            .await?;
        let answer: Value = reply.json().await?;
        let id = answer.pointer("/data/job_id").and_then(Value::as_str);
        id.map(str::to_owned).with_context(|| format!("{action} was refused: {answer}"))
    }

    /// A live stream, from now on.
    pub async fn stream(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        let request = self.http.get(format!("{}{path}", self.base)).header("X-API-Key", &self.key);
        Ok(request.header("Accept", "text/event-stream").send().await?.error_for_status()?)
    }

    /// Asks the simulators' control interface.
    pub async fn lab(&self, site: &Site, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let url = format!("http://{}{path}", site.control);
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// The job when it has ended. Its stream ends with it, so nothing is polled.
    pub async fn wait(&self, id: &str, patience: Duration) -> anyhow::Result<Value> {
        let stream = self.http.get(format!("{}/jobs/{id}/stream", self.base)).header("X-API-Key", &self.key).send();
        let ended = async { anyhow::Ok(stream.await?.bytes().await?) };
        tokio::time::timeout(patience, ended).await.with_context(|| format!("job {id} did not end in time"))??;
        let reply = self.http.get(format!("{}/jobs/{id}", self.base)).header("X-API-Key", &self.key).send().await?;
        let mut answer: Value = reply.json().await?;
        Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
    }
}
