//! Site, position, version.

use super::Unmet;
use super::xml::Element;

/// What `about.xml` says. What it does not say, or says in a way that means nothing, is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// Name of the site.
    pub site_name: Option<String>,
    /// Id of the site.
    pub site_id: Option<String>,
    /// Address of the site.
    pub site_address: Option<String>,
    /// Degrees, north positive.
    pub latitude: Option<f64>,
    /// Degrees, east positive.
    pub longitude: Option<f64>,
    /// As written; its unit is not documented.
    pub altitude: Option<String>,
    /// Version of the controller's software.
    pub version: Option<String>,
    /// Model, on some firmware.
    pub model: Option<String>,
}

/// Reads the document; an error where it has none of what it should have.
pub fn about(root: &Element) -> Result<About, Unmet> {
    let text = |name: &str| root.val(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let about = About {
        site_name: text("siteName"),
        site_id: text("siteID"),
        site_address: text("siteAddr"),
        // 1 is north, and 1 is west.
        latitude: degrees(root, "Lati", 90.0).map(|(flag, degrees)| if flag { degrees } else { -degrees }),
        longitude: degrees(root, "Long", 180.0).map(|(flag, degrees)| if flag { -degrees } else { degrees }),
        altitude: text("altitude"),
        version: text("version"),
        model: text("model"),
    };
    if about == About::default() {
        return Err(Unmet("it has none of the elements that are known".to_owned()));
    }
    Ok(about)
}

/// The flag and the amount, from degrees, minutes and seconds; none where one of them is missing or out of range.
fn degrees(root: &Element, prefix: &str, most: f64) -> Option<(bool, f64)> {
    let number = |end: &str| root.val(&format!("{prefix}{end}"))?.trim().parse::<f64>().ok().filter(|n| n.is_finite());
    let flag = match root.val(prefix)?.trim() {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    let (whole, minutes, seconds) = (number("Degree")?, number("Minu")?, number("Sec")?);
    let in_range =
        whole >= 0.0 && whole.fract() == 0.0 && (0.0..60.0).contains(&minutes) && (0.0..60.0).contains(&seconds);
    // Seven decimals are a centimetre.
    let degrees = ((whole + minutes / 60.0 + seconds / 3600.0) * 1e7).round() / 1e7;
    (in_range && degrees <= most).then_some((flag, degrees))
}

#[cfg(test)]
mod tests {
    use super::super::xml::document;
    use super::*;

    fn read(content: &str) -> Result<About, Unmet> {
        about(&document(format!("<homepage>{content}</homepage>").as_bytes()).unwrap())
    }

    fn place(latitude: [&str; 4], longitude: [&str; 4]) -> (Option<f64>, Option<f64>) {
        let element = |prefix: &str, values: [&str; 4]| -> String {
            ["", "Degree", "Minu", "Sec"]
                .iter()
                .zip(values)
                .map(|(end, value)| format!("<{prefix}{end} val=\"{value}\"/>"))
                .collect()
        };
        let about =
            read(&format!("<siteName val=\"S\"/>{}{}", element("Lati", latitude), element("Long", longitude))).unwrap();
        (about.latitude, about.longitude)
    }

    /// Scenario 41, as far as reading goes.
    #[test]
    fn one_is_north_and_one_is_west() {
        assert_eq!(place(["1", "32", "15", "0"], ["1", "97", "30", "0"]), (Some(32.25), Some(-97.5)));
        assert_eq!(place(["0", "33", "51", "30.6"], ["0", "151", "12", "36"]), (Some(-33.8585), Some(151.21)));
    }

    #[test]
    fn what_is_out_of_range_is_no_place() {
        for latitude in [
            ["2", "32", "15", "0"],
            ["1", "91", "0", "0"],
            ["1", "32", "60", "0"],
            ["1", "32", "15", "-1"],
            ["1", "", "15", "0"],
            ["1", "32.5", "0", "0"],
            ["N", "32", "15", "0"],
        ] {
            assert_eq!(place(latitude, ["1", "97", "30", "0"]), (None, Some(-97.5)), "{latitude:?}");
        }
    }

    #[test]
    fn a_document_without_anything_known_is_an_error() {
        assert!(read("<nomDuSite val=\"S\"/>").is_err());
        let about = read("<group><siteName val=\" S \"/></group><version val=\"V201\"/><siteID val=\"\"/>").unwrap();
        assert_eq!(
            (about.site_name.as_deref(), about.version.as_deref(), about.site_id),
            (Some("S"), Some("V201"), None)
        );
    }
}
