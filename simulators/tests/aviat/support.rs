//! A lab of one radio, an SSH client for it, and a server of images.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use russh::client::{self, Handle, Msg};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelMsg};
use serde_json::Value;
use towerhand_simulators::core::{Device, Fault};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

/// No test waits longer for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub async fn lab(state: Value) -> (Lab, Arc<Device>) {
    let lab = Lab::start(LabSpec::of(vec![DeviceSpec::local("r1", "aviat", state)])).await.unwrap();
    let device = lab.device("r1").unwrap();
    (lab, device)
}

pub fn turn(device: &Device, knobs: Value) {
    device.merge(knobs.as_object().unwrap().clone());
}

pub fn fault(device: &Device, fault: Value) {
    device.add_fault(serde_json::from_value::<Fault>(fault).unwrap());
}

pub struct Anyone;

impl client::Handler for Anyone {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

pub async fn connect(device: &Device) -> Result<Handle<Anyone>, russh::Error> {
    let at = (device.address, device.ports().ssh.unwrap());
    let connecting = client::connect(Arc::default(), at, Anyone);
    tokio::time::timeout(PATIENCE, connecting).await.expect("no connection in time")
}

/// Whether such a login is let in; also false if nobody answers.
pub async fn admits(device: &Device, password: &str) -> bool {
    let Ok(mut handle) = connect(device).await else { return false };
    handle.authenticate_password("admin", password).await.is_ok_and(|result| result.success())
}

pub struct Console {
    pub channel: Channel<Msg>,
    pub seen: String,
    _handle: Handle<Anyone>,
}

impl Console {
    /// Logs in and reads up to the first prompt; what came before it is `seen` no more.
    pub async fn open(device: &Device) -> Self {
        Self::sized(device, 200, 50, "admin").await
    }

    pub async fn sized(device: &Device, columns: u32, rows: u32, password: &str) -> Self {
        let mut console = Self::greeted(device, columns, rows, password).await;
        console.until(&format!("{}# ", device.text("hostname", ""))).await;
        console
    }

    /// The same without reading anything.
    pub async fn greeted(device: &Device, columns: u32, rows: u32, password: &str) -> Self {
        let mut handle = connect(device).await.unwrap();
        assert!(handle.authenticate_password("admin", password).await.unwrap().success());
        let channel = handle.channel_open_session().await.unwrap();
        channel.request_pty(true, "vt100", columns, rows, 0, 0, &[]).await.unwrap();
        channel.request_shell(true).await.unwrap();
        Self { channel, seen: String::new(), _handle: handle }
    }

    pub async fn send(&self, text: &str) {
        self.channel.data_bytes(text.as_bytes().to_vec()).await.unwrap();
    }

    /// Reads until `text` has come; returns all up to its end.
    pub async fn until(&mut self, text: &str) -> String {
        let waiting = async {
            loop {
                if let Some(at) = self.seen.find(text) {
                    let rest = self.seen.split_off(at + text.len());
                    return std::mem::replace(&mut self.seen, rest);
                }
                match self.channel.wait().await {
                    Some(ChannelMsg::Data { data }) => self.seen.push_str(&String::from_utf8_lossy(&data)),
                    Some(_) => {}
                    None => panic!("the channel ended before {text:?}; seen: {:?}", self.seen),
                }
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(text) => text,
            Err(_) => panic!("{text:?} did not come"),
        }
    }

    /// Types a line; what is said to it, without the echo, up to the prompt `ends`.
    pub async fn ask_until(&mut self, line: &str, ends: &str) -> String {
        self.send(&format!("{line}\n")).await;
        let echo = format!("{line}\r\n");
        assert_eq!(self.until(&echo).await, echo);
        let said = self.until(ends).await;
        said.strip_suffix(ends).unwrap().to_owned()
    }

    /// In operational mode.
    pub async fn ask(&mut self, line: &str) -> String {
        self.ask_until(line, "r1# ").await
    }

    /// In configuration mode, at its top.
    pub async fn config(&mut self, line: &str) -> String {
        self.ask_until(line, "r1(config)# ").await
    }

    /// Waits until the radio ends the channel; what it said before.
    pub async fn ended(&mut self) -> String {
        let waiting = async {
            while let Some(message) = self.channel.wait().await {
                if let ChannelMsg::Data { data } = message {
                    self.seen.push_str(&String::from_utf8_lossy(&data));
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the channel did not end");
        std::mem::take(&mut self.seen)
    }
}

/// The journal's inputs of one channel.
pub fn journal(device: &Device, channel: &str) -> Vec<String> {
    device.journal().into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
}

/// Waits until a knob is this.
pub async fn becomes(device: &Device, knob: &str, value: &str) {
    let mut changes = device.changes();
    let waiting = async {
        while device.text(knob, "") != value {
            changes.changed().await.unwrap();
        }
    };
    if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
        panic!("{knob} is {:?}, not {value}", device.knob(knob));
    }
}

/// A server of images, which counts what it gave.
pub struct Images {
    pub port: u16,
    pub served: Arc<AtomicU64>,
}

/// Every image has this size, bytes.
pub const SIZE: usize = 3_000_001;

pub const SIX: &str = "wtm4100-6.2.4.12.59373.swpack";

impl Images {
    pub async fn start() -> Self {
        let served = Arc::new(AtomicU64::new(0));
        let app = Router::new()
            .route("/fw/{name}", get(image))
            .with_state((Arc::clone(&served), Bytes::from(vec![0x57; SIZE])));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { port, served }
    }

    pub fn uri(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/fw/{name}", self.port)
    }
}

async fn image(
    State((served, bytes)): State<(Arc<AtomicU64>, Bytes)>,
    Path(name): Path<String>,
) -> Result<Bytes, StatusCode> {
    if name.contains("9.9.9") {
        return Err(StatusCode::NOT_FOUND);
    }
    served.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    Ok(bytes)
}
