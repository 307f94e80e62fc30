//! Whatever stands in an SNMP recording: no panic; what can be read is what the strict reading gives, or it errs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use towerhand_simulators::snmp::recording::{parse, parse_readable};

fuzz_target!(|text: &str| {
    let (rows, bad) = parse_readable(text);
    match parse(text) {
        Ok(strict) => assert_eq!(strict, rows),
        Err(first) => assert_eq!(bad.first(), Some(&first)),
    }
});
