//! What a radio's journal proves: the commands with an effect that reached it, and when it went down. For tests and
//! programs that judge a daemon by what its radios saw.

use super::version::Version;
use crate::core::Entry;

/// A line of the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Simulated seconds.
    pub at: f64,
    /// `operational`, `config`, `config-...`.
    pub mode: String,
    /// The line as it was typed.
    pub line: String,
}

/// A load that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadCommand {
    /// Simulated seconds.
    pub at: f64,
    /// Version `x.y.z` that the package's name says; empty if it says none.
    pub version: String,
    /// The radio activates it by itself when it is loaded.
    pub activates: bool,
}

/// The radio went down.
#[derive(Debug, Clone, PartialEq)]
pub struct Boot {
    /// Simulated seconds.
    pub at: f64,
    /// The version `x.y.z` that was activated with it; none: a boot into the same image, or back into the old one.
    pub activated: Option<String>,
}

/// What a radio was when its journal began.
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    /// Version that ran, in any notation.
    pub active: String,
    /// Version of the other image.
    pub inactive: String,
    /// It comes up with its old image from every activation.
    pub rolls_back: bool,
    /// Software actions are known in configuration mode only, whatever version runs.
    pub config_only: bool,
}

/// A radio's images as its journal tells them.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Every boot.
    pub boots: Vec<Boot>,
    /// Every `software activate` in a mode in which the radio knows it: a typed command, obeyed or not.
    pub activates: Vec<Command>,
    /// Every `software load`, likewise.
    pub loads: Vec<LoadCommand>,
}

/// All lines that were typed, answers to questions left out.
pub fn commands(journal: &[Entry]) -> Vec<Command> {
    let typed = journal.iter().filter(|entry| entry.channel == "shell").filter_map(|entry| {
        let (mode, line) = entry.input.split_once(": ")?;
        let is_mode = mode == "operational" || mode == "config" || mode.starts_with("config-");
        is_mode.then(|| Command { at: entry.at, mode: mode.to_owned(), line: line.to_owned() })
    });
    typed.collect()
}

/// A load, if that is one.
fn load(command: &Command) -> Option<LoadCommand> {
    let arguments = bare(&command.line).strip_prefix("software load ")?;
    let uri = arguments.split_whitespace().skip_while(|word| *word != "uri").nth(1).unwrap_or_default();
    Some(LoadCommand { at: command.at, version: release(uri), activates: arguments.contains(" activation") })
}

/// All lines that begin with these words, in whatever mode.
pub fn typed(journal: &[Entry], words: &str) -> Vec<Command> {
    commands(journal).into_iter().filter(|command| bare(&command.line).starts_with(words)).collect()
}

/// Loads, activations and boots of a radio.
pub fn history(journal: &[Entry], before: &Before) -> History {
    let (mut active, mut inactive) = (three(&before.active), three(&before.inactive));
    let (mut fetching, mut loaded) = (None, None);
    let mut history = History { boots: Vec::new(), activates: Vec::new(), loads: Vec::new() };
    for entry in journal {
        match entry.channel.as_str() {
            "fetch" => {
                if let Some(uri) = entry.input.strip_prefix("GET ") {
                    fetching = Some(release(uri));
                } else if entry.input.starts_with("200") {
                    loaded = fetching.take();
                }
            }
            "boot" if entry.input == "reboot swap" => {
                let next = loaded.take().unwrap_or_else(|| inactive.clone());
                history.boots.push(Boot { at: entry.at, activated: Some(next.clone()) });
                inactive = if before.rolls_back { next } else { std::mem::replace(&mut active, next) };
            }
            "boot" => {
                if entry.input == "reboot back" {
                    std::mem::swap(&mut active, &mut inactive);
                }
                history.boots.push(Boot { at: entry.at, activated: None });
            }
            "shell" => {
                let Some(command) = commands(std::slice::from_ref(entry)).pop() else { continue };
                let in_config = command.mode != "operational" && !command.line.starts_with("do ");
                let six = active.starts_with('6');
                if in_config || !before.config_only {
                    history.loads.extend(load(&command));
                }
                if bare(&command.line) == "software activate" && (in_config || !(six || before.config_only)) {
                    history.activates.push(command);
                }
            }
            _ => {}
        }
    }
    history
}

/// A line without the `do` of the configuration mode.
fn bare(line: &str) -> &str {
    line.strip_prefix("do ").unwrap_or(line)
}

/// The release that a package's name says.
fn release(uri: &str) -> String {
    Version::of_package(uri).map(|version| three(&version.dotted())).unwrap_or_default()
}

/// `x.y.z` of a longer version.
fn three(version: &str) -> String {
    Version::parse(version)
        .map(|version| version.dotted().splitn(4, '.').take(3).collect::<Vec<_>>().join("."))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(lines: &[(&str, &str)]) -> Vec<Entry> {
        let entry = |(at, (channel, input)): (f64, &(&str, &str))| Entry {
            at,
            channel: (*channel).to_owned(),
            input: (*input).to_owned(),
        };
        (0..).map(f64::from).zip(lines).map(entry).collect()
    }

    #[test]
    fn tells_what_was_loaded_and_activated_when() {
        let uri = "http://127.0.0.1:1/fw/wtm4100-6.2.4.12.59373.swpack";
        let journal = journal(&[
            ("shell", &format!("operational: software load uri {uri} force")),
            ("fetch", &format!("GET {uri}")),
            ("fetch", "200, 12 bytes"),
            ("shell", "operational: software activate"),
            ("shell", "answer to \"Are you sure? [no,yes]\": yes"),
            ("boot", "reboot swap"),
            ("shell", "operational: software activate"),
            ("shell", "config: do software activate"),
            ("shell", "config: software activate"),
            ("boot", "reboot same"),
            ("shell", &format!("config: software load uri {uri} activation-immediately")),
        ]);
        let before = Before {
            active: "2.11.11.18.6069".to_owned(),
            inactive: "2.10.3".to_owned(),
            rolls_back: false,
            config_only: false,
        };
        let only = history(&journal, &Before { config_only: true, ..before.clone() });
        assert_eq!((only.loads.len(), only.activates.len()), (1, 1));
        let history = history(&journal, &before);
        let loads = &history.loads;
        assert_eq!(loads.len(), 2);
        assert_eq!((loads[0].version.as_str(), loads[0].activates, loads[1].activates), ("6.2.4", false, true));
        assert_eq!(
            history.boots,
            [Boot { at: 5.0, activated: Some("6.2.4".to_owned()) }, Boot { at: 9.0, activated: None }]
        );
        let at: Vec<f64> = history.activates.iter().map(|command| command.at).collect();
        assert_eq!(at, [3.0, 8.0], "a 6.x radio knows it in configuration mode only");
        assert_eq!(typed(&journal, "software activate").len(), 4);
    }
}
