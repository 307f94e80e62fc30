//! Version 3's user-based security (RFC 3414) on the agent's side: discovery, authentication, privacy, time window.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use anyhow::{Context, anyhow};
use async_snmp::ber::{Decoder, EncodeBuf};
use async_snmp::message::{MsgFlags, MsgGlobalData, RawMsgData, RawV3Message, ScopedPdu};
use async_snmp::v3::auth::{authenticate_message, verify_message};
use async_snmp::v3::{DesSaltState, PrivKey, SaltCounter, UsmSecurityParams, report_oids};
use async_snmp::{
    AuthProtocol, DecodeConfig, LocalizedKey, MasterKey, MessageSize, Oid, Pdu, PrivProtocol, SecurityLevel, Value,
    VarBind,
};
use bytes::Bytes;

use super::knobs::Knobs;
use super::wire::{self, Answer};

const TIME_WINDOW: u32 = 150;

/// The agent's engine: its identity and its clock. The clock is the machine's, not the lab's: managers extrapolate
/// it in their own time, and an accelerated one would leave every time window.
pub struct Engine {
    id: Bytes,
    boots: AtomicU32,
    started: Mutex<Instant>,
    reports: AtomicU32,
    salts: SaltCounter,
    des_salts: DesSaltState,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine whose identity follows from the device's name (RFC 3411 format 4: text).
    pub fn new(name: &str) -> anyhow::Result<Self> {
        let mut id = vec![0x80, 0x00, 0x1f, 0x88, 0x04];
        id.extend(name.bytes().chain("engine".bytes()).take(27));
        Ok(Self {
            id: id.into(),
            boots: AtomicU32::new(1),
            started: Mutex::new(Instant::now()),
            reports: AtomicU32::new(0),
            salts: SaltCounter::new()?,
            des_salts: DesSaltState::install(|_| Ok::<(), std::io::Error>(()))
                .map_err(|error| anyhow!("DES salts: {error}"))?,
        })
    }

    /// Counts a restart of the device: the clock begins anew and every manager must resynchronise.
    pub fn restart(&self) {
        self.boots.fetch_add(1, Ordering::Relaxed);
        *self.started.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn clock(&self) -> (u32, u32) {
        let started = *self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = u32::try_from(started.elapsed().as_secs()).unwrap_or(u32::MAX >> 1);
        (self.boots.load(Ordering::Relaxed), seconds)
    }
}

/// The agent's one user.
#[derive(Debug)]
pub struct User {
    name: String,
    auth: Option<LocalizedKey>,
    privacy: Option<PrivKey>,
    /// Whether the user may write.
    pub writes: bool,
}

impl User {
    /// Reads the user's knobs. A protocol counts only with its password. Without `snmp_user` it is the lab's own user,
    /// with the passwords that the lab's inventory has for it.
    pub fn read(knobs: &Knobs, engine: &Engine) -> anyhow::Result<Option<Self>> {
        let named = knobs.maybe_text("snmp_user");
        let password =
            |knob: &str, own: &str| knobs.maybe_text(knob).or_else(|| named.is_none().then(|| own.to_owned()));
        let auth = match password("snmp_auth_password", "sim-auth-password") {
            None => None,
            Some(password) => Some(master(auth_protocol(&knobs.text("snmp_auth", "sha256"))?, &password)?),
        };
        let privacy = match (&auth, password("snmp_priv_password", "sim-priv-password")) {
            (Some(auth), Some(password)) => {
                let master = master(auth.protocol(), &password)?;
                let protocol = priv_protocol(&knobs.text("snmp_priv", "aes"))?;
                Some(PrivKey::from_master_key(&master, protocol, &engine.id).context("snmp_priv")?)
            }
            (None, Some(_)) => anyhow::bail!("snmp_priv_password without snmp_auth_password"),
            (_, None) => None,
        };
        let auth = auth.map(|master| master.localize(&engine.id)).transpose().context("snmp_auth")?;
        let name = named.unwrap_or_else(|| "sim".to_owned());
        Ok(Some(Self { name, auth, privacy, writes: knobs.flag("snmp_user_writes", true) }))
    }

    fn level(&self) -> SecurityLevel {
        match (&self.auth, &self.privacy) {
            (Some(_), Some(_)) => SecurityLevel::AuthPriv,
            (Some(_), None) => SecurityLevel::AuthNoPriv,
            (None, _) => SecurityLevel::NoAuthNoPriv,
        }
    }
}

fn auth_protocol(name: &str) -> anyhow::Result<AuthProtocol> {
    name.parse().map_err(|error| anyhow!("snmp_auth: {error}"))
}

fn priv_protocol(name: &str) -> anyhow::Result<PrivProtocol> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "aes192" | "aes-192" => PrivProtocol::Aes192Blumenthal,
        "aes256" | "aes-256" => PrivProtocol::Aes256Blumenthal,
        other => other.parse().map_err(|error| anyhow!("snmp_priv: {error}"))?,
    })
}

/// A password's key before localisation. It costs a megabyte of hashing, so a lab of many agents with one password
/// does it once.
fn master(protocol: AuthProtocol, password: &str) -> anyhow::Result<MasterKey> {
    type Known = HashMap<(AuthProtocol, String), MasterKey>;
    static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = known.get(&(protocol, password.to_owned())) {
        return Ok(key.clone());
    }
    let key = MasterKey::from_str_password(protocol, password).map_err(|error| anyhow!("SNMP password: {error}"))?;
    known.insert((protocol, password.to_owned()), key.clone());
    Ok(key)
}

/// A request that passed security, and how to answer it.
#[derive(Debug)]
pub struct Request {
    /// What was asked.
    pub pdu: Pdu,
    /// Whether the request's level is the user's; a lower one reads nothing (RFC 3415).
    pub permitted: bool,
    /// Largest answer that the manager takes, bytes.
    pub max_size: usize,
    message: i32,
    level: SecurityLevel,
    context: Bytes,
}

/// What came of a datagram.
#[derive(Debug)]
pub enum Received {
    /// A request.
    Request(Request),
    /// Security answers by itself: discovery, or why the request is refused.
    Report {
        /// The datagram to send; absent where agents stay silent.
        message: Option<Vec<u8>>,
        /// Whether a login was refused, in words for the journal.
        refused: Option<&'static str>,
    },
    /// Not a message of version 3, or one that must not be answered.
    Nothing,
}

/// Takes a datagram through RFC 3414, section 3.2. With `refuse`, no user is known.
pub fn receive(datagram: &Bytes, engine: &Engine, user: Option<&User>, refuse: bool) -> Received {
    open(datagram, engine, user, refuse).unwrap_or(Received::Nothing)
}

fn open(datagram: &Bytes, engine: &Engine, user: Option<&User>, refuse: bool) -> anyhow::Result<Received> {
    let raw = RawV3Message::decode(datagram.clone(), DecodeConfig::DEFAULT)?.value;
    let params = UsmSecurityParams::decode(raw.security_params().clone(), DecodeConfig::DEFAULT)?.value;
    let header = raw.global_data();
    let flags = header.msg_flags();
    let level = raw.security_level();
    let report = |oid: Oid, level: SecurityLevel, refused: Option<&'static str>| -> anyhow::Result<Received> {
        if !flags.reportable {
            return Ok(Received::Report { message: None, refused });
        }
        let count = engine.reports.fetch_add(1, Ordering::Relaxed) + 1;
        let request = match raw.msg_data() {
            RawMsgData::Plaintext { data, .. } => {
                ScopedPdu::decode(&mut Decoder::new(data.clone())).map_or(0, |scoped| scoped.pdu.request_id())
            }
            RawMsgData::Encrypted(_) => 0,
        };
        let answer = Answer { varbinds: vec![VarBind::new(oid, Value::Counter32(count))], ..Answer::default() };
        let body = wire::pdu(wire::REPORT, request, &answer)?;
        let user = user.filter(|_| level.requires_auth());
        let name = params.username().clone();
        let message = seal(engine, user, name, level, header.msg_id(), &engine.id, &body)?;
        Ok(Received::Report { message: Some(message), refused })
    };

    if params.engine_id() != &engine.id {
        return report(report_oids::unknown_engine_ids(), SecurityLevel::NoAuthNoPriv, None);
    }
    let named = user.filter(|user| !refuse && user.name.as_bytes() == params.username().as_ref());
    let Some(user) = named else {
        return report(report_oids::unknown_user_names(), SecurityLevel::NoAuthNoPriv, Some("user"));
    };
    if (level.requires_auth() && user.auth.is_none()) || (level.requires_priv() && user.privacy.is_none()) {
        return report(report_oids::unsupported_sec_levels(), SecurityLevel::NoAuthNoPriv, Some("security level"));
    }
    if let (true, Some(key)) = (level.requires_auth(), &user.auth) {
        let (offset, length) = UsmSecurityParams::find_auth_params_offset(datagram).context("no auth params")?;
        if length != key.mac_len() || !verify_message(key, datagram, offset, length)? {
            return report(report_oids::wrong_digests(), SecurityLevel::NoAuthNoPriv, Some("digest"));
        }
        let (boots, seconds) = engine.clock();
        if params.engine_boots() != boots || params.engine_time().abs_diff(seconds) > TIME_WINDOW {
            return report(report_oids::not_in_time_windows(), SecurityLevel::AuthNoPriv, None);
        }
    }
    let plain = match (raw.msg_data(), &user.privacy) {
        (RawMsgData::Plaintext { data, .. }, _) => data.clone(),
        (RawMsgData::Encrypted(data), Some(key)) => {
            match key.decrypt(data, params.engine_boots(), params.engine_time(), params.priv_params()) {
                Ok(plain) => plain,
                Err(_) => return report(report_oids::decryption_errors(), SecurityLevel::AuthNoPriv, Some("privacy")),
            }
        }
        (RawMsgData::Encrypted(_), None) => return Ok(Received::Nothing),
    };
    // A wrong privacy password decrypts to noise, which is a malformed message and gets no answer.
    let Ok(scoped) = ScopedPdu::decode(&mut Decoder::new(plain)) else {
        return Ok(Received::Report { message: None, refused: Some("privacy") });
    };
    Ok(Received::Request(Request {
        pdu: scoped.pdu,
        permitted: level == user.level(),
        max_size: header.msg_max_size().as_usize(),
        message: header.msg_id(),
        level,
        context: scoped.context_name,
    }))
}

/// Seals an answer at the request's level.
pub fn reply(engine: &Engine, user: &User, request: &Request, answer: &Answer) -> anyhow::Result<Vec<u8>> {
    let body = wire::pdu(wire::RESPONSE, request.pdu.request_id(), answer)?;
    let name = Bytes::copy_from_slice(user.name.as_bytes());
    let mut scoped = EncodeBuf::new();
    scoped.push_sequence(|buf| {
        buf.push_bytes(&body);
        buf.push_octet_string(&request.context)?;
        buf.push_octet_string(&engine.id)
    })?;
    seal_scoped(engine, Some(user), name, request.level, request.message, &scoped.finish())
}

fn seal(
    engine: &Engine,
    user: Option<&User>,
    name: Bytes,
    level: SecurityLevel,
    message: i32,
    context_engine: &[u8],
    body: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let mut scoped = EncodeBuf::new();
    scoped.push_sequence(|buf| {
        buf.push_bytes(body);
        buf.push_octet_string(&[])?;
        buf.push_octet_string(context_engine)
    })?;
    seal_scoped(engine, user, name, level, message, &scoped.finish())
}

fn seal_scoped(
    engine: &Engine,
    user: Option<&User>,
    name: Bytes,
    level: SecurityLevel,
    message: i32,
    scoped: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let (boots, seconds) = engine.clock();
    let mut params = UsmSecurityParams::new(engine.id.clone(), boots, seconds, name)?;
    let key = match (level.requires_auth(), user.and_then(|user| user.auth.as_ref())) {
        (true, Some(key)) => {
            params = params.with_auth_placeholder(key.mac_len())?;
            Some(key)
        }
        (true, None) => anyhow::bail!("no key to authenticate with"),
        (false, _) => None,
    };
    let mut cipher = None;
    if level.requires_priv() {
        let privacy = user.and_then(|user| user.privacy.as_ref()).context("no key for privacy")?;
        let (data, salt) = if privacy.protocol().is_des_family() {
            privacy.encrypt_des_family(scoped, &engine.des_salts)
        } else {
            privacy.encrypt_aes(scoped, boots, seconds, &engine.salts)
        }
        .map_err(|error| anyhow!("privacy: {error}"))?;
        params = params.with_priv_params(salt)?;
        cipher = Some(data);
    }
    let security = params.encode()?;
    let header = MsgGlobalData::new(message, MessageSize::new(65_507)?, MsgFlags::new(level, false))?;
    let mut buf = EncodeBuf::new();
    buf.push_sequence(|buf| {
        match &cipher {
            Some(data) => buf.push_octet_string(data)?,
            None => buf.push_bytes(scoped),
        }
        buf.push_octet_string(&security)?;
        header.encode(buf)?;
        buf.push_integer(3);
        Ok(())
    })?;
    let mut bytes = buf.finish_vec();
    if let Some(key) = key {
        let (offset, length) = UsmSecurityParams::find_auth_params_offset(&bytes).context("no auth params")?;
        authenticate_message(key, &mut bytes, offset, length)?;
    }
    Ok(bytes)
}
