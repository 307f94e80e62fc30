//! What goes to the terminal. The only place that writes to standard output and standard error.

use std::io::Write as _;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use super::Context;

/// A line on standard output; a closed pipe is the reader's wish.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A line on standard error.
pub(crate) fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// JSON, for machines.
pub(crate) fn json(value: &Value) {
    line(&format!("{value:#}"));
}

/// What a command has done: a sentence, or JSON where it is asked for.
pub(crate) fn done(context: &Context, value: &Value, sentence: impl FnOnce() -> String) {
    if context.json {
        json(value);
    } else {
        line(&sentence());
    }
}

/// A table with a header.
pub(crate) fn table(header: &[&str], rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(header.to_vec());
    // In a terminal, cells are wrapped to its width; in a pipe, a row stays a line.
    table.set_content_arrangement(ContentArrangement::Dynamic);
    for row in rows {
        table.add_row(row);
    }
    line(&table.to_string());
}

/// A member of an object as text; empty if absent or null.
pub(crate) fn cell(object: &Value, name: &str) -> String {
    match object.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
