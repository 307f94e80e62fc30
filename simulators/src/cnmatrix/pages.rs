//! The pages, in the shapes of spec/field-devices.md 2.5.

use crate::pages::http::escaped;
use crate::snmp::knobs::Knobs;

/// After a login.
pub fn welcome(gambit: &str) -> String {
    format!(
        "<html><form action=\"/iss/specific/landing.html\"><input type=\"hidden\" name=\"Gambit\" value=\"{}\"></form></html>\n",
        escaped(gambit)
    )
}

/// A refused login or form.
pub fn refused(why: &str) -> String {
    format!("<html><body><font color=\"red\">ERROR: {}</font></body></html>\n", escaped(why))
}

/// No session is free.
pub fn too_many() -> String {
    "<html><body><b>Maximum number of sessions reached</b></body></html>\n".to_owned()
}

/// The login page of builds that encrypt the password with a key that a script brings.
pub fn encrypted_login() -> String {
    "<html><head><script src=\"/web_pub_key_data.js\"></script></head><body><form action=\"/iss/redirect.html\" \
     method=\"post\"><input name=\"Login\"><input type=\"password\" name=\"Password\"></form></body></html>\n"
        .to_owned()
}

/// A session that is over.
pub fn ended(sentence: &str) -> String {
    format!("<html><body><p>{sentence}. Please log in again.</p></body></html>\n")
}

/// A form that was taken.
pub fn applied() -> String {
    "<html><body>OK</body></html>\n".to_owned()
}

/// The page after the login.
pub fn landing(knobs: &Knobs) -> String {
    if let Some(page) = knobs.maybe_text("landing_page") {
        return page;
    }
    let gap = if knobs.flag("whitespace", true) { "\n" } else { "" };
    let row = |name: &str, value: &str| format!("<tr><td>{name}</td>{gap}<td>{}</td></tr>{gap}", escaped(value));
    format!(
        "<html><body><table>{gap}{}{}</table></body></html>\n",
        row("Hardware Version", "01"),
        row("Software Version", &knobs.text("version", "4.4-r3")),
    )
}

struct Interface {
    alias: String,
    address: String,
    mask: String,
    broadcast: String,
}

fn list(knobs: &Knobs, own: &str) -> Vec<Interface> {
    let of = |entry: &Knobs| Interface {
        alias: entry.text("alias", "vlan3000"),
        address: entry.text("address", own),
        mask: entry.text("mask", "255.255.255.0"),
        broadcast: entry.text("broadcast", "192.0.2.255"),
    };
    match knobs.list("interfaces") {
        Some(entries) => entries.iter().map(of).collect(),
        None => vec![of(&Knobs::default())],
    }
}

/// The table of IP interfaces, and above it the form for a new one, whose inputs have the same names.
pub fn interfaces(knobs: &Knobs, own: &str) -> String {
    if let Some(page) = knobs.maybe_text("interfaces_page") {
        return page;
    }
    let input = |name: &str, size: u8, value: &str| {
        format!("<input name=\"{name}\" type=\"text\" size=\"{size}\" value=\"{}\">\n", escaped(value))
    };
    let mut rows = String::new();
    for interface in list(knobs, own) {
        rows.push_str(&input("ALIAS", 8, &interface.alias));
        rows.push_str(&input("IP_ADDRESS", 15, &interface.address));
        rows.push_str(&input("SUBNET_MASK", 15, &interface.mask));
        rows.push_str(&input("BCAST_ADDR", 15, &interface.broadcast));
    }
    format!(
        "<html><body><form>{}<input name=\"IP_ADDRESS\" type=\"text\" size=\"20\" value=\"\"></form>\n<form>{rows}</form></body></html>\n",
        input("ALIAS", 20, "")
    )
}

/// The saved configuration.
pub fn config(knobs: &Knobs, own: &str) -> String {
    if let Some(config) = knobs.maybe_text("config") {
        return config;
    }
    let mut text = String::from(
        "set switch-name SWT-CN1012-12-1.TX-SITE-NO-1\r\nsnmp community index netman name netman-7d1 security none\r\n\
         radius-server host 192.0.2.60 key radius-5c2 primary\r\nusername admin password user-90f privilege 15\r\n",
    );
    for interface in list(knobs, own) {
        let number = interface.alias.trim_start_matches("vlan").to_owned();
        text.push_str(&format!(
            "interface vlan {number}\r\n  ip address {} {}\r\n  no shutdown\r\nexit\r\n",
            interface.address, interface.mask
        ));
    }
    text.push_str("end\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn knobs(value: serde_json::Value) -> Knobs {
        Knobs(value.as_object().unwrap().clone())
    }

    #[test]
    fn the_shapes_of_the_specification() {
        assert_eq!(
            welcome("0123abcd"),
            "<html><form action=\"/iss/specific/landing.html\"><input type=\"hidden\" name=\"Gambit\" value=\"0123abcd\"></form></html>\n"
        );
        assert!(landing(&knobs(json!({}))).contains("<tr><td>Software Version</td>\n<td>4.4-r3</td></tr>"));
        let page = interfaces(&knobs(json!({ "interfaces": [{ "alias": "vlan444", "address": "192.0.2.30" }] })), "x");
        assert!(page.contains("<input name=\"ALIAS\" type=\"text\" size=\"8\" value=\"vlan444\">\n<input name=\"IP_ADDRESS\" type=\"text\" size=\"15\" value=\"192.0.2.30\">"), "{page}");
        assert!(refused("no").contains(">ERROR: no<"));
    }
}
