//! The panel's one page, in the shape that clients take apart.

use crate::snmp::kinds::ict_pdu::{Output, outputs};
use crate::snmp::knobs::Knobs;

/// The page as the knobs say.
pub fn page(knobs: &Knobs) -> String {
    if let Some(page) = knobs.maybe_text("page") {
        return page;
    }
    let gap = if knobs.text("whitespace", "none") == "newlines" { "\n  " } else { "" };
    let outputs = outputs(knobs);
    let states: Vec<Option<String>> =
        knobs.list("outputs").unwrap_or_default().iter().map(|entry| entry.maybe_text("state")).collect();
    let half = outputs.len().div_ceil(2);
    let (left, right) = outputs.split_at(half);
    let mut rows = String::new();
    for (at, output) in left.iter().enumerate() {
        rows.push_str("<tr>");
        rows.push_str(gap);
        rows.push_str(&cell(&format!("{}A", at + 1), output, states.get(at)));
        rows.push_str(gap);
        if let Some(output) = right.get(at) {
            rows.push_str(&cell(&format!("{}B", at + 1), output, states.get(half + at)));
            rows.push_str(gap);
        }
        rows.push_str("</tr>");
        rows.push_str(gap);
    }
    let rows = if knobs.flag("tbody", false) { format!("<tbody>{gap}{rows}</tbody>") } else { rows };
    // The firmware is the fifth node of its element: text, break, text, break, text.
    format!(
        "<html><body>\n<span class=\"smtxt\">Model: {}<br>Serial: {}<br>Firmware: {}<br>MAC {}</span>\n\
         <table id=\"page\">{gap}{rows}</table>\n</body></html>\n",
        escaped(&knobs.text("model", "ICT200DB-12IRC")),
        escaped(&knobs.text("serial", "000000")),
        escaped(&knobs.text("firmware", "4.01")),
        escaped(&knobs.text("mac", "02:00:00:00:00:01")),
    )
}

fn cell(name: &str, output: &Output, state: Option<&Option<String>>) -> String {
    let word = match (state.and_then(Option::as_deref), output.enabled, output.fuse_ok) {
        (Some(word), ..) => word,
        (None, false, _) => "Disabled",
        (None, true, false) => "BREAKER OFF",
        (None, true, true) => "Enabled",
    };
    format!(
        "<td><div><table><tr><td><b>Output {name}:</b></td><td>{}</td></tr>\
         <tr><td>Current:</td><td>{} A</td></tr><tr><th>{}</th></tr></table></div></td>",
        escaped(&output.name),
        escaped(&output.current),
        escaped(word),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn knobs(value: serde_json::Value) -> Knobs {
        Knobs(value.as_object().unwrap().clone())
    }

    #[test]
    fn the_shape_without_whitespace() {
        let page = page(&knobs(json!({
            "serial": "X",
            "outputs": [{ "name": "R1", "current": "-1.1" }, { "name": "", "current": "-2.0", "fuse": "open" }],
        })));
        assert_eq!(
            page,
            "<html><body>\n<span class=\"smtxt\">Model: ICT200DB-12IRC<br>Serial: X<br>Firmware: 4.01<br>MAC \
             02:00:00:00:00:01</span>\n<table id=\"page\"><tr><td><div><table><tr><td><b>Output 1A:</b></td><td>R1</td>\
             </tr><tr><td>Current:</td><td>-1.1 A</td></tr><tr><th>Enabled</th></tr></table></div></td><td><div><table>\
             <tr><td><b>Output 1B:</b></td><td></td></tr><tr><td>Current:</td><td>0.0 A</td></tr><tr><th>BREAKER OFF\
             </th></tr></table></div></td></tr></table>\n</body></html>\n"
        );
    }

    #[test]
    fn whitespace_and_tbody_and_states() {
        let page = page(&knobs(json!({
            "whitespace": "newlines", "tbody": true,
            "outputs": [{ "name": "<R&D>", "state": "TRIPPED" }, { "enabled": false }],
        })));
        assert!(page.contains("<table id=\"page\">\n  <tbody>\n  <tr>\n  <td>"), "{page}");
        assert!(page.contains("</td>\n  <td><div><table>"), "{page}");
        assert!(page.contains("<td>&lt;R&amp;D&gt;</td>"), "{page}");
        assert!(page.contains("<th>TRIPPED</th>") && page.contains("<th>Disabled</th>"), "{page}");
    }
}
