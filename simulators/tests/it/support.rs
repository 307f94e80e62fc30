//! A lab of one router and an SSH client for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::client::{self, Handle, Msg};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg};
use serde_json::Value;
use towerhand_simulators::core::Device;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

/// No test waits longer for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub async fn lab(state: Value) -> (Lab, Arc<Device>) {
    let lab = Lab::start(LabSpec::of(vec![DeviceSpec::local("r1", "routeros", state)])).await.unwrap();
    let device = lab.device("r1").unwrap();
    (lab, device)
}

/// What a client learned of the server.
#[derive(Clone, Default)]
pub struct Seen(pub Arc<Mutex<Option<PublicKey>>>);

impl client::Handler for Seen {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        *self.0.lock().unwrap() = Some(key.public_key());
        Ok(true)
    }
}

pub async fn connect(device: &Device, config: client::Config) -> Result<(Handle<Seen>, PublicKey), russh::Error> {
    let seen = Seen::default();
    let at = (device.address, device.ports().ssh.unwrap());
    let connecting = client::connect(Arc::new(config), at, seen.clone());
    let handle = tokio::time::timeout(PATIENCE, connecting).await.expect("no connection in time")?;
    let key = seen.0.lock().unwrap().clone().unwrap();
    Ok((handle, key))
}

pub async fn login(device: &Device, user: &str) -> Handle<Seen> {
    login_with(device, user, client::Config::default()).await
}

pub async fn login_with(device: &Device, user: &str, config: client::Config) -> Handle<Seen> {
    let (mut handle, _) = connect(device, config).await.unwrap();
    assert!(handle.authenticate_password(user, "sim").await.unwrap().success());
    handle
}

/// What came of an exec.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ended {
    pub text: String,
    pub status: Option<u32>,
    pub eof: bool,
    pub closed: bool,
}

pub async fn exec(handle: &Handle<Seen>, line: &str) -> Ended {
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, line).await.unwrap();
    drain(&mut channel).await
}

/// Everything until the channel ends.
pub async fn drain(channel: &mut Channel<Msg>) -> Ended {
    let mut ended = Ended::default();
    let mut bytes = Vec::new();
    let all = async {
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } => bytes.extend_from_slice(&data),
                ChannelMsg::ExitStatus { exit_status } => ended.status = Some(exit_status),
                ChannelMsg::Eof => ended.eof = true,
                ChannelMsg::Close => ended.closed = true,
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("the channel did not end in time");
    ended.text = String::from_utf8_lossy(&bytes).into_owned();
    ended
}

/// A console.
pub struct Console {
    pub channel: Channel<Msg>,
    /// Came, and not waited for yet.
    pub seen: String,
}

impl Console {
    pub async fn open(handle: &Handle<Seen>, columns: u32, rows: u32) -> Self {
        let channel = handle.channel_open_session().await.unwrap();
        channel.request_pty(true, "xterm", columns, rows, 0, 0, &[]).await.unwrap();
        channel.request_shell(true).await.unwrap();
        Self { channel, seen: String::new() }
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
}

/// The journal's inputs of one channel.
pub fn journal(device: &Device, channel: &str) -> Vec<String> {
    device.journal().into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
}

/// Waits until the journal of a channel holds `count` entries.
pub async fn journalled(device: &Device, channel: &str, count: usize) -> Vec<String> {
    let mut changes = device.changes();
    let waiting = async {
        loop {
            let entries = journal(device, channel);
            if entries.len() >= count {
                return entries;
            }
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the journal did not fill in time")
}
