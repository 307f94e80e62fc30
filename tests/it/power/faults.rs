//! Units that misbehave: every reading ends within its bounds with a class and a sentence, or is whole.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use towerhand_simulators::core::Fault;

use super::{site, unit};
use crate::support::{Setup, TestDaemon};

const QUICK: &str =
    "[http]\ntotal_timeout_ms = 1500\nmax_body_bytes = 1048576\n[snmp]\ntimeout_ms = 300\nretries = 1\n";

/// A daemon that takes `listener` for a panel.
async fn panel_at(listener: &TcpListener) -> TestDaemon {
    let address = listener.local_addr().unwrap();
    let inventory = format!(
        "devices:\n  - name: rpc\n    address: {}\n    type: ICT200DB12\n    ports: {{http: {}}}\n    \
         credentials: {{username: admin, password: {{insecure_plain: sim}}}}\n",
        address.ip(),
        address.port()
    );
    TestDaemon::start(Setup { inventory: Some(inventory), settings: QUICK.to_owned(), ..Setup::default() }).await
}

/// One page without a length, sent as `serve` likes; then reads until the daemon has closed.
async fn answer(listener: &TcpListener, body: &[u8], endless: bool) -> usize {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut buffer = vec![0; 4096];
    let _ = stream.read(&mut buffer).await.unwrap();
    let mut sent = 0;
    if !body.is_empty() {
        let _ = stream.write_all(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n").await;
        while stream.write_all(body).await.is_ok() {
            sent += body.len();
            if !endless {
                let _ = stream.shutdown().await;
                break;
            }
        }
    }
    while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
    sent
}

#[tokio::test]
async fn f73_a_mute_device_times_out_and_the_connection_is_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let daemon = panel_at(&listener).await;
    let started = towerhand::clock::Stopwatch::start();
    // The listener's side ends only when the daemon has closed.
    let ask = daemon.api.error("ido.rpc.device_info", json!({ "device": "rpc" }));
    let (error, sent) = tokio::join!(ask, answer(&listener, b"", false));
    assert!(error.starts_with("timeout: rpc (127.0.0.1): "), "{error}");
    assert_eq!(sent, 0);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[tokio::test]
async fn f74_an_endless_page_stops_at_the_cap() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let daemon = panel_at(&listener).await;
    let ask = daemon.api.error("ido.rpc.device_info", json!({ "device": "rpc" }));
    let block = vec![b'x'; 64 * 1024];
    let (error, sent) = tokio::join!(ask, answer(&listener, &block, true));
    assert!(error.starts_with("protocol_error: rpc (127.0.0.1): "), "{error}");
    // The cap is 1 MiB; the rest fills the kernel's buffers.
    assert!((1_048_576..64 * 1_048_576).contains(&sent), "{sent}");
}

/// A page without a length that ends early has fewer outputs than the panel.
#[tokio::test]
async fn a_page_that_was_cut_off_is_no_answer() {
    let cell = "<td><div><table><tr><td><b>Output 1A:</b></td><td>R1</td></tr><tr><td>Current:</td><td>-1.1 A</td></tr>\
                <tr><th>Enabled</th></tr></table></div></td>";
    let whole = format!("<html><body><table id=\"page\"><tr>{cell}</tr></table></body></html>\n");
    let cut = format!("<html><body><table id=\"page\"><tr>{cell}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let daemon = panel_at(&listener).await;
    let ask = daemon.api.response("ido.rpc.device_info", json!({ "device": "rpc" }));
    let (info, _) = tokio::join!(ask, answer(&listener, whole.as_bytes(), false));
    assert_eq!(info["outlets"][0]["id"], "1A");
    let ask = daemon.api.error("ido.rpc.device_info", json!({ "device": "rpc" }));
    let (error, _) = tokio::join!(ask, answer(&listener, cut.as_bytes(), false));
    assert!(error.starts_with("protocol_error: ") && error.contains("cut off"), "{error}");
}

#[tokio::test]
async fn f76_faults_of_the_page_end_with_a_class_and_a_sentence() {
    let (lab, daemon) = site(vec![unit("rpc", "ict-rpc", json!({}))], QUICK).await;
    let device = lab.device("rpc").unwrap();
    let whole = daemon.api.response("ido.rpc.device_info", json!({ "device": "rpc" })).await;
    let faults = [
        (Fault::Garbage { bytes: None, endless: false }, "protocol_error"),
        (Fault::Garbage { bytes: Some(65_536), endless: true }, "protocol_error"),
        (Fault::Mute { after: None }, "timeout"),
        (Fault::Slow { ms: 60_000 }, "timeout"),
        (Fault::Drop { after: None, bytes: None }, "protocol_error"),
        (Fault::Drop { after: None, bytes: Some(40) }, "protocol_error"),
        (Fault::Drop { after: None, bytes: Some(900) }, "protocol_error"),
        (Fault::Refuse {}, "protocol_error"),
        (Fault::Auth {}, "auth_failed"),
    ];
    for (fault, class) in faults {
        device.add_fault(fault.clone());
        let started = towerhand::clock::Stopwatch::start();
        let job = daemon.api.run("ido.rpc.device_info", json!({ "device": "rpc" })).await;
        device.clear_faults();
        assert!(started.elapsed() < Duration::from_secs(20), "{fault:?}: {:?}", started.elapsed());
        assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{fault:?}: {job}");
        let error = job["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("{class}: rpc (127.7.0.1): ")), "{fault:?}: {error}");
    }
    // Pieces of a whole answer are a whole answer.
    for after in ["", ">"] {
        device.add_fault(Fault::Split { after: after.to_owned(), ms: 0 });
        let info = daemon.api.response("ido.rpc.device_info", json!({ "device": "rpc" })).await;
        assert_eq!(info, whole);
        device.clear_faults();
    }
}

#[tokio::test]
async fn f76b_faults_of_an_agent_end_with_a_class_and_a_sentence() {
    let devices =
        vec![unit("panel", "ict-pdu", json!({})), unit("pdu", "apc-pdu", json!({})), unit("ups", "ups-mib", json!({}))];
    let (lab, daemon) = site(devices, QUICK).await;
    for (name, role, late) in [
        ("panel", "rpc", "1.3.6.1.4.1.39145.10.8.1.1.7"),
        ("pdu", "rpc", "1.3.6.1.4.1.318.1.1.26"),
        ("ups", "ups", "1.3.6.1.2.1.33.1"),
    ] {
        let device = lab.device(name).unwrap();
        let faults = [
            (Fault::Garbage { bytes: None, endless: false }, "timeout"),
            (Fault::Mute { after: None }, "timeout"),
            (Fault::Mute { after: Some(late.to_owned()) }, "timeout"),
            (Fault::Drop { after: Some(late.to_owned()), bytes: None }, "timeout"),
            (Fault::Slow { ms: 60_000 }, "timeout"),
            (Fault::Refuse {}, "timeout"),
            (Fault::Auth {}, "timeout"),
        ];
        for (fault, class) in faults {
            device.add_fault(fault.clone());
            for action in ["device_info", "running_config"] {
                let job = daemon.api.run(&format!("ido.{role}.{action}"), json!({ "device": name })).await;
                assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{fault:?}: {job}");
                let error = job["error"].as_str().unwrap();
                assert!(error.starts_with(&format!("{class}: {name} (127.7.0.")), "{name} {fault:?}: {error}");
            }
            device.clear_faults();
        }
        // A lost datagram and a repeated one change nothing.
        super::turn(&lab, name, json!({ "drop_first": 1, "duplicate": true }));
        daemon.api.response(&format!("ido.{role}.device_info"), json!({ "device": name })).await;
    }
}
