//! An SSH session: authentication, the limit of sessions, a shell or an exec for each channel.

use std::sync::Arc;

use russh::keys::PublicKey;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelMsg, ChannelReadHalf, Disconnect, Pty};

use super::knobs::Knobs;
use super::router::{Router, Seat};
use super::shell::{self, Outlet};
use crate::ssh::outlet::Connection;

/// The handler of one connection.
pub struct Session {
    connection: Arc<Connection<Router>>,
    seat: Option<Arc<Seat>>,
}

impl Session {
    /// A connection on which nobody is logged in yet.
    pub fn new(connection: Arc<Connection<Router>>) -> Self {
        Self { connection, seat: None }
    }

    fn router(&self) -> &Arc<Router> {
        &self.connection.host
    }

    fn verdict(&self, method: &str, user: &str, right: bool) -> Auth {
        if self.router().admits(method, user, right) { Auth::Accept } else { Auth::reject() }
    }

    fn key_is_known(&self, key: &PublicKey) -> bool {
        let known = Knobs(&self.router().device).list("keys").unwrap_or_default();
        known.iter().any(|line| PublicKey::from_openssh(line).is_ok_and(|known| known.key_data() == key.key_data()))
    }

    fn password_is(&self, password: &str) -> bool {
        password == Knobs(&self.router().device).password()
    }
}

impl Handler for Session {
    type Error = anyhow::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        let text = self.router().device.text("pre_banner", "");
        Ok((!text.is_empty()).then_some(text))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.verdict("password", user, self.password_is(password)))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(mut response) = response else {
            return Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("Password: ".into(), false)].into(),
            });
        };
        let answer = response.next().unwrap_or_default();
        let right = self.password_is(&String::from_utf8_lossy(&answer));
        Ok(self.verdict("keyboard-interactive", user, right))
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        let known = self.key_is_known(offer.public_key) && user == Knobs(&self.router().device).user();
        // An accepted offer is followed by the signed request, which is the attempt.
        Ok(if known { Auth::Accept } else { self.verdict("publickey", user, false) })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.verdict("publickey", user, self.key_is_known(key.public_key)))
    }

    async fn auth_succeeded(&mut self, session: &mut russh::server::Session) -> Result<(), Self::Error> {
        self.seat = self.router().seat().map(Arc::new);
        if self.seat.is_none() {
            match self.router().device.text("limit_by", "disconnect").as_str() {
                "drop" => self.connection.cut.cancel(),
                "text" => {}
                _ => session.disconnect(Disconnect::TooManyConnections, "maximum number of sessions reached", "")?,
            }
        }
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let (read, write) = channel.split();
        let outlet = Outlet { half: Arc::new(write), connection: Arc::clone(&self.connection) };
        reply.accept().await;
        self.router().running.tasks.spawn(serve(read, outlet, self.seat.clone()));
        Ok(())
    }

    async fn pty_request(
        &mut self,
        id: ChannelId,
        _term: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        Ok(session.channel_success(id)?)
    }

    async fn env_request(
        &mut self,
        id: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        Ok(session.channel_success(id)?)
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut russh::server::Session) -> Result<(), Self::Error> {
        Ok(session.channel_success(id)?)
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.router().device.received("ssh", format!("subsystem {name}"));
        Ok(session.channel_failure(id)?)
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        _data: &[u8],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        Ok(session.channel_success(id)?)
    }
}

/// A channel from its opening to its end; it keeps the seat, too.
async fn serve(mut read: ChannelReadHalf, outlet: Outlet, seat: Option<Arc<Seat>>) {
    let cut = outlet.connection.cut.clone();
    let mut size = None;
    loop {
        let message = tokio::select! {
            message = read.wait() => message,
            () = cut.cancelled() => return,
        };
        match message {
            Some(ChannelMsg::RequestPty { row_height, .. }) => size = Some(row_height),
            Some(ChannelMsg::Exec { command, .. }) => {
                let _ = shell::exec(&outlet, &String::from_utf8_lossy(&command)).await;
            }
            Some(ChannelMsg::RequestShell { .. }) => {
                let _ = shell::serve(read, outlet, size, seat.is_some()).await;
                return;
            }
            Some(ChannelMsg::Close) | None => return,
            Some(_) => {}
        }
    }
}
