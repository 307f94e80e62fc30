//! What stands between the lines of an interactive console: log lines that the router prints into every session.

/// Whether a line is a log line: optional date, time, optional `echo:`, topics joined by commas, text. No line of a
/// configuration and no field of a `print` has this shape.
pub fn is_log_line(line: &str) -> bool {
    let mut words = line.trim().split(' ').peekable();
    let _ = words.next_if(|word| is_date(word));
    let Some(time) = words.next() else { return false };
    if !is_time(time) {
        return false;
    }
    let _ = words.next_if(|word| *word == "echo:");
    words.next().is_some_and(is_topics)
}

/// The text without its log lines.
pub fn without_log_lines(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !is_log_line(line)).collect()
}

/// `jul/25`, `jul/25/2025`, `2026-03-02`, `07-25`.
fn is_date(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['/', '-']).collect();
    (2..=3).contains(&parts.len())
        && parts.iter().all(|part| {
            (part.len() == 2 || part.len() == 4) && part.chars().all(|c| c.is_ascii_digit())
                || part.len() == 3 && part.chars().all(|c| c.is_ascii_alphabetic())
        })
}

fn is_time(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    parts.len() == 3 && parts.iter().all(|part| part.len() == 2 && part.chars().all(|c| c.is_ascii_digit()))
}

fn is_topics(word: &str) -> bool {
    word.contains(',')
        && word
            .split(',')
            .all(|topic| !topic.is_empty() && topic.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '!'))
        || TOPICS.contains(&word)
}

/// Topics that stand alone.
const TOPICS: [&str; 6] = ["system", "critical", "error", "warning", "info", "account"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_are_told_from_everything_else() {
        for line in [
            "23:17:46 echo: system,error,critical login failure for user admin from 192.0.2.31 via api",
            "jul/25 19:54:32 system,error,critical login failure for user x",
            "jul/25/2025 19:54:32 system,error,critical login failure for user x",
            "2026-03-02 03:58:12 system,error,critical login failure for user root from 198.51.100.9 via ssh\r",
        ] {
            assert!(is_log_line(line), "{line}");
        }
        for line in [
            "",
            "/system identity set name=x",
            "# 2026-03-02 04:10:07 by RouterOS 7.16",
            "add comment=\"23:17:46 echo: system,error x\"",
            "2026-03-02 03:58:12",
            "03:58:12 up",
        ] {
            assert!(!is_log_line(line), "{line}");
        }
    }

    #[test]
    fn log_lines_leave_no_trace() {
        let text = "/a\n04:11:30 echo: system,error,critical login failure for user a via api\n/b\n";
        assert_eq!(without_log_lines(text), "/a\n/b\n");
    }
}
