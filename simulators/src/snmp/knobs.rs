//! Knobs of a device as one consistent snapshot, read leniently: a lab file says `"-55.2"` or `-55.2`.

use serde_json::{Map, Value};

/// A snapshot of knobs, or one entry of a list of knobs (an output, a module).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Knobs(pub Map<String, Value>);

impl Knobs {
    /// The knob, unless it is absent or null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A knob as text, or its default; a number is written as it stands.
    pub fn text(&self, name: &str, default: &str) -> String {
        self.maybe_text(name).unwrap_or_else(|| default.to_owned())
    }

    /// A knob as text, if it is there.
    pub fn maybe_text(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// A knob as a number (also from text such as `"-55.2"`), or its default.
    pub fn number(&self, name: &str, default: f64) -> f64 {
        self.maybe_number(name).unwrap_or(default)
    }

    /// A knob as a number, if it is there and is one.
    pub fn maybe_number(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(other) => other.as_f64(),
            None => None,
        }
    }

    /// A knob as an integer; fractions are rounded.
    pub fn integer(&self, name: &str, default: i32) -> i32 {
        self.maybe_number(name).map_or(default, whole)
    }

    /// A knob as a switch, or its default.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        match self.get(name) {
            Some(Value::Bool(on)) => *on,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            _ => default,
        }
    }

    /// A knob that is a list of tables; entries that are no tables are empty ones.
    pub fn list(&self, name: &str) -> Option<Vec<Knobs>> {
        let list = self.get(name)?.as_array()?;
        Some(list.iter().map(|entry| Knobs(entry.as_object().cloned().unwrap_or_default())).collect())
    }

    /// A knob that is a list of texts, or one text.
    pub fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::Array(list)) => list
                .iter()
                .map(|value| match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect(),
            Some(Value::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    }

    /// Sets a knob.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

/// A number as the nearest 32-bit integer.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, which is the wanted bound")]
pub fn whole(number: f64) -> i32 {
    number.round() as i32
}

/// A number as the nearest unsigned 32-bit integer, modulo 2^32 as SNMP counters and clocks wrap.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "negative numbers are raised to zero before, and the wrap at 2^32 is wanted"
)]
pub fn wrapped(number: f64) -> u32 {
    number.max(0.0).round() as u64 as u32
}
