//! The answer to a Digest challenge (RFC 7616).

use diqwest::DigestAuthCredentials as _;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

use crate::model::Secret;

/// The `Authorization` header for the best challenge in `challenges` (SHA before MD5); `None` if there is none that
/// can be answered. `target` is the path with its query, as it stands in the request line.
pub(super) fn answer(
    challenges: &HeaderMap,
    user: &str,
    password: &Secret,
    method: &str,
    target: &str,
    body: Option<&[u8]>,
) -> Option<HeaderValue> {
    let mut offered: Vec<&str> = challenges
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter_map(parameters_of_digest)
        .collect();
    offered.sort_by_key(|parameters| !parameters.to_ascii_uppercase().contains("SHA-"));
    offered.into_iter().find_map(|parameters| {
        let mut one = HeaderMap::new();
        one.insert(WWW_AUTHENTICATE, HeaderValue::from_str(&format!("Digest {parameters}")).ok()?);
        let answer = (user, password.expose()).calculate_authorization("", target, method.into(), body, &one).ok()?;
        let mut header = HeaderValue::from_bytes(answer.to_header_string().as_bytes()).ok()?;
        header.set_sensitive(true);
        Some(header)
    })
}

fn parameters_of_digest(challenge: &str) -> Option<&str> {
    let (scheme, parameters) = challenge.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("digest").then(|| parameters.trim())
}
