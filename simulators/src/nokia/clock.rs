//! Dates as SR OS writes them.

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["THU", "FRI", "SAT", "SUN", "MON", "TUE", "WED"];

/// A moment in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    days: i64,
    second: u32,
}

impl Moment {
    /// From seconds since 1970; negative ones count as 0.
    pub fn from_unix(seconds: f64) -> Self {
        let total = seconds.max(0.0) as i64;
        Self { days: total.div_euclid(86_400), second: total.rem_euclid(86_400) as u32 }
    }

    /// Year, month (1 to 12), day of the month.
    fn date(self) -> (i64, usize, i64) {
        let mut year = 1970;
        let mut left = self.days;
        let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        loop {
            let length = if leap(year) { 366 } else { 365 };
            if left < length {
                break;
            }
            left -= length;
            year += 1;
        }
        let february = if leap(year) { 29 } else { 28 };
        let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut month = 1;
        for length in lengths {
            if left < length {
                break;
            }
            left -= length;
            month += 1;
        }
        (year, month, left + 1)
    }

    fn time(self) -> (u32, u32, u32) {
        (self.second / 3600, self.second / 60 % 60, self.second % 60)
    }

    /// `MON MAR 02 04:15:20 2026 UTC`.
    pub fn classic(self) -> String {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.time();
        let month = MONTHS.get(month.saturating_sub(1)).copied().unwrap_or("JAN");
        let weekday = DAYS.get(self.days.rem_euclid(7) as usize).copied().unwrap_or("THU");
        format!("{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02} {year} UTC")
    }

    /// `2026-03-02T04:20:11.4Z`.
    pub fn iso(self) -> String {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.time();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.4Z")
    }

    /// `2026/03/02 04:20:11`.
    pub fn slashed(self) -> String {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.time();
        format!("{year:04}/{month:02}/{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

/// `5 days, 00:43:21.05 (hr:min:sec)`.
pub fn uptime(seconds: f64) -> String {
    let total = seconds.max(0.0) as u64;
    format!(
        "{} days, {:02}:{:02}:{:02}.05 (hr:min:sec)",
        total / 86_400,
        total / 3600 % 24,
        total / 60 % 60,
        total % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_all_forms() {
        // 1772424920 = Mon 2 Mar 2026 04:15:20 UTC; 951782400 = Tue 29 Feb 2000 (date(1)).
        let moment = Moment::from_unix(1_772_424_920.9);
        assert_eq!(moment.classic(), "MON MAR 02 04:15:20 2026 UTC");
        assert_eq!(moment.iso(), "2026-03-02T04:15:20.4Z");
        assert_eq!(Moment::from_unix(951_782_400.0).classic(), "TUE FEB 29 00:00:00 2000 UTC");
        assert_eq!(Moment::from_unix(0.0).slashed(), "1970/01/01 00:00:00");
        assert_eq!(uptime(86_400.0 * 3.0 + 3723.0), "3 days, 01:02:03.05 (hr:min:sec)");
    }
}
