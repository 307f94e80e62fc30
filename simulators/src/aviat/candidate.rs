//! What a session has changed and not committed.

use std::sync::Arc;

use serde_json::json;

use super::config::{self, Edit, Entry, Leaf};
use super::facts::Facts;
use super::radio::{Radio, knobs};
use super::schema::{self, Check, Found, Shape};
use super::words::{Word, texts};
use crate::core::{CommitFault, Fault};

/// Carrier frequencies beyond these, kHz, fit no RF module.
const FREQUENCIES: std::ops::RangeInclusive<u32> = 4_000_000..=90_000_000;

/// Edits of one session.
#[derive(Debug, Default)]
pub struct Candidate {
    edits: Vec<Edit>,
}

/// Why a line is no edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The word at this column is known nowhere.
    Unknown(usize),
    /// The word at this column does not fit.
    Argument(usize),
    /// More is needed.
    Incomplete,
    /// The value is none of these.
    OneOf(&'static [&'static str]),
    /// The value is missing and is asked for.
    Value {
        /// Of this leaf, in these sections.
        sections: Vec<String>,
        /// The leaf.
        key: String,
        /// What it takes.
        check: Check,
    },
}

impl Candidate {
    /// The edits, in order.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Forgets all edits.
    pub fn clear(&mut self) {
        self.edits.clear();
    }

    fn password(&self) -> Option<&str> {
        self.edits.iter().rev().find_map(|edit| match &edit.leaf {
            Some(Leaf::Text(text)) if is_password(&edit.sections, &edit.key) => Some(text.as_str()),
            _ => None,
        })
    }

    fn visible(&self) -> Vec<Edit> {
        self.edits.iter().filter(|edit| !is_password(&edit.sections, &edit.key)).cloned().collect()
    }

    /// Whether a commit would change nothing.
    pub fn is_clean(&self, facts: &Facts) -> bool {
        let before = config::running(facts);
        self.password().is_none() && config::with(before.clone(), &self.visible()) == before
    }

    /// The edits as they are shown.
    pub fn shown(&self) -> String {
        let entries: Vec<Entry> = self
            .visible()
            .into_iter()
            .filter_map(|Edit { sections, key, leaf }| leaf.map(|leaf| Entry { sections, key, leaf }))
            .collect();
        if entries.is_empty() { "% No configuration changes found.\r\n".to_owned() } else { config::shown(&entries) }
    }

    /// Takes a line that edits, in these sections or from the top; the sections that it enters, if it enters any.
    pub fn edit(
        &mut self,
        facts: &Facts,
        line: &str,
        words: &[Word],
        sections: &[String],
        no: bool,
    ) -> Result<Option<Vec<String>>, Refusal> {
        match self.edit_from(facts, line, words, sections, no) {
            Err(Refusal::Unknown(at)) if !sections.is_empty() && words.first().is_some_and(|word| word.at == at) => {
                self.edit_from(facts, line, words, &[], no)
            }
            outcome => outcome,
        }
    }

    fn edit_from(
        &mut self,
        facts: &Facts,
        line: &str,
        words: &[Word],
        sections: &[String],
        no: bool,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let partner = facts.0.text("partner", "none") != "unsupported";
        let mut sections = sections.to_vec();
        let mut rest = words;
        loop {
            let rule = match schema::find(facts.is_six(), partner, &sections, &texts(rest)) {
                Found::Rule(rule) => rule,
                Found::Incomplete => return Err(Refusal::Incomplete),
                Found::Unknown(index) => {
                    let at = rest.get(index).map_or(line.trim_end().chars().count(), |word| word.at);
                    return Err(Refusal::Unknown(at));
                }
            };
            let (own, after) = rest.split_at(rule.words.len().min(rest.len()));
            let name = texts(own).join(" ");
            match rule.shape {
                Shape::Section if after.is_empty() && no => {
                    sections.push(name);
                    self.edits.push(Edit { sections, key: String::new(), leaf: None });
                    return Ok(None);
                }
                Shape::Section => {
                    sections.push(name);
                    if after.is_empty() {
                        return Ok(Some(sections));
                    }
                    rest = after;
                }
                Shape::Flag | Shape::Choice => {
                    if let Some(extra) = after.first() {
                        return Err(Refusal::Argument(extra.at));
                    }
                    let leaf = if no && rule.shape == Shape::Choice { None } else { Some(Leaf::Flag(!no)) };
                    self.edits.push(Edit { sections, key: name, leaf });
                    return Ok(None);
                }
                Shape::Leaf(_) if no => {
                    self.edits.push(Edit { sections, key: name, leaf: None });
                    return Ok(None);
                }
                Shape::Leaf(check) => {
                    let Some(first) = after.first() else {
                        return Err(Refusal::Value { sections, key: name, check });
                    };
                    return match self.value(&sections, &name, check, &texts(after).join(" ")) {
                        Err(Refusal::Argument(_)) => Err(Refusal::Argument(first.at)),
                        outcome => outcome.map(|()| None),
                    };
                }
            }
        }
    }

    /// Takes the value of a leaf.
    pub fn value(&mut self, sections: &[String], key: &str, check: Check, value: &str) -> Result<(), Refusal> {
        match check {
            Check::One(list) if !list.contains(&value) => return Err(Refusal::OneOf(list)),
            Check::Number if value.parse::<u32>().is_err() => return Err(Refusal::Argument(0)),
            _ => {}
        }
        let leaf = Some(Leaf::Text(value.to_owned()));
        self.edits.push(Edit { sections: sections.to_vec(), key: key.to_owned(), leaf });
        Ok(())
    }

    /// Commits; what is said, or none: nothing is said, ever.
    pub fn commit(&mut self, radio: &Arc<Radio>) -> Option<String> {
        for fault in radio.device.faults() {
            match fault {
                Fault::Commit { how: CommitFault::Abort } => {
                    return Some("Aborted: the configuration database is locked by another session".to_owned());
                }
                Fault::Commit { how: CommitFault::Silence } => return None,
                _ => {}
            }
        }
        let facts = radio.facts();
        if self.is_clean(&facts) {
            self.clear();
            return Some("% No modifications to commit.".to_owned());
        }
        if let Some(refusal) = self.refusal(&facts) {
            return Some(format!("Aborted: {refusal}"));
        }
        let mut change = config::knobs(&facts, &self.visible());
        // A hash cannot be turned back into the password that it was made from: it changes no login here.
        if let Some(password) = self.password().filter(|password| !password.starts_with('$')) {
            change.extend(knobs(json!({ "password": password })));
        }
        radio.device.merge(change);
        self.clear();
        Some("Commit complete.".to_owned())
    }

    fn refusal(&self, facts: &Facts) -> Option<String> {
        let own = facts.0.text("self_password", "refused") == "refused";
        if own && self.password().is_some_and(|password| !password.starts_with('$')) {
            return Some(
                "'user admin password': please use the change-password command to change your own password".to_owned(),
            );
        }
        self.edits.iter().find_map(|edit| {
            let Some(Leaf::Text(text)) = &edit.leaf else { return None };
            let frequency = edit.key.ends_with("-frequency");
            let beyond = text.parse::<u32>().is_ok_and(|khz| !FREQUENCIES.contains(&khz));
            (frequency && beyond).then(|| {
                let path = edit.sections.join(" ");
                format!("'{path} {}': frequency outside the range of the fitted RF module", edit.key)
            })
        })
    }
}

fn is_password(sections: &[String], key: &str) -> bool {
    key == "password" && sections.first().is_some_and(|section| section.starts_with("user "))
}
