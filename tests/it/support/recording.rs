//! Recordings of real devices, read where they lie: beside the project, not in it.

use std::path::PathBuf;

use towerhand::drivers::power::Snapshot;
use towerhand::transport::snmp::{Oid, Value, Varbind};

/// A file of the recordings; none, aloud, where they are not here.
pub fn path(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: the recording {name} is not here");
    None
}

/// A walk (`OID|TYPE|VALUE` lines) as a snapshot. The reader is the tests' own: neither the daemon's nor the
/// simulators'.
pub fn snapshot(name: &str) -> Option<Snapshot> {
    let text = String::from_utf8_lossy(&std::fs::read(path(&format!("snmp/{name}.snmprec"))?).unwrap()).into_owned();
    let mut snapshot = Snapshot::default();
    snapshot.extend(text.lines().filter_map(varbind).collect());
    Some(snapshot)
}

fn varbind(line: &str) -> Option<Varbind> {
    let mut parts = line.splitn(3, '|');
    let (oid, kind, text) = (parts.next()?, parts.next()?, parts.next()?);
    let numbers = |text: &str| text.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>();
    let value = match kind {
        "2" => Value::Integer(text.parse().ok()?),
        "4" => Value::OctetString(text.as_bytes().to_vec()),
        "4x" => Value::OctetString(
            text.as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect(),
        ),
        "5" => Value::Null,
        "6" => Value::ObjectId(Oid::from(numbers(text)?.as_slice())),
        "65" => Value::Counter32(text.parse().ok()?),
        "66" => Value::Gauge32(text.parse().ok()?),
        "67" => Value::TimeTicks(text.parse().ok()?),
        "70" => Value::Counter64(text.parse().ok()?),
        _ => return None,
    };
    Some(Varbind { oid: Oid::from(numbers(oid)?.as_slice()), value })
}
