//! The parsers against text of real devices, read where it lies.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::export::{Cut, Path as Way, Received, Verdict, judge};
use super::normalise::normalise;
use super::resource::Resource;
use super::routerboard::Routerboard;
use super::{identity, interfaces, size, uptime};

fn recordings() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings");
    if !path.is_dir() {
        println!("skipped: no recordings at {}", path.display());
        return None;
    }
    Some(path)
}

/// Key and value, in order.
type Record = Vec<(String, String)>;

/// Every raw text of a command with the records that it is expected to hold.
fn samples(command: &str) -> Vec<(String, Vec<Record>)> {
    let Some(root) = recordings() else { return Vec::new() };
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(root.join("cli/mikrotik_routeros").join(command)).unwrap() {
        let raw = entry.unwrap().path();
        if raw.extension().is_none_or(|extension| extension != "raw") {
            continue;
        }
        let expected = std::fs::read_to_string(raw.with_extension("yml")).unwrap();
        let mut records: Vec<Record> = Vec::new();
        for line in expected.lines().skip_while(|line| !line.starts_with("parsed_sample")).skip(1) {
            if line.trim_start().starts_with("- ") {
                records.push(Vec::new());
            }
            if let Some((key, value)) = line.trim_start().trim_start_matches("- ").split_once(": ") {
                records.last_mut().unwrap().push((key.to_owned(), value.trim_matches('"').to_owned()));
            }
        }
        samples.push((std::fs::read_to_string(&raw).unwrap(), records));
    }
    assert!(!samples.is_empty(), "no samples of {command}");
    samples
}

fn check(record: &[(String, String)], shown: &dyn Fn(&str) -> Option<Option<String>>) {
    for (key, expected) in record {
        if let Some(actual) = shown(key) {
            assert_eq!(actual.unwrap_or_default(), *expected, "{key}");
        }
    }
}

fn text(number: Option<u64>, unit: &str) -> Option<String> {
    number.map(|number| format!("{number}{unit}"))
}

#[test]
fn m20_every_resource_sample() {
    for (raw, records) in samples("system_resource_print") {
        let record = records.first().unwrap();
        let expected = |key: &str| record.iter().find(|(name, _)| name == key).unwrap().1.clone();
        let resource = Resource::parse(&raw).unwrap();
        let installed = resource.installed.clone().unwrap();
        check(record, &|key| {
            Some(match key {
                "version" => Some(format!("{} ({})", installed.version, installed.channel.clone().unwrap())),
                "build_time" => resource.build_time.clone(),
                "factory_software" => resource.factory_software.clone(),
                "cpu" => resource.cpu.clone(),
                "cpu_count" => text(resource.cpu_count, ""),
                "cpu_frequency" => text(resource.cpu_frequency, "MHz"),
                "cpu_load" => text(resource.cpu_load, "%"),
                "write_sect_since_reboot" => text(resource.writes_since_reboot, ""),
                "write_sect_total" => text(resource.writes_total, ""),
                "bad_blocks" => resource.bad_blocks.clone().map(|percent| percent + "%"),
                "architecture_name" => resource.architecture.clone(),
                "board_name" => resource.board.clone(),
                "platform" => resource.platform.clone(),
                _ => return None,
            })
        });
        let part = |unit: &str| expected(&format!("uptime_{unit}")).parse::<u64>().unwrap_or(0);
        let seconds =
            (((part("weeks") * 7 + part("days")) * 24 + part("hours")) * 60 + part("minutes")) * 60 + part("seconds");
        assert_eq!(resource.uptime, Some(Duration::from_secs(seconds)));
        assert_eq!(uptime::parse(&expected("uptime")), resource.uptime);
        for (key, actual) in [
            ("free_memory", resource.free_memory),
            ("total_memory", resource.total_memory),
            ("free_hdd_space", resource.free_disk),
            ("total_hdd_space", resource.total_disk),
        ] {
            assert_eq!(size::parse(&expected(key)), actual, "{key}");
            assert!(actual.is_some(), "{key}");
        }
        assert_eq!(resource.has_routerboard(), expected("board_name") != "CHR");
    }
}

#[test]
fn m20_every_routerboard_sample() {
    for (raw, records) in samples("system_routerboard_print") {
        let board = Routerboard::parse(&raw).unwrap();
        check(records.first().unwrap(), &|key| {
            Some(match key {
                "routerboard" => Some(if board.is_routerboard { "yes" } else { "no" }.to_owned()),
                "board_name" => board.board.clone(),
                "hardware_model" => board.model.clone(),
                "revision" => board.revision.clone(),
                "serial_number" => board.serial.clone(),
                "firmware_type" => board.firmware_type.clone(),
                "factory_firmware" => board.factory_firmware.clone(),
                "current_firmware" => board.current_firmware.clone(),
                "upgrade_firmware" => board.upgrade_firmware.clone(),
                _ => panic!("unexpected {key}"),
            })
        });
        assert_eq!(board.notes.is_empty(), !raw.starts_with(";;;"));
    }
}

#[test]
fn m20_every_identity_sample() {
    for (raw, records) in samples("system_identity_print") {
        check(records.first().unwrap(), &|key| (key == "name").then(|| identity::parse(&raw)));
    }
}

#[test]
fn every_interface_sample() {
    for (raw, records) in samples("interface_print_terse_without-paging") {
        let interfaces = interfaces::parse(&raw);
        assert_eq!(interfaces.len(), records.len());
        for (interface, record) in interfaces.iter().zip(&records) {
            let flag = |set: bool, flag: &str| Some(if set { flag } else { "" }.to_owned());
            check(record, &|key| {
                Some(match key {
                    "id" => Some(interface.index.to_string()),
                    "dynamic" => flag(interface.dynamic, "D"),
                    "slave" => flag(interface.slave, "S"),
                    "status" if interface.disabled => flag(true, "X"),
                    "status" => flag(interface.running, "R"),
                    key => interface.get(&key.replace('_', "-")).map(str::to_owned),
                })
            });
        }
    }
}

/// What was answered to `command` in a recorded session.
fn answer(session: &str, command: &str) -> String {
    let mut lines = session.lines().skip_while(|line| *line != format!("  \"{command}\\n\": |-")).skip(1);
    let mut answer = String::new();
    for line in lines.by_ref().take_while(|line| line.starts_with("    ") || line.is_empty()) {
        let line = line.trim_start_matches(' ').replace("\\x20", " ").replace("\\\\", "\\").replace("\\\"", "\"");
        if !line.is_empty() {
            answer.push_str(&line);
            answer.push_str("\r\n");
        }
    }
    answer
}

#[test]
fn whole_sessions() {
    let Some(root) = recordings() else { return };
    for (name, version, board, identity_line) in [
        ("routeros_CHR_7.10.1", "7.10.1", "CHR", None),
        ("routeros_L009UiGS_7.15.2", "7.15.2", "L009UiGS", Some("/system identity set name=router")),
    ] {
        let session = std::fs::read_to_string(root.join(format!("sessions/{name}_simulation.yaml"))).unwrap();
        let resource = Resource::parse(&answer(&session, "/system resource print")).unwrap();
        assert_eq!(resource.installed.unwrap().version.to_string(), version);
        assert_eq!(resource.board.as_deref(), Some(board));

        let raw = answer(&session, "/export show-sensitive");
        let exec = Way::Exec { exit_status: Some(0), eof: true };
        let whole = Received { raw: raw.as_bytes(), path: exec, window: 16 << 20 };
        assert_eq!(judge(whole), Verdict::Complete(vec![]), "{name}");
        let cut = raw.as_bytes().split_last_chunk::<9>().unwrap().0;
        assert_eq!(judge(Received { raw: cut, ..whole }), Verdict::Partial(Cut::CutLine));

        // The backup that came of the session then: the commands in it, each with its menu, are what we keep.
        let backup = std::fs::read_to_string(root.join(format!("sessions/{name}_output.txt"))).unwrap();
        let kept = normalise(raw.as_bytes());
        assert_eq!(normalise(kept.as_bytes()), kept);
        let commands =
            |text: &str| text.lines().filter(|line| line.starts_with('/')).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(commands(&kept), commands(&normalise(backup.as_bytes())));
        assert!(kept.lines().all(|line| line.starts_with('/') || line.starts_with('#')), "{kept}");
        if let Some(line) = identity_line {
            assert!(kept.lines().any(|kept| kept == line), "{kept}");
        }
    }
}
