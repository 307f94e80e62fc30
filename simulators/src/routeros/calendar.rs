//! Dates as RouterOS writes them, and its uptime form.

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A moment of the router's clock, which has no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Year, month (1 to 12), day of the month.
    pub date: (i64, usize, u32),
    /// Hour, minute, second.
    pub time: (u32, u32, u32),
}

impl Moment {
    /// From seconds since 1970; negative ones count as 0, as a router's clock does not go below.
    pub fn from_unix(seconds: f64) -> Self {
        let total = seconds.max(0.0) as i64;
        let (days, rest) = (total.div_euclid(86_400), total.rem_euclid(86_400) as u32);
        // Days to a civil date, counting from 1 March of year 0 so that the leap day is the last of a year.
        let shifted = days.saturating_add(719_468);
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { date: (year, month as usize, day), time: (rest / 3600, rest / 60 % 60, rest % 60) }
    }

    /// `04:10:07`.
    pub fn clock(&self) -> String {
        let (hour, minute, second) = self.time;
        format!("{hour:02}:{minute:02}:{second:02}")
    }

    /// `2026-03-02`, from 7.10 on.
    pub fn iso(&self) -> String {
        let (year, month, day) = self.date;
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `mar/02/2026`, before 7.10.
    pub fn slashed(&self) -> String {
        format!("{}/{:04}", self.short(), self.date.0)
    }

    /// `mar/02`, in v6 logs.
    pub fn short(&self) -> String {
        let (_, month, day) = self.date;
        let name = MONTHS.get(month.saturating_sub(1)).copied().unwrap_or("jan");
        format!("{name}/{day:02}")
    }
}

/// `14w1d19h55m4s`: parts that are zero are left out, seconds stand when nothing else does.
pub fn uptime(seconds: f64) -> String {
    let total = seconds.max(0.0) as u64;
    let parts = [
        (total / 604_800, "w"),
        (total / 86_400 % 7, "d"),
        (total / 3600 % 24, "h"),
        (total / 60 % 60, "m"),
        (total % 60, "s"),
    ];
    let text: String =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit}")).collect();
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_both_forms() {
        // 1772424607 = 2026-03-02 04:10:07 UTC; 951782400 = 2000-02-29 00:00:00 UTC (date(1)).
        let moment = Moment::from_unix(1_772_424_607.9);
        assert_eq!((moment.iso(), moment.clock()), ("2026-03-02".into(), "04:10:07".into()));
        assert_eq!(moment.slashed(), "mar/02/2026");
        assert_eq!(Moment::from_unix(951_782_400.0).iso(), "2000-02-29");
        assert_eq!(Moment::from_unix(1867.0).slashed(), "jan/01/1970");
    }

    #[test]
    fn uptime_leaves_zero_parts_out() {
        assert_eq!(uptime(14.0 * 604_800.0 + 86_400.0 + 19.0 * 3600.0 + 55.0 * 60.0 + 4.0), "14w1d19h55m4s");
        assert_eq!(uptime(3498.0), "58m18s");
        assert_eq!(uptime(0.0), "0s");
    }
}
