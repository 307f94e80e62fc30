//! `towerhand job watch` over a daemon that is killed and started again.

use std::collections::HashSet;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use towerhand_simulators::core::Fault;

use super::site;
use crate::support::Process;

#[tokio::test]
async fn a_watch_outlives_a_kill_and_tells_no_event_twice() {
    let (lab, daemon, shell) = site(vec![("r1", "routeros", json!({}))]).await;
    let device = lab.device("r1").unwrap();
    device.add_fault(Fault::Mute { after: Some("export".to_owned()) });
    let mut changes = device.changes();
    let id = daemon.api.submit("ido.swt.running_config", json!({ "device": "r1" })).await;
    while !device.journal().iter().any(|entry| entry.channel == "exec") {
        changes.changed().await.unwrap();
    }
    let mut watch = shell.spawn(&["job", "watch", &id, "--json"]);
    let mut stdout = BufReader::new(watch.stdout.take().unwrap());
    let mut out = String::new();
    stdout.read_line(&mut out).await.unwrap();

    let listen = daemon.api.url.strip_prefix("http://").unwrap().parse().unwrap();
    daemon.kill();
    device.clear_faults();
    let daemon = Process::serve_at(listen, shell.path(), &[]).await;
    stdout.read_to_string(&mut out).await.unwrap();
    let ended = watch.wait_with_output().await.unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]), "{out}");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.last().unwrap()["status"], "success", "{out}");
    let told: Vec<Value> = lines.into_iter().filter(|line| line.get("message").is_some()).collect();
    let unlike: HashSet<String> = told.iter().map(Value::to_string).collect();
    assert_eq!(unlike.len(), told.len(), "{out}");
    // Neither twice nor missing.
    assert_eq!(told, daemon.api.events(&id).await);
    assert!(told.len() >= 2, "{told:?}");
}
