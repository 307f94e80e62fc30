//! One session with the switch: opened by a login, named by a value in every query, closed whatever happens.

use super::commands::{self, LOGIN, Page};
use super::parse::{self, Login, Unmet};
use super::platform::{PAGE_END, USER};
use crate::drivers::excerpt::unmet;
use crate::drivers::pages;
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::http::{Client, Config, Scheme};
use crate::transport::{Cx, Target};

pub(super) struct Session<'a> {
    cx: &'a Cx,
    client: Client,
    label: String,
    user: String,
    password: Secret,
    gambit: Secret,
    /// It was ended from outside once, and opened again.
    renewed: bool,
}

impl<'a> Session<'a> {
    /// Logs in with the target's password and with no other.
    pub(super) async fn open(cx: &'a Cx, target: &Target, config: &Config) -> Result<Self, Failure> {
        let Some(password) = target.password.clone() else {
            return Err(Failure::validation("the switch needs a password; send 'password' or add it to the inventory"));
        };
        // A switch that has only HTTPS open says so in the inventory.
        let only_https = target.ports.https.is_some() && target.ports.http.is_none();
        let scheme = if only_https { Scheme::Https } else { Scheme::Http };
        let client = Client::new(cx, target, scheme, config)?;
        let user = target.username.clone().unwrap_or_else(|| USER.to_owned());
        let gambit = login(cx, &client, &target.label(), &user, &password).await?;
        let session = Self { cx, client, label: target.label(), user, password, gambit, renewed: false };
        // The login outlasts a stop; what follows does not.
        if let Err(stopped) = cx.go_on("the first page") {
            session.close().await;
            return Err(stopped);
        }
        Ok(session)
    }

    /// A page, read. One more login where the session was ended meanwhile; a second end is an error.
    pub(super) async fn read<T>(&mut self, page: Page, parse: impl Fn(&str) -> Result<T, Unmet>) -> Result<T, Failure> {
        let what = page.what();
        let mut text = self.text(page).await?;
        if parse::is_ended(&text) && !self.renewed {
            self.renewed = true;
            self.cx.witness.noted("http", &format!("{}: its session was ended; one more login", self.label));
            self.gambit = login(self.cx, &self.client, &self.label, &self.user, &self.password).await?;
            text = self.text(page).await?;
        }
        if parse::is_ended(&text) {
            let sentence = format!("ended the session again before {what}: is somebody else logged in?");
            return Err(Failure::new(FailureClass::Busy, sentence));
        }
        parse(&text).map_err(|wrong| unmet(&format!("{what}: {wrong}"), &text, &self.hide()))
    }

    async fn text(&self, page: Page) -> Result<String, Failure> {
        let reply = self.client.send(self.cx, page.request(&self.gambit)).await?;
        let end = (page != Page::Config).then_some(PAGE_END);
        pages::whole(&page.what(), &reply, end, &self.hide())
    }

    fn hide(&self) -> [&str; 2] {
        [self.gambit.expose(), self.password.expose()]
    }

    /// Logs out.
    pub(super) async fn close(&self) {
        pages::close(self.cx, &self.client, &self.label, commands::logout(&self.gambit)).await;
    }
}

async fn login(cx: &Cx, client: &Client, label: &str, user: &str, password: &Secret) -> Result<Secret, Failure> {
    let reply = pages::open(cx, client, commands::login(user, password)).await?;
    let page = pages::whole(LOGIN, &reply, Some(PAGE_END), &[password.expose()])?;
    match parse::login(&page) {
        Login::Open(gambit) => Ok(gambit),
        Login::Refused(gambit) => {
            if let Some(gambit) = gambit {
                pages::close(cx, client, label, commands::logout(&gambit)).await;
            }
            Err(Failure::new(
                FailureClass::AuthRefused,
                "the switch refused the user or the password; correct the credentials",
            ))
        }
        Login::Encrypted => Err(Failure::new(
            FailureClass::Protocol,
            "its web interface is of a build that wants the password encrypted, which this driver has not met; read it by SNMP as type GENERIC",
        )),
        Login::Unmet => {
            let expected = format!("{LOGIN} should name a session or say {}", super::platform::REFUSED);
            Err(unmet(&expected, &page, &[password.expose()]))
        }
    }
}
