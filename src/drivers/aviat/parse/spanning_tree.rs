//! `show spanning-tree`: only its own leaf decides, whatever else the text says (6.5).

/// Whether the protocol runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanningTree {
    /// It runs.
    Up,
    /// It does not.
    Down,
}

/// The value of `spanning-tree administrative-status`; none where it is not told, or told in two ways.
pub fn parse(text: &str) -> Option<SpanningTree> {
    let mut told = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["spanning-tree", "administrative-status", value] => Some(match *value {
                "up" | "enabled" => Some(SpanningTree::Up),
                "down" | "disabled" => Some(SpanningTree::Down),
                _ => None,
            }),
            _ => None,
        }
    });
    let first = told.next()??;
    told.all(|next| next == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s030_only_the_leaf_decides() {
        for (text, expected) in [
            ("spanning-tree administrative-status up\nspanning-tree bridge-priority 32768\n", Some(SpanningTree::Up)),
            ("spanning-tree administrative-status down\r\n", Some(SpanningTree::Down)),
            ("spanning-tree administrative-status up\nspanning-tree bpdu-guard disabled\n", Some(SpanningTree::Up)),
            ("spanning-tree bpdu-guard disabled\n", None),
            ("BH-OFFICE off\n", None),
            ("spanning-tree administrative-status unknown\n", None),
            ("spanning-tree administrative-status up\nspanning-tree administrative-status down\n", None),
            ("description spanning-tree administrative-status down\n", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
