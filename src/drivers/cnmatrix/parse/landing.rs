//! The page after the login: cells of names, each followed by a cell with its value.

use scraper::{ElementRef, Html, Selector};

use super::Unmet;
use crate::drivers::cnmatrix::platform::VERSION_CELL;

/// The firmware's version: `4.4-r3`. White space between the cells does not matter.
pub fn version(page: &str) -> Result<String, Unmet> {
    let document = Html::parse_document(page);
    let Ok(cell) = Selector::parse("td") else { return Err(Unmet("no cell could be looked for".to_owned())) };
    let named: Vec<ElementRef<'_>> = document.select(&cell).filter(|cell| text(cell) == VERSION_CELL).collect();
    let found: Vec<String> = named.iter().filter_map(|cell| Some(text(&following(cell)?))).collect();
    match found.as_slice() {
        [version, rest @ ..] if rest.iter().all(|other| other == version) && is_version(version) => Ok(version.clone()),
        [] if named.is_empty() => Err(Unmet(format!("the page has no cell '{VERSION_CELL}'"))),
        [] => Err(Unmet(format!("the cell '{VERSION_CELL}' is followed by none: the page may be cut off"))),
        _ => Err(Unmet(format!("the cell behind '{VERSION_CELL}' holds no version such as 4.4-r3"))),
    }
}

/// The next cell of the same row.
fn following<'a>(cell: &ElementRef<'a>) -> Option<ElementRef<'a>> {
    cell.next_siblings().filter_map(ElementRef::wrap).find(|element| element.value().name() == "td")
}

fn text(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Digits and dots, perhaps with a release behind: `4.4-r3`, `5.0.1-r4`.
fn is_version(text: &str) -> bool {
    let (number, release) = text.split_once("-r").map_or((text, None), |(number, release)| (number, Some(release)));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    number.contains('.') && number.split('.').all(is_number) && release.is_none_or(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<table><tr><td>Software Version</td>\n<td>4.4-r3</td></tr></table>";

    #[test]
    fn the_cell_behind_the_name() {
        assert_eq!(version(PAGE).unwrap(), "4.4-r3");
        assert_eq!(version(&PAGE.replace('\n', "")).unwrap(), "4.4-r3");
        assert_eq!(version(&PAGE.replace("4.4-r3", " <b>5.0.1-r4</b>\n")).unwrap(), "5.0.1-r4");
    }

    #[test]
    fn what_has_not_been_met_is_no_version() {
        for page in [
            "",
            "<table><tr><td>Softwareversion</td>\n<td>4.4-r3</td></tr></table>",
            "<table><tr><td>Software Version</td>",
            "<table><tr><td>Software Version</td></tr><tr><td>4.4-r3</td></tr></table>",
            "<table><tr><td>Software Version</td><td></td></tr></table>",
            "<table><tr><td>Software Version</td><td>unbekannt</td></tr></table>",
            "<table><tr><td>Software Version</td><td>4.4-r3; drop</td></tr></table>",
            "<table><tr><td>Software Version</td><td>4.4-r3</td><td>Software Version</td><td>4.5-r1</td></tr></table>",
        ] {
            assert!(version(page).is_err(), "{page}");
        }
    }
}
