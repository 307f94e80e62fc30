//! One session with a radio: opened by one login, renewed at most once, always closed.

use serde_json::Value;

use super::commands::{self, Function, LOGOUT};
use super::parse::login::{Granted, login};
use super::parse::refusal::{Refusal, refusal};
use super::platform::{ROLE, USER};
use crate::drivers::web::{self, strange};
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::http::{Client, Config, Scheme};
use crate::transport::{Cx, Target};

/// An open session. To be closed by whoever opened it.
pub(super) struct Session<'a> {
    cx: &'a Cx,
    client: Client,
    user: String,
    password: Secret,
    stok: Secret,
    renewed: bool,
}

impl<'a> Session<'a> {
    /// Logs in, with the one pair that there is. Fails with `AuthRefused`, `Locked`, `SessionLimit`, `Busy`,
    /// `DeviceRefused` as the radio says, `ForbiddenReadonly` where the account is not the administrator's, and as the
    /// transport does.
    pub(super) async fn open(cx: &'a Cx, target: &Target, http: &Config) -> Result<Self, Failure> {
        let (user, password) = web::account(target, USER)?;
        let client = Client::new(cx, target, web::scheme(target, Scheme::Https), http)?;
        let granted = enter(cx, &client, &user, &password).await?;
        Ok(Self { cx, client, user, password, stok: granted.stok, renewed: false })
    }

    /// Calls a function: its answer and its size in bytes. A session that has gone meanwhile is opened again, once.
    pub(super) async fn call(&mut self, function: Function) -> Result<(Value, u64), Failure> {
        loop {
            match self.once(function).await? {
                Ok(answer) => return Ok(answer),
                Err(Refusal::AuthFailed) if !self.renewed => {}
                Err(Refusal::AuthFailed) => {
                    let sentence =
                        format!("it ended the session in the middle of {}, twice; ask again later", function.name);
                    return Err(Failure::new(FailureClass::Protocol, sentence));
                }
                Err(refusal) => return Err(refusal.failure(function.name)),
            }
            self.renewed = true;
            self.cx.witness.noted("http", "the radio ended the session in the middle; logging in again, once");
            // Should it be alive after all, it would count as one of five.
            web::close(self.cx, &self.client, commands::call(LOGOUT, &self.stok)).await;
            self.stok = enter(self.cx, &self.client, &self.user, &self.password).await?.stok;
        }
    }

    /// Logs out, whatever came before.
    pub(super) async fn close(self) {
        web::close(self.cx, &self.client, commands::call(LOGOUT, &self.stok)).await;
    }

    /// One exchange. The AX line says with 401 what the others say with words.
    async fn once(&self, function: Function) -> Result<Result<(Value, u64), Refusal>, Failure> {
        let reply = match self.client.send(self.cx, commands::call(function, &self.stok)).await {
            Err(refused) if refused.class == FailureClass::AuthRefused => return Ok(Err(Refusal::AuthFailed)),
            reply => reply?,
        };
        match web::json(&reply, function.name)? {
            Value::Object(members) => Ok(match refusal(&members) {
                None => Ok((Value::Object(members), reply.body.len() as u64)),
                Some(refusal) => Err(refusal),
            }),
            other => Err(strange(&other, function.name, "an object")),
        }
    }
}

/// A login; with an account that may not read everything, or when someone asked to stop meanwhile, its session is
/// closed at once.
async fn enter(cx: &Cx, client: &Client, user: &str, password: &Secret) -> Result<Granted, Failure> {
    let reply = client.send_opening(cx, commands::login(user, password), web::GRACE).await?;
    let granted = login(&web::json(&reply, "the login")?)?;
    let stopped = cx.go_on("the first call of the session");
    let allowed = if granted.role.as_deref() == Some(ROLE) {
        Ok(())
    } else {
        let role = granted.role.as_deref().unwrap_or("none that it names");
        let role: String = role.chars().filter(|c| c.is_ascii_graphic()).take(32).collect();
        let sentence = format!(
            "the account '{user}' has the role '{role}', and only an administrator sees the whole configuration; use another account"
        );
        Err(Failure::new(FailureClass::ForbiddenReadonly, sentence))
    };
    if let Err(failure) = stopped.and(allowed) {
        web::close(cx, client, commands::call(LOGOUT, &granted.stok)).await;
        return Err(failure);
    }
    Ok(granted)
}
