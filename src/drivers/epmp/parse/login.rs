//! The reply to a login.

use serde_json::Value;

use super::refusal::{Refusal, refusal};
use crate::drivers::web::{scalar, strange};
use crate::model::{Failure, FailureClass, Secret};

/// Longest token, characters; those seen have 10 to 32.
const LONGEST: usize = 128;

/// An open session.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    /// Stands in the path of every call.
    pub stok: Secret,
    /// What the account may do; none where the radio does not say.
    pub role: Option<String>,
}

/// The session, or why there is none.
pub(crate) fn login(reply: &Value) -> Result<Granted, Failure> {
    let Value::Object(members) = reply else { return Err(strange(reply, "the login", "an object")) };
    if let Some(refusal) = refusal(members) {
        return Err(refusal.failure("the login"));
    }
    let stok = members.get("stok").and_then(scalar);
    let Some(stok) = stok else {
        // A word that is not known, and no session.
        if let Some(words) = members.get("msg").and_then(scalar) {
            return Err(Refusal::Other(words).failure("the login"));
        }
        return Err(strange(reply, "the login", "a session"));
    };
    // It becomes a part of a path.
    if stok.len() > LONGEST || !stok.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        return Err(Failure::new(FailureClass::Protocol, "answered the login with a session token that is none"));
    }
    Ok(Granted { stok: Secret::new(stok), role: members.get("userRole").and_then(scalar) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_opens_and_nothing_else_does() {
        let reply =
            json!({"clientIpAddr": "192.0.2.9", "userRole": "admin", "stok": "3f2a9c0d1e", "certif_dir": "/tmp"});
        let granted = login(&reply).unwrap();
        assert_eq!((granted.stok.expose(), granted.role.as_deref()), ("3f2a9c0d1e", Some("admin")));
        for (reply, class) in [
            (json!({"msg": "auth_failed", "success": 0}), FailureClass::AuthRefused),
            (json!({"msg": "welcome"}), FailureClass::DeviceRefused),
            (json!({"stok": ""}), FailureClass::Protocol),
            (json!({"stok": "../../x"}), FailureClass::Protocol),
            (json!({"stok": "a".repeat(129)}), FailureClass::Protocol),
            (json!({}), FailureClass::Protocol),
            (json!([]), FailureClass::Protocol),
        ] {
            assert_eq!(login(&reply).unwrap_err().class, class, "{reply}");
        }
    }
}
