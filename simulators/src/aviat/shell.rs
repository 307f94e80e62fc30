//! The terminal of a session: echo, prompts, pages, and the faults on the way.

use std::collections::VecDeque;
use std::sync::Arc;

use russh::{ChannelMsg, ChannelReadHalf};

use super::console::{Console, Next, Question, Reply};
use super::radio::Radio;
use crate::core::Fault;
use crate::ssh::outlet::{self, Gone, Verdict};

/// A channel's way out.
pub type Outlet = outlet::Outlet<Radio>;

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const MORE: &str = " --More-- ";

struct Shell {
    read: ChannelReadHalf,
    outlet: Outlet,
    pending: VecDeque<u8>,
    console: Console,
    columns: usize,
    rows: usize,
}

/// How typed characters come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Echo {
    /// At the prompt.
    Plain,
    /// At a question.
    Answer,
    /// At a question, hidden.
    Stars,
}

/// Serves a session until it is left or the connection ends.
pub async fn serve(read: ChannelReadHalf, outlet: Outlet, size: Option<(u32, u32)>) -> Result<(), Gone> {
    // A client without a terminal says 0: not known.
    let (columns, rows) = size.unwrap_or((0, 0));
    let console = Console::new(Arc::clone(&outlet.connection.host));
    let mut shell = Shell {
        read,
        outlet,
        pending: VecDeque::new(),
        console,
        columns: if columns == 0 { 80 } else { columns as usize },
        rows: if rows == 0 { 24 } else { rows.max(2) as usize },
    };
    let outcome = shell.session().await;
    let finished = shell.outlet.finish(0).await;
    outcome.and(finished)
}

impl Shell {
    fn radio(&self) -> &Arc<Radio> {
        &self.outlet.connection.host
    }

    async fn say(&self, text: &str) -> Result<(), Gone> {
        self.outlet.send(text.to_owned()).await
    }

    /// Before the first prompt; without a `#`.
    fn banner(&self) -> String {
        let facts = self.radio().facts();
        let mut out = String::new();
        for line in facts.0.text("banner", "").lines() {
            out.push_str(line);
            out.push_str("\r\n");
        }
        let (user, host) = (facts.0.text("user", "admin"), facts.0.text("hostname", "radio"));
        out.push_str(&format!("\r\n{user} connected from 127.0.0.1 using ssh on {host}\r\n"));
        out
    }

    async fn session(&mut self) -> Result<(), Gone> {
        if let Verdict::Garbage(bytes) = self.outlet.command("").await? {
            self.outlet.garbage(bytes).await?;
        }
        let banner = self.banner();
        self.say(&banner).await?;
        loop {
            let prompt = self.console.prompt();
            self.say(&prompt).await?;
            let Some(line) = self.line(Echo::Plain, prompt.chars().count()).await? else { return Ok(()) };
            if !line.trim().is_empty() && !self.obey(&line).await? {
                return Ok(());
            }
        }
    }

    /// A command and the questions that it asks; false: the session is over.
    async fn obey(&mut self, line: &str) -> Result<bool, Gone> {
        let command = line.trim();
        let mode = self.console.mode_name();
        self.radio().device.received("shell", format!("{mode}: {command}"));
        if let Verdict::Garbage(bytes) = self.outlet.command(command).await? {
            self.outlet.garbage(bytes).await?;
            return Ok(true);
        }
        let refused = self.radio().device.faults().into_iter().find_map(|fault| match fault {
            Fault::RefuseCommand { command: part, text } if command.contains(&part) => Some(text),
            _ => None,
        });
        let mut reply = match refused {
            Some(text) => Reply::line(&text),
            None => self.console.command(line),
        };
        loop {
            if !matches!(reply.next, Next::Ask(_)) {
                self.outlet.took_effect(command).await?;
            }
            self.put(&reply).await?;
            match reply.next {
                Next::Prompt => return Ok(true),
                Next::Quit => return Ok(false),
                Next::Silence => return self.outlet.fall_silent().await.map(|()| false),
                Next::Ask(question) => {
                    let Some(answer) = self.ask(&question).await? else { return Ok(true) };
                    reply = self.console.answer(&question, &answer);
                }
            }
        }
    }

    /// Asks; none: Ctrl-C or Ctrl-D.
    async fn ask(&mut self, question: &Question) -> Result<Option<String>, Gone> {
        self.say(&question.text).await?;
        let echo = if question.secret { Echo::Stars } else { Echo::Answer };
        let answer = self.line(echo, question.text.chars().count()).await?;
        let noted = match &answer {
            None => "given up",
            Some(_) if question.secret => "***",
            Some(answer) => answer.trim(),
        };
        self.radio().device.received("shell", format!("answer to {:?}: {noted}", question.text.trim_end()));
        if answer.is_none() {
            self.say("\r\nAborted: by user\r\n").await?;
        }
        Ok(answer.map(|answer| answer.trim().to_owned()))
    }

    /// The next byte that was typed.
    async fn byte(&mut self) -> Result<u8, Gone> {
        loop {
            if let Some(byte) = self.pending.pop_front() {
                return Ok(byte);
            }
            let patience = self.radio().device.number("idle_seconds", 0.0);
            let clock = self.radio().device.clock.clone();
            let idle = async {
                if patience > 0.0 {
                    clock.sleep(std::time::Duration::from_secs_f64(patience)).await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            let message = tokio::select! {
                message = self.read.wait() => message,
                () = idle => return Err(Gone),
                () = self.outlet.connection.cut.cancelled() => return Err(Gone),
            };
            match message {
                Some(ChannelMsg::Data { data }) => self.pending.extend(data),
                Some(ChannelMsg::WindowChange { col_width, row_height, .. }) if col_width > 0 && row_height > 0 => {
                    self.columns = col_width as usize;
                    self.rows = row_height.max(2) as usize;
                }
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => return Err(Gone),
                Some(_) => {}
            }
        }
    }

    /// A typed line with its echo, which is broken at the width of the terminal; `column` is where it begins. None:
    /// Ctrl-D, or Ctrl-C at a question.
    async fn line(&mut self, kind: Echo, column: usize) -> Result<Option<String>, Gone> {
        let mut typed: Vec<u8> = Vec::new();
        let mut echo = String::new();
        let mut column = column;
        loop {
            if self.pending.is_empty() && !echo.is_empty() {
                self.say(&std::mem::take(&mut echo)).await?;
            }
            match self.byte().await? {
                byte @ (b'\r' | b'\n') => {
                    if byte == b'\r' && self.pending.front() == Some(&b'\n') {
                        self.pending.pop_front();
                    }
                    echo.push_str("\r\n");
                    self.say(&echo).await?;
                    return Ok(Some(String::from_utf8_lossy(&typed).into_owned()));
                }
                CTRL_D if typed.is_empty() => return Ok(None),
                CTRL_C => {
                    typed.clear();
                    if kind != Echo::Plain {
                        return Ok(None);
                    }
                    echo.push_str("^C\r\n");
                    echo.push_str(&self.console.prompt());
                    column = self.console.prompt().chars().count();
                }
                0x08 | 0x7f => {
                    if typed.pop().is_some() {
                        column = column.saturating_sub(1);
                        echo.push_str("\x08 \x08");
                    }
                }
                0x00..0x20 => {}
                byte => {
                    typed.push(byte);
                    // A character of several bytes is echoed once, at its end.
                    let letter = std::str::from_utf8(&typed).ok().and_then(|text| text.chars().next_back());
                    let Some(letter) = letter else { continue };
                    if column >= self.columns {
                        echo.push_str("\r\n");
                        column = 0;
                    }
                    echo.push(if kind == Echo::Stars { '*' } else { letter });
                    column = column.saturating_add(1);
                }
            }
        }
    }

    /// Says an answer, in pages unless they are off.
    async fn put(&mut self, reply: &Reply) -> Result<(), Gone> {
        let lines: Vec<&str> = reply.text.split_inclusive('\n').collect();
        let height = |line: &&str| line.trim_end().chars().count().div_ceil(self.columns).max(1);
        let page = self.rows.saturating_sub(1);
        let always = self.radio().facts().0.text("pager", "") == "always";
        let paged = self.console.paginate && (always || !reply.whole);
        if !paged || lines.iter().map(height).sum::<usize>() <= page {
            return self.say(&reply.text).await;
        }
        let heights: Vec<usize> = lines.iter().map(height).collect();
        let mut room = page;
        let mut out = String::new();
        for (line, height) in lines.iter().zip(heights) {
            if height > room && !out.is_empty() {
                out.push_str(MORE);
                self.say(&std::mem::take(&mut out)).await?;
                let key = self.pager_key().await?;
                self.say(&format!("\r{}\r", " ".repeat(MORE.len()))).await?;
                match key {
                    b'q' => return Ok(()),
                    b'\r' => room = 1,
                    _ => room = page,
                }
            }
            room = room.saturating_sub(height);
            out.push_str(line);
        }
        self.say(&out).await
    }

    /// Blank: a page more; Enter: a line; `q`: enough. Other keys are passed over.
    async fn pager_key(&mut self) -> Result<u8, Gone> {
        loop {
            match self.byte().await? {
                b'q' | b'Q' | CTRL_C => return Ok(b'q'),
                b' ' => return Ok(b' '),
                b'\r' | b'\n' => return Ok(b'\r'),
                _ => {}
            }
        }
    }
}
