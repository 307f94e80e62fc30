//! The command line and the shell behind it: what each line is answered.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::facts;
use super::switch::Switch;

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The restricted command line.
    Cli,
    /// Its configuration mode.
    Configure,
    /// The Linux shell behind it.
    Linux,
}

/// What follows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another prompt.
    Prompt,
    /// The session is over.
    Leave,
    /// The switch goes down.
    Reboot,
}

/// A session's state.
pub struct Console {
    switch: Arc<Switch>,
    mode: Mode,
}

impl Console {
    /// At the command line.
    pub fn new(switch: Arc<Switch>) -> Self {
        Self { switch, mode: Mode::Cli }
    }

    /// `cli`, `configure` or `linux`, for the journal.
    pub fn mode(&self) -> &'static str {
        match self.mode {
            Mode::Cli => "cli",
            Mode::Configure => "configure",
            Mode::Linux => "linux",
        }
    }

    /// The prompt.
    pub fn prompt(&self) -> String {
        let device = &self.switch.device;
        let name = facts::name(device);
        match self.mode {
            Mode::Cli => device.text("prompt", &format!("{name}# ")),
            Mode::Configure => format!("{name}(config)# "),
            Mode::Linux => device.text("shell_prompt", &format!("admin@{name}:/www# ")),
        }
    }

    /// The answer to a line, its lines ended by LF, and what follows.
    pub fn obey(&mut self, line: &str) -> (String, Next) {
        match self.mode {
            Mode::Cli => self.cli(line),
            Mode::Configure => self.configure(line),
            Mode::Linux => self.linux(line),
        }
    }

    fn cli(&mut self, line: &str) -> (String, Next) {
        let device = &self.switch.device;
        match line {
            "show interface status" => (facts::table(device), Next::Prompt),
            "cmdline" if device.flag("read_only", false) => ("% Permission denied\n".to_owned(), Next::Prompt),
            "cmdline" => {
                self.mode = Mode::Linux;
                (String::new(), Next::Prompt)
            }
            "configure" => {
                self.mode = Mode::Configure;
                (String::new(), Next::Prompt)
            }
            "reboot" => ("Rebooting...\n".to_owned(), Next::Reboot),
            "exit" | "logout" | "quit" => (String::new(), Next::Leave),
            _ => ("% Unknown command.\n".to_owned(), Next::Prompt),
        }
    }

    fn configure(&mut self, line: &str) -> (String, Next) {
        if let Some(password) = line.strip_prefix("credentials password ") {
            let changed = Map::from_iter([("password".to_owned(), Value::from(password))]);
            self.switch.device.merge(changed);
            return (String::new(), Next::Prompt);
        }
        if line == "exit" {
            self.mode = Mode::Cli;
            return (String::new(), Next::Prompt);
        }
        ("% Unknown command.\n".to_owned(), Next::Prompt)
    }

    fn linux(&mut self, line: &str) -> (String, Next) {
        let mut text = String::new();
        for command in line.split(';').map(str::trim) {
            match command {
                "" => {}
                "exit" => {
                    self.mode = Mode::Cli;
                    return (text, Next::Prompt);
                }
                "reboot" => return (text, Next::Reboot),
                "echo" => text.push('\n'),
                "cat /www/version.txt" | "cat version.txt" => {
                    text.push_str(&self.switch.device.text("version", "1.5.25"));
                    text.push('\n');
                }
                "cat /www/config.json" | "cat config.json" => text.push_str(&facts::file(&self.switch.device)),
                "php-cli config.php --apply" => self.switch.device.received("config", "applied"),
                _ if command.starts_with("awk ") && command.contains("Switch_Name") => {
                    text.push_str(&facts::name(&self.switch.device));
                    text.push('\n');
                }
                _ => {
                    let word = command.split(' ').next().unwrap_or_default();
                    text.push_str(&format!("-sh: {word}: not found\n"));
                }
            }
        }
        (text, Next::Prompt)
    }
}
