//! Our side of russh's callbacks: the host key's check, the negotiated names, why a connection ended. Whatever a
//! device tries to open towards us is refused.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use russh::client::{ChannelOpenHandle, DisconnectReason, Msg, Session};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, Names};

use super::connection::IMPLICIT_MAC;
use super::fingerprint::fingerprint;
use crate::model::Failure;
use crate::transport::Pins;

/// Why a handshake failed: russh's reason, or our own about the host key.
#[derive(Debug)]
pub(super) enum Fault {
    /// russh says so.
    Russh(russh::Error),
    /// The pins say so.
    Pins(Failure),
}

impl From<russh::Error> for Fault {
    fn from(error: russh::Error) -> Self {
        Fault::Russh(error)
    }
}

/// How far a connection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Stage {
    /// Nothing agreed yet; no credential was sent.
    Greeting,
    /// The key exchange is done and the host key accepted; credentials may have been sent.
    Login,
}

/// Why a connection ended after its key exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// The device said goodbye: reason code of RFC 4253 section 11.1 and its words.
    Told(u32, String),
    /// It offers no further way to log in.
    NoAuthMethod,
    /// No answer to keepalives, or nothing at all for too long.
    Silent,
    /// Closed or broken without a word.
    Dropped,
}

/// What the callbacks learn, shared with the connection.
#[derive(Debug, Default)]
pub(super) struct Learned {
    stage: AtomicU8,
    names: Mutex<Option<AgreedNames>>,
    fingerprint: Mutex<Option<String>>,
    ending: Mutex<Option<Ending>>,
}

/// The algorithms of the first key exchange, by their names on the wire.
#[derive(Debug, Clone, Default)]
pub(super) struct AgreedNames {
    pub kex: String,
    pub host_key: String,
    pub cipher: String,
    pub mac: String,
}

fn put<T>(slot: &Mutex<Option<T>>, value: T) {
    slot.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(value);
}

fn get<T: Clone>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl Learned {
    pub(super) fn stage(&self) -> Stage {
        if self.stage.load(Ordering::Relaxed) == Stage::Login as u8 { Stage::Login } else { Stage::Greeting }
    }

    pub(super) fn names(&self) -> AgreedNames {
        get(&self.names).unwrap_or_default()
    }

    pub(super) fn fingerprint(&self) -> String {
        get(&self.fingerprint).unwrap_or_default()
    }

    pub(super) fn ending(&self) -> Option<Ending> {
        get(&self.ending)
    }
}

/// The callbacks of one connection.
pub(super) struct Handler {
    pub pins: Arc<dyn Pins>,
    /// `ssh://address:port`.
    pub endpoint: String,
    /// The inventory's fingerprint.
    pub declared: Option<String>,
    pub learned: Arc<Learned>,
}

impl russh::client::Handler for Handler {
    type Error = Fault;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Fault> {
        let key = key.public_key();
        let print = fingerprint(&key);
        self.pins
            .check(&self.endpoint, key.algorithm().as_str(), &print, self.declared.as_deref())
            .await
            .map_err(Fault::Pins)?;
        put(&self.learned.fingerprint, print);
        self.learned.stage.store(Stage::Login as u8, Ordering::Relaxed);
        Ok(true)
    }

    async fn kex_done(&mut self, _: Option<&[u8]>, names: &Names, _: &mut Session) -> Result<(), Fault> {
        let cipher = names.cipher.as_ref();
        // Ciphers that authenticate by themselves agree on a MAC that nobody uses.
        let mac = if cipher.contains("gcm") || cipher.contains("poly1305") {
            IMPLICIT_MAC
        } else {
            names.server_mac.as_ref()
        };
        let agreed = AgreedNames {
            kex: names.kex.as_ref().to_owned(),
            host_key: names.key.as_str().to_owned(),
            cipher: cipher.to_owned(),
            mac: mac.to_owned(),
        };
        put(&self.learned.names, agreed);
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Fault>) -> Result<(), Fault> {
        let ending = match reason {
            DisconnectReason::ReceivedDisconnect(told) => Ending::Told(told.reason_code as u32, told.message),
            DisconnectReason::Error(Fault::Russh(russh::Error::NoAuthMethod)) => Ending::NoAuthMethod,
            DisconnectReason::Error(Fault::Russh(russh::Error::KeepaliveTimeout | russh::Error::InactivityTimeout)) => {
                Ending::Silent
            }
            DisconnectReason::Error(_) => Ending::Dropped,
        };
        put(&self.learned.ending, ending);
        Ok(())
    }

    // A dropped reply handle refuses.

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }
}
