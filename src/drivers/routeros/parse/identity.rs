//! `/system identity print`.

/// The device's name: anything, also spaces, colons, brackets; none where no line says it.
pub fn parse(text: &str) -> Option<String> {
    text.lines()
        .find_map(|line| line.trim_start().strip_prefix("name: "))
        .map(|name| name.trim_end_matches('\r').trim_end().to_owned())
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        for name in ["Tower 5 / North", "a]b>c", "O'Brien", "name: x", "Türm ñ", "[admin@x] > "] {
            assert_eq!(parse(&format!("  name: {name}\r\n")).as_deref(), Some(name.trim_end()));
        }
        assert_eq!(parse("bad command name identity (line 1 column 9)\r\n"), None);
        assert_eq!(parse("  name: \r\n"), None);
    }
}
