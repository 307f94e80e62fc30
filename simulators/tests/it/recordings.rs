//! The export renderer held against recorded exports of real routers.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use towerhand_simulators::routeros::wrap::wrap;

use super::support;

/// The exports of the recorded sessions as they came: file name and lines. Empty, saying so, where there are none.
fn exports() -> Vec<(String, Vec<String>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/sessions");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no recordings at {}", folder.display());
        return Vec::new();
    };
    let mut out = Vec::new();
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !(name.starts_with("routeros") && name.ends_with("simulation.yaml")) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        // The recorder's own escapes, undone; the text is indented by four.
        let lines = text
            .lines()
            .skip_while(|line| !line.starts_with("  \"/export"))
            .skip(1)
            .take_while(|line| line.is_empty() || line.starts_with("    "))
            .map(|line| line.get(4..).unwrap_or("").replace("\\x20", " ").replace("\\\"", "\"").replace("\\\\", "\\"))
            .collect();
        out.push((name, lines));
    }
    out
}

#[test]
fn wrapping_gives_the_recorded_lines() {
    let (mut commands, mut same, mut others) = (0, 0, Vec::new());
    for (name, lines) in exports() {
        let mut recorded: Vec<String> = Vec::new();
        for line in lines {
            let command = line.starts_with("add ") || line.starts_with("set ");
            if recorded.is_empty() && !command {
                continue;
            }
            let last = !line.ends_with('\\');
            recorded.push(line);
            if last {
                let whole = recorded.join("\n");
                let joined = whole.replace("\\\n    ", "");
                commands += 1;
                if wrap(&joined) == whole {
                    same += 1;
                } else {
                    others.push(format!("{name}: {whole}\n--- ours:\n{}", wrap(&joined)));
                }
                recorded.clear();
            }
        }
    }
    // Whoever published the sessions shortened addresses and names after they were wrapped; those lines cannot fit.
    assert!(same * 100 >= commands * 95, "{same} of {commands} alike; not:\n{}", others.join("\n"));
}

#[test]
fn headers_have_the_recorded_shape() {
    for (name, lines) in exports() {
        assert!(lines[0].starts_with("# 20") && lines[0].contains(" by RouterOS 7."), "{name}: {}", lines[0]);
        assert!(lines[1].starts_with("# software id = "), "{name}");
        assert_eq!(lines[2], "#", "{name}");
    }
}

/// The recorded outputs of a command, without the recorder's tabs; empty, saying so, where there are none.
fn outputs(folder: &str) -> Vec<(String, String)> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/cli/mikrotik_routeros").join(folder);
    let Ok(files) = std::fs::read_dir(&path) else {
        println!("skipped: no recordings at {}", path.display());
        return Vec::new();
    };
    let mut out: Vec<(String, String)> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "raw"))
        .map(|path| {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).replace('\r', "");
            (path.file_name().unwrap().to_string_lossy().into_owned(), text)
        })
        .collect();
    out.sort();
    out
}

/// `key: value` lines, in their order.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    text.lines().filter_map(|line| line.trim().split_once(": ")).collect()
}

/// What the simulator prints for `command` when it is given the recorded values and no others.
async fn printed(version: &str, menu: &str, command: &str, recorded: &str) -> String {
    let (lab, device) = support::lab(json!({ "version": version, "board": "hEX" })).await;
    let handle = support::login(&device, "admin").await;
    let own = support::exec(&handle, command).await.text;
    let mut values: Map<String, Value> = pairs(&own).iter().map(|(key, _)| ((*key).to_owned(), Value::Null)).collect();
    values.extend(pairs(recorded).into_iter().map(|(key, value)| (key.to_owned(), json!(value))));
    device.merge(Map::from_iter([("fields".to_owned(), json!({ menu: values }))]));
    let text = support::exec(&handle, command).await.text;
    lab.stop().await;
    text
}

/// Equal but for the recorder's own doings: tabs before the first key, no line end at the end.
fn alike(ours: &str, recorded: &str) -> bool {
    let lines = |text: &str| {
        text.lines()
            .filter(|line| !line.starts_with(";;;") && !line.trim().is_empty())
            .map(|line| if line.starts_with('\t') { format!("{:>25}", line.trim()) } else { line.to_owned() })
            .map(|line| line.split_once(": ").map_or(line.clone(), |(key, value)| format!("{key:>25}: {value}")))
            .collect::<Vec<_>>()
    };
    lines(ours) == lines(recorded)
}

#[tokio::test]
async fn prints_are_the_recorded_lines_when_given_the_recorded_values() {
    for (folder, menu, command) in [
        ("system_resource_print", "system resource", "/system resource print"),
        ("system_routerboard_print", "system routerboard", "/system routerboard print"),
    ] {
        for (name, recorded) in outputs(folder) {
            let ours = printed("7.12.2", menu, command, &recorded).await.replace("\r\n", "\n");
            assert!(alike(&ours, &recorded), "{name}:\n{recorded}--- ours:\n{ours}");
            if !recorded.contains('\t') && !recorded.starts_with(";;;") {
                // The columns too, byte for byte.
                assert_eq!(ours.trim_end(), recorded.trim_end(), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn an_interface_line_has_the_recorded_columns_and_order() {
    let mut known: Vec<Vec<String>> = Vec::new();
    let keys = |line: &str| -> Vec<String> {
        line.split(' ').filter_map(|word| word.split_once('=')).map(|(key, _)| key.to_owned()).collect()
    };
    for (_, text) in outputs("interface_print_terse_without-paging") {
        known.extend(text.lines().filter(|line| line.contains("name=")).map(keys));
    }
    if known.is_empty() {
        return;
    }
    let (lab, device) = support::lab(json!({})).await;
    let handle = support::login(&device, "admin").await;
    let ours = support::exec(&handle, "/interface print terse without-paging").await.text;
    for line in ours.lines().filter(|line| !line.trim().is_empty()) {
        // Two columns of number, one blank, three of flags, one blank: as recorded.
        assert_eq!(line.find("name="), Some(7), "{line}");
        let own = keys(line);
        let inside = known.iter().any(|recorded| {
            let mut rest = recorded.iter();
            own.iter().all(|key| rest.any(|one| one == key))
        });
        assert!(inside, "no recorded line has these keys in this order: {line}");
    }
    lab.stop().await;
}

/// The header of the recorded sessions, date and version replaced by the simulator's.
#[tokio::test]
async fn an_export_begins_as_the_recorded_ones() {
    for (name, lines) in exports() {
        let head = lines.iter().take_while(|line| line.starts_with('#')).cloned().collect::<Vec<_>>();
        let value = |key: &str| {
            let line = head.iter().find_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(" = "));
            line.map(str::to_owned)
        };
        let version = lines[0].rsplit(' ').next().unwrap();
        let board = value("model");
        let state = json!({
            "version": version,
            "board": board.clone().unwrap_or_else(|| "CHR".to_owned()),
            "software_id": value("software id").unwrap_or_default(),
            "serial": value("serial number").unwrap_or_default(),
        });
        let (lab, device) = support::lab(state).await;
        let handle = support::login(&device, "admin").await;
        let ours = support::exec(&handle, "/export").await.text.replace("\r\n", "\n");
        let mut ours: Vec<&str> = ours.lines().take_while(|line| line.starts_with('#')).collect();
        let date = ours.remove(0);
        assert_eq!(date.len(), lines[0].len(), "{name}: {date}");
        let recorded: Vec<&str> = head.iter().skip(1).map(|line| line.trim_end()).collect();
        let ours: Vec<&str> = ours.into_iter().map(str::trim_end).collect();
        assert_eq!(ours, recorded, "{name}");
        lab.stop().await;
    }
}
