//! The radios of a run, the daemon that looks after them, and what was asked of it so far.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use towerhand::clock::{Clock, add};
use towerhand_simulators::aviat::witness::{self, Before, History};
use towerhand_simulators::core::{Device, Fault};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use super::daemon::{Daemon, Home};

/// Radios of a run: six hops and eight alone.
pub const RADIOS: usize = 20;
const HOPS: usize = 6;

/// Radios that may be down at once.
pub const CAP: usize = 3;

/// What no row, event or job may hold.
pub const SECRETS: [&str; 3] = ["Own-pass-7Q", "Fact-pass-2Z", "Comm-string-9K"];

/// Images of the firmware list: target, release, file.
const IMAGES: [(&str, &str, &str); 2] =
    [("baseline", "2.11.11", "wtm4100-2.11.11.18.6069.swpack"), ("final", "6.2.4", "wtm4100-6.2.4.12.59373.swpack")];

/// Somebody asked for maintenance of a radio.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Lab's seconds.
    pub at: f64,
    /// Releases that may be loaded or activated for it.
    pub releases: BTreeSet<&'static str>,
    /// `scheduled`, `immediate`, `manual`.
    pub mode: &'static str,
}

/// A radio and what was asked of it.
pub struct Radio {
    pub device: Arc<Device>,
    pub address: IpAddr,
    /// The other end of its hop.
    pub partner: Option<usize>,
    /// What it was at the beginning.
    pub before: Before,
    pub reboot_seconds: f64,
    /// Requests that may load or activate something, oldest first.
    pub asks: Vec<Ask>,
    /// When a person said to activate it, and whether by force. Lab's seconds.
    pub told: Vec<(f64, bool)>,
    /// When a person asked to schedule what is loaded, and the job that was to do it.
    pub synced: Vec<(f64, String)>,
    /// Journal entries looked at so far, and sessions open after them.
    pub seen: usize,
    pub open: i64,
}

impl Radio {
    /// What it was made to do.
    pub fn history(&self) -> History {
        witness::history(&self.device.journal(), &self.before)
    }
}

/// A jump, or the start: from this second of the lab on, the daemon's clock shows so much more.
#[derive(Debug, Clone, Copy)]
pub struct Offset {
    pub from: f64,
    pub epoch: f64,
}

/// Everything of a run.
pub struct World {
    pub chance: fastrand::Rng,
    pub lab: Lab,
    pub radios: Vec<Radio>,
    pub home: Home,
    /// None only while it is being killed.
    pub daemon: Option<Daemon>,
    /// Client's jobs: action, id.
    pub jobs: Vec<(&'static str, String)>,
    pub offsets: Vec<Offset>,
    /// Seconds of the lab at which its clock jumped.
    pub jumps: Vec<f64>,
    /// What was done.
    pub log: Vec<String>,
}

impl World {
    /// A lab and a daemon that knows it, an hour of an ordinary afternoon in Texas.
    pub async fn start(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let specs: Vec<DeviceSpec> = (0..RADIOS).map(|number| spec(number, &mut chance)).collect();
        let lab = Lab::start(LabSpec::of(specs)).await.unwrap();
        let radios: Vec<Radio> =
            lab.devices().iter().enumerate().map(|(number, device)| radio(number, device)).collect();
        let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let start: Timestamp = "2026-07-01T20:00:00Z".parse().unwrap();
        let clock = Clock::shifted(start, 1.0);
        let named = ["RADIO_PASSWORD", "RADIO_FACTORY", "RADIO_COMMUNITY"];
        let variables = named.iter().zip(SECRETS).map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect();
        let home = Home { folder: tempfile::tempdir().unwrap(), variables, listen, clock };
        write_files(home.folder.path(), &home, &radios);
        let daemon = Daemon::start(&home).await;
        let mut world = Self {
            chance,
            lab,
            radios,
            home,
            daemon: Some(daemon),
            jobs: Vec::new(),
            offsets: Vec::new(),
            jumps: Vec::new(),
            log: Vec::new(),
        };
        world.note_offset();
        for radio in &world.radios {
            let knobs = radio.device.state();
            let shown: Vec<String> =
                TOLD.iter().filter_map(|name| knobs.get(*name).map(|value| format!("{name}={value}"))).collect();
            world.log.push(format!(
                "{} {} partner {:?} {}",
                radio.device.name,
                radio.address,
                radio.partner,
                shown.join(" ")
            ));
        }
        world
    }

    pub fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().unwrap()
    }

    /// The lab's seconds.
    pub fn seconds(&self) -> f64 {
        self.lab.clock().seconds()
    }

    /// Writes down what is done.
    pub fn say(&mut self, what: &str) {
        let line = format!("[{:.0} s, {}] {what}", self.seconds(), self.home.clock.now());
        self.log.push(line);
    }

    fn note_offset(&mut self) {
        let from = self.seconds();
        let epoch = self.home.clock.now().as_duration().as_secs_f64() - from;
        self.offsets.push(Offset { from, epoch });
    }

    /// Lets time pass at once, for the radios and for the daemon.
    pub fn pass(&mut self, seconds: f64) {
        self.jumps.push(self.seconds());
        // The radios first: what the daemon is woken for is there.
        self.lab.clock().advance(seconds);
        self.home.clock.advance(std::time::Duration::from_secs_f64(seconds));
        self.note_offset();
    }

    /// Moves the daemon's clock alone, as a correction does.
    pub fn correct(&mut self, seconds: i64) {
        self.jumps.push(self.seconds());
        self.home.clock.jump(jiff::SignedDuration::from_secs(seconds));
        self.note_offset();
    }

    /// What the daemon's clock showed at this second of the lab.
    pub fn instant(&self, at: f64) -> Timestamp {
        let offset = self.offsets.iter().rev().find(|offset| offset.from <= at).or_else(|| self.offsets.first());
        let seconds = at + offset.map_or(0.0, |offset| offset.epoch);
        add(Timestamp::UNIX_EPOCH, std::time::Duration::from_secs_f64(seconds.max(0.0)))
    }

    /// Sessions that are open at the radios.
    pub fn sessions(&mut self) -> i64 {
        for radio in &mut self.radios {
            let new = radio.device.journal_after(radio.seen);
            radio.seen += new.len();
            for entry in new.iter().filter(|entry| entry.channel == "tcp") {
                match entry.input.as_str() {
                    "open" => radio.open += 1,
                    "close" => radio.open -= 1,
                    _ => {}
                }
            }
        }
        self.radios.iter().map(|radio| radio.open).sum()
    }

    /// Radios, drawn.
    pub fn some_radios(&mut self, most: usize) -> Vec<usize> {
        let count = self.chance.usize(1..=most);
        let mut all: Vec<usize> = (0..self.radios.len()).collect();
        self.chance.shuffle(&mut all);
        all.truncate(count);
        all
    }

    /// Their addresses.
    pub fn addresses(&self, radios: &[usize]) -> Vec<String> {
        radios.iter().map(|number| self.radios[*number].address.to_string()).collect()
    }

    /// Every radio as it is, for the story of a failure.
    pub fn radios_now(&self) -> String {
        let mut out = "radios at the end:\n".to_owned();
        for radio in &self.radios {
            let knobs = radio.device.state();
            let get = |name: &str| knobs.get(name).cloned().unwrap_or_default();
            let _ = writeln!(
                out,
                "  {} {}: active {}, inactive {}, {}",
                radio.device.name,
                radio.address,
                get("active"),
                get("inactive"),
                get("software_state")
            );
        }
        out
    }

    /// How much happened: a run in which nothing did proves nothing.
    pub fn summary(&self) -> String {
        let (mut loads, mut activations, mut boots, mut upgraded) = (0, 0, 0, 0);
        for radio in &self.radios {
            let history = radio.history();
            loads += history.loads.len();
            activations += history.activates.len();
            boots += history.boots.len();
            upgraded += usize::from(radio.device.text("active", "") != radio.before.active);
        }
        format!(
            "{} jobs, {loads} loads, {activations} activations, {boots} boots, {upgraded} other versions, {} steps of time",
            self.jobs.len(),
            self.jumps.len()
        )
    }

    /// The commands with an effect that a radio got, for the story of a failure.
    pub fn effects(&self, radio: usize) -> String {
        const EFFECTS: [&str; 6] = ["software ", "restart", "change-password", "commit", "do software", "user "];
        let entries = self.radios[radio].device.journal();
        let shown = entries.iter().filter(|entry| match entry.channel.as_str() {
            "boot" | "fetch" | "overlap" => true,
            "shell" => EFFECTS
                .iter()
                .any(|effect| entry.input.contains(&format!(": {effect}")) && !entry.input.contains("show ")),
            _ => false,
        });
        let lines: Vec<String> = shown
            .map(|entry| {
                format!("    [{:.1} s, {}] {} {}", entry.at, self.instant(entry.at), entry.channel, entry.input)
            })
            .collect();
        lines.join("\n")
    }

    /// Ends daemon and lab.
    pub async fn end(mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.kill().await;
        }
        self.lab.stop().await;
    }

    /// Switches a fault on.
    pub fn fault(&mut self, radio: usize, fault: Fault) {
        self.radios[radio].device.add_fault(fault);
    }
}

/// Knobs that the story of a failure begins with.
const TOLD: [&str; 18] = [
    "active",
    "inactive",
    "software_state",
    "load_seconds",
    "reboot_seconds",
    "load_result",
    "rolls_back",
    "activation_needs_restart",
    "stp",
    "mask",
    "uptime_days",
    "licences",
    "snmp_mode",
    "pager",
    "web",
    "cli_uptime",
    "software_mode",
    "restart",
];

fn address(number: usize) -> IpAddr {
    Ipv4Addr::new(127, 9, 40, u8::try_from(number).unwrap() + 1).into()
}

/// A radio of a random kind.
fn spec(number: usize, chance: &mut fastrand::Rng) -> DeviceSpec {
    let mut knobs = Map::new();
    let mut set = |name: &str, value: Value| {
        knobs.insert(name.to_owned(), value);
    };
    let six = ("6.1.0.11.52799", "2.11.11.18.6069");
    let (active, inactive) = match chance.usize(0..12) {
        0..6 => ("2.11.11.18.6069", "2.10.3.7.5120"),
        6..9 => six,
        9..11 => ("2.10.3.7.5120", "2.7.0.11.4349"),
        _ => ("6.2.4.12.59373", "6.1.0.11.52799"),
    };
    set("active", active.into());
    set("inactive", inactive.into());
    set("load_seconds", chance.u32(120..900).into());
    set("reboot_seconds", chance.u32(60..300).into());
    set("boot_settle_seconds", chance.u32(10..60).into());
    set("commit_seconds", chance.u32(5..30).into());
    set("uptime_days", chance.u32(1..200).into());
    set("factory_password", SECRETS[1].into());
    set("password", SECRETS[usize::from(chance.u8(0..100) < 15)].into());
    let mut rarely = |percent: u8, name: &str, value: Value| {
        if chance.u8(0..100) < percent {
            set(name, value);
        }
    };
    rarely(8, "stp", "up".into());
    rarely(5, "mask", "255.255.255.0".into());
    rarely(8, "uptime_days", 300.into());
    rarely(4, "licences", "trial".into());
    rarely(10, "activation_needs_restart", true.into());
    rarely(7, "rolls_back", true.into());
    rarely(7, "load_result", "loadError".into());
    rarely(4, "load_result", "hang".into());
    rarely(4, "software_state", "loadOk".into());
    rarely(15, "snmp_mode", "v3-only".into());
    rarely(5, "pager", "always".into());
    rarely(10, "web", false.into());
    rarely(10, "cli_uptime", false.into());
    rarely(5, "software_mode", "config-all".into());
    rarely(4, "restart", "ignore".into());
    rarely(5, "restart", "direct".into());
    let mut spec = DeviceSpec::local(&format!("BH-{number:02}"), "aviat", Value::Object(knobs));
    spec.address = address(number);
    if number.is_multiple_of(5) {
        spec.device_type = Some("AV4200".to_owned());
    }
    spec
}

fn radio(number: usize, device: &Arc<Device>) -> Radio {
    let partner = (number < 2 * HOPS).then_some(number ^ 1);
    Radio {
        device: Arc::clone(device),
        address: device.address,
        partner,
        before: Before {
            active: device.text("active", ""),
            inactive: device.text("inactive", ""),
            rolls_back: device.flag("rolls_back", false),
            config_only: device.text("software_mode", "") == "config-all",
        },
        reboot_seconds: device.number("reboot_seconds", 240.0),
        asks: Vec::new(),
        told: Vec::new(),
        synced: Vec::new(),
        seen: 0,
        open: 0,
    }
}

/// Settings, inventory and images.
fn write_files(folder: &Path, home: &Home, radios: &[Radio]) {
    let mut inventory = "sites:\n  - {name: LAB, zone: America/Chicago}\ndevices:\n".to_owned();
    for (number, radio) in radios.iter().enumerate() {
        let ports = radio.device.ports();
        let _ = writeln!(
            inventory,
            "  - name: {}\n    address: {}\n    type: {}\n    role: bh\n    site: LAB\n    ports: {{ssh: {}, snmp: {}, http: {}}}",
            radio.device.name,
            radio.address,
            radio.device.device_type,
            ports.ssh.unwrap(),
            ports.snmp.unwrap(),
            ports.http.unwrap(),
        );
        // The odd one is the far end: it names the other.
        if number % 2 == 1
            && let Some(near) = radio.partner
        {
            let _ = writeln!(inventory, "    hop: {}", radios[near].device.name);
        }
        let community = radio.device.text("snmp_community", "public");
        let _ = writeln!(
            inventory,
            "    credentials:\n      username: admin\n      password: env:RADIO_PASSWORD\n      \
             snmp: {{version: \"2c\", community: {{insecure_plain: {community}}}}}"
        );
    }
    std::fs::write(folder.join("inventory.yaml"), inventory).unwrap();
    let mut settings = format!(
        "stop_grace = '1s'\n\
         [jobs]\nlease = '6h'\nworkers = 32\n\
         [snmp]\ntimeout_ms = 300\nretries = 0\n\
         [ssh]\nconnect_seconds = 2\nlogin_seconds = 3\ncommand_seconds = 4\nidle_seconds = 1\nretries = 0\n\
         [aviat]\nload_give_up = '45m'\nreboot_give_up = '30m'\nmax_activations = {CAP}\npassword = 'env:RADIO_PASSWORD'\nfactory_password = 'env:RADIO_FACTORY'\n\
         snmp_community = 'env:RADIO_COMMUNITY'\nimage_url = 'http://{}'\nfirmware_dir = '{}'\n",
        home.listen,
        folder.join("images").display()
    );
    std::fs::create_dir_all(folder.join("images")).unwrap();
    for (target, version, file) in IMAGES {
        let image = format!("image of {version} ").repeat(200);
        std::fs::write(folder.join("images").join(file), &image).unwrap();
        let hash: String =
            digest(&SHA256, image.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let _ = writeln!(
            settings,
            "[[aviat.firmware]]\ntarget = '{target}'\nversion = '{version}'\nfile = '{file}'\nsha256 = '{hash}'"
        );
    }
    std::fs::write(folder.join("towerhand.toml"), settings).unwrap();
}

/// A payload's knobs.
pub fn knobs(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

/// The releases that a request for this target may load on a radio.
pub fn releases(target: &str, active: &str) -> BTreeSet<&'static str> {
    let below = active.starts_with("2.10") || active.starts_with("2.7");
    match (target, below) {
        ("baseline", _) => BTreeSet::from(["2.11.11"]),
        (_, true) => BTreeSet::from(["2.11.11", "6.2.4"]),
        _ => BTreeSet::from(["6.2.4"]),
    }
}

/// A short name of a job's payload for the story.
pub fn brief(action: &str, payload: &Value) -> String {
    format!("{action} {}", json!(payload))
}
