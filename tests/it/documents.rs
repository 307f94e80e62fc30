//! The documents keep what they promise: links lead somewhere, and the list of dependencies is the list of dependencies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and its like, docs/*.md, fuzz/README.md.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("fuzz/README.md")];
    for folder in [root(), root().join("docs")] {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        found.extend(files.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_relative_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut checked = 0;
    for document in documents() {
        for found in link.captures_iter(&text(&document)) {
            let target = found[1].split('#').next().unwrap();
            if target.contains("://") || target.is_empty() {
                continue;
            }
            checked += 1;
            let there = document.parent().unwrap().join(target);
            assert!(there.exists(), "{}: {} leads nowhere", document.display(), &found[1]);
        }
    }
    assert!(checked >= 8, "{checked} links: the search finds nothing");
}

/// Names under `[dependencies]` and its like.
fn direct(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = text(&root().join(manifest)).parse().unwrap();
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    tables
        .iter()
        .filter_map(|name| manifest.get(*name)?.as_table())
        .flat_map(|table| table.keys().cloned())
        .filter(|name| name != "towerhand-simulators")
        .collect()
}

#[test]
fn every_direct_dependency_has_its_reason_and_no_other_crate_has_one() {
    let mut wanted = direct("Cargo.toml");
    wanted.extend(direct("simulators/Cargo.toml"));
    // A row of a table that begins with a name in code is a crate's.
    let row = Regex::new(r"(?m)^\| `([a-z0-9_-]+)` \|").unwrap();
    let document = text(&root().join("docs/dependencies.md"));
    let rows: Vec<String> = row.captures_iter(&document).map(|found| found[1].to_owned()).collect();
    let named: BTreeSet<String> = rows.iter().cloned().collect();
    assert_eq!(rows.len(), named.len(), "a crate has two rows");
    assert_eq!(named, wanted);
}
