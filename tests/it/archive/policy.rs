//! A RouterOS account whose group lacks the policy `sensitive`: secrets are left out of every export, on 6 and on 7, and
//! nothing says so. Whether some release refuses instead is not known; a device that does is simulated by the words
//! that RouterOS has for what an account may not do.

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::{CONFIG, get, lab, read, turn};
use crate::engine::wait::{commands, count};
use crate::support::{Api, Setup, TestDaemon};

const PPP: &str = "correct-horse-7781";
const HIDDEN: &str = "/export terse hide-sensitive";

/// A router as it is asked for everything: its release, its command.
const RELEASES: [(&str, &str, &str); 2] =
    [("r6", "6.49.17", "/export terse"), ("r7", "7.16", "/export terse show-sensitive")];

/// Warnings of a job.
async fn warnings(api: &Api, job: &Value) -> Vec<String> {
    let events = api.events(job["job_id"].as_str().unwrap()).await;
    let warnings = events.iter().filter(|event| event["level"] == "warning");
    warnings.map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

/// A config that must be read; its `archive`, and what was warned of.
async fn reads(api: &Api, device: &str) -> (Value, Vec<String>) {
    let job = api.run(CONFIG, json!({ "device": device })).await;
    assert_eq!(job["status"], "success", "{job}");
    (job["result"]["archive"].clone(), warnings(api, &job).await)
}

async fn text(api: &Api, device: &str, version: u32) -> String {
    get(api, &format!("/configs/{device}/{version}")).await["text"].as_str().unwrap().to_owned()
}

fn refuse(command: &str) -> Fault {
    Fault::RefuseCommand { command: command.to_owned(), text: "not enough permissions (9)".to_owned() }
}

#[tokio::test]
async fn an_account_that_loses_the_policy_and_gets_it_back() {
    let knobs = |version: &str| json!({ "version": version, "secrets": { "ppp": PPP } });
    let lab = lab(RELEASES.map(|(name, version, _)| (name, "routeros", knobs(version))).to_vec()).await;
    let daemon = TestDaemon::start(Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() }).await;
    let api = &daemon.api;
    for (name, _, command) in RELEASES {
        let router = lab.device(name).unwrap();
        let version = |number: u32, changed: bool| json!({ "version": number, "changed": changed });
        assert_eq!(reads(api, name).await, (version(1, true), Vec::new()), "{name}");

        turn(&lab, name, json!({ "sensitive": false }));
        let (archive, warned) = reads(api, name).await;
        assert_eq!(archive, version(2, true), "{name}");
        let [warning] = warned.as_slice() else { panic!("{name}: {warned:?}") };
        assert!(warning.starts_with(&format!("{name} (")) && warning.contains("showed none"), "{warning}");
        // Nothing but marks has gone: no line was lost, and none names another secret.
        let (before, after) = (text(api, name, 1).await, text(api, name, 2).await);
        assert!(before.contains("<redacted:") && !after.contains("<redacted:") && !after.contains(PPP), "{after}");
        assert_eq!(before.lines().count(), after.lines().count(), "{name}");
        for (old, new) in before.lines().zip(after.lines()) {
            assert!(old == new || old.contains("<redacted:"), "{name}: {old} became {new}");
        }
        assert_eq!(reads(api, name).await, (version(2, false), Vec::new()), "{name}: told once, not every night");

        turn(&lab, name, json!({ "sensitive": true }));
        assert_eq!(reads(api, name).await, (version(3, true), Vec::new()), "{name}");
        assert_eq!(text(api, name, 3).await, before, "{name}: the secrets are the same as before");
        // No release is asked in the words of another, and nothing is asked twice.
        let journal = router.journal();
        let exports: Vec<&str> =
            journal.iter().map(|entry| entry.input.as_str()).filter(|input| input.starts_with("/export")).collect();
        assert_eq!(exports, [command; 4], "{name}");
    }
    daemon.stop().await;
}

/// A client that asks for secrets in clear is told each time that there were none.
#[tokio::test]
async fn who_asks_for_secrets_is_told_that_none_came() {
    let lab = lab(vec![("r1", "routeros", json!({ "version": "7.16", "sensitive": false }))]).await;
    let daemon = TestDaemon::start(Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() }).await;
    for _ in 0..2 {
        let job = daemon.api.run(CONFIG, json!({ "device": "r1", "show_secrets": true })).await;
        assert_eq!(job["status"], "success", "{job}");
        let warned = warnings(&daemon.api, &job).await;
        assert!(matches!(warned.as_slice(), [one] if one.contains("showed none")), "{warned:?}");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_refusal_of_secrets_is_no_refusal_of_the_config() {
    let lab = lab(vec![("r1", "routeros", json!({ "version": "7.16", "secrets": { "ppp": PPP } }))]).await;
    let router = lab.device("r1").unwrap();
    router.add_fault(refuse("show-sensitive"));
    let daemon = TestDaemon::start(Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() }).await;
    let api = &daemon.api;
    for (night, changed) in [(1, true), (2, false)] {
        let (archive, warned) = reads(api, "r1").await;
        assert_eq!(archive, json!({ "version": 1, "changed": changed }));
        let [warning] = warned.as_slice() else { panic!("{warned:?}") };
        assert!(warning.contains("read without its secrets"), "{warning}");
        assert!(warning.contains("not enough permissions (9)"), "{warning}");
        // One way of asking after the other, each once, each session closed.
        let journal = router.journal();
        assert_eq!((commands(&journal, "/export terse show-sensitive"), commands(&journal, HIDDEN)), (night, night));
        assert_eq!((count(&journal, "tcp", "open"), count(&journal, "tcp", "close")), (2 * night, 2 * night));
    }
    let hidden = text(api, "r1", 1).await;
    assert!(hidden.contains("/ppp secret add") && !hidden.contains("<redacted:"), "{hidden}");

    // Who asked for the secrets gets the refusal, and not something less.
    let exports = commands(&router.journal(), HIDDEN);
    let error = api.error(CONFIG, json!({ "device": "r1", "show_secrets": true })).await;
    assert!(error.starts_with("forbidden_readonly: r1 (") && error.contains("not enough permissions"), "{error}");
    assert_eq!(commands(&router.journal(), HIDDEN), exports);

    router.clear_faults();
    assert_eq!(read(api, "r1").await, json!({ "version": 2, "changed": true }));
    assert!(text(api, "r1", 2).await.contains("<redacted:"));
    daemon.stop().await;
}

/// Where the config is refused in both ways, the job says so.
#[tokio::test]
async fn an_account_that_may_export_nothing_gets_nothing() {
    let lab = lab(RELEASES.map(|(name, version, _)| (name, "routeros", json!({ "version": version }))).to_vec()).await;
    let daemon = TestDaemon::start(Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() }).await;
    for (name, _, command) in RELEASES {
        let router = lab.device(name).unwrap();
        router.add_fault(refuse("/export"));
        let error = daemon.api.error(CONFIG, json!({ "device": name })).await;
        assert!(error.starts_with(&format!("forbidden_readonly: {name} (")), "{error}");
        let journal = router.journal();
        let exports: Vec<&str> =
            journal.iter().map(|entry| entry.input.as_str()).filter(|input| input.starts_with("/export")).collect();
        assert_eq!(exports, [command, HIDDEN], "{name}");
        assert_eq!((count(&journal, "tcp", "open"), count(&journal, "tcp", "close")), (2, 2), "{name}");
    }
    assert!(daemon.store.config_devices().await.unwrap().is_empty());
    daemon.stop().await;
}
