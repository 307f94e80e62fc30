//! What passes over an interactive session: echo, prompts, answers, and the faults on the way.

use std::collections::VecDeque;

use russh::{ChannelMsg, ChannelReadHalf};

use super::console::{Console, Next};
use super::switch::Switch;
use crate::core::Fault;
use crate::ssh::outlet::{Gone, Outlet, Verdict};

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;

struct Shell {
    read: ChannelReadHalf,
    outlet: Outlet<Switch>,
    pending: VecDeque<u8>,
    console: Console,
    terminal: bool,
}

/// Serves a session until it is left or the connection ends.
pub async fn serve(read: ChannelReadHalf, outlet: Outlet<Switch>, terminal: bool) -> Result<(), Gone> {
    let console = Console::new(std::sync::Arc::clone(&outlet.connection.host));
    let mut shell = Shell { read, outlet, pending: VecDeque::new(), console, terminal };
    let outcome = shell.session().await;
    let finished = shell.outlet.finish(0).await;
    outcome.and(finished)
}

impl Shell {
    fn switch(&self) -> &Switch {
        &self.outlet.connection.host
    }

    /// Says a text whose lines end with LF.
    async fn say(&self, text: &str) -> Result<(), Gone> {
        let crlf = match self.switch().device.text("line_end", "auto").as_str() {
            "lf" => false,
            "crlf" => true,
            _ => self.terminal,
        };
        self.outlet.send(if crlf { text.replace('\n', "\r\n") } else { text.to_owned() }).await
    }

    async fn byte(&mut self) -> Result<u8, Gone> {
        loop {
            if let Some(byte) = self.pending.pop_front() {
                return Ok(byte);
            }
            let message = tokio::select! {
                message = self.read.wait() => message,
                () = self.outlet.connection.cut.cancelled() => return Err(Gone),
            };
            match message {
                Some(ChannelMsg::Data { data }) => self.pending.extend(data),
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => return Err(Gone),
                Some(_) => {}
            }
        }
    }

    /// A typed line; none: Ctrl-D.
    async fn line(&mut self) -> Result<Option<String>, Gone> {
        let echo = self.terminal && self.switch().device.flag("echo", true);
        let (mut typed, mut shown) = (Vec::new(), String::new());
        loop {
            if self.pending.is_empty() && !shown.is_empty() {
                let text = std::mem::take(&mut shown);
                self.say(&text).await?;
            }
            match self.byte().await? {
                byte @ (b'\r' | b'\n') => {
                    if byte == b'\r' && self.pending.front() == Some(&b'\n') {
                        self.pending.pop_front();
                    }
                    if self.terminal {
                        shown.push('\n');
                        self.say(&shown).await?;
                    }
                    return Ok(Some(String::from_utf8_lossy(&typed).trim().to_owned()));
                }
                CTRL_D if typed.is_empty() => return Ok(None),
                CTRL_C => {
                    typed.clear();
                    shown.push_str("^C\n");
                    shown.push_str(&self.console.prompt());
                }
                0x00..0x20 | 0x7f => {}
                byte => {
                    typed.push(byte);
                    if echo {
                        shown.push(char::from(byte));
                    }
                }
            }
        }
    }

    async fn session(&mut self) -> Result<(), Gone> {
        if let Verdict::Garbage(bytes) = self.outlet.command("").await? {
            self.outlet.garbage(bytes).await?;
        }
        let banner = self.switch().device.text("banner", "");
        if !banner.is_empty() {
            self.say(&format!("{banner}\n")).await?;
        }
        loop {
            let prompt = self.console.prompt();
            self.say(&prompt).await?;
            let Some(line) = self.line().await? else { return Ok(()) };
            if line.is_empty() {
                continue;
            }
            self.switch().device.received("shell", format!("{}: {}", self.console.mode(), masked(&line)));
            if let Verdict::Garbage(bytes) = self.outlet.command(&line).await? {
                self.outlet.garbage(bytes).await?;
                continue;
            }
            let refused = self.switch().device.faults().into_iter().find_map(|fault| match fault {
                Fault::RefuseCommand { command, text } if line.contains(&command) => Some(text),
                _ => None,
            });
            if let Some(text) = refused {
                self.say(&format!("{text}\n")).await?;
                continue;
            }
            let (text, next) = self.console.obey(&line);
            self.outlet.took_effect(&line).await?;
            self.say(&text).await?;
            match next {
                Next::Prompt => {}
                Next::Leave => return Ok(()),
                Next::Reboot => {
                    self.switch().reboot();
                    return Err(Gone);
                }
            }
        }
    }
}

/// A line as the journal may show it.
fn masked(line: &str) -> String {
    match line.split_once("password ") {
        Some((before, _)) => format!("{before}password ***"),
        None => line.to_owned(),
    }
}
