//! Faults over SSH.

use russh::ChannelMsg;
use russh::client::Config;
use serde_json::{Value, json};
use towerhand_simulators::core::{Device, Fault};

use crate::support::*;

fn fault(device: &Device, fault: Value) {
    device.add_fault(serde_json::from_value::<Fault>(fault).unwrap());
}

#[tokio::test]
async fn refuse_auth_and_hostkey() {
    let (_lab, device) = lab(json!({})).await;
    let (_, key) = connect(&device, Config::default()).await.unwrap();
    fault(&device, json!({"kind": "hostkey"}));
    let (mut handle, other) = connect(&device, Config::default()).await.unwrap();
    assert_ne!(key, other);
    fault(&device, json!({"kind": "auth"}));
    assert!(!handle.authenticate_password("admin", "sim").await.unwrap().success());
    fault(&device, json!({"kind": "refuse"}));
    assert!(connect(&device, Config::default()).await.is_err());
    device.clear_faults();
    assert_eq!(connect(&device, Config::default()).await.unwrap().1, key);
}

#[tokio::test]
async fn drop_cuts_after_a_command_or_so_many_bytes() {
    let (_lab, device) = lab(json!({"export_bytes": 100_000})).await;
    fault(&device, json!({"kind": "drop", "after": "export"}));
    let handle = login(&device, "admin").await;
    assert_eq!(exec(&handle, "/system identity print").await.text, "  name: r1\r\n");
    let ended = exec(&handle, "/export").await;
    assert_eq!((ended.text.as_str(), ended.status), ("", None));
    device.clear_faults();
    fault(&device, json!({"kind": "drop", "bytes": 20_000}));
    let ended = exec(&login(&device, "admin").await, "/export").await;
    assert_eq!((ended.text.len(), ended.status), (20_000, None));
}

#[tokio::test]
async fn mute_never_answers() {
    let (lab, device) = lab(json!({})).await;
    let handle = login(&device, "admin").await;
    fault(&device, json!({"kind": "mute", "after": "export"}));
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "/export").await.unwrap();
    // The channel request itself is answered; then nothing, however long it takes.
    assert!(matches!(channel.wait().await, Some(ChannelMsg::WindowAdjusted { .. } | ChannelMsg::Success)));
    lab.clock().set_rate(1000.0);
    let silent = tokio::time::timeout(std::time::Duration::from_millis(300), channel.wait()).await;
    assert!(silent.is_err(), "{silent:?}");
    fault(&device, json!({"kind": "mute"}));
    let mut stream = tokio::net::TcpStream::connect((device.address, device.ports().ssh.unwrap())).await.unwrap();
    let mut byte = [0];
    let read = tokio::io::AsyncReadExt::read(&mut stream, &mut byte);
    let silent = tokio::time::timeout(std::time::Duration::from_millis(300), read).await;
    assert!(silent.is_err(), "{silent:?}");
    // Stopping does not wait for those that are mute.
    tokio::time::timeout(PATIENCE, lab.stop()).await.unwrap();
}

#[tokio::test]
async fn slow_takes_simulated_time() {
    let (lab, device) = lab(json!({})).await;
    lab.clock().set_rate(100.0);
    let handle = login(&device, "admin").await;
    fault(&device, json!({"kind": "slow", "ms": 20_000}));
    let before = device.clock.seconds();
    assert_eq!(exec(&handle, ":put a").await.text, "a\r\n");
    assert!(device.clock.seconds() - before >= 20.0);
}

#[tokio::test]
async fn garbage_has_a_length_or_no_end() {
    let (_lab, device) = lab(json!({})).await;
    let handle = login(&device, "admin").await;
    fault(&device, json!({"kind": "garbage", "bytes": 5000}));
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "/export").await.unwrap();
    let mut count = 0;
    while let Some(message) = channel.wait().await {
        if let ChannelMsg::Data { data } = message {
            count += data.len();
        }
    }
    assert_eq!(count, 5000);
    device.clear_faults();
    fault(&device, json!({"kind": "garbage", "endless": true}));
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "/export").await.unwrap();
    let mut count = 0;
    while count < 8 << 20 {
        if let Some(ChannelMsg::Data { data }) = channel.wait().await {
            count += data.len();
        }
    }
}

#[tokio::test]
async fn split_ends_packets_where_told() {
    let (_lab, device) = lab(json!({})).await;
    let handle = login(&device, "admin").await;
    fault(&device, json!({"kind": "split", "after": "\r"}));
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, ":put ab; :put c").await.unwrap();
    let mut packets = Vec::new();
    while let Some(message) = channel.wait().await {
        if let ChannelMsg::Data { data } = message {
            packets.push(String::from_utf8(data.to_vec()).unwrap());
        }
    }
    assert_eq!(packets, ["ab\r", "\n", "c\r", "\n"]);
}
