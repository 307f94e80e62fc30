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

use super::events::EventItem;
use super::{Status, visible};
use crate::api::ApiState;
use crate::api::envelope::Shown;
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::JobErrors;
use crate::api::scope::Scope;
use crate::model::{Job, JobId, JobStatus};
use crate::report::Chain;
use crate::store::Watch;

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
    let job = visible(&api, call.job_id()?).await?;
    let keepalive = Duration::from_secs(api.config.keepalive_seconds);
    let tail = Tail {
        id: job.id,
        after: last_event_id(&call.headers),
        shown: None,
        pending: VecDeque::new(),
        over: false,
        watch,
        api,
    };
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
            self.look().await;
            if self.pending.is_empty() && !self.over {
                self.wait().await;
            }
        }
    }

    /// Reads what is new. The job is read before its events: a terminal state is stored together with the last of
    /// them, so when it is seen none is missing.
    async fn look(&mut self) {
        let job = match self.api.store.job(&self.id.to_string()).await {
            Ok(Some(job)) => job,
            // Swept away meanwhile.
            Ok(None) => {
                self.over = true;
                return;
            }
            Err(error) => return self.give_up(&error),
        };
        match self.api.store.events(self.id, self.after).await {
            Ok(events) => {
                for event in events {
                    self.after = self.after.max(event.seq);
                    let id = event.seq.to_string();
                    self.push(SentEvent::default().id(id), &EventItem::from(event));
                }
            }
            Err(error) => return self.give_up(&error),
        }
        self.state(job);
    }

    fn state(&mut self, job: Job) {
        let now = (job.status, job.cancel_requested);
        if self.shown != Some(now) {
            self.shown = Some(now);
            let data = StateData {
                job_id: Shown(job.id),
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
