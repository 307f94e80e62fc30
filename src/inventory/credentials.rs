//! The `credentials` of a device or of a default. Messages here never repeat a value: someone may have written a
//! password where a reference belongs.

use std::collections::BTreeMap;

use super::Mistake;
use super::fields::{Fields, Mistakes, shown};
use super::tree::{Node, Place, Yaml};
use crate::model::{Credentials, Secret, SecretRef, SnmpAccess, SnmpAuth, SnmpPriv};

/// Names that a file may not refer to: they belong to jobs and to `insecure_plain`.
const RESERVED: [&str; 2] = ["job/", "inventory/"];

/// Where plain values go.
pub(super) struct Plain {
    /// By the name of the reference that stands for them.
    pub(super) values: BTreeMap<String, Secret>,
    /// One for each.
    pub(super) warnings: Vec<Mistake>,
}

/// Reads a `credentials` mapping. `owner` is the device, or `defaults/TYPE`: the middle of a plain value's reference.
pub(super) fn read(node: &Node, owner: &str, plain: &mut Plain, mistakes: &mut Mistakes<'_>) -> Credentials {
    let Some(mut fields) = Fields::of(node, format!("credentials of {owner}"), mistakes) else {
        return Credentials::default();
    };
    let username = fields.text("username", mistakes).map(|(text, _)| text.to_owned());
    let mut secret = |name: &'static str, mistakes: &mut Mistakes<'_>| {
        let node = fields.get(name)?;
        reference(node, owner, name, plain, mistakes)
    };
    let password = secret("password", mistakes);
    let private_key = secret("private_key", mistakes);
    let private_key_passphrase = secret("private_key_passphrase", mistakes);
    let snmp = fields.get("snmp").and_then(|node| snmp(node, owner, plain, mistakes));
    if private_key_passphrase.is_some() && private_key.is_none() {
        mistakes.add(fields.at(), format!("credentials of {owner} have a private_key_passphrase but no private_key"));
    }
    fields.finish(mistakes);
    Credentials { username, password, private_key, private_key_passphrase, snmp }
}

fn snmp(node: &Node, owner: &str, plain: &mut Plain, mistakes: &mut Mistakes<'_>) -> Option<SnmpAccess> {
    let mut fields = Fields::of(node, format!("snmp of {owner}"), mistakes)?;
    let (version, at) = fields.required("version", mistakes)?;
    let access = match version {
        "1" | "2c" => {
            let community = needed(&mut fields, "community", owner, plain, mistakes);
            let access: fn(SecretRef) -> SnmpAccess = match version {
                "1" => |community| SnmpAccess::V1 { community },
                _ => |community| SnmpAccess::V2c { community },
            };
            community.map(access)
        }
        "3" => {
            let user = fields.required("user", mistakes).map(|(user, _)| user.to_owned());
            let auth = fields.required("auth", mistakes).and_then(|(text, at)| {
                let auth = match text {
                    "md5" => SnmpAuth::Md5,
                    "sha1" => SnmpAuth::Sha1,
                    "sha256" => SnmpAuth::Sha256,
                    "sha512" => SnmpAuth::Sha512,
                    _ => {
                        mistakes.add(at, format!("auth '{}' is none of md5, sha1, sha256, sha512", shown(text)));
                        return None;
                    }
                };
                Some(auth)
            });
            let auth_password = needed(&mut fields, "auth_password", owner, plain, mistakes);
            let privacy = fields.required("priv", mistakes).and_then(|(text, at)| {
                let privacy = match text {
                    "des" => SnmpPriv::Des,
                    "aes128" => SnmpPriv::Aes128,
                    "aes256" => SnmpPriv::Aes256,
                    _ => {
                        mistakes.add(at, format!("priv '{}' is none of des, aes128, aes256", shown(text)));
                        return None;
                    }
                };
                Some(privacy)
            });
            let priv_password = needed(&mut fields, "priv_password", owner, plain, mistakes);
            match (user, auth, auth_password, privacy, priv_password) {
                (Some(user), Some(auth), Some(auth_password), Some(privacy), Some(priv_password)) => {
                    Some(SnmpAccess::V3 { user, auth, auth_password, privacy, priv_password })
                }
                _ => None,
            }
        }
        other => {
            mistakes.add(at, format!("snmp version '{}' is none of 1, 2c, 3", shown(other)));
            return None;
        }
    };
    fields.finish(mistakes);
    access
}

fn needed(
    fields: &mut Fields<'_>,
    name: &'static str,
    owner: &str,
    plain: &mut Plain,
    mistakes: &mut Mistakes<'_>,
) -> Option<SecretRef> {
    match fields.get(name) {
        Some(node) => reference(node, owner, name, plain, mistakes),
        None => {
            mistakes.add(fields.at(), format!("snmp of {owner} has no {name}"));
            None
        }
    }
}

/// A reference, or `{insecure_plain: text}`, which is moved aside.
fn reference(
    node: &Node,
    owner: &str,
    name: &'static str,
    plain: &mut Plain,
    mistakes: &mut Mistakes<'_>,
) -> Option<SecretRef> {
    match &node.yaml {
        Yaml::Text(text) => match SecretRef::parse(text) {
            Ok(SecretRef::Vault(secret)) if RESERVED.iter().any(|reserved| secret.starts_with(reserved)) => {
                mistakes.add(
                    node.at,
                    format!("{name} of {owner}: names that begin with job/ or inventory/ are the daemon's own"),
                );
                None
            }
            Ok(reference) => Some(reference),
            Err(error) => {
                mistakes.add(node.at, format!("{name} of {owner}: {error}"));
                None
            }
        },
        Yaml::Map(_) => {
            let mut fields = Fields::of(node, format!("{name} of {owner}"), mistakes)?;
            let (text, at) = match fields.get("insecure_plain") {
                Some(Node { yaml: Yaml::Text(text), at }) => (text.as_str(), *at),
                Some(Node { at, .. }) => {
                    mistakes.add(*at, format!("insecure_plain of {name} of {owner} must be one value"));
                    return None;
                }
                None => {
                    fields.finish(mistakes);
                    mistakes.add(node.at, format!("{name} of {owner} must be a reference or {{insecure_plain: ...}}"));
                    return None;
                }
            };
            fields.finish(mistakes);
            Some(aside(text, at, owner, name, plain, mistakes))
        }
        Yaml::Null | Yaml::List(_) => {
            mistakes.add(node.at, format!("{name} of {owner} must be a reference: secret:NAME, env:NAME or file:PATH"));
            None
        }
    }
}

fn aside(text: &str, at: Place, owner: &str, name: &str, plain: &mut Plain, mistakes: &Mistakes<'_>) -> SecretRef {
    let key = format!("inventory/{owner}/{name}");
    plain.values.insert(key.clone(), Secret::new(text));
    plain.warnings.push(mistakes.make(
        at,
        format!("{name} of {owner} stands in the file in plain text; for a lab only. Store it: towerhand secret set NAME, and write secret:NAME"),
    ));
    SecretRef::Vault(key)
}
