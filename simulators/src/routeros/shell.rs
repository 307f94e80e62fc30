//! The console: login dialogues, the prompt loop, the pager.

use std::collections::VecDeque;
use std::time::Duration;

use russh::{ChannelMsg, ChannelReadHalf};
use tokio::sync::watch;

use super::banner;
use super::command::{self, Answer, AnswerKind, Place};
use super::editor::{Editor, Repaint};
use super::knobs::Knobs;
use super::outlet::{Gone, Outlet, Verdict};
use super::router::Router;
use super::terminal::{self, PROBES, Terminal};

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const ESCAPE: u8 = 0x1b;

/// How long a client has to answer the probes, simulated.
const PROBE_PATIENCE: Duration = Duration::from_secs(5);

/// A console session.
struct Shell {
    read: ChannelReadHalf,
    outlet: Outlet,
    pending: VecDeque<u8>,
    editor: Editor,
    account: String,
    menu: String,
    changes: watch::Receiver<u64>,
    /// The log line that was last shown while idle.
    logged: Option<String>,
}

/// Serves a console until it is left or the connection ends.
pub async fn serve(read: ChannelReadHalf, outlet: Outlet, login: &str, pty: Option<(u32, u32)>) -> Result<(), Gone> {
    let device = &outlet.connection.host.device;
    let terminal = Terminal::parse(login, pty);
    let usual = if terminal.dumb || Knobs(device).version().is_v6() { "dumb" } else { "vt" };
    let repaint = if device.text("repaint", usual) == "dumb" { Repaint::Dumb } else { Repaint::Vt };
    let editor = Editor {
        terminal,
        repaint,
        per_char: device.text("echo", "char") == "char",
        colours: device.flag("colour", terminal.colours),
    };
    let account = login.split_once('+').map_or(login, |(account, _)| account).to_owned();
    let changes = device.changes();
    let shell =
        Shell { read, outlet, pending: VecDeque::new(), editor, account, menu: String::new(), changes, logged: None };
    shell.run().await
}

/// The router reboots a moment after it said so.
pub async fn reboot(outlet: &Outlet) {
    let _ = outlet.connection.sleep(Duration::from_secs(1)).await;
    outlet.connection.host.reboot();
}

impl Shell {
    fn router(&self) -> &Router {
        &self.outlet.connection.host
    }

    fn prompt_text(&self) -> String {
        let knobs = Knobs(&self.router().device);
        let menu = if self.menu.is_empty() {
            " ".to_owned()
        } else if knobs.version().is_v6() {
            format!(" /{}", self.menu)
        } else {
            format!(" /{}", self.menu.replace(' ', "/"))
        };
        format!("[{}@{}]{menu}> ", self.account, knobs.identity())
    }

    async fn say(&self, text: &str) -> Result<(), Gone> {
        self.outlet.send(text.to_owned()).await
    }

    /// The next byte that was typed.
    async fn byte(&mut self) -> Result<u8, Gone> {
        loop {
            if let Some(byte) = self.pending.pop_front() {
                return Ok(byte);
            }
            self.more().await?;
        }
    }

    /// Waits for more input.
    async fn more(&mut self) -> Result<(), Gone> {
        let message = tokio::select! {
            message = self.read.wait() => message,
            () = self.outlet.connection.cut.cancelled() => return Err(Gone),
        };
        match message {
            Some(ChannelMsg::Data { data }) => self.pending.extend(data),
            Some(ChannelMsg::WindowChange { col_width, row_height, .. }) => {
                self.editor.terminal.width = col_width.max(1) as usize;
                self.editor.terminal.height = row_height.max(1) as usize;
            }
            Some(ChannelMsg::Eof | ChannelMsg::Close) | None => return Err(Gone),
            Some(_) => {}
        }
        Ok(())
    }

    async fn run(mut self) -> Result<(), Gone> {
        let outcome = self.session().await;
        // A client that ended its side gets the other side ended too.
        let finished = self.outlet.finish(0).await;
        outcome.and(finished)
    }

    async fn session(&mut self) -> Result<(), Gone> {
        if let Verdict::Garbage(bytes) = self.outlet.command("").await? {
            self.outlet.garbage(bytes).await?;
        }
        if self.editor.terminal.detect {
            self.probe().await?;
        }
        self.login().await?;
        self.prompt().await?;
        loop {
            let line = self.line().await?;
            self.router().device.received("shell", &line);
            if !self.obey(&line).await? {
                return Ok(());
            }
            self.prompt().await?;
        }
    }

    /// Finds out the terminal; without answers it is held for one of a single character.
    async fn probe(&mut self) -> Result<(), Gone> {
        for (step, probe) in PROBES.iter().enumerate() {
            self.say(probe).await?;
            let Some((row, column)) = self.answer().await? else {
                self.editor.terminal.width = 1;
                self.editor.terminal.height = 1;
                return Ok(());
            };
            match step {
                0 => self.editor.terminal.height = row.max(1),
                2 => self.editor.terminal.width = column.max(1),
                _ => {}
            }
        }
        Ok(())
    }

    /// The answer to a probe, none after the patience has run out. What is typed meanwhile is lost.
    async fn answer(&mut self) -> Result<Option<(usize, usize)>, Gone> {
        let clock = self.router().device.clock.clone();
        let mut patience = std::pin::pin!(clock.sleep(PROBE_PATIENCE));
        let mut got = Vec::new();
        loop {
            while let Some(byte) = self.pending.pop_front() {
                got.push(byte);
                if let Some(place) = terminal::cursor(&got) {
                    return Ok(Some(place));
                }
            }
            tokio::select! {
                more = self.more() => more?,
                () = &mut patience => return Ok(None),
            }
        }
    }

    /// Dialogues and banner.
    async fn login(&mut self) -> Result<(), Gone> {
        let knobs = Knobs(&self.router().device);
        let device = &self.router().device;
        let (licence, demo) = (device.flag("licence_question", false), device.flag("demo_page", false));
        let nag = device.flag("password_nag", knobs.version().always_nags() && knobs.password().is_empty());
        if licence {
            self.say(banner::LICENCE_QUESTION).await?;
            let key = self.byte().await?;
            let no = matches!(key, b'n' | b'N');
            self.noted("licence question", if no { "n" } else { "yes" });
            self.say(if no { "\r\n" } else { banner::LICENCE_TEXT }).await?;
        }
        let text = self.editor.fold(&banner::banner(self.router()));
        self.say(&text).await?;
        if demo {
            self.say(banner::DEMO_PAGE).await?;
            while !matches!(self.byte().await?, b'\r' | b'\n') {}
            self.noted("demo page", "enter");
            self.say("\r\n").await?;
        }
        if nag {
            self.nag().await?;
        }
        if self.editor.repaint == Repaint::Vt {
            self.say("\r\x1b[9999B\r\x1b[9999B").await?;
        }
        Ok(())
    }

    fn noted(&self, what: &str, answer: &str) {
        self.router().device.received("shell", format!("{what}: {answer}"));
    }

    /// Asks for a new password; Ctrl-C skips. The password itself is never noted.
    async fn nag(&mut self) -> Result<(), Gone> {
        self.say(banner::PASSWORD_NAG).await?;
        let Some(first) = self.hidden().await? else {
            self.noted("password nag", "ctrl-c");
            return Ok(());
        };
        self.say("\r\nrepeat new password> ").await?;
        if self.hidden().await?.is_some_and(|second| second == first && !first.is_empty()) {
            self.noted("password nag", "changed");
            let changed = serde_json::Map::from_iter([("password".to_owned(), first.into())]);
            self.router().device.merge(changed);
        } else {
            self.noted("password nag", "not changed");
        }
        Ok(())
    }

    /// A line without echo; none on Ctrl-C.
    async fn hidden(&mut self) -> Result<Option<String>, Gone> {
        let mut line = Vec::new();
        loop {
            match self.byte().await? {
                CTRL_C => return Ok(None),
                b'\r' | b'\n' => return Ok(Some(String::from_utf8_lossy(&line).into_owned())),
                byte => line.push(byte),
            }
        }
    }

    async fn prompt(&mut self) -> Result<(), Gone> {
        let prompt = self.prompt_text();
        let text = self.editor.fold(&self.editor.prompt(&prompt));
        // Escape sequences have no width: only a terminal of one column is folded.
        let text = if self.editor.terminal.width == 1 { text } else { self.editor.prompt(&prompt) };
        self.say(&text).await
    }

    /// A typed line, with its echo; log lines burst in while nothing is typed.
    async fn line(&mut self) -> Result<String, Gone> {
        let mut typed = Vec::new();
        let mut echo = String::new();
        loop {
            let Some(byte) = self.pending.pop_front() else {
                self.say(&std::mem::take(&mut echo)).await?;
                self.idle(&typed).await?;
                continue;
            };
            let prompt = self.prompt_text();
            match byte {
                b'\r' | b'\n' => {
                    if byte == b'\r' && self.pending.front() == Some(&b'\n') {
                        self.pending.pop_front();
                    }
                    let line = String::from_utf8_lossy(&typed).into_owned();
                    echo.push_str(&self.editor.entered(&prompt, &line));
                    self.say(&echo).await?;
                    return Ok(line.trim().to_owned());
                }
                CTRL_C => {
                    typed.clear();
                    echo.push_str(&self.editor.prompt(&prompt));
                }
                CTRL_D if typed.is_empty() => return Ok("/quit".to_owned()),
                0x08 | 0x7f => {
                    while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                    echo.push_str(&self.editor.rubbed(&prompt, &String::from_utf8_lossy(&typed)));
                }
                ESCAPE => self.skip_escape().await?,
                0x00..0x20 => {}
                byte => {
                    typed.push(byte);
                    // A character of several bytes is echoed when it is complete.
                    if let Ok(text) = std::str::from_utf8(&typed)
                        && let Some(letter) = text.chars().next_back()
                    {
                        echo.push_str(&self.editor.typed(&prompt, text, letter));
                    }
                }
            }
        }
    }

    /// Passes over an escape sequence, such as a late answer to a probe.
    async fn skip_escape(&mut self) -> Result<(), Gone> {
        if self.byte().await? == b'[' {
            while !(0x40..0x7f).contains(&self.byte().await?) {}
        }
        Ok(())
    }

    /// Waits for input; meanwhile a log line may burst in.
    async fn idle(&mut self, typed: &[u8]) -> Result<(), Gone> {
        loop {
            let line = Knobs(&self.router().device).log_line("idle");
            if line != self.logged {
                self.logged.clone_from(&line);
                if let Some(text) = line {
                    self.burst(&text, &String::from_utf8_lossy(typed)).await?;
                }
            }
            let mut changes = self.changes.clone();
            changes.borrow_and_update();
            let turned = tokio::select! {
                more = self.more() => return more,
                turned = changes.changed() => turned,
            };
            self.changes.borrow_and_update();
            turned.map_err(|_| Gone)?;
        }
    }

    async fn burst(&self, text: &str, typed: &str) -> Result<(), Gone> {
        let line = banner::echo(self.router(), text);
        self.say(&format!("{line}{}", self.editor.after_log(&self.prompt_text(), typed))).await
    }

    /// Runs a line; false: the session is over.
    async fn obey(&mut self, line: &str) -> Result<bool, Gone> {
        if line.is_empty() {
            return Ok(true);
        }
        if let Verdict::Garbage(bytes) = self.outlet.command(line).await? {
            self.outlet.garbage(bytes).await?;
            return Ok(true);
        }
        let mut answer = command::run(self.router(), &self.menu, line, Place::Shell);
        self.outlet.took_effect(line).await?;
        if self.questions(line) {
            answer = Answer { asks: Some("numbers: "), ..Answer::default() };
        }
        if answer.kind == AnswerKind::Print {
            self.page(&answer).await?;
        } else {
            self.put(&answer).await?;
        }
        if let Some(question) = answer.asks {
            return self.ask(question).await;
        }
        if answer.reboots {
            reboot(&self.outlet).await;
        }
        if let Some(menu) = answer.enters {
            self.menu = menu;
        }
        if !answer.quits {
            self.say(self.editor.gap()).await?;
        }
        Ok(!answer.quits && !answer.reboots)
    }

    /// The knob `argument_question`: `true` for every command, or a part of those that ask.
    fn questions(&self, line: &str) -> bool {
        match self.router().device.knob("argument_question") {
            Some(serde_json::Value::Bool(all)) => all,
            Some(serde_json::Value::String(part)) => !part.is_empty() && line.contains(&part),
            _ => false,
        }
    }

    /// Asks and waits; Ctrl-C gives up. False: the session is over.
    async fn ask(&mut self, question: &'static str) -> Result<bool, Gone> {
        self.say(question).await?;
        let single = question.contains("[y/N]");
        let mut answer = Vec::new();
        loop {
            match self.byte().await? {
                CTRL_C => {
                    self.noted(question.trim_end(), "ctrl-c");
                    return Ok(true);
                }
                b'y' | b'Y' if single => {
                    self.noted(question.trim_end(), "y");
                    self.say("\r\nsystem will reboot shortly\r\n").await?;
                    reboot(&self.outlet).await;
                    return Ok(false);
                }
                _ if single => {
                    self.noted(question.trim_end(), "n");
                    return self.say("\r\naction cancelled\r\n").await.map(|()| true);
                }
                b'\r' | b'\n' => {
                    self.noted(question.trim_end(), &String::from_utf8_lossy(&answer));
                    return self.say("\r\nno such item\r\n").await.map(|()| true);
                }
                byte => {
                    answer.push(byte);
                    self.outlet.send(vec![byte]).await?;
                }
            }
        }
    }

    /// Output that is not paged; a log line may burst into its middle.
    async fn put(&self, answer: &Answer) -> Result<(), Gone> {
        let Some(text) = Knobs(&self.router().device).log_line("mid") else {
            if self.editor.terminal.width == 1 {
                let all = answer.parts.concat();
                return self.say(&self.editor.fold(&String::from_utf8_lossy(&all))).await;
            }
            return command::send(&self.outlet, answer).await;
        };
        let all = answer.parts.concat();
        let middle = all.len() / 2;
        let at = all.iter().skip(middle).position(|byte| *byte == b'\n').map(|after| middle.saturating_add(after + 1));
        let (before, after) = all.split_at(at.unwrap_or(all.len()).min(all.len()));
        self.outlet.send(before.to_vec()).await?;
        if !after.is_empty() {
            self.burst(&text, "").await?;
        }
        self.outlet.send(after.to_vec()).await
    }

    /// Output with a footer at the end of each screen.
    async fn page(&mut self, answer: &Answer) -> Result<(), Gone> {
        let all = answer.parts.concat();
        let text = self.editor.fold(&String::from_utf8_lossy(&all));
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let room = self.editor.terminal.height.saturating_sub(1).max(1);
        if lines.len() <= room || self.editor.terminal.width == 1 {
            let whole = Answer { parts: vec![text.into()], ..Answer::default() };
            return self.put(&whole).await;
        }
        let footer = "-- [Q quit|D dump|down]";
        let mut dump = false;
        for (index, page) in lines.chunks(room).enumerate() {
            if index > 0 && !dump {
                self.say(&format!("\x1b[7m{footer}\x1b[0m\r")).await?;
                let key = self.pager_key().await?;
                self.say(&format!("\r{}\r", " ".repeat(footer.len().saturating_add(1)))).await?;
                match key {
                    b'q' => return Ok(()),
                    b'd' => dump = true,
                    _ => {}
                }
            }
            self.say(&page.concat()).await?;
        }
        Ok(())
    }

    /// `q` quits, `d` dumps the rest, blank, Enter and cursor down go on; other keys are passed over.
    async fn pager_key(&mut self) -> Result<u8, Gone> {
        loop {
            match self.byte().await? {
                b'q' | b'Q' | CTRL_C => return Ok(b'q'),
                b'd' | b'D' => return Ok(b'd'),
                b' ' | b'\r' => return Ok(b' '),
                ESCAPE => {
                    self.skip_escape().await?;
                    return Ok(b' ');
                }
                _ => {}
            }
        }
    }
}
