//! Cron lines: five fields, wall-clock time of a zone. croner finds the instants; what it would do with a list of times on
//! the days on which clocks change is put right here.
//!
//! A line whose minutes and hours are plain numbers, lists or ranges names *times of day*: each is due once a day. One
//! inside the gap of spring is due at the gap's end, one inside the fold of autumn at the first of the two. A line with a
//! star or a step in minutes or hours names *a rhythm*: it skips the gap and beats in both passes of the fold.

use std::collections::BTreeSet;

use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Longest line, characters.
const LONGEST: usize = 120;
/// More times of day than these are a rhythm: half-hours of a day are 48.
const TIMES_MAX: usize = 96;

/// A cron line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    /// One of a rhythm, one for each time of day otherwise: croner holds only a single time for a fixed one.
    lines: Vec<croner::Cron>,
}

/// A text that is no cron line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{line}' is no cron line: {why}; write minute, hour, day, month and weekday, such as 30 2 * * *")]
pub struct CronError {
    /// The line, cut where it is long.
    pub line: String,
    /// What is wrong.
    pub why: String,
}

impl Cron {
    /// Parses five fields. Days and weekdays that are both given are alternatives, as in every cron.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let text = text.trim();
        let wrong = |why: &str| CronError { line: text.chars().take(LONGEST).collect(), why: why.to_owned() };
        if text.len() > LONGEST {
            return Err(wrong("it is too long"));
        }
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minute, hour, rest @ ..] = fields.as_slice() else { return Err(wrong("it has not five fields")) };
        if rest.len() != 3 {
            return Err(wrong("it has not five fields"));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let one = |line: &str| parser.parse(line).map_err(|error| wrong(&error.to_string()));
        let whole = one(text)?;
        let lines = match (times(minute, 59), times(hour, 23)) {
            (Some(minutes), Some(hours)) if minutes.len() * hours.len() <= TIMES_MAX => {
                let days = rest.join(" ");
                let mut lines = Vec::with_capacity(minutes.len() * hours.len());
                for hour in &hours {
                    for minute in &minutes {
                        lines.push(one(&format!("{minute} {hour} {days}"))?);
                    }
                }
                lines
            }
            _ => vec![whole],
        };
        Ok(Self { text: fields.join(" "), lines })
    }

    /// The line, its blanks single.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first instant after `after`; none where there is none in the next thousand years.
    pub fn next(&self, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let from = after.to_zoned(zone.clone());
        let found = self.lines.iter().filter_map(|line| line.find_next_occurrence(&from, false).ok());
        found.map(|at| at.timestamp()).filter(|at| *at > after).min()
    }
}

/// The values of a field of plain numbers, lists and ranges; none where it has a star, a step or anything else.
fn times(field: &str, most: u8) -> Option<BTreeSet<u8>> {
    let number = |text: &str| {
        let plain = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u8>().ok()).flatten().filter(|number| *number <= most)
    };
    let mut found = BTreeSet::new();
    for part in field.split(',') {
        match part.split_once('-') {
            None => {
                found.insert(number(part)?);
            }
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last)?);
                if first > last {
                    return None;
                }
                found.extend(first..=last);
            }
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(line: &str, zone: &str, after: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        Cron::parse(line).unwrap().next(&zone, after.parse().unwrap()).unwrap().to_string()
    }

    /// Every instant after `from` and not after `to`.
    fn all(line: &str, zone: &str, from: &str, to: &str) -> Vec<String> {
        let (cron, zone) = (Cron::parse(line).unwrap(), TimeZone::get(zone).unwrap());
        let (mut at, end): (Timestamp, Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
        let mut found = Vec::new();
        while let Some(next) = cron.next(&zone, at).filter(|next| *next <= end) {
            found.push(next.to_string());
            at = next;
        }
        found
    }

    /// Gap: 2026-03-08 02:00 CST is 03:00 CDT, 08:00Z. Fold: 2026-11-01 02:00 CDT is 01:00 CST, 07:00Z.
    #[test]
    fn chicago_on_both_days() {
        let night = |from, to| all("30 2 * * *", "America/Chicago", from, to);
        assert_eq!(
            night("2026-03-07T00:00:00Z", "2026-03-09T12:00:00Z"),
            ["2026-03-07T08:30:00Z", "2026-03-08T08:00:00Z", "2026-03-09T07:30:00Z"],
            "once at the gap's end"
        );
        assert_eq!(
            all("30 1 * * *", "America/Chicago", "2026-10-31T00:00:00Z", "2026-11-02T12:00:00Z"),
            ["2026-10-31T06:30:00Z", "2026-11-01T06:30:00Z", "2026-11-02T07:30:00Z"],
            "once in the fold, the first of the two"
        );
        // From between the two passes: not a second time.
        assert_eq!(next("30 1 * * *", "America/Chicago", "2026-11-01T06:45:00Z"), "2026-11-02T07:30:00Z");
        assert_eq!(next("30 1 * * *", "America/Chicago", "2026-11-01T07:10:00Z"), "2026-11-02T07:30:00Z");
    }

    /// Gap: 2026-03-29 01:00 GMT is 02:00 IST, 01:00Z. Fold: 2026-10-25 02:00 IST is 01:00 GMT, 01:00Z.
    #[test]
    fn dublin_on_both_days() {
        assert_eq!(
            all("30 1 * * *", "Europe/Dublin", "2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z"),
            ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        );
        // The case that the scheduler which was left fires an hour late.
        assert_eq!(next("5 2 * * *", "Europe/Dublin", "2026-03-28T02:05:00Z"), "2026-03-29T01:05:00Z");
        assert_eq!(
            all("30 1 * * *", "Europe/Dublin", "2026-10-24T00:00:00Z", "2026-10-26T12:00:00Z"),
            ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
    }

    /// Half an hour. Gap: 2026-10-04 02:00 (+10:30) is 02:30 (+11), 15:30Z of the day before. Fold: 2026-04-05 02:00 (+11)
    /// is 01:30 (+10:30), 15:00Z of the day before.
    #[test]
    fn lord_howe_on_both_days() {
        assert_eq!(
            all("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T00:00:00Z", "2026-10-05T00:00:00Z"),
            ["2026-10-02T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]
        );
        assert_eq!(
            all("45 1 * * *", "Australia/Lord_Howe", "2026-04-03T00:00:00Z", "2026-04-06T00:00:00Z"),
            ["2026-04-03T14:45:00Z", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]
        );
    }

    #[test]
    fn a_rhythm_beats_in_both_passes_and_skips_the_gap() {
        assert_eq!(
            all("*/20 * * * *", "America/Chicago", "2026-11-01T05:59:00Z", "2026-11-01T08:00:00Z"),
            [
                "2026-11-01T06:00:00Z",
                "2026-11-01T06:20:00Z",
                "2026-11-01T06:40:00Z",
                "2026-11-01T07:00:00Z",
                "2026-11-01T07:20:00Z",
                "2026-11-01T07:40:00Z",
                "2026-11-01T08:00:00Z"
            ]
        );
        assert_eq!(
            all("*/30 * * * *", "America/Chicago", "2026-03-08T07:00:00Z", "2026-03-08T08:30:00Z"),
            ["2026-03-08T07:30:00Z", "2026-03-08T08:00:00Z", "2026-03-08T08:30:00Z"]
        );
    }

    /// A list of times is one of times: those inside the gap are due once together at its end, those in the fold once each.
    #[test]
    fn a_list_of_times_is_a_list_of_fixed_times() {
        assert_eq!(
            all("0,30 2 * * *", "America/Chicago", "2026-03-08T06:00:00Z", "2026-03-09T07:10:00Z"),
            ["2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"]
        );
        assert_eq!(
            all("0 1-3 * * *", "America/Chicago", "2026-11-01T05:00:00Z", "2026-11-01T12:00:00Z"),
            ["2026-11-01T06:00:00Z", "2026-11-01T08:00:00Z", "2026-11-01T09:00:00Z"]
        );
        assert_eq!(times("1,3-5,3", 23), Some(BTreeSet::from([1, 3, 4, 5])));
        for rhythm in ["*", "*/5", "1-9/2", "5-1", "24", "", "1,", "x"] {
            assert_eq!(times(rhythm, 23), None, "{rhythm}");
        }
    }

    #[test]
    fn leap_days_months_and_weekdays() {
        let line = "0 12 29 2 *";
        assert_eq!(next(line, "UTC", "2026-01-01T00:00:00Z"), "2028-02-29T12:00:00Z");
        // 2100 is no leap year.
        assert_eq!(next(line, "UTC", "2096-02-29T12:00:00Z"), "2104-02-29T12:00:00Z");
        assert_eq!(next("0 0 31 * *", "UTC", "2026-01-31T00:00:00Z"), "2026-03-31T00:00:00Z");
        // 2026-06-01 is a Monday; a day or a weekday.
        assert_eq!(next("0 6 * * MON", "UTC", "2026-05-30T00:00:00Z"), "2026-06-01T06:00:00Z");
        assert_eq!(next("0 6 3 * 1", "UTC", "2026-06-01T06:00:00Z"), "2026-06-03T06:00:00Z");
        assert_eq!(next("0 6 * * 7", "UTC", "2026-05-30T00:00:00Z"), "2026-05-31T06:00:00Z");
    }

    #[test]
    fn what_never_comes_is_none_and_what_is_no_line_is_said() {
        assert_eq!(Cron::parse("0 0 30 2 *").unwrap().next(&TimeZone::UTC, Timestamp::UNIX_EPOCH), None);
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "@daily",
            "60 2 * * *",
            "30 24 * * *",
            "x 2 * * *",
            "30 2 * * * 2027",
            "0 2 0 * *",
        ] {
            let error = Cron::parse(text).unwrap_err();
            assert!(error.to_string().contains("is no cron line"), "{error}");
        }
        assert!(Cron::parse(&format!("0 2 * * {}", "1,".repeat(100))).is_err());
        assert_eq!(Cron::parse("  30   2 * *  *").unwrap().as_str(), "30 2 * * *");
    }

    proptest::proptest! {
        /// Whatever the text: no panic; and what parses moves forward.
        #[test]
        fn the_next_is_later(text in "[0-9*,/-]{1,5} [0-9*,/-]{1,5} [0-9*LW,/-]{1,4} [0-9*]{1,2} [0-7*]{1,2}", second in 1_700_000_000_i64..1_900_000_000) {
            if let Ok(cron) = Cron::parse(&text) {
                let after = Timestamp::from_second(second).unwrap();
                let zone = TimeZone::get("Australia/Lord_Howe").unwrap();
                if let Some(next) = cron.next(&zone, after) {
                    proptest::prop_assert!(next > after);
                    // Nothing between: the answer from just before it is the same.
                    let before = next - jiff::SignedDuration::from_secs(1);
                    if before > after {
                        proptest::prop_assert_eq!(cron.next(&zone, before), Some(next));
                    }
                }
            }
        }
    }
}
