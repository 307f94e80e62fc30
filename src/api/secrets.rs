//! Secrets in a payload: moved into the vault at the door, shown as `***` ever after.

use serde_json::{Map, Value};

use super::error::ApiError;
use crate::model::{JobId, SealedSecret, Secret, SecretRef};
use crate::vault::{Vault, VaultError};

/// What stands for a secret wherever a payload is shown.
const MASK: &str = "***";
/// What stands for a response with secrets in clear, for a key that may not see them.
const WITHHELD: &str = "*** read with show_secrets; shown to keys with the scope 'config.secrets'";
/// More secrets than this in one payload are refused: each becomes a row.
const SECRETS_MAX: usize = 1000;

/// Replaces the secrets of `payload` by `secret:job/<job>/<path>` and returns them sealed under those names. The path
/// is a JSON pointer without its first slash. Every text and number below a member with a secret's name is one, also
/// a text that looks like a reference: no client names the daemon's own secrets.
pub(super) fn seal(vault: &Vault, job: JobId, payload: &mut Value) -> Result<Vec<SealedSecret>, ApiError> {
    let mut sealed = Vec::new();
    let mut path = format!("job/{job}");
    walk(vault, payload, false, &mut path, &mut sealed)?;
    Ok(sealed)
}

/// Whether anything in these members would be sealed.
pub fn holds_secrets(members: &Map<String, Value>) -> bool {
    members.iter().any(|(name, member)| match member {
        Value::Object(inner) if !is_secret(name) => holds_secrets(inner),
        Value::Array(items) if !is_secret(name) => items.iter().filter_map(Value::as_object).any(holds_secrets),
        Value::Null | Value::Bool(_) => false,
        Value::Object(_) | Value::Array(_) | Value::String(_) | Value::Number(_) => is_secret(name),
    })
}

fn walk(
    vault: &Vault,
    value: &mut Value,
    secret: bool,
    path: &mut String,
    sealed: &mut Vec<SealedSecret>,
) -> Result<(), ApiError> {
    let here = path.len();
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                path.push('/');
                path.push_str(&name.replace('~', "~0").replace('/', "~1"));
                walk(vault, member, secret || is_secret(name), path, sealed)?;
                path.truncate(here);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.push('/');
                path.push_str(&index.to_string());
                walk(vault, item, secret, path, sealed)?;
                path.truncate(here);
            }
        }
        Value::String(text) if secret => {
            let text = std::mem::take(text);
            *value = one(vault, text, path, sealed)?;
        }
        Value::Number(number) if secret => {
            let text = number.to_string();
            *value = one(vault, text, path, sealed)?;
        }
        Value::String(_) | Value::Number(_) | Value::Null | Value::Bool(_) => {}
    }
    Ok(())
}

fn one(vault: &Vault, text: String, path: &str, sealed: &mut Vec<SealedSecret>) -> Result<Value, ApiError> {
    if sealed.len() >= SECRETS_MAX {
        return Err(ApiError::Invalid(format!("the payload holds more than {SECRETS_MAX} secrets")));
    }
    match vault.seal(path, &Secret::new(text)) {
        Ok(secret) => sealed.push(secret),
        Err(VaultError::BadName) => {
            return Err(ApiError::invalid(
                "the payload holds a secret under a member whose path is too long or has control characters",
            ));
        }
        Err(error) => return Err(ApiError::internal("sealing a secret of a payload", &error)),
    }
    Ok(Value::String(SecretRef::Vault(path.to_owned()).to_string()))
}

/// The payload as it is shown: the job's own references become `***`.
pub(super) fn masked(job: JobId, payload: &Value) -> Value {
    let own = format!("secret:job/{job}/");
    let mut shown = payload.clone();
    hide(&own, &mut shown);
    shown
}

fn hide(own: &str, value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|member| hide(own, member)),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(own, item)),
        Value::String(text) if text.starts_with(own) => MASK.clone_into(text),
        Value::String(_) | Value::Number(_) | Value::Null | Value::Bool(_) => {}
    }
}

/// Whether the result of a job with this payload may hold secrets of a device in clear: whatever an action could
/// read as a yes, so everything but a plain no.
pub(super) fn in_clear(payload: &Value) -> bool {
    match payload.get("show_secrets") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !matches!(text.trim().to_ascii_lowercase().as_str(), "" | "false" | "0"),
        Some(Value::Number(number)) => number.as_u64() != Some(0),
        Some(Value::Bool(true) | Value::Array(_) | Value::Object(_)) => true,
    }
}

/// A result without what came from the device: the wrapper's own members, and a sentence in place of `response`.
pub(super) fn without_response(result: Value) -> Value {
    const WRAPPER: [&str; 4] = ["http_status", "ok", "path", "method"];
    let mut shown = match result {
        Value::Object(mut members) => {
            members.retain(|name, _| WRAPPER.contains(&name.as_str()));
            members
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    shown.insert("response".to_owned(), Value::from(WITHHELD));
    Value::Object(shown)
}

/// Whether a member of this name holds a secret. Spelling does not matter: `auth_password`, `authPassword`,
/// `X-API-Key`, `SNMP-Community`.
fn is_secret(name: &str) -> bool {
    /// A name that is one of these, or ends in one after an underscore.
    const WORDS: [&str; 19] = [
        "secret",
        "community",
        "community_string",
        "private_key",
        "token",
        "api_key",
        "authorization",
        "cookie",
        "pwd",
        "pass",
        "psk",
        "pre_shared_key",
        "shared_key",
        "auth_key",
        "priv_key",
        "secret_key",
        "access_key",
        "encryption_key",
        "bearer",
    ];
    /// A name that ends in one of these.
    const ENDS: [&str; 3] = ["password", "passwd", "passphrase"];
    let name = snake(name);
    ENDS.iter().any(|end| name.ends_with(end))
        || WORDS.iter().any(|word| name.strip_suffix(word).is_some_and(|head| head.is_empty() || head.ends_with('_')))
}

fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut after_lower = false;
    for letter in name.trim().chars() {
        if letter.is_uppercase() && after_lower {
            out.push('_');
        }
        after_lower = letter.is_lowercase() || letter.is_ascii_digit();
        if letter.is_alphanumeric() { out.extend(letter.to_lowercase()) } else { out.push('_') }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::fixture::vault;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "password",
            "passwd",
            "passphrase",
            "secret",
            "community",
            "snmp_community",
            "auth_password",
            "priv_password",
            "private_key",
            "token",
            "api_key",
            "authorization",
            "enable_password",
            "Authorization",
            "authPassword",
            "privateKey",
            "X-API-Key",
            "new-password",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["tokens_used", "community_count", "ip_address", "host", "secretary", "passwords_changed", "key"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn c54_secrets_leave_the_payload_wherever_they_are() {
        let job = JobId::from_random([7; 16]);
        let mut payload = json!({
            "ip_address": "192.0.2.1",
            "password": "hunter2",
            "pin": {"password": 4711, "note": "hunter2 is not ours to know"},
            "radios": [{"snmp": {"community": "rancher"}}, {"auth_password": ""}],
            "headers": {"X-API-Key": "k", "a/b~c": {"token": ["t1", null]}},
            "password_set": true
        });
        let sealed = seal(&vault(), job, &mut payload).unwrap();
        let of = |path: &str| format!("secret:job/{job}/{path}");
        assert_eq!(
            payload,
            json!({
                "ip_address": "192.0.2.1",
                "password": of("password"),
                "pin": {"password": of("pin/password"), "note": "hunter2 is not ours to know"},
                "radios": [{"snmp": {"community": of("radios/0/snmp/community")}},
                           {"auth_password": of("radios/1/auth_password")}],
                "headers": {"X-API-Key": of("headers/X-API-Key"), "a/b~c": {"token": [of("headers/a~1b~0c/token/0"), null]}},
                "password_set": true
            })
        );
        assert_eq!(sealed.len(), 6);
        assert_eq!(sealed[0].name, format!("job/{job}/password"));
        assert_eq!(masked(job, &payload)["radios"][0]["snmp"]["community"], "***");
        assert_eq!(masked(job, &payload)["ip_address"], "192.0.2.1");
    }

    #[test]
    fn a_client_cannot_name_a_secret_of_the_daemon() {
        let job = JobId::from_random([8; 16]);
        let mut payload = json!({"password": "secret:vault-password", "token": "env:HOME"});
        assert_eq!(seal(&vault(), job, &mut payload).unwrap().len(), 2);
        assert_eq!(payload["password"], format!("secret:job/{job}/password"));
    }

    #[test]
    fn everything_but_a_plain_no_is_in_clear() {
        for yes in
            [json!(true), json!("true"), json!(" TRUE "), json!("1"), json!(1), json!(1.0), json!("yes"), json!([])]
        {
            assert!(in_clear(&json!({"show_secrets": yes})), "{yes}");
        }
        for no in [json!(false), json!(null), json!("false"), json!("0"), json!(""), json!(0)] {
            assert!(!in_clear(&json!({"show_secrets": no})), "{no}");
        }
        assert!(!in_clear(&json!({})) && !in_clear(&Value::Null));
    }

    #[test]
    fn what_is_withheld_leaves_the_wrapper() {
        let result = json!({"http_status": 200, "ok": true, "path": "/p", "method": "GET", "response": "hunter2", "x": "hunter2"});
        let shown = without_response(result);
        assert_eq!(shown["response"], WITHHELD);
        assert_eq!(shown.as_object().unwrap().len(), 5);
        assert_eq!(without_response(json!("hunter2")), json!({"response": WITHHELD}));
    }

    #[test]
    fn too_many_secrets_and_unnameable_ones_are_refused() {
        let job = JobId::from_random([9; 16]);
        let mut many = json!({"token": vec!["t"; SECRETS_MAX + 1]});
        assert!(seal(&vault(), job, &mut many).unwrap_err().to_string().contains("more than 1000"));
        let mut long = json!({"x".repeat(600): {"password": "p"}});
        assert_eq!(seal(&vault(), job, &mut long).unwrap_err().status().as_u16(), 422);
    }
}
