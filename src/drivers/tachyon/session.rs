//! One session with a device: opened by one login, renewed at most once, always closed.

use serde_json::Value;

use super::commands::{self, Read};
use super::parse::login::{login, refused};
use super::platform::{FULL, USER};
use crate::drivers::web;
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::http::{Client, Config, Scheme};
use crate::transport::{Cx, Target};

/// An open session. To be closed by whoever opened it.
pub(super) struct Session<'a> {
    cx: &'a Cx,
    client: Client,
    user: String,
    password: Secret,
    level: u64,
    renewed: bool,
}

impl<'a> Session<'a> {
    /// Logs in, with the one pair that there is. Fails with `AuthRefused`, and as the transport does.
    pub(super) async fn open(cx: &'a Cx, target: &Target, http: &Config) -> Result<Self, Failure> {
        let (user, password) = web::account(target, USER)?;
        let client = Client::new(cx, target, web::scheme(target, Scheme::Http), http)?;
        let level = enter(cx, &client, &user, &password).await?;
        Ok(Self { cx, client, user, password, level, renewed: false })
    }

    /// What the account may do: 0 everything, 9 read without configuration.
    pub(super) fn level(&self) -> u64 {
        self.level
    }

    /// Reads; a session that has gone meanwhile is opened again, once.
    pub(super) async fn read(&mut self, what: Read) -> Result<(Value, u64), Failure> {
        loop {
            if let Some(answer) = self.once(what).await? {
                return Ok(answer);
            }
            if self.renewed {
                let name = what.name;
                return Err(if self.level == FULL {
                    let sentence = format!("it ended the session in the middle of {name}, twice; ask again later");
                    Failure::new(FailureClass::Protocol, sentence)
                } else {
                    let sentence = format!(
                        "the account '{}' of level {} may not {name}; use one of level {FULL}",
                        self.user, self.level
                    );
                    Failure::new(FailureClass::ForbiddenReadonly, sentence)
                });
            }
            self.renewed = true;
            self.cx.witness.noted("http", "the device ended the session in the middle; logging in again, once");
            web::close(self.cx, &self.client, commands::logout()).await;
            self.level = enter(self.cx, &self.client, &self.user, &self.password).await?;
        }
    }

    /// Logs out, whatever came before.
    pub(super) async fn close(self) {
        web::close(self.cx, &self.client, commands::logout()).await;
    }

    /// One exchange and its size in bytes; none where the session is not known.
    async fn once(&self, what: Read) -> Result<Option<(Value, u64)>, Failure> {
        let reply = match self.client.send(self.cx, commands::read(what)).await {
            Err(refused) if refused.class == FailureClass::AuthRefused => return Ok(None),
            reply => reply?,
        };
        let answer = web::json(&reply, what.name)?;
        Ok((!refused(&answer)).then_some((answer, reply.body.len() as u64)))
    }
}

/// A login; its session is closed at once when someone asked to stop meanwhile. The level.
async fn enter(cx: &Cx, client: &Client, user: &str, password: &Secret) -> Result<u64, Failure> {
    let reply = client.send_opening(cx, commands::login(user, password), web::GRACE).await?;
    let level = login(&web::json(&reply, "the login")?)?;
    if let Err(stopped) = cx.go_on("the first request of the session") {
        web::close(cx, client, commands::logout()).await;
        return Err(stopped);
    }
    Ok(level)
}
