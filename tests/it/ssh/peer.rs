//! A scripted SSH device on russh: what it is asked and how it answers is written in its journal and its script.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::{PrivateKey, decode_secret_key};
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Response, Session};
use russh::{Channel, ChannelId, Disconnect, MethodKind, MethodSet, Pty, server};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Journal, LOOPBACK};

/// Made for these tests with `ssh-keygen -t ed25519`; it opens nothing.
pub(super) const HOST_KEY: &str = include_str!("host_key");
/// The fingerprint of [`HOST_KEY`], as `ssh-keygen -lf` prints it.
pub(super) const HOST_PRINT: &str = include_str!("host_print");

/// How the device behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Login {
    /// Password.
    #[default]
    Password,
    /// Password, and it has no questions to ask.
    PasswordOnly,
    /// The password is asked for as a hidden question; the method `password` is not offered.
    Questions,
    /// A visible question comes first.
    VisibleQuestion,
    /// A second hidden question follows the right answer: a new password.
    NewPassword,
    /// The connection is dropped when a password comes.
    Drop,
    /// A disconnect with the code for too many sessions.
    Full,
}

/// How the shell behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    /// A router: repaints, paints the prompt twice, pages, logs, asks.
    Router,
    /// The same, every answer byte by byte.
    RouterInBytes,
}

pub(super) struct Peer {
    pub port: u16,
    pub journal: Journal,
    face: Arc<Mutex<Face>>,
    pub _tasks: JoinSet<()>,
}

impl Peer {
    /// Its next connections log in so.
    pub(super) fn takes(&self, login: Login) {
        self.face.lock().unwrap().login = login;
    }

    /// Its next connections show this host key.
    pub(super) fn shows(&self, key: PrivateKey) {
        self.face.lock().unwrap().key = key;
    }
}

/// What the next connection meets.
#[derive(Clone)]
struct Face {
    login: Login,
    key: PrivateKey,
}

pub(super) async fn peer(login: Login, shell: Shell) -> Peer {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let journal = Journal::default();
    let face = Arc::new(Mutex::new(Face { login, key: host_key() }));
    let mut tasks = JoinSet::new();
    let (noted, shown) = (journal.clone(), face.clone());
    tasks.spawn(async move {
        let mut sessions = JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            noted.add("connected");
            stream.set_nodelay(true).unwrap();
            let Face { login, key } = shown.lock().unwrap().clone();
            let config = Arc::new(server::Config {
                auth_rejection_time: Duration::from_millis(1),
                auth_rejection_time_initial: Some(Duration::ZERO),
                keys: vec![key],
                nodelay: true,
                ..server::Config::default()
            });
            let device =
                Device { journal: noted.clone(), login, shell, answered: false, typed: Vec::new(), paging: false };
            let noted = noted.clone();
            sessions.spawn(async move {
                if let Ok(session) = server::run_stream(config, stream, device).await {
                    let _ = session.await;
                }
                noted.add("disconnected");
            });
        }
    });
    Peer { port, journal, face, _tasks: tasks }
}

pub(super) fn host_key() -> PrivateKey {
    decode_secret_key(HOST_KEY, None).unwrap()
}

struct Device {
    journal: Journal,
    login: Login,
    shell: Shell,
    answered: bool,
    typed: Vec<u8>,
    paging: bool,
}

const PROMPT: &str = "[admin@r1] > ";

impl Device {
    fn show(&self, channel: ChannelId, session: &mut Session, text: &str) -> Result<(), russh::Error> {
        match self.shell {
            Shell::Router => session.data(channel, text.as_bytes().to_vec()),
            Shell::RouterInBytes => text.bytes().try_for_each(|byte| session.data(channel, vec![byte])),
        }
    }

    fn prompt(&self, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        self.show(channel, session, &format!("\r\n\r\r\r\x1b[9999B{PROMPT}\r\n\r\r\r\r\x1b[9999B{PROMPT}"))
    }

    fn line(&mut self, channel: ChannelId, session: &mut Session, line: &str) -> Result<(), russh::Error> {
        self.journal.add(format!("typed {line:?}"));
        // The last repainting of the line editor.
        self.show(channel, session, &format!("\r\r{PROMPT}{line}       \x1b[K\r{PROMPT}{line}\r\n\r"))?;
        match line {
            "" => {}
            "greet" => self.show(channel, session, "hello\r\r\n\x1b[7mworld\x1b[0m\r\n")?,
            "page" => {
                self.paging = true;
                return self.show(channel, session, "one\r\n\x1b[7m-- [Q quit|D dump|down]\x1b[0m");
            }
            "log" => {
                // A log line repaints the prompt in the middle of the answer.
                let log = "23:17:46 echo: system,error,critical login failure for user x from 10.0.0.9 via ssh";
                let text = format!("before\r\n\r{log}\x1b[K\r\n\r\x1b[9999B{PROMPT}");
                self.show(channel, session, &text)?;
                // The rest only comes once the client types an empty line, as a command would that is still at work.
                self.typed = b"\x00after".to_vec();
                return Ok(());
            }
            "ask" => return self.show(channel, session, "numbers: "),
            "bad" => self.show(channel, session, "bad command name bad (line 1 column 1)\r\n")?,
            "silent" => return Ok(()),
            "half" => return self.show(channel, session, "half of a li"),
            "drop" => return session.disconnect(Disconnect::ByApplication, "rebooting", ""),
            "pour" => return self.show(channel, session, &"x".repeat(100_000)),
            other => self.show(channel, session, &format!("{other}?\r\n"))?,
        }
        self.prompt(channel, session)
    }
}

fn reject(methods: &[MethodKind]) -> Auth {
    Auth::Reject { proceed_with_methods: Some(MethodSet::from(methods)), partial_success: false }
}

impl Handler for Device {
    type Error = russh::Error;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, russh::Error> {
        self.journal.add(format!("none of {user}"));
        match self.login {
            Login::PasswordOnly => Ok(reject(&[MethodKind::PublicKey, MethodKind::Password])),
            Login::Questions | Login::VisibleQuestion | Login::NewPassword => {
                Ok(reject(&[MethodKind::KeyboardInteractive]))
            }
            Login::Drop | Login::Password | Login::Full => {
                Ok(reject(&[MethodKind::PublicKey, MethodKind::Password, MethodKind::KeyboardInteractive]))
            }
        }
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        self.journal.add(format!("password of {user}"));
        match self.login {
            Login::Drop => Err(russh::Error::Disconnect),
            Login::Password | Login::PasswordOnly | Login::Full if password == "right-password" => Ok(Auth::Accept),
            Login::PasswordOnly => Ok(reject(&[MethodKind::PublicKey, MethodKind::Password])),
            Login::Password | Login::Full => Ok(reject(&[MethodKind::Password, MethodKind::KeyboardInteractive])),
            Login::Questions | Login::VisibleQuestion | Login::NewPassword => {
                Ok(reject(&[MethodKind::KeyboardInteractive]))
            }
        }
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        _: server::PublicKeyOffer<'_>,
    ) -> Result<Auth, russh::Error> {
        self.journal.add(format!("key of {user}"));
        Ok(reject(&[MethodKind::PublicKey, MethodKind::Password]))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let ask = |prompt: &'static str, echo| {
            Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: Cow::Owned(vec![(prompt.into(), echo)]),
            })
        };
        let Some(mut answers) = response else {
            self.journal.add("questions begun");
            return match self.login {
                Login::PasswordOnly => Ok(reject(&[MethodKind::PublicKey, MethodKind::Password])),
                Login::VisibleQuestion => ask("Badge number: ", true),
                _ => ask("Password: ", false),
            };
        };
        let right = answers.next().is_some_and(|answer| answer.as_ref() == b"right-password");
        self.journal.add(format!("answer {}", if right { "right" } else { "wrong" }));
        match self.login {
            Login::Questions if right => Ok(Auth::Accept),
            Login::NewPassword if right && !self.answered => {
                self.answered = true;
                ask("New password: ", false)
            }
            _ => Ok(reject(&[MethodKind::KeyboardInteractive])),
        }
    }

    async fn auth_succeeded(&mut self, session: &mut Session) -> Result<(), russh::Error> {
        self.journal.add("logged in");
        if self.login == Login::Full {
            session.disconnect(Disconnect::TooManyConnections, "no vty free", "")?;
        }
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        cols: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.journal.add(format!("pty {term} {cols}x{rows}"));
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        session.channel_success(channel)?;
        self.show(channel, session, "\r\n  MikroTik RouterOS 7.16 (c) 1999-2024\r\n\r\n")?;
        self.show(channel, session, "Do you want to see the software license? [Y/n]: ")
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        for byte in data {
            match byte {
                b'n' if self.journal.count("license") == 0 => {
                    self.journal.add("license refused");
                    self.show(channel, session, "n\r\n\r\nPress F1 for help\r\n\x1bZ\x1b[6n")?;
                    self.prompt(channel, session)?;
                }
                b'd' if self.paging => {
                    self.paging = false;
                    self.show(channel, session, "\r                         \rtwo\r\n")?;
                    self.prompt(channel, session)?;
                }
                0x03 => {
                    self.journal.add("interrupted");
                    self.typed.clear();
                    self.prompt(channel, session)?;
                }
                b'\r' if self.typed == b"\x00after" => {
                    self.typed.clear();
                    self.journal.add("nudged");
                    self.show(channel, session, "\r\nafter\r\n")?;
                    self.prompt(channel, session)?;
                }
                b'\r' => {
                    let line = String::from_utf8(std::mem::take(&mut self.typed)).unwrap();
                    let line = line.rsplit('R').next().unwrap_or_default().to_owned();
                    self.line(channel, session, &line)?;
                }
                _ => self.typed.push(*byte),
            }
        }
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let command = String::from_utf8(command.to_vec()).unwrap();
        self.journal.add(format!("exec {command}"));
        if command == "refused" {
            return session.channel_failure(channel);
        }
        session.channel_success(channel)?;
        match command.as_str() {
            "hang" => return Ok(()),
            "half" => return session.data(channel, "half of the ans".as_bytes().to_vec()),
            "drop" => {
                session.data(channel, "half of the ans".as_bytes().to_vec())?;
                return session.disconnect(Disconnect::ByApplication, "rebooting", "");
            }
            "pour" => {
                let (handle, noted) = (session.handle(), self.journal.clone());
                let mut pouring = JoinSet::new();
                pouring.spawn(async move {
                    while handle.data(channel, vec![b'x'; 16_384]).await.is_ok() {
                        noted.add("poured");
                    }
                    noted.add("pouring ended");
                });
                pouring.detach_all();
                return Ok(());
            }
            "no-status" => session.data(channel, "cut off".as_bytes().to_vec())?,
            "both" => {
                session.data(channel, "out".as_bytes().to_vec())?;
                session.extended_data(channel, 1, "err".as_bytes().to_vec())?;
                session.exit_status_request(channel, 3)?;
                session.eof(channel)?;
            }
            size if size.starts_with("size ") => {
                let bytes: usize = size.trim_start_matches("size ").parse().unwrap();
                session.data(channel, vec![b'x'; bytes])?;
                session.exit_status_request(channel, 0)?;
                session.eof(channel)?;
            }
            _ => {}
        }
        session.close(channel)
    }
}
