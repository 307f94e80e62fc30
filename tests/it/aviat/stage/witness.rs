//! What the radios saw, by their journals, and what every scenario asserts.

use reqwest::Method;
use serde_json::{Value, json};
use towerhand_simulators::core::Entry;

use super::Stage;
use super::log::{files, free};

/// A line of a radio's command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Simulated seconds.
    pub at: f64,
    /// `operational`, `config`, or `answer` to a question.
    pub mode: String,
    /// What was typed.
    pub command: String,
}

impl Line {
    /// Mode and command as the journal has them.
    pub fn text(&self) -> String {
        format!("{}: {}", self.mode, self.command)
    }
}

impl Stage {
    /// The radio's journal.
    pub fn journal(&self, name: &str) -> Vec<Entry> {
        self.radio(name).journal()
    }

    /// What came in on a channel: `auth`, `fetch`, `boot`, `overlap`, `http`, `snmp`.
    pub fn channel(&self, name: &str, channel: &str) -> Vec<String> {
        self.journal(name).into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
    }

    /// The lines of the command line, in order.
    pub fn shell(&self, name: &str) -> Vec<Line> {
        let shell = self.journal(name).into_iter().filter(|entry| entry.channel == "shell");
        shell
            .map(|entry| {
                let (mode, command) = match entry.input.strip_prefix("answer to ") {
                    Some(answer) => ("answer", answer),
                    None => entry.input.split_once(": ").unwrap(),
                };
                Line { at: entry.at, mode: mode.to_owned(), command: command.to_owned() }
            })
            .collect()
    }

    /// The lines that begin so.
    pub fn commands(&self, name: &str, prefix: &str) -> Vec<Line> {
        self.shell(name).into_iter().filter(|line| line.mode != "answer" && line.command.starts_with(prefix)).collect()
    }

    /// Loads that were told.
    pub fn loads(&self, name: &str) -> Vec<Line> {
        self.commands(name, "software load")
    }

    /// Activations that were told, confirmed or not. One that the radio does not know outside configuration mode and that
    /// is told again there at once counts as one: a syntax error has no effect.
    pub fn activations(&self, name: &str) -> Vec<Line> {
        let shell = self.shell(name);
        let again = |after: &[Line]| {
            let next = after.iter().find(|line| !line.command.starts_with("config"));
            next.is_some_and(|line| line.mode == "config" && line.command == "software activate")
        };
        let told = shell.iter().enumerate().filter(|(place, line)| {
            line.command == "software activate" && !(line.mode == "operational" && again(&shell[place + 1..]))
        });
        told.map(|(_, line)| line.clone()).collect()
    }

    /// Restarts that were told, confirmed or not.
    pub fn restarts(&self, name: &str) -> Vec<Line> {
        self.commands(name, "restart")
    }

    /// Commits.
    pub fn commits(&self, name: &str) -> Vec<Line> {
        self.commands(name, "commit")
    }

    /// How often it went down: `reboot same`, `reboot swap`, `reboot back`.
    pub fn boots(&self, name: &str) -> Vec<String> {
        self.channel(name, "boot")
    }

    /// Lines that change something: everything but readers, settings of the session and what leaves a mode.
    pub fn changes(&self, name: &str) -> Vec<String> {
        let harmless = ["show ", "set ", "paginate", "complete-on-space", "exit", "end", "config", "abort"];
        let changes = self.shell(name).into_iter().filter(|line| {
            line.mode != "answer" && !harmless.iter().any(|harmless| line.command.starts_with(harmless))
        });
        changes.map(|line| line.text()).collect()
    }

    /// Fails if anything but readers reached the radio.
    pub fn assert_untouched(&self, name: &str) {
        assert_eq!(self.changes(name), Vec::<String>::new(), "{name} was only to be read");
    }

    /// Fails if nobody was to talk to the radio, and somebody did.
    pub fn assert_no_contact(&self, name: &str) {
        let journal = self.journal(name);
        assert!(journal.is_empty(), "{name} was contacted: {journal:#?}");
    }

    // What every scenario asserts.

    /// Fails if a secret stands in what the API says, in what is stored, or in the log.
    pub async fn assert_no_secret(&self) {
        let said = self.said().await;
        free("the API", said.as_bytes());
        files(self.daemon.folder.path(), &mut |path, content| free(&path.display().to_string(), content));
        free("the log", &self.log.since());
    }

    async fn said(&self) -> String {
        let text = async |path: &str| {
            let reply = self.api().request(Method::GET, path).send().await.unwrap();
            reply.text().await.unwrap()
        };
        let mut said = self.call("aviat.queue.get", json!({})).await.to_string();
        said += &self.call("aviat.reboot_required.get", json!({})).await.to_string();
        said += &self.call("aviat.stream.global", json!({ "limit": 1000 })).await.to_string();
        let jobs = text("/jobs?limit=500").await;
        let list: Value = serde_json::from_str(&jobs).unwrap();
        said += &jobs;
        for job in list["data"]["jobs"].as_array().unwrap_or_else(|| panic!("no jobs: {list}")) {
            let id = job["job_id"].as_str().unwrap();
            said += &text(&format!("/jobs/{id}")).await;
            said += &text(&format!("/jobs/{id}/events")).await;
        }
        said += &self.api().http.get(format!("{}/metrics", self.api().url)).send().await.unwrap().text().await.unwrap();
        said
    }

    /// Fails if two sessions changed a radio at once.
    pub fn assert_no_overlap(&self) {
        for device in self.lab.devices() {
            let overlaps = self.channel(&device.name, "overlap");
            assert!(overlaps.is_empty(), "{}: {overlaps:?} {:#?}", device.name, self.shell(&device.name));
        }
    }

    /// The end of a scenario: what each has to assert, and the daemon's orderly stop.
    pub async fn finish(self) {
        self.assert_no_secret().await;
        self.assert_no_overlap();
        let (_, folder) = self.daemon.stop().await;
        files(folder.path(), &mut |path, content| free(&path.display().to_string(), content));
        free("the log", &self.log.since());
        self.lab.stop().await;
    }
}
