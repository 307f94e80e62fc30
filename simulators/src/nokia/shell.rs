//! The terminal of a session: what stands before the prompt, echo, pages, and the faults on the way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use russh::{ChannelMsg, ChannelReadHalf};

use super::console::{Console, Reply};
use super::knobs::{Engine, Knobs};
use super::router::Router;
use crate::core::Fault;
use crate::ssh::outlet::{self, Gone, Verdict};

/// A channel's way out.
pub type Outlet = outlet::Outlet<Router>;

const CTRL_C: u8 = 0x03;
const CLASSIC_MORE: &str = "Press any key to continue (Q to quit)";
const MD_MORE: &str = "Press Q to quit, Enter to print next line or any other key to print next page.";

/// Between the login and the prompt: prose without a `#`, with everything that a careless parser takes for a prompt.
const LICENCE: &str = "\n SR OS Software\n (simulated; no vendor's text)\n\n This equipment is for authorised people of the \
    operator (\"the crew\") only.\n By going on you say that:\n\n   (a) you were sent here, or are on call;\n   (b) you will \
    write down what you do in the book of the hut;\n   (c) A: you will not share your login, B: nor keep it in a file;\n   \
    (d) you call the desk first: \"noc\" at <noc@ridge.example> [extension 4/5].\n\n The cards of this chassis (CPM, IOM, \
    MDA) log each line that is typed. Lines are\n kept for a year, and read by people who were not here. Be kind to \
    them: write\n descriptions that say who, what and why; do not write \"temp\", \"test\" or \"old\".\n\n Before you leave: \
    is the configuration saved? Does the far end still answer?\n Then press on, and mind the step: the ladder (south side) \
    is wet until noon.\n\n Questions about this text: <text@ridge.example>, \"attn: banners\".\n\n";

struct Shell {
    read: ChannelReadHalf,
    out: Out,
    pending: VecDeque<u8>,
    console: Console,
    rows: usize,
}

/// The way out, with the cutting into pieces.
struct Out {
    outlet: Outlet,
    cutter: Option<fastrand::Rng>,
}

impl Out {
    fn new(outlet: Outlet) -> Self {
        let seed = outlet.connection.host.device.knob("fragment_seed").and_then(|seed| seed.as_u64());
        Self { outlet, cutter: seed.map(fastrand::Rng::with_seed) }
    }

    fn router(&self) -> &Arc<Router> {
        &self.outlet.connection.host
    }

    async fn say(&mut self, text: &str) -> Result<(), Gone> {
        let Some(cutter) = &mut self.cutter else { return self.outlet.send(text.to_owned()).await };
        let most = Knobs(&self.outlet.connection.host.device).millis("fragment_ms").as_millis() as u64;
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let size = if cutter.bool() { cutter.usize(1..=20) } else { cutter.usize(1..=1400) };
            let (piece, after) = rest.split_at(size.min(rest.len()));
            let pause = if most > 0 { cutter.u64(0..=most) } else { 0 };
            self.outlet.send(piece.to_vec()).await?;
            self.outlet.connection.sleep(Duration::from_millis(pause)).await?;
            rest = after;
        }
        Ok(())
    }
}

/// One command line over an exec channel.
pub async fn exec(outlet: &Outlet, line: &str) -> Result<(), Gone> {
    let router = &outlet.connection.host;
    router.device.received("exec", line);
    if let Verdict::Garbage(bytes) = outlet.command(line).await? {
        outlet.garbage(bytes).await?;
        return outlet.finish(0).await;
    }
    let mut console = Console::new(Arc::clone(router));
    let reply = console.command(line);
    outlet.took_effect(line).await?;
    let text = reply.text.replace('\n', Knobs(&router.device).line_end(console.engine));
    Out::new(outlet.clone()).say(&text).await?;
    outlet.finish(0).await
}

/// Serves a session until it is left or the connection ends.
pub async fn serve(read: ChannelReadHalf, outlet: Outlet, rows: Option<u32>, seated: bool) -> Result<(), Gone> {
    let console = Console::new(Arc::clone(&outlet.connection.host));
    let asked = rows.filter(|rows| *rows > 0).map_or(24, |rows| rows as usize);
    let rows = outlet.connection.host.device.number("height", asked as f64).max(2.0) as usize;
    let mut shell = Shell { read, out: Out::new(outlet.clone()), pending: VecDeque::new(), console, rows };
    let outcome = if seated { shell.session().await } else { shell.full().await };
    let finished = outlet.finish(0).await;
    outcome.and(finished)
}

impl Shell {
    fn router(&self) -> &Arc<Router> {
        self.out.router()
    }

    /// No seat is free, which is said in words.
    async fn full(&mut self) -> Result<(), Gone> {
        self.out.say("\r\nMINOR: CLI The maximum number of inbound SSH sessions has been reached.\r\n").await
    }

    async fn greet(&mut self) -> Result<(), Gone> {
        let device = Arc::clone(&self.router().device);
        let knobs = Knobs(&device);
        let mut text = String::new();
        if device.flag("licence", true) {
            text.push_str(LICENCE);
        }
        let motd = device.text("motd", "");
        if !motd.is_empty() {
            text.push_str(&format!("{motd}\n"));
        }
        if let Some(line) = knobs.log_line("login") {
            text.push_str(&format!("{line}\n"));
        }
        let text = text.replace('\n', "\r\n");
        let pause = knobs.millis("login_ms");
        let mut random = fastrand::Rng::with_seed(device.number("fragment_seed", 1.0).max(0.0) as u64);
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(random.usize(1..=20).min(rest.len()));
            self.out.outlet.send(piece.to_vec()).await?;
            self.out.outlet.connection.sleep(pause).await?;
            rest = after;
        }
        Ok(())
    }

    async fn session(&mut self) -> Result<(), Gone> {
        if let Verdict::Garbage(bytes) = self.out.outlet.command("").await? {
            self.out.outlet.garbage(bytes).await?;
        }
        self.greet().await?;
        loop {
            self.prompt().await?;
            let line = self.line().await?;
            if !self.obey(&line).await? {
                return Ok(());
            }
        }
    }

    async fn prompt(&mut self) -> Result<(), Gone> {
        let gap = Knobs(&self.router().device).millis("prompt_gap_ms");
        for (index, piece) in self.console.prompt().iter().enumerate() {
            if index > 0 {
                self.out.outlet.connection.sleep(gap).await?;
            }
            self.out.say(piece).await?;
        }
        Ok(())
    }

    /// False: the session is over.
    async fn obey(&mut self, line: &str) -> Result<bool, Gone> {
        let command = line.trim().to_owned();
        if command.is_empty() {
            return self.out.say("\r\n").await.map(|()| true);
        }
        let engine = if self.console.engine == Engine::Classic { "classic" } else { "md" };
        self.router().device.received("shell", format!("{engine}: {command}"));
        let refused = self.router().device.faults().into_iter().find_map(|fault| match fault {
            Fault::RefuseCommand { command: part, text } if command.contains(&part) => Some(text),
            _ => None,
        });
        let end = Knobs(&self.router().device).line_end(self.console.engine);
        let reply = match refused {
            Some(text) => Reply { text: format!("{text}\n"), echo: command.clone(), ..Reply::default() },
            None => self.console.command(&command),
        };
        self.out.say(&format!("{}\r\n", reply.echo)).await?;
        if let Verdict::Garbage(bytes) = self.out.outlet.command(&command).await? {
            self.out.outlet.garbage(bytes).await?;
            return Ok(true);
        }
        self.out.outlet.took_effect(&command).await?;
        if self.console.engine == Engine::Md && self.console.progress && self.router().device.flag("progress", false) {
            self.out.say(".\r..\r...\r   \r").await?;
        }
        self.put(&reply, end).await?;
        Ok(!reply.quits)
    }

    /// The next byte that was typed.
    async fn byte(&mut self) -> Result<u8, Gone> {
        loop {
            if let Some(byte) = self.pending.pop_front() {
                return Ok(byte);
            }
            let message = tokio::select! {
                message = self.read.wait() => message,
                () = self.out.outlet.connection.cut.cancelled() => return Err(Gone),
            };
            match message {
                Some(ChannelMsg::Data { data }) => self.pending.extend(data),
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => return Err(Gone),
                Some(_) => {}
            }
        }
    }

    /// A typed line.
    async fn line(&mut self) -> Result<String, Gone> {
        let mut typed: Vec<u8> = Vec::new();
        loop {
            match self.byte().await? {
                byte @ (b'\r' | b'\n') => {
                    if byte == b'\r' && self.pending.front() == Some(&b'\n') {
                        self.pending.pop_front();
                    }
                    return Ok(String::from_utf8_lossy(&typed).into_owned());
                }
                CTRL_C => {
                    typed.clear();
                    self.out.say("^C\r\n").await?;
                    self.prompt().await?;
                }
                0x08 | 0x7f => {
                    typed.pop();
                }
                0x00..0x20 => {}
                byte => typed.push(byte),
            }
        }
    }

    /// Says an answer: in pages unless they are off, a configuration with its pause and what bursts into it.
    async fn put(&mut self, reply: &Reply, end: &str) -> Result<(), Gone> {
        let mut text = reply.text.replace('\n', end);
        let device = Arc::clone(&self.router().device);
        let knobs = Knobs(&device);
        if reply.is_config
            && let Some(event) = knobs.log_line("mid")
        {
            let half = text.len() / 2;
            if let Some(at) = text.get(half..).and_then(|rest| rest.find('\n')) {
                text.insert_str(half + at + 1, &format!("{event}\r\n"));
            }
        }
        if self.console.pages() && !reply.whole {
            return self.page(&text).await;
        }
        let pause = knobs.millis("pause_ms");
        if !reply.is_config || pause.is_zero() {
            return self.out.say(&text).await;
        }
        let after = knobs.0.number("pause_after_bytes", 1000.0).max(0.0) as usize;
        let at = text.char_indices().map(|(at, _)| at).find(|at| *at >= after).unwrap_or(text.len());
        let (before, behind) = text.split_at(at);
        self.out.say(before).await?;
        self.out.outlet.connection.sleep(pause).await?;
        self.out.say(behind).await
    }

    async fn page(&mut self, text: &str) -> Result<(), Gone> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let room = self.rows.saturating_sub(1).max(1);
        let footer = if self.console.engine == Engine::Classic { CLASSIC_MORE } else { MD_MORE };
        let mut left = room;
        let mut out = String::new();
        for line in lines {
            if left == 0 {
                out.push_str(footer);
                self.out.say(&std::mem::take(&mut out)).await?;
                let key = self.byte().await?;
                self.router().device.received("pager", char::from(key).to_string());
                out.push_str(&format!("\r{}\r", " ".repeat(footer.len() + 1)));
                match key {
                    b'q' | b'Q' | CTRL_C => return self.out.say(&out).await,
                    b'\r' | b'\n' if self.console.engine == Engine::Md => left = 1,
                    _ => left = room,
                }
            }
            out.push_str(line);
            left = left.saturating_sub(1);
        }
        self.out.say(&out).await
    }
}
