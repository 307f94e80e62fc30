//! `fleet.firmware_drift`: which devices run another firmware than their like. What is expected of a model is the final
//! version of `[aviat] firmware` where there is one for it, else what most of the model run; where no version has more than
//! every other, nothing is expected.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::sweep::{Look, Wanted, counts, failures, sweep};
use crate::actions::{Call, StepError};
use crate::aviat::config::Firmware;
use crate::aviat::state::Target;
use crate::catalog::{self, Native};
use crate::model::{DeviceType, JobStatus};

/// One device that told its firmware.
struct Told {
    device: String,
    device_type: DeviceType,
    model: String,
    firmware: String,
}

pub(super) async fn run(call: &Call<'_>) -> Result<Look<Value>, StepError> {
    let inventory = call.services.inventory.current();
    let wanted = inventory.devices().iter().map(|device| Wanted {
        device: device.name.clone(),
        address: device.address,
        action: format!("ido.{}.device_info", device.device_type.role().as_str()),
    });
    // The standard MIB tells no firmware.
    let native = |wanted: &Wanted| catalog::find(&wanted.action).is_some_and(|action| action.native == Native::Yes);
    let wanted: Vec<Wanted> = wanted.filter(native).collect();
    let brood = match sweep(call, &wanted, &["$.response.model", "$.response.firmware"]).await? {
        Look::Asleep(done) => return Ok(Look::Asleep(done)),
        Look::Over(brood) => brood,
    };
    let mut told = Vec::new();
    let mut unknown = Vec::new();
    for child in brood.iter().filter(|child| child.status == JobStatus::Success) {
        let device = child.device.as_deref().and_then(|name| inventory.by_name(name));
        let text = |at: usize| child.picked.get(at).and_then(Value::as_str).filter(|text| !text.is_empty());
        match (device, text(1)) {
            (Some(device), Some(firmware)) => told.push(Told {
                device: device.name.clone(),
                device_type: device.device_type,
                model: text(0).unwrap_or(device.device_type.code()).to_owned(),
                firmware: firmware.to_owned(),
            }),
            _ => unknown.push(json!(child.device)),
        }
    }
    let (models, drifting) = report(&told, &call.services.aviat.firmware);
    let mut counts = counts(&brood);
    counts.insert("drifting".to_owned(), Value::from(drifting.len()));
    counts.insert("unknown".to_owned(), Value::from(unknown.len()));
    Ok(Look::Over(json!({
        "counts": counts, "models": models, "drifting": drifting, "unknown": unknown, "failed": failures(&brood),
    })))
}

/// By model: its versions and what is expected; then the devices that run something else.
fn report(told: &[Told], list: &[Firmware]) -> (Vec<Value>, Vec<Value>) {
    let mut models: BTreeMap<(&str, &str), Vec<&Told>> = BTreeMap::new();
    for told in told {
        models.entry((told.device_type.code(), &told.model)).or_default().push(told);
    }
    let (mut shown, mut drifting) = (Vec::new(), Vec::new());
    for ((code, model), like) in models {
        let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
        for told in &like {
            *versions.entry(&told.firmware).or_default() += 1;
        }
        let listed = listed(list, code);
        let expected = listed.or_else(|| most(&versions));
        shown.push(json!({
            "device_type": code, "model": model, "expected": expected,
            "from": if listed.is_some() { "settings" } else { "most" }, "versions": versions,
        }));
        let Some(expected) = expected else { continue };
        for told in like.into_iter().filter(|told| !is(&told.firmware, expected)) {
            drifting.push(json!({
                "device": told.device, "model": model, "firmware": told.firmware, "expected": expected,
            }));
        }
    }
    (shown, drifting)
}

/// The final version of the firmware list.
fn listed<'a>(list: &'a [Firmware], code: &str) -> Option<&'a str> {
    let fits = |entry: &&Firmware| {
        entry.target == Target::Final
            && code.starts_with("AV")
            && (entry.models.is_empty() || entry.models.iter().any(|model| model.eq_ignore_ascii_case(code)))
    };
    list.iter().find(fits).map(|entry| entry.version.as_str())
}

/// The version that more devices run than any other.
fn most<'a>(versions: &BTreeMap<&'a str, usize>) -> Option<&'a str> {
    let (version, count) = versions.iter().max_by_key(|(_, count)| **count)?;
    let alone = versions.values().filter(|other| *other == count).count() == 1;
    alone.then_some(*version)
}

/// Whether a device runs a version: its own text may go on behind it, as `6.2.4(1.2)` does, but not with another digit.
fn is(firmware: &str, expected: &str) -> bool {
    firmware == expected
        || firmware
            .strip_prefix(expected)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(device: &str, code: &str, firmware: &str) -> Told {
        let device_type = DeviceType::parse(code).unwrap();
        Told { device: device.to_owned(), device_type, model: "M".to_owned(), firmware: firmware.to_owned() }
    }

    fn names(drifting: &[Value]) -> Vec<&str> {
        drifting.iter().map(|one| one["device"].as_str().unwrap()).collect()
    }

    #[test]
    fn what_most_run_is_expected_and_a_draw_expects_nothing() {
        let all = [
            told("a", "MTROS", "7.16"),
            told("b", "MTROS", "7.16"),
            told("c", "MTROS", "7.15"),
            told("d", "CNEP3K", "5.1"),
            told("e", "CNEP3K", "5.2"),
        ];
        let (models, drifting) = report(&all, &[]);
        assert_eq!(names(&drifting), ["c"]);
        assert_eq!(models[0]["expected"], Value::Null, "one each: {models:?}");
        assert_eq!((&models[1]["expected"], &models[1]["versions"]["7.15"]), (&json!("7.16"), &json!(1)));
    }

    #[test]
    fn the_settings_go_before_what_most_run() {
        let list = [Firmware {
            target: Target::Final,
            version: "6.2.4".to_owned(),
            file: None,
            uri: Some("http://192.0.2.1/x".to_owned()),
            sha256: None,
            models: vec!["AV4200".to_owned()],
        }];
        let all = [
            told("a", "AV4200", "2.11.11"),
            told("b", "AV4200", "2.11.11"),
            told("c", "AV4200", "6.2.4(1.8)"),
            told("d", "AV4200", "6.2.41"),
            told("e", "AV4100", "2.11.11"),
        ];
        assert_eq!(names(&report(&all, &list).1), ["a", "b", "d"]);
    }
}
