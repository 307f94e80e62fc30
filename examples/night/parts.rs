//! Lab, daemon and client of the night, all in this process and on one clock.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use towerhand::app::App;
use towerhand::clock::{Chance, Clock, add};
use towerhand::config::{Config, Environment};
use towerhand::lifecycle::{Signal, Signals};
use towerhand::model::RadioRow;
use towerhand::store::Store;
use towerhand_simulators::lab_run::Lab;

use crate::radios::{self, Radio};

/// Where the radios are.
pub const ZONE: &str = "America/Chicago";

/// Radios that may be down at once.
pub const CAP: usize = 20;

const KEY: &str = "night-key";
const IMAGE: &str = "wtm4100-6.2.4.12.59373.swpack";

/// Everything.
pub struct Night {
    /// In the order of the lab.
    pub radios: Vec<Radio>,
    clock: Clock,
    lab: Lab,
    store: Arc<dyn Store>,
    signals: mpsc::Sender<Signal>,
    running: tokio::task::JoinHandle<towerhand::lifecycle::Ended>,
    http: reqwest::Client,
    url: String,
    /// What the daemon's clock showed beside the lab's: from a second of the lab on, so much more.
    offsets: Vec<(f64, f64)>,
    zone: TimeZone,
    _scratch: Scratch,
}

/// A folder that is deleted with the night.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Night {
    /// Starts lab and daemon at 15:00 of a summer's day in Texas.
    pub async fn start(rate: f64) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let lab = Lab::start(radios::lab()).await?;
        let radios = radios::of(lab.devices());
        let folder = std::env::temp_dir().join(format!("towerhand-night-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("images"))?;
        let scratch = Scratch(folder.clone());
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        std::fs::write(folder.join("inventory.yaml"), inventory(&radios)?)?;
        let image = "an image of 6.2.4 ".repeat(5000);
        std::fs::write(folder.join("images").join(IMAGE), &image)?;
        let settings = folder.join("towerhand.toml");
        std::fs::write(
            &settings,
            self::settings(&image, &folder.join("images").display().to_string(), &listen.to_string()),
        )?;
        let environment = Environment::of([
            ("NOC_API_KEYS_JSON", json!({ KEY: { "scopes": ["admin"], "label": "night" } }).to_string()),
            ("TOWERHAND_LISTEN", listen.to_string()),
            ("TOWERHAND_STATE_DIR", folder.join("state").display().to_string()),
            ("TOWERHAND_INVENTORY", folder.join("inventory.yaml").display().to_string()),
            // A poll every minute of this clock would be one every few milliseconds of the machine's.
            ("TOWERHAND_HEALTH_ENABLED", "false".to_owned()),
            ("RADIO_PASSWORD", "sim-radio-password".to_owned()),
            ("RADIO_FACTORY", "sim-factory-password".to_owned()),
        ]);
        let config = Config::load(Some(&settings), &environment).map_err(|wrong| {
            anyhow::anyhow!("{}", wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        let start: Timestamp = "2026-07-01T20:00:00Z".parse()?;
        let clock = Clock::shifted(start, rate);
        lab.clock().set_rate(rate);
        let app = App::build(config, &environment, clock.clone(), Chance::system()).await?;
        let store = Arc::clone(&app.store);
        let (signals, by_hand) = Signals::by_hand();
        let running = tokio::spawn(app.run(by_hand));
        let http = reqwest::Client::builder().no_proxy().build()?;
        let zone = TimeZone::get(ZONE)?;
        let url = format!("http://{listen}/api/v2/omni");
        let mut night = Self {
            radios,
            clock,
            lab,
            store,
            signals,
            running,
            http,
            url,
            offsets: Vec::new(),
            zone,
            _scratch: scratch,
        };
        night.note_offset();
        Ok(night)
    }

    fn note_offset(&mut self) {
        let at = self.lab.clock().seconds();
        let epoch = self.clock.now().as_duration().as_secs_f64() - at;
        self.offsets.push((at, epoch));
    }

    /// The daemon's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The same where the radios are.
    pub fn local(&self) -> Zoned {
        self.now().to_zoned(self.zone.clone())
    }

    /// What the daemon's clock showed, where the radios are, at this second of the lab.
    pub fn local_at(&self, at: f64) -> Zoned {
        let offset = self.offsets.iter().rev().find(|(from, _)| *from <= at).or_else(|| self.offsets.first());
        let seconds = at + offset.map_or(0.0, |(_, epoch)| *epoch);
        add(Timestamp::UNIX_EPOCH, Duration::from_secs_f64(seconds.max(0.0))).to_zoned(self.zone.clone())
    }

    /// Lets time pass at once.
    pub fn jump(&mut self, by: Duration) {
        self.lab.clock().advance(by.as_secs_f64());
        self.clock.advance(by);
        self.note_offset();
    }

    /// Waits, real time.
    pub async fn pause(&self, real: Duration) {
        tokio::time::sleep(real).await;
    }

    /// The daemon's rows.
    pub async fn rows(&self) -> anyhow::Result<Vec<RadioRow>> {
        Ok(self.store.radios().await?)
    }

    /// Submits a job; its id.
    pub async fn submit(&self, action: &str, payload: &Value) -> anyhow::Result<String> {
        let request = self.http.post(format!("{}/jobs", self.url)).header("X-API-Key", KEY);
        let request =
            request.header("Idempotency-Key", "the-night").json(&json!({ "action": action, "payload": payload }));
        let answer: Value = request.send().await?.json().await?;
        let id = answer.pointer("/data/job_id").and_then(Value::as_str);
        id.map(str::to_owned).with_context(|| format!("refused: {answer}"))
    }

    /// A job as it is.
    pub async fn job(&self, id: &str) -> anyhow::Result<Value> {
        let request = self.http.get(format!("{}/jobs/{id}", self.url)).header("X-API-Key", KEY);
        let mut answer: Value = request.send().await?.json().await?;
        answer.get_mut("data").map(Value::take).context("no data")
    }

    /// Ends daemon and lab.
    pub async fn end(self) {
        for _ in 0..2 {
            let _ = self.signals.send(Signal::Stop("the end of the night")).await;
        }
        let _ = self.running.await;
        self.lab.stop().await;
    }
}

/// Rows that somebody works on, for the story of a night that does not end.
pub fn unsettled(rows: &[RadioRow]) -> String {
    let busy = rows.iter().filter(|row| crate::is_busy(row.status));
    busy.map(|row| format!("  {} {:?} {}", row.address, row.status, row.body)).collect::<Vec<_>>().join("\n")
}

fn inventory(radios: &[Radio]) -> anyhow::Result<String> {
    let mut yaml = format!("sites:\n  - {{name: NIGHT, zone: {ZONE}}}\ndevices:\n");
    for radio in radios {
        let ports = radio.device.ports();
        let (ssh, snmp) = (ports.ssh.context("ssh")?, ports.snmp.context("snmp")?);
        write!(
            yaml,
            "  - name: {}\n    address: {}\n    type: AV4100\n    role: bh\n    site: NIGHT\n    ports: {{ssh: {ssh}, snmp: {snmp}, http: {}}}\n",
            radio.device.name,
            radio.device.address,
            ports.http.context("http")?
        )?;
        // The far end names the near one.
        if radio.is_far()
            && let Some(near) = radios.get(radio.partner())
        {
            writeln!(yaml, "    hop: {}", near.device.name)?;
        }
        yaml.push_str(
            "    credentials:\n      username: admin\n      password: env:RADIO_PASSWORD\n      \
             snmp: {version: \"2c\", community: {insecure_plain: public}}\n",
        );
    }
    Ok(yaml)
}

/// Leases count by the fast clock, so they are long; looks at a radio every three simulated minutes are some a second.
fn settings(image: &str, folder: &str, listen: &str) -> String {
    let hash: String = digest(&SHA256, image.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "stop_grace = '1s'\n\
         [log]\nlevel = 'error'\n\
         [jobs]\nlease = '12h'\nworkers = 64\n\
         [aviat]\nzone = '{ZONE}'\nmax_activations = {CAP}\npoll_interval = '3m'\n\
         password = 'env:RADIO_PASSWORD'\nfactory_password = 'env:RADIO_FACTORY'\n\
         image_url = 'http://{listen}'\nfirmware_dir = '{folder}'\n\
         [[aviat.firmware]]\ntarget = 'final'\nversion = '6.2.4'\nfile = '{IMAGE}'\nsha256 = '{hash}'\n\
         [[aviat.firmware]]\ntarget = 'baseline'\nversion = '2.11.11'\nuri = 'http://{listen}/none/wtm4100-2.11.11.18.6069.swpack'\n"
    )
}
