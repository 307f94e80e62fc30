//! The batteries: capacities, and what they are doing.

use super::xml::Element;
use crate::drivers::power::Source;

/// What the battery is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It feeds the load.
    Discharge,
    /// It is charged.
    Boost,
    /// It is kept full.
    Float,
    /// A code that no document names.
    Other(i64),
}

impl Status {
    /// In words; the code where it is not known.
    pub fn in_words(self) -> String {
        match self {
            Status::Discharge => "discharge".to_owned(),
            Status::Boost => "boost".to_owned(),
            Status::Float => "float".to_owned(),
            Status::Other(code) => format!("other({code})"),
        }
    }

    /// Where the load's power comes from.
    pub fn source(self) -> Source {
        match self {
            Status::Discharge => Source::Battery,
            Status::Boost | Status::Float => Source::Mains,
            Status::Other(_) => Source::Unknown,
        }
    }
}

/// What the battery is doing; none where the document does not say a number.
pub fn status(root: &Element) -> Option<Status> {
    Some(match root.val("Status")?.trim().parse().ok()? {
        0 => Status::Discharge,
        1 | 4 => Status::Boost,
        2 => Status::Float,
        other => Status::Other(other),
    })
}

/// `BattNTotCap` of every battery in the order of N, Ah; what is no amount is left out.
pub fn capacities(root: &Element) -> Vec<f64> {
    (1..=64)
        .map_while(|number| root.val(&format!("Batt{number}TotCap")))
        .filter_map(|value| value.trim().parse::<f64>().ok())
        .filter(|hours| hours.is_finite() && *hours >= 0.0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::xml::document;
    use super::*;

    #[test]
    fn codes_of_the_battery() {
        for (code, words, source) in [
            ("0", "discharge", Source::Battery),
            ("1", "boost", Source::Mains),
            ("2", "float", Source::Mains),
            ("3", "other(3)", Source::Unknown),
            ("4", "boost", Source::Mains),
        ] {
            let text = format!("<BatteryData><Summary><Status val=\"{code}\"/></Summary></BatteryData>");
            let status = status(&document(text.as_bytes()).unwrap()).unwrap();
            assert_eq!((status.in_words().as_str(), status.source()), (words, source));
        }
        for nothing in ["<a/>", "<a><Status val=\"\"/></a>", "<a><Status val=\"float\"/></a>"] {
            assert_eq!(status(&document(nothing.as_bytes()).unwrap()), None);
        }
    }

    #[test]
    fn capacities_in_order() {
        let text = "<B><Batt2TotCap val=\"100.0\"/><Batt1TotCap val=\"190.0\"/><Batt1SulCap val=\"7.0\"/></B>";
        assert_eq!(capacities(&document(text.as_bytes()).unwrap()), [190.0, 100.0]);
        assert_eq!(capacities(&document(b"<B/>").unwrap()), [0.0; 0]);
    }
}
