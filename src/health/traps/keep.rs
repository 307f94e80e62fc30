//! Writes notifications down, then answers those that wait for an answer.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use jiff::Timestamp;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::Kind;
use super::counters::{Outcome, TrapCounters};
use crate::report::Chain;
use crate::store::{AuditEntry, Store};
use crate::transport::snmp::{Notification, Value, Varbind};

/// `what` of the rows of notifications.
pub const AUDITED: &str = "trap.received";

/// Rows that are being written at once: they share the flushes of the disk.
const AT_ONCE: usize = 64;
/// Objects of a notification that are written down.
const OBJECTS: usize = 32;
/// Characters of a value that are written down.
const CHARACTERS: usize = 120;
/// Informs whose row failed that are remembered.
const FAILED: usize = 1000;

/// A notification to be written.
pub(super) struct Kept {
    pub(super) at: Timestamp,
    pub(super) device: String,
    pub(super) kind: Kind,
    pub(super) id: i32,
    pub(super) from: SocketAddr,
    pub(super) detail: String,
    pub(super) answer: Option<Vec<u8>>,
}

/// Informs whose row could not be written, by device and id: their repetition is no repetition.
pub(super) type Failed = Arc<Mutex<HashSet<(String, i32)>>>;

pub(super) struct Keeper {
    store: Arc<dyn Store>,
    socket: Arc<UdpSocket>,
    counters: TrapCounters,
    failed: Failed,
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn Store>, socket: Arc<UdpSocket>, counters: TrapCounters) -> Self {
        Self { store, socket, counters, failed: Failed::default() }
    }

    pub(super) fn failed(&self) -> Failed {
        Arc::clone(&self.failed)
    }

    /// Until the last has been written and no more can come.
    pub(super) async fn run(self, waiting: mpsc::Receiver<Kept>) {
        let waiting = futures_util::stream::unfold(waiting, |mut waiting| async {
            waiting.recv().await.map(|kept| (kept, waiting))
        });
        waiting.for_each_concurrent(AT_ONCE, |kept| self.keep(kept)).await;
    }

    async fn keep(&self, kept: Kept) {
        let Kept { at, device, kind, id, from, detail, answer } = kept;
        let who = format!("snmp {}", from.ip());
        let entry = AuditEntry { at, who, what: AUDITED.to_owned(), subject: device.clone(), job: None, detail };
        if let Err(error) = self.store.audit(entry).await {
            self.counters.count(Some(kind), Outcome::Lost);
            tracing::error!(device, error = %Chain(&error), "a notification could not be written");
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            if answer.is_some() && failed.len() < FAILED {
                failed.insert((device, id));
            }
            return;
        }
        self.counters.count(Some(kind), Outcome::Kept);
        if let Some(answer) = answer {
            send(&self.socket, &answer, from).await;
        }
    }
}

/// An answer that does not arrive is asked for again.
pub(super) async fn send(socket: &UdpSocket, bytes: &[u8], to: SocketAddr) {
    if let Err(error) = socket.send_to(bytes, to).await {
        tracing::debug!(%error, %to, "an answer to a notification could not be sent");
    }
}

/// A notification in one line, as it is logged and written: nothing of it is a secret of ours, and no community.
pub(super) fn line(kind: Kind, notification: &Notification) -> String {
    let Notification { version, inform, name, varbinds, .. } = notification;
    let inform = if *inform { " inform" } else { "" };
    let mut text = format!("{} {}{inform} {name}", kind.as_str(), version.as_str());
    for (place, varbind) in varbinds.iter().enumerate() {
        if place == OBJECTS {
            text.push_str(&format!("; and {} more", varbinds.len() - OBJECTS));
            break;
        }
        text.push_str(if place == 0 { ": " } else { "; " });
        text.push_str(&object(varbind));
    }
    text
}

fn object(varbind: &Varbind) -> String {
    let value = match &varbind.value {
        Value::OctetString(bytes) | Value::Opaque(bytes) => text(bytes),
        Value::ObjectId(oid) => cut(oid.to_string()),
        Value::IpAddress([a, b, c, d]) => format!("{a}.{b}.{c}.{d}"),
        Value::Counter64(n) => n.to_string(),
        other => other.as_integer().map_or_else(|| other.type_name().to_owned(), |n| n.to_string()),
    };
    format!("{} = {value}", cut(varbind.oid.to_string()))
}

/// In quotes where it can be read, else as hexadecimal digits.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => format!("\"{}\"", cut(text.to_owned())),
        _ => cut(bytes.iter().take(CHARACTERS).map(|byte| format!("{byte:02x}")).collect()),
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::snmp::{Oid, TrapVersion};

    #[test]
    fn a_line_shows_what_came_and_is_bounded() {
        let oid = Oid::new(&[1, 3, 6, 1, 2, 1, 33, 1, 2, 3, 0]);
        let values = vec![
            Value::Integer(42),
            Value::OctetString(b"UPS \xc3\xbc".to_vec()),
            Value::OctetString(vec![0, 0xff]),
            Value::IpAddress([192, 0, 2, 1]),
            Value::Counter64(u64::MAX),
            Value::Null,
        ];
        let varbinds = values.into_iter().map(|value| Varbind::new(oid.clone(), value)).collect();
        let mut notification = Notification {
            version: TrapVersion::V2c,
            inform: true,
            id: 1,
            name: Oid::new(&[1, 3, 6, 1, 2, 1, 33, 2, 1]),
            uptime: None,
            agent: None,
            varbinds,
        };
        assert_eq!(
            line(Kind::OnBattery, &notification),
            "on_battery v2c inform 1.3.6.1.2.1.33.2.1: 1.3.6.1.2.1.33.1.2.3.0 = 42; 1.3.6.1.2.1.33.1.2.3.0 = \"UPS ü\"; \
             1.3.6.1.2.1.33.1.2.3.0 = 00ff; 1.3.6.1.2.1.33.1.2.3.0 = 192.0.2.1; \
             1.3.6.1.2.1.33.1.2.3.0 = 18446744073709551615; 1.3.6.1.2.1.33.1.2.3.0 = NULL"
        );
        let long = Varbind::new(oid, Value::OctetString(vec![b'x'; 5000]));
        notification.varbinds = vec![long; 1000];
        let text = line(Kind::Other, &notification);
        assert!(text.ends_with("; and 968 more") && text.len() < 8000, "{}", text.len());
    }
}
