//! A port, and whether a list of them is that of a switch.

use serde_json::{Value, json};

use super::super::platform::PORTS;
use crate::model::{Failure, FailureClass};

/// A port as the switch shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// From 1 on.
    pub number: usize,
    /// `1G`, `100M-F`, `Down`: its own words.
    pub link: String,
    /// PoE and the watts that it gives, as text; none: a port without.
    pub poe: Option<(String, String)>,
    /// Its name.
    pub name: Option<String>,
}

impl Port {
    /// As a row of tests calls it: `Port 1 (ROUTER)`.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("Port {} ({name})", self.number),
            None => format!("Port {}", self.number),
        }
    }

    /// As a row of tests shows it.
    pub fn shown(&self) -> String {
        match &self.poe {
            Some((poe, watts)) => format!("Ethernet - Link status: {}, PoE: {poe} ({watts} W)", self.link),
            None => format!("SFP - Link status: {}", self.link),
        }
    }

    /// As a member of the result; watts as a number.
    pub fn member(&self) -> Value {
        let (poe, watts) = match &self.poe {
            Some((poe, watts)) => (Some(poe.as_str()), watts.parse::<f64>().ok()),
            None => (None, None),
        };
        json!({
            "number": self.number, "name": self.name, "link": self.link, "sfp": self.poe.is_none(), "poe": poe,
            "poe_w": watts,
        })
    }
}

/// Whether the ports are all of a switch with `expected` of them: numbered from 1 on, none missing.
///
/// Fails with `WrongModel` where they are those of a switch of another size, and with `Protocol` where they are those
/// of none: the list was cut, or it is something else. `what` is where they stood.
pub fn complete(ports: &[Port], expected: Option<usize>, what: &str) -> Result<(), Failure> {
    count(ports.iter().map(|port| port.number), expected, what)
}

/// The same for numbers alone.
pub fn count(numbers: impl Iterator<Item = usize>, expected: Option<usize>, what: &str) -> Result<(), Failure> {
    let numbers: Vec<usize> = numbers.collect();
    let in_order = numbers.iter().zip(1..).all(|(number, expected)| *number == expected);
    let expected = expected.unwrap_or(numbers.len());
    if in_order && numbers.len() == expected && PORTS.contains(&expected) {
        return Ok(());
    }
    if in_order && PORTS.contains(&numbers.len()) {
        let sentence = format!("it has {} ports, its type has {expected}; correct its type", numbers.len());
        return Err(Failure::new(FailureClass::WrongModel, sentence));
    }
    let sentence = format!(
        "{what} shows {} ports{}, where {expected} in a row were expected: it was cut, or is that of another device",
        numbers.len(),
        if in_order { "" } else { " with gaps" },
    );
    Err(Failure::new(FailureClass::Protocol, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ports_or_an_error() {
        let class = |numbers: Vec<usize>, expected| count(numbers.into_iter(), expected, "it").map_err(|f| f.class);
        assert_eq!(class((1..=14).collect(), Some(14)), Ok(()));
        assert_eq!(class((1..=26).collect(), Some(26)), Ok(()));
        assert_eq!(class((1..=26).collect(), Some(14)), Err(FailureClass::WrongModel));
        assert_eq!(class((1..=13).collect(), Some(14)), Err(FailureClass::Protocol));
        assert_eq!(class((2..=15).collect(), Some(14)), Err(FailureClass::Protocol));
        assert_eq!(class(Vec::new(), Some(14)), Err(FailureClass::Protocol));
        assert_eq!(class((1..=8).collect(), Some(14)), Err(FailureClass::Protocol));
        assert_eq!(class((1..=8).collect(), None), Err(FailureClass::Protocol));
    }
}
