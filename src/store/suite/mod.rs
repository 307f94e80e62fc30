//! What every store must do. An implementation gives a [`Lab`] and instantiates [`conformance!`](crate::store::suite).

pub mod audit;
pub mod cancel;
pub mod configs;
pub mod durability;
pub mod events;
pub mod idempotency;
pub mod keys;
pub mod leases;
pub mod queue;
pub mod radios;
pub mod random;
pub mod schedules;
pub mod sweep;
pub mod vault;
pub mod windows;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;

use super::{Claimed, IdempotencyKey, Idempotent, NewJob, Render, StepEnd, Store, StoredResponse};
use crate::model::{Access, Job, JobId, JobStatus, Level, NewEvent, RequestId};

/// One database, and the ways into it.
#[async_trait]
pub trait Lab: Send + Sync {
    /// As the daemon; again after the last one was dropped or closed.
    async fn open(&self) -> Arc<dyn Store>;
    /// As a command beside the daemon.
    async fn beside(&self) -> Arc<dyn Store>;
}

/// Makes a test of each member of the suite; `$lab` is an expression that makes a new, empty [`Lab`].
macro_rules! conformance {
    ($lab:expr) => {
        $crate::store::suite::conformance!(@each $lab;
            audit::pages_are_newest_first_and_filtered,
            audit::old_lines_go,
            cancel::a_queued_job_ends_at_once,
            cancel::a_running_job_is_flagged_and_signalled,
            cancel::a_waiting_job_is_woken,
            cancel::a_step_that_did_not_see_it_does_not_wait,
            cancel::a_finished_job_keeps_its_outcome,
            cancel::an_unknown_job_is_not_found,
            cancel::a_replay_changes_nothing,
            cancel::a_queued_writer_that_is_cancelled_lets_readers_by,
            configs::a_config_is_a_version_where_it_differs,
            configs::a_config_compared_with_an_older_version_is_stale,
            configs::versions_are_listed_by_device,
            configs::versions_wait_for_their_commits,
            configs::a_change_is_an_event,
            configs::deliveries_stay_until_they_arrive,
            configs::a_sealed_text_is_kept_beside,
            configs::old_versions_go_but_never_the_newest,
            durability::what_was_answered_survives_a_crash,
            durability::a_lease_of_a_dead_process_is_released,
            durability::close_ends_everything,
            events::sequence_rises_over_all_jobs,
            events::the_newest_500_are_kept,
            events::any_text_is_kept_as_it_is,
            idempotency::parallel_duplicates_make_one_job,
            idempotency::a_replay_is_the_same_bytes,
            idempotency::a_line_of_the_audit_log_comes_with_its_job,
            idempotency::another_body_is_a_mismatch,
            idempotency::an_expired_key_is_free,
            idempotency::owner_method_and_path_are_part_of_the_key,
            idempotency::a_replay_outlives_its_job,
            keys::keys_are_added_listed_and_revoked,
            keys::the_version_changes_from_beside,
            keys::a_nonce_is_good_once,
            leases::a_claimed_job_is_running_and_says_so,
            leases::a_lost_lease_changes_nothing,
            leases::an_expired_lease_is_refused_before_anyone_takes_over,
            leases::a_renewed_lease_lasts,
            leases::a_wake_up_is_no_new_attempt,
            leases::a_token_rises_with_every_lease_of_a_lane,
            leases::an_end_must_be_an_end,
            leases::a_lane_is_written_to_while_a_writer_is_at_work,
            queue::lanes_are_served_in_turn,
            queue::within_a_lane_first_come_first_served,
            queue::one_writer_or_a_few_readers,
            queue::readers_do_not_starve_a_writer,
            queue::a_waiting_job_gives_the_device_back,
            queue::nothing_is_claimed_twice,
            queue::a_submission_wakes_a_listener,
            queue::next_wake_is_the_earliest,
            queue::depth_counts,
            queue::lists_are_newest_first,
            queue::a_list_says_who_may_see_a_result,
            queue::garbage_is_no_job,
            queue::a_clock_set_back_hides_no_queued_job,
            radios::rows_without_a_driver_are_found,
            radios::a_row_is_kept_as_it_was_put,
            radios::a_stale_change_changes_nothing,
            radios::slots_are_few_and_one_a_hop,
            radios::a_change_needs_its_lease,
            radios::a_task_wakes_with_its_last_radio,
            radios::a_poke_during_a_step_counts,
            radios::a_parent_wakes_with_its_last_child,
            radios::hidden_jobs_are_not_shown,
            radios::what_is_said_of_a_radio_is_said_by_its_job,
            radios::an_observation_changes_no_version,
            random::random_operations_keep_the_invariants,
            schedules::a_schedule_is_kept_as_it_was_made,
            schedules::a_run_is_stored_with_its_job_or_not_at_all,
            schedules::a_due_instant_is_run_once,
            schedules::a_run_is_skipped_while_the_last_one_goes_on,
            schedules::only_the_leader_fires,
            schedules::a_paused_schedule_does_not_fire_and_its_instants_are_not_missed,
            schedules::what_the_settings_say_keeps_its_next_instant,
            schedules::a_request_is_answered_once,
            schedules::a_run_out_of_turn,
            schedules::the_end_of_a_run_outlives_its_job,
            schedules::the_history_is_bounded_and_goes_with_its_schedule,
            schedules::a_brood_is_shown_without_its_results,
            sweep::old_jobs_go_by_age,
            sweep::old_jobs_go_by_count,
            sweep::old_notifications_go_and_no_other_line_of_the_audit_log,
            sweep::expired_keys_and_nonces_go,
            vault::secrets_are_kept_by_name,
            vault::all_secrets_are_replaced_or_none,
            vault::secrets_of_a_job_die_with_it,
            vault::a_pin_is_the_first_use,
            vault::an_offered_key_is_accepted_by_a_person,
            vault::the_audit_log_is_newest_first,
            windows::windows_are_added_listed_and_removed,
            windows::a_window_that_is_asked_for_again_is_there_once,
        );
    };
    (@each $lab:expr; $($noun:ident :: $name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let lab = $lab;
                $crate::store::suite::$noun::$name(&lab).await;
            }
        )*
    };
}
pub(crate) use conformance;

/// Readers that may share a lane, in this suite.
pub const READERS: u32 = 2;
/// How long its leases last.
pub const LEASE: Duration = Duration::from_secs(60);

/// Seconds into the suite's day.
pub fn t(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + seconds).unwrap()
}

/// The nth id.
pub fn id(n: u64) -> JobId {
    let mut bytes = [0; 16];
    // The seventh byte and the ninth are not free in a UUID.
    bytes[..8].copy_from_slice(&(n << 16).to_be_bytes());
    JobId::from_random(bytes)
}

/// The nth job, made at `t(0)`.
pub fn job(n: u64, lane: Option<&str>, access: Access) -> NewJob {
    NewJob {
        id: id(n),
        request_id: RequestId::from_random([9; 16]),
        action: "device.reboot".to_owned(),
        payload: json!({"n": n, "a": [1, null, "ü"]}),
        submitted_by: "omni".to_owned(),
        scopes: vec!["job.read".to_owned(), "job.submit".to_owned()],
        created_at: t(0),
        lane: lane.map(str::to_owned),
        access,
        secrets: Vec::new(),
        audit: None,
        parent: None,
    }
}

/// A writer on a lane.
pub fn writer(n: u64, lane: &str) -> NewJob {
    job(n, Some(lane), Access::Write)
}

/// A reader on a lane.
pub fn reader(n: u64, lane: &str) -> NewJob {
    job(n, Some(lane), Access::Read)
}

/// The response to a request about a job: its id and state.
pub fn answer() -> Render {
    Box::new(|job: &Job| StoredResponse {
        status: 202,
        body: format!("{} {} {}", job.id, job.seq, job.status.as_str()).into_bytes(),
    })
}

/// An idempotency key that lives until `t(1000)`.
pub fn key(text: &str, body: u8) -> IdempotencyKey {
    IdempotencyKey {
        owner: "omni".to_owned(),
        method: "POST".to_owned(),
        path: "/api/v2/omni/jobs".to_owned(),
        key: text.to_owned(),
        body_hash: [body; 32],
        expires_at: t(1000),
    }
}

/// Submits without a key.
pub async fn submit(store: &dyn Store, job: NewJob) -> JobId {
    let id = job.id;
    let done = store.submit(job, None, answer()).await.unwrap();
    assert!(matches!(done, Idempotent::Fresh(_)));
    id
}

/// Claims for owner `a`.
pub async fn claim(store: &dyn Store, now: Timestamp, limit: u32) -> Vec<Claimed> {
    store.claim("a", now, LEASE, limit, READERS).await.unwrap()
}

/// Which jobs were claimed, in order.
pub fn ids(claimed: &[Claimed]) -> Vec<JobId> {
    claimed.iter().map(|claimed| claimed.job.id).collect()
}

/// Claims the one job that there is to claim.
pub async fn claim_one(store: &dyn Store, now: Timestamp) -> Claimed {
    let mut claimed = claim(store, now, 8).await;
    assert_eq!(claimed.len(), 1, "{:?}", ids(&claimed));
    claimed.pop().unwrap()
}

/// An end with success.
pub fn success() -> StepEnd {
    StepEnd::Finish { status: JobStatus::Success, result: Some(json!({"ok": true})), error: None, error_class: None }
}

/// A wait until `t(seconds)`.
pub fn wait(seconds: i64) -> StepEnd {
    StepEnd::Wait { step: json!({"next": "observe"}), wake_at: t(seconds) }
}

/// Finishes with success.
pub async fn finish(store: &dyn Store, claimed: &Claimed, now: Timestamp) {
    store.end_step(&claimed.lease, now, success(), Vec::new()).await.unwrap();
}

/// An event at `t(0)`.
pub fn event(message: impl Into<String>) -> NewEvent {
    NewEvent { at: t(0), level: Level::Info, message: message.into() }
}

/// The job as it is stored now.
pub async fn stored(store: &dyn Store, id: JobId) -> Job {
    store.job(&id.to_string()).await.unwrap().unwrap()
}

/// Level and text of a job's events.
pub async fn said(store: &dyn Store, id: JobId) -> Vec<(Level, String)> {
    store.events(id, 0).await.unwrap().into_iter().map(|event| (event.level, event.message)).collect()
}
