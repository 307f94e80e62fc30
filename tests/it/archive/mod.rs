//! The archive of running configs, through the whole daemon: real SSH to simulated routers, the real `git` program on
//! the real repository, a kill -9, a receiver of webhooks that checks signatures by itself.

mod command_line;
mod compared;
mod crash;
mod damage;
mod policy;
mod receiver;
mod repository;
mod secrets;
mod versions;
mod webhooks;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::support::Api;

const CONFIG: &str = "ido.swt.running_config";

/// What does not come within this does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A lab whose devices have addresses of their own.
async fn lab(devices: Vec<(&str, &str, Value)>) -> Lab {
    let specs = (1_u8..).zip(devices).map(|(number, (name, kind, state))| {
        let spec = DeviceSpec::local(name, kind, state);
        DeviceSpec { address: std::net::IpAddr::from([127, 44, 0, number]), ..spec }
    });
    Lab::start(LabSpec::of(specs.collect())).await.unwrap()
}

/// Turns a knob of a device.
fn turn(lab: &Lab, device: &str, knobs: Value) {
    let Value::Object(knobs) = knobs else { panic!("{knobs}") };
    lab.device(device).unwrap().merge(Map::from_iter(knobs));
}

/// Reads a device's config by a job; the `archive` of its result.
async fn read(api: &Api, device: &str) -> Value {
    let job = api.run(CONFIG, json!({ "device": device })).await;
    assert_eq!(job["status"], "success", "{job}");
    job["result"]["archive"].clone()
}

/// The `data` of an answer that must be a 200.
async fn get(api: &Api, path: &str) -> Value {
    let (status, answer) = api.send(api.request(Method::GET, path)).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer["data"].clone()
}

/// Status and sentence of a refusal.
async fn refused(api: &Api, path: &str) -> (u16, String) {
    let (status, answer) = api.send(api.request(Method::GET, path)).await;
    (status.as_u16(), answer["detail"].as_str().unwrap_or_default().to_owned())
}

/// Asks again until the answer is yes.
#[expect(clippy::disallowed_methods, reason = "the repository is written by a task that tells nobody outside")]
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..PATIENCE.as_millis() / 20 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not come");
}

/// Waits until the newest version of a device is in the repository; its commit.
async fn committed(api: &Api, device: &str) -> String {
    let mut commit = String::new();
    until("the commit", async || {
        let latest = get(api, &format!("/configs/{device}/latest")).await;
        commit = latest["commit"].as_str().unwrap_or_default().to_owned();
        !commit.is_empty()
    })
    .await;
    commit
}

/// The repository of a daemon over `folder`.
fn repository(folder: &Path) -> PathBuf {
    folder.join("state/configs.git")
}

/// What `git` says; it must succeed.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", folder);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}
