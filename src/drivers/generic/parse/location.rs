//! The place that operators write into sysLocation: `latitude, longitude` in decimal degrees.

use std::sync::LazyLock;

use regex::Regex;

/// A position in decimal degrees, as written: the digits are kept, so that nothing is rounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// North is positive, -90 to 90.
    pub latitude: String,
    /// East is positive, -180 to 180.
    pub longitude: String,
}

static PAIR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\s*([+-]?\d{1,2}(?:\.\d+)?)\s*,\s*([+-]?\d{1,3}(?:\.\d+)?)\s*$").ok());

/// The place, if the whole text is one; anything else is no place, and none is invented.
pub fn place(text: &str) -> Option<Place> {
    let pair = PAIR.as_ref()?.captures(text)?;
    let (latitude, longitude) = (pair.get(1)?.as_str(), pair.get(2)?.as_str());
    let within = |text: &str, bound: f64| text.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= bound);
    (within(latitude, 90.0) && within(longitude, 180.0))
        .then(|| Place { latitude: latitude.to_owned(), longitude: longitude.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_numbers_is_a_place() {
        let place = place("40.00000, -105.25000").unwrap();
        assert_eq!((place.latitude.as_str(), place.longitude.as_str()), ("40.00000", "-105.25000"));
    }

    #[test]
    fn other_texts_are_no_place() {
        for text in ["lat 40, lon -105.25", "", "rack 3, shelf 2b", "91, 0", "0, 181", "40.0;-105.25"] {
            assert_eq!(place(text), None, "{text}");
        }
    }
}
