//! The environment, captured once. Everything that wants a variable is handed its value.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::model::Secret;

/// The variables of the process as it was started. Any of them may be a secret, so all of them are held as one.
#[derive(Clone, Default)]
pub struct Environment {
    values: Arc<BTreeMap<String, Secret>>,
    /// Names whose value is no text.
    broken: Vec<String>,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Environment {
    /// The process's own: the one place that reads it.
    pub fn capture() -> Self {
        let mut values = BTreeMap::new();
        let mut broken = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => {
                    values.insert(name, Secret::new(value));
                }
                Err(_) => broken.push(name),
            }
        }
        Self { values: Arc::new(values), broken }
    }

    /// Given by hand, for tests and one-shot runs.
    pub fn of<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = variables.into_iter().map(|(name, value)| (name.into(), Secret::new(value))).collect();
        Self { values: Arc::new(values), broken: Vec::new() }
    }

    /// A variable as a secret: an API key, the vault's key.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.values.get(name).cloned()
    }

    /// A variable that is no secret.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(Secret::expose)
    }

    /// All of them, for `env:` references.
    pub fn secrets(&self) -> Arc<BTreeMap<String, Secret>> {
        Arc::clone(&self.values)
    }

    /// Names that begin with `prefix`, and their values, sorted.
    pub(super) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.values
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.expose()))
    }

    /// Names that begin with `prefix` and whose value is no text.
    pub(super) fn broken<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.broken.iter().map(String::as_str).filter(move |name| name.starts_with(prefix))
    }
}
