//! What the terminal shows, read with a platform's shapes: prompt, pager, question, echo, answer. Pure.

use regex::Regex;

use super::platform::{Compiled, Dialogue, Echo};
use super::terminal::Terminal;

/// Longest line that can be a prompt, pager or question. Prompts of 200 bytes were seen.
const LONGEST_PROMPT: usize = 1024;

/// How many lines at either end of an answer may refuse it.
const REFUSAL_LINES: usize = 5;

/// A prompt: its text, lines joined by `\n`, and what in it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    pub text: String,
    pub id: Option<String>,
    lines: usize,
}

impl Prompt {
    /// Nothing learned yet.
    pub(super) fn none() -> Self {
        Self { text: String::new(), id: None, lines: 1 }
    }

    /// Whether `seen` is a prompt of the same device as this learned one.
    pub(super) fn accepts(&self, seen: &Prompt) -> bool {
        match &self.id {
            Some(id) => seen.id.as_ref() == Some(id),
            None => seen.text == self.text,
        }
    }

    /// What every line that might be this prompt contains.
    fn mark(&self) -> &str {
        self.id.as_deref().unwrap_or_else(|| self.text.lines().last().unwrap_or_default())
    }
}

/// A terminal and the shapes to read it with.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal,
    shapes: &'static Compiled,
    answers_probes: bool,
    /// Start of what has not been searched for the echo.
    searched: usize,
    /// End of the echo's line.
    echo_end: Option<usize>,
    /// How much was finished when a prompt was distrusted.
    distrusted: Option<usize>,
}

impl Screen {
    pub(super) fn new(cols: u32, rows: u32, shapes: &'static Compiled, answers_probes: bool) -> Self {
        Self {
            terminal: Terminal::new(cols, rows),
            shapes,
            answers_probes,
            searched: 0,
            echo_end: None,
            distrusted: None,
        }
    }

    /// Takes bytes; gives what must be typed at once: answers to probes, and a pager's key.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.terminal.feed(bytes);
        let mut typed = self.terminal.take_answers();
        if !self.answers_probes {
            typed.clear();
        }
        if let Some(line) = self.line()
            && let Some((_, key)) = self.shapes.pagers.iter().find(|(shape, _)| shape.is_match(&line))
        {
            typed.extend_from_slice(key.as_bytes());
            self.terminal.clear_line();
        }
        typed
    }

    /// Forgets everything shown.
    pub(super) fn clear(&mut self) {
        self.terminal.clear();
        self.searched = 0;
        self.echo_end = None;
        self.distrusted = None;
    }

    fn line(&self) -> Option<String> {
        let line = self.terminal.line();
        (!line.is_empty() && line.len() <= LONGEST_PROMPT).then(|| String::from_utf8_lossy(line).into_owned())
    }

    /// The last `count` lines, the unfinished one included.
    fn tail(&self, count: usize) -> Option<String> {
        let line = self.line()?;
        let done = self.terminal.done();
        let done = done.strip_suffix(b"\n").unwrap_or(done);
        let mut above: Vec<&[u8]> = if done.is_empty() {
            Vec::new()
        } else {
            done.rsplit(|byte| *byte == b'\n').take(count.saturating_sub(1)).collect()
        };
        above.reverse();
        let mut text: String = above.iter().map(|line| String::from_utf8_lossy(line) + "\n").collect();
        text.push_str(&line);
        Some(text)
    }

    /// The prompt at the very end, on lines of its own.
    pub(super) fn prompt(&self) -> Option<Prompt> {
        if self.distrusted.is_some_and(|finished| self.terminal.done().len() <= finished) {
            return None;
        }
        self.shapes.prompts.iter().find_map(|(lines, shape)| read_prompt(&self.tail(*lines)?, *lines, shape))
    }

    /// A login dialogue at the very end that was not answered yet; its text is forgotten.
    pub(super) fn dialogue(&mut self, answered: &mut Vec<&'static str>) -> Option<&'static Dialogue> {
        let tail = self.tail(4)?;
        let (_, dialogue) = self
            .shapes
            .dialogues
            .iter()
            .find(|(shape, dialogue)| !answered.contains(&dialogue.shape) && shape.is_match(&tail))?;
        answered.push(dialogue.shape);
        self.terminal.clear_line();
        Some(dialogue)
    }

    /// An argument that the device asks for: one word and a colon, nothing behind it.
    pub(super) fn question(&self) -> Option<String> {
        let line = self.line()?;
        let word = line.strip_suffix(": ")?;
        (!word.is_empty() && !word.contains(char::is_whitespace)).then(|| word.to_owned())
    }

    /// Whether this question waits at the very end: nothing but it on the line.
    pub(super) fn asks(&self, question: &Regex) -> bool {
        self.line().is_some_and(|line| question.is_match(&line))
    }

    /// Any unfinished line that could wait for an answer: one that ends in `:`, `]` or `?`.
    pub(super) fn waits(&self) -> Option<String> {
        let line = self.line()?;
        let text = line.trim();
        text.ends_with([':', ']', '?']).then(|| text.to_owned())
    }

    /// An answer is about to be typed to the question at the end: what follows its line is the answer to it.
    pub(super) fn answering(&mut self) {
        self.searched = self.terminal.done().len();
        self.echo_end = None;
    }

    /// Whether a log line stands right above the prompt: the prompt may be its repainting, not the answer's end.
    pub(super) fn after_log_line(&self, prompt: &Prompt) -> bool {
        let Some(tail) = self.tail(prompt.lines + 1) else { return false };
        tail.lines().next().is_some_and(|line| line != prompt.text && self.is_log(line))
    }

    /// Takes the prompt at the end for part of the text: another one must come, on a later line.
    pub(super) fn distrust(&mut self) {
        self.distrusted = Some(self.terminal.done().len());
    }

    fn is_log(&self, line: &str) -> bool {
        self.shapes.log_lines.iter().any(|shape| shape.is_match(line))
    }

    /// Whether the command came back.
    pub(super) fn echoed(&mut self, command: &str, echo: Echo) -> bool {
        if self.echo_end.is_some() || echo == Echo::None {
            return true;
        }
        let squeezed = squeeze(command);
        let fresh = self.terminal.done().get(self.searched..).unwrap_or_default();
        for line in fresh.split_inclusive(|byte| *byte == b'\n') {
            self.searched += line.len();
            let line = String::from_utf8_lossy(line);
            let found = match echo {
                Echo::Line => squeeze(&line).ends_with(&squeezed),
                Echo::FirstLine | Echo::None => !line.trim().is_empty() && !self.is_log(line.trim_end()),
            };
            if found {
                self.echo_end = Some(self.searched);
                return true;
            }
        }
        false
    }

    /// The answer: what stands between the echo and the prompt, without log lines and repeated prompts.
    pub(super) fn answer(&self, prompt: &Prompt) -> String {
        let done = self.terminal.done().get(self.echo_end.unwrap_or(0)..).unwrap_or_default();
        let text = String::from_utf8_lossy(done);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.truncate(lines.len().saturating_sub(prompt.lines.saturating_sub(1)));
        let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
        let mut rest = lines.as_slice();
        let mut after_log = false;
        while let Some((first, others)) = rest.split_first() {
            match self.prompt_lines(rest, prompt) {
                Some(count) => {
                    rest = rest.get(count..).unwrap_or_default();
                    after_log = false;
                }
                None => {
                    let is_log = self.is_log(first);
                    if !is_log {
                        // The prompt that is painted again below a log line has no line end of its own: the answer
                        // goes on right behind it.
                        let repainted = if after_log { first.strip_prefix(prompt.text.as_str()) } else { None };
                        kept.push(repainted.unwrap_or(first));
                    }
                    after_log = is_log;
                    rest = others;
                }
            }
        }
        while kept.last().is_some_and(|line| line.trim().is_empty()) {
            kept.pop();
        }
        kept.join("\n")
    }

    /// How many lines at the start of `lines` are a repeated prompt.
    fn prompt_lines(&self, lines: &[&str], prompt: &Prompt) -> Option<usize> {
        self.shapes.prompts.iter().find_map(|(count, shape)| {
            let window = lines.get(..*count)?;
            if !window.last()?.contains(prompt.mark()) {
                return None;
            }
            let seen = read_prompt(&window.join("\n"), *count, shape)?;
            prompt.accepts(&seen).then_some(*count)
        })
    }

    /// The line by which the device refuses.
    pub(super) fn refusal(&self, answer: &str) -> Option<String> {
        let (head, tail) = (answer.lines().take(REFUSAL_LINES), answer.lines().rev().take(REFUSAL_LINES));
        head.chain(tail)
            .map(str::trim)
            .find(|line| self.shapes.refusals.iter().any(|shape| shape.is_match(line)))
            .map(str::to_owned)
    }
}

fn read_prompt(text: &str, lines: usize, shape: &Regex) -> Option<Prompt> {
    let found = shape.captures(text)?;
    Some(Prompt { text: text.to_owned(), id: found.name("id").map(|id| id.as_str().to_owned()), lines })
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::platform::{Pager, Patterns, Platform, Prompt as Shape};
    use super::*;

    static ROUTER: Platform = Platform {
        name: "router",
        prompts: &[Shape { lines: 1, shape: r"\[(?<id>[^\n]+)\] (?:[^\n<>]*)(?:<SAFE>)?(?:> )?" }],
        echo: Echo::Line,
        line_end: "\r",
        pagers: &[Pager { shape: r"-- \[Q quit\|[^\n]*\]", key: "d" }],
        dialogues: &[Dialogue {
            shape: r"[^\n]*software license\? \[Y/n\]: ?",
            answer: "n",
            note: "license not shown",
        }],
        answers_probes: true,
        log_lines: &[r"\d\d:\d\d:\d\d echo: \S+ .*"],
        refusals: &[r"bad command name .*"],
        quiet: Duration::from_millis(150),
        patterns: Patterns::new(),
    };

    static TWO_LINES: Platform = Platform {
        name: "two lines",
        prompts: &[
            Shape { lines: 2, shape: r"[*!]*(?:\([a-z]+\))?\[[^\n]*\]\n[A-D]:(?<id>\S+@\S+)# " },
            Shape { lines: 1, shape: r"[*]?[A-D]:(?<id>[^\s@>]+)(?:>[^\n]*)?[#$] " },
        ],
        echo: Echo::FirstLine,
        line_end: "\n",
        pagers: &[],
        dialogues: &[],
        answers_probes: false,
        log_lines: &[],
        refusals: &[],
        quiet: Duration::from_millis(150),
        patterns: Patterns::new(),
    };

    fn screen(platform: &'static Platform) -> Screen {
        Screen::new(200, 50, platform.compiled().unwrap(), platform.answers_probes)
    }

    fn learned(platform: &'static Platform, text: &str) -> Prompt {
        let mut screen = screen(platform);
        screen.feed(text.as_bytes());
        screen.prompt().unwrap()
    }

    #[test]
    fn a_prompt_counts_only_at_the_end_on_a_line_of_its_own() {
        let mut screen = screen(&ROUTER);
        let prompt = learned(&ROUTER, "[admin@r1] > ");
        screen.feed(b"comment=\"[admin@r1] > \" x");
        assert_eq!(screen.prompt(), None);
        screen.feed(b"\r\n[admin@r1] > ");
        assert!(prompt.accepts(&screen.prompt().unwrap()));
        screen.feed(b"export");
        assert!(screen.prompt().is_none_or(|seen| seen.text != "[admin@r1] > "));
        screen.feed(b"\r\n[admin@other] > ");
        assert!(!prompt.accepts(&screen.prompt().unwrap()));
    }

    #[test]
    fn the_answer_stands_between_echo_and_prompt() {
        let mut screen = screen(&ROUTER);
        let prompt = learned(&ROUTER, "[admin@r1] > ");
        // Repaint per character, log line in between, prompt painted twice.
        screen.feed(b"\r\r[admin@r1] > :put 1        \x1b[K\r[admin@r1] > :put 1\r\n\r");
        assert!(screen.echoed(":put 1", Echo::Line));
        screen
            .feed(b"1\r\n\r23:17:46 echo: system,error,critical login failure for user admin via api\x1b[K\r\n\r2\r\n");
        screen.feed(b"\r\n\r\r\r\x1b[9999B[admin@r1] > \r\n\r\r\r\r\x1b[9999B[admin@r1] > ");
        let seen = screen.prompt().unwrap();
        assert!(prompt.accepts(&seen) && !screen.after_log_line(&seen));
        assert_eq!(screen.answer(&seen), "1\n2");
    }

    #[test]
    fn a_prompt_right_behind_a_log_line_is_not_believed() {
        let mut screen = screen(&ROUTER);
        screen.feed(b"[admin@r1] > export\r\n\r23:17:46 echo: system,info x\x1b[K\r\n\r\x1b[9999B[admin@r1] > ");
        let seen = screen.prompt().unwrap();
        assert!(screen.after_log_line(&seen));
        screen.distrust();
        assert_eq!(screen.prompt(), None);
        screen.feed(b"\r\n[admin@r1] > ");
        assert!(!screen.after_log_line(&screen.prompt().unwrap()));
    }

    #[test]
    fn a_prompt_painted_again_below_a_log_line_is_no_part_of_the_answer() {
        let mut screen = screen(&ROUTER);
        screen.feed(
            b"[admin@r1] > export\r\n/a b=1\r\n\r23:17:46 echo: system,info x\x1b[K\r\n\r\x1b[9999B[admin@r1] > ",
        );
        screen.feed(b"/c d=\"[admin@r1] > \"\r\n[admin@r1] > ");
        assert!(screen.echoed("export", Echo::Line));
        assert_eq!(screen.answer(&screen.prompt().unwrap()), "/a b=1\n/c d=\"[admin@r1] > \"");
    }

    #[test]
    fn no_echo_no_answer() {
        let mut screen = screen(&ROUTER);
        screen.feed(b"[admin@r1] > ");
        assert!(!screen.echoed("export", Echo::Line));
        screen.feed(b"expo rt  \r\n");
        assert!(screen.echoed("export", Echo::Line));
    }

    #[test]
    fn a_pager_gets_its_key_once_and_leaves_no_trace() {
        let mut screen = screen(&ROUTER);
        screen.feed(b"[admin@r1] > print\r\na\r\n");
        assert!(screen.echoed("print", Echo::Line));
        assert_eq!(screen.feed(b"-- [Q quit|D du"), b"");
        assert_eq!(screen.feed(b"mp|down]"), b"d");
        assert_eq!(screen.feed(b"\r                        \rb\r\n[admin@r1] > "), b"");
        let seen = screen.prompt().unwrap();
        assert_eq!(screen.answer(&seen), "a\nb");
    }

    #[test]
    fn a_login_dialogue_is_answered_once() {
        let mut screen = screen(&ROUTER);
        let mut answered = Vec::new();
        screen.feed(b"Do you want to see the software license? [Y/n]: ");
        assert_eq!(screen.dialogue(&mut answered).unwrap().answer, "n");
        screen.feed(b"Do you want to see the software license? [Y/n]: ");
        assert!(screen.dialogue(&mut answered).is_none());
    }

    #[test]
    fn an_argument_question_is_a_word_and_a_colon() {
        let mut screen = screen(&ROUTER);
        screen.feed(b"numbers: ");
        assert_eq!(screen.question().as_deref(), Some("numbers"));
        screen.feed(b"\r\nup since: ");
        assert_eq!(screen.question(), None);
    }

    #[test]
    fn a_foreseen_question_stands_alone_and_its_answer_behind_it() {
        let new = Regex::new(r"\A(?:New password: ?)\z").unwrap();
        let mut screen = screen(&ROUTER);
        screen.feed(b"[admin@r1] > passwd\r\nNew password: x");
        assert!(!screen.asks(&new));
        screen.feed(b"\r\nNew password: ");
        assert!(screen.echoed("passwd", Echo::Line) && screen.asks(&new));
        assert_eq!(screen.waits().as_deref(), Some("New password:"));
        screen.answering();
        assert!(!screen.echoed("passwd", Echo::FirstLine), "its line is not finished");
        screen.feed(b"*****\r\n");
        assert!(screen.echoed("passwd", Echo::FirstLine) && !screen.asks(&new));
        screen.feed(b"changed\r\n[admin@r1] > ");
        assert_eq!(screen.answer(&screen.prompt().unwrap()), "changed");
    }

    #[test]
    fn any_line_that_ends_like_a_question_may_wait() {
        for (line, waits) in [
            ("Are you sure? [no,yes] ", true),
            ("(<string>): ", true),
            ("Really?", true),
            ("interface Vlan1", false),
            ("", false),
        ] {
            let mut screen = screen(&ROUTER);
            screen.feed(line.as_bytes());
            assert_eq!(screen.waits().is_some(), waits, "{line}");
        }
    }

    #[test]
    fn a_prompt_of_two_lines_is_whole_or_none() {
        let mut screen = screen(&TWO_LINES);
        screen.feed(b"text\r\n\r\n[/]\r\n");
        assert_eq!(screen.prompt(), None);
        screen.feed(b"A:admin@ixr1# ");
        let seen = screen.prompt().unwrap();
        assert_eq!((seen.text.as_str(), seen.id.as_deref()), ("[/]\nA:admin@ixr1# ", Some("admin@ixr1")));
        screen.clear();
        screen.feed(b"show time \r\nMON\r\n\r\n*(ex)[/configure]\r\nA:admin@ixr1# ");
        assert!(screen.echoed("show time", Echo::FirstLine));
        let next = screen.prompt().unwrap();
        assert!(seen.accepts(&next));
        assert_eq!(screen.answer(&next), "MON");
        // Without its first line it is no prompt: neither shape has an `@` alone.
        screen.clear();
        screen.feed(b"A:admin@ixr1# ");
        assert_eq!(screen.prompt(), None);
    }

    #[test]
    fn refusals_are_looked_for_at_the_ends_only() {
        let screen = screen(&ROUTER);
        assert_eq!(
            screen.refusal("bad command name foo (line 1 column 1)").unwrap(),
            "bad command name foo (line 1 column 1)"
        );
        let long = format!("{}bad command name x\n{}", "a\n".repeat(9), "b\n".repeat(9));
        assert_eq!(screen.refusal(&long), None);
    }

    proptest! {
        #[test]
        fn an_answer_is_the_same_however_it_is_cut(
            body in prop::collection::vec("[a-z0-9=/#]{1,20}", 0..20),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let text = body.join("\r\n");
            let bytes = format!("[admin@r1] > export\r\n\r{text}\r\n\r\r\x1b[9999B[admin@r1] > \r\n\r\r[admin@r1] > ");
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.sort_unstable();
            at.push(bytes.len());
            let mut screen = screen(&ROUTER);
            let mut from = 0;
            for to in at {
                screen.feed(&bytes.as_bytes()[from..to]);
                screen.echoed("export", Echo::Line);
                from = to;
            }
            let seen = screen.prompt().unwrap();
            prop_assert_eq!(screen.answer(&seen), body.join("\n"));
        }

        #[test]
        fn whatever_is_shown_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            for platform in [&ROUTER, &TWO_LINES] {
                let mut screen = screen(platform);
                screen.feed(&bytes);
                screen.echoed("x", platform.echo);
                let _ = (screen.question(), screen.waits(), screen.dialogue(&mut Vec::new()));
                if let Some(prompt) = screen.prompt() {
                    let _ = (screen.after_log_line(&prompt), screen.answer(&prompt));
                }
            }
        }
    }
}
