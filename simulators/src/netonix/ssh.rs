//! An SSH session: authentication, a shell or an SCP upload for each channel.

use std::sync::Arc;

use russh::server::{Auth, ChannelOpenHandle, Handler, Msg};
use russh::{Channel, ChannelId, ChannelMsg, ChannelOpenFailure, ChannelReadHalf, Pty};
use serde_json::{Map, Value};

use super::shell;
use super::switch::{Seat, Switch};
use crate::ssh::outlet::{Connection, Gone, Outlet};

/// The handler of one connection.
pub struct Session {
    connection: Arc<Connection<Switch>>,
}

impl Session {
    /// A connection on which nobody is logged in yet.
    pub fn new(connection: Arc<Connection<Switch>>) -> Self {
        Self { connection }
    }
}

impl Handler for Session {
    type Error = anyhow::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let accepted = self.connection.host.admits("ssh", user, password);
        Ok(if accepted { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let switch = &self.connection.host;
        let Some(seat) = switch.open_ssh() else {
            switch.device.received("session", "ssh refused");
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        };
        let (read, write) = channel.split();
        let outlet = Outlet { half: Arc::new(write), connection: Arc::clone(&self.connection) };
        reply.accept().await;
        switch.running.tasks.spawn(serve(read, outlet, seat));
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
        match self.connection.host.device.flag("refuses_pty", false) {
            true => Ok(session.channel_failure(id)?),
            false => Ok(session.channel_success(id)?),
        }
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut russh::server::Session) -> Result<(), Self::Error> {
        Ok(session.channel_success(id)?)
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

/// A channel from its opening to its end.
async fn serve(mut read: ChannelReadHalf, outlet: Outlet<Switch>, seat: Seat) {
    let cut = outlet.connection.cut.clone();
    let mut terminal = false;
    loop {
        let message = tokio::select! {
            message = read.wait() => message,
            () = cut.cancelled() => return,
        };
        match message {
            Some(ChannelMsg::RequestPty { .. }) => {
                terminal = !outlet.connection.host.device.flag("refuses_pty", false);
            }
            Some(ChannelMsg::RequestShell { .. }) => {
                let _ = shell::serve(read, outlet, terminal).await;
                drop(seat);
                return;
            }
            Some(ChannelMsg::Exec { command, .. }) => {
                let line = String::from_utf8_lossy(&command).into_owned();
                outlet.connection.host.device.received("exec", line.as_str());
                let _ = upload(&mut read, &outlet, &line).await;
                return;
            }
            Some(ChannelMsg::Close) | None => return,
            Some(_) => {}
        }
    }
}

/// `scp -t /www/config.json`: the sink's side of SCP, one file.
async fn upload(read: &mut ChannelReadHalf, outlet: &Outlet<Switch>, line: &str) -> Result<(), Gone> {
    if !line.starts_with("scp -t") || !line.ends_with("/www/config.json") {
        outlet.send("sh: not found\n").await?;
        return outlet.finish(127).await;
    }
    let mut pending = Vec::new();
    outlet.send(vec![0]).await?;
    let head = loop {
        if let Some(at) = pending.iter().position(|byte| *byte == b'\n') {
            let rest = pending.split_off(at + 1);
            break String::from_utf8_lossy(&std::mem::replace(&mut pending, rest)).into_owned();
        }
        more(read, &mut pending).await?;
    };
    let size: usize = head.split(' ').nth(1).and_then(|size| size.parse().ok()).unwrap_or(0);
    outlet.send(vec![0]).await?;
    while pending.len() <= size {
        more(read, &mut pending).await?;
    }
    pending.truncate(size);
    let text = String::from_utf8_lossy(&pending).into_owned();
    let device = &outlet.connection.host.device;
    device.received("scp", format!("/www/config.json {size} bytes"));
    device.merge(Map::from_iter([("config".to_owned(), Value::from(text))]));
    outlet.send(vec![0]).await?;
    outlet.finish(0).await
}

async fn more(read: &mut ChannelReadHalf, pending: &mut Vec<u8>) -> Result<(), Gone> {
    match read.wait().await {
        Some(ChannelMsg::Data { data }) => {
            pending.extend_from_slice(&data);
            Ok(())
        }
        Some(ChannelMsg::Eof | ChannelMsg::Close) | None => Err(Gone),
        Some(_) => Ok(()),
    }
}
