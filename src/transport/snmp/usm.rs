//! SNMPv3 with the user-based security model (RFC 3414): which engine it is, what its clock shows, and what its
//! reports mean. The digests and the ciphers are snmp2's.

use snmp2::v3::{Auth, AuthErrorKind, AuthProtocol, Cipher, KeyExtension, Security};
use snmp2::{AsnReader, Error, MessageType, Pdu, Varbinds, asn1, snmp};

use super::wire::{self, Datagram, Operation, Report};
use crate::clock::Stopwatch;
use crate::model::{Failure, FailureClass, Secret, SnmpAuth, SnmpPriv};

/// msgFlags.
pub(super) const AUTHENTICATED: u8 = snmp::V3_MSG_FLAGS_AUTH;
pub(super) const ENCRYPTED: u8 = snmp::V3_MSG_FLAGS_PRIVACY;

/// What snmp2 reads at most, and what it announces.
pub(super) const LARGEST_MESSAGE: i64 = 65_507;

/// `usmStats`, 1.3.6.1.6.3.15.1.1 in BER; the counter's number and `.0` follow.
const USM_STATS: [u8; 8] = [0x2b, 6, 1, 6, 3, 15, 1, 1];

/// A user with authentication and privacy, known at no engine yet. Neither passphrase may be empty: snmp2 panics.
pub(super) fn user(
    name: &str,
    auth: SnmpAuth,
    auth_password: &Secret,
    privacy: SnmpPriv,
    priv_password: &Secret,
) -> Security {
    let protocol = match auth {
        SnmpAuth::Md5 => AuthProtocol::Md5,
        SnmpAuth::Sha1 => AuthProtocol::Sha1,
        SnmpAuth::Sha256 => AuthProtocol::Sha256,
        SnmpAuth::Sha512 => AuthProtocol::Sha512,
    };
    let cipher = match privacy {
        SnmpPriv::Des => Cipher::Des,
        SnmpPriv::Aes128 => Cipher::Aes128,
        SnmpPriv::Aes256 => Cipher::Aes256,
    };
    Security::new(name.as_bytes(), auth_password.expose().as_bytes())
        .with_auth(Auth::AuthPriv { cipher, privacy_password: priv_password.expose().as_bytes().to_vec() })
        .with_auth_protocol(protocol)
        // Only where the digest is shorter than the key; Blumenthal's way is net-snmp's.
        .with_key_extension_method(KeyExtension::Blumenthal)
}

/// A user, and the engine that it is known at, once that has been discovered.
pub(super) struct Usm {
    /// Without an engine.
    user: Security,
    engine: Option<Engine>,
}

struct Engine {
    /// With the keys for this engine, which cost two megabytes of hashing.
    security: Security,
    boots: i64,
    time: i64,
    since: Stopwatch,
}

/// The answer to a discovery.
pub(super) struct Discovered {
    engine_id: Vec<u8>,
    boots: i64,
    time: i64,
}

impl Usm {
    pub(super) fn new(
        user: &str,
        auth: SnmpAuth,
        auth_password: &Secret,
        privacy: SnmpPriv,
        priv_password: &Secret,
    ) -> Self {
        Self { user: self::user(user, auth, auth_password, privacy, priv_password), engine: None }
    }

    /// Whether the engine is known.
    pub(super) fn is_ready(&self) -> bool {
        self.engine.is_some()
    }

    /// The engine is another than we thought.
    pub(super) fn forget(&mut self) {
        self.engine = None;
    }

    /// Takes the engine over and makes the keys.
    pub(super) fn learn(&mut self, found: &Discovered) -> Result<(), Failure> {
        let security = self.user.clone().with_engine_id(&found.engine_id).map_err(|error| {
            Failure::new(FailureClass::Internal, format!("the SNMPv3 keys cannot be made: {error}"))
        })?;
        let Discovered { boots, time, .. } = *found;
        self.engine = Some(Engine { security, boots, time, since: Stopwatch::start() });
        Ok(())
    }

    /// Sets the engine's clock.
    pub(super) fn resync(&mut self, boots: i64, time: i64) {
        if let Some(engine) = &mut self.engine {
            (engine.boots, engine.time, engine.since) = (boots, time, Stopwatch::start());
        }
    }

    pub(super) fn encode(&self, operation: Operation, id: i32, list: &[u8]) -> Result<Vec<u8>, Failure> {
        let Some(engine) = &self.engine else {
            return Err(Failure::new(FailureClass::Internal, "an SNMPv3 request before the engine is known"));
        };
        // snmp2 lets nobody make a Pdu of version 3: it is read from an empty request and filled.
        let seed = discovery(id);
        let mut nobody =
            Security::new(b"", b"").with_auth(Auth::NoAuthNoPriv).with_engine_id(&[0]).map_err(wire::not_encoded)?;
        let mut pdu = Pdu::from_bytes_with_security(&seed, Some(&mut nobody)).map_err(wire::not_encoded)?;
        wire::fill(&mut pdu, operation, id, list);
        pdu.to_bytes_with_security(Some(&engine.now())).map_err(wire::not_encoded)
    }

    pub(super) fn decode(&self, bytes: &[u8], id: i32) -> Datagram {
        let (Some(engine), Some(header)) = (&self.engine, Header::read(bytes)) else { return Datagram::Foreign };
        if header.id != i64::from(id) {
            return Datagram::Foreign;
        }
        if header.largest > LARGEST_MESSAGE {
            return Datagram::Broken(format!(
                "it announces a msgMaxSize of {}, and the SNMP library takes none above {LARGEST_MESSAGE}",
                header.largest
            ));
        }
        if let Some(counter) = header.report() {
            return engine.report(counter, &header, bytes);
        }
        match engine.read(bytes, id, engine.now()) {
            // Boots above those we know of, in an answer: read again by the clock that it shows.
            Err(Error::AuthUpdated) => engine
                .read(bytes, id, engine.security.clone().with_engine_boots_and_time(header.boots, header.time))
                .unwrap_or_else(unreadable),
            Err(error) => unreadable(error),
            Ok(datagram) => datagram,
        }
    }
}

fn unreadable(error: Error) -> Datagram {
    Datagram::Broken(match error {
        Error::AuthFailure(AuthErrorKind::SignatureMismatch) => "its digest is wrong".to_owned(),
        other => other.to_string(),
    })
}

impl Engine {
    /// The security state by the engine's clock of this moment.
    fn now(&self) -> Security {
        let passed = i64::try_from(self.since.elapsed().as_secs()).unwrap_or(0);
        self.security.clone().with_engine_boots_and_time(self.boots, self.time.saturating_add(passed))
    }

    fn read(&self, bytes: &[u8], id: i32, mut security: Security) -> Result<Datagram, Error> {
        let pdu = Pdu::from_bytes_with_security(bytes, Some(&mut security))?;
        if pdu.message_type != MessageType::Response || pdu.req_id != id {
            return Ok(Datagram::Foreign);
        }
        Ok(wire::read(&pdu))
    }

    fn report(&self, counter: u8, header: &Header<'_>, bytes: &[u8]) -> Datagram {
        // The numbers are those of SNMP-USER-BASED-SM-MIB.
        match counter {
            1 => Datagram::Report(Report::Refused(
                "the device does not let this SNMPv3 user speak with authentication and privacy (unsupportedSecLevels)",
            )),
            2 => self.out_of_window(header, bytes),
            3 => Datagram::Report(Report::Refused("the device does not know the SNMPv3 user (unknownUserNames)")),
            4 => Datagram::Report(Report::UnknownEngine),
            5 => Datagram::Report(Report::Refused(
                "the SNMPv3 authentication passphrase or protocol is wrong (wrongDigests)",
            )),
            6 => Datagram::Report(Report::Refused(
                "the SNMPv3 privacy passphrase or protocol is wrong (decryptionErrors)",
            )),
            other => Datagram::Broken(format!("it reports an unknown counter, {other}")),
        }
    }

    /// notInTimeWindows is believed only under a good digest (RFC 3414, 3.2, 7).
    fn out_of_window(&self, header: &Header<'_>, bytes: &[u8]) -> Datagram {
        if header.flags & AUTHENTICATED == 0 {
            return Datagram::Broken("it reports notInTimeWindows without a digest".to_owned());
        }
        // Each of these is said only after the digest was found good: the report is in clear, its boots are newer
        // or older, its time is far from ours.
        match Pdu::from_bytes_with_security(bytes, Some(&mut self.now())) {
            Ok(_)
            | Err(Error::AuthUpdated)
            | Err(Error::AuthFailure(
                AuthErrorKind::ReplyNotEncrypted
                | AuthErrorKind::EngineTimeMismatch
                | AuthErrorKind::EngineBootsMismatch,
            )) => Datagram::Report(Report::Resync { boots: header.boots, time: header.time }),
            Err(error) => unreadable(error),
        }
    }
}

/// The empty request that makes an engine name itself (RFC 3414, section 4). `id` takes four bytes: at least 2^24.
pub(super) fn discovery(id: i32) -> Vec<u8> {
    let id = id.to_be_bytes();
    [
        &[0x30, 62, 2, 1, 3][..],
        // msgID, msgMaxSize 65507, reportable, user-based security
        &[0x30, 17, 2, 4],
        &id,
        &[2, 3, 0, 0xff, 0xe3, 4, 1, 4, 2, 1, 3],
        // no engine, no clock, no user, no digest, no salt
        &[4, 16, 0x30, 14, 4, 0, 2, 1, 0, 2, 1, 0, 4, 0, 4, 0, 4, 0],
        // no context, an empty GetRequest
        &[0x30, 20, 4, 0, 4, 0, 0xa0, 14, 2, 4],
        &id,
        &[2, 1, 0, 2, 1, 0, 0x30, 0],
    ]
    .concat()
}

/// The engine that answered the discovery `id`; `None` for any other datagram.
pub(super) fn discovered(bytes: &[u8], id: i32) -> Option<Discovered> {
    let header = Header::read(bytes)?;
    header.report()?;
    // RFC 3411: 5 to 32 bytes; shorter ones have been seen, and only "none" is useless.
    if header.id != i64::from(id) || !(1..=32).contains(&header.engine_id.len()) {
        return None;
    }
    Some(Discovered { engine_id: header.engine_id.to_vec(), boots: header.boots, time: header.time })
}

/// What stands in clear in front of a message.
pub(super) struct Header<'a> {
    pub id: i64,
    pub largest: i64,
    pub flags: u8,
    pub engine_id: &'a [u8],
    pub boots: i64,
    pub time: i64,
    pub user: &'a [u8],
    pub payload: AsnReader<'a>,
}

impl<'a> Header<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut message = AsnReader::from_bytes(AsnReader::from_bytes(bytes).read_raw(asn1::TYPE_SEQUENCE).ok()?);
        if message.read_asn_integer().ok()? != 3 {
            return None;
        }
        let mut global = AsnReader::from_bytes(message.read_raw(asn1::TYPE_SEQUENCE).ok()?);
        let id = global.read_asn_integer().ok()?;
        let largest = global.read_asn_integer().ok()?;
        let flags = *global.read_asn_octetstring().ok()?.first()?;
        if global.read_asn_integer().ok()? != 3 {
            return None;
        }
        let security = message.read_asn_octetstring().ok()?;
        let mut security = AsnReader::from_bytes(AsnReader::from_bytes(security).read_raw(asn1::TYPE_SEQUENCE).ok()?);
        let engine_id = security.read_asn_octetstring().ok()?;
        let boots = security.read_asn_integer().ok()?;
        let time = security.read_asn_integer().ok()?;
        let user = security.read_asn_octetstring().ok()?;
        Some(Self { id, largest, flags, engine_id, boots, time, user, payload: message })
    }

    /// Which counter of `usmStats` a report in clear names; `None` if it is none. 0 for a counter of another table.
    fn report(&self) -> Option<u8> {
        if self.flags & ENCRYPTED != 0 {
            return None;
        }
        let mut scoped = AsnReader::from_bytes(self.payload.clone().read_raw(asn1::TYPE_SEQUENCE).ok()?);
        scoped.read_asn_octetstring().ok()?;
        scoped.read_asn_octetstring().ok()?;
        let mut pdu = AsnReader::from_bytes(scoped.read_raw(snmp::MSG_REPORT).ok()?);
        for _ in ["request-id", "error-status", "error-index"] {
            pdu.read_asn_integer().ok()?;
        }
        let (name, _) = Varbinds::from_bytes(pdu.read_raw(asn1::TYPE_SEQUENCE).ok()?).next()?;
        match name.as_bytes().strip_prefix(USM_STATS.as_slice()) {
            Some([counter, ..]) => Some(*counter),
            _ => Some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discovery_is_read_back_by_snmp2() {
        let bytes = discovery(0x0102_0304);
        let mut nobody = Security::new(b"", b"").with_auth(Auth::NoAuthNoPriv).with_engine_id(&[0]).unwrap();
        let pdu = Pdu::from_bytes_with_security(&bytes, Some(&mut nobody)).unwrap();
        assert_eq!((pdu.req_id, pdu.v3_msg_id, pdu.message_type), (0x0102_0304, 0x0102_0304, MessageType::GetRequest));
        assert_eq!(pdu.varbinds.count(), 0);
    }

    #[test]
    fn a_request_is_no_answer_to_a_discovery() {
        assert!(discovered(&discovery(0x0102_0304), 0x0102_0304).is_none());
    }
}
