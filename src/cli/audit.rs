//! `towerhand audit`: who did what. Works beside a running daemon, and without one.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::client::block_on;
use super::{Context, key, output};
use crate::store::{AuditFilter, AuditLine};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only lines about exactly this: an address, or the name of a key, a secret, a schedule, a window.
    #[arg(long)]
    subject: Option<String>,
    /// Only this, such as job.submit; with a dot at its end, job., all that begin so.
    #[arg(long)]
    what: Option<String>,
    /// How many, 1 to 10000.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> anyhow::Result<ExitCode> {
    block_on(async {
        let state = key::open(context).await?;
        let Arguments { subject, what, limit } = arguments;
        let lines = state.store.audit_page(AuditFilter { subject, what }, None, limit).await;
        state.store.close().await;
        show(context, &lines?);
        Ok(ExitCode::SUCCESS)
    })
}

fn show(context: &Context, lines: &[AuditLine]) {
    let items: Vec<Value> = lines
        .iter()
        .map(|AuditLine { number, entry }| {
            json!({
                "number": number,
                "at": format!("{:.0}", entry.at),
                "who": entry.who,
                "what": entry.what,
                "subject": entry.subject,
                "job_id": entry.job.map(|job| job.to_string()),
                "detail": entry.detail,
            })
        })
        .collect();
    if context.json {
        output::json(&Value::Array(items));
        return;
    }
    let columns = ["number", "at", "who", "what", "subject", "job_id", "detail"];
    let rows = items.iter().map(|item| columns.iter().map(|name| output::cell(item, name)).collect());
    output::table(&columns, rows.collect());
}
