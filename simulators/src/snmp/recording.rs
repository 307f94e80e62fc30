//! Recordings in snmpsim's format, one `OID|TYPE|VALUE` a line, and its codes of types.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use async_snmp::{Oid, Value};

/// One object and its value.
pub type Row = (Oid, Value);

/// A row that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {reason}")]
pub struct BadRow {
    /// Counted from one.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads rows: sorted by OID, of several rows of one OID the last one. Empty lines and lines that begin with `#` are
/// skipped. Errors: the first row that cannot be read.
pub fn parse(text: &str) -> Result<Vec<Row>, BadRow> {
    let (rows, bad) = parse_readable(text);
    bad.into_iter().next().map_or(Ok(rows), Err)
}

/// Reads the rows that can be read, and says which cannot: published recordings have numbers that were overwritten to
/// hide an address.
pub fn parse_readable(text: &str) -> (Vec<Row>, Vec<BadRow>) {
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match parse_row(line) {
            Ok(row) => rows.push(row),
            Err(reason) => bad.push(BadRow { line: at + 1, reason }),
        }
    }
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    rows.reverse();
    rows.dedup_by(|(a, _), (b, _)| a == b);
    rows.reverse();
    (rows, bad)
}

fn parse_row(line: &str) -> Result<Row, String> {
    let mut fields = line.splitn(3, '|');
    let (Some(oid), Some(kind), Some(text)) = (fields.next(), fields.next(), fields.next()) else {
        return Err("not OID|TYPE|VALUE".to_owned());
    };
    let oid = Oid::parse(oid.trim()).map_err(|error| error.to_string())?;
    oid.validate_for_wire().map_err(|error| error.to_string())?;
    Ok((oid, value(kind.trim(), text)?))
}

/// A value of a type code: 2 integer, 4 octet string, 4x octet string in hex, 5 null, 6 OID, 64 IP address,
/// 65 Counter32, 66 Gauge32, 67 TimeTicks, 68x opaque in hex, 70 Counter64. Numbers beyond their type wrap, as an
/// agent's counters do.
pub fn value(kind: &str, text: &str) -> Result<Value, String> {
    let number = || text.trim().parse::<i128>().map_err(|_| format!("{text:?} is no number"));
    Ok(match kind {
        "2" => Value::Integer(low32(number()?).cast_signed()),
        "4" => Value::OctetString(text.to_owned().into_bytes().into()),
        "4x" => Value::OctetString(hex(text)?.into()),
        "5" => Value::Null,
        "6" => {
            let oid = Oid::parse(text.trim()).map_err(|error| error.to_string())?;
            oid.validate_for_wire().map_err(|error| error.to_string())?;
            Value::ObjectIdentifier(oid)
        }
        "64" => {
            let address: std::net::Ipv4Addr =
                text.trim().parse().map_err(|_| format!("{text:?} is no IPv4 address"))?;
            Value::IpAddress(address.octets())
        }
        "64x" => Value::IpAddress(hex(text)?.try_into().map_err(|_| format!("{text:?} is no IPv4 address in hex"))?),
        "65" => Value::Counter32(low32(number()?)),
        "66" => Value::Gauge32(low32(number()?)),
        "67" => Value::TimeTicks(low32(number()?)),
        "68x" => Value::Opaque(hex(text)?.into()),
        "70" => Value::Counter64(low64(number()?)),
        other => return Err(format!("type {other} is not known")),
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers beyond 32 bits wrap")]
fn low32(number: i128) -> u32 {
    number as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers beyond 64 bits wrap")]
fn low64(number: i128) -> u64 {
    number as u64
}

/// The type code and the text of a value, as `parse` reads them; absent for what no device stores.
pub fn written(value: &Value) -> Option<(&'static str, String)> {
    Some(match value {
        Value::Integer(number) => ("2", number.to_string()),
        Value::OctetString(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains(['\n', '\r']) => ("4", text.to_owned()),
            _ => ("4x", to_hex(bytes)),
        },
        Value::Null => ("5", String::new()),
        Value::ObjectIdentifier(oid) => ("6", oid.to_string()),
        Value::IpAddress(octets) => ("64", std::net::Ipv4Addr::from(*octets).to_string()),
        Value::Counter32(number) => ("65", number.to_string()),
        Value::Gauge32(number) => ("66", number.to_string()),
        Value::TimeTicks(number) => ("67", number.to_string()),
        Value::Opaque(bytes) => ("68x", to_hex(bytes)),
        Value::Counter64(number) => ("70", number.to_string()),
        _ => return None,
    })
}

/// Bytes as lower-case hex digits.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u32> = text
        .trim()
        .chars()
        .map(|digit| digit.to_digit(16).ok_or_else(|| format!("{digit:?} is no hex digit")))
        .collect::<Result<_, _>>()?;
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).map_err(|error| error.to_string()),
            _ => Err("an odd number of hex digits".to_owned()),
        })
        .collect()
}

/// Reads a recording's file, less the rows that cannot be read; devices that play the same file share its rows. A file that was changed since is read
/// again.
pub fn load(path: &Path) -> anyhow::Result<Arc<Vec<Row>>> {
    type Shared = HashMap<PathBuf, (Option<std::time::SystemTime>, Weak<Vec<Row>>)>;
    static SHARED: OnceLock<Mutex<Shared>> = OnceLock::new();
    let changed = std::fs::metadata(path)
        .map_err(|error| anyhow::anyhow!("recording {}: {error}", path.display()))?
        .modified()
        .ok();
    let mut shared = SHARED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((seen, rows)) = shared.get(path)
        && *seen == changed
        && let Some(rows) = rows.upgrade()
    {
        return Ok(rows);
    }
    let bytes = std::fs::read(path).map_err(|error| anyhow::anyhow!("recording {}: {error}", path.display()))?;
    let (rows, bad) = parse_readable(&String::from_utf8_lossy(&bytes));
    if let Some(first) = bad.first() {
        tracing::warn!(recording = %path.display(), skipped = bad.len(), "{first}: such rows are not played");
    }
    if rows.is_empty() {
        anyhow::bail!("recording {}: no row that can be read", path.display());
    }
    let rows = Arc::new(rows);
    shared.insert(path.to_owned(), (changed, Arc::downgrade(&rows)));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_type_and_sorts_by_arcs() {
        let rows = parse(
            "1.3.6.1.10.0|4|a|b\r\n1.3.6.1.9.0|2|-5\n1.3.6.1.9.1|4x|00ff\n1.3.6.1.9.2|5|\n1.3.6.1.9.3|6|0.0\n\
             1.3.6.1.9.4|64|192.0.2.1\n1.3.6.1.9.5|65|4294967295\n1.3.6.1.9.6|66|1\n1.3.6.1.9.7|67|100\n\
             1.3.6.1.9.8|70|18446744073709551615\n1.3.6.1.9.0|2|6\n",
        )
        .unwrap();
        let oids: Vec<String> = rows.iter().map(|(oid, _)| oid.to_string()).collect();
        assert_eq!(oids.first().unwrap(), "1.3.6.1.9.0");
        assert_eq!(oids.last().unwrap(), "1.3.6.1.10.0");
        assert_eq!(rows.len(), 10);
        assert_eq!(rows[0].1, Value::Integer(6), "of two rows the last one holds");
        assert_eq!(rows[1].1, Value::OctetString(vec![0, 255].into()));
        assert_eq!(rows[2].1, Value::Null);
        assert_eq!(rows[4].1, Value::IpAddress([192, 0, 2, 1]));
        assert_eq!(rows[8].1, Value::Counter64(u64::MAX));
        assert_eq!(rows[9].1, Value::OctetString("a|b".into()));
    }

    #[test]
    fn says_which_line_is_wrong() {
        let error = parse("1.3.6.1.1|2|1\n1.3.6.1.2|99|1\n").unwrap_err();
        assert_eq!(error, BadRow { line: 2, reason: "type 99 is not known".into() });
        assert_eq!(parse("1.3.6.1.1|4x|abc").unwrap_err().reason, "an odd number of hex digits");
        assert_eq!(parse("1.3.6.1.1|2").unwrap_err().line, 1);
    }
}
