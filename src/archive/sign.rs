//! The signature of a webhook: HMAC-SHA-256 over `TIMESTAMP.BODY`, so that neither can be changed, nor an old body be
//! sent again as a new one.

use ring::hmac;

use crate::model::Secret;

/// `sha256=` and the hex digits of HMAC-SHA-256 over `timestamp` (Unix seconds, as text), a dot, and the body.
pub fn signature(secret: &Secret, timestamp: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(timestamp.as_bytes());
    context.update(b".");
    context.update(body);
    format!("sha256={}", super::keep::hex(context.sign().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_others_compute() {
        // printf '1766383200.{"event":"config.changed"}' | openssl dgst -sha256 -hmac hook-secret
        let made = signature(&Secret::new("hook-secret"), "1766383200", br#"{"event":"config.changed"}"#);
        assert_eq!(made, "sha256=dc40a58fe785a4978e9ffaff70986fd28f4bbd8ba4f02cca02e78a60971ffc6a");
        assert_ne!(made, signature(&Secret::new("hook-secret"), "1766383201", br#"{"event":"config.changed"}"#));
    }
}
