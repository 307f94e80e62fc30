//! One SSH connection to one device: reach it, agree on keys, check its identity, log in, disconnect.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use russh::client::{Handle, connect_stream};
use russh::{Disconnect, SshId};
use tokio_util::sync::CancellationToken;

use super::auth::Login;
use super::handler::{Ending, Fault, Handler, Learned, Stage};
use super::line::Line;
use super::platform::Platform;
use super::shell::Shell;
use super::{Config, Masks, Pty, jump, profile, quote};
use crate::clock::Clock;
use crate::model::{Failure, FailureClass, Secret, SshProfile};
use crate::transport::session::{Peer, Session};
use crate::transport::{Cx, Target, human};

/// SSH's own port.
pub(super) const PORT: u16 = 22;

/// The smallest window that is ever advertised.
const LEAST_WINDOW: u32 = 16 << 20;

/// Before an attempt to connect is repeated: long enough for a daemon that restarts, short for one who waits.
const PAUSE: Duration = Duration::from_millis(250);

/// How long `close` waits for the goodbye to leave before it cuts the line.
const GOODBYE: Duration = Duration::from_millis(500);

/// Reason of a disconnect, RFC 4253 section 11.1: no free session.
pub(super) const TOO_MANY_CONNECTIONS: u32 = 12;

/// What stands for the MAC of a cipher that needs none, as OpenSSH prints it.
pub(super) const IMPLICIT_MAC: &str = "<implicit>";

/// What both sides agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    /// The profile that was offered.
    pub profile: SshProfile,
    /// Key exchange, by its name on the wire.
    pub kex: String,
    /// Signature of the host key.
    pub host_key: String,
    /// Cipher.
    pub cipher: String,
    /// MAC; `<implicit>` where the cipher has its own.
    pub mac: String,
    /// `SHA256:...` of the host key that was shown and accepted.
    pub fingerprint: String,
}

impl Negotiated {
    /// Those of the agreed algorithms that only a legacy profile allows: empty for a sound connection.
    pub fn weak(&self) -> Vec<&str> {
        [&self.kex, &self.host_key, &self.cipher, &self.mac]
            .into_iter()
            .map(String::as_str)
            .filter(|name| !profile::is_modern(name))
            .collect()
    }
}

impl std::fmt::Display for Negotiated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kex, host_key, cipher, mac, .. } = self;
        write!(f, "{kex}, {host_key}, {cipher}, {mac}, profile {}", profile::name(self.profile))?;
        if !self.weak().is_empty() {
            write!(f, ", weak: {}", self.weak().join(", "))?;
        }
        Ok(())
    }
}

/// A failed attempt to connect: what it was, and whether one more may be made.
pub(super) struct Setback {
    pub(super) failure: Failure,
    again: bool,
}

impl Setback {
    /// Nothing can have happened, and the next attempt may go better.
    pub(super) fn again(failure: Failure) -> Self {
        let again = failure.class.may_retry();
        Self { failure, again }
    }

    /// The next attempt would go the same way, or a credential was shown.
    pub(super) fn last(failure: Failure) -> Self {
        Self { failure, again: false }
    }
}

/// The connection itself, shared by those who have channels on it; the last one to let go disconnects.
pub(super) struct Wire {
    pub(super) handle: Handle<Handler>,
    pub(super) session: Arc<Session>,
    learned: Arc<Learned>,
    cut: CancellationToken,
    gone: CancellationToken,
    clock: Clock,
    // Dropped after the goodbye of the inner connection was queued.
    hop: Option<Box<Connection>>,
}

impl Wire {
    /// Says goodbye without waiting: for cancel, failure and drop. Nothing else is sent after it.
    pub(super) fn disconnect(&self) {
        let goodbye = self.handle.disconnect(Disconnect::ByApplication, "", "");
        if goodbye.now_or_never().is_none() {
            // The session's queue is full: it is stuck, and would send more.
            self.cut.cancel();
        }
    }

    /// Says goodbye and waits until the socket is closed.
    async fn close(&self) {
        self.disconnect();
        if self.clock.timeout(GOODBYE, self.gone.cancelled()).await.is_err() {
            self.cut.cancel();
        }
        if let Some(hop) = &self.hop {
            Box::pin(hop.wire.close()).await;
        }
    }

    /// Why the connection is gone: a class, and a sentence without the device's name.
    pub(super) fn lost(&self) -> (FailureClass, String) {
        match self.learned.ending() {
            Some(Ending::Told(TOO_MANY_CONNECTIONS, words)) => (
                FailureClass::SessionLimit,
                format!("it has no free session (\"{}\"); close one, or try later", quote(&words)),
            ),
            Some(Ending::Silent) => (FailureClass::Timeout, "it no longer answers on the open connection".to_owned()),
            Some(Ending::Told(_, words)) if !words.trim().is_empty() => {
                (FailureClass::Protocol, format!("it ended the connection (\"{}\")", quote(&words)))
            }
            _ => (FailureClass::Protocol, "it dropped the connection".to_owned()),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.disconnect();
    }
}

/// A logged-in SSH connection. Dropping it disconnects; [`Connection::close`] also waits for it.
pub struct Connection {
    wire: Arc<Wire>,
    label: String,
    negotiated: Negotiated,
    masks: Masks,
    login: Duration,
    prompt_quiet: Option<Duration>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("to", &self.label)
            .field("negotiated", &self.negotiated)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects, checks the host key and logs in, in this order. `user_suffix` is appended to the user name (RouterOS
    /// takes terminal parameters that way).
    ///
    /// Fails with `Validation` (no or unreadable credentials), `Unreachable`, `Timeout`, `HostKeyChanged`,
    /// `AuthRefused`, `SessionLimit`, `Protocol` (also: no common algorithm) or `Cancelled`. The last attempt's
    /// failure is returned.
    pub async fn open(
        cx: &Cx,
        target: &Target,
        config: &Config,
        user_suffix: Option<&str>,
    ) -> Result<Connection, Failure> {
        let label = target.label();
        Box::pin(Self::reach(cx, target, config, user_suffix)).await.map_err(|failure| failure.at(&label))
    }

    async fn reach(
        cx: &Cx,
        target: &Target,
        config: &Config,
        user_suffix: Option<&str>,
    ) -> Result<Connection, Failure> {
        let login = Login::of(target, user_suffix).await?;
        cx.go_on("the connection")?;
        let hop = match &target.hop {
            Some(hop) => Some(Box::pin(Connection::open(cx, hop, config, None)).await?),
            None => None,
        };
        let session = Session::begin(cx, Peer::new("ssh", target, target.ports.ssh.unwrap_or(PORT)));
        let reached =
            session.during(Box::pin(Self::attempts(cx, target, config, &login, hop.as_ref(), &session))).await?;
        let (handle, learned, cut, gone) = reached;
        let names = learned.names();
        let negotiated = Negotiated {
            profile: target.ssh_profile,
            kex: names.kex,
            host_key: names.host_key,
            cipher: names.cipher,
            mac: names.mac,
            fingerprint: learned.fingerprint(),
        };
        cx.witness.noted("ssh", &format!("{} connected: {negotiated}", target.label()));
        let mut masks = Masks::default();
        for secret in [&target.password, &target.private_key_passphrase].into_iter().flatten() {
            masks.add(secret);
        }
        let wire = Wire { handle, session, learned, cut, gone, clock: cx.clock.clone(), hop: hop.map(Box::new) };
        Ok(Connection {
            wire: Arc::new(wire),
            label: target.label(),
            negotiated,
            masks,
            login: config.login(),
            prompt_quiet: config.prompt_quiet,
        })
    }

    /// Attempts until one succeeds, or may not be made again.
    async fn attempts(
        cx: &Cx,
        target: &Target,
        config: &Config,
        login: &Login,
        hop: Option<&Connection>,
        session: &Session,
    ) -> Result<Reached, Failure> {
        let mut left = config.retries;
        let mut attempt = attempt(cx, target, config, login, hop).await;
        while let Err(Setback { failure, again: true }) = &attempt
            && left > 0
        {
            left -= 1;
            session.retrying(failure.class);
            cx.witness.noted("ssh", &format!("{failure}; trying once more"));
            cx.bounded(Duration::MAX, "the pause", async {
                cx.clock.sleep(PAUSE).await;
                Ok(())
            })
            .await?;
            attempt = self::attempt(cx, target, config, login, hop).await;
        }
        attempt.map_err(|setback| setback.failure)
    }

    /// Opens an interactive shell on a terminal, answers its login dialogues and learns its prompt.
    pub async fn shell(&mut self, cx: &Cx, pty: Pty, platform: &'static Platform) -> Result<Shell, Failure> {
        let result = self.wire.session.during(Box::pin(Shell::open(cx, self, pty, platform))).await;
        if cx.cancel.is_cancelled() {
            self.wire.disconnect();
        }
        result.map_err(|failure| failure.at(&self.label))
    }

    /// What both sides agreed on.
    pub fn negotiated(&self) -> &Negotiated {
        &self.negotiated
    }

    /// Masks one more secret wherever this connection quotes something: for commands that carry one.
    pub fn mask(&mut self, secret: &Secret) {
        self.masks.add(secret);
    }

    /// Disconnects and waits until the socket is closed, at most half a second.
    pub async fn close(self) {
        self.wire.close().await;
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn wire(&self) -> &Arc<Wire> {
        &self.wire
    }

    pub(super) fn masks(&self) -> &Masks {
        &self.masks
    }

    pub(super) fn login_limit(&self) -> Duration {
        self.login
    }

    pub(super) fn prompt_quiet(&self) -> Option<Duration> {
        self.prompt_quiet
    }
}

type Reached = (Handle<Handler>, Arc<Learned>, CancellationToken, CancellationToken);

async fn attempt(
    cx: &Cx,
    target: &Target,
    config: &Config,
    login: &Login,
    hop: Option<&Connection>,
) -> Result<Reached, Setback> {
    cx.go_on("the connection").map_err(Setback::last)?;
    let to = SocketAddr::new(target.address, target.ports.ssh.unwrap_or(PORT));
    let carrier = match hop {
        None => jump::direct(cx, to, config).await?,
        Some(hop) => jump::through(cx, hop, to, config).await?,
    };
    let (line, switch) = Line::new(carrier);
    // Whatever ends this function early ends the session's task too.
    let cut = switch.cut.clone().drop_guard();
    let learned = Arc::new(Learned::default());
    let handler = Handler {
        pins: cx.pins.clone(),
        endpoint: format!("ssh://{to}"),
        declared: target.host_key.clone(),
        learned: learned.clone(),
    };
    let settings = Arc::new(settings(target.ssh_profile, config));
    let greet_and_log_in = async {
        let connect = connect_stream(settings, line, handler);
        let mut handle = match on(config.runtime.as_ref(), connect).await {
            Ok(handle) => handle,
            Err(fault) => return Ok(Err(greeting_failed(fault, target.ssh_profile, &learned))),
        };
        login.perform(cx, &mut handle, &learned, (&config.logins, to)).await.map(|()| Ok(handle))
    };
    let limit = config.login();
    match cx.bounded(limit, "the login", greet_and_log_in).await {
        Ok(Ok(handle)) => {
            cut.disarm();
            Ok((handle, learned, switch.cut, switch.gone))
        }
        Ok(Err(setback)) => Err(setback),
        Err(failure) if failure.class == FailureClass::Timeout => {
            let what = match (switch.heard.load(Ordering::Relaxed), learned.stage()) {
                (false, _) => "it accepts the connection and sends nothing; is that port SSH?",
                (true, Stage::Greeting) => "it greets and does not finish the key exchange",
                (true, Stage::Login) => "it does not answer the login",
            };
            Err(Setback::last(Failure::new(FailureClass::Timeout, format!("{what} (within {})", human(limit)))))
        }
        Err(failure) => Err(Setback::last(failure)),
    }
}

fn settings(profile: SshProfile, config: &Config) -> russh::client::Config {
    russh::client::Config {
        // No version: it is nobody's business.
        client_id: SshId::Standard("SSH-2.0-towerhand".into()),
        window_size: config.window_bytes.max(LEAST_WINDOW),
        preferred: profile::preferred(profile),
        gex: profile::gex(),
        inactivity_timeout: Some(Duration::from_secs(config.inactivity_seconds.max(1))),
        keepalive_interval: Some(Duration::from_secs(config.keepalive_seconds.max(1))),
        keepalive_max: config.keepalive_max,
        nodelay: true,
        ..russh::client::Config::default()
    }
}

/// The connection failed before any credential was sent.
fn greeting_failed(fault: Fault, profile: SshProfile, learned: &Learned) -> Setback {
    let protocol = |sentence: String| Failure::new(FailureClass::Protocol, sentence);
    let error = match fault {
        Fault::Pins(failure) => return Setback::last(failure),
        Fault::Russh(error) => error,
    };
    match error {
        russh::Error::NoCommonAlgo { kind, theirs, .. } => {
            let what = match kind {
                russh::AlgorithmKind::Kex => "key exchange",
                russh::AlgorithmKind::Key => "host key",
                russh::AlgorithmKind::Cipher => "cipher",
                russh::AlgorithmKind::Mac => "MAC",
                russh::AlgorithmKind::Compression => "compression",
            };
            let offers = quote(&theirs.join(", "));
            let help = match profile::first_that_has(&kind, &theirs) {
                Some(SshProfile::Modern) | None => "none of which is supported; renew its SSH settings".to_owned(),
                Some(other) => {
                    format!("weak by today's measure; renew it, or set `ssh_profile: {}` for it", profile::name(other))
                }
            };
            let now = profile::name(profile);
            Setback::last(protocol(format!("no common {what} with SSH profile {now}: it offers {offers}, {help}")))
        }
        russh::Error::Version => {
            Setback::last(protocol("what listens on its SSH port does not speak SSH 2".to_owned()))
        }
        russh::Error::WrongServerSig => Setback::last(protocol(
            "it does not hold the private key of the host key it shows; treat it as an impostor".to_owned(),
        )),
        russh::Error::InactivityTimeout => {
            Setback::last(Failure::new(FailureClass::Timeout, "it fell silent in the key exchange"))
        }
        russh::Error::Disconnect | russh::Error::HUP | russh::Error::IO(_) => match learned.ending() {
            Some(Ending::Told(_, words)) => {
                Setback::again(protocol(format!("it ended the connection before the login (\"{}\")", quote(&words))))
            }
            _ => Setback::again(jump::dropped()),
        },
        other => Setback::last(protocol(format!("the key exchange failed: {other}"))),
    }
}

/// Runs `work` with `runtime` entered at each poll, so that what it spawns and the sockets it opens live there.
pub(super) async fn on<F: Future>(runtime: Option<&tokio::runtime::Handle>, work: F) -> F::Output {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|cx| {
        let _entered = runtime.map(tokio::runtime::Handle::enter);
        work.as_mut().poll(cx)
    })
    .await
}
