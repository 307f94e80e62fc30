//! The mode that a prompt tells.

/// Where the command line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Commands that show and act.
    Operational,
    /// The candidate config, and where in it; empty at the top.
    Config(String),
}

/// Host name and mode of a prompt such as `BH-1# ` or `BH-1(config-interface-Carrier1/1)# `.
pub fn parse(prompt: &str) -> Option<(&str, Mode)> {
    let body = prompt.strip_suffix("# ")?;
    let (host, mode) = match body.split_once('(') {
        None => (body, Mode::Operational),
        Some((host, rest)) => {
            let place = rest.strip_suffix(')')?.strip_prefix("config")?;
            let place = if place.is_empty() { place } else { place.strip_prefix('-')? };
            (host, Mode::Config(place.to_owned()))
        }
    };
    (!host.is_empty() && !host.contains(char::is_whitespace)).then_some((host, mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_stands_in_brackets() {
        assert_eq!(parse("BH-AV4200# "), Some(("BH-AV4200", Mode::Operational)));
        assert_eq!(parse("BH-1(config)# "), Some(("BH-1", Mode::Config(String::new()))));
        let place = Mode::Config("interface-Carrier1/1".to_owned());
        assert_eq!(parse("BH-1(config-interface-Carrier1/1)# "), Some(("BH-1", place)));
        for text in ["BH-1#", "# ", "BH-1> ", "BH-1(what)# ", "BH-1(configx)# ", "a b# ", "BH-1(config# "] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
