//! The other two faces, SNMP and the web, over the same state.

use std::process::Command;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use towerhand_simulators::core::Device;

use crate::support::*;

/// What Debian's client reads; none where it is not installed.
fn snmpget(device: &Device, community: &str, oid: &str) -> Option<String> {
    let at = format!("127.0.0.1:{}", device.ports().snmp.unwrap());
    let output = Command::new("snmpget")
        .env("MIBS", "")
        .args(["-v", "2c", "-c", community, "-Oqn", "-Ot", "-t", "0.5", "-r", "0", &at, oid])
        .output();
    let Ok(output) = output else {
        println!("skipped: no snmpget here");
        return None;
    };
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned())
}

const UPTIME: &str = ".1.3.6.1.2.1.1.3.0";

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_follows_the_radio() {
    let (lab, device) = lab(json!({"hostname": "BH-1", "snmp_community": "fleet", "uptime_days": 20})).await;
    lab.clock().set_rate(0.0);
    let software = ".1.3.6.1.2.1.47.1.1.1.1.10";
    let Some(first) = snmpget(&device, "fleet", &format!("{software}.2")) else { return };
    assert_eq!(first, format!("{software}.2 \"2.11.11.18.6069-WTM4100\""));
    let asked = |oid: &str| snmpget(&device, "fleet", oid).unwrap();
    let ticks = || asked(UPTIME).rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    // Hundredths; the clock ran for a moment before it was stopped.
    assert!((172_800_000..172_801_000).contains(&ticks()), "{}", ticks());
    assert_eq!(asked(".1.3.6.1.2.1.1.5.0"), ".1.3.6.1.2.1.1.5.0 \"BH-1\"");
    assert_eq!(asked(".1.3.6.1.4.1.2509.9.15.2.2.1.4.59"), ".1.3.6.1.4.1.2509.9.15.2.2.1.4.59 -367");
    assert_eq!(asked(".1.3.6.1.2.1.2.2.1.3.1537"), ".1.3.6.1.2.1.2.2.1.3.1537 188");
    assert!(snmpget(&device, "public", UPTIME).unwrap().contains("Timeout"));
    let state = ".1.3.6.1.4.1.2509.9.11.2.2.2.0";
    assert!(asked(state).contains("No Such"));
    turn(&device, json!({"software_mib": true, "software_state": "loadOk"}));
    assert_eq!(asked(state), format!("{state} 6"));
    // Into 6.x: nobody answers in between, then elsewhere and with a small uptime.
    turn(&device, json!({"inactive": "6.2.4", "activate_asks": false, "activate_seconds": 0, "alarms": [1]}));
    lab.clock().set_rate(1.0);
    Console::open(&device).await.ask_until("software activate", "\r\n").await;
    becomes(&device, "family", "6").await;
    assert!(asked(UPTIME).contains("Timeout"));
    lab.clock().set_rate(1000.0);
    becomes(&device, "software_state", "idle").await;
    lab.clock().set_rate(0.0);
    assert_eq!(asked(&format!("{software}.4")), format!("{software}.4 \"6.2.4.12.59373\""));
    assert!((6_000..100_000).contains(&ticks()), "{}", ticks());
    let critical = ".1.3.6.1.4.1.2509.9.49.2.1.3.2.1.2.3";
    assert_eq!(asked(critical), format!("{critical} 4"));
    turn(&device, json!({"entity_shift": 100}));
    assert_eq!(asked(".1.3.6.1.2.1.47.1.1.1.1.7.149"), ".1.3.6.1.2.1.47.1.1.1.1.7.149 \"System/Root1/RFM1/Carrier1\"");
    turn(&device, json!({"snmp_mode": "none"}));
    assert!(asked(UPTIME).contains("Timeout"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_agent_is_overloaded_by_fifteen_requests() {
    let (lab, device) = lab(json!({"active": "2.10.9", "uptime_days": 1})).await;
    lab.clock().set_rate(0.0);
    if snmpget(&device, "public", UPTIME).is_none() {
        return;
    }
    for _ in 1..15 {
        assert!(snmpget(&device, "public", UPTIME).unwrap().contains(" 8640"));
    }
    assert!(snmpget(&device, "public", UPTIME).unwrap().contains("Timeout"));
    turn(&device, json!({"snmp_overload": false}));
    assert!(snmpget(&device, "public", UPTIME).unwrap().contains(" 8640"));
}

async fn http(device: &Device, request: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect((device.address, device.ports().http.unwrap())).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut answer).await.unwrap() == 0 {
            break;
        }
    }
    (stream, String::from_utf8_lossy(&answer).into_owned())
}

async fn web_login(device: &Device, password: &str) -> String {
    let form = format!("username=admin&password={password}");
    let head = "Host: r1\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close";
    http(device, &format!("POST /wtmlogin HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len())).await.1
}

/// A client's frame, masked.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut out = vec![0x80 | opcode];
    match payload.len() {
        short @ 0..126 => out.push(0x80 | short as u8),
        long => {
            out.push(0x80 | 126);
            out.extend((long as u16).to_be_bytes());
        }
    }
    out.extend(mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}

async fn next_frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await.unwrap();
    let mut payload = vec![0; usize::from(head[1])];
    stream.read_exact(&mut payload).await.unwrap();
    (head[0] & 0x0f, payload)
}

#[tokio::test]
async fn the_web_channel_says_the_uptime() {
    let (lab, device) = lab(json!({"password": "st&ndard", "uptime_days": 2})).await;
    lab.clock().set_rate(0.0);
    assert!(web_login(&device, "admin").await.starts_with("HTTP/1.1 401 "));
    let answer = web_login(&device, "st%26ndard").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let cookie = answer.split("sesh=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let short = cookie.split_once('-').unwrap().0.to_owned();
    let upgrade = |cookie: &str| {
        format!(
            "GET /ie10fix HTTP/1.1\r\nHost: r1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: aurora_channel\r\nCookie: sesh={cookie}\r\n\r\n"
        )
    };
    assert!(http(&device, &upgrade("0-0")).await.1.starts_with("HTTP/1.1 403 "));
    let (mut stream, head) = http(&device, &upgrade(&cookie)).await;
    assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    let login = json!({"token": short, "message": {"command": 6, "data": {"token": cookie}}}).to_string();
    stream.write_all(&frame(1, login.as_bytes())).await.unwrap();
    assert_eq!(next_frame(&mut stream).await.0, 1);
    let mut subscribe = vec![1, 0, 0, 0, 1];
    subscribe.extend(br#"{"key":"system_status_1","pluginId":52,"channelId":1}"#);
    stream.write_all(&frame(2, &subscribe)).await.unwrap();
    let mut value = next_frame(&mut stream).await.1;
    while !value.starts_with(&[0x34]) {
        value = next_frame(&mut stream).await.1;
    }
    assert_eq!(value, b"\x34\x00\x01\x00\x01172800");
    assert_eq!(
        journal(&device, "http"),
        ["POST /wtmlogin username=admin", "POST /wtmlogin username=admin", "GET /ie10fix", "GET /ie10fix"]
    );
    assert_eq!(journal(&device, "ws"), ["login accepted", "subscribe system_status_1"]);
    assert!(!device.journal().iter().any(|entry| entry.input.contains("ndard")));
    // A stranger's channel is closed.
    let (mut stream, _) = http(&device, &upgrade(&cookie)).await;
    stream.write_all(&frame(2, &subscribe)).await.unwrap();
    assert_eq!(next_frame(&mut stream).await.0, 8);
    // A reboot ends channels and takes the page down.
    let (mut stream, _) = http(&device, &upgrade(&cookie)).await;
    turn(&device, json!({"restart": "direct"}));
    let console = Console::sized(&device, 80, 24, "st&ndard").await;
    console.send("restart\n").await;
    assert!(matches!(stream.read(&mut [0; 16]).await, Ok(0) | Err(_)));
    let mut refused = TcpStream::connect((device.address, device.ports().http.unwrap())).await.unwrap();
    let _ = refused.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
    assert!(matches!(refused.read(&mut [0; 16]).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn the_web_can_be_off() {
    let (_lab, device) = lab(json!({"web": false})).await;
    let mut stream = TcpStream::connect((device.address, device.ports().http.unwrap())).await.unwrap();
    let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
    assert!(matches!(stream.read(&mut [0; 16]).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn the_inventory_has_the_radios_secrets() {
    let (lab, _device) = lab(json!({"password": "p1", "snmp_community": "c1"})).await;
    let yaml = lab.inventory_yaml();
    for wanted in [
        "type: \"AV4100\"",
        "role: \"bh\"",
        "password: {insecure_plain: \"p1\"}",
        "community: {insecure_plain: \"c1\"}",
    ] {
        assert!(yaml.contains(wanted), "{yaml}");
    }
}
