//! The answer of `show interface status`: lines of five fields between tabs, `number, link, PoE, watts, name`; SFP ports
//! leave two blank.

use super::port::Port;

/// The ports, in the order of the table. Lines of another shape (titles, an echo) are passed over; whether all ports
/// are there is for [`super::port::complete`].
pub fn ports(text: &str) -> Vec<Port> {
    text.lines().filter_map(port).collect()
}

fn port(line: &str) -> Option<Port> {
    let fields: Vec<&str> = line.trim_end_matches('\r').split('\t').map(str::trim).collect();
    let [number, link, poe, watts, name] = fields.as_slice() else { return None };
    let number = number.parse().ok().filter(|number| *number > 0)?;
    let poe = match (poe.is_empty(), watts.is_empty()) {
        (true, true) => None,
        (false, false) if watts.parse::<f64>().is_ok() => Some(((*poe).to_owned(), (*watts).to_owned())),
        _ => return None,
    };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Some(Port { number, link: text(link)?, poe, name: text(name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sample of spec/field-devices.md 2.4.
    const SAMPLE: &str = "Port\tLink\tPoE\tWatts\tName\n1\t1G\t48VH\t12.4\tROUTER\n2\tDown\tOff\t0.0\tPort 2\n13\t1G\t\t\tUPLINK\n14\tDown\t\t\tPort 14\n";

    #[test]
    fn the_sample_with_any_line_end_and_padding() {
        let ports_of_sample = ports(SAMPLE);
        let shown: Vec<(String, String)> = ports_of_sample.iter().map(|port| (port.title(), port.shown())).collect();
        let expected = [
            ("Port 1 (ROUTER)", "Ethernet - Link status: 1G, PoE: 48VH (12.4 W)"),
            ("Port 2 (Port 2)", "Ethernet - Link status: Down, PoE: Off (0.0 W)"),
            ("Port 13 (UPLINK)", "SFP - Link status: 1G"),
            ("Port 14 (Port 14)", "SFP - Link status: Down"),
        ];
        assert_eq!(shown, expected.map(|(title, shown)| (title.to_owned(), shown.to_owned())));
        for other in [SAMPLE.replace('\n', "\r\n"), SAMPLE.replace('\t', "   \t"), format!("show\n\n{SAMPLE}x\ty\n")] {
            assert_eq!(ports(&other), ports_of_sample, "{other}");
        }
    }

    #[test]
    fn lines_of_another_shape_are_no_ports() {
        for line in [
            "",
            "1\t1G\t48VH\t12.4",
            "1\t1G\t48VH\t12.4\tA\tB",
            "x\t1G\t\t\tA",
            "0\t1G\t\t\tA",
            "1\t\t\t\tA",
            "1\t1G\tOff\t\tA",
            "1\t1G\tOff\tviel\tA",
        ] {
            assert_eq!(ports(line), [], "{line:?}");
        }
    }
}
