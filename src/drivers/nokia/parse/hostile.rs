//! Whatever a device prints, no reader panics, and what it does not say stays unknown.

use proptest::prelude::*;

use super::chassis::Chassis;
use super::config::{Verdict, judge};
use super::normalise::normalise;
use super::prompt::{Engine, Prompt};
use super::system::System;
use super::version::Version;
use super::{errors, notices};

/// Lines of which many are nearly right.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            "# TiMOS-B-22.10.R9 both/hops64 Nokia 7250 IXR\n", "# Generated x\n", "# Finished y\n", "exit all\n", "configure\n",
            "configure {\n", "}\n", "{", "\"", "\\", "\n", "\r\r\n", "\u{7}", "System Name : ", "System Type: 7250 IXR-e\n",
            "System Version : B-", "22.10.R9", "System Up Time : 1 days, ", "00:00:01.05", "Hardware Data\n", "Chassis Information\n",
            "Serial number : ", "NS1\n", "Power supply number : 1\n", "Status : up\n", "Fan tray number : ", "A:host# ", "[/]\n",
            "A:admin@host# ", "*", "!", "(ex)", "[ex:/", "]\n", "$ ", ">config", "INFO: CLI #2051: x\n", "MINOR: CLI ", "Error: ",
            "Bad command.\n", "MINOR: MGMT_CORE #2201: ", " is not configured.\n", "Press any key to continue (Q to quit)\n", ":", " ", "ñ",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[ -~]{0,12}",
    ];
    prop::collection::vec(piece, 0..50).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_without_its_ends_is_whole(text in text()) {
        let _ = (System::parse(&text), Chassis::parse(&text), Prompt::parse(&text), Version::find(&text), Version::parse(&text));
        let _ = (errors::refusal(&text), errors::excerpt(&text), notices::without_switches(&text, "//show bof"));
        for engine in [Engine::Classic, Engine::Md] {
            if let Verdict::Complete(..) = judge(&text, engine) {
                prop_assert!(text.contains("# TiMOS") && text.contains("# Finished"));
            }
        }
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once);
    }
}
