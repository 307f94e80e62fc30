//! `show licensing bundles` (a table, or one name a line) and `show licensing` (blocks), 6.6.

use std::collections::BTreeSet;

use super::table;

/// What the radio is licensed for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Licences {
    /// Names such as `WZL-CE1`, trial ones left out.
    pub bundles: BTreeSet<String>,
    /// Names that are there for a trial only.
    pub trial: BTreeSet<String>,
    /// It says of itself that it runs on a trial, whatever of.
    pub on_trial: bool,
}

impl Licences {
    /// Which of `required` are not there for good, in the order asked.
    pub fn missing(&self, required: &[&str]) -> Vec<String> {
        required.iter().filter(|name| !self.bundles.contains(**name)).map(|name| (*name).to_owned()).collect()
    }

    /// Whether nothing at all was listed: unknown rather than unlicensed.
    pub fn is_empty(&self) -> bool {
        self.bundles.is_empty() && self.trial.is_empty() && !self.on_trial
    }

    /// Any of the forms. A name counts only where a name stands: the second column of a table, a line of its own, the
    /// leaf `bundle` of a licence.
    pub fn parse(text: &str) -> Self {
        let mut licences = Self::default();
        let mut block: Option<Block> = None;
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            // Headings are no rows, whatever they say.
            if table::is_rule(line) || lines.peek().is_some_and(|next| table::is_rule(next)) {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let indented = line.starts_with(char::is_whitespace);
            match words.as_slice() {
                ["licensing", "licenses", _] => {
                    licences.take(block.replace(Block::default()));
                    continue;
                }
                ["licensing", ..] => {
                    licences.take(block.take());
                    continue;
                }
                _ => {}
            }
            if let Some(block) = block.as_mut().filter(|_| indented) {
                match words.as_slice() {
                    ["bundle", name] => block.bundle = bundle(name),
                    ["is-trial", value] => block.trial = *value != "false",
                    _ => {}
                }
                continue;
            }
            let trial = words.iter().any(|word| is_trial(word));
            match words.as_slice() {
                [name, ..] | [_, name, ..] if bundle(name).is_some() => licences.add(name, trial),
                [] => {}
                _ => licences.on_trial |= trial && !words.iter().any(|word| word.eq_ignore_ascii_case("false")),
            }
        }
        licences.take(block);
        licences
    }

    fn take(&mut self, block: Option<Block>) {
        if let Some(Block { bundle: Some(name), trial }) = block {
            self.add(&name, trial);
        }
    }

    fn add(&mut self, name: &str, trial: bool) {
        let set = if trial { &mut self.trial } else { &mut self.bundles };
        set.insert(name.to_owned());
    }
}

/// A licence of `show licensing`.
#[derive(Debug, Default)]
struct Block {
    bundle: Option<String>,
    trial: bool,
}

fn is_trial(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    word.eq_ignore_ascii_case("trial") || word.eq_ignore_ascii_case("evaluation")
}

/// `WZL-...` and `WZF-...`, upper case and digits.
fn bundle(word: &str) -> Option<String> {
    let rest = word.strip_prefix("WZL-").or_else(|| word.strip_prefix("WZF-"))?;
    let named = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    named.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &BTreeSet<String>) -> Vec<&str> {
        set.iter().map(String::as_str).collect()
    }

    #[test]
    fn a_table_and_a_list() {
        let table = "ENTITY     BUNDLE\r\n---------------------------\r\nTerminal1  WZL-CE1\r\nTerminal1  WZL-ENTERPRISE5\r\n\
            Terminal1  WZF-MLHC\r\n";
        let list = "Installed Bundles\n-----------------\nWZL-CE1\nWZL-ENTERPRISE5\nWZF-MLHC\n";
        for text in [table, list] {
            let licences = Licences::parse(text);
            assert_eq!(names(&licences.bundles), ["WZF-MLHC", "WZL-CE1", "WZL-ENTERPRISE5"], "{text}");
            assert!(licences.trial.is_empty() && !licences.on_trial);
            assert_eq!(licences.missing(&["WZL-CE1", "WZF-XPIC", "WZL-ENTERPRISE"]), ["WZF-XPIC", "WZL-ENTERPRISE"]);
        }
    }

    #[test]
    fn blocks_tell_what_is_a_trial() {
        let text = "licensing licenses 0123456789ABCDEF\n feature   XPIC\n version   1\n bundle    WZF-XPIC\n \
             instances 2\n is-trial  true\nlicensing licenses 0123456789ABCDE0\n bundle    WZL-CE1\n is-trial  false\n\
             licensing feature XPIC\n name               XPIC\n trial-in-use       false\n trial-activated    false\n";
        let licences = Licences::parse(text);
        assert_eq!((names(&licences.bundles), names(&licences.trial)), (vec!["WZL-CE1"], vec!["WZF-XPIC"]));
        assert!(!licences.on_trial, "the features only say that no trial is in use");
    }

    #[test]
    fn s031_a_trial_is_no_licence() {
        let licences = Licences::parse("ENTITY     BUNDLE\n-----------------\nTerminal1  Trial\n");
        let heading = Licences::parse("BUNDLE   TRIAL\n--------------\nWZL-CE1  false\n");
        assert!(!heading.on_trial && names(&heading.bundles) == ["WZL-CE1"]);
        assert!(licences.on_trial && licences.bundles.is_empty() && !licences.is_empty());
        let licences = Licences::parse("ENTITY     BUNDLE\n-----------------\nTerminal1  WZL-CE1  trial\n");
        assert_eq!((names(&licences.bundles), names(&licences.trial)), (vec![], vec!["WZL-CE1"]));
    }

    #[test]
    fn nothing_listed_is_unknown() {
        for text in ["", "ENTITY  BUNDLE\n--------------\n", "description WZ\n", "the list of WZL-CE1x\n"] {
            assert!(Licences::parse(text).is_empty(), "{text}");
        }
    }
}
