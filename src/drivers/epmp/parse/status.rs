//! What `get_param` tells: numbers come as texts or as numbers, unknown ones are absent.

use serde_json::{Map, Value};

use crate::drivers::epmp::platform::bandwidth;
use crate::drivers::generic::{Place, place};
use crate::drivers::web::{scalar, strange};
use crate::model::Failure;

/// What a radio says of itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Status {
    /// Name.
    pub name: Option<String>,
    /// Firmware.
    pub firmware: Option<String>,
    /// Hardware code.
    pub sku: Option<String>,
    /// Where its receiver is.
    pub gps: Option<Place>,
    /// Where somebody wrote that it is.
    pub declared: Option<Place>,
    /// MAC address of the radio.
    pub mac: Option<String>,
    /// Connected subscriber modules.
    pub modules: Option<u64>,
    /// Channel, MHz.
    pub mhz: Option<u32>,
    /// Width as the radio writes it.
    pub width_code: Option<String>,
    /// Network name.
    pub ssid: Option<String>,
    /// dBm.
    pub power: Option<i32>,
    /// dBi.
    pub gain: Option<i32>,
}

impl Status {
    /// Width, MHz; none where the code is not known.
    pub(crate) fn width(&self) -> Option<u32> {
        self.width_code.as_deref().and_then(bandwidth)
    }
}

/// The status in a reply.
pub(crate) fn status(reply: &Value) -> Result<Status, Failure> {
    let props = reply.get("device_props").and_then(Value::as_object).filter(|props| !props.is_empty());
    let Some(props) = props else { return Err(strange(reply, "get_param", "any value")) };
    let text = |name: &str| props.get(name).and_then(scalar);
    Ok(Status {
        name: text("cambiumEffectiveDeviceName"),
        firmware: text("cambiumCurrentSWInfo"),
        sku: text("cambiumHWInfo"),
        gps: position(props, "cambiumGPSLatitude", "cambiumGPSLongitude"),
        declared: position(props, "cambiumDeviceLatitude", "cambiumDeviceLongitude"),
        mac: text("cambiumWirelessMACAddress"),
        modules: text("cambiumAPNumberOfConnectedSTA").and_then(|text| text.parse().ok()),
        mhz: text("cambiumSTAConnectedRFFrequency").and_then(|text| text.parse().ok()),
        width_code: text("cambiumSTAConnectedRFBandwidth"),
        ssid: text("cambiumEffectiveSSID"),
        power: text("cambiumMinTXPower").and_then(|text| text.parse().ok()),
        gain: text("cambiumEffectiveAntennaGain").and_then(|text| text.parse().ok()),
    })
}

/// A position of two members; one that was never set is zero and zero, and none.
fn position(props: &Map<String, Value>, latitude: &str, longitude: &str) -> Option<Place> {
    let part = |name: &str| props.get(name).and_then(scalar);
    let place = place(&format!("{}, {}", part(latitude)?, part(longitude)?))?;
    let zero = |text: &str| text.parse::<f64>().is_ok_and(|degrees| degrees == 0.0);
    (!(zero(&place.latitude) && zero(&place.longitude))).then_some(place)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_as_texts_and_as_numbers() {
        // The sample of spec/field-devices.md 2.6.
        let reply = json!({"success": "1", "device_props": {
            "cambiumGPSLatitude": "32.25000", "cambiumGPSLongitude": "-97.50000",
            "cambiumDeviceLatitude": "32.25010", "cambiumDeviceLongitude": "-97.50010",
            "cambiumWirelessMACAddress": "02:00:00:00:00:11", "cambiumAPNumberOfConnectedSTA": "3",
            "cambiumSTAConnectedRFFrequency": "5600", "cambiumSTAConnectedRFBandwidth": 2,
            "cambiumEffectiveSSID": "090-1.TX-SITE-NO-1", "cambiumMinTXPower": "13", "cambiumEffectiveAntennaGain": "17",
            "cambiumCurrentSWInfo": "5.10.1", "cambiumEffectiveDeviceName": "AP-EX", "cambiumHWInfo": "37"}});
        let status = status(&reply).unwrap();
        let place = |latitude: &str, longitude: &str| {
            Some(Place { latitude: latitude.to_owned(), longitude: longitude.to_owned() })
        };
        let expected = Status {
            name: Some("AP-EX".to_owned()),
            firmware: Some("5.10.1".to_owned()),
            sku: Some("37".to_owned()),
            gps: place("32.25000", "-97.50000"),
            declared: place("32.25010", "-97.50010"),
            mac: Some("02:00:00:00:00:11".to_owned()),
            modules: Some(3),
            mhz: Some(5600),
            width_code: Some("2".to_owned()),
            ssid: Some("090-1.TX-SITE-NO-1".to_owned()),
            power: Some(13),
            gain: Some(17),
        };
        assert_eq!(status, expected);
        assert_eq!(status.width(), Some(40));
    }

    #[test]
    fn what_is_not_known_is_absent() {
        let reply = json!({"device_props": {
            "cambiumGPSLatitude": "0.000000", "cambiumGPSLongitude": 0, "cambiumDeviceLatitude": "91", "cambiumDeviceLongitude": "0",
            "cambiumAPNumberOfConnectedSTA": "n/a", "cambiumSTAConnectedRFFrequency": "", "cambiumSTAConnectedRFBandwidth": "9",
            "cambiumHWInfo": null, "cambiumCurrentSWInfo": " "}});
        let status = status(&reply).unwrap();
        assert_eq!(status.width(), None);
        assert_eq!(status, Status { width_code: Some("9".to_owned()), ..Status::default() });
        for reply in [json!({}), json!({"device_props": {}}), json!({"device_props": "x"}), json!(1)] {
            assert!(super::status(&reply).is_err(), "{reply}");
        }
    }
}
