//! What the software actions answer: one line `resp TEXT` (4). Each acceptance has its own text, and nothing else is one:
//! `activation not permitted` contains the word, and accepts nothing.

use super::refusal::{Answer, Refusal};

/// The answer to an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// The text behind the one `resp`.
    Told(String),
    /// This release does not know the action in this mode: `syntax error`.
    NotHere(String),
    /// Anything else: a refusal, nothing, or a text of another form. Its first telling line.
    Other(String),
}

impl Response {
    /// Reads the whole answer.
    pub fn of(text: &str) -> Self {
        match Answer::of(text) {
            Answer::Refused(Refusal::Unknown | Refusal::Mode, words) if words.starts_with("syntax error") => {
                Response::NotHere(words)
            }
            Answer::Refused(_, words) => Response::Other(words),
            Answer::Empty => Response::Other(String::new()),
            Answer::Text(text) => {
                let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
                match lines.as_slice() {
                    [line] => match line.strip_prefix("resp ") {
                        Some(told) => Response::Told(told.trim().to_owned()),
                        None => Response::Other((*line).to_owned()),
                    },
                    _ => Response::Other(lines.join(" / ")),
                }
            }
        }
    }
}

/// What follows a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// Nothing: `software activate` does.
    Manual,
    /// The activation, at once.
    Automatic,
    /// The activation at a time.
    Scheduled,
}

/// `Loading started with manual activation.`: what it says will follow; the outer none is no such text.
pub fn loading(told: &str) -> Option<Option<Follows>> {
    let rest = told.strip_prefix("Loading started with ")?;
    Some(match rest.split_whitespace().next() {
        Some("manual") => Some(Follows::Manual),
        Some("automatic") => Some(Follows::Automatic),
        Some("scheduled") => Some(Follows::Scheduled),
        _ => None,
    })
}

/// Another operation is under way, or its error stands uncleared; nothing was begun.
pub fn in_progress(told: &str) -> bool {
    told.starts_with("Software operation already in progress.")
}

/// The activation has begun.
pub fn activating(told: &str) -> bool {
    let told = told.to_ascii_lowercase();
    told == "activating new software now" || told == "activating new software now."
}

/// There is nothing to activate.
pub fn nothing_ready(told: &str) -> bool {
    told.to_ascii_lowercase().starts_with("no software ready to activate")
}

/// The load was given up, or its error cleared.
pub fn aborted(told: &str) -> bool {
    told == "Software load aborted."
}

/// The way back to the other image has begun.
pub fn rolling_back(told: &str) -> bool {
    told == "ok"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match Response::of(text) {
            Response::Told(told) => told,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn acceptances_are_whole_texts() {
        let manual = told("resp Loading started with manual activation.\r\n");
        assert_eq!(loading(&manual), Some(Some(Follows::Manual)));
        assert_eq!(loading("Loading started with automatic activation."), Some(Some(Follows::Automatic)));
        assert_eq!(loading("Loading started with scheduled activation at 02:00."), Some(Some(Follows::Scheduled)));
        assert_eq!(loading("Loading started with care."), Some(None));
        let busy = told("resp Software operation already in progress.  Load not started.");
        assert!(in_progress(&busy) && loading(&busy).is_none());
        assert!(activating(&told("resp Activating new software now")));
        assert!(nothing_ready(&told("resp No software ready to activate")));
        assert!(aborted(&told("resp Software load aborted.")) && !aborted("Software operation cannot be aborted."));
        assert!(rolling_back(&told("resp ok")) && !rolling_back("Software rollback not possible."));
    }

    #[test]
    fn s059_a_refusal_that_contains_the_word_is_a_refusal() {
        for text in [
            "Error: activation not permitted",
            "resp activation not permitted",
            "resp Not activating new software now",
            "resp Activating new software now, unless the timer runs",
            "Activating new software now",
            "resp Activating new software now\nresp No software ready to activate",
            "",
        ] {
            let accepted = matches!(Response::of(text), Response::Told(told) if activating(&told));
            assert!(!accepted, "{text}");
        }
    }

    #[test]
    fn only_a_syntax_error_sends_one_to_the_other_mode() {
        let elsewhere = |text: &str| matches!(Response::of(text), Response::NotHere(_));
        assert!(elsewhere("----------^\nsyntax error: expecting \n  load"));
        assert!(elsewhere("----------^\nsyntax error: unknown command"));
        for text in ["-----^\nsyntax error: unknown argument", "Error: busy", "resp syntax error: x", ""] {
            assert!(!elsewhere(text), "{text}");
        }
    }
}
