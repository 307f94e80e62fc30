//! Whatever a radio prints, no reader panics, and what it does not say stays unknown.

use proptest::prelude::*;

use super::refusal::Answer;
use super::software::Software;
use super::*;

/// Lines of which many are nearly right.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "software-status ", "active-version ", "inactive-version ", "status ", "loading-uri ", "6.2.4(12.59373)",
            "2.11.11(", "ACTIVE VERSION  ", "INACTIVE VERSION  ", "STATUS", "----------", "\n", "\r\n", "\n ", "\n  ",
            "exit", "!", "no ", "\"", "\\", " [ ", " ]", "[", "]", "interface Vlan1", "ipv4 address ", "192.0.2.67",
            "/29", "prefix-length ", "subnet mask ", "255.255.255.248", "Carrier1/1", "tx-frequency ", "kHz", "dBm",
            "-36.7 ", "active-rx-time ", "12 days ", "03:04:05", "uptime ", "licensing licenses ", " bundle ",
            "WZL-CE1", "WZF-", "trial", "is administratively ", "Up", ", line protocol is ", "INTERFACE NAME  ",
            "PROTOCOL STATUS  ", "00:00:5E:00:53:01", "up ", "down ", "full ", "unit-type ", "WTM4200", "model name ",
            "spanning-tree administrative-status ", "syntax error: ", "% No entries found.", "Aborted:", "# ", "(config",
            ")# ", "99999999999999999999", "-", "(", ")", "ñ", "\u{0}", "\u{feff}", "\u{202e}", "\t",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[ -~]{0,12}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_panics(text in text(), value in any::<i64>(), scale in any::<i64>(), precision in -20_i64..20) {
        let _ = (Answer::of(&text), Software::parse(&text), licences::Licences::parse(&text), spanning_tree::parse(&text));
        let _ = (management::parse(&text), interfaces::parse(&text), carriers::parse(&text), hardware::Hardware::parse(&text));
        let _ = (uptime::parse(&text), uptime::span(&text), version::Version::parse(&text), prompt::parse(&text));
        let names: Vec<(u32, String)> = (0_u32..).zip(text.lines().map(str::to_owned)).collect();
        let _ = entities::Entities::of(&names);
        let _ = (sensors::scaled(value, scale, precision), sensors::modulation(value), sensors::oper_status(value));
        let _ = (commit::parse(&text), response::Response::of(&text), password::parse(&text));
        let _ = (snmp::SnmpConfig::parse(&text), queue::limit(&text), queue::partner(&text));
        let _ = (web::cookie(&text), web::uptime(text.as_bytes()));
        if let Ok(config) = config::Config::parse(&text) {
            let _ = (config.normalised(), config.hostname(), config.xpic());
        }
    }

    #[test]
    fn noise_tells_nothing(text in "([a-z0-9 .:/()-]{0,40}\n){0,12}") {
        prop_assume!(!["software-status", "administrative-status", "carrier", "unit-type", "licens"].iter().any(|word| text.contains(word)));
        prop_assert_eq!(Software::parse(&text), Software::default());
        prop_assert_eq!(spanning_tree::parse(&text), None);
        prop_assert_eq!(carriers::parse(&text), vec![]);
        prop_assert_eq!(interfaces::parse(&text), vec![]);
        prop_assert_eq!(hardware::Hardware::parse(&text).model(), None);
        prop_assert!(licences::Licences::parse(&text).bundles.is_empty());
    }

    #[test]
    fn noise_accepts_nothing(text in "([a-z0-9 .:/()-]{0,40}\n){0,12}") {
        prop_assert!(!matches!(commit::parse(&text), commit::Commit::Complete | commit::Commit::Nothing));
        prop_assume!(!["resp", "password"].iter().any(|word| text.contains(word)));
        prop_assert!(!matches!(response::Response::of(&text), response::Response::Told(_)));
        prop_assert!(password::parse(&text) != password::Change::Changed);
    }

    #[test]
    fn every_leaf_of_a_config_is_in_its_lines(
        sections in prop::collection::vec(("[a-z]{2,6} [A-Z0-9/]{1,6}", prop::collection::btree_map("[a-z][a-z-]{2,8}", "[a-z0-9.]{1,8}", 1..6)), 1..6)
    ) {
        let mut text = String::new();
        let mut expected = std::collections::BTreeSet::new();
        for (header, leaves) in &sections {
            text.push_str(&format!("{header}\r\n"));
            for (key, value) in leaves {
                text.push_str(&format!(" x{key} {value}\r\n"));
                expected.insert(format!("{header} x{key} {value}"));
            }
            text.push_str("exit\r\n");
        }
        let expected: Vec<String> = expected.into_iter().collect();
        let normalised = config::Config::parse(&text).unwrap().normalised();
        prop_assert_eq!(normalised.lines().map(str::to_owned).collect::<Vec<_>>(), expected);
        // Read again from its own lines nothing changes: they are leaves without sections.
        let again = config::Config::parse(&normalised).unwrap().normalised();
        prop_assert_eq!(again, normalised);
    }

    #[test]
    fn a_config_that_lost_its_end_is_never_whole(cut in 1_usize..40) {
        let sections: String = (0..8).map(|n| format!("interface Carrier1/{n}\n enabled\n tx-frequency 1122{n}000\n exit-code 7\nexit\n")).collect();
        let lines: Vec<&str> = sections.lines().collect();
        let kept = lines.iter().take(cut).copied().collect::<Vec<_>>().join("\n");
        let inside = lines.get(cut - 1).is_some_and(|line| line.starts_with(' '));
        if inside && kept.contains("\nexit\n") {
            prop_assert_eq!(config::Config::parse(&kept), Err(config::Cut::Open));
        }
    }
}
