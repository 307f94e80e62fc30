//! The import table of docs/architecture.md, and the size of files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Module, and what it may import besides itself. `main`, `cli`, `app` and `config` may import anything.
const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &[]),
    ("report", &[]),
    ("compare", &["model"]),
    ("catalog", &["model", "clock", "report"]),
    ("store", &["model", "clock", "report"]),
    ("inventory", &["model", "clock", "report"]),
    ("vault", &["model", "clock", "report"]),
    ("telemetry", &["model", "clock", "report"]),
    ("lifecycle", &["model", "clock", "report"]),
    ("transport", &["model", "clock", "report"]),
    ("standard", &["inventory", "model", "clock", "report"]),
    ("drivers", &["transport", "model", "clock", "report"]),
    (
        "aviat",
        &[
            "calendar",
            "drivers",
            "transport",
            "store",
            "inventory",
            "vault",
            "catalog",
            "telemetry",
            "lifecycle",
            "model",
            "clock",
            "report",
        ],
    ),
    (
        "archive",
        &[
            "drivers",
            "transport",
            "store",
            "inventory",
            "vault",
            "catalog",
            "telemetry",
            "lifecycle",
            "compare",
            "model",
            "clock",
            "report",
        ],
    ),
    (
        "health",
        &[
            "drivers",
            "transport",
            "store",
            "inventory",
            "vault",
            "catalog",
            "telemetry",
            "lifecycle",
            "model",
            "clock",
            "report",
        ],
    ),
    ("calendar", &["model", "clock", "report"]),
    ("schedule", &["calendar", "store", "inventory", "catalog", "telemetry", "lifecycle", "model", "clock", "report"]),
    (
        "actions",
        &[
            "calendar",
            "health",
            "archive",
            "compare",
            "aviat",
            "standard",
            "drivers",
            "transport",
            "store",
            "inventory",
            "vault",
            "catalog",
            "telemetry",
            "lifecycle",
            "model",
            "clock",
            "report",
        ],
    ),
    ("jobs", &["actions", "store", "catalog", "telemetry", "lifecycle", "model", "clock", "report"]),
    (
        "api",
        &[
            "store",
            "inventory",
            "catalog",
            "telemetry",
            "vault",
            "lifecycle",
            "standard",
            "compare",
            "calendar",
            "model",
            "clock",
            "report",
        ],
    ),
];

/// May import anything; nothing below imports them.
const TOP: &[&str] = &["main", "lib", "cli", "app", "config"];

/// A file longer than this is refused.
const LONGEST: usize = 800;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The top module that a file belongs to.
fn module(file: &Path) -> String {
    let below = file.strip_prefix(root().join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// Modules of ours that a text names: `crate::x`, and the first names of `crate::{x::.., y}`.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    // Tests beside the code may reach further.
    let code = code.split("#[cfg(test)]").next().unwrap().to_owned();
    let mut found = BTreeSet::new();
    for name in Regex::new(r"\bcrate::([a-z_]+)").unwrap().captures_iter(&code) {
        found.insert(name[1].to_owned());
    }
    for group in Regex::new(r"\bcrate::\{").unwrap().find_iter(&code) {
        // The names at the first level: whatever stands between `{` or `,` and `::`, `,` or `}`.
        let (mut depth, mut name) = (1, String::new());
        for letter in code.get(group.end()..).unwrap().chars() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => name.push(','),
                letter if depth == 1 => name.push(letter),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        found.extend(name.split(',').filter_map(|path| {
            let first = path.trim().split("::").next()?.trim();
            (!first.is_empty()).then(|| first.to_owned())
        }));
    }
    found
}

#[test]
fn the_import_table_holds() {
    let table: BTreeMap<&str, &[&str]> = TABLE.iter().copied().collect();
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let module = module(&file);
        if TOP.contains(&module.as_str()) {
            continue;
        }
        let Some(allowed) = table.get(module.as_str()) else {
            wrong.push(format!("{}: module '{module}' is not in the table", file.display()));
            continue;
        };
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            if import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{}: {module} may not import {import}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_finds_them() {
    let text =
        "use crate::store::{Store, x};\nuse crate::{model::Job, clock, drivers::{a, b}};\n// use crate::api::X;\n";
    let found: Vec<String> = imports(text).into_iter().collect();
    assert_eq!(found, ["clock", "drivers", "model", "store"]);
}

#[test]
fn no_file_is_too_long() {
    let mut files = Vec::new();
    for folder in ["src", "simulators/src", "tests", "benches", "examples"] {
        if root().join(folder).exists() {
            sources(&root().join(folder), &mut files);
        }
    }
    let long: Vec<String> = files
        .iter()
        .map(|file| (fs::read_to_string(file).unwrap().lines().count(), file))
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, file)| format!("{} has {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_daemon_does_not_contain_the_simulators() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (dependencies, rest) = manifest.split_once("[dev-dependencies]").unwrap();
    assert!(!dependencies.contains("towerhand-simulators"));
    assert!(rest.contains("towerhand-simulators"));
}
