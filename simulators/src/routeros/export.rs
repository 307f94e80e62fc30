//! `/export`: the configuration as text.

use bytes::Bytes;
use serde_json::Value;

use super::config::{self, Shown};
use super::knobs::Knobs;
use super::router::Router;
use super::wrap;

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Request {
    /// Each command on a line of its own with its full path.
    pub terse: bool,
    /// Defaults too.
    pub verbose: bool,
    /// `show-sensitive`.
    pub show: bool,
    /// `hide-sensitive`.
    pub hide: bool,
    /// Only menus at or below this one (`/ip firewall`); all if empty.
    pub under: String,
}

/// An export in the pieces in which it is sent; CRLF line ends.
#[derive(Debug, Clone, Default)]
pub struct Export {
    /// Header with the date, which changes with every call.
    pub header: Bytes,
    /// The configuration.
    pub body: Bytes,
    /// What the knob `export_append` adds.
    pub tail: Bytes,
}

/// The rendered body of the last request, which devices of a fleet are asked for again and again.
#[derive(Debug, Default)]
pub struct Cache {
    key: String,
    body: Bytes,
}

/// Renders an export.
pub fn render(router: &Router, request: &Request) -> Export {
    let knobs = Knobs(&router.device);
    let given = router.device.text("export", "");
    let header = if given.starts_with("# ") { String::new() } else { header(router) };
    let mut tail = String::new();
    for line in knobs.list("export_append").unwrap_or_default() {
        tail.push_str(&line);
        tail.push_str("\r\n");
    }
    let body = if given.is_empty() { cached(router, request) } else { crlf(&given) };
    Export { header: header.into(), body, tail: tail.into() }
}

fn header(router: &Router) -> String {
    let knobs = Knobs(&router.device);
    let (version, now) = (knobs.version(), router.now());
    let date = if version.iso_dates() { now.iso() } else { now.slashed() };
    let mut out =
        format!("# {date} {} by RouterOS {version}\r\n# software id = {}\r\n", now.clock(), knobs.software_id());
    if !knobs.is_chr() {
        out.push_str(&format!("#\r\n# model = {}\r\n# serial number = {}\r\n", knobs.board(), knobs.serial()));
    }
    out
}

/// Everything on which the body depends; the knobs that grow large are not among the defaults.
fn key(router: &Router, request: &Request) -> String {
    let knob = |name: &str| router.device.knob(name).unwrap_or(Value::Null);
    let parts: Vec<Value> =
        ["identity", "board", "user", "version", "export_bytes", "secrets", "sensitive", "status_comments", "wrap"]
            .map(knob)
            .into();
    format!("{request:?}{parts:?}{:?}", router.added())
}

fn cached(router: &Router, request: &Request) -> Bytes {
    let key = key(router, request);
    let mut cache = router.cache();
    if cache.key != key {
        *cache = Cache { key, body: body(router, request).into() };
    }
    cache.body.clone()
}

fn body(router: &Router, request: &Request) -> String {
    let knobs = Knobs(&router.device);
    let secrets = knobs.sensitive() && !request.hide && (request.show || !knobs.version().hides_secrets());
    let shown = Shown { secrets, defaults: request.verbose };
    let wraps = match router.device.text("wrap", "plain").as_str() {
        "all" => true,
        "none" => false,
        _ => !request.terse,
    };
    let below = format!("{} ", request.under);
    let mut out = String::new();
    for section in config::sections(router) {
        let inside = request.under.is_empty() || section.path == request.under || section.path.starts_with(&below);
        if !inside || (section.items.is_empty() && section.comments.is_empty()) {
            continue;
        }
        if !request.terse {
            out.push_str(section.path);
            out.push_str("\r\n");
        }
        for comment in &section.comments {
            out.push_str(comment);
            out.push_str("\r\n");
        }
        for item in &section.items {
            let command = config::command(item, shown);
            let line = if request.terse { format!("{} {command}", section.path) } else { command };
            let line = if wraps { wrap::wrap(&line).replace('\n', "\r\n") } else { line };
            out.push_str(&line);
            out.push_str("\r\n");
        }
    }
    out
}

/// Text with CRLF line ends, whichever it had.
pub fn crlf(text: &str) -> Bytes {
    let mut out = String::with_capacity(text.len().saturating_add(text.len() / 32));
    for line in text.lines() {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out.into()
}
