//! What comes of a due instant: pure. Rows, hours and now in; runs and the next instant out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::calendar::{Late, Timing, due};
use crate::model::{Due, Misfire};
use crate::store::ScheduleRow;

/// One run that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    /// The instant.
    pub(super) due_at: Timestamp,
    /// It is carried out; else it is only noted as missed.
    pub(super) go: bool,
    /// What is said of it.
    pub(super) detail: String,
}

/// What comes of a due instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    /// Oldest first.
    pub(super) runs: Vec<Planned>,
    /// The last instant that is done with.
    pub(super) basis: Timestamp,
    /// The one after it.
    pub(super) next: Option<Due>,
}

/// For a schedule whose run should have begun. An instant was missed when its spread and the grace are over.
pub(super) fn decide(row: &ScheduleRow, first: Due, timing: &Timing, now: Timestamp, grace: Duration) -> Decision {
    let spec = &row.spec;
    let patience = SignedDuration::try_from(grace.saturating_add(spec.jitter)).unwrap_or(SignedDuration::MAX);
    let end = now.checked_sub(patience).unwrap_or(Timestamp::MIN);
    let (runs, basis) = if first.at >= end {
        (vec![Planned { due_at: first.at, go: true, detail: String::new() }], first.at)
    } else {
        missed(spec.misfire, spec.catch_up, first.at, timing, end)
    };
    Decision { runs, basis, next: due(&spec.name, timing, basis, spec.jitter) }
}

fn missed(
    misfire: Misfire,
    catch_up: u32,
    first: Timestamp,
    timing: &Timing,
    end: Timestamp,
) -> (Vec<Planned>, Timestamp) {
    let want = match misfire {
        Misfire::Skip | Misfire::Once => 1,
        Misfire::All => usize::try_from(catch_up).unwrap_or(1).max(1),
    };
    let Late { newest, count } = timing.late(first, end, want);
    let last = newest.last().copied().unwrap_or(first);
    let given_up = |made_up: usize| {
        let rest = count.map(|count| count.saturating_sub(made_up as u64));
        (rest != Some(0)).then(|| {
            let many = rest.map_or_else(|| "thousands of runs".to_owned(), |count| format!("{count} runs"));
            let until =
                if made_up == 0 { format!("the last one of {last}") } else { "before those made up for".to_owned() };
            format!("{many} missed, the first one of {first}, {until}")
        })
    };
    let mut runs = Vec::new();
    match misfire {
        Misfire::Skip => {
            let detail = given_up(0).unwrap_or_default();
            runs.push(Planned { due_at: last, go: false, detail });
        }
        Misfire::Once | Misfire::All => {
            if let Some(detail) = given_up(newest.len()) {
                runs.push(Planned { due_at: first, go: false, detail });
            }
            runs.extend(newest.iter().map(|at| Planned {
                due_at: *at,
                go: true,
                detail: format!("missed at {at}, made up for"),
            }));
        }
    }
    (runs, last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::calendar::Zones;
    use crate::model::{ScheduleSource, When};
    use crate::store::ScheduleSpec;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Nightly at 02:30 in Chicago, due in the night to 2 July (07:30Z).
    fn nightly(misfire: Misfire, catch_up: u32, jitter: u64) -> (ScheduleRow, Due, Timing) {
        let spec = ScheduleSpec {
            name: "n".to_owned(),
            source: ScheduleSource::Api,
            about: String::new(),
            action: Some("health.get".to_owned()),
            payload: json!({}),
            scopes: Vec::new(),
            owner: "desk".to_owned(),
            when: When::Cron("30 2 * * *".to_owned()),
            zone: "America/Chicago".to_owned(),
            jitter: Duration::from_secs(jitter),
            misfire,
            catch_up,
            overlap: false,
        };
        let anchor = at("2026-07-01T12:00:00Z");
        let timing = Timing::of(&spec.when, &spec.zone, anchor, &Zones::system()).unwrap();
        let next = due(&spec.name, &timing, anchor, spec.jitter).unwrap();
        let row = ScheduleRow {
            spec,
            version: 1,
            enabled: true,
            anchor,
            basis: anchor,
            shown: None,
            next: Some(next),
            created_at: anchor,
            updated_at: anchor,
            last: None,
        };
        (row, next, timing)
    }

    fn decided(misfire: Misfire, catch_up: u32, jitter: u64, now: &str) -> Decision {
        let (row, next, timing) = nightly(misfire, catch_up, jitter);
        decide(&row, next, &timing, at(now), Duration::from_secs(300))
    }

    fn runs(decision: &Decision) -> Vec<(String, bool)> {
        decision.runs.iter().map(|run| (run.due_at.to_string(), run.go)).collect()
    }

    #[test]
    fn in_time_is_in_time_under_every_policy() {
        for misfire in [Misfire::Skip, Misfire::Once, Misfire::All] {
            for now in ["2026-07-02T07:30:00Z", "2026-07-02T07:35:00Z"] {
                let decision = decided(misfire, 1, 0, now);
                assert_eq!(runs(&decision), [("2026-07-02T07:30:00Z".to_owned(), true)]);
                assert_eq!(decision.next.unwrap().at, at("2026-07-03T07:30:00Z"));
            }
        }
        // Its spread is not lateness.
        let late = decided(Misfire::Skip, 1, 600, "2026-07-02T07:45:00Z");
        assert!(late.runs[0].go);
        assert!(!decided(Misfire::Skip, 1, 600, "2026-07-02T07:45:01Z").runs[0].go);
    }

    #[test]
    fn after_three_nights_each_policy_does_what_it_says() {
        let noon = "2026-07-04T12:00:00Z";
        let skip = decided(Misfire::Skip, 1, 0, noon);
        assert_eq!(runs(&skip), [("2026-07-04T07:30:00Z".to_owned(), false)]);
        assert_eq!(
            skip.runs[0].detail,
            "3 runs missed, the first one of 2026-07-02T07:30:00Z, the last one of 2026-07-04T07:30:00Z"
        );
        let once = decided(Misfire::Once, 9, 0, noon);
        assert_eq!(
            runs(&once),
            [("2026-07-02T07:30:00Z".to_owned(), false), ("2026-07-04T07:30:00Z".to_owned(), true)]
        );
        assert!(once.runs[0].detail.starts_with("2 runs missed"), "{}", once.runs[0].detail);
        let all = decided(Misfire::All, 9, 0, noon);
        let every = ["2026-07-02T07:30:00Z", "2026-07-03T07:30:00Z", "2026-07-04T07:30:00Z"];
        assert_eq!(runs(&all), every.map(|at| (at.to_owned(), true)));
        let two = decided(Misfire::All, 2, 0, noon);
        let bounded = [(every[0], false), (every[1], true), (every[2], true)];
        assert_eq!(runs(&two), bounded.map(|(at, go)| (at.to_owned(), go)));
        for decision in [skip, once, all, two] {
            assert_eq!(decision.basis, at("2026-07-04T07:30:00Z"));
            assert_eq!(decision.next.unwrap().at, at("2026-07-05T07:30:00Z"));
        }
    }

    #[test]
    fn one_missed_night_is_one_run_and_no_note() {
        let once = decided(Misfire::Once, 1, 0, "2026-07-02T09:00:00Z");
        assert_eq!(runs(&once), [("2026-07-02T07:30:00Z".to_owned(), true)]);
        assert_eq!(once.runs[0].detail, "missed at 2026-07-02T07:30:00Z, made up for");
    }
}
