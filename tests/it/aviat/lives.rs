//! A daemon as a process over simulated radios: what a kill -9 is tried on. The radios live on in this process; the
//! daemon's clock is the machine's, and each life of it listens at the same address.
#![expect(clippy::disallowed_methods, reason = "a test writes its own files")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use towerhand::clock::Clock;
use towerhand::store::Store;
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand_simulators::core::{Device, Fault};
use towerhand_simulators::lab_run::Lab;

use super::stage::{PATIENCE, Plan, Set, free};
use crate::engine::wait::{exit, files};
use crate::support::{Api, Process};

/// Simulated seconds in a second, unless held.
const RATE: f64 = 1_000.0;

/// One daemon after the other over the same folder.
pub struct Lives {
    pub lab: Lab,
    pub clock: Clock,
    folder: TempDir,
    variables: Vec<(String, String)>,
    listen: SocketAddr,
    process: Option<Process>,
}

/// SIGKILL to a process that the caller has started.
pub fn kill_process(pid: u32) {
    assert!(std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
}

/// A nightly window, as a setting, from so many hours after this one until so many after it, in the zone of the lab.
pub fn hours_from_now(from: i8, until: i8) -> String {
    let hour = Clock::system().now().in_tz("America/Chicago").unwrap().hour();
    format!("\"{:02}:00-{:02}:00\"", (hour + from) % 24, (hour + until) % 24)
}

impl Lives {
    /// Starts the radios and the first daemon.
    pub async fn begin(plan: Plan) -> Self {
        let clock = Clock::system();
        // Unless the test has a window of its own, none opens while it runs, at whatever time of the day that is.
        let plan = plan.or("aviat.window", &hours_from_now(12, 15));
        let Set { lab, folder, settings, inventory, mut variables } = plan.set_up().await;
        let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        std::fs::write(folder.path().join("towerhand.toml"), settings).unwrap();
        std::fs::write(folder.path().join("inventory.yaml"), inventory).unwrap();
        let config = folder.path().join("towerhand.toml").display().to_string();
        variables.push(("TOWERHAND_CONFIG".to_owned(), config));
        variables.push(("TOWERHAND_LOG_LEVEL".to_owned(), "towerhand=debug".to_owned()));
        let mut lives = Self { lab, clock, folder, variables, listen, process: None };
        lives.serve().await;
        lives
    }

    /// The next daemon begins to live.
    pub async fn serve(&mut self) {
        assert!(self.process.is_none());
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.process = Some(Process::serve_at(self.listen, self.folder.path(), &variables).await);
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.process.take().expect("a daemon").kill();
    }

    /// Asks the store, while no daemon lives.
    pub async fn stored<T>(&self, ask: impl AsyncFnOnce(&dyn Store) -> T) -> T {
        assert!(self.process.is_none(), "a daemon lives");
        let path = self.folder.path().join("state/towerhand.db");
        let store = SqliteStore::open(&path, Purpose::Tool).await.unwrap();
        let answer = ask(&store).await;
        store.close().await;
        answer
    }

    /// An orderly stop.
    pub async fn stop(&mut self) {
        let process = self.process.take().expect("a daemon");
        process.signal("TERM");
        assert_eq!(exit(process).await, Some(0));
    }

    /// Somebody else has killed it: waits until it is gone.
    pub fn gone(&mut self) {
        self.process.take().expect("a daemon").wait();
    }

    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("a daemon").child.id()
    }

    pub fn api(&self) -> &Api {
        &self.process.as_ref().expect("a daemon").api
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below the folder.
    pub fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// Stops the radios' clock: loads and boots stand still, commands are answered.
    pub fn hold(&self) {
        self.lab.clock().set_rate(0.0);
    }

    /// Lets it run again.
    pub fn flow(&self) {
        self.lab.clock().set_rate(RATE);
    }

    /// Lets it run so slowly that a load takes a minute.
    pub fn slow(&self) {
        self.lab.clock().set_rate(RATE / 100.0);
    }

    pub fn radio(&self, name: &str) -> Arc<Device> {
        self.lab.device(name).unwrap()
    }

    pub fn ip(&self, name: &str) -> String {
        self.radio(name).address.to_string()
    }

    pub fn turn(&self, name: &str, knobs: Value) {
        let Value::Object(knobs) = knobs else { panic!("not an object") };
        self.radio(name).merge(Map::from_iter(knobs));
    }

    pub fn fault(&self, name: &str, fault: Value) {
        let fault: Fault = serde_json::from_value(fault).unwrap();
        self.radio(name).add_fault(fault);
    }

    /// Switches its faults off, once the sessions on which they have struck are over.
    pub async fn mend(&self, name: &str) {
        let over = |radio: &Device| {
            let journal = radio.journal();
            let count = |what: &str| journal.iter().filter(|one| one.channel == "tcp" && one.input == what).count();
            count("open") == count("close")
        };
        self.radio_until(name, over).await;
        self.radio(name).clear_faults();
    }

    /// Waits until the radio is as wanted.
    pub async fn radio_until(&self, name: &str, wanted: impl Fn(&Device) -> bool) {
        let device = self.radio(name);
        let mut changes = device.changes();
        let looking = async {
            while !wanted(&device) {
                changes.changed().await.unwrap();
            }
        };
        if self.clock.timeout(PATIENCE, looking).await.is_err() {
            panic!("{name}: it did not come: {:#?} {:#?}\n{}", device.state(), device.journal(), self.log());
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("daemon.log")).unwrap_or_default()
    }

    /// Submits `aviat.run`; the job's id.
    pub async fn run(&self, names: &[&str], tasks: &[&str], maintenance: Value) -> String {
        let ips: Vec<String> = names.iter().map(|name| self.ip(name)).collect();
        let payload = json!({ "ips": ips, "tasks": tasks, "maintenance_params": maintenance });
        self.api().submit("aviat.run", payload).await
    }

    /// Submits an activation at any hour; the job's id.
    pub async fn activate(&self, names: &[&str]) -> String {
        let ips: Vec<String> = names.iter().map(|name| self.ip(name)).collect();
        self.api().submit("aviat.activate_scheduled", json!({ "ips": ips, "force": true })).await
    }

    /// Changes the queue; false if the daemon died before it said that it is done.
    pub async fn try_update(&self, mode: &str, name: &str) -> bool {
        let api = self.api();
        let payload = json!({ "mode": mode, "radios": [self.ip(name)] });
        let body = json!({ "action": "aviat.queue.update", "payload": payload });
        let Ok(reply) = api.request(reqwest::Method::POST, "/jobs").json(&body).send().await else { return false };
        let Ok(answer) = reply.json::<Value>().await else { return false };
        let id = answer["data"]["job_id"].as_str().unwrap().to_owned();
        let stream = api.request(reqwest::Method::GET, &format!("/jobs/{id}/stream")).send().await;
        if let Ok(stream) = stream {
            let _ = stream.bytes().await;
        }
        let Ok(reply) = api.request(reqwest::Method::GET, &format!("/jobs/{id}")).send().await else { return false };
        let Ok(answer) = reply.json::<Value>().await else { return false };
        answer["data"]["status"] == "success"
    }

    /// Waits until no job is left: those that a kill has cut off go on in the next life.
    pub async fn at_rest(&self) {
        for _ in 0..PATIENCE.as_millis() / 20 {
            let mut left = 0;
            for status in ["queued", "running"] {
                let request = self.api().request(reqwest::Method::GET, &format!("/jobs?status={status}"));
                let (_, answer) = self.api().send(request).await;
                left += answer["data"]["jobs"].as_array().unwrap().len();
            }
            if left == 0 {
                return;
            }
            self.clock.sleep(Duration::from_millis(20)).await;
        }
        panic!("jobs are left\n{}", self.log());
    }

    pub async fn queue(&self) -> Vec<Value> {
        self.api().response("aviat.queue.get", json!({})).await["radios"].as_array().unwrap().clone()
    }

    async fn entry(&self, name: &str) -> Option<Value> {
        let ip = self.ip(name);
        self.queue().await.into_iter().find(|row| row["ip"] == ip)
    }

    pub async fn row(&self, name: &str) -> Value {
        self.entry(name).await.unwrap_or_else(|| panic!("{name} is not in the queue"))
    }

    /// Waits for one of these states of the radio; its entry.
    pub async fn wait_status(&self, name: &str, wanted: &[&str]) -> Value {
        let mut last = None;
        for _ in 0..PATIENCE.as_millis() / 50 {
            last = self.entry(name).await;
            if let Some(row) = &last
                && wanted.contains(&row["status"].as_str().unwrap())
            {
                return row.clone();
            }
            self.clock.sleep(Duration::from_millis(50)).await;
        }
        panic!("{name}: {wanted:?} did not come: {last:#?} {:#?}\n{}", self.shell(name), self.log());
    }

    /// Lines of the command line, with their modes.
    fn shell(&self, name: &str) -> Vec<String> {
        let journal = self.radio(name).journal().into_iter();
        journal.filter(|entry| entry.channel == "shell").map(|entry| entry.input).collect()
    }

    /// How many commands there were that begin so.
    pub fn count(&self, name: &str, command: &str) -> usize {
        let begins = |line: &String| {
            line.split_once(": ").is_some_and(|(mode, rest)| !mode.starts_with("answer") && rest.starts_with(command))
        };
        self.shell(name).iter().filter(|line| begins(line)).count()
    }

    /// How often it went down.
    pub fn boots(&self, name: &str) -> usize {
        self.radio(name).journal().iter().filter(|entry| entry.channel == "boot").count()
    }

    /// What every scenario asserts: no secret in what is stored and logged, never two writers on a radio.
    pub async fn finish(mut self) {
        free("the queue", json!(self.queue().await).to_string().as_bytes());
        self.kill();
        for (path, content) in files(self.folder.path()) {
            free(&path.display().to_string(), &content);
        }
        for device in self.lab.devices() {
            let overlaps = device.journal().into_iter().filter(|entry| entry.channel == "overlap").count();
            assert_eq!(overlaps, 0, "{}: {:#?}", device.name, self.shell(&device.name));
        }
        self.lab.stop().await;
    }
}
