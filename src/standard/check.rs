//! Every mistake of every template, before a job needs it.

use super::names::never_used;
use super::render::try_out;
use super::source::Source;
use crate::inventory::Mistake;

/// In the order of the templates' names.
pub(super) fn check(source: &Source) -> Vec<Mistake> {
    let names = match source.names() {
        Ok(names) => names,
        Err(error) => return vec![Mistake::of_file(source.folder(), format!("cannot be read: {error}"))],
    };
    let mut mistakes = Vec::new();
    for name in names {
        if let Some(why) = never_used(&name) {
            mistakes.push(Mistake::of_file(source.shown(&name), why));
        }
        match source.read(&name) {
            Ok(_) => mistakes.extend(try_out(source, &name)),
            Err(error) => mistakes.push(Mistake::of_file(source.shown(&name), format!("cannot be read: {error}"))),
        }
    }
    mistakes
}
