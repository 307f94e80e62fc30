//! The console's line editor as the client sees it: prompts and echoes.

use super::terminal::Terminal;

/// How the line is repainted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repaint {
    /// With cursor sequences.
    Vt,
    /// With blanks up to the width.
    Dumb,
}

/// Paints prompts and lines.
#[derive(Debug, Clone)]
pub struct Editor {
    /// The terminal.
    pub terminal: Terminal,
    /// The style.
    pub repaint: Repaint,
    /// Echo per character rather than per line.
    pub per_char: bool,
    /// Colours in the prompt.
    pub colours: bool,
}

impl Editor {
    /// The part of prompt and text that fits; longer ones scroll, marked with `<`.
    fn visible(&self, prompt: &str, text: &str) -> String {
        let whole = format!("{}{text}", self.coloured(prompt));
        let length = prompt.chars().count().saturating_add(text.chars().count());
        if length < self.terminal.width {
            return whole;
        }
        let room = self.terminal.width.saturating_sub(2);
        let skip = length.saturating_sub(room);
        let plain = format!("{prompt}{text}");
        format!("<{}", plain.chars().skip(skip).collect::<String>())
    }

    fn coloured(&self, prompt: &str) -> String {
        let parts = prompt.strip_prefix('[').and_then(|rest| rest.split_once('@'));
        match parts.and_then(|(user, rest)| Some((user, rest.rsplit_once(']')?))) {
            Some((user, (identity, end))) if self.colours => {
                format!("[\x1b[m\x1b[32m{user}\x1b[m@\x1b[m\x1b[32m{identity}\x1b[m]{end}")
            }
            _ => prompt.to_owned(),
        }
    }

    fn blanks(&self, used: &str) -> String {
        " ".repeat(self.terminal.width.saturating_sub(used.chars().count()))
    }

    /// The prompt, painted twice: before and after the editor comes up.
    pub fn prompt(&self, prompt: &str) -> String {
        let shown = self.coloured(prompt);
        match self.repaint {
            Repaint::Vt => format!("\r\n\r\r\r\x1b[9999B{shown}\r\n\r\r\r\r\x1b[9999B{shown}"),
            Repaint::Dumb => format!("\r\r\r\r{shown}{}\r{shown}", self.blanks(prompt)),
        }
    }

    /// What a typed character makes appear; `text` has it already.
    pub fn typed(&self, prompt: &str, text: &str, letter: char) -> String {
        if !self.per_char {
            return String::new();
        }
        let shown = self.visible(prompt, text);
        match self.repaint {
            Repaint::Vt if shown.starts_with('<') => format!("\r{shown}\x1b[K"),
            Repaint::Vt => letter.to_string(),
            Repaint::Dumb => format!("\r\r{shown}{}\x1b[K\r{shown}", self.blanks(&shown)),
        }
    }

    /// What a rubbed out character makes appear; `text` no longer has it.
    pub fn rubbed(&self, prompt: &str, text: &str) -> String {
        if self.per_char { format!("\r{}\x1b[K", self.visible(prompt, text)) } else { String::new() }
    }

    /// What Enter makes appear.
    pub fn entered(&self, prompt: &str, text: &str) -> String {
        match (self.per_char, self.repaint) {
            (true, Repaint::Vt) => "\r\n".to_owned(),
            (false, Repaint::Vt) => format!("{text}\r\n"),
            (_, Repaint::Dumb) => format!("\r{}\r\n\r", self.visible(prompt, text)),
        }
    }

    /// Between the output of a command and the next prompt.
    pub fn gap(&self) -> &'static str {
        match self.repaint {
            Repaint::Vt => "",
            Repaint::Dumb => "\r\n",
        }
    }

    /// The prompt after a log line that burst in.
    pub fn after_log(&self, prompt: &str, text: &str) -> String {
        let shown = self.visible(prompt, text);
        match self.repaint {
            Repaint::Vt => format!("\r\x1b[9999B{shown}"),
            Repaint::Dumb => format!("\r{shown}"),
        }
    }

    /// Output as this terminal gets it: lines that are wider than it are broken; on a terminal that never answered,
    /// one character a line.
    pub fn fold(&self, text: &str) -> String {
        let width = self.terminal.width.max(1);
        let mut out = String::with_capacity(text.len());
        let mut column = 0_usize;
        for letter in text.chars() {
            match letter {
                '\r' | '\n' => column = 0,
                _ if column >= width => {
                    out.push_str("\r\n");
                    column = 1;
                }
                _ => column = column.saturating_add(1),
            }
            out.push(letter);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn editor(repaint: Repaint, width: usize) -> Editor {
        let terminal = Terminal { colours: false, detect: false, dumb: false, width, height: 24 };
        Editor { terminal, repaint, per_char: true, colours: false }
    }

    #[test]
    fn dumb_repaints_the_whole_line_for_each_character() {
        let editor = editor(Repaint::Dumb, 12);
        assert_eq!(editor.typed("[a@b] > ", "/s", 's'), "\r\r[a@b] > /s  \x1b[K\r[a@b] > /s");
        assert_eq!(editor.entered("[a@b] > ", "/s"), "\r[a@b] > /s\r\n\r");
        assert_eq!(editor.prompt("[a@b] > "), "\r\r\r\r[a@b] >     \r[a@b] > ");
    }

    #[test]
    fn vt_paints_the_prompt_twice() {
        let editor = editor(Repaint::Vt, 80);
        assert_eq!(editor.prompt("[a@b] > "), "\r\n\r\r\r\x1b[9999B[a@b] > \r\n\r\r\r\r\x1b[9999B[a@b] > ");
        assert_eq!(editor.typed("[a@b] > ", "/s", 's'), "s");
    }

    #[test]
    fn long_lines_scroll() {
        let editor = editor(Repaint::Vt, 12);
        assert_eq!(editor.typed("[a@b] > ", "123456", '6'), "\r<> 123456\x1b[K".replace("<>", "<] >"));
    }

    #[test]
    fn output_folds_at_the_width() {
        assert_eq!(editor(Repaint::Vt, 3).fold("abcdef\r\ngh\r\n"), "abc\r\ndef\r\ngh\r\n");
        assert_eq!(editor(Repaint::Vt, 1).fold("ab"), "a\r\nb");
    }

    #[test]
    fn colours_surround_user_and_identity() {
        let editor = Editor { colours: true, ..editor(Repaint::Vt, 80) };
        assert_eq!(editor.coloured("[a@b]c] > "), "[\x1b[m\x1b[32ma\x1b[m@\x1b[m\x1b[32mb]c\x1b[m] > ");
    }
}
