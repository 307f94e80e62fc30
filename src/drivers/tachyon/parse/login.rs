//! The reply to a login, and refusals that come with HTTP status 200.

use serde_json::Value;

use crate::drivers::web::strange;
use crate::model::{Failure, FailureClass};

/// Whether an answer says that there is no such session.
pub(crate) fn refused(reply: &Value) -> bool {
    reply.get("auth").and_then(Value::as_bool) == Some(false) || status_code(reply) == Some(401)
}

fn status_code(reply: &Value) -> Option<u64> {
    let code = reply.get("statusCode")?;
    code.as_u64().or_else(|| code.as_str()?.parse().ok())
}

/// The level of the account, or why there is no session.
pub(crate) fn login(reply: &Value) -> Result<u64, Failure> {
    match (reply.get("auth").and_then(Value::as_bool), status_code(reply)) {
        (Some(false), None | Some(401)) => {
            Err(Failure::new(FailureClass::AuthRefused, "it refused the user or the password; correct the credentials"))
        }
        (Some(false), Some(code)) => {
            Err(Failure::new(FailureClass::DeviceRefused, format!("it refused the login with code {code}")))
        }
        (Some(true), _) => {
            reply.get("level").and_then(Value::as_u64).ok_or_else(|| strange(reply, "the login", "a level"))
        }
        (None, _) => Err(strange(reply, "the login", "saying whether it let us in")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_level_opens() {
        assert_eq!(login(&json!({"level": 0, "auth": true})).unwrap(), 0);
        assert_eq!(login(&json!({"level": 9, "auth": true})).unwrap(), 9);
        for (reply, class) in [
            (json!({"auth": false, "statusCode": 401}), FailureClass::AuthRefused),
            (json!({"auth": false}), FailureClass::AuthRefused),
            (json!({"auth": false, "statusCode": 500}), FailureClass::DeviceRefused),
            (json!({"auth": true}), FailureClass::Protocol),
            (json!({"level": 0}), FailureClass::Protocol),
            (json!([]), FailureClass::Protocol),
        ] {
            assert_eq!(login(&reply).unwrap_err().class, class, "{reply}");
        }
        assert!(refused(&json!({"statusCode": "401"})) && refused(&json!({"auth": false})));
        assert!(!refused(&json!({"system": {}})) && !refused(&json!({"auth": true})));
    }
}
