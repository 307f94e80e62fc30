//! SNMP v1, v2c and v3 (authPriv): [`Client::get`], [`Client::walk`], [`Client::walk_all`], [`Client::set`]; and what
//! devices send by themselves, traps and informs: [`read_trap`], [`TrapEngine`].
//!
//! The messages and the cryptography are snmp2's; the socket, the deadlines, the retries, the walk and every check of
//! a reply are ours. We do not use its `AsyncSession`, which reads one datagram a request and believes it to be the
//! answer. Found in snmp2 0.5.3 by reading and trying, and what is done about each:
//!
//! | where | defect | closed by |
//! |---|---|---|
//! | `asyncsession.rs:185-222` | reads one datagram a request: one late or repeated reply makes every following request fail with `RequestIdMismatch` | own socket: foreign datagrams are passed over until the deadline, and a socket that saw a failure or was left in the middle is never used again |
//! | `asyncsession.rs` | no deadline, retry or walk; error-status is not looked at | `exchange`, `walk`, [`ErrorStatus`] |
//! | `pdu.rs:654-671` | `validate` does not compare the version | `wire` compares version, community, PDU type and request id |
//! | `lib.rs:372-383` | the varbind iterator ends without an error at the first varbind that it cannot read, so a list comes out shorter | `get` wants exactly the names that it asked for; a walk goes on from the last name read, meets the same varbind first, and fails |
//! | `asn1.rs:197-211` | object identifiers are handed on unchecked: cut off, empty, beyond 32 bits | `ber::read_oid` |
//! | `pdu.rs:70-79` | a request over 65,507 bytes panics | refused before it is built |
//! | `pdu.rs:183-187` | a Counter64 of 2^63 or more is written as a negative number | refused in `set` |
//! | `v3.rs:112-124` | the engine's time is advanced in a field that nobody reads: 150 s after the last reply every request is out of the time window | own clock of the engine, handed over with each request (`usm`) |
//! | `v3.rs:982-1014` | boots and time are taken over from a reply before its digest is checked | each reply is read with a copy of the state |
//! | `v3.rs:995` | wrong user, wrong password, wrong time and wrong engine are all `NotAuthenticated` | `usm` reads the report itself |
//! | `v3.rs:1091-1114` | the message id of a reply is not compared | `usm` compares it before anything else |
//! | `v3.rs:132` | an empty passphrase panics | refused in [`Client::new`] |
//! | `v3.rs:925-927` | a peer that announces a msgMaxSize above 65,507, as RFC 3412 allows, is refused | **open**: the digest covers the field; the failure names it |
//! | `v3.rs:1036-1042` | the digest is zeroed through a pointer that was made from a shared reference | **open**: ours is a private buffer that nobody else reads meanwhile |
//! | `v3.rs:1117-1160` | one number is both msgID and request id, so nothing can be answered whose two differ | `trap_usm` writes the message around snmp2's payload |
//! | `asn1.rs:220-232` | a Counter32, Gauge32 or TimeTicks beyond 32 bits is cut to 32 | **open**: the bytes are not to be had; no agent seen does it |
//!
//! Keys and passphrases inside snmp2 are plain byte vectors that are not wiped.

mod ber;
mod client;
mod columns;
mod exchange;
mod get;
mod oid;
mod set;
mod status;
mod trap;
mod trap_privacy;
mod trap_usm;
mod usm;
mod value;
mod walk;
mod wire;

pub use client::{Client, Config};
pub use oid::{Oid, OidError};
pub use status::ErrorStatus;
pub use trap::{Incoming, Notification, Received, Sealed, TrapVersion, Unreadable, read_trap};
pub use trap_usm::{Opened, TrapEngine, TrapKeys};
pub use value::{Value, Varbind};
