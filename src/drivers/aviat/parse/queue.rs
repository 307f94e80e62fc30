//! The external buffer's queue limit, and the partner that decides whether it is this radio's to have (6.11, 11).

use super::config::Config;

/// The policy whose queue is meant, and its class.
const PATH: [&str; 2] = ["qos-default-policy ExternalBufferSize", "traffic-classes 0"];
const LEAF: &str = "queue-size queue-limit ";

/// Which of two joined radios this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partner {
    /// It has none, or its release knows of none.
    Alone,
    /// Joined by 10g2: the one of the two that is configured.
    Primary,
    /// Joined by 10g1: the other one.
    Secondary,
}

/// `show running-config qos-default-policy ExternalBufferSize`: kilobytes of class 0. None where it is not there, not in
/// kilobytes, or there twice.
pub fn limit(text: &str) -> Option<u32> {
    let config = Config::parse(text).ok()?;
    let whole = [PATH.join(" "), LEAF.to_owned()].join(" ");
    let mut limits = config.leaves().iter().filter_map(|leaf| {
        let line = [leaf.path.join(" "), leaf.line.to_owned()].join(" ");
        let value = line.trim_start().strip_prefix(&whole)?.to_owned();
        let mut words = value.split_whitespace();
        Some(match (words.next().map(str::parse::<u32>), words.next(), words.next()) {
            (Some(Ok(kbytes)), Some("kbytes"), None) => Some(kbytes),
            _ => None,
        })
    });
    let first = limits.next()??;
    limits.next().is_none().then_some(first)
}

/// `show running-config partner-device`. A section that names neither port is no join; one that is not whole is none.
pub fn partner(text: &str) -> Option<Partner> {
    let config = Config::parse(text).ok()?;
    let ports: Vec<String> = config
        .leaves()
        .iter()
        .filter_map(|leaf| {
            let line = [leaf.path.join(" "), leaf.line.to_owned()].join(" ");
            Some(line.trim_start().strip_prefix("partner-device connection interface ")?.trim().to_owned())
        })
        .collect();
    Some(match ports.as_slice() {
        // The other radio's buffer is the one to set; where both stand, nothing is set here.
        ports if ports.iter().any(|port| port == "10g1") => Partner::Secondary,
        ports if ports.iter().any(|port| port == "10g2") => Partner::Primary,
        _ => Partner::Alone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_class_0_and_no_other() {
        let text = "qos-default-policy ExternalBufferSize\r\n traffic-classes 0\r\n  queue-size queue-limit 2500 kbytes\r\n \
             exit\r\n traffic-classes 1\r\n  queue-size queue-limit 64 kbytes\r\n exit\r\nexit\r\n";
        assert_eq!(limit(text), Some(2500));
        assert_eq!(
            limit("qos-default-policy ExternalBufferSize traffic-classes 0 queue-size queue-limit 9 kbytes\n"),
            Some(9)
        );
        for text in [
            "",
            "qos-default-policy ExternalBufferSize\n traffic-classes 1\n  queue-size queue-limit 2500 kbytes\n exit\nexit\n",
            "qos-default-policy Other\n traffic-classes 0\n  queue-size queue-limit 2500 kbytes\n exit\nexit\n",
            "qos-default-policy ExternalBufferSize\n traffic-classes 0\n  queue-size queue-limit 2500 bytes\n exit\nexit\n",
            "qos-default-policy ExternalBufferSize\n traffic-classes 0\n  queue-size queue-limit 25\n",
        ] {
            assert_eq!(limit(text), None, "{text}");
        }
    }

    #[test]
    fn the_port_says_which_of_two_it_is() {
        assert_eq!(partner("partner-device\n connection interface 10g1\nexit\n"), Some(Partner::Secondary));
        assert_eq!(partner("partner-device\n connection interface 10g2\nexit\n"), Some(Partner::Primary));
        assert_eq!(partner("partner-device connection interface 10g1\n"), Some(Partner::Secondary));
        assert_eq!(partner("partner-device\n name 10g1\nexit\n"), Some(Partner::Alone));
        assert_eq!(partner(""), None);
    }
}
