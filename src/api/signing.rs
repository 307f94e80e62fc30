//! Optional request signing: HMAC-SHA-256 over method, path with query, timestamp, nonce and body.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use ring::{digest, hmac};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use super::error::ApiError;
use super::keys::{KeyError, KeySources, given, object};
use crate::clock;
use crate::model::Secret;

/// Signing secrets by key id.
#[derive(Default)]
pub(super) struct SigningKeys(BTreeMap<String, Secret>);

impl SigningKeys {
    /// From both variables; the second wins.
    pub(super) fn parse(sources: &KeySources) -> Result<Self, KeyError> {
        const VARIABLE: &str = "NOC_API_SIGNING_KEYS_JSON";
        let mut keys = BTreeMap::new();
        if let Some(text) = given(sources.signing_json.as_ref()) {
            for (position, (id, secret)) in object(VARIABLE, text)?.into_iter().enumerate() {
                match secret {
                    Value::String(secret) if !secret.is_empty() && !id.trim().is_empty() => {
                        keys.insert(id.trim().to_owned(), Secret::new(secret));
                    }
                    _ => {
                        let position = position.saturating_add(1);
                        return Err(KeyError::Entry {
                            variable: VARIABLE,
                            position,
                            why: "is not a key id with a text",
                        });
                    }
                }
            }
        }
        if let Some(text) = given(sources.signing_list.as_ref()) {
            for (position, entry) in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()).enumerate() {
                match entry.split_once(':').map(|(id, secret)| (id.trim(), secret.trim())) {
                    Some((id, secret)) if !id.is_empty() && !secret.is_empty() => {
                        keys.insert(id.to_owned(), Secret::new(secret));
                    }
                    _ => {
                        return Err(KeyError::Entry {
                            variable: "NOC_API_SIGNING_KEYS",
                            position: position.saturating_add(1),
                            why: "is not of the form id:secret",
                        });
                    }
                }
            }
        }
        Ok(Self(keys))
    }

    /// The secrets alone.
    pub(super) fn secrets(self) -> impl Iterator<Item = Secret> {
        self.0.into_values()
    }
}

/// A request as it is signed.
pub(super) struct Signed<'a> {
    /// Upper case.
    pub(super) method: &'a str,
    /// Path as sent, plus `?query` when there is one.
    pub(super) target: &'a str,
    /// Headers as sent.
    pub(super) headers: &'a HeaderMap,
    /// Raw body.
    pub(super) body: &'a [u8],
}

/// A nonce that remains to be remembered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Nonce {
    pub(super) key_id: String,
    pub(super) nonce: String,
}

/// Checks all but the nonce's freshness, which the store knows. `skew` in seconds, inclusive.
pub(super) fn verify(
    keys: &SigningKeys,
    signed: &Signed<'_>,
    now: jiff::Timestamp,
    skew: u64,
) -> Result<Nonce, ApiError> {
    if keys.0.is_empty() {
        return Err(ApiError::NoSigningKeys);
    }
    let header = |name: &str| {
        signed.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|text| !text.is_empty())
    };
    let (Some(key_id), Some(timestamp), Some(nonce), Some(signature)) =
        (header("x-key-id"), header("x-timestamp"), header("x-nonce"), header("x-signature"))
    else {
        return Err(ApiError::SignatureMissing);
    };
    let seconds: i64 = timestamp.parse().map_err(|_| ApiError::SignatureTimestamp)?;
    if now.as_second().abs_diff(seconds) > skew {
        return Err(ApiError::SignatureWindow);
    }
    let secret = keys.0.get(key_id).ok_or(ApiError::SignatureKey)?;
    let expected = sign(secret, signed, timestamp, nonce);
    if bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        Ok(Nonce { key_id: key_id.to_owned(), nonce: nonce.to_owned() })
    } else {
        Err(ApiError::SignatureWrong)
    }
}

/// Lower-case hexadecimal signature of the canonical text: five lines joined by line feeds.
fn sign(secret: &Secret, signed: &Signed<'_>, timestamp: &str, nonce: &str) -> String {
    let body = hex(digest::digest(&digest::SHA256, signed.body).as_ref());
    let text = [signed.method, signed.target, timestamp, nonce, &body].join("\n");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hex(hmac::sign(&key, text.as_bytes()).as_ref())
}

/// How long a nonce must be remembered: never shorter than a timestamp stays acceptable.
pub(super) fn nonce_expiry(now: jiff::Timestamp, ttl: u64, skew: u64) -> jiff::Timestamp {
    let seconds = ttl.max(skew.saturating_mul(2).saturating_add(1));
    clock::add(now, std::time::Duration::from_secs(seconds))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with: printf 'GET\n/api/v2/omni/jobs?limit=1\n1771391400\nn-1\n<sha256 of nothing>' |
    /// openssl dgst -sha256 -hmac signing-secret
    const SIGNATURE: &str = "4e26e3970f3ff6699981b973e799a9d305492222ef4ad57d88cef98b773851d4";
    const NOW: i64 = 1_771_391_400;

    fn keys() -> SigningKeys {
        let sources = KeySources { signing_list: Some(Secret::new("kid: signing-secret")), ..KeySources::default() };
        SigningKeys::parse(&sources).unwrap()
    }

    fn headers(key_id: &str, timestamp: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-key-id", key_id.parse().unwrap());
        headers.insert("x-timestamp", timestamp.parse().unwrap());
        headers.insert("x-nonce", "n-1".parse().unwrap());
        headers.insert("x-signature", signature.parse().unwrap());
        headers
    }

    fn check(target: &str, headers: &HeaderMap, now: i64) -> Result<Nonce, String> {
        let signed = Signed { method: "GET", target, headers, body: b"" };
        let now = jiff::Timestamp::from_second(now).unwrap();
        verify(&keys(), &signed, now, 300).map_err(|error| error.to_string())
    }

    #[test]
    fn c116_a_signature_made_by_openssl_is_accepted() {
        let headers = headers("kid", "1771391400", SIGNATURE);
        let nonce = check("/api/v2/omni/jobs?limit=1", &headers, NOW).unwrap();
        assert_eq!(nonce, Nonce { key_id: "kid".into(), nonce: "n-1".into() });
    }

    #[test]
    fn c118_the_window_is_inclusive_and_a_text_is_no_timestamp() {
        let good = headers("kid", "1771391400", SIGNATURE);
        assert!(check("/api/v2/omni/jobs?limit=1", &good, NOW + 300).is_ok());
        assert!(check("/api/v2/omni/jobs?limit=1", &good, NOW - 300).is_ok());
        for now in [NOW + 301, NOW - 301] {
            assert_eq!(
                check("/api/v2/omni/jobs?limit=1", &good, now).unwrap_err(),
                "Request timestamp out of allowed window"
            );
        }
        assert_eq!(check("/", &headers("kid", "noon", SIGNATURE), NOW).unwrap_err(), "Invalid X-Timestamp");
        assert_eq!(
            check("/", &headers("kid", "-9223372036854775808", SIGNATURE), NOW).unwrap_err(),
            "Request timestamp out of allowed window"
        );
    }

    #[test]
    fn c119_c120_another_key_secret_query_or_case_is_refused() {
        let wrong = "Invalid request signature";
        let good = headers("kid", "1771391400", SIGNATURE);
        assert_eq!(check("/api/v2/omni/jobs?limit=2", &good, NOW).unwrap_err(), wrong);
        assert_eq!(check("/api/v2/omni/jobs", &good, NOW).unwrap_err(), wrong);
        let upper = headers("kid", "1771391400", &SIGNATURE.to_uppercase());
        assert_eq!(check("/api/v2/omni/jobs?limit=1", &upper, NOW).unwrap_err(), wrong);
        let other = headers("kid2", "1771391400", SIGNATURE);
        assert_eq!(check("/api/v2/omni/jobs?limit=1", &other, NOW).unwrap_err(), "Unknown signing key id");
        assert_eq!(
            check("/", &HeaderMap::new(), NOW).unwrap_err(),
            "Missing signature headers (X-Key-Id, X-Timestamp, X-Nonce, X-Signature)"
        );
    }

    #[test]
    fn a_nonce_is_remembered_for_as_long_as_its_timestamp_is_acceptable() {
        let now = jiff::Timestamp::from_second(NOW).unwrap();
        assert_eq!(nonce_expiry(now, 900, 300).as_second(), NOW + 900);
        assert_eq!(nonce_expiry(now, 10, 300).as_second(), NOW + 601);
    }

    #[test]
    fn broken_signing_keys_are_refused_without_showing_them() {
        for (json, list) in [(Some("{\"k\":7}"), None), (Some("hunter2"), None), (None, Some("kid-hunter2"))] {
            let sources = KeySources {
                signing_json: json.map(Secret::new),
                signing_list: list.map(Secret::new),
                ..KeySources::default()
            };
            let error = SigningKeys::parse(&sources).err().unwrap().to_string();
            assert!(error.contains("SIGNING_KEYS") && !error.contains("hunter2"), "{error}");
        }
    }
}
