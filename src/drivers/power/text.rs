//! A configuration as text: `name: value` and `name.index: value` lines, sorted by name, then index
//! (spec/field-devices.md 2.2). Only what an operator sets, and what the unit is: no measurement, so that two
//! readings of an unchanged unit are equal.

use super::snapshot::{Snapshot, shown};

/// An object that belongs into the text.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    /// The MIB's name.
    pub name: &'static str,
    /// Object or column.
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

/// The text; one trailing line end.
pub fn config_text(snapshot: &Snapshot, objects: &[Object]) -> String {
    let mut lines: Vec<(&str, Option<u32>, String)> = Vec::new();
    for object in objects {
        if object.table {
            lines.extend(
                snapshot.column(object.oid).into_iter().map(|(at, value)| (object.name, Some(at), shown(value))),
            );
        } else if let Some(value) = snapshot.scalar(object.oid) {
            lines.push((object.name, None, shown(value)));
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
