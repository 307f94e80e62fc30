//! The software actions: load, activate, abort, roll back, restart; and the states that they lead through.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::fetch;
use super::radio::{Boot, Radio, knobs};
use super::version::Version;

/// What follows a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Then {
    /// Nothing: `software activate` does.
    Manual,
    /// The activation, at once.
    Immediate,
    /// The activation, when the radio's clock shows this second of the day.
    At(f64),
}

/// A load as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Where the image is.
    pub uri: String,
    /// Also if it is no newer than the active one.
    pub force: bool,
    /// What follows.
    pub then: Then,
}

const ALREADY: &str = "resp Software operation already in progress.  Load not started.";
const NOT_READY: &str = "resp No software ready to activate";

/// How long a load checks the package before it fetches it, of the whole; and how long it writes it afterwards.
const CHECKING: f64 = 0.05;
const WRITING: f64 = 0.1;

/// `software load`: what is said to it.
pub fn load(radio: &Arc<Radio>, load: Load) -> String {
    let mut live = radio.live();
    let facts = radio.facts();
    let failed = matches!(facts.state().as_str(), "loadError" | "rollbackError" | "compatibilityError");
    if facts.is_busy() || (failed && facts.0.flag("error_needs_abort", true)) {
        return ALREADY.to_owned();
    }
    if let Err(refusal) = fetch::Uri::parse(&load.uri) {
        return format!("resp {refusal}  Load not started.");
    }
    let said = match load.then {
        Then::Manual => "resp Loading started with manual activation.".to_owned(),
        Then::Immediate => "resp Loading started with automatic activation.".to_owned(),
        Then::At(second) => {
            let minutes = (second / 60.0) as u64;
            format!("resp Loading started with scheduled activation at {:02}:{:02}.", minutes / 60, minutes % 60)
        }
    };
    let work = radio.next_work(&mut live);
    radio.device.merge(knobs(json!({
        "software_state": "prepareLoad", "loading_uri": load.uri, "load_started": radio.now(), "rollback_open": false,
    })));
    let (tasks, token) = (Arc::clone(radio), work.clone());
    radio.work(work, async move { run(&tasks, &load, &token).await });
    said
}

/// A load from its beginning to what follows it.
async fn run(radio: &Arc<Radio>, load: &Load, work: &CancellationToken) {
    let facts = radio.facts();
    let whole = facts.0.number("load_seconds", 600.0).max(0.0);
    let clock = radio.device.clock.clone();
    let wait = |part: f64| clock.sleep(Duration::from_secs_f64(whole * part));
    let to = |state: &str| radio.advance(work, json!({ "software_state": state }));
    wait(CHECKING).await;
    let (Some(version), Ok(uri)) = (Version::of_package(&load.uri), fetch::Uri::parse(&load.uri)) else {
        to("loadError");
        return;
    };
    if !load.force && facts.maybe_version("active").is_some_and(|active| version <= active) {
        to("sameVersion");
        return;
    }
    let device = &radio.device;
    device.received("fetch", format!("GET {}", load.uri));
    let mut transfer = match fetch::begin(&uri).await {
        Ok(transfer) => transfer,
        Err(why) => {
            device.received("fetch", format!("failed: {why}"));
            to("loadError");
            return;
        }
    };
    if !to("load") {
        return;
    }
    match transfer.finish().await {
        Ok(bytes) => device.received("fetch", format!("200, {bytes} bytes")),
        Err(why) => {
            device.received("fetch", format!("failed: {why}"));
            to("loadError");
            return;
        }
    }
    wait(1.0 - CHECKING - WRITING).await;
    // Read at the end, so that a test can turn it during the load.
    match radio.facts().0.text("load_result", "ok").as_str() {
        "hang" => return std::future::pending().await,
        "loadError" => {
            to("loadError");
            return;
        }
        _ => {}
    }
    to("commit");
    wait(WRITING).await;
    if !radio.advance(work, json!({"software_state": "loadOk", "inactive": version.dotted(), "load_started": null})) {
        return;
    }
    match load.then {
        Then::Manual => return,
        Then::Immediate => {}
        Then::At(second) => {
            let left = radio.until_second_of_day(second);
            to("waitingToActivate");
            clock.sleep(Duration::from_secs_f64(left)).await;
        }
    }
    if to("activate") {
        boot_into(radio, work).await;
    }
}

/// An activation or a rollback that was begun: a moment later the radio boots into the other image, unless a restart
/// is needed for that.
async fn boot_into(radio: &Arc<Radio>, work: &CancellationToken) {
    let facts = radio.facts();
    if facts.state() == "activate" && facts.0.flag("activation_needs_restart", false) {
        return;
    }
    radio.device.clock.sleep(Duration::from_secs_f64(facts.0.number("activate_seconds", 10.0))).await;
    radio.reboot_after(work, Boot::Swap);
}

fn begin(radio: &Arc<Radio>, live: &mut super::radio::Live, state: &str) {
    let work = radio.next_work(live);
    radio.device.merge(knobs(json!({ "software_state": state })));
    let (own, token) = (Arc::clone(radio), work.clone());
    radio.work(work, async move { boot_into(&own, &token).await });
}

/// `software activate`.
pub fn activate(radio: &Arc<Radio>) -> String {
    let mut live = radio.live();
    if !matches!(radio.facts().state().as_str(), "loadOk" | "waitingToActivate") {
        return NOT_READY.to_owned();
    }
    begin(radio, &mut live, "activate");
    "resp Activating new software now".to_owned()
}

/// `software abort`: ends a load or clears an error; an activation goes on.
pub fn abort(radio: &Arc<Radio>) -> String {
    let mut live = radio.live();
    if matches!(radio.facts().state().as_str(), "activate" | "rollback") {
        return "resp Software operation cannot be aborted.".to_owned();
    }
    let _ended = radio.next_work(&mut live);
    radio.device.merge(knobs(json!({"software_state": "idle", "loading_uri": null, "load_started": null})));
    "resp Software load aborted.".to_owned()
}

/// `software rollback`: legal when idle, with another image there and no load since the last activation.
pub fn rollback(radio: &Arc<Radio>) -> String {
    let mut live = radio.live();
    let facts = radio.facts();
    let legal =
        facts.state() == "idle" && facts.maybe_version("inactive").is_some() && facts.0.flag("rollback_open", true);
    if !legal {
        if !facts.is_busy() {
            radio.device.merge(knobs(json!({"software_state": "rollbackError"})));
        }
        return "resp Software rollback not possible.".to_owned();
    }
    begin(radio, &mut live, "rollback");
    "resp ok".to_owned()
}

/// `restart`, confirmed.
pub fn restart(radio: &Arc<Radio>) {
    if radio.facts().0.text("restart", "ask") != "ignore" {
        let mut live = radio.live();
        radio.reboot(&mut live, Boot::Same);
    }
}
