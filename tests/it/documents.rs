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

/// The unit as systemd reads it, with the program of this build in the place of the installed one.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
fn the_unit_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("towerhand.service");
    let installed = text(&root().join("packaging/towerhand.service"));
    let here = installed.replace("/usr/bin/towerhand", env!("CARGO_BIN_EXE_towerhand"));
    assert_ne!(here, installed);
    std::fs::write(&unit, here).unwrap();
    let Ok(verified) = std::process::Command::new("systemd-analyze").arg("verify").arg(&unit).output() else {
        eprintln!("skipped: systemd-analyze is not here");
        return;
    };
    let told = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(!told.contains("towerhand"), "{told}");
}

/// What the package installs is taken by the program that it installs.
#[test]
fn the_packaged_settings_and_inventory_are_sound() {
    let packaging = root().join("packaging");
    for inventory in [packaging.join("inventory.yaml"), root().join("inventory")] {
        let checked = std::process::Command::new(env!("CARGO_BIN_EXE_towerhand"))
            .args(["check", "--config"])
            .arg(packaging.join("towerhand.toml"))
            .env_clear()
            .env("TOWERHAND_INVENTORY", inventory)
            .output()
            .unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
    let manifest: toml::Table = text(&root().join("Cargo.toml")).parse().unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    for asset in assets {
        let path = asset[0].as_str().unwrap();
        assert!(path.starts_with("target/") || path.contains('*') || root().join(path).exists(), "{path}");
    }
}
