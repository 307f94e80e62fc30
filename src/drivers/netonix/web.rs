//! The pages of a switch: a login, then JSON.

use serde_json::Value;

use super::commands;
use super::parse::config::{Config, config};
use super::parse::port::{Port, complete};
use super::parse::{status, web};
use super::platform::USER;
use crate::drivers::redact::words;
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::http::{self, Client, Reply, Request, Scheme};
use crate::transport::{Cx, Target};

/// A logged-in session. Nothing ends it: no request that does is known.
pub struct Pages<'a> {
    cx: &'a Cx,
    target: &'a Target,
    client: Client,
    /// A read has been answered: the login was good.
    proven: bool,
    renewed: bool,
}

/// What a read got.
enum Got {
    Text(String),
    /// 401, or a login page.
    Over,
}

impl<'a> Pages<'a> {
    /// Logs in, one attempt. Fails as the transport does, with `Validation` where there is no password, with
    /// `AuthRefused`, and with `Protocol` where it is another page.
    pub async fn open(cx: &'a Cx, target: &'a Target, http: &http::Config) -> Result<Self, Failure> {
        if target.password.is_none() {
            return Err(Failure::validation("a Netonix needs a password; send 'password' or add it to the inventory"));
        }
        // In clear only where the inventory gives nothing else.
        let scheme =
            if target.ports.https.is_none() && target.ports.http.is_some() { Scheme::Http } else { Scheme::Https };
        let client = Client::new(cx, target, scheme, http)?;
        let pages = Self { cx, target, client, proven: false, renewed: false };
        pages.log_in().await?;
        Ok(pages)
    }

    /// The configuration and its size in bytes.
    pub async fn config(&mut self, expected: Option<usize>) -> Result<(Config, u64), Failure> {
        let text = self.text(commands::WEB_CONFIG).await?;
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        config(&text, expected, commands::WEB_CONFIG).map(|config| (config, bytes))
    }

    /// All ports; their names stand in the configuration.
    pub async fn ports(&mut self, expected: Option<usize>) -> Result<Vec<Port>, Failure> {
        let now = self.cx.clock.now();
        let path = commands::boot_id(now);
        let body = self.json(&path).await?;
        let Some(boot) = status::boot_id(&body) else { return Err(odd(&path, &body.to_string())) };
        let path = commands::status(&boot, now);
        let body = self.json(&path).await?;
        let ports = status::ports(&body);
        if ports.is_empty() {
            return Err(odd(&path, &body.to_string()));
        }
        complete(&ports, expected, shown(&path))?;
        Ok(ports)
    }

    async fn json(&mut self, path: &str) -> Result<Value, Failure> {
        let text = self.text(path).await?;
        serde_json::from_str(&text).map_err(|_| odd(path, &text))
    }

    /// One read; a session that has ended in the middle is renewed once. One that never worked is not: the same
    /// password would be tried again.
    async fn text(&mut self, path: &str) -> Result<String, Failure> {
        if let Got::Text(text) = self.get(path).await? {
            self.proven = true;
            return Ok(text);
        }
        if !self.proven {
            let sentence = "it says nothing against the login and then asks for it again: it refuses the user or the \
                            password in words that are not known here; correct the credentials, they are not tried again";
            return Err(Failure::new(FailureClass::AuthRefused, sentence));
        }
        if !self.renewed {
            self.renewed = true;
            self.cx.witness.noted("http", "its session has ended; logging in once more");
            self.log_in().await?;
            if let Got::Text(text) = self.get(path).await? {
                return Ok(text);
            }
        }
        let sentence = format!("it ends its sessions as soon as it has given them (GET {}); restart it", shown(path));
        Err(Failure::new(FailureClass::Protocol, sentence))
    }

    async fn get(&self, path: &str) -> Result<Got, Failure> {
        let reply = match self.client.send(self.cx, Request::get(path)).await {
            Ok(reply) => reply,
            Err(failure) if failure.class == FailureClass::AuthRefused => return Ok(Got::Over),
            Err(failure) => return Err(failure),
        };
        let text = reply.text();
        let path = shown(path);
        match reply.status {
            200 if web::is_login_page(&text) => Ok(Got::Over),
            200 => Ok(Got::Text(text)),
            302 | 303 => Ok(Got::Over),
            403 => Err(Failure::new(
                FailureClass::ForbiddenReadonly,
                format!("the account may not read {path} (403); give it the rights, or use another"),
            )),
            404 => Err(Failure::new(
                FailureClass::DeviceRefused,
                format!("it does not know {path} (404); is it a Netonix, and how old is its firmware?"),
            )),
            status => Err(Failure::new(
                FailureClass::Protocol,
                format!("it answers GET {path} with status {status}: {}", words(&text)),
            )),
        }
    }

    async fn log_in(&self) -> Result<(), Failure> {
        let user = self.target.username.as_deref().unwrap_or(USER);
        let password = self.target.password.clone().unwrap_or_else(|| Secret::new(""));
        let mut reply = self.client.send(self.cx, commands::form_login(user, &password)).await?;
        if reply.status == 404 {
            // Nobody has looked at the password there.
            reply = self.client.send(self.cx, commands::json_login(user, &password)).await?;
        }
        judge(&reply)
    }
}

fn judge(reply: &Reply) -> Result<(), Failure> {
    let text = reply.text();
    if reply.status == 403 || web::is_refused(&text) {
        let sentence = format!(
            "it refuses the user or the password (status {}); correct the credentials, they are not tried again",
            reply.status
        );
        return Err(Failure::new(FailureClass::AuthRefused, sentence));
    }
    match reply.status {
        200 | 302 | 303 => Ok(()),
        status => Err(Failure::new(
            FailureClass::Protocol,
            format!("it answers the login with status {status}: {}; is it a Netonix?", words(&text)),
        )),
    }
}

fn odd(path: &str, text: &str) -> Failure {
    let sentence = format!("it answers GET {} with something else: {}; is it a Netonix?", shown(path), words(text));
    Failure::new(FailureClass::Protocol, sentence)
}

/// A path without its query.
fn shown(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}
