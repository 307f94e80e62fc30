//! Reads the members of one mapping and collects every mistake, instead of stopping at the first.

use std::path::Path;

use super::Mistake;
use super::tree::{Key, Node, Place, Yaml};

/// The mistakes of one file.
pub(super) struct Mistakes<'a> {
    pub(super) file: &'a Path,
    pub(super) list: Vec<Mistake>,
}

impl Mistakes<'_> {
    /// Adds one.
    pub(super) fn add(&mut self, at: Place, message: impl Into<String>) {
        self.list.push(self.make(at, message));
    }

    /// Makes one without adding it.
    pub(super) fn make(&self, at: Place, message: impl Into<String>) -> Mistake {
        Mistake { file: self.file.to_owned(), line: at.line, column: at.column, message: message.into() }
    }
}

/// A mapping that is being read. [`Fields::finish`] names the members that nobody asked for.
pub(super) struct Fields<'n> {
    what: String,
    at: Place,
    entries: &'n [(Key, Node)],
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Starts; `what` names the thing in messages (`device 'x'`). None, and a mistake, where the node is no mapping.
    pub(super) fn of(node: &'n Node, what: impl Into<String>, mistakes: &mut Mistakes<'_>) -> Option<Self> {
        let what = what.into();
        match &node.yaml {
            Yaml::Map(entries) => Some(Self { what, at: node.at, entries, known: Vec::new() }),
            _ => {
                mistakes.add(node.at, format!("{what} must be a mapping (key: value)"));
                None
            }
        }
    }

    /// Where the mapping begins.
    pub(super) fn at(&self) -> Place {
        self.at
    }

    /// Gives the thing a better name, once it is known.
    pub(super) fn call(&mut self, what: impl Into<String>) {
        self.what = what.into();
    }

    /// The member, if it is there and not null.
    pub(super) fn get(&mut self, name: &'static str) -> Option<&'n Node> {
        self.known.push(name);
        let (_, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        (node.yaml != Yaml::Null).then_some(node)
    }

    /// The member as a text that is not empty.
    pub(super) fn text(&mut self, name: &'static str, mistakes: &mut Mistakes<'_>) -> Option<(&'n str, Place)> {
        let node = self.get(name)?;
        match &node.yaml {
            Yaml::Text(text) if text.is_empty() => {
                mistakes.add(node.at, format!("{name} of {} is empty", self.what));
                None
            }
            Yaml::Text(text) => Some((text, node.at)),
            _ => {
                mistakes.add(node.at, format!("{name} of {} must be one value", self.what));
                None
            }
        }
    }

    /// The member as a text; a mistake where it is missing.
    pub(super) fn required(&mut self, name: &'static str, mistakes: &mut Mistakes<'_>) -> Option<(&'n str, Place)> {
        let known = mistakes.list.len();
        let text = self.text(name, mistakes);
        if text.is_none() && mistakes.list.len() == known {
            mistakes.add(self.at, format!("{} has no {name}", self.what));
        }
        text
    }

    /// The member as a sequence; empty where it is missing.
    pub(super) fn list(&mut self, name: &'static str, mistakes: &mut Mistakes<'_>) -> &'n [Node] {
        match self.get(name) {
            None => &[],
            Some(Node { yaml: Yaml::List(items), .. }) => items,
            Some(node) => {
                mistakes.add(node.at, format!("{name} of {} must be a list (lines that begin with -)", self.what));
                &[]
            }
        }
    }

    /// Names every member that was never asked for.
    pub(super) fn finish(self, mistakes: &mut Mistakes<'_>) {
        for (key, _) in self.entries {
            if !self.known.contains(&key.name.as_str()) {
                mistakes.add(
                    key.at,
                    format!(
                        "unknown key '{}' in {}; known keys: {}",
                        shown(&key.name),
                        self.what,
                        self.known.join(", ")
                    ),
                );
            }
        }
    }
}

/// A text that was read, short enough for a message and without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(64).map(|c| if c.is_control() { '?' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
