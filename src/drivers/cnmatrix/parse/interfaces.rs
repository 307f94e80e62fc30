//! The table of IP interfaces: parallel inputs, told from those of the form for a new one by their size.

use std::net::Ipv4Addr;

use scraper::{Html, Selector};

use super::Unmet;

/// An IP interface.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Interface {
    /// `vlan3000`.
    pub interface: String,
    /// Its address.
    pub address: Ipv4Addr,
    /// Its mask, as the page has it.
    pub subnet_mask: Ipv4Addr,
    /// Its broadcast address.
    pub broadcast: Ipv4Addr,
}

/// All rows, in the order of the page; at least one.
pub fn interfaces(page: &str) -> Result<Vec<Interface>, Unmet> {
    let document = Html::parse_document(page);
    let column = |name: &str, size: u8| -> Vec<String> {
        let css = format!("input[name=\"{name}\"][size=\"{size}\"]");
        let Ok(input) = Selector::parse(&css) else { return Vec::new() };
        document
            .select(&input)
            .filter(|input| input.value().attr("type").is_none_or(|kind| kind.eq_ignore_ascii_case("text")))
            .map(|input| input.value().attr("value").unwrap_or_default().trim().to_owned())
            .collect()
    };
    let names = column("ALIAS", 8);
    let columns = [column("IP_ADDRESS", 15), column("SUBNET_MASK", 15), column("BCAST_ADDR", 15)];
    if names.is_empty() {
        return Err(Unmet("the page has no IP interface".to_owned()));
    }
    if columns.iter().any(|column| column.len() != names.len()) {
        return Err(Unmet("the columns of the IP interfaces are not equally long: the page may be cut off".to_owned()));
    }
    let [addresses, masks, broadcasts] = &columns;
    let mut rows = Vec::new();
    for (((name, address), mask), broadcast) in names.into_iter().zip(addresses).zip(masks).zip(broadcasts) {
        let parsed = (address.parse().ok(), mask.parse().ok(), broadcast.parse().ok());
        let (Some(address), Some(subnet_mask), Some(broadcast), false) =
            (parsed.0, parsed.1, parsed.2, name.is_empty())
        else {
            return Err(Unmet("a row of the IP interfaces has no name or no address".to_owned()));
        };
        rows.push(Interface { interface: name, address, subnet_mask, broadcast });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "<input name=\"ALIAS\" type=\"text\" size=\"8\" value=\"vlan3000\">\n\
        <input name=\"IP_ADDRESS\" type=\"text\" size=\"15\" value=\"192.0.2.30\">\n\
        <input name=\"SUBNET_MASK\" type=\"text\" size=\"15\" value=\"255.255.255.0\">\n\
        <input name=\"BCAST_ADDR\" type=\"text\" size=\"15\" value=\"192.0.2.255\">\n";

    #[test]
    fn rows_and_not_the_form_for_a_new_one() {
        let form = "<form><input name=\"ALIAS\" type=\"text\" size=\"20\" value=\"\"></form>";
        let page =
            format!("<html>{form}<form>{ROW}{}</form></html>", ROW.replace("3000", "444").replace("2.30", "2.31"));
        let rows = interfaces(&page).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            rows[0],
            Interface {
                interface: "vlan3000".to_owned(),
                address: Ipv4Addr::new(192, 0, 2, 30),
                subnet_mask: Ipv4Addr::new(255, 255, 255, 0),
                broadcast: Ipv4Addr::new(192, 0, 2, 255),
            }
        );
        assert_eq!((rows[1].interface.as_str(), rows[1].address), ("vlan444", Ipv4Addr::new(192, 0, 2, 31)));
    }

    #[test]
    fn a_table_that_is_cut_off_or_strange_is_an_error() {
        let cut = format!("{ROW}{}", ROW.lines().take(2).collect::<Vec<_>>().join("\n"));
        for page in [
            String::new(),
            "<html>Schnittstellen</html>".to_owned(),
            cut,
            ROW.replace("192.0.2.30", "dhcp"),
            ROW.replace("vlan3000", ""),
        ] {
            assert!(interfaces(&page).is_err(), "{page}");
        }
    }
}
