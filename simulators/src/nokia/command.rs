//! Words: what a short word stands for, and which commands there are.

/// Words that are completed; a short one stands for the first that begins so.
const WORDS: [&str; 24] = [
    "admin",
    "all",
    "bgp",
    "bof",
    "chassis",
    "configuration",
    "configure",
    "detail",
    "display-config",
    "environment",
    "exit",
    "information",
    "interface",
    "logout",
    "more",
    "no",
    "ospf",
    "port",
    "router",
    "show",
    "status",
    "summary",
    "system",
    "version",
];

/// The words of a line, each written out.
pub fn complete(line: &str) -> String {
    let words: Vec<&str> = line
        .split_whitespace()
        .map(|word| {
            let known = |full: &&&str| full.starts_with(word);
            if WORDS.contains(&word) { word } else { WORDS.iter().find(known).copied().unwrap_or(word) }
        })
        .collect();
    words.join(" ")
}

/// The first word of `line` that is none of `path`, and where it stands, in characters.
pub fn stranger<'a>(line: &'a str, path: &[&str]) -> Option<(usize, &'a str)> {
    let mut at = 0;
    for (index, word) in line.split(' ').enumerate() {
        if path.get(index).is_none_or(|known| *known != word) && !word.is_empty() {
            return Some((at, word));
        }
        at += word.chars().count() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_are_written_out() {
        assert_eq!(complete("sh ver"), "show version");
        assert_eq!(complete("show  system inf"), "show system information");
        assert_eq!(complete("environment no more"), "environment no more");
        assert_eq!(complete("shwo version"), "shwo version");
    }

    #[test]
    fn the_first_wrong_word_is_pointed_at() {
        assert_eq!(stranger("show sytem information", &["show", "system", "information"]), Some((5, "sytem")));
        assert_eq!(stranger("show version", &["show", "version"]), None);
    }
}
