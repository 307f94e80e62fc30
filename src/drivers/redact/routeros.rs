//! Secrets in RouterOS exports, wrapped or not, and in the scripts inside their quotes.

use super::{Found, keys};
use crate::drivers::routeros::parse::export::is_continued;

/// Nothing is a secret in a line that holds none of these, in lower case.
const HINTS: [&str; 13] = [
    "pass",
    "secret",
    "key",
    "community",
    "token",
    "cak",
    "pmk",
    "pwd",
    "psk",
    "://",
    "uthorization",
    "identity=",
    "envs",
];

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
    let mut menu = String::new();
    let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
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
        } else if first.starts_with('/') {
            menu.clear();
        }
        let joined: String = logical.iter().map(|(_, line)| body(line).trim_start()).collect();
        let joined = joined.to_ascii_lowercase().replace('\\', "");
        if HINTS.iter().any(|hint| joined.contains(hint) || menu.contains(hint)) {
            let words = menu.split([' ', '/']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
            Scan { glyphs: &glyphs(&logical), nested: false, depth: 0, words, found: &mut found }.run();
        }
    }
    found
}

fn body(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
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
mod tests {
    use super::super::Redactor;
    use crate::model::Family;
    use proptest::prelude::*;

    /// The text with every mark shown as `***`, and how many there are.
    fn redact(text: &str) -> (String, usize) {
        let redacted = Redactor::new([1; 32]).redact(Family::RouterOs, text);
        let mut shown = String::new();
        let mut rest = redacted.text.as_str();
        while let Some((before, after)) = rest.split_once("<redacted:") {
            shown.push_str(before);
            shown.push_str("***");
            rest = after.split_once('>').unwrap().1;
        }
        shown.push_str(rest);
        (shown, redacted.count)
    }

    #[test]
    fn every_key_of_the_specification_is_redacted() {
        for (line, expected) in [
            (
                "/ppp secret add name=joe password=hunter2 service=pppoe",
                "/ppp secret add name=joe password=*** service=pppoe",
            ),
            ("/radius add address=192.0.2.1 secret=\"a b\\\"c\"", "/radius add address=192.0.2.1 secret=\"***\""),
            (
                "/interface wireless security-profiles set [ find default=yes ] wpa2-pre-shared-key=abc wpa-pre-shared-key=d",
                "/interface wireless security-profiles set [ find default=yes ] wpa2-pre-shared-key=*** wpa-pre-shared-key=***",
            ),
            (
                "/interface wireguard add name=wg private-key=\"QUJD=\"",
                "/interface wireguard add name=wg private-key=\"***\"",
            ),
            (
                "/interface wireguard peers add preshared-key=\"x=\" public-key=\"y=\"",
                "/interface wireguard peers add preshared-key=\"***\" public-key=\"y=\"",
            ),
            (
                "/snmp community set [ find default=yes ] name=public addresses=::/0",
                "/snmp community set [ find default=yes ] name=*** addresses=::/0",
            ),
            (
                "/snmp community add authentication-password=a encryption-password=b name=c",
                "/snmp community add authentication-password=*** encryption-password=*** name=***",
            ),
            ("/snmp set trap-community=public contact=me", "/snmp set trap-community=*** contact=me"),
            (
                "/routing ospf interface-template add auth-key=k auth-id=1",
                "/routing ospf interface-template add auth-key=*** auth-id=1",
            ),
            ("/routing bgp connection add name=x tcp-md5-key=k", "/routing bgp connection add name=x tcp-md5-key=***"),
            (
                "/interface l2tp-server server set ipsec-secret=x use-ipsec=yes",
                "/interface l2tp-server server set ipsec-secret=*** use-ipsec=yes",
            ),
            ("/tool romon set enabled=yes secrets=x", "/tool romon set enabled=yes secrets=***"),
            (
                "/interface wifi security add passphrase=\"correct horse\" authentication-types=wpa2-psk",
                "/interface wifi security add passphrase=\"***\" authentication-types=wpa2-psk",
            ),
            ("/system ntp key add key=abc id=1", "/system ntp key add key=*** id=1"),
        ] {
            let (shown, count) = redact(&format!("{line}\n"));
            assert_eq!(shown, format!("{expected}\n"));
            assert_eq!(count, expected.matches("***").count(), "{line}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for line in [
            "/ppp secret add name=joe password=\"\" service=pppoe",
            "/ip ssh set always-allow-password-login=yes",
            "/user group set read policy=local,telnet,ssh,read,test,password,sensitive",
            "/ip ipsec identity add auth-method=pre-shared-key peer=x",
            "/ip firewall mangle add action=mark-packet passthrough=yes",
            "/container envs add key=HOME",
            "/interface bridge add name=public comment=\"the secret garden\"",
            "/system script add name=x source=\":local password \\$1; /ppp secret add password=\\$password\"",
        ] {
            assert_eq!(redact(&format!("{line}\n")), (format!("{line}\n"), 0));
        }
    }

    #[test]
    fn wrapped_values_are_found() {
        let text = "/interface pppoe-client\r\nadd name=x password=\\\r\n    hunter2 user=u\r\nadd comment=\\\r\n    \"a b\" password=\"long se\\\r\n    cret\" user=u\r\n/snmp community\r\nset [ find default=yes ] name=pub\\\r\n    lic\r\n";
        let (shown, count) = redact(text);
        assert_eq!(count, 3);
        assert_eq!(
            shown,
            "/interface pppoe-client\r\nadd name=x password=\\\r\n    *** user=u\r\nadd comment=\\\r\n    \"a b\" password=\"***\" user=u\r\n/snmp community\r\nset [ find default=yes ] name=***\r\n"
        );
        let redactor = Redactor::new([1; 32]);
        let joined = redactor.redact(Family::RouterOs, "/a add password=\"long secret\"\n").text;
        let mark = joined.split('"').nth(1).unwrap();
        assert!(redactor.redact(Family::RouterOs, text).text.contains(mark));
    }

    #[test]
    fn scripts_are_looked_into() {
        for (source, expected) in [
            (r#"/tool e-mail send password=hunter2 to=x\r\n"#, r#"/tool e-mail send password=*** to=x\r\n"#),
            (
                r#"/ppp secret add name=a password=\"hun ter\\\"2\"; :log info \"ok\""#,
                r#"/ppp secret add name=a password=\"***\"; :log info \"ok\""#,
            ),
            (r#":local smtpPass \"hunter2\"\r\n:put \$smtpPass"#, r#":local smtpPass \"***\"\r\n:put \$smtpPass"#),
            (r#":global secret hunter2;:put 1"#, r#":global secret ***;:put 1"#),
            (
                r#"/tool fetch url=\"https://bob:hunter2@192.0.2.1/x\""#,
                r#"/tool fetch url=\"https://bob:***@192.0.2.1/x\""#,
            ),
            (
                r#"/tool fetch url=\"https://192.0.2.1/\?token=hunter2&id=4\""#,
                r#"/tool fetch url=\"https://192.0.2.1/\?token=***&id=4\""#,
            ),
            (
                r#"/tool fetch url=\"https://api/bot12345:AbC-d_e/send\""#,
                r#"/tool fetch url=\"https://api/bot***/send\""#,
            ),
            (
                r#"/tool fetch http-header-field=\"Authorization: Bearer abc.def\""#,
                r#"/tool fetch http-header-field=\"Authorization: Bearer ***\""#,
            ),
            (
                r#"/tool fetch http-data=\"{\\\"password\\\":\\\"hunter2\\\"}\""#,
                r#"/tool fetch http-data=\"{\\\"password\\\":\\\"***\\\"}\""#,
            ),
            (r#"/snmp community add name=hunter2"#, r#"/snmp community add name=***"#),
        ] {
            let (shown, count) = redact(&format!("/system script add name=x source=\"{source}\" owner=o\n"));
            assert_eq!(shown, format!("/system script add name=x source=\"{expected}\" owner=o\n"));
            assert_eq!(count, 1, "{source}");
        }
    }

    /// As RouterOS quotes.
    fn quote(value: &str) -> String {
        let mut out = String::from("\"");
        for c in value.chars() {
            match c {
                '"' | '\\' | '$' | '?' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                c if c.is_ascii() => out.push(c),
                c => {
                    let mut bytes = [0; 4];
                    for byte in c.encode_utf8(&mut bytes).bytes() {
                        out.push_str(&format!("\\{byte:02X}"));
                    }
                }
            }
        }
        out.push('"');
        out
    }

    /// Breaks every line but comments at the widths that are drawn; a blank at a break inside quotes is `\_`.
    fn wrap(text: &str, widths: &[usize]) -> String {
        let mut out = String::new();
        let mut widths = widths.iter().cycle();
        for line in text.lines() {
            let (mut column, mut width) = (0, *widths.next().unwrap());
            let mut chars = line.chars();
            while let Some(c) = chars.next() {
                let mut unit = String::from(c);
                if c == '\\' {
                    let kind = chars.next().unwrap();
                    unit.push(kind);
                    if kind.is_ascii_digit() || kind.is_ascii_uppercase() {
                        unit.extend(chars.next());
                    }
                }
                if column >= width && unit != " " && !line.starts_with('#') {
                    out.push_str("\\\n    ");
                    (column, width) = (4, *widths.next().unwrap());
                }
                column += unit.len();
                out.push_str(&unit);
            }
            out.push('\n');
        }
        out
    }

    const KEYS: [&str; 8] = [
        "password",
        "secret",
        "passphrase",
        "wpa2-pre-shared-key",
        "private-key",
        "auth-key",
        "ipsec-secret",
        "tcp-md5-key",
    ];

    proptest! {
        #[test]
        fn no_secret_survives(
            secrets in prop::collection::vec(("Q[!-~ ñ]{6,20}Q", 0usize..8, 0u8..3), 1..8),
            widths in prop::collection::vec(12usize..80, 1..4),
        ) {
            let mut text = String::from("# 2026-03-02 04:10:07 by RouterOS 7.16\n");
            for (secret, key, how) in &secrets {
                let key = KEYS[*key];
                let line = match how {
                    0 => format!("/ppp thing add comment=x {key}={} name=y", quote(secret)),
                    1 => format!("/system script add source={} name=y", quote(&format!(":do {{ /a add {key}={} }}", quote(secret)))),
                    _ => {
                        let script = format!("/b add on-event={}", quote(&format!("/a add {key}={}; :put 1", quote(secret))));
                        format!("/system script add source={} name=y", quote(&script))
                    }
                };
                text.push_str(&line);
                text.push('\n');
            }
            let redactor = Redactor::new([3; 32]);
            let redacted = redactor.redact(Family::RouterOs, &text);
            prop_assert_eq!(redacted.count, secrets.len());
            for (secret, _, _) in &secrets {
                let (once, twice) = (quote(secret), quote(&quote(secret)));
                for form in [secret.as_str(), once.trim_matches('"'), twice.trim_matches('"')] {
                    prop_assert!(!redacted.text.contains(form), "{} in {}", form, redacted.text);
                }
            }
            let again = redactor.redact(Family::RouterOs, &redacted.text);
            prop_assert_eq!((again.text.as_str(), again.count), (redacted.text.as_str(), 0));

            // Wrapped anywhere outside an escape, the same values have the same marks.
            let marks = |text: &str| -> Vec<String> {
                text.split("<redacted:").skip(1).map(|rest| rest[..8].to_owned()).collect()
            };
            let wrapped = redactor.redact(Family::RouterOs, &wrap(&text, &widths));
            prop_assert_eq!(marks(&wrapped.text), marks(&redacted.text));
        }

        #[test]
        fn any_text_is_survived(text in r#"([ -~ñ\n]|password=|\\|"|source="|\\\n    ){0,80}"#) {
            let redactor = Redactor::new([3; 32]);
            let once = redactor.redact(Family::RouterOs, &text);
            let twice = redactor.redact(Family::RouterOs, &once.text);
            prop_assert_eq!(twice.text, once.text);
        }
    }
}
