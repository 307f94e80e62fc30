//! What `status` tells.

use serde_json::Value;

use crate::drivers::generic::{Place, place};
use crate::drivers::web::{scalar, strange};
use crate::model::Failure;

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Status {
    /// Model, as it says it.
    pub model: String,
    /// Firmware; empty where it says an empty one.
    pub firmware: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Where somebody wrote that it is.
    pub location: Option<String>,
    /// Network name.
    pub ssid: Option<String>,
    /// MAC address of the radio.
    pub mac: Option<String>,
    /// Connected subscribers; none where it does not say.
    pub peers: Option<usize>,
}

impl Status {
    /// The position, where the location is one.
    pub(crate) fn place(&self) -> Option<Place> {
        place(self.location.as_deref()?)
    }
}

/// The status in a reply. A reply without a model is that of something else.
pub(crate) fn status(reply: &Value) -> Result<Status, Failure> {
    let at = |pointer: &str| reply.pointer(pointer).and_then(scalar);
    let Some(model) = at("/system/model") else { return Err(strange(reply, "GET status", "a model")) };
    Ok(Status {
        model,
        // An empty one is said to be empty: it must fail its test, not be missing.
        firmware: reply.pointer("/system/version/firmux").and_then(Value::as_str).map(str::to_owned),
        name: at("/system/general/name"),
        location: at("/system/general/location"),
        ssid: at("/wireless/vaps/0/ssid"),
        mac: at("/wireless/vaps/0/mac").or_else(|| at("/interfaces/wlan0/mac_address")),
        // `totals` is a sum and no peer.
        peers: reply
            .pointer("/prs_events/peers")
            .and_then(Value::as_object)
            .map(|peers| peers.keys().filter(|name| *name != "totals").count()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::FailureClass;

    #[test]
    fn the_sample_is_read() {
        // spec/field-devices.md 2.7.
        let reply = json!({"system": {"model": "TNA-301", "version": {"firmux": "1.12.0 rev 54573"},
                "general": {"name": "AP", "location": "32.25000, -97.50000"}},
            "wireless": {"vaps": [{"ssid": "090-1.TX-SITE-NO-1", "mac": "02:00:00:00:00:21"}]},
            "interfaces": {"wlan0": {"mac_address": "02:00:00:00:00:21"}},
            "prs_events": {"peers": {"totals": {}, "02:00:00:00:00:22": {}}}});
        let read = status(&reply).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected = Status {
            model: "TNA-301".to_owned(),
            firmware: text("1.12.0 rev 54573"),
            name: text("AP"),
            location: text("32.25000, -97.50000"),
            ssid: text("090-1.TX-SITE-NO-1"),
            mac: text("02:00:00:00:00:21"),
            peers: Some(1),
        };
        assert_eq!(read, expected);
        let place = read.place().unwrap();
        assert_eq!((place.latitude.as_str(), place.longitude.as_str()), ("32.25000", "-97.50000"));
    }

    #[test]
    fn a_reply_without_a_model_is_no_status() {
        for reply in [json!({}), json!({"system": {}}), json!({"system": {"model": " "}}), json!([])] {
            assert_eq!(status(&reply).unwrap_err().class, FailureClass::Protocol, "{reply}");
        }
        let bare = status(&json!({"system": {"model": "TNS-100"}})).unwrap();
        assert_eq!(bare, Status { model: "TNS-100".to_owned(), ..Status::default() });
    }
}
