//! The upgrade of the site's hop: the far end first, the near end when the far end is proven.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::parts::{Api, HOP, Site};
use crate::{report, say};

/// So much faster than real time the radios load and boot: ten minutes become three seconds.
const RATE: f64 = 200.0;

/// Both ends take some fifteen seconds.
const PATIENCE: Duration = Duration::from_secs(55);

/// The image of the demo's firmware list.
const GOAL: &str = "6.2.4";

/// Upgrades both radios and prints what the stream says; whether both are proven on the new version, by the daemon's
/// word and by theirs.
pub async fn hop(api: &Api, site: &Site) -> anyhow::Result<bool> {
    say(&format!("upgrading the radios of a hop to {GOAL}, their time runs {RATE} times as fast:"));
    api.lab(site, "/clock", Some(&json!({ "rate": RATE }))).await?;
    let stream = api.stream("/aviat/stream").await?;
    let radios: Vec<_> =
        HOP.iter().filter_map(|name| site.devices().iter().find(|device| device.name == *name)).collect();
    let addresses: Vec<&str> = radios.iter().map(|device| device.address.as_str()).collect();
    let payload = json!({
        "ips": addresses, "tasks": ["firmware"],
        "maintenance_params": { "activation_mode": "immediate", "firmware_target": "final" },
    });
    let id = api.submit("aviat.run", &payload).await?;
    let ended = tokio::select! {
        ended = api.wait(&id, PATIENCE) => ended,
        broken = tell(stream) => broken.and_then(|()| anyhow::bail!("the stream ended before the job")),
    };
    api.lab(site, "/clock", Some(&json!({ "rate": 1 }))).await?;
    let job = ended?;
    let mut good = job.get("status").and_then(Value::as_str) == Some("success");
    for radio in radios {
        let state = api.lab(site, &format!("/devices/{}/state", radio.name), None).await?;
        let active = state.get("active").and_then(Value::as_str).context("no active version")?;
        let proven = active.starts_with(GOAL);
        say(&format!("{} runs {active}{}", radio.name, if proven { "" } else { ": NOT upgraded" }));
        good = good && proven;
    }
    if !good {
        say(&format!("the upgrade failed: {}", report::error(&job)));
    }
    Ok(good)
}

/// Prints the messages of a stream of events as they come.
async fn tell(mut stream: reqwest::Response) -> anyhow::Result<()> {
    let mut text = String::new();
    while let Some(bytes) = stream.chunk().await? {
        text.push_str(&String::from_utf8_lossy(&bytes));
        while let Some((line, rest)) = text.split_once('\n') {
            if let Some(data) = line.trim_end().strip_prefix("data:")
                && let Ok(event) = serde_json::from_str::<Value>(data.trim())
            {
                say(&format!("  {}", event.get("message").and_then(Value::as_str).unwrap_or_default()));
            }
            text = rest.to_owned();
        }
    }
    Ok(())
}
