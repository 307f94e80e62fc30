//! Loads, activations, reboots, rollbacks, on a fast clock, with images from a real server.

use std::sync::atomic::Ordering;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::*;

const SURE: &str = "Are you sure you want to activate the new software? [no,yes] ";
const RESTART: &str = "Are you sure you want to restart the system? [no,yes] ";

#[tokio::test]
async fn an_upgrade_from_the_load_to_the_settled_radio() {
    let (lab, device) = lab(json!({"uptime_days": 20, "load_seconds": 100, "reboot_seconds": 200})).await;
    let images = Images::start().await;
    let mut console = Console::open(&device).await;
    let load = format!("software load uri {} force", images.uri(SIX));
    assert_eq!(console.ask(&load).await, "resp Loading started with manual activation.\r\n");
    assert_eq!(console.ask(&load).await, "resp Software operation already in progress.  Load not started.\r\n");
    assert_eq!(console.ask("show software-status status").await, "software-status status prepareLoad\r\n");
    assert_eq!(console.ask("software activate").await, "resp No software ready to activate\r\n");
    lab.clock().set_rate(200.0);
    let started = device.clock.seconds();
    becomes(&device, "software_state", "load").await;
    becomes(&device, "software_state", "commit").await;
    becomes(&device, "software_state", "loadOk").await;
    assert!(device.clock.seconds() - started > 60.0);
    lab.clock().set_rate(1.0);
    assert_eq!(images.served.load(Ordering::Relaxed), SIZE as u64);
    assert_eq!(journal(&device, "fetch"), [format!("GET {}", images.uri(SIX)), format!("200, {SIZE} bytes")]);
    assert_eq!(
        console.ask("show software-status").await,
        format!(
            "software-status active-version 2.11.11(18.6069)\r\nsoftware-status inactive-version 6.2.4(12.59373)\r\n\
             software-status status loadOk\r\nsoftware-status loading-uri {}\r\n",
            images.uri(SIX)
        )
    );
    assert_eq!(console.ask_until("software activate", SURE).await, "");
    assert_eq!(console.ask("no").await, "Aborted: by user\r\n");
    console.ask_until("software activate", SURE).await;
    assert_eq!(console.ask("yes").await, "resp Activating new software now\r\n");
    assert_eq!(device.text("software_state", ""), "activate");
    lab.clock().set_rate(200.0);
    console.ended().await;
    lab.clock().set_rate(0.0);
    // Gone: no connection is served.
    assert!(connect(&device).await.is_err());
    assert_eq!(device.text("active", ""), "6.2.4.12.59373");
    // Up, but logins are refused; then tables are empty; then all is as it should be.
    let up = device.number("down_until", 0.0);
    run_to(&lab, up + 2.0).await;
    assert!(!admits(&device, "admin").await);
    run_to(&lab, up + 12.0).await;
    let mut console = Console::open(&device).await;
    assert_eq!(console.ask("show software-status").await, "% No entries found.\r\n");
    assert_eq!(console.ask("show licensing bundles").await, "% No entries found.\r\n");
    run_to(&lab, up + 45.0).await;
    assert_eq!(console.ask("show software-status status").await, "software-status status commit\r\n");
    run_to(&lab, up + 65.0).await;
    becomes(&device, "software_state", "idle").await;
    assert!(console.ask("show version").await.contains("6.2.4(12.59373)  2.11.11(18.6069)  idle\r\n"));
    assert!(console.ask("show system uptime").await.starts_with("system uptime 0:00:01:"));
    assert_eq!(device.text("family", ""), "6");
}

/// Lets time run to a simulated second and stops it there, or a little later.
async fn run_to(lab: &towerhand_simulators::lab_run::Lab, second: f64) {
    lab.clock().set_rate(100.0);
    let left = second - lab.clock().seconds();
    lab.clock().sleep(std::time::Duration::from_secs_f64(left.max(0.0))).await;
    lab.clock().set_rate(0.01);
}

#[tokio::test]
async fn immediate_and_timed_activation() {
    let (lab, device) = lab(json!({"load_seconds": 50, "clock_seconds": 7000, "reboot_seconds": 50})).await;
    lab.clock().set_rate(500.0);
    let images = Images::start().await;
    let mut console = Console::open(&device).await;
    let said = console.ask(&format!("software load uri {} force activation-immediately", images.uri(SIX))).await;
    assert_eq!(said, "resp Loading started with automatic activation.\r\n");
    becomes(&device, "active", "6.2.4.12.59373").await;
    becomes(&device, "software_state", "idle").await;
    // 6.x, back to 2.11 by night: the clock shows 01:56:40 at the beginning.
    lab.clock().set_rate(100.0);
    let mut console = Console::open(&device).await;
    let uri = images.uri("wtm4100-2.11.11.18.6069.swpack");
    let said = console.ask(&format!("software load uri {uri} force activation-time 02:30")).await;
    assert_eq!(said, "resp Loading started with scheduled activation at 02:30.\r\n");
    becomes(&device, "software_state", "waitingToActivate").await;
    lab.clock().set_rate(2000.0);
    becomes(&device, "active", "2.11.11.18.6069").await;
    // Half past two is 9000 s of the day: 2000 s after the lab began; 10 s more to the reboot.
    assert!((2010.0..2200.0).contains(&(device.number("down_until", 0.0) - 50.0)), "{:?}", device.knob("down_until"));
    assert_eq!(device.text("family", ""), "2.11");
}

#[tokio::test]
async fn loads_that_fail() {
    let (lab, device) = lab(json!({"load_seconds": 20})).await;
    lab.clock().set_rate(100.0);
    let images = Images::start().await;
    let mut console = Console::open(&device).await;
    assert_eq!(
        console.ask("software load uri http://192.0.2.1/wtm4100-6.2.4.12.59373.swpack force").await,
        "resp Server not reachable.  Load not started.\r\n"
    );
    assert_eq!(
        console.ask("software load uri ftp://127.0.0.1/x force").await,
        "resp Invalid URI.  Load not started.\r\n"
    );
    assert!(journal(&device, "fetch").is_empty());
    // Says more than it sends.
    let short = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = short.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = short.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.").await.unwrap();
    });
    for (uri, why) in [
        (images.uri("wtm4100-9.9.9.1.1.swpack"), "failed: status 404"),
        (format!("http://{at}/{SIX}"), "failed: 10 of 100 bytes"),
        (images.uri("readme.txt"), ""),
    ] {
        console.ask(&format!("software load uri {uri} force")).await;
        becomes(&device, "software_state", "loadError").await;
        if !why.is_empty() {
            assert_eq!(journal(&device, "fetch").last().unwrap(), why);
        }
        assert!(console.ask(&format!("software load uri {uri} force")).await.contains("already in progress"));
        assert_eq!(console.ask("software abort").await, "resp Software load aborted.\r\n");
        assert_eq!(device.text("software_state", ""), "idle");
    }
    turn(&device, json!({"load_result": "loadError", "error_needs_abort": false}));
    let load = format!("software load uri {} force", images.uri(SIX));
    for _ in 0..2 {
        assert!(console.ask(&load).await.contains("Loading started"));
        becomes(&device, "software_state", "loadError").await;
    }
    assert_eq!(device.text("inactive", ""), "2.10.3.7.5120");
    turn(&device, json!({"load_result": "hang"}));
    console.ask(&load).await;
    becomes(&device, "software_state", "load").await;
    console.ask("software abort").await;
    assert_eq!(device.text("software_state", ""), "idle");
    // Without force the same version is not loaded again.
    turn(&device, json!({"load_result": "ok"}));
    console.ask(&format!("software load uri {}", images.uri("wtm4100-2.11.11.18.6069.swpack"))).await;
    becomes(&device, "software_state", "sameVersion").await;
}

#[tokio::test]
async fn an_activation_can_wait_for_a_restart() {
    let (lab, device) = lab(json!({
        "software_state": "loadOk", "inactive": "6.2.4", "activation_needs_restart": true, "activate_asks": false,
        "reboot_seconds": 30,
    }))
    .await;
    lab.clock().set_rate(200.0);
    let mut console = Console::open(&device).await;
    assert_eq!(console.ask("software activate").await, "resp Activating new software now\r\n");
    lab.clock().sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(console.ask("show software-status status").await, "software-status status activate\r\n");
    assert_eq!(console.ask("software activate").await, "resp No software ready to activate\r\n");
    console.ask_until("restart", RESTART).await;
    console.send("yes\n").await;
    console.ended().await;
    assert_eq!(device.text("active", ""), "6.2.4");
    assert_eq!(journal(&device, "boot"), ["reboot swap"]);
    becomes(&device, "software_state", "idle").await;
}

#[tokio::test]
async fn restarts_and_their_knob() {
    let (lab, device) = lab(json!({"uptime_days": 300, "restart": "ignore", "reboot_seconds": 30})).await;
    lab.clock().set_rate(100.0);
    let mut console = Console::open(&device).await;
    console.ask_until("restart", RESTART).await;
    assert_eq!(console.ask("yes").await, "");
    assert!(journal(&device, "boot").is_empty());
    turn(&device, json!({"restart": "direct"}));
    console.send("restart\n").await;
    console.ended().await;
    assert_eq!(journal(&device, "boot"), ["reboot same"]);
    assert_eq!(device.number("uptime_days", 9.0), 0.0);
    assert_eq!(device.text("active", ""), "2.11.11.18.6069");
}

#[tokio::test]
async fn an_activation_that_is_not_kept() {
    let state = json!({
        "software_state": "loadOk", "inactive": "6.2.4", "activate_asks": false, "rolls_back": true, "reboot_seconds": 30,
    });
    let (lab, device) = lab(state.clone()).await;
    lab.clock().set_rate(300.0);
    Console::open(&device).await.ask("software activate").await;
    becomes(&device, "software_state", "rollback").await;
    assert_eq!((device.text("active", ""), device.text("family", "")), ("2.11.11.18.6069".into(), "2.11".into()));
    // Later: it comes up with the new image and boots back by itself.
    let (lab, device) = crate::support::lab(state).await;
    turn(&device, json!({"rollback_seconds": 300}));
    lab.clock().set_rate(300.0);
    Console::open(&device).await.ask("software activate").await;
    becomes(&device, "active", "6.2.4").await;
    becomes(&device, "software_state", "idle").await;
    becomes(&device, "active", "2.11.11.18.6069").await;
    assert_eq!(journal(&device, "boot"), ["reboot swap", "reboot back"]);
    assert_eq!(device.text("software_state", ""), "rollback");
}

#[tokio::test]
async fn rollback_and_modes() {
    let (lab, device) = lab(json!({"family": "6", "reboot_seconds": 30})).await;
    let mut console = Console::open(&device).await;
    for action in ["activate", "rollback", "abort"] {
        let said = console.ask(&format!("software {action}")).await;
        assert!(said.contains("^\r\nsyntax error: expecting "), "{said}");
    }
    console.config("config terminal").await;
    assert_eq!(console.config("software activate").await, "resp No software ready to activate\r\n");
    assert_eq!(console.config("software rollback").await, "resp ok\r\n");
    lab.clock().set_rate(100.0);
    console.ended().await;
    assert_eq!(device.text("active", ""), "2.11.11.18.6069");
    becomes(&device, "software_state", "idle").await;
    turn(&device, json!({"inactive": "", "software_mode": "config-all"}));
    let mut console = Console::open(&device).await;
    assert!(console.ask("software load uri http://127.0.0.1:1/a force").await.contains("syntax error: expecting"));
    console.config("config").await;
    assert_eq!(console.config("software rollback").await, "resp Software rollback not possible.\r\n");
    assert_eq!(device.text("software_state", ""), "rollbackError");
}

#[tokio::test]
async fn two_sessions_activate_once() {
    let (_lab, device) = lab(json!({"software_state": "loadOk", "inactive": "6.2.4", "activate_asks": false})).await;
    let (mut one, mut two) = (Console::open(&device).await, Console::open(&device).await);
    let (a, b) = tokio::join!(one.ask("software activate"), two.ask("software activate"));
    let mut said = [a, b];
    said.sort();
    assert_eq!(said, ["resp Activating new software now\r\n", "resp No software ready to activate\r\n"]);
}
