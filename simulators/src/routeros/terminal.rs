//! The console's terminal: what the user name's suffix asks for, and the probes that find out the rest.

/// What the router believes of the client's terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Colours.
    pub colours: bool,
    /// Find out what the terminal is by probing.
    pub detect: bool,
    /// Dumb mode was asked for.
    pub dumb: bool,
    /// Columns; 1: nobody answered the probes.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Terminal {
    /// From the login name, `account+ct511w4098h`: parameters `[number]letter` in any order. Sizes that it does not
    /// give come from the PTY, else 80x24.
    pub fn parse(login: &str, pty: Option<(u32, u32)>) -> Self {
        let size = |given: u32, usual: usize| if given == 0 { usual } else { given as usize };
        let (width, height) = pty.map_or((80, 24), |(columns, rows)| (size(columns, 80), size(rows, 24)));
        let mut terminal = Self { colours: true, detect: true, dumb: false, width, height };
        let mut number: Option<usize> = None;
        for letter in login.split_once('+').map_or("", |(_, suffix)| suffix).chars() {
            if let Some(digit) = letter.to_digit(10) {
                number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize));
                continue;
            }
            let on = number != Some(0);
            match letter {
                'c' => terminal.colours = !on && number.is_some_and(|number| number == 0),
                't' => terminal.detect = !on,
                'e' => terminal.dumb = on,
                'w' => terminal.width = number.filter(|columns| *columns > 0).unwrap_or(terminal.width),
                'h' => terminal.height = number.filter(|rows| *rows > 0).unwrap_or(terminal.height),
                _ => {}
            }
            number = None;
        }
        terminal
    }
}

/// The probes, in order; each ends with a question for the cursor's place.
pub const PROBES: [&str; 4] = [
    "\x1b[H\x1b[9999B\x1bZ\x1b[6n",
    "\x1b[H\x1b[9999B\x1bD\x1b[9999A\x1b[6n",
    "\x1b[H\x1b[9999C\x1b[6n",
    "\x1b[H\u{e9}\x1b[6n",
];

/// The cursor's place in an answer `ESC [ row ; column R`, once it is complete; whatever else came is passed over.
pub fn cursor(answer: &[u8]) -> Option<(usize, usize)> {
    let text = String::from_utf8_lossy(answer);
    let (before, _) = text.rsplit_once('R')?;
    let (_, place) = before.rsplit_once("\x1b[")?;
    let (row, column) = place.split_once(';')?;
    Some((row.parse().ok()?, column.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_says_what_the_terminal_is() {
        let usual = Terminal { colours: true, detect: true, dumb: false, width: 80, height: 24 };
        assert_eq!(Terminal::parse("admin", None), usual);
        let wide = Terminal { colours: false, detect: false, dumb: false, width: 511, height: 4098 };
        assert_eq!(Terminal::parse("netops+ct511w4098h", Some((80, 24))), wide);
        let dumb = Terminal { dumb: true, width: 999, height: 255, ..wide };
        assert_eq!(Terminal::parse("netops+cte999w255h", None), dumb);
        assert_eq!(Terminal::parse("a+4098h511wtc", None), wide);
        assert_eq!(Terminal::parse("a", Some((132, 50))), Terminal { width: 132, height: 50, ..usual });
    }

    #[test]
    fn answers_to_probes() {
        assert_eq!(cursor(b"\x1b[?1;0c\x1b[24;1R"), Some((24, 1)));
        assert_eq!(cursor(b"\x1b[1;200R"), Some((1, 200)));
        assert_eq!(cursor(b"\x1b[?1;0c"), None);
        assert_eq!(cursor(b"\x1b[24;1"), None);
    }
}
