//! `/device`: what the radio says it is.

use serde_json::Value;

use super::super::platform::MODELS;
use crate::drivers::redact::words;
use crate::model::{Failure, FailureClass};

/// Who it is. Model and firmware are always known; a radio that does not say them is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `Wave-AP`, `Wave-AP-Micro`.
    pub model: String,
    /// `3.4.0`.
    pub firmware: String,
    /// As it writes it.
    pub mac: Option<String>,
    /// Its own name.
    pub hostname: Option<String>,
}

/// Fails with `Protocol` where it is no identification, and with `WrongModel` where the model is not one of ours:
/// compared whole.
pub fn identity(body: &Value) -> Result<Identity, Failure> {
    let text = |name: &str| {
        let text = body.get("identification")?.get(name)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let (Some(model), Some(firmware)) = (text("model"), text("firmwareVersion")) else {
        let words = words(&body.to_string());
        return Err(Failure::new(
            FailureClass::Protocol,
            format!("it does not say its model and firmware where a Wave does: {words}; is it one?"),
        ));
    };
    if !MODELS.iter().any(|(_, known)| *known == model) {
        let known: Vec<&str> = MODELS.iter().map(|(_, model)| *model).collect();
        return Err(Failure::new(
            FailureClass::WrongModel,
            format!("it is a {}, none of {}; correct its type", words(&model), known.join(", ")),
        ));
    }
    Ok(Identity { model, firmware, mac: text("mac"), hostname: text("hostname") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_sample_of_the_specification() {
        let body = json!({ "identification": {
            "model": "Wave-AP", "firmwareVersion": "3.4.0", "mac": "02:00:00:00:00:31", "hostname": "AP",
        } });
        let identity = identity(&body).unwrap();
        assert_eq!((identity.model.as_str(), identity.firmware.as_str()), ("Wave-AP", "3.4.0"));
        assert_eq!((identity.mac.as_deref(), identity.hostname.as_deref()), (Some("02:00:00:00:00:31"), Some("AP")));
    }

    #[test]
    fn another_device_is_never_taken_for_one() {
        let class = |body: Value| identity(&body).unwrap_err().class;
        assert_eq!(class(json!({})), FailureClass::Protocol);
        assert_eq!(class(json!([1])), FailureClass::Protocol);
        assert_eq!(class(json!({ "identification": { "model": "Wave-AP" } })), FailureClass::Protocol);
        for model in ["Wave-Nano", "Wave-AP-Mini", "wave-ap", "Wave-APX", "UISP-Switch"] {
            let body = json!({ "identification": { "model": model, "firmwareVersion": "3.4.0" } });
            assert_eq!(class(body), FailureClass::WrongModel, "{model}");
        }
    }
}
