//! `towerhand config`: the archive of running configs. All but `rebuild` ask a daemon.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Client, block_on};
use super::key::open;
use super::{Context, check, colour, output};
use crate::archive;
use crate::store::sqlite::SqliteStore;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Devices with an archived config, or the versions of one.
    List {
        /// A device.
        name: Option<String>,
        /// How many versions at most.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Search the newest config of every device.
    Search {
        /// What to look for, in upper and lower case alike.
        text: String,
        /// It is a regular expression.
        #[arg(long)]
        regex: bool,
    },
    /// How a device's newest config differs from the golden text of its type.
    Drift {
        /// Its name.
        name: String,
    },
    /// Put the git repository aside and make it anew from the database.
    Rebuild,
}

pub(super) fn run(context: &Context, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List { name: None, .. } => devices(context),
        Command::List { name: Some(name), limit } => versions(context, &name, limit),
        Command::Search { text, regex } => search(context, &text, regex),
        Command::Drift { name } => drift(context, &name),
        Command::Rebuild => rebuild(context),
    }
}

/// A part of a path or query, with everything escaped that means something there.
pub(super) fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

fn get(context: &Context, path: &str) -> anyhow::Result<Value> {
    let client = Client::new(context)?;
    block_on(client.call(Method::GET, path, None))
}

fn rows(value: &Value, columns: &[&str]) -> Vec<Vec<String>> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| columns.iter().map(|name| output::cell(item, name)).collect()).collect()
}

fn devices(context: &Context) -> anyhow::Result<ExitCode> {
    let data = get(context, "/configs")?;
    if context.json {
        output::json(&data);
        return Ok(ExitCode::SUCCESS);
    }
    let columns = ["device", "device_type", "site", "version", "fetched_at", "last_seen_at", "bytes"];
    output::table(&columns, rows(data.get("configs").unwrap_or(&Value::Null), &columns));
    Ok(ExitCode::SUCCESS)
}

fn versions(context: &Context, name: &str, limit: u32) -> anyhow::Result<ExitCode> {
    let data = get(context, &format!("/configs/{}?limit={limit}", escaped(name)))?;
    if context.json {
        output::json(&data);
        return Ok(ExitCode::SUCCESS);
    }
    let columns = ["version", "fetched_at", "last_seen_at", "submitted_by", "job_id", "lines", "bytes", "commit"];
    output::table(&columns, rows(data.get("versions").unwrap_or(&Value::Null), &columns));
    Ok(ExitCode::SUCCESS)
}

fn search(context: &Context, text: &str, regex: bool) -> anyhow::Result<ExitCode> {
    let data = get(context, &format!("/configs/search?q={}&regex={regex}&limit=5000", escaped(text)))?;
    let found = data.get("found").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let code = if found.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if context.json {
        output::json(&data);
        return Ok(code);
    }
    for device in found {
        let name = output::cell(device, "device");
        for line in device.get("lines").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
            output::line(&format!("{name}:{}: {}", output::cell(line, "line"), output::cell(line, "text")));
        }
    }
    if data.get("truncated").and_then(Value::as_bool) == Some(true) {
        output::error("there is more; look for something rarer");
    }
    Ok(code)
}

fn drift(context: &Context, name: &str) -> anyhow::Result<ExitCode> {
    let data = get(context, &format!("/configs/{}/drift", escaped(name)))?;
    let in_order = data.get("in_order").and_then(Value::as_bool) == Some(true);
    let code = if in_order { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if context.json {
        output::json(&data);
        return Ok(code);
    }
    let colours = colour::wanted(context);
    let list = |name: &str| data.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let placed = |line: &Value| {
        let (within, text) = (output::cell(line, "within"), output::cell(line, "text"));
        if within.is_empty() { text } else { format!("{within} > {text}") }
    };
    for line in list("missing") {
        output::line(&colour::signed('-', &placed(&line), colours));
    }
    for line in list("extra") {
        output::line(&colour::signed('+', &placed(&line), colours));
    }
    for pair in list("different") {
        let part = |name: &str| pair.get(name).map(&placed).unwrap_or_default();
        output::line(&colour::signed('~', &format!("{} (expected: {})", part("actual"), part("expected")), colours));
    }
    if in_order {
        output::line(&format!("{name} is as it should be"));
    }
    Ok(code)
}

/// `device config --archived`.
pub(super) fn show(context: &Context, name: &str, version: &str) -> anyhow::Result<ExitCode> {
    let data = get(context, &format!("/configs/{}/{}", escaped(name), escaped(version)))?;
    if context.json {
        output::json(&data);
    } else {
        output::line(output::cell(&data, "text").trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// `device diff`.
pub(super) fn diff(
    context: &Context,
    name: &str,
    from: Option<String>,
    to: Option<String>,
    other: Option<String>,
) -> anyhow::Result<ExitCode> {
    let given = [("from", from), ("to", to), ("other", other)];
    let query = given.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped(&value?))));
    let query = query.collect::<Vec<_>>().join("&");
    let data = get(context, &format!("/configs/{}/diff?{query}", escaped(name)))?;
    if context.json {
        output::json(&data);
        return Ok(ExitCode::SUCCESS);
    }
    let text = output::cell(&data, "diff");
    if text.is_empty() {
        output::line(&format!("{} and {} are the same", output::cell(&data, "from"), output::cell(&data, "to")));
    } else {
        output::line(&colour::diff(&text, colour::wanted(context)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Beside a daemon the repository is only put aside: the daemon makes it anew by itself.
fn rebuild(context: &Context) -> anyhow::Result<ExitCode> {
    let settings = check::settings(context)?;
    let path = settings.repository();
    block_on(async {
        let state = open(context).await?;
        let alone = SqliteStore::lock_out(&settings.database())?;
        let done = async {
            state.audit("config.rebuild", &path.display().to_string(), "").await?;
            let archive::Aside(aside) = archive::set_aside(&path, state.clock.now())?;
            let commits = match &alone {
                Some(_) => Some(archive::rebuild(&path, std::sync::Arc::clone(&state.store)).await?.commits),
                None => None,
            };
            anyhow::Ok((aside, commits))
        };
        let done = done.await;
        state.store.close().await;
        let (aside, commits) = done?;
        let value = json!({
            "repository": path, "aside": aside, "commits": commits, "daemon_running": alone.is_none(),
        });
        output::done(context, &value, || {
            let kept = aside
                .as_ref()
                .map_or(String::new(), |aside| format!("the old repository is now {}\n", aside.display()));
            match commits {
                Some(commits) => format!("{kept}{} holds {commits} versions", path.display()),
                None => format!("{kept}a daemon runs: it makes {} anew within half a minute", path.display()),
            }
        });
        Ok(ExitCode::SUCCESS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_an_address_is_escaped() {
        assert_eq!(escaped("a-b.c"), "a-b.c");
        assert_eq!(escaped("a/../b?x=1&y"), "a%2F..%2Fb%3Fx%3D1%26y");
        assert_eq!(escaped("ü"), "%C3%BC");
    }
}
