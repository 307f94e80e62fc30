//! More checks of the standard operating procedure: a TOML file of `[[check]]`.

use std::path::Path;

use regex::Regex;
use serde::Deserialize;

/// Such files have a few kilobytes.
const SIZE_MAX: u64 = 1024 * 1024;

/// One check.
#[derive(Debug, Clone)]
pub struct SopCheck {
    /// What is checked, for people.
    pub name: String,
    /// A `show` command; nothing else is ever sent for a check.
    pub command: String,
    /// What its answer must match somewhere.
    pub expect: Regex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    check: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    command: String,
    expect: String,
}

/// Reads the file; the error is a sentence with the file in it, and the check where it is one's.
pub fn load(path: &Path) -> Result<Vec<SopCheck>, String> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| format!("{shown} cannot be read: {error}");
    if std::fs::metadata(path).map_err(unreadable)?.len() > SIZE_MAX {
        return Err(format!("{shown} is larger than 1 MiB"));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    parse(&text).map_err(|why| format!("{shown}: {why}"))
}

fn parse(text: &str) -> Result<Vec<SopCheck>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let mut checks: Vec<SopCheck> = Vec::new();
    for Row { name, command, expect } in file.check {
        if name.trim().is_empty() || checks.iter().any(|other| other.name == name) {
            return Err(format!("check '{}': each has a name of its own", name.escape_debug()));
        }
        let reads = command.strip_prefix("show ").is_some_and(|rest| !rest.trim().is_empty());
        if !reads || !command.chars().all(|c| c.is_ascii_graphic() || c == ' ') || command.len() > 200 {
            return Err(format!("check '{name}': command must be one line that begins with 'show '"));
        }
        let expect = Regex::new(&expect).map_err(|_| format!("check '{name}': expect is no regular expression"))?;
        checks.push(SopCheck { name, command, expect });
    }
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_only_show() {
        let good = "[[check]]\nname = 'ntp'\ncommand = 'show running-config ntp'\nexpect = 'server 192\\.0\\.2\\.'\n";
        let checks = parse(good).unwrap();
        assert_eq!((checks[0].name.as_str(), checks[0].command.as_str()), ("ntp", "show running-config ntp"));
        assert!(checks[0].expect.is_match("ntp server 192.0.2.7"));
        for (command, expect, part) in [
            ("restart", "x", "begins with 'show '"),
            ("show ", "x", "begins with 'show '"),
            ("show x\\nrestart", "x", "begins with 'show '"),
            ("show x", "(", "regular expression"),
        ] {
            let text = format!("[[check]]\nname = 'n'\ncommand = \"{command}\"\nexpect = '{expect}'\n");
            assert!(parse(&text).unwrap_err().contains(part), "{command}");
        }
        assert!(parse(&format!("{good}{good}")).unwrap_err().contains("name of its own"));
        assert!(parse("[[chek]]\n").is_err());
    }
}
