//! Command lines taken apart: words with their places, and the pipes behind `show`.

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Without its quotes.
    pub text: String,
    /// Column at which it begins, counted from zero.
    pub at: usize,
}

/// The words of a line; a text in double quotes is one word.
pub fn split(line: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut quoted, mut inside) = (false, false);
    for (at, letter) in line.chars().enumerate() {
        match letter {
            ' ' | '\t' if !quoted => inside = false,
            _ => {
                if !inside {
                    words.push(Word { text: String::new(), at });
                    inside = true;
                }
                if letter == '"' {
                    quoted = !quoted;
                } else if let Some(word) = words.last_mut() {
                    word.text.push(letter);
                }
            }
        }
    }
    words
}

/// The texts of words.
pub fn texts(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| word.text.as_str()).collect()
}

/// What a pipe does to the lines of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pipe {
    /// Only lines with this.
    Include(String),
    /// Only lines without this.
    Exclude(String),
    /// From the first line with this on.
    Begin(String),
    /// Up to the first line with this.
    Until(String),
    /// How many lines there are.
    Count,
    /// As it is, without pages.
    NoMore,
}

/// A command and its pipes. Errors: the column of a pipe that there is not.
pub fn pipes(line: &str) -> Result<(String, Vec<Pipe>), usize> {
    let mut parts = line.split('|');
    let command = parts.next().unwrap_or_default();
    let mut column = command.chars().count().saturating_add(1);
    let mut pipes = Vec::new();
    for part in parts {
        let words = split(part);
        let rest = texts(words.get(1..).unwrap_or_default()).join(" ");
        let name = words.first().map_or("", |word| word.text.as_str());
        let at = column.saturating_add(words.first().map_or(0, |word| word.at));
        pipes.push(match name {
            "include" => Pipe::Include(rest),
            "exclude" => Pipe::Exclude(rest),
            "begin" => Pipe::Begin(rest),
            "until" => Pipe::Until(rest),
            "count" => Pipe::Count,
            "nomore" | "notab" => Pipe::NoMore,
            _ => return Err(at),
        });
        column = column.saturating_add(part.chars().count()).saturating_add(1);
    }
    Ok((command.to_owned(), pipes))
}

/// A pattern as far as it is used: letters as they are, `^` at the beginning, `.*` for anything.
fn matches(line: &str, pattern: &str) -> bool {
    let (anchored, pattern) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let mut rest = line;
    for (index, part) in pattern.split(".*").enumerate() {
        match rest.find(part) {
            Some(at) if !(anchored && index == 0 && at > 0) => {
                rest = rest.get(at.saturating_add(part.len())..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    true
}

/// An answer after its pipes.
pub fn piped(text: String, pipes: &[Pipe]) -> String {
    pipes.iter().fold(text, |text, pipe| {
        let lines = text.split_inclusive("\r\n");
        let without = |line: &&str, pattern: &str| !matches(line.trim_end(), pattern);
        match pipe {
            Pipe::Include(pattern) => lines.filter(|line| !without(line, pattern)).collect(),
            Pipe::Exclude(pattern) => lines.filter(|line| without(line, pattern)).collect(),
            Pipe::Begin(pattern) => lines.skip_while(|line| without(line, pattern)).collect(),
            Pipe::Until(pattern) => {
                let mut on = true;
                let keep = |line: &&str| {
                    let was = on;
                    on &= without(line, pattern);
                    was
                };
                lines.filter(keep).collect()
            }
            Pipe::Count => format!("Count: {} lines\r\n", lines.count()),
            Pipe::NoMore => text,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_their_columns() {
        let words = split("  description \"a b\" x");
        assert_eq!(texts(&words), ["description", "a b", "x"]);
        assert_eq!(words.iter().map(|word| word.at).collect::<Vec<_>>(), [2, 14, 20]);
    }

    #[test]
    fn pipes_choose_lines() {
        let text = "snmp v2c-only\r\nsnmp community x\r\nsubnet mask\r\nlast\r\n".to_owned();
        let (command, pipes) = pipes("show running-config | begin sub | exclude la.t").unwrap();
        assert_eq!(command, "show running-config ");
        assert_eq!(piped(text.clone(), &pipes), "subnet mask\r\nlast\r\n");
        assert_eq!(piped(text.clone(), &[Pipe::Include("^snmp .*x".to_owned())]), "snmp community x\r\n");
        assert_eq!(piped(text.clone(), &[Pipe::Until("comm".to_owned())]), "snmp v2c-only\r\nsnmp community x\r\n");
        assert_eq!(piped(text, &[Pipe::Count]), "Count: 4 lines\r\n");
        assert_eq!(super::pipes("show version | frob"), Err(15));
    }
}
