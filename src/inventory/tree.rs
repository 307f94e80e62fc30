//! YAML as a tree whose every node knows its place. serde into structs stops at the first mistake; a tree lets the
//! reader name all of them at once.
//!
//! Scalars stay text as written: `name: 0012` is `0012`, not ten or twelve, and what a field means is the reader's
//! business.

use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::Mistake;

/// Line and column, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) at: Place,
    pub(super) yaml: Yaml,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Yaml {
    /// `null`, `~` or nothing.
    Null,
    /// A scalar as written, quotes removed.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the file; keys are unique.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) at: Place,
    pub(super) name: String,
}

/// Parses one document. An empty file is [`Yaml::Null`].
pub(super) fn parse(file: &Path, source: &str) -> Result<Node, Mistake> {
    // Offsets are counted without a byte order mark.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(source, options()).map_err(|error| {
        // Without the snippet: the line may hold a secret.
        let error = error.without_snippet();
        let at = error.location().map(place).unwrap_or_default();
        let text = error.to_string();
        let message = text.split(" at line ").next().unwrap_or_default();
        let message = message.strip_prefix("error: ").unwrap_or(message).lines().next().unwrap_or_default();
        Mistake {
            file: file.to_owned(),
            line: at.line,
            column: at.column,
            message: format!("not valid YAML: {message}"),
        }
    })?;
    Ok(settle(raw, source))
}

fn options() -> serde_saphyr::Options {
    // Sized for ten thousand devices with anchors; an alias bomb still ends within a second.
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 8_000_000,
            max_nodes: 4_000_000,
            max_aliases: 100_000,
            max_merge_keys: 100_000,
            enforce_alias_anchor_ratio: false,
        },
        with_snippet: false,
    }
}

fn place(location: Location) -> Place {
    Place { line: location.line(), column: location.column() }
}

/// What serde hands over, before scalars are looked up in the source.
enum Raw {
    Null,
    Text(String),
    /// Not a string for YAML; the text is YAML's rendering, used where the source is out of reach.
    Other(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn settle(raw: Spanned<Raw>, source: &str) -> Node {
    let at = place(raw.referenced);
    let yaml = match raw.value {
        Raw::Null => Yaml::Null,
        Raw::Text(text) => Yaml::Text(text),
        Raw::Other(rendered) => Yaml::Text(written(raw.defined, source).map_or(rendered, str::to_owned)),
        Raw::List(items) => Yaml::List(items.into_iter().map(|item| settle(item, source)).collect()),
        Raw::Map(entries) => Yaml::Map(
            entries
                .into_iter()
                .map(|(key, value)| (Key { at: place(key.referenced), name: key.value }, settle(value, source)))
                .collect(),
        ),
    };
    Node { at, yaml }
}

/// The scalar as it stands in the source.
fn written(location: Location, source: &str) -> Option<&str> {
    let start = usize::try_from(location.span().byte_offset()?).ok()?;
    let len = usize::try_from(location.span().byte_len()?).ok()?;
    source.get(start..start.checked_add(len)?).map(str::trim).filter(|text| !text.is_empty())
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Raw, E> {
        Ok(Raw::Other(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Node {
        parse(Path::new("x.yaml"), source).unwrap()
    }

    fn field<'a>(node: &'a Node, name: &str) -> &'a Node {
        let Yaml::Map(entries) = &node.yaml else { panic!("no map: {node:?}") };
        &entries.iter().find(|(key, _)| key.name == name).unwrap().1
    }

    #[test]
    fn every_scalar_keeps_its_place_and_its_spelling() {
        let node = read("a: 0012\nb:\n  - yes\n  - 1.10\n  - 0x1F\n  - \"quoted\"\n  - ~\nc: {d: 1_000}\n");
        assert_eq!(field(&node, "a"), &Node { at: Place { line: 1, column: 4 }, yaml: Yaml::Text("0012".into()) });
        let Yaml::List(items) = &field(&node, "b").yaml else { panic!() };
        let texts: Vec<_> = items.iter().map(|item| item.yaml.clone()).collect();
        let text = |text: &str| Yaml::Text(text.to_owned());
        assert_eq!(texts, [text("yes"), text("1.10"), text("0x1F"), text("quoted"), Yaml::Null]);
        assert_eq!(items[2].at, Place { line: 5, column: 5 });
        assert_eq!(field(field(&node, "c"), "d").yaml, text("1_000"));
        assert_eq!(read("").yaml, Yaml::Null);
    }

    #[test]
    fn spellings_survive_other_alphabets_and_a_byte_order_mark() {
        let node = read("\u{feff}é: 'ß→'\nb: 0755\n");
        assert_eq!(field(&node, "b").yaml, Yaml::Text("0755".into()));
    }

    #[test]
    fn merge_keys_and_aliases_work() {
        let node = read("base: &base {user: admin, n: 007}\none:\n  <<: *base\n  user: other\ntwo: *base\n");
        assert_eq!(field(field(&node, "one"), "user").yaml, Yaml::Text("other".into()));
        assert_eq!(field(field(&node, "one"), "n").yaml, Yaml::Text("007".into()));
        assert_eq!(field(field(&node, "two"), "user").yaml, Yaml::Text("admin".into()));
        assert_eq!(field(&node, "two").at.line, 5);
    }

    #[test]
    fn broken_yaml_is_a_mistake_with_a_place_and_without_the_line() {
        let error = parse(Path::new("x.yaml"), "a: 1\npassword: hunter2 : [\n").unwrap_err();
        assert_eq!(error.line, 2, "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let error = parse(Path::new("x.yaml"), "a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(error.line, 3, "{error}");
        let error = parse(Path::new("x.yaml"), "password: !!int hunter2\n").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
