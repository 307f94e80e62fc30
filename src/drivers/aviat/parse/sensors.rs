//! Values of the SNMP agent, scaled (13.3, 13.4).

/// A value of the ENTITY-SENSOR-MIB in its whole unit: scale 9 is units, 8 milli, 10 kilo; each step is a thousand.
///
/// With scale 9 the precision counts digits behind the point, as the MIB says. With any other scale this equipment
/// says a precision of 3 for the very number that the scale has already moved, so it does not count then.
pub fn scaled(value: i64, scale: i64, precision: i64) -> Option<f64> {
    let steps = i32::try_from(scale).ok().filter(|scale| (1..=17).contains(scale))? - 9;
    let digits = i32::try_from(precision).ok().filter(|digits| (-8..=9).contains(digits))?;
    let number = value as f64;
    // A division by a power of ten is exact to the last digit where a multiplication by its inverse is not.
    let power = if steps == 0 { -digits } else { 3 * steps };
    Some(if power < 0 { number / 10_f64.powi(-power) } else { number * 10_f64.powi(power) })
}

/// Tenths, as levels and powers are given.
pub fn tenths(value: i64) -> f64 {
    value as f64 / 10.0
}

/// The token of the command line for a modulation's code; the codes 15 and 16 are of 6.x.
pub fn modulation(code: i64) -> Option<&'static str> {
    let token = match code {
        1 => "none",
        2 => "qpsk",
        3 => "qam-16",
        4 => "qam-32",
        5 => "qam-64",
        6 => "qam-128",
        7 | 10 => "qam-256",
        8 | 11 => "qam-512",
        9 | 12 => "qam-1024",
        13 => "qam-2048",
        14 => "qam-4096",
        15 => "quarter-qpsk",
        16 => "half-qpsk",
        _ => return None,
    };
    Some(token)
}

/// The word for an operational status, as IF-MIB has it.
pub fn oper_status(code: i64) -> Option<&'static str> {
    let word = match code {
        1 => "up",
        2 => "down",
        3 => "testing",
        4 => "unknown",
        5 => "dormant",
        6 => "notPresent",
        7 => "lowerLayerDown",
        _ => return None,
    };
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_volt_on_both_families() {
        assert_eq!(scaled(47_058, 9, 3), Some(47.058));
        assert_eq!(scaled(53_703, 8, 3), Some(53.703));
        assert_eq!(scaled(38_222, 7, 3), Some(0.038_222));
        assert_eq!(scaled(42_562, 9, 3), Some(42.562));
        assert_eq!(scaled(12, 9, 0), Some(12.0));
        assert_eq!(scaled(2, 10, 0), Some(2_000.0));
        for (scale, precision) in [(0, 0), (18, 0), (9, 10), (9, -9), (i64::MAX, 0), (9, i64::MIN)] {
            assert_eq!(scaled(1, scale, precision), None);
        }
    }

    #[test]
    fn codes_that_are_not_known_have_no_word() {
        assert_eq!(
            (modulation(14), modulation(13), modulation(10)),
            (Some("qam-4096"), Some("qam-2048"), Some("qam-256"))
        );
        assert_eq!((modulation(0), modulation(17), modulation(-1)), (None, None, None));
        assert_eq!(
            (oper_status(1), oper_status(7), oper_status(1_461_000_000)),
            (Some("up"), Some("lowerLayerDown"), None)
        );
        assert_eq!(tenths(-367), -36.7);
    }
}
