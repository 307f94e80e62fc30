//! `/statistics`: the position of the newest sample.

use serde_json::Value;

/// Degrees north and east. None where there is no fix, or no such numbers.
pub fn position(body: &Value) -> Option<(f64, f64)> {
    let gps = body.get(0)?.get("device")?.get("gps")?;
    let number = |name: &str| gps.get(name).and_then(Value::as_f64);
    let (latitude, longitude) = (number("lat")?, number("lon")?);
    // Zero and zero is what a receiver shows that has none.
    let real = (-90.0..=90.0).contains(&latitude)
        && (-180.0..=180.0).contains(&longitude)
        && !(latitude == 0.0 && longitude == 0.0);
    real.then_some((latitude, longitude))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_position_is_two_numbers_on_the_globe() {
        let at = |lat: Value, lon: Value| position(&json!([{ "device": { "gps": { "lat": lat, "lon": lon } } }]));
        assert_eq!(at(json!(32.25), json!(-97.5)), Some((32.25, -97.5)));
        assert_eq!(at(json!(0), json!(0)), None);
        assert_eq!(at(json!(91), json!(0)), None);
        assert_eq!(at(json!("32.25"), json!(-97.5)), None);
        for body in [json!([]), json!({}), json!([{ "device": {} }])] {
            assert_eq!(position(&body), None);
        }
    }
}
