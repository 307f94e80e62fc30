//! Logging in: key, then password, then keyboard-interactive where the device offers it instead of the password. Each
//! credential is presented once; a refusal is final, since three tries lock an account or an address.

use std::net::SocketAddr;
use std::sync::Arc;

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, decode_secret_key};
use russh::{MethodKind, MethodSet};

use super::connection::TOO_MANY_CONNECTIONS;
use super::handler::{Ending, Handler, Learned};
use super::logins::{Logins, moved_to_questions};
use super::quote;
use crate::model::{Failure, FailureClass, Secret, SshProfile};
use crate::transport::{Cx, Target};

/// Rounds of questions that a keyboard-interactive login may have: one with the password, a few empty ones.
const ROUNDS: usize = 4;

/// Who logs in, with what.
pub(super) struct Login {
    user: String,
    password: Option<Secret>,
    key: Option<Arc<PrivateKey>>,
    profile: SshProfile,
}

impl Login {
    /// Reads the credentials of a target; a mistake in them is found before the device is touched.
    pub(super) async fn of(target: &Target, user_suffix: Option<&str>) -> Result<Self, Failure> {
        let Some(user) = &target.username else {
            return Err(Failure::validation("no user name for SSH: set `username` in its credentials"));
        };
        if target.password.is_none() && target.private_key.is_none() {
            return Err(Failure::validation(
                "no credential for SSH: set `password` or `private_key` in its credentials",
            ));
        }
        let key = match &target.private_key {
            Some(pem) => Some(Arc::new(open_key(pem, target.private_key_passphrase.as_ref()).await?)),
            None => None,
        };
        let user = format!("{user}{}", user_suffix.unwrap_or_default());
        Ok(Self { user, password: target.password.clone(), key, profile: target.ssh_profile })
    }

    /// Logs in on a connection whose host key was accepted.
    pub(super) async fn perform(
        &self,
        cx: &Cx,
        handle: &mut Handle<Handler>,
        learned: &Learned,
        (logins, to): (&Logins, SocketAddr),
    ) -> Result<(), Failure> {
        let mut tried = Vec::new();
        // What the device would still take; unknown until its first refusal.
        let mut offered: Option<MethodSet> = None;
        if let Some(key) = &self.key {
            cx.go_on("the login")?;
            tried.push("key");
            let hash = self.rsa_hash(handle, key).await?;
            let key = PrivateKeyWithHashAlg::new(key.clone(), hash);
            match self.judge(handle.authenticate_publickey(&self.user, key).await, learned)? {
                None => return Ok(()),
                Some(methods) => offered = Some(methods),
            }
        }
        let Some(password) = &self.password else { return Err(self.refused(&tried, offered.as_ref())) };
        // What the device takes is asked first, as OpenSSH does: a password is then presented once, as `password` or as
        // the answer to a question, never as both. A device that was met before has said it then.
        let fingerprint = learned.fingerprint();
        let met = if offered.is_none() { logins.known(to, &self.user, &fingerprint) } else { None };
        let before = match (offered, &met) {
            (Some(offered), _) => offered,
            (None, Some(met)) => met.clone(),
            (None, None) => match self.judge(handle.authenticate_none(&self.user).await, learned)? {
                None => return Ok(()),
                Some(offered) => offered,
            },
        };
        logins.refused(to, &self.user);
        let mut left = before.clone();
        let mut ask = !before.contains(&MethodKind::Password);
        if !ask {
            cx.go_on("the login")?;
            tried.push("password");
            match self.judge(handle.authenticate_password(&self.user, password.expose()).await, learned)? {
                None => {
                    logins.took(to, &self.user, &fingerprint, &before);
                    return Ok(());
                }
                Some(methods) => left = methods,
            }
            ask = met.as_ref().is_some_and(|met| moved_to_questions(met, &left));
        }
        if ask && left.contains(&MethodKind::KeyboardInteractive) {
            cx.go_on("the login")?;
            tried.push("keyboard-interactive");
            let asked = match self.answer(cx, handle, password, learned).await? {
                Answered::In => {
                    logins.took(to, &self.user, &fingerprint, &left);
                    return Ok(());
                }
                Answered::Refused { methods, asked } => {
                    left = methods;
                    asked
                }
            };
            // It asked questions when it was met, and now takes passwords: it has not seen this one.
            if met.is_some() && !asked && tried == ["keyboard-interactive"] && left.contains(&MethodKind::Password) {
                cx.go_on("the login")?;
                tried.push("password");
                let before = left.clone();
                match self.judge(handle.authenticate_password(&self.user, password.expose()).await, learned)? {
                    None => {
                        logins.took(to, &self.user, &fingerprint, &before);
                        return Ok(());
                    }
                    Some(methods) => left = methods,
                }
            }
        }
        Err(self.refused(&tried, Some(&left)))
    }

    /// `None`: in. `Some`: refused, with what the device would still take.
    fn judge(&self, result: Result<AuthResult, russh::Error>, learned: &Learned) -> Result<Option<MethodSet>, Failure> {
        match result {
            Ok(AuthResult::Success) => Ok(None),
            // Also what russh says when the connection ended.
            Ok(AuthResult::Failure { remaining_methods, .. }) if remaining_methods.is_empty() => {
                match learned.ending() {
                    None | Some(Ending::NoAuthMethod) => Ok(Some(remaining_methods)),
                    Some(ending) => Err(self.ended(&ending)),
                }
            }
            Ok(AuthResult::Failure { remaining_methods, .. }) => Ok(Some(remaining_methods)),
            Err(_) => Err(self.ended(&learned.ending().unwrap_or(Ending::Dropped))),
        }
    }

    async fn answer(
        &self,
        cx: &Cx,
        handle: &mut Handle<Handler>,
        password: &Secret,
        learned: &Learned,
    ) -> Result<Answered, Failure> {
        let lost = |_| self.ended(&learned.ending().unwrap_or(Ending::Dropped));
        let mut asked = handle.authenticate_keyboard_interactive_start(&self.user, None).await.map_err(lost)?;
        let mut answered = false;
        for _ in 0..ROUNDS {
            let prompts = match asked {
                KeyboardInteractiveAuthResponse::Success => return Ok(Answered::In),
                KeyboardInteractiveAuthResponse::Failure { remaining_methods, .. } => {
                    return Ok(Answered::Refused { methods: remaining_methods, asked: answered });
                }
                KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
            };
            // Only hidden prompts get the password, and only once: a second one asks for something else, for example
            // for a new password.
            if let Some(prompt) = prompts.iter().find(|prompt| prompt.echo || answered) {
                return Err(Failure::new(
                    FailureClass::AuthRefused,
                    format!(
                        "it asks \"{}\" when {} logs in, which cannot be answered; log in by hand and see",
                        quote(&prompt.prompt),
                        self.user
                    ),
                ));
            }
            answered |= !prompts.is_empty();
            let answers = prompts.iter().map(|_| password.expose().to_owned()).collect();
            cx.go_on("the login")?;
            asked = handle.authenticate_keyboard_interactive_respond(answers).await.map_err(lost)?;
        }
        Err(Failure::new(FailureClass::AuthRefused, format!("it asks without end when {} logs in", self.user)))
    }

    /// RSA keys sign with what the device says it knows; a device that says nothing is old, and SHA-1 only where
    /// legacy was asked for.
    async fn rsa_hash(&self, handle: &Handle<Handler>, key: &PrivateKey) -> Result<Option<HashAlg>, Failure> {
        if !key.algorithm().is_rsa() {
            return Ok(None);
        }
        let legacy = match self.profile {
            SshProfile::Modern => false,
            SshProfile::Legacy | SshProfile::LegacyDsa => true,
        };
        match handle.best_supported_rsa_hash().await {
            Ok(Some(Some(hash))) => Ok(Some(hash)),
            Ok(Some(None) | None) if legacy => Ok(None),
            _ => Ok(Some(HashAlg::Sha256)),
        }
    }

    fn refused(&self, tried: &[&str], offered: Option<&MethodSet>) -> Failure {
        let names: Vec<&str> = offered.iter().flat_map(|methods| methods.iter()).map(<&str>::from).collect();
        let tried = if tried.is_empty() { "no credential" } else { &tried.join(" and ") };
        let left = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        Failure::new(
            FailureClass::AuthRefused,
            format!(
                "it refuses user {} with {tried} (it takes {left}); correct the credentials, they are not tried again",
                self.user
            ),
        )
    }

    /// The connection ended in the middle of a login. Not to be tried again: the device has seen the credential.
    fn ended(&self, ending: &Ending) -> Failure {
        const NO_MORE_METHODS: u32 = 14;
        const ILLEGAL_USER: u32 = 15;
        let user = &self.user;
        match ending {
            Ending::Told(TOO_MANY_CONNECTIONS, words) => Failure::new(
                FailureClass::SessionLimit,
                format!("it has no free session (\"{}\"); close one, or try later", quote(words)),
            ),
            Ending::Told(NO_MORE_METHODS | ILLEGAL_USER, words) => Failure::new(
                FailureClass::AuthRefused,
                format!(
                    "it refuses user {user} (\"{}\"); correct the credentials, they are not tried again",
                    quote(words)
                ),
            ),
            Ending::NoAuthMethod => self.refused(&[], None),
            Ending::Told(_, words) => Failure::new(
                FailureClass::Protocol,
                format!("it ended the connection while {user} logged in (\"{}\")", quote(words)),
            ),
            Ending::Silent => Failure::new(FailureClass::Timeout, format!("it fell silent while {user} logged in")),
            Ending::Dropped => Failure::new(
                FailureClass::Protocol,
                format!(
                    "it dropped the connection while {user} logged in; see its log, and whether it has a free session"
                ),
            ),
        }
    }
}

/// How questions ended.
enum Answered {
    /// In.
    In,
    /// Refused, with what the device would still take.
    Refused {
        methods: MethodSet,
        /// It asked something first, and was given the password.
        asked: bool,
    },
}

/// An encrypted key costs a tenth of a second of hashing on purpose: off the runtime's workers.
async fn open_key(pem: &Secret, passphrase: Option<&Secret>) -> Result<PrivateKey, Failure> {
    let decoded = match passphrase.cloned() {
        None => decode_secret_key(pem.expose(), None),
        Some(passphrase) => {
            let pem = pem.clone();
            tokio::task::spawn_blocking(move || decode_secret_key(pem.expose(), Some(passphrase.expose())))
                .await
                .map_err(|_| Failure::new(FailureClass::Internal, "opening its private key was interrupted"))?
        }
    };
    decoded.map_err(|error| {
        let why = match error {
            russh::keys::Error::KeyIsEncrypted => "it is encrypted: set `private_key_passphrase`",
            _ => "it is no OpenSSH, PKCS#8 or PKCS#1 key, or the passphrase is wrong",
        };
        Failure::validation(format!("its private key cannot be read: {why}"))
    })
}
