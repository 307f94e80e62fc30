//! What a change of engine prints: notices, and for one line in the other engine that engine's prompt with the line.

/// Numbers of the notices.
const NOTICES: [&str; 3] = ["INFO: CLI #2050:", "INFO: CLI #2051:", "INFO: CLI #2052:"];

/// An answer without notices of a change of engine, and without the other engine's prompt that repeats `line` (the
/// line as it was sent, `//...`).
pub fn without_switches(answer: &str, line: &str) -> String {
    let repeated = line.strip_prefix('/').filter(|rest| rest.starts_with('/'));
    let mut kept: Vec<&str> = Vec::new();
    for text in answer.lines() {
        if NOTICES.iter().any(|notice| text.starts_with(notice)) {
            continue;
        }
        if let Some(repeated) = repeated
            && let Some(prompt) = text.trim_end().strip_suffix(repeated)
            && is_prompt(prompt)
        {
            // MD-CLI's first line, and the blank one above it.
            if prompt.contains('@') && kept.last().is_some_and(|line| line.ends_with(']')) {
                kept.pop();
                if kept.last().is_some_and(|line| line.trim().is_empty()) {
                    kept.pop();
                }
            }
            continue;
        }
        kept.push(text);
    }
    while kept.last().is_some_and(|line| line.trim().is_empty()) {
        kept.pop();
    }
    kept.join("\n")
}

fn is_prompt(text: &str) -> bool {
    let text = text.trim_start_matches(['*', '!']);
    let mut letters = text.chars();
    letters.next().is_some_and(|card| ('A'..='D').contains(&card))
        && letters.next() == Some(':')
        && text.trim_end().ends_with(['#', '$'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n08_notices_and_the_other_prompt_are_left_out() {
        // The capture of 2.3.
        let answer = "INFO: CLI #2051: Switching to the classic CLI engine\n\
            INFO: CLI #2050: Classic CLI modification of the configuration is not allowed - 'model-driven' management \
            interface configuration mode active\n*A:host# /show bof\nBOF (Memory)\n    address 192.0.2.1/24 active\n\
            INFO: CLI #2052: Switching to the MD-CLI engine\n";
        assert_eq!(without_switches(answer, "//show bof"), "BOF (Memory)\n    address 192.0.2.1/24 active");
        let answer = "INFO: CLI #2052: Switching to the MD-CLI engine\n\n[/]\nB:netops@agg# /environment more false\n\
            INFO: CLI #2051: Switching to the classic CLI engine\n";
        assert_eq!(without_switches(answer, "//environment more false"), "");
    }

    #[test]
    fn what_is_no_switch_stays() {
        let answer = "description \"A:other# /show bof\"\nINFO: CLI #2070: Entering private configuration mode";
        assert_eq!(without_switches(answer, "//show bof"), answer);
        assert_eq!(without_switches("MINOR: CLI no", "environment no more"), "MINOR: CLI no");
    }
}
