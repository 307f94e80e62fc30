//! The SSH face: a script over `sh -s` is answered with the versions in the two firmware banks.

use std::sync::Arc;

use russh::server::{Auth, ChannelOpenHandle, Handler, Msg};
use russh::{Channel, ChannelId, ChannelMsg, ChannelReadHalf};

use super::radio::Radio;
use crate::ssh::outlet::{Connection, Gone, Outlet};

/// The handler of one connection.
pub struct Session {
    connection: Arc<Connection<Radio>>,
}

impl Session {
    /// A connection on which nobody is logged in yet.
    pub fn new(connection: Arc<Connection<Radio>>) -> Self {
        Self { connection }
    }
}

impl Handler for Session {
    type Error = anyhow::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let radio = &self.connection.host;
        let accepted = radio.admits(user, password);
        let verdict = if accepted { "accepted" } else { "refused" };
        radio.device.received("auth", format!("ssh {user} {verdict}"));
        Ok(if accepted { Auth::Accept } else { Auth::reject() })
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

    async fn exec_request(
        &mut self,
        id: ChannelId,
        _data: &[u8],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        Ok(session.channel_success(id)?)
    }
}

async fn serve(mut read: ChannelReadHalf, outlet: Outlet<Radio>) {
    let cut = outlet.connection.cut.clone();
    let mut command = String::new();
    let mut script = Vec::new();
    loop {
        let message = tokio::select! {
            message = read.wait() => message,
            () = cut.cancelled() => return,
        };
        match message {
            Some(ChannelMsg::Exec { command: asked, .. }) => {
                command = String::from_utf8_lossy(&asked).into_owned();
                outlet.connection.host.device.received("exec", command.as_str());
            }
            Some(ChannelMsg::Data { data }) => script.extend_from_slice(&data),
            Some(ChannelMsg::Eof) => {
                let _ = answer(&outlet, &command, script.len()).await;
                return;
            }
            Some(ChannelMsg::Close) | None => return,
            Some(_) => {}
        }
    }
}

async fn answer(outlet: &Outlet<Radio>, command: &str, script: usize) -> Result<(), Gone> {
    let radio = &outlet.connection.host;
    outlet.command(command).await?;
    if command != "sh -s" || script == 0 {
        outlet.send("sh: not found\n").await?;
        return outlet.finish(127).await;
    }
    let banks = format!("ACTIVE={}\nBACKUP={}\n", radio.bank("bank_active"), radio.bank("bank_backup"));
    outlet.send(banks).await?;
    outlet.finish(0).await
}
