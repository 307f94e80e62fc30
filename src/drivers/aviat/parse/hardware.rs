//! `show hardware System/Root1` (6.x) and `show manufacture-details Terminal1` (2.x), 6.9.

/// What the chassis is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hardware {
    /// Model code: `W42-11H2-WPX`. On 2.x the part number, which ends the same way.
    pub code: Option<String>,
    /// `WTM4100`, `WTM4200`.
    pub unit_type: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
}

/// The name of each line and how far it reaches; names may hold a blank.
const KEYS: [(&str, Field); 6] = [
    ("model name", Field::Code),
    ("model-name", Field::Code),
    ("part-number", Field::Code),
    ("unit-type", Field::UnitType),
    ("serial number", Field::Serial),
    ("serial-number", Field::Serial),
];

#[derive(Debug, Clone, Copy)]
enum Field {
    Code,
    UnitType,
    Serial,
}

impl Hardware {
    /// Either form. Where several units are listed the first counts.
    pub fn parse(text: &str) -> Self {
        let mut hardware = Self::default();
        for line in text.lines() {
            let line = line.trim();
            let Some((value, field)) = KEYS.iter().find_map(|(key, field)| Some((line.strip_prefix(key)?, *field)))
            else {
                continue;
            };
            let value = value.trim_start_matches(':');
            let word = value.trim();
            if !value.starts_with(char::is_whitespace) || word.is_empty() || word.contains(char::is_whitespace) {
                continue;
            }
            let place = match field {
                Field::Code => &mut hardware.code,
                Field::UnitType => &mut hardware.unit_type,
                Field::Serial => &mut hardware.serial,
            };
            place.get_or_insert_with(|| word.to_owned());
        }
        hardware.unit_type = hardware.unit_type.filter(|unit| is_unit(unit));
        hardware
    }

    /// `WTM4100` or `WTM4200`: as told, or by the model code, whose first part stands for it.
    pub fn model(&self) -> Option<String> {
        self.unit_type.clone().or_else(|| unit_of(self.code.as_deref()?).map(str::to_owned))
    }

    /// The diplexer variant that limits the frequencies: `WPX`, `DPX`; none for any other ending.
    pub fn variant(&self) -> Option<&'static str> {
        variant_of(self.code.as_deref()?)
    }
}

/// The unit type that a model code stands for.
pub fn unit_of(code: &str) -> Option<&'static str> {
    match code.split_once('-')?.0 {
        "W41" => Some("WTM4100"),
        "W42" => Some("WTM4200"),
        _ => None,
    }
}

/// The variant that a model code ends with.
pub fn variant_of(code: &str) -> Option<&'static str> {
    match code.rsplit_once('-')?.1 {
        "WPX" => Some("WPX"),
        "DPX" => Some("DPX"),
        _ => None,
    }
}

fn is_unit(word: &str) -> bool {
    word.strip_prefix("WTM").is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let six = Hardware::parse(
            "hardware System/Root1\r\n description   Chassis\r\n model name    W42-11H2-WPX\r\n serial number AAA0000A000\r\n unit-type     WTM4200\r\n",
        );
        assert_eq!((six.model().as_deref(), six.variant()), (Some("WTM4200"), Some("WPX")));
        assert_eq!(six.serial.as_deref(), Some("AAA0000A000"));
        let two = Hardware::parse("manufacture-details Terminal1\n part-number W41-18L5-DPX\n unit-type WTM4100\n");
        assert_eq!((two.model().as_deref(), two.variant(), two.serial), (Some("WTM4100"), Some("DPX"), None));
    }

    #[test]
    fn the_code_tells_the_unit_where_nothing_else_does() {
        let told = |code: &str| Hardware { code: Some(code.to_owned()), ..Hardware::default() };
        assert_eq!(told("W42-11H2-WPX").model().as_deref(), Some("WTM4200"));
        assert_eq!((told("W41-18L5-DP2").model().as_deref(), told("W41-18L5-DP2").variant()), (Some("WTM4100"), None));
        assert_eq!((told("X99-1").model(), told("WPX").variant()), (None, None));
    }

    #[test]
    fn a_host_name_or_a_description_is_no_unit() {
        for text in
            ["BH-AV4100-11\n", " description model name W42-11H2-WPX\n", "unit-type AV4100\n", "model nameX W42-1\n"]
        {
            assert_eq!(Hardware::parse(text).model(), None, "{text}");
        }
    }
}
