//! An SSH session: authentication, and a task for each channel.

use std::collections::HashMap;
use std::sync::Arc;

use russh::kex::dh::groups::{DH_GROUP14, DH_GROUP16, DhGroup};
use russh::keys::PublicKey;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelMsg, ChannelReadHalf, Pty};

use super::command::{self, Place};
use super::knobs::Knobs;
use super::outlet::{Connection, Gone, Outlet, Verdict};
use super::shell;
use crate::core::Fault;

/// The handler of one connection.
pub struct Session {
    connection: Arc<Connection>,
    channels: HashMap<ChannelId, Outlet>,
    user: String,
}

impl Session {
    /// A connection on which nobody is logged in yet.
    pub fn new(connection: Arc<Connection>) -> Self {
        Self { connection, channels: HashMap::new(), user: String::new() }
    }

    /// Whether `method` is offered and the account is known; the suffix after `+` is the console's business.
    fn known(&mut self, user: &str, method: &str) -> bool {
        let device = &self.connection.host.device;
        let knobs = Knobs(device);
        let (account, suffix) = user.split_once('+').map_or((user, None), |(account, suffix)| (account, Some(suffix)));
        let refused = device.faults().contains(&Fault::Auth {})
            || (suffix.is_some() && device.flag("reject_suffix", false))
            || !knobs.auth().iter().any(|offered| offered == method)
            || account != knobs.user();
        user.clone_into(&mut self.user);
        !refused
    }

    fn attempt(&self, method: &str, user: &str) {
        self.connection.host.device.received("auth", format!("{method} {user}"));
    }

    fn password_is(&self, password: &str) -> bool {
        password == Knobs(&self.connection.host.device).password()
    }

    fn key_is_known(&self, key: &PublicKey) -> bool {
        let known = Knobs(&self.connection.host.device).list("keys").unwrap_or_default();
        known.iter().any(|line| PublicKey::from_openssh(line).is_ok_and(|known| known.key_data() == key.key_data()))
    }
}

fn verdict(accepted: bool) -> Auth {
    if accepted { Auth::Accept } else { Auth::reject() }
}

impl Handler for Session {
    type Error = anyhow::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        self.attempt("password", user);
        Ok(verdict(self.known(user, "password") && self.password_is(password)))
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
        self.attempt("keyboard-interactive", user);
        let answer = response.next().unwrap_or_default();
        let right = self.password_is(&String::from_utf8_lossy(&answer));
        Ok(verdict(self.known(user, "keyboard-interactive") && right))
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        let accepted = self.known(user, "publickey") && self.key_is_known(offer.public_key);
        // An accepted offer is followed by the signed request, which is the attempt.
        if !accepted {
            self.attempt("publickey", user);
        }
        Ok(verdict(accepted))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        self.attempt("publickey", user);
        Ok(verdict(self.known(user, "publickey") && self.key_is_known(key.public_key)))
    }

    async fn lookup_dh_gex_group(&mut self, wanted: &russh::client::GexParams) -> Result<Option<DhGroup>, Self::Error> {
        let small = Knobs(&self.connection.host.device).profile().small_groups();
        let group = if small || wanted.preferred_group_size() <= 2048 { DH_GROUP14 } else { DH_GROUP16 };
        let fits = (wanted.min_group_size()..=wanted.max_group_size()).contains(&group.bit_size());
        Ok(fits.then_some(group))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let id = channel.id();
        let (read, write) = channel.split();
        let outlet = Outlet { half: Arc::new(write), connection: Arc::clone(&self.connection) };
        self.channels.insert(id, outlet.clone());
        reply.accept().await;
        let tasks = self.connection.host.tasks.clone();
        tasks.spawn(serve(read, outlet, self.user.clone()));
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _session: &mut russh::server::Session) -> Result<(), Self::Error> {
        self.channels.remove(&id);
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
        session.channel_success(id)?;
        let router = &self.connection.host;
        if !router.device.flag("truncate_at_initial_window", false) {
            return Ok(());
        }
        // Here, and not in the channel's task: no window adjustment is processed while this handler runs, so what
        // goes out is the window that the client gave when it opened the channel, and not a byte more.
        if let Some(outlet) = self.channels.remove(&id) {
            let line = String::from_utf8_lossy(data).into_owned();
            router.device.received("exec", &line);
            let answer = command::run(router, "", &line, Place::Exec);
            let all: Vec<u8> = answer.parts.concat();
            outlet.fill_window(all.into()).await;
            let _ = outlet.finish(0).await;
        }
        Ok(())
    }
}

/// A channel from its opening to its end.
async fn serve(mut read: ChannelReadHalf, outlet: Outlet, user: String) {
    let cut = outlet.connection.cut.clone();
    let mut size = None;
    loop {
        let message = tokio::select! {
            message = read.wait() => message,
            () = cut.cancelled() => return,
        };
        match message {
            Some(ChannelMsg::RequestPty { col_width, row_height, .. }) => size = Some((col_width, row_height)),
            Some(ChannelMsg::Exec { command, .. }) => {
                if !outlet.connection.host.device.flag("truncate_at_initial_window", false) {
                    let _ = exec(&outlet, &String::from_utf8_lossy(&command)).await;
                }
            }
            Some(ChannelMsg::RequestShell { .. }) => {
                let _ = shell::serve(read, outlet, &user, size).await;
                return;
            }
            Some(ChannelMsg::Close) | None => return,
            Some(_) => {}
        }
    }
}

/// One command line over an exec channel.
async fn exec(outlet: &Outlet, line: &str) -> Result<(), Gone> {
    let router = &outlet.connection.host;
    router.device.received("exec", line);
    if let Verdict::Garbage(bytes) = outlet.command(line).await? {
        outlet.garbage(bytes).await?;
        return outlet.finish(0).await;
    }
    let answer = command::run(router, "", line, Place::Exec);
    let knobs = Knobs(&router.device);
    if answer.failed && knobs.version().logs_failed_exec() {
        router.device.received("log", "script,error executing script from sshd failed, please check it manually");
    }
    outlet.took_effect(line).await?;
    command::send(outlet, &answer).await?;
    outlet.finish(if answer.failed { knobs.exit_status() } else { 0 }).await?;
    if answer.reboots {
        shell::reboot(outlet).await;
    }
    Ok(())
}
