//! Known lines, scripts, and no secret that survives.

use super::{HINTS, hints};
use crate::drivers::redact::Redactor;
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
        (r#"/tool fetch url=\"https://api/bot12345:AbC-d_e/send\""#, r#"/tool fetch url=\"https://api/bot***/send\""#),
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
            text.split("<redacted:").skip(1).map(|rest| rest.chars().take(8).collect()).collect()
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

#[test]
fn every_hint_is_seen_wherever_it_stands_and_however_it_is_written() {
    for hint in HINTS.trim_start_matches("(?-u)").split('|') {
        for text in [hint.to_owned(), format!("add x=1 {hint}"), format!("{} y", hint.to_ascii_uppercase())] {
            assert!(hints(&text), "{text}");
        }
    }
    for text in ["", "p", "ke", "add address=192.0.2.1 comment=pas-s", "community".get(..8).unwrap()] {
        assert!(!hints(text), "{text}");
    }
}
