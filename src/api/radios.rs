//! `GET /aviat/stream`: what happens to radios, as it happens, as server-sent events for any number of viewers.
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

use super::ApiState;
use super::envelope::Stamp;
use super::error::ApiError;
use super::extract::{Incoming, last_of};
use super::openapi::ReadErrors;
use super::scope::Scope;
use crate::model::{JobId, RadioEvent};
use crate::report::Chain;
use crate::store::Signal;

/// A new viewer first gets so many of the newest events: the contract's backlog.
const BACKLOG: i64 = 200;
/// Read from the store at once.
const PAGE: u32 = 200;

/// Events of all radio maintenance, live.
#[utoipa::path(
    get, path = "/aviat/stream", tag = "aviat", operation_id = "stream_aviat",
    params(("task_id" = Option<String>, Query, description = "Only events of this maintenance."),
        ("Last-Event-ID" = Option<String>, Header, description = "Number after which to resume; without it, the newest 200 first.")),
    responses((status = 200, description = "Messages {message, level, task_id, ts, ip} with typed members, their number as \
        id. A comment every 15 s. Ends when the daemon stops.",
        content_type = "text/event-stream"), ReadErrors)
)]
pub(super) async fn stream(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let task = match last_of(call.query.as_deref(), "task_id")?.filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(JobId::parse(&text).map_err(|_| ApiError::invalid("'task_id' must be the id of a job"))?),
    };
    // Before the first query, so that nothing falls between the two.
    let signals = api.store.signals();
    let after = match last_event_id(&call.headers) {
        Some(after) => after,
        // A task's events are few; of all others the newest.
        None if task.is_some() => 0,
        None => (api.store.last_radio_event().await? - BACKLOG).max(0),
    };
    let keepalive = Duration::from_secs(api.config.keepalive_seconds);
    let tail = Tail { api, task, after, pending: VecDeque::new(), over: false, signals };
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
    task: Option<JobId>,
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
        match self.api.store.radio_events(self.after, PAGE, self.task).await {
            Ok(events) => {
                for event in events {
                    self.after = self.after.max(event.seq);
                    match SentEvent::default().id(event.seq.to_string()).json_data(shown(&event)) {
                        Ok(event) => self.pending.push_back(event),
                        Err(error) => tracing::error!(error = %error, "a radio's event cannot be shown"),
                    }
                }
            }
            // The client resumes by itself, with the id of the last event.
            Err(error) => {
                tracing::error!(error = %Chain(&error), "the stream of radios ends: {}", Chain(&error));
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
                    Ok(Signal::Radios) | Err(broadcast::error::RecvError::Lagged(_)) => return,
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

/// The contract's keys, then the typed members.
fn shown(event: &RadioEvent) -> Value {
    let said = &event.said;
    let mut shown = json!({
        "message": said.message,
        "level": said.level.as_str(),
        "task_id": said.task,
        "ts": Stamp(said.at),
        "ip": said.address,
    });
    if let (Some(members), Some(fields)) = (shown.as_object_mut(), said.fields.as_object()) {
        for (name, value) in fields {
            members.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    shown
}
