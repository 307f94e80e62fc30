//! From sources to settings. Each key is tried alone against the defaults, so that one wrong key hides no other and
//! every mistake has its place; then all of them together.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::contract::{Contract, KEYS};
use super::{Config, Environment};
use crate::inventory::Mistake;

/// What our variables begin with.
const PREFIX: &str = "TOWERHAND_";

/// Variables of ours that are no settings.
const OTHERS: [&str; 4] = ["TOWERHAND_URL", "TOWERHAND_API_KEY", "TOWERHAND_VAULT_KEY", "TOWERHAND_CONFIG"];

/// The simulators' variables, which may be set in the same shell.
const SIMULATORS: &str = "TOWERHAND_SIM_";

/// Settings files have a few kilobytes.
const SIZE_MAX: u64 = 1024 * 1024;

pub(super) fn load(path: Option<&Path>, environment: &Environment) -> Result<Config, Vec<Mistake>> {
    match load_leniently(path, environment) {
        (config, mistakes) if mistakes.is_empty() => Ok(config),
        (_, mistakes) => Err(mistakes),
    }
}

pub(super) fn load_leniently(path: Option<&Path>, environment: &Environment) -> (Config, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let tables = tables();
    let contract = Contract::read(environment, &mut mistakes);
    let mut merged = Merged::default();
    for (variable, table, key) in KEYS {
        let known = table.is_empty() || tables.iter().any(|name| name == table);
        if known && let Some(value) = contract.value(variable) {
            merged.take(table, key, value, || Mistake::of_file("environment", variable), &mut mistakes);
        }
    }
    if let Some(path) = path {
        match read(path) {
            Ok(text) => file(path, &text, &tables, &mut merged, &mut mistakes),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    variables(environment, &tables, &mut merged, &mut mistakes);
    // Each value has been tried alone; what is wrong with them together is told only where each is right.
    let each_is_right = mistakes.is_empty();
    let mut config = match parsed(merged.0) {
        Ok(config) => config,
        Err(error) => {
            mistakes.push(of_all(path, error));
            Config::default()
        }
    };
    if each_is_right && mistakes.is_empty() {
        let wrong = config.meaning().into_iter().chain(config.meaning_together());
        mistakes.extend(wrong.map(|why| of_all(path, why)));
    }
    config.contract = contract;
    config.file = path.map(Path::to_owned);
    (config, mistakes)
}

/// A mistake that shows only where the settings are taken together.
fn of_all(path: Option<&Path>, why: String) -> Mistake {
    Mistake::of_file(path.map_or_else(|| PathBuf::from("settings"), Path::to_owned), why)
}

/// Names of the tables, dotted, those inside of others first: whatever is a table among the defaults.
pub(super) fn tables() -> Vec<String> {
    fn below(prefix: &str, table: &Table, found: &mut Vec<String>) {
        for (name, value) in table {
            if let Value::Table(inner) = value {
                let name = dotted(prefix, name);
                below(&name, inner, found);
                found.push(name);
            }
        }
    }
    let mut found = Vec::new();
    below("", &Table::try_from(Config::default()).unwrap_or_default(), &mut found);
    found
}

/// The values taken so far, later ones over earlier ones.
#[derive(Default)]
struct Merged(Table);

impl Merged {
    /// Tries a value and takes it if it is right; `place` makes the mistake to which the reason is added.
    fn take(
        &mut self,
        table: &str,
        key: &str,
        value: Value,
        place: impl FnOnce() -> Mistake,
        mistakes: &mut Vec<Mistake>,
    ) {
        match tried(table, key, &value) {
            Ok(()) => self.put(table, key, value),
            Err(why) => {
                let mut mistake = place();
                let name = if mistake.message.is_empty() { dotted(table, key) } else { mistake.message };
                mistake.message = format!("{name}: {why}");
                mistakes.push(mistake);
            }
        }
    }

    fn put(&mut self, table: &str, key: &str, value: Value) {
        let mut inner = &mut self.0;
        for name in table.split('.').filter(|name| !name.is_empty()) {
            let next = inner.entry(name.to_owned()).or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(next) = next else { return };
            inner = next;
        }
        inner.insert(key.to_owned(), value);
    }
}

fn dotted(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

/// Whether the value is right where everything else is default.
fn tried(table: &str, key: &str, value: &Value) -> Result<(), String> {
    let mut alone = Merged::default();
    alone.put(table, key, value.clone());
    let wrong = parsed(alone.0)?.meaning();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn parsed(table: Table) -> Result<Config, String> {
    Config::deserialize(table).map_err(|error: toml::de::Error| error.message().trim().to_owned())
}

fn read(path: &Path) -> Result<String, Mistake> {
    let unreadable = |error: std::io::Error| Mistake::of_file(path, format!("cannot be read: {error}"));
    if std::fs::metadata(path).map_err(unreadable)?.len() > SIZE_MAX {
        return Err(Mistake::of_file(path, "larger than 1 MiB"));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

fn file(path: &Path, text: &str, tables: &[String], merged: &mut Merged, mistakes: &mut Vec<Mistake>) {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            mistakes.push(at_offset(path, text, at, format!("not valid TOML: {}", error.message())));
        }
        return;
    }
    let mut take = |table: &str, key: &Spanned<std::borrow::Cow<'_, str>>, value: Spanned<DeValue<'_>>| {
        let at = key.span().start;
        let place = || at_offset(path, text, at, String::new());
        match Value::deserialize(toml::de::ValueDeserializer::from(value)) {
            Ok(value) => merged.take(table, key.get_ref(), value, place, mistakes),
            Err(error) => mistakes.push(at_offset(path, text, at, error.message().to_owned())),
        }
    };
    each("", root.into_inner(), tables, &mut take);
}

/// Hands out every key, with the dotted name of its table.
fn each<'a, T>(table: &str, content: DeTable<'a>, tables: &[String], take: &mut T)
where
    T: FnMut(&str, &Spanned<std::borrow::Cow<'a, str>>, Spanned<DeValue<'a>>),
{
    for (key, value) in content {
        let name = dotted(table, key.get_ref());
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(inner) if tables.contains(&name) => each(&name, inner, tables, take),
            value => take(table, &key, Spanned::new(span, value)),
        }
    }
}

fn at_offset(path: &Path, text: &str, offset: usize, message: String) -> Mistake {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) + 1;
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Mistake { file: path.to_owned(), line: number(line), column: number(column), message }
}

fn variables(environment: &Environment, tables: &[String], merged: &mut Merged, mistakes: &mut Vec<Mistake>) {
    for prefix in [PREFIX, "NOC_"] {
        for name in environment.broken(prefix) {
            mistakes.push(Mistake::of_file("environment", format!("{name} is not valid UTF-8")));
        }
    }
    for (name, text) in environment.with_prefix(PREFIX) {
        if OTHERS.contains(&name) || name.starts_with(SIMULATORS) {
            continue;
        }
        let key = name.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
        let (table, key) = tables
            .iter()
            .find_map(|table| Some((table.as_str(), key.strip_prefix(&table.replace('.', "_"))?.strip_prefix('_')?)))
            .unwrap_or(("", key.as_str()));
        let value = meant(table, key, text);
        merged.take(table, key, value, || Mistake::of_file("environment", name), mistakes);
    }
}

/// A variable is text; what it means is what the key accepts: the text itself, a comma list, or a number or boolean.
fn meant(table: &str, key: &str, text: &str) -> Value {
    let list =
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(|item| Value::String(item.to_owned()));
    let literal = literal(text);
    let candidates = [Some(Value::String(text.to_owned())), Some(Value::Array(list.collect())), literal.clone()];
    let right = candidates.into_iter().flatten().find(|value| tried(table, key, value).is_ok());
    // None is right: the reason told is that for the most likely reading.
    right.or(literal).unwrap_or_else(|| likely(table, key, text))
}

/// A text that is no literal: a list where the default is one.
fn likely(table: &str, key: &str, text: &str) -> Value {
    let empty = Value::Array(Vec::new());
    if tried(table, key, &empty).is_ok() {
        let list = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        return Value::Array(list.map(|item| Value::String(item.to_owned())).collect());
    }
    Value::String(text.to_owned())
}

fn literal(text: &str) -> Option<Value> {
    let text = text.trim();
    text.parse::<i64>()
        .map(Value::Integer)
        .ok()
        .or_else(|| text.parse::<bool>().map(Value::Boolean).ok())
        .or_else(|| text.parse::<f64>().map(Value::Float).ok())
}
