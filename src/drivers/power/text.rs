//! A configuration as text: `name: value` and `name.index: value` lines, sorted by name, then index
//! (spec/field-devices.md 2.2). Only what an operator sets, and what the unit is: no measurement, so that two
//! readings of an unchanged unit are equal.

use super::snapshot::{Branch, shown};

/// An object that belongs into the text.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    /// The MIB's name.
    pub name: &'static str,
    /// Object or column, by what follows the branch's root.
    pub oid: &'static [u32],
    /// Whether it is a column.
    pub table: bool,
}

impl Object {
    /// A scalar.
    pub const fn scalar(name: &'static str, oid: &'static [u32]) -> Self {
        Self { name, oid, table: false }
    }

    /// A column.
    pub const fn column(name: &'static str, oid: &'static [u32]) -> Self {
        Self { name, oid, table: true }
    }
}

/// The text of these objects of these branches; one trailing line end.
pub fn config_text(parts: &[(Branch<'_>, &[Object])]) -> String {
    let mut lines: Vec<(&str, Option<u32>, String)> = Vec::new();
    for (branch, objects) in parts {
        for object in *objects {
            if object.table {
                let cells = branch.column(object.oid);
                lines.extend(cells.into_iter().map(|(at, value)| (object.name, Some(at), shown(value))));
            } else if let Some(value) = branch.scalar(object.oid) {
                lines.push((object.name, None, shown(value)));
            }
        }
    }
    lines.sort();
    let mut text = String::new();
    for (name, index, value) in lines {
        match index {
            Some(index) => text.push_str(&format!("{name}.{index}: {value}\n")),
            None => text.push_str(&format!("{name}: {value}\n")),
        }
    }
    text
}
