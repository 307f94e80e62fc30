//! What the fuzz targets look for, as a property that every run tries a little: the recording parser's. The other three
//! targets' properties stand beside their code.

use proptest::collection::vec;
use proptest::prelude::*;
use towerhand_simulators::snmp::recording::{parse, parse_readable};

/// Lines near to those of a recording, and lines far from them.
fn line() -> impl Strategy<Value = String> {
    let oid = "[0-9]{1,11}(\\.[0-9]{0,11}){0,6}";
    let kind = prop_oneof!["[0-9]{1,3}x?", Just("4x".to_owned()), Just("64".to_owned()), Just("70".to_owned())];
    prop_oneof![
        (oid, kind, ".{0,20}").prop_map(|(oid, kind, value)| format!("{oid}|{kind}|{value}")),
        (oid, "-?[0-9]{0,20}").prop_map(|(oid, value)| format!("{oid}|2|{value}")),
        ".{0,40}",
    ]
}

proptest! {
    #[test]
    fn a_recording_is_read_as_it_stands_or_its_first_mistake_is_told(lines in vec(line(), 0..12), ending in "\r?\n") {
        let text = lines.join(&ending);
        let (rows, bad) = parse_readable(&text);
        match parse(&text) {
            Ok(strict) => prop_assert_eq!((strict, bad.len()), (rows, 0)),
            Err(first) => prop_assert_eq!(bad.first(), Some(&first)),
        }
    }
}
