//! `/www/version.txt`: the first line.

/// Longest first line that can be a version.
const LONGEST: usize = 64;

/// The first line, where it holds a version number (`1.5.25`); anything else is none.
pub fn version(text: &str) -> Option<&str> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let has_number = line
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .any(|word| word.split('.').filter(|part| !part.is_empty()).count() >= 2);
    (has_number && line.len() <= LONGEST).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_and_what_is_none() {
        for (text, expected) in [
            ("1.5.25\r\n", Some("1.5.25")),
            ("\n 1.5.25rc3 \nbuilt by\n", Some("1.5.25rc3")),
            ("-sh: cat: not found", None),
            ("% Unknown command.", None),
            ("cat: can't open '/www/version.txt': No such file or directory", None),
            ("", None),
        ] {
            assert_eq!(version(text), expected, "{text}");
        }
    }
}
