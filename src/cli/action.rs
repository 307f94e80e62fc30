//! `towerhand action`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::{Context, output};
use crate::catalog::{ALL, Native};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// All actions, what they do, and whether they are native.
    List,
}

pub(super) fn run(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    let Command::List = command;
    let native = |native: Native| match native {
        Native::Yes => "yes".to_owned(),
        Native::NotYet(missing) => format!("not yet: {missing}"),
    };
    if context.json {
        let rows = ALL.iter().map(|action| {
            json!({ "id": action.id, "about": action.about, "access": action.access.as_str(), "scope": action.scope,
                    "native": action.native == Native::Yes })
        });
        output::json(&rows.collect());
    } else {
        let rows = ALL.iter().map(|action| vec![action.id.to_owned(), action.about.to_owned(), native(action.native)]);
        output::table(&["action", "what it does", "native"], rows.collect());
    }
    Ok(ExitCode::SUCCESS)
}
