//! Traps and informs of v3 (RFC 3414). A trap is made by the clock and the keys of its sender's engine; an inform by
//! those of ours, which its sender asks for first, so that we answer as an engine: with our name, with our time, and
//! with the response.

use std::sync::atomic::{AtomicU64, Ordering};

use ring::{digest, hmac};
use snmp2::v3::{Auth, AuthErrorKind, Security};
use snmp2::{AsnReader, Error, MessageType, Pdu, asn1, snmp};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::trap::{Received, Sealed, TrapVersion, Unreadable, of_v2};
use super::trap_privacy::{self, Place};
use super::usm::{self, AUTHENTICATED, ENCRYPTED, LARGEST_MESSAGE};
use super::{Oid, Value, Varbind, ber};
use crate::clock::Stopwatch;
use crate::model::{Failure, FailureClass, SnmpAuth, SnmpPriv};
use crate::transport::SnmpLogin;

/// RFC 3414, 2.2.3: how far a clock may be off, seconds.
const WINDOW: i64 = 150;

/// RFC 3414, 2.6: a passphrase is repeated to so many bytes and hashed.
const EXPANDED: usize = 1_048_576;

/// `usmStatsNotInTimeWindows.0`.
const NOT_IN_TIME: Oid = Oid::new(&[1, 3, 6, 1, 6, 3, 15, 1, 1, 2, 0]);
/// `usmStatsUnknownEngineIDs.0`.
const UNKNOWN_ENGINE: Oid = Oid::new(&[1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0]);

const BAD_DIGEST: &str = "its digest is wrong: another passphrase or protocol than the inventory's";

/// We, as an engine to which informs are sent.
pub struct TrapEngine {
    id: Vec<u8>,
    boots: i64,
    since: Stopwatch,
    salts: AtomicU64,
}

/// A user at one engine, with its keys: three megabytes of hashing, so worth keeping.
pub struct TrapKeys {
    auth: SnmpAuth,
    user: Vec<u8>,
    private: Security,
    clear: Security,
    /// At our own engine: what our answers are made with.
    ours: Option<OwnKeys>,
}

struct OwnKeys {
    auth: Zeroizing<Vec<u8>>,
    protocol: SnmpPriv,
    privacy: Zeroizing<Vec<u8>>,
}

/// What came of a message of v3.
#[derive(Debug)]
pub enum Opened {
    /// A notification, under a good digest.
    Received(Received),
    /// The sender is to be told this before it sends again.
    Told(Vec<u8>),
    /// Not believed, and why.
    Refused(&'static str),
}

impl TrapEngine {
    /// `seed` names the engine, the same in each run, 8 bytes or more; `boots` rises with each start.
    pub fn new(seed: &[u8], boots: i64) -> Self {
        // RFC 3411: the highest bit, an enterprise (32473, that of examples, RFC 5612: we have none), octets.
        let mut id = vec![0x80, 0x00, 0x7e, 0xd9, 5];
        id.extend(seed.iter().take(16));
        Self { id, boots: boots.clamp(1, i64::from(i32::MAX) - 1), since: Stopwatch::start(), salts: AtomicU64::new(0) }
    }

    /// Its name.
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// The report for a message that wants an answer and is not made for this engine: how a sender learns its name
    /// (RFC 3414, section 4). None for all other messages.
    pub fn introduction(&self, sealed: &Sealed) -> Option<Vec<u8>> {
        if sealed.flags & snmp::V3_MSG_FLAGS_REPORTABLE == 0 || sealed.engine_id == self.id {
            return None;
        }
        let payload = self.report_of(sealed, Varbind::new(UNKNOWN_ENGINE, Value::Counter32(1)));
        let head = Head { engine: &self.id, boots: self.boots, time: self.now(), user: &sealed.user, salt: &[] };
        Some(head.message(sealed.id, 0, &[], &payload))
    }

    /// Whether a message was made for this engine: an inform, to be opened with the keys of [`TrapEngine::id`].
    pub fn is_for_us(&self, sealed: &Sealed) -> bool {
        sealed.engine_id == self.id
    }

    fn now(&self) -> i64 {
        i64::try_from(self.since.elapsed().as_secs()).unwrap_or(0)
    }

    /// Opens a message with the keys of the engine that it was made by or for.
    pub fn open(&self, sealed: &Sealed, keys: &TrapKeys) -> Result<Opened, Unreadable> {
        if sealed.flags & AUTHENTICATED == 0 {
            return Ok(Opened::Refused("it is not authenticated"));
        }
        if sealed.user != keys.user {
            return Ok(Opened::Refused("its user is not the one of the inventory"));
        }
        let for_us = self.is_for_us(sealed);
        if for_us {
            let Some(key) = &keys.ours else { return Ok(Opened::Refused("there is no key to answer it with")) };
            if !is_signed(&sealed.bytes, keys.auth, &key.auth) {
                return Ok(Opened::Refused(BAD_DIGEST));
            }
            // Judged before the content is opened: a sender that does not know our time sends zeroes, which snmp2
            // takes for no message.
            if sealed.boots != self.boots || (sealed.time - self.now()).abs() > WINDOW {
                return Ok(Opened::Told(self.report(sealed, keys)?));
            }
        }
        let base = if sealed.flags & ENCRYPTED == 0 { &keys.clear } else { &keys.private };
        // By the clock that it shows: snmp2 compares it with what it is given.
        let mut security = base.clone().with_engine_boots_and_time(sealed.boots, sealed.time);
        // snmp2 zeroes the digest where it lies: in a copy of our own.
        let bytes = sealed.bytes.clone();
        let pdu = match Pdu::from_bytes_with_security(&bytes, Some(&mut security)) {
            Ok(pdu) => pdu,
            Err(Error::AuthFailure(AuthErrorKind::EngineBootsNotProvided)) => {
                return Ok(Opened::Refused("its engine's boots are 0, which no engine has that has started"));
            }
            Err(Error::AuthFailure(_) | Error::Crypto(_)) => return Ok(Opened::Refused(BAD_DIGEST)),
            Err(_) if sealed.flags & ENCRYPTED != 0 => {
                return Ok(Opened::Refused("its content cannot be read: another privacy passphrase or protocol"));
            }
            Err(error) => return Err(Unreadable::NoMessage(error.to_string())),
        };
        match pdu.message_type {
            MessageType::Trap if !for_us => {
                Ok(Opened::Received(Received { notification: of_v2(&pdu, TrapVersion::V3)?, answer: None }))
            }
            MessageType::InformRequest if for_us => {
                let notification = of_v2(&pdu, TrapVersion::V3)?;
                let answer = self.response(sealed, keys)?;
                Ok(Opened::Received(Received { notification, answer: Some(answer) }))
            }
            _ => Err(Unreadable::NoNotification),
        }
    }

    /// The report that tells our time, signed and in clear (RFC 3414, 3.2, 7a).
    fn report(&self, sealed: &Sealed, keys: &TrapKeys) -> Result<Vec<u8>, Unreadable> {
        // Reports need not bear the id of the request (RFC 3412, 7.1.3); of an encrypted one it is not known.
        let counter = Varbind::new(NOT_IN_TIME, Value::Counter32(1));
        self.signed(sealed, keys, AUTHENTICATED, &[], &self.report_of(sealed, counter))
    }

    /// A report in clear, as a payload with its tag.
    fn report_of(&self, sealed: &Sealed, counter: Varbind) -> Vec<u8> {
        let mut pdu = Vec::new();
        ber::write_integer(&mut pdu, i64::from(sealed.request.unwrap_or(0)));
        ber::write_integer(&mut pdu, 0);
        ber::write_integer(&mut pdu, 0);
        ber::tlv(&mut pdu, ber::SEQUENCE, &ber::varbinds(&[counter], true));
        let mut scoped = Vec::new();
        ber::tlv(&mut scoped, ber::OCTET_STRING, &self.id);
        ber::tlv(&mut scoped, ber::OCTET_STRING, &[]);
        ber::tlv(&mut scoped, snmp::MSG_REPORT, &pdu);
        let mut payload = Vec::new();
        ber::tlv(&mut payload, ber::SEQUENCE, &scoped);
        payload
    }

    /// The answer to an inform: its own content, context included, called a response (RFC 3416, 4.2.7).
    fn response(&self, sealed: &Sealed, keys: &TrapKeys) -> Result<Vec<u8>, Unreadable> {
        let wrong = || Unreadable::Wrong("the answer cannot be built".to_owned());
        let flags = sealed.flags & (AUTHENTICATED | ENCRYPTED);
        let (salt, payload) = parts(&sealed.bytes).ok_or_else(wrong)?;
        if flags & ENCRYPTED == 0 {
            let answer = as_response(payload).ok_or_else(wrong)?;
            return self.signed(sealed, keys, flags, &[], &answer);
        }
        let key = keys.ours.as_ref().ok_or_else(wrong)?;
        let hidden = AsnReader::from_bytes(payload).read_asn_octetstring().map_err(not_built)?;
        let place = Place { boots: sealed.boots, time: sealed.time, salt };
        let shown = trap_privacy::decrypt(key.protocol, &key.privacy, &place, hidden).ok_or_else(wrong)?;
        let answer = as_response(&shown).ok_or_else(wrong)?;
        // Unique for as long as the boots are the same; with DES the boots stand in front (RFC 3414, 8.1.1.1).
        let number = self.salts.fetch_add(1, Ordering::Relaxed);
        let mut salt = number.to_be_bytes();
        if key.protocol == SnmpPriv::Des {
            let boots = u32::try_from(self.boots).unwrap_or(0).to_be_bytes();
            for (slot, byte) in salt.iter_mut().zip(boots) {
                *slot = byte;
            }
        }
        let place = Place { boots: self.boots, time: self.now(), salt: &salt };
        let hidden = trap_privacy::encrypt(key.protocol, &key.privacy, &place, &answer).ok_or_else(wrong)?;
        let mut payload = Vec::new();
        ber::tlv(&mut payload, ber::OCTET_STRING, &hidden);
        self.signed_at(place.time, sealed, keys, flags, &salt, &payload)
    }

    fn signed(
        &self,
        sealed: &Sealed,
        keys: &TrapKeys,
        flags: u8,
        salt: &[u8],
        payload: &[u8],
    ) -> Result<Vec<u8>, Unreadable> {
        self.signed_at(self.now(), sealed, keys, flags, salt, payload)
    }

    /// A message of ours under our digest; it bears the id of the message that is answered.
    fn signed_at(
        &self,
        time: i64,
        sealed: &Sealed,
        keys: &TrapKeys,
        flags: u8,
        salt: &[u8],
        payload: &[u8],
    ) -> Result<Vec<u8>, Unreadable> {
        let key = keys.ours.as_ref().ok_or_else(|| Unreadable::Wrong("there is no key to answer with".to_owned()))?;
        let head = Head { engine: &self.id, boots: self.boots, time, user: &keys.user, salt };
        let unsigned = head.message(sealed.id, flags, &vec![0; digest_length(keys.auth)], payload);
        let mut digest = hmac_of(keys.auth, &key.auth, &unsigned);
        digest.truncate(digest_length(keys.auth));
        Ok(head.message(sealed.id, flags, &digest, payload))
    }
}

/// A scoped PDU with the tag of a response; what follows it is left out.
fn as_response(scoped: &[u8]) -> Option<Vec<u8>> {
    let mut rest = AsnReader::from_bytes(scoped);
    let mut inside = AsnReader::from_bytes(rest.read_raw(asn1::TYPE_SEQUENCE).ok()?);
    let end = scoped.len().checked_sub(rest.bytes_left())?;
    inside.read_asn_octetstring().ok()?;
    inside.read_asn_octetstring().ok()?;
    let mut answer = scoped.get(..end)?.to_vec();
    *answer.get_mut(end.checked_sub(inside.bytes_left())?)? = snmp::MSG_RESPONSE;
    Some(answer)
}

fn not_built(error: Error) -> Unreadable {
    Unreadable::Wrong(format!("the answer cannot be built: {error}"))
}

/// What stands in clear in front of a message.
struct Head<'a> {
    engine: &'a [u8],
    boots: i64,
    time: i64,
    user: &'a [u8],
    salt: &'a [u8],
}

impl Head<'_> {
    /// A whole message; `payload` has its tag.
    fn message(&self, id: i64, flags: u8, digest: &[u8], payload: &[u8]) -> Vec<u8> {
        let mut global = Vec::new();
        ber::write_integer(&mut global, id);
        ber::write_integer(&mut global, LARGEST_MESSAGE);
        ber::tlv(&mut global, ber::OCTET_STRING, &[flags]);
        ber::write_integer(&mut global, 3);
        let mut fields = Vec::new();
        ber::tlv(&mut fields, ber::OCTET_STRING, self.engine);
        ber::write_integer(&mut fields, self.boots);
        ber::write_integer(&mut fields, self.time);
        for bytes in [self.user, digest, self.salt] {
            ber::tlv(&mut fields, ber::OCTET_STRING, bytes);
        }
        let mut security = Vec::new();
        ber::tlv(&mut security, ber::SEQUENCE, &fields);
        let mut message = Vec::new();
        ber::write_integer(&mut message, 3);
        ber::tlv(&mut message, ber::SEQUENCE, &global);
        ber::tlv(&mut message, ber::OCTET_STRING, &security);
        message.extend_from_slice(payload);
        let mut whole = Vec::new();
        ber::tlv(&mut whole, ber::SEQUENCE, &message);
        whole
    }
}

/// The salt and the payload, with its tag, of a message.
fn parts(built: &[u8]) -> Option<(&[u8], &[u8])> {
    let whole = AsnReader::from_bytes(built).read_raw(asn1::TYPE_SEQUENCE).ok()?;
    let mut message = AsnReader::from_bytes(whole);
    message.read_asn_integer().ok()?;
    message.read_raw(asn1::TYPE_SEQUENCE).ok()?;
    let security = message.read_asn_octetstring().ok()?;
    let payload = whole.get(whole.len().checked_sub(message.bytes_left())?..)?;
    let mut fields = AsnReader::from_bytes(AsnReader::from_bytes(security).read_raw(asn1::TYPE_SEQUENCE).ok()?);
    fields.read_asn_octetstring().ok()?;
    fields.read_asn_integer().ok()?;
    fields.read_asn_integer().ok()?;
    fields.read_asn_octetstring().ok()?;
    fields.read_asn_octetstring().ok()?;
    Some((fields.read_asn_octetstring().ok()?, payload))
}

/// Whether the digest of a message is right.
fn is_signed(bytes: &[u8], auth: SnmpAuth, key: &[u8]) -> bool {
    let Some(bounds) = bounds(bytes) else { return false };
    let mut message = bytes.get(..bounds.message).unwrap_or_default().to_vec();
    let Some(slot) = message.get_mut(bounds.digest) else { return false };
    let shown = slot.to_vec();
    slot.fill(0);
    let mut right = hmac_of(auth, key, &message);
    right.truncate(digest_length(auth));
    right.ct_eq(&shown).into()
}

/// Where a message ends, and where its digest stands.
struct Bounds {
    message: usize,
    digest: std::ops::Range<usize>,
}

fn bounds(bytes: &[u8]) -> Option<Bounds> {
    let mut rest = AsnReader::from_bytes(bytes);
    let mut message = AsnReader::from_bytes(rest.read_raw(asn1::TYPE_SEQUENCE).ok()?);
    let end = bytes.len().checked_sub(rest.bytes_left())?;
    message.read_asn_integer().ok()?;
    message.read_raw(asn1::TYPE_SEQUENCE).ok()?;
    let security = message.read_asn_octetstring().ok()?;
    let after = end.checked_sub(message.bytes_left())?;
    let mut rest = AsnReader::from_bytes(security);
    let mut fields = AsnReader::from_bytes(rest.read_raw(asn1::TYPE_SEQUENCE).ok()?);
    let after = after.checked_sub(rest.bytes_left())?;
    fields.read_asn_octetstring().ok()?;
    fields.read_asn_integer().ok()?;
    fields.read_asn_integer().ok()?;
    fields.read_asn_octetstring().ok()?;
    let length = fields.read_asn_octetstring().ok()?.len();
    let digest = after.checked_sub(fields.bytes_left())?;
    Some(Bounds { message: end, digest: digest.checked_sub(length)?..digest })
}

impl TrapKeys {
    /// The keys of a v3 login at `engine_id`; `ours` where that is [`TrapEngine::id`] and answers will be signed.
    ///
    /// # Errors
    /// [`FailureClass::Validation`] where the login is none of v3, or cannot be.
    pub fn new(login: &SnmpLogin, engine_id: &[u8], ours: bool) -> Result<Self, Failure> {
        let SnmpLogin::V3 { user, auth, auth_password, privacy, priv_password } = login else {
            return Err(Failure::validation("the inventory gives this device no SNMPv3 user"));
        };
        if auth_password.is_empty() || priv_password.is_empty() || engine_id.is_empty() {
            return Err(Failure::validation("an SNMPv3 passphrase or the engine's name is empty"));
        }
        let failed =
            |error: Error| Failure::new(FailureClass::Internal, format!("the SNMPv3 keys cannot be made: {error}"));
        let known = usm::user(user, *auth, auth_password, *privacy, priv_password);
        let clear = known.clone().with_auth(Auth::AuthNoPriv).with_engine_id(engine_id).map_err(failed)?;
        Ok(Self {
            auth: *auth,
            user: user.as_bytes().to_vec(),
            private: known.with_engine_id(engine_id).map_err(failed)?,
            clear,
            ours: ours.then(|| OwnKeys {
                auth: localised(*auth, auth_password.expose().as_bytes(), engine_id),
                protocol: *privacy,
                privacy: extended(*auth, *privacy, localised(*auth, priv_password.expose().as_bytes(), engine_id)),
            }),
        })
    }
}

/// RFC 3414, 2.6 and A.2: the key of a passphrase at an engine.
fn localised(auth: SnmpAuth, passphrase: &[u8], engine_id: &[u8]) -> Zeroizing<Vec<u8>> {
    let expanded: Zeroizing<Vec<u8>> = Zeroizing::new(passphrase.iter().copied().cycle().take(EXPANDED).collect());
    let key = Zeroizing::new(digest_of(auth, &[&expanded]));
    Zeroizing::new(digest_of(auth, &[&key, engine_id, &key]))
}

/// A key that is too short for its cipher, lengthened by hashes of itself: Blumenthal's way, which is net-snmp's.
fn extended(auth: SnmpAuth, privacy: SnmpPriv, mut key: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    while key.len() < trap_privacy::key_length(privacy) {
        let more = digest_of(auth, &[&key]);
        key.extend_from_slice(&more);
    }
    key
}

fn digest_of(auth: SnmpAuth, parts: &[&[u8]]) -> Vec<u8> {
    let algorithm = match auth {
        SnmpAuth::Md5 => {
            use md5::Digest as _;
            let mut hash = md5::Md5::new();
            for part in parts {
                hash.update(part);
            }
            return hash.finalize().to_vec();
        }
        SnmpAuth::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        SnmpAuth::Sha256 => &digest::SHA256,
        SnmpAuth::Sha512 => &digest::SHA512,
    };
    let mut hash = digest::Context::new(algorithm);
    for part in parts {
        hash.update(part);
    }
    hash.finish().as_ref().to_vec()
}

fn hmac_of(auth: SnmpAuth, key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let algorithm = match auth {
        SnmpAuth::Md5 => return hmac_md5(key, bytes),
        SnmpAuth::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        SnmpAuth::Sha256 => hmac::HMAC_SHA256,
        SnmpAuth::Sha512 => hmac::HMAC_SHA512,
    };
    hmac::sign(&hmac::Key::new(algorithm, key), bytes).as_ref().to_vec()
}

/// RFC 2104, for keys of at most 64 bytes; ring has no MD5.
fn hmac_md5(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let padded = |with: u8| {
        let mut block = Zeroizing::new(vec![with; 64]);
        for (slot, byte) in block.iter_mut().zip(key) {
            *slot ^= byte;
        }
        block
    };
    let inner = digest_of(SnmpAuth::Md5, &[&padded(0x36), bytes]);
    digest_of(SnmpAuth::Md5, &[&padded(0x5c), &inner])
}

/// How much of the digest is sent (RFC 3414, RFC 7860), bytes.
fn digest_length(auth: SnmpAuth) -> usize {
    match auth {
        SnmpAuth::Md5 | SnmpAuth::Sha1 => 12,
        SnmpAuth::Sha256 => 24,
        SnmpAuth::Sha512 => 48,
    }
}

#[cfg(test)]
mod tests;
