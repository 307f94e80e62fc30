//! `GET /configs/stream`: changes of configs, as they are archived, as server-sent events for any number of viewers.
//!
//! Each event's id is its number in the store; `Last-Event-ID` resumes after it. Nothing is buffered for a viewer but one
//! page: a slow one reads on from the store when it is ready.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event as SentEvent, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::Stream;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::api::ApiState;
use crate::api::envelope::Stamp;
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, last_of};
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;
use crate::report::Chain;
use crate::store::{ConfigEvent, Signal};

/// A new viewer first gets so many of the newest events.
const BACKLOG: i64 = 200;
/// The one kind of event.
const CHANGED: &str = "config.changed";
/// Read from the store at once.
const PAGE: u32 = 200;

/// Changes of configs, live.
#[utoipa::path(
    get, path = "/configs/stream", tag = "configs", operation_id = "stream_configs",
    params(("device" = Option<String>, Query, description = "Only changes of this device."),
        ("Last-Event-ID" = Option<String>, Header, description = "Number after which to resume; without it, the newest 200 first.")),
    responses((status = 200, description = "Events `config.changed` {event, at, device, ip_address, device_type, site, version, \
        previous_version, lines_added, lines_removed, sha256, job_id, submitted_by}, their number as id. A comment every \
        15 s. Ends when the daemon stops.", content_type = "text/event-stream"), ReadErrors)
)]
pub(in crate::api) async fn stream(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let device = last_of(call.query.as_deref(), "device")?.filter(|text| !text.is_empty());
    // Before the first query, so that nothing falls between the two.
    let signals = api.store.signals();
    let after = match last_event_id(&call.headers) {
        Some(after) => after,
        // A device's events are few; of all others the newest.
        None if device.is_some() => 0,
        None => (api.store.last_config_event().await? - BACKLOG).max(0),
    };
    let keepalive = Duration::from_secs(api.config.keepalive_seconds);
    let tail = Tail { api, device, after, pending: VecDeque::new(), over: false, signals };
    let keep = KeepAlive::new().interval(keepalive).text("keep-alive");
    let mut response = Sse::new(tail.into_stream()).keep_alive(keep).into_response();
    // A proxy that collects the stream before it passes it on (nginx does) would hold the events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// An id that is not ours counts as none.
fn last_event_id(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.trim().parse::<i64>().ok().filter(|seq| *seq >= 0)
}

/// Follows the events.
struct Tail {
    api: ApiState,
    device: Option<String>,
    /// Number of the last event read.
    after: i64,
    pending: VecDeque<SentEvent>,
    over: bool,
    signals: broadcast::Receiver<Signal>,
}

impl Tail {
    fn into_stream(self) -> impl Stream<Item = Result<SentEvent, Infallible>> {
        futures_util::stream::unfold(self, |mut tail| async move { tail.next().await.map(|event| (Ok(event), tail)) })
    }

    async fn next(&mut self) -> Option<SentEvent> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            if self.over || self.api.shutdown.is_cancelled() {
                return None;
            }
            self.look().await;
            if self.pending.is_empty() && !self.over {
                self.wait().await;
            }
        }
    }

    /// Reads the next page.
    async fn look(&mut self) {
        match self.api.store.config_events(self.after, PAGE, self.device.clone()).await {
            Ok(events) => {
                for event in events {
                    self.after = self.after.max(event.seq);
                    match SentEvent::default().id(event.seq.to_string()).event(CHANGED).json_data(shown(&event)) {
                        Ok(event) => self.pending.push_back(event),
                        Err(error) => tracing::error!(error = %error, "a config's event cannot be shown"),
                    }
                }
            }
            // The client resumes by itself, with the id of the last event.
            Err(error) => {
                tracing::error!(error = %Chain(&error), "the stream of configs ends: {}", Chain(&error));
                self.over = true;
            }
        }
    }

    /// Until something may be new. A signal is only a hint, so there is a look now and then without one.
    async fn wait(&mut self) {
        let pause = Duration::from_secs(self.api.config.keepalive_seconds);
        let sleep = self.api.clock.sleep(pause);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = self.api.shutdown.cancelled() => return,
                () = &mut sleep => return,
                signal = self.signals.recv() => match signal {
                    Ok(Signal::Configs) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Closed) => {
                        self.over = true;
                        return;
                    }
                },
            }
        }
    }
}

fn shown(event: &ConfigEvent) -> Value {
    json!({
        "event": CHANGED,
        "at": Stamp(event.at),
        "device": event.device,
        "ip_address": event.address,
        "device_type": event.device_type,
        "site": event.site,
        "version": event.number,
        "previous_version": event.previous,
        "lines_added": event.added,
        "lines_removed": event.removed,
        "sha256": event.sha256,
        "job_id": event.job,
        "submitted_by": event.author,
    })
}
