//! Reads the panel's page: pure, tolerant of white space between cells and of an inserted `tbody`.

use scraper::{ElementRef, Html, Selector};

use crate::drivers::power::{Outlet, OutletState, Record};

/// The record, or none where the page shows no output.
pub(super) fn page(html: &str) -> Option<Record> {
    let document = Html::parse_document(html);
    let select = |css: &str| Selector::parse(css).ok();
    let (inner, row, cell, head) = (select("#page table")?, select("tr")?, select("td")?, select("th")?);
    let mut outlets: Vec<Outlet> =
        document.select(&inner).filter_map(|table| output(&table, &row, &cell, &head)).collect();
    if outlets.is_empty() {
        return None;
    }
    // Bus A before bus B, each in order of its number.
    outlets.sort_by_key(|outlet| {
        (outlet.id.chars().last(), outlet.id.trim_end_matches(char::is_alphabetic).parse::<u32>().ok())
    });
    for (index, outlet) in (0..).zip(outlets.iter_mut()) {
        outlet.index = index;
    }
    let facts = select(".smtxt")
        .and_then(|small| document.select(&small).next())
        .map(|small| lines(&small))
        .unwrap_or_default();
    let fact = |name: &str| {
        facts
            .iter()
            .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':').map(|rest| rest.trim().to_owned()))
    };
    Some(Record {
        model: fact("Model"),
        serial: fact("Serial"),
        firmware: fact("Firmware"),
        outlets,
        ..Record::default()
    })
}

/// Text nodes of an element, trimmed, without empty ones.
fn lines(element: &ElementRef<'_>) -> Vec<String> {
    element.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

fn text(element: &ElementRef<'_>) -> String {
    lines(element).join(" ")
}

/// One output's table: `Output 1A:` and its label, its current, its state.
fn output(table: &ElementRef<'_>, row: &Selector, cell: &Selector, head: &Selector) -> Option<Outlet> {
    let mut rows = table.select(row);
    let title: Vec<String> = rows.next()?.select(cell).map(|cell| text(&cell)).collect();
    let id = title.first()?.strip_prefix("Output")?.trim().trim_end_matches(':').trim().to_owned();
    let label = title.get(1).filter(|label| !label.is_empty()).cloned();
    let current = rows.next().and_then(|row| row.select(cell).nth(1).map(|cell| text(&cell)));
    let state = table.select(head).next().map(|head| text(&head)).unwrap_or_default();
    let breaker_off = state.eq_ignore_ascii_case("breaker off");
    Some(Outlet {
        id,
        index: 0,
        label,
        state: match state.to_ascii_lowercase().as_str() {
            "enabled" => OutletState::On,
            "disabled" => OutletState::Off,
            _ => OutletState::Unknown,
        },
        fuse: breaker_off.then_some("open"),
        current_a: current
            .and_then(|current| current.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ').parse().ok()),
        controllable: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two outputs in the shape of spec/field-devices.md 2.1, with what may stand between cells.
    fn sample(between: &str, open: &str, close: &str) -> String {
        let one = "<td><div><table><tr><td><b>Output 1B:</b></td><td></td></tr><tr><td>Current:</td><td>0.0 A</td></tr><tr><th>BREAKER OFF</th></tr></table></div></td>";
        let two = "<td><div><table><tr><td><b>Output 1A:</b></td><td>R1</td></tr><tr><td>Current:</td><td>-1.1 A</td></tr><tr><th>Enabled</th></tr></table></div></td>";
        let facts = "<span class=\"smtxt\">Model: ICT200DB-12IRC<br>Serial: X9<br>Firmware: 4.01<br>MAC 02:00:00:00:00:01</span>";
        format!(
            "<html><body>{facts}<table id=\"page\">{open}<tr>{between}{one}{between}{two}{between}</tr>{close}</table></body></html>"
        )
    }

    #[test]
    fn white_space_and_tbody_change_nothing() {
        let plain = page(&sample("", "", "")).unwrap();
        assert_eq!(plain, page(&sample("\n  ", "", "")).unwrap());
        assert_eq!(plain, page(&sample("\n", "<tbody>", "</tbody>")).unwrap());
        assert_eq!(plain.firmware.as_deref(), Some("4.01"));
        assert_eq!(plain.model.as_deref(), Some("ICT200DB-12IRC"));
        let [first, second] = plain.outlets.as_slice() else { panic!("{:?}", plain.outlets) };
        assert_eq!(
            (first.id.as_str(), first.label.as_deref(), first.current_a, first.state),
            ("1A", Some("R1"), Some(-1.1), OutletState::On)
        );
        assert_eq!((second.id.as_str(), second.label.as_deref(), second.fuse), ("1B", None, Some("open")));
    }

    #[test]
    fn another_page_is_no_panel() {
        for html in [
            "",
            "<html><body>It works!</body></html>",
            "<table id=page><tr><td>Login</td></tr></table>",
            "\u{0}\u{1}<<<>",
        ] {
            assert_eq!(page(html), None, "{html}");
        }
    }
}
