//! Whether a device started anew between two readings. Pure.

use std::time::Duration;

/// Where the 32-bit count of hundredths of a second that SNMP's sysUpTime is begins again: after 497 days.
const WRAP: Duration = Duration::from_nanos(4_294_967_296 * 10_000_000);
/// How far two counts of one device may be apart without a meaning: agents answer from a cache.
const SLACK: Duration = Duration::from_secs(2);
/// How far a count that began again may be from where it should be.
const WRAP_SLACK: Duration = Duration::from_secs(60);

/// Whether a device that had been up for `before` started anew, where it says `now` after `between`.
pub(super) fn restarted(before: Duration, now: Duration, between: Duration) -> bool {
    if now.saturating_add(SLACK) >= before {
        return false;
    }
    match before.saturating_add(between).checked_sub(WRAP) {
        Some(expected) => expected.abs_diff(now) > WRAP_SLACK,
        None => before.saturating_add(between).saturating_add(WRAP_SLACK) < WRAP || now > WRAP_SLACK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;
    /// 2^32 hundredths of a second, whole seconds.
    const WHOLE: u64 = 42_949_672;

    fn restarted_s(before: u64, now: u64, between: u64) -> bool {
        restarted(Duration::from_secs(before), Duration::from_secs(now), Duration::from_secs(between))
    }

    #[test]
    fn an_uptime_that_fell_is_a_restart() {
        assert!(restarted_s(10 * DAY, 30, 60));
        assert!(restarted_s(90, 20, 600), "it went down twice, or was away for long");
        assert!(!restarted_s(10 * DAY, 10 * DAY + 60, 60));
        assert!(!restarted_s(10 * DAY, 10 * DAY, 60), "told in days");
        assert!(!restarted_s(10 * DAY, 10 * DAY - 1, 1), "from a cache");
    }

    /// Uptimes and the time between the polls in seconds; whether that is a restart.
    #[test]
    fn a_count_of_32_bits_that_begins_again_is_none() {
        for (before, now, between, restart, why) in [
            (WHOLE - 30, 30, 60, false, "a minute's poll over the end of the count"),
            (WHOLE - 30, 570, 600, false, "ten minutes"),
            (WHOLE - 5, 0, 5, false, "just begun again"),
            (WHOLE - 65, 3, 60, false, "their clock runs a little faster than ours"),
            (WHOLE - 30, 80, 60, false, "and the other way round: 50 s too many, from a cache"),
            (WHOLE - 2 * DAY, DAY, 3 * DAY, false, "the daemon looked away for three days"),
            (WHOLE - 30, 200, 900, true, "it should say 870"),
            (WHOLE - 30, 30, 3600, true, "it should say an hour"),
            (WHOLE - 3600, 30, 60, true, "an hour before the end of the count"),
            (WHOLE - DAY, 60, 120, true, "a day before it"),
            (300 * DAY, 30, 60, true, "far from it"),
            (WHOLE + 10 * DAY, 30, 60, true, "one that counts further than 32 bits"),
        ] {
            assert_eq!(restarted_s(before, now, between), restart, "{why}");
        }
    }
}
