//! An SSH session: authentication, and a shell for each channel. There is no exec channel.

use std::sync::Arc;

use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Response};
use russh::{Channel, ChannelId, ChannelMsg, ChannelReadHalf, Pty};

use super::radio::Radio;
use super::shell::{self, Outlet};
use crate::ssh::outlet::Connection;

/// The handler of one connection.
pub struct Session {
    connection: Arc<Connection<Radio>>,
}

impl Session {
    /// A connection on which nobody is logged in yet.
    pub fn new(connection: Arc<Connection<Radio>>) -> Self {
        Self { connection }
    }

    fn verdict(&self, method: &str, user: &str, password: &str) -> Auth {
        if self.connection.host.admits(method, user, password) { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Session {
    type Error = anyhow::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.verdict("password", user, password))
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
        Ok(self.verdict("keyboard-interactive", user, &String::from_utf8_lossy(&answer)))
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
        self.connection.host.running.tasks.spawn(serve(read, outlet));
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
        self.connection.host.device.received("ssh", format!("subsystem {name}"));
        Ok(session.channel_failure(id)?)
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        data: &[u8],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.connection.host.device.received("exec", String::from_utf8_lossy(data).into_owned());
        Ok(session.channel_failure(id)?)
    }
}

/// A channel from its opening to its end.
async fn serve(mut read: ChannelReadHalf, outlet: Outlet) {
    let cut = outlet.connection.cut.clone();
    let mut size = None;
    loop {
        let message = tokio::select! {
            message = read.wait() => message,
            () = cut.cancelled() => return,
        };
        match message {
            Some(ChannelMsg::RequestPty { col_width, row_height, .. }) => size = Some((col_width, row_height)),
            Some(ChannelMsg::RequestShell { .. }) => {
                let _ = shell::serve(read, outlet, size).await;
                return;
            }
            Some(ChannelMsg::Close) | None => return,
            Some(_) => {}
        }
    }
}
