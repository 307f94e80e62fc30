//! Follows a job's stream to its end, also over breaks: each new connection resumes after the last event that was seen.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::Value;

use super::client::{Client, path_of};
use super::sse::{Event, Reader};
use crate::clock::Clock;

/// Pauses before connecting again, one after the other; after the last one without an event it gives up. Together they
/// outlast a restart of the daemon.
const PAUSES: [Duration; 8] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
    Duration::from_secs(30),
];

/// How a connection ended.
enum Broke {
    /// The job has ended.
    JobEnded,
    /// The daemon or the network went away.
    Away(anyhow::Error),
}

/// Gives every event to `see`, once and in order, until the job has ended; then the job. Errors: the daemon refuses, or
/// stays away for a minute.
pub(super) async fn follow(client: &Client, id: &str, mut see: impl FnMut(&Event, &Value)) -> anyhow::Result<Value> {
    let clock = Clock::system();
    let (mut last, mut reached, mut tries) = (None, false, 0);
    loop {
        let before = last.clone();
        let why = match connection(client, id, &mut last, &mut reached, &mut see).await? {
            Broke::JobEnded => return client.call(Method::GET, &path_of(id, "")?, None).await,
            // Never reached: a wrong address is told at once.
            Broke::Away(why) if !reached => return Err(why),
            Broke::Away(why) => why,
        };
        if last != before {
            tries = 0;
        }
        let Some(pause) = PAUSES.get(tries) else {
            return Err(why.context(format!("the stream of job {id} broke off; go on with: towerhand job watch {id}")));
        };
        tries += 1;
        clock.sleep(*pause).await;
    }
}

async fn connection(
    client: &Client,
    id: &str,
    last: &mut Option<String>,
    reached: &mut bool,
    see: &mut impl FnMut(&Event, &Value),
) -> anyhow::Result<Broke> {
    let mut request = client.request(Method::GET, &path_of(id, "/stream")?);
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last.as_str());
    }
    let mut reply = match request.send().await {
        Ok(reply) => reply,
        Err(error) => {
            *reached |= !error.is_connect();
            return Ok(Broke::Away(client.away(error)));
        }
    };
    *reached = true;
    let status = reply.status();
    if status.is_server_error() {
        return Ok(Broke::Away(client.refusal(reply).await));
    }
    if !status.is_success() {
        bail!(client.refusal(reply).await);
    }
    let mut reader = Reader::default();
    loop {
        let part = match reply.chunk().await.context("the stream broke off") {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(Broke::Away(anyhow::anyhow!("the daemon ended the stream before the job ended"))),
            Err(error) => return Ok(Broke::Away(error)),
        };
        for event in reader.feed(&part) {
            let Ok(data) = serde_json::from_str::<Value>(&event.data) else { continue };
            see(&event, &data);
            if let Some(seq) = &event.id {
                *last = Some(seq.clone());
            }
            let state = data.get("status").and_then(Value::as_str).filter(|_| event.name == "state");
            if matches!(state, Some("success" | "error" | "cancelled")) {
                return Ok(Broke::JobEnded);
            }
        }
    }
}
