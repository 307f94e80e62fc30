//! `GET /jobs/{job_id}/stream`: a job's events as they happen, as server-sent events.
//!
//! Each event's id is its sequence number; `Last-Event-ID` resumes after it. A change of state is sent as `state`. The
//! stream ends after the terminal state, or when the daemon shuts down.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event as SentEvent, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::Stream;
use serde::Serialize;

use super::Status;
use super::events::EventItem;
use crate::api::ApiState;
use crate::api::envelope::Shown;
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::JobErrors;
use crate::api::scope::Scope;
use crate::model::{Event, JobId, JobStatus};
use crate::report::Chain;
use crate::store::{JobState, Watch};

/// Data of a `state` event.
#[derive(Debug, Serialize)]
struct StateData {
    job_id: Shown<JobId>,
    status: Status,
    cancel_requested: bool,
    error: Option<String>,
}

/// Events of one job, live.
#[utoipa::path(
    get, path = "/jobs/{job_id}/stream", tag = "jobs", operation_id = "stream_job",
    params(("job_id" = String, Path, description = "Id of the job; compared as text."),
        ("Last-Event-ID" = Option<String>, Header, description = "Sequence number after which to resume.")),
    responses((status = 200, description = "Messages {ts, level, message} with their sequence number as id; `state` \
        events {job_id, status, cancel_requested, error}. Ends after the terminal state.",
        content_type = "text/event-stream"), JobErrors)
)]
pub(in crate::api) async fn stream(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    // Before the first query, so that nothing falls between the two.
    let id = JobId::parse(call.job_id()?).map_err(|_| ApiError::JobNotFound)?;
    let watch = api.store.watch(id);
    let after = last_event_id(&call.headers);
    let found = api.store.follow(id, after).await?;
    let (state, events) = found.filter(|(state, _)| !state.hidden).ok_or(ApiError::JobNotFound)?;
    let keepalive = Duration::from_secs(api.config.keepalive_seconds);
    let mut tail = Tail { id, after, shown: None, pending: VecDeque::new(), over: false, watch, api };
    tail.tell(state, events);
    let mut response = Sse::new(tail.into_stream()).keep_alive(KeepAlive::new().interval(keepalive)).into_response();
    // A proxy that collects the stream before it passes it on (nginx does) would hold the events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// An id that is not ours resumes from the start: better twice than never.
fn last_event_id(headers: &HeaderMap) -> i64 {
    headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse::<i64>().ok())
        .map_or(0, |seq| seq.max(0))
}

/// Follows one job.
struct Tail {
    api: ApiState,
    id: JobId,
    /// Sequence number of the last event sent.
    after: i64,
    /// State last sent.
    shown: Option<(JobStatus, bool)>,
    pending: VecDeque<SentEvent>,
    over: bool,
    watch: Watch,
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
            self.wait().await;
            self.look().await;
        }
    }

    /// Reads what is new: the watch tells of everything that came after the last look.
    async fn look(&mut self) {
        match self.api.store.follow(self.id, self.after).await {
            Ok(Some((state, events))) => self.tell(state, events),
            // Swept away meanwhile.
            Ok(None) => self.over = true,
            Err(error) => self.give_up(&error),
        }
    }

    fn tell(&mut self, state: JobState, events: Vec<Event>) {
        for event in events {
            self.after = self.after.max(event.seq);
            let id = event.seq.to_string();
            self.push(SentEvent::default().id(id), &EventItem::from(event));
        }
        self.state(state);
    }

    fn state(&mut self, job: JobState) {
        let now = (job.status, job.cancel_requested);
        if self.shown != Some(now) {
            self.shown = Some(now);
            let data = StateData {
                job_id: Shown(self.id),
                status: job.status.into(),
                cancel_requested: job.cancel_requested,
                error: job.error,
            };
            self.push(SentEvent::default().event("state"), &data);
        }
        self.over = job.status.is_terminal();
    }

    fn push<T: Serialize>(&mut self, event: SentEvent, data: &T) {
        match event.json_data(data) {
            Ok(event) => self.pending.push_back(event),
            Err(error) => tracing::error!(error = %error, "an event of job {} cannot be shown", self.id),
        }
    }

    /// The client resumes by itself, with the id of the last event.
    fn give_up(&mut self, error: &crate::store::StoreError) {
        tracing::error!(job.id = %self.id, error = %Chain(error), "the stream of a job ends: {}", Chain(error));
        self.over = true;
    }

    /// Until something may be new. A signal is only a hint, so there is a look now and then without one.
    async fn wait(&mut self) {
        let pause = Duration::from_secs(self.api.config.keepalive_seconds);
        tokio::select! {
            () = self.api.shutdown.cancelled() => {}
            () = self.api.clock.sleep(pause) => {}
            () = self.watch.changed() => {}
        }
    }
}
