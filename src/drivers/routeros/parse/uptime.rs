//! How RouterOS writes spans of time.

use std::time::Duration;

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// `14w1d19h55m4s` (each part optional, in this order, at least one), or `1w2d03:04:05` as the API writes it.
/// None if the text is anything else.
pub fn parse(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut rest = text;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(digits)?;
        if tail.starts_with(':') {
            return clock(rest).and_then(|clock| seconds.checked_add(clock)).map(Duration::from_secs);
        }
        let number: u64 = number.parse().ok()?;
        let unit = tail.chars().next()?;
        let (_, size) = units.find(|(name, _)| *name == unit)?;
        seconds = seconds.checked_add(number.checked_mul(*size)?)?;
        rest = tail.strip_prefix(unit)?;
    }
    (!text.is_empty()).then(|| Duration::from_secs(seconds))
}

/// `HH:MM:SS`.
fn clock(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || minutes.len() != 2 || seconds.len() != 2 {
        return None;
    }
    let (hours, minutes, seconds): (u64, u64, u64) =
        (hours.parse().ok()?, minutes.parse().ok()?, seconds.parse().ok()?);
    (minutes < 60 && seconds < 60).then_some(())?;
    hours.checked_mul(3_600)?.checked_add(minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_optional_but_ordered() {
        let seconds = |text| parse(text).map(|span| span.as_secs());
        assert_eq!(seconds("6w5d11h55m45s"), Some(4_103_745));
        assert_eq!(seconds("1d6h22m"), Some(109_320));
        assert_eq!(seconds("5w3d20m51s"), Some(3_284_451));
        assert_eq!(seconds("58m18s"), Some(3_498));
        assert_eq!(seconds("0s"), Some(0));
        assert_eq!(seconds("03:04:05"), Some(11_045));
        assert_eq!(seconds("1w2d03:04:05"), Some(788_645));
        for wrong in ["", "5", "s", "5m4h", "1h1h", "1h ", "-1h", "1:2:3", "00:60:00", "99999999999999999999w"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(w in 0u64..9999, d in 0u64..7, h in 0u64..24, m in 0u64..60, s in 0u64..60) {
            let text = format!("{w}w{d}d{h}h{m}m{s}s");
            let expected = (((w * 7 + d) * 24 + h) * 60 + m) * 60 + s;
            prop_assert_eq!(parse(&text), Some(Duration::from_secs(expected)));
        }

        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
