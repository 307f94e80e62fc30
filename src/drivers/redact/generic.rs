//! Secrets in line-oriented configurations of any other family: `key=value`, `key: value`, `key value`,
//! `<key>value</key>`, SNMP communities and users.

use super::{Found, keys};

/// Words between a secret's name and its value that say how it is written.
const WRITTEN_AS: [&str; 14] = [
    "0",
    "5",
    "7",
    "8",
    "9",
    "cipher",
    "plain",
    "plaintext",
    "clear",
    "encrypted",
    "simple",
    "hash",
    "hash2",
    "string",
];

/// Words around which a community is a routing community, not SNMP's.
const ROUTING: [&str; 12] = [
    "policy-options",
    "policy-statement",
    "policy",
    "bgp",
    "route-map",
    "route-policy",
    "member",
    "members",
    "from",
    "action",
    "expression",
    "prefix-list",
];

/// All secrets of a text.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut enclosing: Vec<(usize, bool)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let indent = body.len() - body.trim_start().len();
        if !body.is_empty() {
            while enclosing.last().is_some_and(|(depth, _)| *depth >= indent) {
                enclosing.pop();
            }
            let routing = enclosing.last().is_some_and(|(_, routing)| *routing) || is_routing(body);
            Line { text: body, offset: at, routing, found: &mut found }.run();
            enclosing.push((indent, routing));
        }
        for (start, end) in credentials(body) {
            if let Some(value) = body.get(start..end) {
                found.push(Found { start: at + start, end: at + end, value: value.to_owned() });
            }
        }
        at += line.len();
    }
    found
}

fn is_routing(line: &str) -> bool {
    !line.contains("snmp") && line.split([' ', '\t', '/']).any(|word| ROUTING.contains(&word))
}

struct Line<'a> {
    text: &'a str,
    offset: usize,
    routing: bool,
    found: &'a mut Vec<Found>,
}

/// A value in a line: its byte range without quotes.
struct Token<'a> {
    start: usize,
    end: usize,
    next: usize,
    text: &'a str,
    quoted: bool,
}

impl<'a> Line<'a> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(word) = self.word(at) {
            at = word.next;
            let secret = keys::is_secret(word.text) || keys::is_community(word.text) && !self.routing;
            let user = matches!(word.text, "auth" | "authentication" | "priv" | "privacy");
            let exact_key = word.text.eq_ignore_ascii_case("key");
            if !(secret || user || exact_key) {
                continue;
            }
            let rest = self.text.get(word.next..).unwrap_or_default();
            if rest.starts_with('>') {
                if self.text.get(..word.start).is_some_and(|before| before.ends_with('<')) && secret {
                    at = self.element(word.next + 1);
                }
                continue;
            }
            let rest_bare = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start();
            let assigned = rest_bare.starts_with(['=', ':']);
            if !assigned && !rest.starts_with([' ', '\t']) {
                continue;
            }
            let mut next = word.next;
            if assigned {
                next += rest.len() - rest_bare.len() + 1;
            }
            if let Some(token) = self.secret(next, secret, user, exact_key && !assigned) {
                at = token;
            }
        }
    }

    /// Takes the value behind a name as a secret; gives the place behind it.
    fn secret(&mut self, at: usize, secret: bool, user: bool, must_be_quoted: bool) -> Option<usize> {
        let mut token = self.token(at)?;
        let mut algorithms = 0;
        while !token.quoted
            && (is_algorithm(token.text) || secret && WRITTEN_AS.contains(&token.text))
            && let Some(next) = self.token(token.next)
        {
            // `community private rw`: a word that could say how it is written is the value where nothing follows.
            algorithms += usize::from(is_algorithm(token.text));
            token = next;
        }
        if user && !secret && algorithms == 0 || must_be_quoted && !token.quoted || keys::is_switch(token.text) {
            return None;
        }
        let value = token.text.replace("\\\"", "\"").replace("\\\\", "\\");
        self.found.push(Found { start: self.offset + token.start, end: self.offset + token.end, value });
        Some(token.next)
    }

    /// The next word that may be a name.
    fn word(&self, from: usize) -> Option<Token<'a>> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let rest = self.text.get(from..)?;
        let start = from + rest.find(is_name)?;
        let rest = self.text.get(start..)?;
        let end = start + rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        Some(Token { start, end, next: end, text: self.text.get(start..end)?, quoted: false })
    }

    /// The value at or after `from`: quoted, or up to the next blank.
    fn token(&self, from: usize) -> Option<Token<'a>> {
        let rest = self.text.get(from..)?;
        let start = from + (rest.len() - rest.trim_start().len());
        let rest = self.text.get(start..)?;
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let mut escaped = false;
            let inside = rest.get(1..)?;
            let length = inside
                .char_indices()
                .find(|(_, c)| {
                    let end = *c == quote && !escaped;
                    escaped = *c == '\\' && !escaped;
                    end
                })
                .map_or(inside.len(), |(at, _)| at);
            let (start, end) = (start + 1, start + 1 + length);
            return Some(Token {
                start,
                end,
                next: (end + 1).min(self.text.len()),
                text: self.text.get(start..end)?,
                quoted: true,
            });
        }
        let length = rest.find([' ', '\t']).unwrap_or(rest.len());
        let text = rest.get(..length)?.trim_end_matches([',', ';']);
        (!text.is_empty()).then_some(Token {
            start,
            end: start + text.len(),
            next: start + length,
            text,
            quoted: false,
        })
    }

    /// The text of an XML element that begins at `from`.
    fn element(&mut self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        let end = from + rest.find('<').unwrap_or(rest.len());
        if let Some(value) = self.text.get(from..end) {
            self.found.push(Found { start: self.offset + from, end: self.offset + end, value: value.to_owned() });
        }
        end
    }
}

fn is_algorithm(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    ["md5", "sha", "aes", "des", "3des", "hmac-", "cbc-", "cfb"].iter().any(|start| word.starts_with(start))
        || matches!(word.as_str(), "hash" | "hash2")
}

/// Byte ranges of secrets in addresses and headers: `://user:PASSWORD@`, `/bot1234:TOKEN/`,
/// `Authorization: Basic TOKEN`.
pub(super) fn credentials(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let over = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/' | '\\' | '?' | '#' | '>');
    for (at, _) in text.match_indices("://") {
        let from = at + 3;
        let rest = text.get(from..).unwrap_or_default();
        let authority = rest.get(..rest.find(over).unwrap_or(rest.len())).unwrap_or_default();
        if let Some((user, _)) = authority.rsplit_once('@')
            && let Some((name, _)) = user.split_once(':')
        {
            found.push((from + name.len() + 1, from + user.len()));
        }
    }
    for (at, _) in text.match_indices("/bot") {
        let from = at + 4;
        let rest = text.get(from..).unwrap_or_default();
        let token = rest.get(..rest.find(over).unwrap_or(rest.len())).unwrap_or_default();
        let is_token = token
            .split_once(':')
            .is_some_and(|(id, key)| !id.is_empty() && id.chars().all(|c| c.is_ascii_digit()) && !key.is_empty());
        if is_token {
            found.push((from, from + token.len()));
        }
    }
    for scheme in ["uthorization: Bearer ", "uthorization: Basic ", "uthorization:Bearer ", "uthorization:Basic "] {
        for (at, _) in text.match_indices(scheme) {
            let from = at + scheme.len();
            let rest = text.get(from..).unwrap_or_default();
            let end =
                rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '\\')).unwrap_or(rest.len());
            if end > 0 && !rest.starts_with('$') {
                found.push((from, from + end));
            }
        }
    }
    found.retain(|(start, end)| start < end && !text.get(*start..*end).is_some_and(|value| value.starts_with('$')));
    found
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;
    use crate::model::Family;
    use proptest::prelude::*;

    fn redact(text: &str) -> String {
        let mut shown = String::new();
        let redacted = Redactor::new([1; 32]).redact(Family::Generic, text).text;
        let mut rest = redacted.as_str();
        while let Some((before, after)) = rest.split_once("<redacted:") {
            shown.push_str(before);
            shown.push_str("***");
            rest = after.split_once('>').unwrap().1;
        }
        shown + rest
    }

    #[test]
    fn lines_of_many_makers() {
        for (line, expected) in [
            ("community public", "community ***"),
            ("rocommunity public 192.0.2.0/24", "rocommunity *** 192.0.2.0/24"),
            ("snmp-server community public ro", "snmp-server community *** ro"),
            ("snmp.community = public", "snmp.community = ***"),
            (
                "            community \"kRx\" hash2 rwa version both",
                "            community \"***\" hash2 rwa version both",
            ),
            ("password: hunter2", "password: ***"),
            ("admin_password=hunter2", "admin_password=***"),
            ("password \"\"", "password \"\""),
            ("password \"hun \\\"ter\"", "password \"***\""),
            ("username admin password 7 0822455D0A16", "username admin password 7 ***"),
            ("enable secret 5 $1$abc$def", "enable secret 5 ***"),
            ("authentication-key \"abc\" hash2", "authentication-key \"***\" hash2"),
            (
                "snmp-server user u g v3 auth sha hunter2 priv aes128 hunter3",
                "snmp-server user u g v3 auth sha *** priv aes128 ***",
            ),
            (
                "authentication hash2 md5 AAAA privacy aes-128-cfb-key BBBB",
                "authentication hash2 md5 *** privacy aes-128-cfb-key ***",
            ),
            ("<password>hunter2</password>", "<password>***</password>"),
            ("<password></password>", "<password></password>"),
            ("wireless.1.psk=hunter2", "wireless.1.psk=***"),
            ("key \"abc\"", "key \"***\""),
            ("\"password\": \"hunter2\",", "\"password\": \"***\","),
            ("url=https://u:hunter2@192.0.2.1/x", "url=https://u:***@192.0.2.1/x"),
            ("password-policy strict", "password-policy strict"),
            ("password_length=8", "password_length=8"),
            ("public-key abc", "public-key abc"),
            ("authentication enabled", "authentication enabled"),
            ("community \"cust\" members \"65000:1\"", "community \"cust\" members \"65000:1\""),
        ] {
            assert_eq!(redact(&format!("{line}\n")), format!("{expected}\n"));
        }
    }

    #[test]
    fn a_routing_community_is_no_secret() {
        let text = "policy-options {\n    community \"cust\" {\n        member \"65000:1\" { }\n    }\n}\nsystem {\n    security {\n        snmp {\n            community \"abc\" {\n";
        assert_eq!(redact(text), text.replace("\"abc\"", "\"***\""));
    }

    proptest! {
        #[test]
        fn redacting_twice_is_redacting_once(text in r#"([ -~ñ\n\t]|password|community |secret=|key: |"|://a:b@|<password>){0,60}"#) {
            let redactor = Redactor::new([3; 32]);
            let once = redactor.redact(Family::Generic, &text);
            let twice = redactor.redact(Family::Generic, &once.text);
            prop_assert_eq!(twice.text, once.text);
        }

        #[test]
        fn no_secret_survives(secret in "Q[a-zA-Z0-9$!%&*+/]{6,20}Q", key in prop::sample::select(vec!["password=", "secret: ", "community ", "passphrase "])) {
            let redacted = Redactor::new([3; 32]).redact(Family::Nokia7250, &format!("x\n  {key}{secret}\n  {key}\"{secret}\" hash2\n"));
            prop_assert!(!redacted.text.contains(&secret));
            prop_assert_eq!(redacted.count, 2);
        }
    }
}
