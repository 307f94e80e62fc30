//! How RouterOS writes sizes.

const UNITS: [(&str, f64); 5] =
    [("KiB", 1024.0), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0), ("TiB", 1_099_511_627_776.0), ("B", 1.0)];

/// `40.2MiB`, `1196.0KiB`, `512B`: bytes, rounded; none if the text is anything else.
pub fn parse(text: &str) -> Option<u64> {
    let (number, unit) = UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    let shape =
        number.chars().all(|c| c.is_ascii_digit() || c == '.') && number.starts_with(|c: char| c.is_ascii_digit());
    let bytes = number.parse::<f64>().ok().filter(|_| shape)? * unit;
    (bytes < 9.0e15).then_some(bytes.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes() {
        assert_eq!(parse("40.2MiB"), Some(42_152_755));
        assert_eq!(parse("64.0MiB"), Some(67_108_864));
        assert_eq!(parse("1196.0KiB"), Some(1_224_704));
        assert_eq!(parse("512B"), Some(512));
        assert_eq!(parse("1.5GiB"), Some(1_610_612_736));
        for wrong in ["", "MiB", "12", "infMiB", "-1KiB", ".KiB", "1.2.3KiB", "1 KiB"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
