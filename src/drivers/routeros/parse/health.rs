//! `/system health print`: a list on RouterOS 6, a table on 7, nothing on many small boards.

use super::fields::Fields;

/// One sensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// `voltage`, `cpu-temperature`, `psu1-state`, `fan1-speed`, ...
    pub name: String,
    /// What it shows.
    pub value: Value,
}

/// What a sensor shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Volts.
    Volts(f64),
    /// Degrees Celsius.
    Celsius(f64),
    /// Amperes.
    Amperes(f64),
    /// Watts.
    Watts(f64),
    /// Revolutions per minute.
    Rpm(f64),
    /// A word (`ok`, `fail`, `auto`), or a number whose unit is not known.
    Text(String),
}

/// All sensors, in the order of the device.
pub fn parse(text: &str) -> Vec<Reading> {
    if text.lines().any(|line| line.trim_start().starts_with("Columns:")) { table(text) } else { list(text) }
}

fn list(text: &str) -> Vec<Reading> {
    let fields = Fields::parse(text);
    fields
        .pairs()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let end = value.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(value.len());
            let (number, unit) = value.split_at_checked(end).unwrap_or((value, ""));
            Reading { name: name.to_owned(), value: measure(number, unit, value) }
        })
        .collect()
}

/// `INDEX NAME VALUE [TYPE]` under a head line that begins with `#` or `NAME`.
fn table(text: &str) -> Vec<Reading> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            words.next()?.parse::<u32>().ok()?;
            let (name, value) = (words.next()?, words.next()?);
            let unit = words.next().unwrap_or_default();
            Some(Reading { name: name.to_owned(), value: measure(value, unit, value) })
        })
        .collect()
}

fn measure(number: &str, unit: &str, whole: &str) -> Value {
    let text = || Value::Text(whole.to_owned());
    let Some(number) = number.parse::<f64>().ok().filter(|number| number.is_finite()) else { return text() };
    match unit {
        "V" => Value::Volts(number),
        "C" => Value::Celsius(number),
        "A" => Value::Amperes(number),
        "mA" => Value::Amperes(number / 1000.0),
        "W" => Value::Watts(number),
        "RPM" => Value::Rpm(number),
        _ => text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(name: &str, value: Value) -> Reading {
        Reading { name: name.to_owned(), value }
    }

    #[test]
    fn version_6_lists() {
        let text = "        fan-mode: auto\r\n         voltage: 24.3V\r\n         current: 350mA\r\n\
            \x20    temperature: 35C\r\n      fan1-speed: 4290RPM\r\n      psu1-state: ok\r\n";
        assert_eq!(
            parse(text),
            [
                reading("fan-mode", Value::Text("auto".to_owned())),
                reading("voltage", Value::Volts(24.3)),
                reading("current", Value::Amperes(0.35)),
                reading("temperature", Value::Celsius(35.0)),
                reading("fan1-speed", Value::Rpm(4290.0)),
                reading("psu1-state", Value::Text("ok".to_owned())),
            ]
        );
    }

    #[test]
    fn version_7_prints_a_table() {
        let text = "Columns: NAME, VALUE, TYPE\r\n#  NAME             VALUE  TYPE\r\n0  cpu-temperature     50  C   \r\n\
            1  fan1-speed        4290  RPM \r\n2  psu1-state          ok      \r\n3  voltage           24.1  V   \r\n";
        assert_eq!(
            parse(text),
            [
                reading("cpu-temperature", Value::Celsius(50.0)),
                reading("fan1-speed", Value::Rpm(4290.0)),
                reading("psu1-state", Value::Text("ok".to_owned())),
                reading("voltage", Value::Volts(24.1)),
            ]
        );
    }

    #[test]
    fn a_board_without_sensors_shows_none() {
        assert_eq!(parse(""), []);
        assert_eq!(parse("\r\n"), []);
        assert_eq!(parse("Columns: NAME, VALUE, TYPE\r\n#  NAME  VALUE  TYPE\r\n"), []);
        assert_eq!(parse("bad command name health (line 1 column 9)\r\n"), []);
    }
}
