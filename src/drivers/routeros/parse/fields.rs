//! The `key: value` blocks of `print` commands.

/// The pairs of one block, in the order of the device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    pairs: Vec<(String, String)>,
    /// Texts after `;;;`: what the device says about the item.
    pub notes: Vec<String>,
}

impl Fields {
    /// Reads lines of the shape `key: value`, keys of lower-case letters, digits and hyphens, padded to the left.
    /// Other lines are not fields and are left out.
    pub fn parse(text: &str) -> Self {
        let mut fields = Self::default();
        for line in text.lines() {
            let line = line.trim();
            if let Some(note) = line.strip_prefix(";;;") {
                fields.notes.push(note.trim().to_owned());
            } else if let Some((key, value)) = line.split_once(':')
                && is_key(key)
                && (value.is_empty() || value.starts_with(' '))
            {
                fields.pairs.push((key.to_owned(), value.trim().to_owned()));
            }
        }
        fields
    }

    /// The value of a key; none where it is absent or empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, value)| name == key && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The value of a key as owned text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(str::to_owned)
    }

    /// The value of a key as a whole number with this unit behind it (`650MHz`, `1%`); none if it is anything else.
    pub fn number(&self, key: &str, unit: &str) -> Option<u64> {
        self.get(key)?.strip_suffix(unit)?.parse().ok()
    }

    /// All pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_are_fields() {
        let fields =
            Fields::parse(";;; a note: x\r\n   name: Tower: 5\r\n empty:\r\nNot: this\r\nurl:x\r\n load: 12%\r\n");
        assert_eq!(fields.get("name"), Some("Tower: 5"));
        assert_eq!(fields.get("empty"), None);
        assert_eq!(fields.get("Not"), None);
        assert_eq!(fields.get("url"), None);
        assert_eq!(fields.number("load", "%"), Some(12));
        assert_eq!(fields.number("load", ""), None);
        assert_eq!(fields.notes, ["a note: x"]);
    }
}
