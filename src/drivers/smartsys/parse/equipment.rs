//! Controller, rectifiers and other units.

use super::xml::Element;

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unit {
    /// Its model.
    pub model: String,
    /// Version of its software; none where it does not say.
    pub firmware: Option<String>,
}

/// All units that name a model, in the order of the document, however deep.
pub fn units(root: &Element) -> Vec<Unit> {
    let mut found = Vec::new();
    collect(root, &mut found);
    found
}

fn collect(element: &Element, found: &mut Vec<Unit>) {
    for child in &element.children {
        if child.name != "Unit" {
            collect(child, found);
            continue;
        }
        let text = |name: &str| child.val(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        if let Some(model) = text("model") {
            found.push(Unit { model, firmware: text("swVer") });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::document;
    use super::*;

    #[test]
    fn every_unit_stays_one() {
        let text = "<EquipmentInfo><Unit><model val=\"SC501\"/><swVer val=\"V201\"/></Unit><group><Unit>\
                    <model val=\"RM48-30\"/><swVer val=\"\"/></Unit></group><Unit><swVer val=\"V1\"/></Unit></EquipmentInfo>";
        let units = units(&document(text.as_bytes()).unwrap());
        let unit = |model: &str, firmware: Option<&str>| Unit {
            model: model.to_owned(),
            firmware: firmware.map(str::to_owned),
        };
        assert_eq!(units, [unit("SC501", Some("V201")), unit("RM48-30", None)]);
    }
}
