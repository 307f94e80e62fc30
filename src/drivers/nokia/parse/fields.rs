//! The `label : value` lines of `show` commands.

/// Label and value of a line, blanks around them gone; none for a line without a label. The first colon ends the
/// label: labels hold none, values may.
pub fn field(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once(':')?;
    let label = label.trim();
    let is_label = label.starts_with(|c: char| c.is_ascii_uppercase()) && label.len() <= 40;
    is_label.then_some((label, value.trim()))
}

/// A value that says something.
pub fn told(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty() && !matches!(value, "N/A" | "n/a" | "(Not Specified)")).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_ends_at_the_first_colon() {
        assert_eq!(field("BOF Source             : cf3:"), Some(("BOF Source", "cf3:")));
        assert_eq!(
            field("    Base MAC address   : 02:00:5e:00:60:01\r"),
            Some(("Base MAC address", "02:00:5e:00:60:01"))
        );
        assert_eq!(field("==============="), None);
        assert_eq!(field("                         # All rights: x"), None);
        assert_eq!((told(" N/A "), told(""), told("x ")), (None, None, Some("x".to_owned())));
    }
}
