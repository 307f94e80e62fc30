//! Who a key belongs to. Keys come from three variables of the contract, handed down by the configuration, and from
//! the store (`key create`). Only keyed hashes are kept; identity is a label, never the key.

use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use super::scope::ADMIN;
use super::signing::SigningKeys;
use crate::model::Secret;
use crate::store::{KeyStore, StoreError};
use crate::vault::Vault;

/// Purpose under which the vault hashes API keys.
const PURPOSE: &str = "api-key";
/// Longest label, characters.
const LABEL_MAX: usize = 64;

/// The values of the variables, not read here.
#[derive(Debug, Clone, Default)]
pub struct KeySources {
    /// `NOC_API_KEYS_JSON`: key to list of scopes, to comma text, or to `{"scopes": [...], "label": "..."}`.
    pub keys_json: Option<Secret>,
    /// `NOC_API_KEYS`: `key1:scopeA,scopeB;key2` (a bare key is admin, `key:` has no scope).
    pub keys: Option<Secret>,
    /// `NOC_API_KEY`: one admin key.
    pub key: Option<Secret>,
    /// `NOC_API_SIGNING_KEYS_JSON`: key id to secret.
    pub signing_json: Option<Secret>,
    /// `NOC_API_SIGNING_KEYS`: `kid:secret;kid2:secret2`.
    pub signing_list: Option<Secret>,
}

impl KeySources {
    /// Every key and signing secret of the variables, for the net under the log. Fails as [`KeyRing::build`] does.
    pub fn secrets(&self) -> Result<Vec<Secret>, KeyError> {
        let mut secrets: Vec<Secret> = declared(self)?.into_iter().map(|declared| declared.key).collect();
        secrets.extend(SigningKeys::parse(self)?.secrets());
        Ok(secrets)
    }
}

/// A variable that cannot be used; the daemon does not start. Never shows a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not JSON.
    #[error("{variable} is not a JSON object (line {line}, column {column}); correct it or unset it")]
    Json {
        /// Which variable.
        variable: &'static str,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// An entry of another shape.
    #[error("{variable}: entry {position} {why}")]
    Entry {
        /// Which variable.
        variable: &'static str,
        /// From 1.
        position: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// A label that cannot be shown.
    #[error("{0}")]
    Label(&'static str),
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Shown wherever the contract shows a key.
    pub label: String,
    /// Sorted, distinct; may be empty, which opens nothing.
    pub scopes: Vec<String>,
}

impl Identity {
    /// Whether the key may do this.
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope || own == ADMIN)
    }
}

/// What became of a presented key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// A known key.
    Known(Arc<Identity>),
    /// Not a key of ours.
    Unknown,
    /// There are no keys at all.
    NoneConfigured,
}

struct Entry {
    hash: [u8; 32],
    identity: Arc<Identity>,
}

/// The keys of the store as of one version of them.
#[derive(Default)]
struct Stored {
    version: Option<i64>,
    entries: Vec<Entry>,
}

/// All keys of the daemon.
pub struct KeyRing {
    fixed: Vec<Entry>,
    stored: ArcSwap<Stored>,
    /// Keys of the optional request signing.
    pub(super) signing: SigningKeys,
    vault: Vault,
}

/// The keyed hash under which a key is stored and found. Constant for the life of the vault's pepper.
pub fn hash_key(vault: &Vault, key: &[u8]) -> [u8; 32] {
    vault.keyed_hash(PURPOSE, key)
}

/// Whether a text may be a label: 1 to 64 printable characters without blanks at its ends.
pub fn check_label(label: &str) -> Result<(), KeyError> {
    if label.is_empty() || label.chars().count() > LABEL_MAX || label.trim() != label {
        return Err(KeyError::Label("a label has 1 to 64 characters and no blanks at its ends"));
    }
    if label.chars().any(char::is_control) {
        return Err(KeyError::Label("a label has no control characters"));
    }
    Ok(())
}

impl KeySources {
    /// Whether a key ring can be built of the variables; needs no vault, so it can be asked before anything is made.
    pub fn check(&self) -> Result<(), KeyError> {
        for declared in declared(self)? {
            label_of(&declared)?;
        }
        SigningKeys::parse(self).map(drop)
    }
}

/// The label that was given, if it can be one.
fn label_of(declared: &Declared) -> Result<Option<&str>, KeyError> {
    let Some(label) = declared.label.as_deref() else { return Ok(None) };
    check_label(label)?;
    if label == declared.key.expose() {
        return Err(KeyError::Label("a label must not be the key itself"));
    }
    Ok(Some(label))
}

impl KeyRing {
    /// Takes the variables; keys of the store are loaded when the first one is presented.
    pub fn build(sources: &KeySources, vault: Vault) -> Result<Self, KeyError> {
        let mut fixed: Vec<Entry> = Vec::new();
        for declared in declared(sources)? {
            let hash = hash_key(&vault, declared.key.expose().as_bytes());
            let label = label_of(&declared)?.map_or_else(|| default_label(&hash), str::to_owned);
            let known = fixed.iter().position(|entry| entry.hash == hash);
            match (known, declared.keeps_earlier) {
                (Some(_), true) => continue,
                (Some(at), false) => drop(fixed.swap_remove(at)),
                (None, _) => {}
            }
            fixed.push(Entry { hash, identity: Arc::new(Identity { label, scopes: tidy(declared.scopes) }) });
        }
        let signing = SigningKeys::parse(sources)?;
        Ok(Self { fixed, stored: ArcSwap::default(), signing, vault })
    }

    /// Looks a presented key up: keys of the environment first, so that they work while the store does not.
    pub async fn identify(&self, presented: &[u8], store: &dyn KeyStore) -> Result<Presented, StoreError> {
        let hash = hash_key(&self.vault, presented);
        if let Some(identity) = find(&self.fixed, &hash) {
            return Ok(Presented::Known(identity));
        }
        self.reload(store).await?;
        let stored = self.stored.load();
        Ok(match find(&stored.entries, &hash) {
            Some(identity) => Presented::Known(identity),
            None if self.fixed.is_empty() && stored.entries.is_empty() => Presented::NoneConfigured,
            None => Presented::Unknown,
        })
    }

    /// Loads the keys of the store if they changed, also by another process: a revoked key is out at once.
    async fn reload(&self, store: &dyn KeyStore) -> Result<(), StoreError> {
        // The version is read before the keys: a change in between is seen at the next look.
        let version = store.keys_version().await?;
        if self.stored.load().version == Some(version) {
            return Ok(());
        }
        let mut entries = Vec::new();
        for row in store.keys().await? {
            if row.revoked_at.is_some() {
                continue;
            }
            match <[u8; 32]>::try_from(row.hash.as_slice()) {
                Ok(hash) => {
                    let identity = Arc::new(Identity { label: row.label, scopes: tidy(row.scopes) });
                    entries.push(Entry { hash, identity });
                }
                Err(_) => tracing::error!(key.label = row.label, "the stored hash of an API key has a wrong length"),
            }
        }
        tracing::info!(keys = entries.len(), "API keys of the store loaded: {}", entries.len());
        self.stored.store(Arc::new(Stored { version: Some(version), entries }));
        Ok(())
    }
}

/// Compares with every entry, each in constant time, so that the time taken says nothing.
fn find(entries: &[Entry], hash: &[u8; 32]) -> Option<Arc<Identity>> {
    let mut found = None;
    for entry in entries {
        if bool::from(entry.hash.ct_eq(hash)) {
            found = Some(Arc::clone(&entry.identity));
        }
    }
    found
}

fn default_label(hash: &[u8; 32]) -> String {
    let digits: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("key-{digits}")
}

/// Trims, drops blanks, sorts, makes distinct.
fn tidy(scopes: Vec<String>) -> Vec<String> {
    let mut scopes: Vec<String> =
        scopes.iter().map(|scope| scope.trim().to_owned()).filter(|scope| !scope.is_empty()).collect();
    scopes.sort();
    scopes.dedup();
    scopes
}

/// A key as a variable gives it.
struct Declared {
    key: Secret,
    scopes: Vec<String>,
    label: Option<String>,
    /// The third variable does not change a key that another one gives.
    keeps_earlier: bool,
}

fn declared(sources: &KeySources) -> Result<Vec<Declared>, KeyError> {
    let mut all = Vec::new();
    if let Some(text) = given(sources.keys_json.as_ref()) {
        from_json(text, &mut all)?;
    }
    if let Some(text) = given(sources.keys.as_ref()) {
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (key, scopes) = match entry.split_once(':') {
                None => (entry, vec![ADMIN.to_owned()]),
                Some((key, scopes)) => (key.trim(), scopes.split(',').map(str::to_owned).collect()),
            };
            if !key.is_empty() {
                all.push(Declared { key: Secret::new(key), scopes, label: None, keeps_earlier: false });
            }
        }
    }
    if let Some(text) = given(sources.key.as_ref()) {
        let scopes = vec![ADMIN.to_owned()];
        all.push(Declared { key: Secret::new(text), scopes, label: None, keeps_earlier: true });
    }
    Ok(all)
}

/// A blank variable counts as unset.
pub(super) fn given(value: Option<&Secret>) -> Option<&str> {
    value.map(|secret| secret.expose().trim()).filter(|text| !text.is_empty())
}

fn from_json(text: &str, all: &mut Vec<Declared>) -> Result<(), KeyError> {
    const VARIABLE: &str = "NOC_API_KEYS_JSON";
    for (position, (key, value)) in object(VARIABLE, text)?.into_iter().enumerate() {
        let wrong = |why| KeyError::Entry { variable: VARIABLE, position: position.saturating_add(1), why };
        let (scopes, label) = match value {
            Value::Object(mut members) => {
                let scopes = members.remove("scopes").ok_or_else(|| wrong("has no \"scopes\""))?;
                let label = match members.remove("label") {
                    None | Some(Value::Null) => None,
                    Some(Value::String(label)) => Some(label),
                    Some(_) => return Err(wrong("has a \"label\" that is not text")),
                };
                if !members.is_empty() {
                    return Err(wrong("has members other than \"scopes\" and \"label\""));
                }
                (scopes, label)
            }
            other => (other, None),
        };
        let scopes = match scopes {
            Value::String(list) => list.split(',').map(str::to_owned).collect(),
            Value::Array(items) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(scope) => Ok(scope),
                    _ => Err(wrong("has a scope that is not text")),
                })
                .collect::<Result<Vec<String>, KeyError>>()?,
            _ => return Err(wrong("is neither a list of scopes, nor comma-separated text, nor an object")),
        };
        // The key itself is trimmed as the header is.
        let key = key.trim();
        if !key.is_empty() {
            all.push(Declared { key: Secret::new(key), scopes, label, keeps_earlier: false });
        }
    }
    Ok(())
}

pub(super) fn object(variable: &'static str, text: &str) -> Result<serde_json::Map<String, Value>, KeyError> {
    serde_json::from_str(text).map_err(|error| KeyError::Json { variable, line: error.line(), column: error.column() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fixture::vault;

    fn secret(text: &str) -> Option<Secret> {
        Some(Secret::new(text))
    }

    fn ring(sources: &KeySources) -> Result<KeyRing, KeyError> {
        KeyRing::build(sources, vault())
    }

    fn scopes(ring: &KeyRing, key: &str) -> Option<Vec<String>> {
        find(&ring.fixed, &hash_key(&ring.vault, key.as_bytes())).map(|identity| identity.scopes.clone())
    }

    #[test]
    fn c16_c17_a_bare_key_is_admin_and_an_empty_list_is_nothing() {
        let ring =
            ring(&KeySources { keys: secret(" a : job.read, job.read ,x ; b;c:;;"), ..KeySources::default() }).unwrap();
        assert_eq!(scopes(&ring, "a").unwrap(), ["job.read", "x"]);
        assert_eq!(scopes(&ring, "b").unwrap(), ["admin"]);
        assert_eq!(scopes(&ring, "c").unwrap(), Vec::<String>::new());
        assert_eq!(scopes(&ring, ""), None);
        let nothing = Identity { label: "c".into(), scopes: Vec::new() };
        assert!(!nothing.allows("health.read"));
    }

    #[test]
    fn c18_c19_the_three_variables_together() {
        let sources = KeySources {
            keys_json: secret(
                r#"{"j": ["job.read", "actions.read"], "t": " job.read , health.read", "b": ["job.cancel"],
                    "o": {"scopes": ["admin"], "label": "night watch"}, "": ["admin"], "n": []}"#,
            ),
            keys: secret("b:job.read"),
            key: secret("solo"),
            ..KeySources::default()
        };
        let ring = ring(&sources).unwrap();
        assert_eq!(scopes(&ring, "j").unwrap(), ["actions.read", "job.read"]);
        assert_eq!(scopes(&ring, "t").unwrap(), ["health.read", "job.read"]);
        assert_eq!(scopes(&ring, "b").unwrap(), ["job.read"], "the list overrides the object");
        assert_eq!(scopes(&ring, "n").unwrap(), Vec::<String>::new());
        assert_eq!(scopes(&ring, "solo").unwrap(), ["admin"]);
        let labelled = find(&ring.fixed, &hash_key(&ring.vault, b"o")).unwrap();
        assert_eq!(labelled.label, "night watch");
        let unlabelled = find(&ring.fixed, &hash_key(&ring.vault, b"j")).unwrap();
        assert!(unlabelled.label.starts_with("key-") && unlabelled.label.len() == 12, "{}", unlabelled.label);
    }

    #[test]
    fn the_third_variable_does_not_make_a_limited_key_admin() {
        let sources = KeySources { keys: secret("k:job.read"), key: secret("k"), ..KeySources::default() };
        assert_eq!(scopes(&ring(&sources).unwrap(), "k").unwrap(), ["job.read"]);
    }

    #[test]
    fn c20_a_broken_variable_is_refused_without_showing_it() {
        for text in [
            "{\"hunter2\": [",
            "hunter2",
            "[\"hunter2\"]",
            r#"{"hunter2": 7}"#,
            r#"{"hunter2": [7]}"#,
            r#"{"hunter2": {"label": "x"}}"#,
            r#"{"hunter2": {"scopes": [], "scope": "x"}}"#,
            r#"{"hunter2": {"scopes": [], "label": "hunter2"}}"#,
            r#"{"hunter2": {"scopes": [], "label": " x"}}"#,
        ] {
            let error = ring(&KeySources { keys_json: secret(text), ..KeySources::default() }).err().unwrap();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        assert!(ring(&KeySources { keys_json: secret("  "), ..KeySources::default() }).unwrap().fixed.is_empty());
    }
}
