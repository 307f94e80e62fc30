//! What a terminal shows: bytes become lines. Pure; how the bytes are cut into packets makes no difference.
//!
//! Escape sequences and bells are taken out; a carriage return rewrites the line, and the last writing stays; `\r\n`,
//! `\r\r\n` and `\n` all end a line. That is less than a terminal does, and what is left of real sessions by it is
//! the text: routers repaint their line for each typed character, wipe pagers with spaces, and measure the screen.

/// Longest string sequence (a window title) before it is taken for text.
const LONGEST_STRING: usize = 1024;

/// Longest parameters of a control sequence that are looked at.
const LONGEST_PARAMETERS: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ground,
    Escape,
    /// After an intermediate byte of a longer escape.
    EscapeMore,
    /// `ESC [`: parameters, then a final byte.
    Control,
    /// `ESC ]` and the like: up to a bell or `ESC \`; so many bytes so far.
    Text(usize),
    /// An escape within such a string.
    TextEscape,
}

/// A terminal without a screen: lines that are finished, and the one being written.
#[derive(Debug, Clone)]
pub(super) struct Terminal {
    state: State,
    parameters: Vec<u8>,
    done: Vec<u8>,
    line: Vec<u8>,
    rewrite: bool,
    cols: u32,
    rows: u32,
    row: u32,
    col: u32,
    answers: Vec<u8>,
}

impl Terminal {
    /// A terminal of that size.
    pub(super) fn new(cols: u32, rows: u32) -> Self {
        Self {
            state: State::Ground,
            parameters: Vec::new(),
            done: Vec::new(),
            line: Vec::new(),
            rewrite: false,
            cols: cols.max(1),
            rows: rows.max(1),
            row: 1,
            col: 1,
            answers: Vec::new(),
        }
    }

    /// The finished lines, each with its `\n`.
    pub(super) fn done(&self) -> &[u8] {
        &self.done
    }

    /// The line being written.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// What a terminal answers to the questions among the bytes: identity and cursor position.
    pub(super) fn take_answers(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.answers)
    }

    /// Forgets all lines. A sequence that has begun stays begun.
    pub(super) fn clear(&mut self) {
        self.done.clear();
        self.clear_line();
    }

    /// Forgets the line being written: it was a pager or a question, and was answered.
    pub(super) fn clear_line(&mut self) {
        self.line.clear();
        self.rewrite = false;
    }

    /// Takes bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    fn byte(&mut self, byte: u8) {
        match self.state {
            State::Ground => self.ground(byte),
            State::Escape => self.escape(byte),
            State::EscapeMore => match byte {
                0x20..=0x2f => {}
                0x30..=0x7e => self.state = State::Ground,
                _ => self.abort(byte),
            },
            State::Control => match byte {
                0x20..=0x3f => {
                    if self.parameters.len() < LONGEST_PARAMETERS {
                        self.parameters.push(byte);
                    }
                }
                0x40..=0x7e => {
                    self.state = State::Ground;
                    self.control(byte);
                }
                _ => self.abort(byte),
            },
            State::Text(length) => match byte {
                0x07 => self.state = State::Ground,
                0x1b => self.state = State::TextEscape,
                b'\r' | b'\n' => self.abort(byte),
                _ if length >= LONGEST_STRING => self.abort(byte),
                _ => self.state = State::Text(length + 1),
            },
            State::TextEscape => match byte {
                b'\\' => self.state = State::Ground,
                _ => self.escape(byte),
            },
        }
    }

    /// The sequence ended in the middle: the byte counts as usual.
    fn abort(&mut self, byte: u8) {
        self.state = State::Ground;
        self.ground(byte);
    }

    fn ground(&mut self, byte: u8) {
        match byte {
            0x1b => self.state = State::Escape,
            b'\n' => {
                self.done.append(&mut self.line);
                self.done.push(b'\n');
                self.rewrite = false;
                self.row = (self.row + 1).min(self.rows);
                self.col = 1;
            }
            b'\r' => {
                self.rewrite = true;
                self.col = 1;
            }
            0x08 => {
                if !self.rewrite {
                    // A character, not a byte of one.
                    while self.line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                }
                self.col = self.col.saturating_sub(1).max(1);
            }
            b'\t' | 0x20..=0x7e | 0x80.. => {
                if self.rewrite {
                    self.clear_line();
                }
                self.line.push(byte);
                if byte & 0xc0 != 0x80 {
                    self.col = (self.col + 1).min(self.cols);
                }
            }
            _ => {}
        }
    }

    fn escape(&mut self, byte: u8) {
        self.state = State::Ground;
        match byte {
            b'[' => {
                self.parameters.clear();
                self.state = State::Control;
            }
            b']' | b'P' | b'X' | b'^' | b'_' => self.state = State::Text(0),
            b'Z' => self.identify(),
            b'D' | b'E' => self.row = (self.row + 1).min(self.rows),
            b'M' => self.row = self.row.saturating_sub(1).max(1),
            0x20..=0x2f => self.state = State::EscapeMore,
            0x30..=0x7e => {}
            _ => self.ground(byte),
        }
    }

    fn identify(&mut self) {
        self.answers.extend_from_slice(b"\x1b[?1;0c");
    }

    fn control(&mut self, last: u8) {
        let plain = self.parameters.iter().all(|byte| byte.is_ascii_digit() || *byte == b';');
        let mut numbers = self.parameters.split(|byte| *byte == b';').map(|digits| {
            digits
                .iter()
                .fold(0_u32, |sum, digit| sum.saturating_mul(10).saturating_add(u32::from(digit.saturating_sub(b'0'))))
        });
        let (first, second) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let step = first.max(1);
        match last {
            _ if !plain => {}
            b'A' => self.row = self.row.saturating_sub(step).max(1),
            b'B' => self.row = self.row.saturating_add(step).min(self.rows),
            b'C' => self.col = self.col.saturating_add(step).min(self.cols),
            b'D' => self.col = self.col.saturating_sub(step).max(1),
            b'H' | b'f' => {
                self.row = step.min(self.rows);
                self.col = second.max(1).min(self.cols);
            }
            // Erased from the start on: what was there is no longer shown.
            b'K' | b'J' if first == 2 || (first == 0 && self.rewrite) => self.clear_line(),
            b'c' if first == 0 => self.identify(),
            b'n' if first == 5 => self.answers.extend_from_slice(b"\x1b[0n"),
            b'n' if first == 6 => {
                let position = format!("\x1b[{};{}R", self.row, self.col);
                self.answers.extend_from_slice(position.as_bytes());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(bytes: &[u8]) -> (String, String) {
        let mut terminal = Terminal::new(80, 24);
        terminal.feed(bytes);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (text(terminal.done()), text(terminal.line()))
    }

    fn lines(bytes: &[u8]) -> String {
        let (done, line) = shown(bytes);
        done + &line
    }

    #[test]
    fn carriage_returns_rewrite_the_line() {
        assert_eq!(lines(b"one\r\ntwo\r\r\nthree\n"), "one\ntwo\nthree\n");
        assert_eq!(lines(b"loading 10%\rdone\r\n"), "done\n");
        // A dumb terminal's repaint for each typed character.
        assert_eq!(lines(b"\r\r[a@b] > x     \x1b[K\r[a@b] > x"), "[a@b] > x");
    }

    #[test]
    fn a_wiped_pager_leaves_nothing() {
        assert_eq!(lines(b"a\r\n-- [Q quit|D dump|down]\r                       \rb\r\n"), "a\nb\n");
        assert_eq!(lines(b"a\r\n-- more --\r\x1b[K\r\nb"), "a\n\nb");
        assert_eq!(lines(b"Press any key\x1b[2K\rb"), "b");
    }

    #[test]
    fn escapes_and_bells_are_taken_out() {
        assert_eq!(lines(b"\x1b[7mA\x1b[0m\x07\x1b<\x1b(B\x1b]0;title\x07B\x1b]0;t\x1b\\C"), "ABC");
        assert_eq!(lines(b"Press F1 for help\r\n\r\x1b[9999B[admin@host] > "), "Press F1 for help\n[admin@host] > ");
        assert_eq!(lines(b"\x1b[12\r\nnext"), "\nnext");
    }

    #[test]
    fn backspace_takes_back_a_character() {
        assert_eq!(lines(b"shox\x08 \x08w"), "show");
        assert_eq!(lines("bä\x08\x08x".as_bytes()), "x");
    }

    #[test]
    fn probes_of_the_screen_are_answered() {
        let mut terminal = Terminal::new(511, 98);
        terminal.feed(b"\x1b[H\x1b[9999B\x1bZ\x1b[6n");
        assert_eq!(terminal.take_answers(), b"\x1b[?1;0c\x1b[98;1R");
        terminal.feed(b"\x1b[H\x1b[9999C\x1b[6n");
        assert_eq!(terminal.take_answers(), b"\x1b[1;511R");
        terminal.feed("\x1b[H\u{fc}\x1b[6n".as_bytes());
        assert_eq!(terminal.take_answers(), b"\x1b[1;2R");
        assert_eq!(terminal.take_answers(), b"");
    }

    /// Bytes of which many are the ones that matter.
    fn session() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            3 => any::<u8>().prop_map(|byte| vec![byte]),
            2 => "[ -~]{0,6}".prop_map(String::into_bytes),
            4 => prop::sample::select(vec![
                &b"\r\n"[..], b"\r", b"\n", b"\x1b", b"\x1b[", b"\x1b[K", b"\x1b[2K", b"\x1b[9999B", b"\x1b[6n", b"\x1bZ",
                b"\x1b]0;", b"\x1bP", b"\x07", b"\x08", b"\xc3\xa4", b"9", b";",
            ])
            .prop_map(<[u8]>::to_vec),
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn the_cuts_between_packets_make_no_difference(
            bytes in session(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let mut whole = Terminal::new(80, 24);
            whole.feed(&bytes);
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.sort_unstable();
            at.push(bytes.len());
            let mut parts = Terminal::new(80, 24);
            let (mut from, mut answers) = (0, Vec::new());
            for to in at {
                parts.feed(&bytes[from..to]);
                answers.extend(parts.take_answers());
                from = to;
            }
            prop_assert_eq!(parts.done(), whole.done());
            prop_assert_eq!(parts.line(), whole.line());
            prop_assert_eq!(answers, whole.take_answers());
        }

        #[test]
        fn no_control_character_is_left(bytes in session()) {
            let mut terminal = Terminal::new(80, 24);
            terminal.feed(&bytes);
            let odd = |byte: &u8| (*byte < 0x20 && *byte != b'\n' && *byte != b'\t') || *byte == 0x7f;
            prop_assert!(!terminal.done().iter().any(odd) && !terminal.line().iter().any(odd));
        }

        #[test]
        fn plain_text_stays_as_it_is(text in "[ -~\u{e4}\u{20ac}]{0,40}(\n[ -~]{0,40}){0,5}") {
            prop_assert_eq!(lines(text.as_bytes()), text);
        }
    }
}
