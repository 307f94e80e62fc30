//! `towerhand_schedule_*`. One series a schedule and outcome: names come from the settings and from keys with
//! `schedule.write`, never from anybody else.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use crate::model::RunOutcome;
use crate::store::ScheduleRow;

/// Outcomes after which nothing more is to come.
const ENDS: [RunOutcome; 5] =
    [RunOutcome::Success, RunOutcome::Error, RunOutcome::Cancelled, RunOutcome::Skipped, RunOutcome::Missed];

/// Counters of runs. Clones share them.
#[derive(Debug, Clone)]
pub struct ScheduleMetrics {
    runs: IntCounterVec,
    next: IntGaugeVec,
    shown: Arc<Mutex<BTreeSet<String>>>,
}

impl ScheduleMetrics {
    /// Registers them.
    ///
    /// # Errors
    /// A name is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let runs = Opts::new(
            "towerhand_schedule_runs_total",
            "Runs of schedules that are over, by outcome: success, error, cancelled, skipped (the last one went on), missed.",
        );
        let next = Opts::new(
            "towerhand_schedule_next_timestamp_seconds",
            "When a schedule is due next, Unix time; absent where it is paused or over.",
        );
        let made = Self {
            runs: IntCounterVec::new(runs, &["schedule", "outcome"])?,
            next: IntGaugeVec::new(next, &["schedule"])?,
            shown: Arc::default(),
        };
        registry.register(Box::new(made.runs.clone()))?;
        registry.register(Box::new(made.next.clone()))?;
        Ok(made)
    }

    /// A run is over; what is not yet counts when it is.
    pub(super) fn ran(&self, schedule: &str, outcome: RunOutcome) {
        if ENDS.contains(&outcome) {
            self.runs.with_label_values(&[schedule, outcome.as_str()]).inc();
        }
    }

    /// All schedules as they stand; series of those that are gone go too.
    pub(super) fn show(&self, rows: &[ScheduleRow]) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let names: BTreeSet<String> = rows.iter().map(|row| row.spec.name.clone()).collect();
        for gone in shown.difference(&names) {
            for outcome in ENDS {
                // An error means that there was no such series.
                let _ = self.runs.remove_label_values(&[gone.as_str(), outcome.as_str()]);
            }
            let _ = self.next.remove_label_values(&[gone.as_str()]);
        }
        for row in rows {
            let name = row.spec.name.as_str();
            if !shown.contains(name) {
                // From zero, so that a rate is right from the first run on.
                for outcome in ENDS {
                    self.runs.with_label_values(&[name, outcome.as_str()]);
                }
            }
            match row.next.filter(|_| row.enabled) {
                Some(next) => self.next.with_label_values(&[name]).set(next.fire_at.as_second()),
                None => {
                    let _ = self.next.remove_label_values(&[name]);
                }
            }
        }
        *shown = names;
    }
}
