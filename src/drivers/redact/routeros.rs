//! Secrets in RouterOS exports, wrapped or not, and in the scripts inside their quotes.

use std::sync::LazyLock;

use memchr::memchr;
use regex::bytes::Regex;

use super::{Found, keys};
use crate::drivers::routeros::parse::{self, export::is_continued};

/// Nothing is a secret in a line that holds none of these, in whatever case. Looked for in lower case: plain words are
/// found many bytes at a time, which regardless of case they are not.
const HINTS: &str = "(?-u)pass|secret|key|community|token|cak|pmk|pwd|psk|://|uthorization|identity=|envs";

/// [`HINTS`], compiled at the first use. None cannot be: a test compiles it; every line counts as hinted then.
static HINT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(HINTS).ok());

/// How deep scripts may quote scripts.
const DEPTH: usize = 6;
/// How many words of a command are remembered, and how many brackets: no command has so many.
const WORDS: usize = 16;

/// A character of a text as it reads once quoting is undone, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    c: char,
    start: usize,
    end: usize,
}

/// All secrets of an export.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let (mut menu, mut hinted_menu) = (String::new(), false);
    let hinted = hinted(text);
    let mut ahead = hinted.iter().copied().peekable();
    // Without their line ends; the empty one after the last is no line.
    let mut lines = parse::lines(text).scan(0, |at, line| {
        let start = *at;
        *at += line.len() + 1;
        Some((start, line))
    });
    let mut logical: Vec<(usize, &str)> = Vec::new();
    while let Some((start, line)) = lines.next() {
        logical.clear();
        logical.push((start, line));
        if !line.starts_with('#') {
            while logical.last().is_some_and(|(_, line)| is_continued(body(line))) {
                let Some(next) = lines.next() else { break };
                logical.push(next);
            }
        }
        let first = body(line);
        if first.starts_with('/') && !first.contains('=') && !first.contains(" add ") && !first.contains(" set ") {
            first.clone_into(&mut menu);
            hinted_menu = hints(&menu);
        } else if first.starts_with('/') {
            menu.clear();
            hinted_menu = false;
        }
        while ahead.next_if(|at| *at < start).is_some() {}
        let hinted = if logical.len() == 1 && memchr(b'\\', first.as_bytes()).is_none() {
            HINT.is_none() || ahead.peek().is_some_and(|at| *at < start + first.len())
        } else {
            let joined: String = logical.iter().map(|(_, line)| body(line).trim_start()).collect();
            hints(&joined.replace('\\', ""))
        };
        if hinted || hinted_menu {
            let words = menu.split([' ', '/']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
            Scan { glyphs: &glyphs(&logical), nested: false, depth: 0, words, found: &mut found }.run();
        }
    }
    found
}

/// Whether a text holds one of [`HINTS`].
fn hints(text: &str) -> bool {
    HINT.as_ref().is_none_or(|hint| hint.is_match(&text.as_bytes().to_ascii_lowercase()))
}

/// Where the hints stand in a whole text, in their order: one pass over every byte of every config.
fn hinted(text: &str) -> Vec<usize> {
    let lower = text.as_bytes().to_ascii_lowercase();
    HINT.as_ref().map_or_else(Vec::new, |hint| hint.find_iter(&lower).map(|found| found.start()).collect())
}

fn body(line: &str) -> &str {
    line.trim_end_matches('\r')
}

/// The characters of a logical line, line ends and continuations left out.
fn glyphs(lines: &[(usize, &str)]) -> Vec<Glyph> {
    let mut glyphs = Vec::new();
    for (index, (start, line)) in lines.iter().enumerate() {
        let line = body(line);
        let is_last = index + 1 == lines.len();
        let kept = if is_last { line } else { line.strip_suffix('\\').unwrap_or(line) };
        let skipped = if index == 0 { 0 } else { kept.len() - kept.trim_start_matches([' ', '\t']).len() };
        glyphs.extend(kept.char_indices().filter(|(at, _)| *at >= skipped).map(|(at, c)| Glyph {
            c,
            start: start + at,
            end: start + at + c.len_utf8(),
        }));
    }
    glyphs
}

struct Scan<'a> {
    glyphs: &'a [Glyph],
    /// Inside quotes: a script, a comment, an address.
    nested: bool,
    depth: usize,
    /// Bare words of the command so far: its menu and verb.
    words: Vec<String>,
    found: &'a mut Vec<Found>,
}

/// A value: where it stands without its quotes, and what it is.
struct Token {
    /// Index behind it, quotes included.
    next: usize,
    /// Its characters, escapes undone.
    inner: Vec<Glyph>,
    quoted: bool,
}

impl Scan<'_> {
    fn run(mut self) {
        if self.depth > DEPTH {
            return;
        }
        self.addresses();
        let mut outer: Vec<Vec<String>> = Vec::new();
        let mut at = 0;
        while let Some(c) = self.char(at) {
            match c {
                '"' => at = self.quoted(at),
                '[' => {
                    if outer.len() < WORDS {
                        outer.push(self.words.clone());
                    }
                    at += 1;
                }
                ']' => {
                    self.words = outer.pop().unwrap_or_default();
                    at += 1;
                }
                ';' | '{' | '}' | '\n' if self.nested => {
                    self.words.clear();
                    at += 1;
                }
                _ if is_name(c) || c == ':' || c == '/' => at = self.word(at),
                _ => at += 1,
            }
        }
    }

    fn char(&self, at: usize) -> Option<char> {
        self.glyphs.get(at).map(|glyph| glyph.c)
    }

    /// A quoted text that is no value: looked into, and perhaps itself the name of one (`"password":"x"`).
    fn quoted(&mut self, at: usize) -> usize {
        let token = self.token(at, false);
        let name: String = token.inner.iter().map(|glyph| glyph.c).collect();
        let mut next = token.next;
        while self.char(next) == Some(' ') {
            next += 1;
        }
        if matches!(self.char(next), Some(':' | '=')) && self.is_secret(&name) {
            next += 1;
            while self.char(next) == Some(' ') {
                next += 1;
            }
            return self.value(next, false);
        }
        let after = token.next;
        self.look_into(&token.inner);
        after
    }

    /// A bare word, with the value behind its `=`; or a script's variable, with the value behind the blank.
    fn word(&mut self, at: usize) -> usize {
        let query = at > 0 && matches!(self.char(at - 1), Some('?' | '&'));
        let mut end = at;
        while self.char(end).is_some_and(|c| is_name(c) || c == ':' || c == '/') {
            end += 1;
        }
        let word: String = self.glyphs.get(at..end).unwrap_or_default().iter().map(|glyph| glyph.c).collect();
        if end == at {
            return at + 1;
        }
        let name = word.rsplit([':', '/']).next().unwrap_or_default();
        if self.char(end) == Some('=') && !name.is_empty() {
            if self.is_secret(name) {
                return self.value(end + 1, query);
            }
            let token = self.token(end + 1, query);
            if token.next == end + 1 {
                return token.next;
            }
            self.look_into(&token.inner);
            return token.next;
        }
        let assigns = self.words.last().is_some_and(|last| matches!(last.as_str(), ":local" | ":global" | ":set"));
        // `password: x` stands in comments and notes.
        let names_value = self.nested && (assigns || word.ends_with(':')) && self.is_secret(word.trim_matches(':'));
        if self.words.len() == WORDS {
            self.words.pop();
        }
        self.words.push(word);
        if names_value && self.char(end) == Some(' ') {
            let mut next = end;
            while self.char(next) == Some(' ') {
                next += 1;
            }
            return self.value(next, false);
        }
        end
    }

    /// Takes the value at `at` as a secret.
    fn value(&mut self, at: usize, query: bool) -> usize {
        let token = self.token(at, query);
        let value: String = token.inner.iter().map(|glyph| glyph.c).collect();
        // A script's variable or result is not the secret itself.
        let computed = self.nested && !token.quoted && value.starts_with(['$', '[', '(']);
        if computed {
            self.look_into(&token.inner);
        } else if let (Some(first), Some(last)) = (token.inner.first(), token.inner.last())
            && !keys::is_switch(&value)
        {
            self.found.push(Found { start: first.start, end: last.end, value });
        }
        token.next.max(at)
    }

    /// Reads a quoted text, a bracketed expression, or a bare value.
    fn token(&self, at: usize, query: bool) -> Token {
        let mut inner = Vec::new();
        let mut next = at;
        if self.char(at) == Some('"') {
            next += 1;
            while let Some(glyph) = self.glyphs.get(next) {
                match glyph.c {
                    '"' => {
                        next += 1;
                        break;
                    }
                    '\\' => {
                        let (decoded, length) = unescape(self.glyphs.get(next..).unwrap_or_default());
                        inner.push(decoded);
                        next += length;
                    }
                    _ => {
                        inner.push(*glyph);
                        next += 1;
                    }
                }
            }
            return Token { next, inner, quoted: true };
        }
        let mut open = 0_usize;
        while let Some(glyph) = self.glyphs.get(next) {
            match glyph.c {
                '(' | '[' if self.nested => open += 1,
                ')' | ']' if self.nested && open > 0 => open -= 1,
                _ if open > 0 => {}
                ' ' | '\t' => break,
                ';' | ')' | ']' | '}' | '"' | '\n' | '\r' if self.nested => break,
                '&' if query => break,
                _ => {}
            }
            inner.push(*glyph);
            next += 1;
        }
        Token { next, inner, quoted: false }
    }

    fn look_into(&mut self, inner: &[Glyph]) {
        Scan { glyphs: inner, nested: true, depth: self.depth + 1, words: Vec::new(), found: self.found }.run();
    }

    fn is_secret(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let in_menu = |word: &str| self.words.iter().any(|words| words.split('/').any(|part| part == word));
        match name.as_str() {
            "key" => !in_menu("container"),
            "value" => in_menu("container") && in_menu("envs"),
            "name" => in_menu("snmp") && in_menu("community"),
            "identity" => in_menu("zerotier"),
            _ => name.starts_with("static-key-") || keys::is_secret(&name) || keys::is_community(&name),
        }
    }

    /// Secrets in addresses and headers: `://user:PASSWORD@`, `/bot1234:TOKEN/`, `Authorization: Basic TOKEN`.
    fn addresses(&mut self) {
        if !self.nested {
            return;
        }
        let text: String = self.glyphs.iter().map(|glyph| if glyph.c.is_ascii() { glyph.c } else { '?' }).collect();
        for (start, end) in super::generic::credentials(&text) {
            // The text has one byte a character, so a byte's place is a character's.
            let inner = self.glyphs.get(start..end).unwrap_or_default();
            if let (Some(first), Some(last)) = (inner.first(), inner.last()) {
                let value = inner.iter().map(|glyph| glyph.c).collect();
                self.found.push(Found { start: first.start, end: last.end, value });
            }
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// One escape at the beginning of `glyphs`: what it stands for, and how many characters it takes.
fn unescape(glyphs: &[Glyph]) -> (Glyph, usize) {
    let mut chars = glyphs.iter();
    let Some(slash) = chars.next() else { return (Glyph { c: '\\', start: 0, end: 0 }, 1) };
    let Some(kind) = chars.next() else { return (*slash, 1) };
    let made = |c: char, last: &Glyph, length| (Glyph { c, start: slash.start, end: last.end }, length);
    if let Some(high) = kind.c.to_digit(16).filter(|_| !kind.c.is_ascii_lowercase())
        && let Some(second) = chars.next()
        && let Some(low) = second.c.to_digit(16).filter(|_| !second.c.is_ascii_lowercase())
        && let Ok(byte) = u8::try_from(high * 16 + low)
    {
        return made(char::from(byte), second, 3);
    }
    let c = match kind.c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'a' => '\u{7}',
        '_' => ' ',
        other => other,
    };
    made(c, kind, 2)
}

#[cfg(test)]
mod tests;
