//! A session with a Wave: opened once, renewed once where it ends in the middle, always closed.

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::commands;
use super::parse::reply::{self, Read};
use super::platform::{GRACE, TOKEN, USER};
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::http::{Client, Config, Reply, Scheme};
use crate::transport::{Cx, Target};

/// A logged-in session. To be closed by whoever opened it.
pub struct Session<'a> {
    cx: &'a Cx,
    target: &'a Target,
    client: Client,
    token: Secret,
    /// It has been renewed: a second time would be a loop.
    renewed: bool,
}

impl<'a> Session<'a> {
    /// Logs in, one attempt. Fails as the transport does, with `Validation` where there is no password, and as
    /// [`reply::token`] says.
    pub async fn open(cx: &'a Cx, target: &'a Target, http: &Config) -> Result<Self, Failure> {
        if target.password.is_none() {
            return Err(Failure::validation("a Wave needs a password; send 'password' or add it to the inventory"));
        }
        let client = Client::new(cx, target, Scheme::Https, http)?;
        let token = log_in(cx, target, &client).await?;
        Ok(Self { cx, target, client, token, renewed: false })
    }

    /// Reads one path. A session that has ended is renewed once.
    ///
    /// Fails as the transport does and as [`reply::read`] says; with `ForbiddenReadonly` where the account may not,
    /// and with `Protocol` where the radio refuses sessions as fast as it gives them.
    pub async fn read(&mut self, path: &'static str) -> Result<Value, Failure> {
        let mut code = match self.get(path).await? {
            Read::Body(body) => return Ok(body),
            Read::Refused(code) => code,
        };
        if !self.renewed {
            self.renewed = true;
            self.cx.witness.noted("http", &format!("its session has ended ({code}); logging in once more"));
            // With 403 it may live: a radio has few.
            if code == 403 {
                self.log_out().await;
            }
            self.token = log_in(self.cx, self.target, &self.client).await?;
            code = match self.get(path).await? {
                Read::Body(body) => return Ok(body),
                Read::Refused(code) => code,
            };
        }
        Err(match code {
            403 => Failure::new(
                FailureClass::ForbiddenReadonly,
                format!("the account may not read {path} (403); give it the rights, or use another"),
            ),
            _ => Failure::new(
                FailureClass::Protocol,
                format!("it ends its sessions as soon as it has given them ({code} to GET {path}); restart it"),
            ),
        })
    }

    async fn get(&self, path: &'static str) -> Result<Read, Failure> {
        let reply = self.client.send(self.cx, commands::get(self.target, &self.token, path)).await;
        match reply {
            Ok(reply) => reply::read(path, reply.status, reply.header("retry-after"), &reply.text()),
            Err(failure) if failure.class == FailureClass::AuthRefused => Ok(Read::Refused(401)),
            Err(failure) => Err(failure),
        }
    }

    /// Logs out, also where the job was cancelled: a radio has few sessions. What comes of it changes nothing.
    pub async fn close(self) {
        self.log_out().await;
    }

    async fn log_out(&self) {
        log_out(self.cx, self.target, &self.client, &self.token).await;
    }
}

/// The same frame, deaf to the wish to stop.
fn deaf(cx: &Cx) -> Cx {
    Cx { cancel: CancellationToken::new(), ..cx.clone() }
}

/// One login. When someone asks to stop, its answer is still waited for a while, and the session ended: one that nobody
/// knows could not be.
async fn log_in(cx: &Cx, target: &Target, client: &Client) -> Result<Secret, Failure> {
    let user = target.username.as_deref().unwrap_or(USER);
    let password = target.password.clone().unwrap_or_else(|| Secret::new(""));
    cx.go_on("the login")?;
    let deaf = deaf(cx);
    let mut exchange = Box::pin(client.send(&deaf, commands::login(target, user, &password)));
    let answered = tokio::select! {
        biased;
        reply = &mut exchange => Some(reply),
        () = cx.cancel.cancelled() => None,
    };
    let reply = match answered {
        Some(reply) => reply?,
        None => cx.clock.timeout(GRACE, exchange).await.unwrap_or_else(|_| {
            let sentence = "stopped before the login was answered, as asked; the radio may keep a session for a while";
            Err(Failure::new(FailureClass::Cancelled, sentence))
        })?,
    };
    let token = reply::token(reply.status, reply.header(TOKEN), reply.header("retry-after"), &reply.text())?;
    if let Err(cancelled) = cx.go_on("the reading") {
        log_out(cx, target, client, &token).await;
        return Err(cancelled);
    }
    Ok(token)
}

async fn log_out(cx: &Cx, target: &Target, client: &Client, token: &Secret) {
    let deaf = deaf(cx);
    let left = cx.clock.timeout(GRACE, client.send(&deaf, commands::logout(target, token))).await;
    let failed = match left {
        Ok(Ok(reply)) if reply.status == 200 => return,
        Ok(Ok(Reply { status, .. })) => format!("status {status}"),
        Ok(Err(failure)) if failure.class == FailureClass::AuthRefused => return,
        Ok(Err(failure)) => failure.to_string(),
        Err(_) => "no answer".to_owned(),
    };
    cx.witness.noted("http", &format!("its session could not be ended: {failed}; it ends by itself"));
}
