//! Whatever a RouterOS device sends as an export: judged, normalised and redacted without a panic; normalising and
//! redacting again changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use towerhand::drivers::redact::Redactor;
use towerhand::drivers::routeros::parse::export::{Path, Received, judge};
use towerhand::drivers::routeros::parse::normalise::normalise;
use towerhand::model::Family;

fuzz_target!(|raw: &[u8]| {
    let path = Path::Exec { exit_status: Some(0), eof: true };
    let _ = judge(Received { raw, path, window: 16 << 20 });
    let _ = judge(Received { raw, path: Path::Shell, window: 16 << 20 });
    let text = normalise(raw);
    assert_eq!(normalise(text.as_bytes()), text);
    let redactor = Redactor::new([1; 32]);
    let redacted = redactor.redact(Family::RouterOs, &text).text;
    assert_eq!(redactor.redact(Family::RouterOs, &redacted).text, redacted);
});
