//! Which configuration a radio knows: containers, leaves and what they take, by family.

/// What a path of words is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Holds others; entering it changes the prompt.
    Section,
    /// Is there or not; `no` writes it down as absent.
    Flag,
    /// One of a group of flags of which only one can be there.
    Choice,
    /// Takes a value.
    Leaf(Check),
}

/// What a leaf takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Any text, up to the end of the line.
    Any,
    /// One of these.
    One(&'static [&'static str]),
    /// A whole number.
    Number,
    /// Any text, never shown.
    Secret,
}

/// The families in which a path exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Both,
    Two,
    Six,
}

/// A path of words below a kind of section.
#[derive(Debug)]
pub struct Rule {
    on: On,
    /// The first words of the sections above, joined by `/`.
    parent: &'static str,
    /// `*` stands for any one word.
    pub words: &'static [&'static str],
    /// What it is.
    pub shape: Shape,
}

/// SNMP modes. Only the first is known from the field.
pub const SNMP_MODES: &[&str] = &["v2c-only", "v3-only", "v2c-and-v3", "none"];

const fn rule(on: On, parent: &'static str, words: &'static [&'static str], shape: Shape) -> Rule {
    Rule { on, parent, words, shape }
}

const ANY: Shape = Shape::Leaf(Check::Any);
const NUMBER: Shape = Shape::Leaf(Check::Number);

const RULES: &[Rule] = &[
    rule(On::Two, "", &["system", "hostname"], ANY),
    rule(On::Two, "", &["system", "location"], ANY),
    rule(On::Six, "", &["hostname"], ANY),
    rule(On::Six, "", &["location"], ANY),
    rule(On::Both, "", &["snmp", "v2c-only"], Shape::Choice),
    rule(On::Both, "", &["snmp", "v3-only"], Shape::Choice),
    rule(On::Both, "", &["snmp", "v2c-and-v3"], Shape::Choice),
    rule(On::Both, "", &["snmp", "community"], ANY),
    rule(On::Both, "", &["spanning-tree", "administrative-status"], Shape::Leaf(Check::One(&["down", "up"]))),
    rule(On::Both, "", &["spanning-tree", "bridge-priority"], NUMBER),
    rule(On::Both, "", &["user", "*"], Shape::Section),
    rule(On::Both, "user", &["password"], Shape::Leaf(Check::Secret)),
    rule(On::Both, "", &["interface", "*"], Shape::Section),
    rule(On::Both, "interface", &["enabled"], Shape::Flag),
    rule(On::Both, "interface", &["description"], ANY),
    rule(On::Two, "interface", &["xpic"], Shape::Leaf(Check::One(&["horizontal", "local", "vertical"]))),
    rule(On::Two, "interface", &["bandwidth"], ANY),
    rule(On::Two, "interface", &["tx-frequency"], NUMBER),
    rule(On::Two, "interface", &["rx-frequency"], NUMBER),
    rule(On::Two, "interface", &["coding-modulation"], ANY),
    rule(On::Two, "interface", &["power"], ANY),
    rule(On::Two, "interface", &["tx-mute"], Shape::Flag),
    rule(On::Both, "interface", &["ipv4", "address", "*"], Shape::Section),
    rule(On::Both, "interface/ipv4", &["prefix-length"], NUMBER),
    rule(On::Six, "", &["radio-link", "*"], Shape::Section),
    rule(On::Six, "radio-link", &["enabled"], Shape::Flag),
    rule(On::Six, "radio-link", &["carriers"], ANY),
    rule(On::Six, "radio-link", &["mlhc"], Shape::Flag),
    rule(On::Six, "radio-link", &["hitless-aggregation"], Shape::Flag),
    rule(On::Six, "radio-link", &["a2c-mode"], ANY),
    rule(On::Six, "", &["radio-carrier", "*"], Shape::Section),
    rule(On::Six, "radio-carrier", &["type"], ANY),
    rule(On::Six, "radio-carrier", &["enabled"], Shape::Flag),
    rule(On::Six, "radio-carrier", &["description"], ANY),
    rule(On::Six, "radio-carrier", &["bandwidth"], ANY),
    rule(On::Six, "radio-carrier", &["tx-frequency"], NUMBER),
    rule(On::Six, "radio-carrier", &["rx-frequency"], NUMBER),
    rule(On::Six, "radio-carrier", &["power"], ANY),
    rule(On::Six, "radio-carrier", &["tx-mute"], Shape::Flag),
    rule(On::Six, "radio-carrier", &["modulation"], ANY),
    rule(On::Six, "", &["partner-device"], Shape::Section),
    rule(On::Six, "partner-device", &["connection", "interface"], Shape::Leaf(Check::One(&["10g1", "10g2"]))),
    rule(On::Six, "", &["qos-default-policy", "*"], Shape::Section),
    rule(On::Six, "qos-default-policy", &["traffic-classes", "*"], Shape::Section),
    rule(On::Six, "qos-default-policy/traffic-classes", &["queue-size", "queue-limit"], ANY),
];

/// What the words at a place are.
#[derive(Debug)]
pub enum Found {
    /// This rule, which took so many words.
    Rule(&'static Rule),
    /// The words are right, but more are needed.
    Incomplete,
    /// The word at this index is known nowhere.
    Unknown(usize),
}

/// The kind of a section: the first words of it and of those above it.
fn kind(sections: &[String]) -> String {
    let first = |section: &String| section.split(' ').next().unwrap_or_default().to_owned();
    sections.iter().map(first).collect::<Vec<_>>().join("/")
}

/// The rule for what begins with these words below these sections. `partner`: whether the radio knows partner devices.
pub fn find(six: bool, partner: bool, sections: &[String], words: &[&str]) -> Found {
    let parent = kind(sections);
    let mut deepest = 0;
    let mut incomplete = false;
    for rule in RULES {
        let here = match rule.on {
            On::Both => true,
            On::Two => !six,
            On::Six => six,
        };
        if !here || rule.parent != parent || (!partner && rule.words == ["partner-device"]) {
            continue;
        }
        let matching = rule.words.iter().zip(words).take_while(|(known, word)| **known == "*" || known == word).count();
        if matching == rule.words.len() {
            return Found::Rule(rule);
        }
        incomplete |= matching == words.len();
        deepest = deepest.max(matching);
    }
    if incomplete { Found::Incomplete } else { Found::Unknown(deepest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_know_different_words() {
        let top = |six, words: &[&str]| find(six, true, &[], words);
        assert!(matches!(top(false, &["system", "hostname", "x"]), Found::Rule(rule) if rule.shape == ANY));
        assert!(matches!(top(true, &["system", "hostname", "x"]), Found::Unknown(0)));
        assert!(matches!(top(true, &["hostname", "x"]), Found::Rule(_)));
        assert!(matches!(top(false, &["partner-device"]), Found::Unknown(0)));
        assert!(matches!(find(true, false, &[], &["partner-device"]), Found::Unknown(0)));
        assert!(matches!(top(true, &["interface"]), Found::Incomplete));
        assert!(matches!(top(false, &["snmp", "comunity", "x"]), Found::Unknown(1)));
        let below = ["interface Vlan1".to_owned(), "ipv4 address 192.0.2.67".to_owned()];
        assert!(matches!(find(false, true, &below, &["prefix-length", "29"]), Found::Rule(_)));
    }
}
