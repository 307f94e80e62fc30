//! Real devices' output, where the recordings are here; expected values by hand from the recordings.

use std::path::Path;

use super::agent::{health, identity};
use super::config::{Cut, Verdict, judge};
use super::errors::refusal;
use super::normalise::normalise;
use super::prompt::{Engine, Prompt};
use crate::drivers::redact::Redactor;
use crate::model::Family;
use crate::transport::snmp::{Oid, Value, Varbind};

fn read(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: there is no {}", path.display());
    }
    text
}

#[test]
fn an_md_config_is_whole_normal_and_without_secrets() {
    let Some(text) = read("sessions/sros_md_admin_show_configuration.txt") else { return };
    // The recording begins behind the head, and ends with its prompt.
    let (config, prompt) = text.trim_end().rsplit_once("\n\n").unwrap();
    assert_eq!(Prompt::parse(prompt).unwrap().host, "vSR-AUTO-01");
    assert_eq!(Prompt::parse(prompt).unwrap().user.as_deref(), Some("netconf"));
    let head = "# TiMOS-B-20.5.R1 both/x86_64 Nokia 7250 IXR\n# Generated MON JUL 06 23:25:16 2020 UTC\n\n";
    let whole = format!("{head}{config}\n");
    let Verdict::Complete(seen, warnings) = judge(&whole, Engine::Md) else {
        panic!("{:?}", judge(&whole, Engine::Md))
    };
    assert_eq!((seen.generated.as_deref(), warnings.len()), (Some("MON JUL 06 23:25:16 2020 UTC"), 0));
    let normal = normalise(&whole);
    assert!(normal.contains("\nconfigure {\n    card 1 {\n") && normal.contains("\npersistent-indices {\n"));
    assert!(!normal.contains("2020 UTC"));
    assert_eq!(normalise(&normal), normal);

    // Without its last line, and cut anywhere in the middle, it is no config.
    let (cut, _) = whole.split_once("# Finished").unwrap();
    assert_eq!(judge(cut, Engine::Md), Verdict::Partial(Cut::NoEnd));
    let half: String = whole.lines().take(300).map(|line| format!("{line}\n")).collect();
    let stitched = format!("{half}\n# Finished MON JUL 06 23:25:17 2020 UTC\n");
    assert!(matches!(judge(&stitched, Engine::Md), Verdict::Partial(Cut::Braces(open)) if open > 0));

    let redacted = Redactor::new([1; 32]).redact(Family::Nokia7250, &normal);
    assert!(!redacted.text.contains("$2y$10$"), "a password's hash is shown");
    // Five users have a password; a filter's `match "password"` is none.
    assert_eq!(redacted.count, 5, "{}", redacted.text);
    assert!(redacted.text.contains("match \"password\""));
}

#[test]
fn tables_are_no_refusals_and_no_configs() {
    for name in [
        "show_router_interface/alcatel_sros_show_router_interface",
        "show_lag/show_lag",
        "show_system_cpu/alcatel_sros_show_system_cpu",
        "show_port/show_port",
    ] {
        let Some(text) = read(&format!("cli/alcatel_sros/{name}.raw")) else { return };
        assert_eq!(refusal(&text), None, "{name}");
        assert!(matches!(judge(&text, Engine::Classic), Verdict::Partial(Cut::NoHead(_))), "{name}");
    }
}

fn varbind(line: &str) -> Option<Varbind> {
    let mut parts = line.splitn(3, '|');
    let (oid, kind, text) = (parts.next()?, parts.next()?, parts.next()?);
    let value = match kind {
        "2" => Value::Integer(text.parse().ok()?),
        "66" => Value::Gauge32(text.parse().ok()?),
        "6" => Value::ObjectId(Oid::parse(text).ok()?),
        "4" => Value::OctetString(text.as_bytes().to_vec()),
        "4x" => {
            let digits = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
            Value::OctetString((0..text.len()).step_by(2).filter_map(digits).collect())
        }
        _ => return None,
    };
    Some(Varbind::new(Oid::parse(oid).ok()?, value))
}

#[test]
fn s03_an_ixr_e_is_identified_and_its_health_has_the_right_scale() {
    let Some(text) = read("snmp/timos_ixr.snmprec") else { return };
    let all: Vec<Varbind> = text.lines().filter_map(varbind).collect();
    let object = |oid: &str| all.iter().find(|varbind| varbind.oid == Oid::parse(oid).unwrap()).unwrap().value.clone();
    let Value::ObjectId(id) = object("1.3.6.1.2.1.1.2.0") else { panic!() };
    let Value::OctetString(descr) = object("1.3.6.1.2.1.1.1.0") else { panic!() };
    let seen = identity(Some(&id.to_string()), Some(&String::from_utf8_lossy(&descr))).unwrap();
    assert_eq!((seen.model, seen.version.unwrap().to_string().as_str()), ("7250 IXR-e", "22.10.R11"));

    let health = health(&all);
    assert_eq!((health.cpu_percent, health.over_temperature), (Some(2), Some(false)));
    assert_eq!((health.memory_used_bytes, health.memory_free_bytes), (None, Some(1_625_292_800)));
    assert_eq!(health.memory_pools_bytes, Some(524_288_000));
    assert_eq!(health.serial(), Some("NK243137407"));
    assert_eq!(health.alarms(), Some(Vec::new()));
    let rows: Vec<_> = health
        .parts
        .iter()
        .map(|part| {
            (part.name.as_str(), part.class.unwrap(), part.state.unwrap(), part.celsius, part.threshold_celsius)
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("Chassis 1", "chassis", "in service", None, None),
            ("Chassis 1 Power Supply 1", "power_supply", "in service", None, None),
            ("Chassis 1 Power Supply 2", "power_supply", "in service", None, None),
            ("Chassis 1 Fan 1", "fan", "in service", None, None),
            ("Slot 1", "io_module", "in service", Some(42), Some(94)),
            ("Slot A", "control_module", "in service", Some(41), Some(94)),
            ("MDA 1/1", "mda", "in service", Some(42), Some(94)),
            ("cf2:", "flash", "out of service", None, None),
            ("cf3:", "flash", "in service", None, None),
        ]
    );
    let fans: Vec<_> = health.fans.iter().map(|fan| (fan.number, fan.state, fan.speed_percent)).collect();
    assert_eq!(fans, [(1, Some("ok"), Some(40))]);
}
