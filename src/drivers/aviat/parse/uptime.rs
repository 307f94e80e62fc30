//! How long the radio has been up, from several sources of which none is quite it (6.3, 13.1).
//!
//! sysUpTime counts hundredths of a second since the *agent* started and wraps after 497 days, so alone it says how
//! long at least. Where another source says that it is longer, the agent's number is not the radio's uptime.

use std::time::Duration;

/// One round of sysUpTime: 2^32 hundredths of a second, 497 days.
const ROUND: Duration = Duration::from_millis((1 << 32) * 10);
/// How far two sources may differ that mean the same start: they are read seconds apart, and an agent starts minutes
/// after its radio.
const SLACK: Duration = Duration::from_secs(15 * 60);

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// sysUpTime, and nothing that was read contradicts it.
    Agent,
    /// sysUpTime and the command line together: a wrap is out of the question or counted.
    Both,
    /// The command line.
    CommandLine,
    /// The web page.
    Web,
}

impl Source {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Agent => "snmp",
            Source::Both => "snmp+cli",
            Source::CommandLine => "cli",
            Source::Web => "web",
        }
    }
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evidence {
    /// sysUpTime.
    pub agent: Option<Duration>,
    /// The command line's uptime.
    pub command_line: Option<Duration>,
    /// The web page's.
    pub web: Option<Duration>,
    /// The longest lock of a carrier's receiver: the radio is up at least as long, and usually longer.
    pub carrier: Option<Duration>,
}

impl Evidence {
    /// Whether the agent's number cannot be the radio's uptime: a receiver has been locked for longer.
    pub fn agent_is_contradicted(&self) -> bool {
        self.agent.zip(self.carrier).is_some_and(|(agent, carrier)| carrier > agent + SLACK)
    }

    /// The uptime; none where nothing says it, or two sources contradict each other.
    pub fn judge(&self) -> Option<(Duration, Source)> {
        let Evidence { agent, command_line, web, carrier: _ } = *self;
        let told = command_line.map(|time| (time, Source::CommandLine)).or(web.map(|time| (time, Source::Web)));
        if let Some((told, source)) = told {
            // How long a receiver has been locked says nothing against a source that tells the uptime itself.
            let too_short = agent.is_some_and(|agent| agent > told + SLACK);
            let source = match agent {
                Some(agent) if source == Source::CommandLine && same_start(agent, told) => Source::Both,
                // An agent that was started again says less, and the other is right.
                _ => source,
            };
            return (!too_short).then_some((told, source));
        }
        if self.agent_is_contradicted() { None } else { agent.map(|agent| (agent, Source::Agent)) }
    }
}

/// Whether both mean the same start, wraps of the agent's counter aside.
fn same_start(agent: Duration, command_line: Duration) -> bool {
    let rest = Duration::from_millis(u64::try_from(command_line.as_millis() % ROUND.as_millis()).unwrap_or(0));
    let apart = rest.abs_diff(agent);
    apart <= SLACK || ROUND.saturating_sub(apart) <= SLACK
}

/// The answer of an uptime command: `system uptime 12:03:04:05`, `uptime 12 days, 3 hours`, `up 300 days`,
/// `Up Time: 05:06:07`. None where no line is one.
pub fn parse(text: &str) -> Option<Duration> {
    text.lines().find_map(|line| {
        let line = line.trim().to_ascii_lowercase();
        let rest = ["system uptime", "uptime", "up time", "up"].iter().find_map(|start| line.strip_prefix(start))?;
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        if rest.starts_with(char::is_whitespace) { span(rest) } else { None }
    })
}

/// A span: `d:h:m:s`, `h:m:s`, `12 days 03:04:05`, `12 days, 3 hours`, or plain seconds.
pub fn span(text: &str) -> Option<Duration> {
    let text = text.replace(',', " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut seconds: u64 = 0;
    let mut rest = words.as_slice();
    let mut last = u64::MAX;
    while let [number, tail @ ..] = rest {
        if number.contains(':') {
            let only = tail.is_empty() && last > 3_600;
            return clock(number, last == u64::MAX).filter(|_| only)?.checked_add(seconds).map(Duration::from_secs);
        }
        let number = whole(number)?;
        let (size, tail) = match tail {
            [] if last == u64::MAX => (1, tail),
            [unit, tail @ ..] => (unit_of(unit)?, tail),
            [] => return None,
        };
        // Days, then hours, then minutes: never twice, never back.
        if size >= last {
            return None;
        }
        seconds = seconds.checked_add(number.checked_mul(size)?)?;
        last = size;
        rest = tail;
    }
    (last != u64::MAX).then(|| Duration::from_secs(seconds))
}

fn unit_of(word: &str) -> Option<u64> {
    match word {
        "week" | "weeks" => Some(604_800),
        "day" | "days" | "d" => Some(86_400),
        "hour" | "hours" | "h" => Some(3_600),
        "minute" | "minutes" | "min" | "mins" | "m" => Some(60),
        "second" | "seconds" | "sec" | "secs" | "s" => Some(1),
        _ => None,
    }
}

/// `h:m:s`, and `d:h:m:s` where days may stand in front.
fn clock(text: &str, with_days: bool) -> Option<u64> {
    let parts: Vec<u64> = text.split(':').map(whole).collect::<Option<_>>()?;
    let (days, hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes, seconds] => (0, *hours, *minutes, *seconds),
        [days, hours, minutes, seconds] if with_days && *hours < 24 => (*days, *hours, *minutes, *seconds),
        _ => return None,
    };
    if minutes >= 60 || seconds >= 60 {
        return None;
    }
    days.checked_mul(86_400)?.checked_add(hours.checked_mul(3_600)?)?.checked_add(minutes * 60 + seconds)
}

fn whole(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn days(days: u64) -> Option<Duration> {
        Some(Duration::from_secs(days * DAY))
    }

    #[test]
    fn every_spelling() {
        for (text, seconds) in [
            ("system uptime 12:03:04:05", 12 * DAY + 3 * 3_600 + 4 * 60 + 5),
            ("uptime 12 days, 3 hours", 12 * DAY + 3 * 3_600),
            ("up 300 days", 300 * DAY),
            ("Up Time: 05:06:07", 5 * 3_600 + 6 * 60 + 7),
            ("x\r\nuptime 77\r\n", 77),
            ("uptime 12 days 03:04:05", 12 * DAY + 3 * 3_600 + 4 * 60 + 5),
        ] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "uptime",
            "uptime unknown",
            "uptimes 3 days",
            "upgrade 3 days",
            "uptime 12:61:00",
            "uptime 1:25:00:00",
            "uptime 3 hours 2 days",
            "uptime 3 days 3 days",
            "uptime 3 days 4",
            "uptime 99999999999999999999 days",
            "uptime 9999999999999999999 weeks",
            "active-rx-time 300 days",
            "syntax error: unknown element",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_agent_alone_is_believed_until_something_contradicts_it() {
        let evidence = Evidence { agent: days(3), ..Evidence::default() };
        assert_eq!(evidence.judge(), Some((Duration::from_secs(3 * DAY), Source::Agent)));
        let wrapped = Evidence { agent: days(3), carrier: days(300), ..Evidence::default() };
        assert!(wrapped.agent_is_contradicted());
        assert_eq!(wrapped.judge(), None, "wrapped, or the agent was started again");
        let locked_later = Evidence { agent: days(3), carrier: days(2), ..Evidence::default() };
        assert_eq!(locked_later.judge(), Some((Duration::from_secs(3 * DAY), Source::Agent)));
    }

    #[test]
    fn s036_a_carriers_lock_is_no_uptime() {
        let locked = Evidence { carrier: days(300), ..Evidence::default() };
        assert_eq!(locked.judge(), None);
        let told = Some(Duration::from_secs(3 * DAY));
        let by = |source| told.map(|told| (told, source));
        assert_eq!(Evidence { web: told, ..locked }.judge(), by(Source::Web));
        assert_eq!(Evidence { command_line: told, ..locked }.judge(), by(Source::CommandLine));
    }

    #[test]
    fn the_web_page_speaks_where_the_command_line_is_silent() {
        let judge = |agent, command_line, web| Evidence { agent, command_line, carrier: days(200), web }.judge();
        let web = |n| Some((Duration::from_secs(n * DAY), Source::Web));
        assert_eq!(judge(None, None, days(300)), web(300));
        assert_eq!(judge(days(3), None, days(300)), web(300), "the agent was started again");
        assert_eq!(judge(days(300), days(300), days(12)), Some((Duration::from_secs(300 * DAY), Source::Both)));
        assert_eq!(judge(days(40), None, days(12)), None);
    }

    #[test]
    fn the_command_line_decides_where_it_can() {
        let judge = |agent, command_line, carrier| Evidence { agent, command_line, carrier, web: None }.judge();
        let both = |n| Some((Duration::from_secs(n * DAY), Source::Both));
        assert_eq!(judge(days(12), days(12), None), both(12));
        // 500 days: sysUpTime wrapped once and shows 500 days less 2^32 hundredths of a second.
        let shown = Some(Duration::from_secs(500 * DAY) - ROUND);
        assert_eq!(judge(shown, days(500), days(480)), both(500));
        let restarted = judge(days(1), days(12), None);
        assert_eq!(restarted, Some((Duration::from_secs(12 * DAY), Source::CommandLine)));
        assert_eq!(judge(None, days(12), None), Some((Duration::from_secs(12 * DAY), Source::CommandLine)));
        assert_eq!(judge(days(40), days(12), None), None, "an agent does not run longer than its radio");
        assert_eq!(judge(None, None, None), None);
    }
}
