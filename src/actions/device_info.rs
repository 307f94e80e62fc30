//! `ido.<role>.device_info`: what a device is and measures, and whether its tests pass.

use serde_json::{Map, Value, json};

use super::{Call, archived, generic, ping};
use crate::catalog::Reach;
use crate::drivers::{DeviceInfo, Driver, Facts, TestResult, Transports};
use crate::model::{DeviceType, Failure, FailureClass, Role};

impl<'a> Call<'a> {
    /// Settings of the transports, as drivers take them.
    pub(super) fn transports(&self) -> Transports<'a> {
        let transports = &self.services.transports;
        Transports { ssh: &transports.ssh, snmp: &transports.snmp, http: &transports.http }
    }
}

/// Reads the device by its family's driver. `success` is true because the device answered; a device that did not
/// is a failed job. With `run_tests` the family's tests are followed by the echo test.
pub(super) async fn read(call: &Call<'_>) -> Result<Value, Failure> {
    let run_tests = call.flag("run_tests", false)?;
    let Reach::Device(role) = call.action.reach else {
        return Err(Failure::new(FailureClass::Internal, "the catalog gives this action no device"));
    };
    let subject = call.subject(role).await?;
    let label = subject.target.label();
    let cx = call.cx();
    let driver = Driver::of(subject.device_type, &cx, &subject.target, call.transports())?;
    let mut info = call.guarded(&subject, driver.device_info(run_tests)).await.map_err(|failure| failure.at(&label))?;
    if run_tests {
        let port = subject.target.ports.ssh.unwrap_or(22);
        let echoes = ping::run(call, &subject.target.address, generic::ECHOES, port).await?;
        info.tests.push(generic::ping_row(&echoes));
    }
    if matches!(role, Some(Role::Ap | Role::Bh)) {
        put_golden(call, subject.device_type, &mut info.members).await?;
    }
    let config = info.running_config.take();
    let mut result = Map::new();
    result.insert("success".to_owned(), Value::Bool(true));
    result.insert("ip_address".to_owned(), json!(subject.target.address));
    result.insert("device_type".to_owned(), json!(subject.device_type));
    if let Some(config) = config {
        let redacted = call.services.redactor.redact(subject.device_type.family(), &config);
        archived::keep(call, &subject, redacted.text.clone(), &config).await;
        result.insert("running_config".to_owned(), Value::from(redacted.text));
    }
    merge(&mut result, info, run_tests);
    Ok(Value::Object(result))
}

/// Adds the golden configuration that clients compare a radio's with (`standard_config`), or why there is none
/// (`config_error`): no template, or a parameter that neither the payload, nor the inventory, nor the radio gives.
async fn put_golden(call: &Call<'_>, device_type: DeviceType, members: &mut Map<String, Value>) -> Result<(), Failure> {
    if members.contains_key("standard_config") || members.contains_key("config_error") {
        return Ok(());
    }
    let mut told = Map::new();
    if let Some(link) = members.get("link_type").filter(|link| link.is_string()) {
        let crossed = members.get("xpic").and_then(Value::as_str);
        told.insert("link_type".to_owned(), link.clone());
        told.insert("xpic".to_owned(), Value::Bool(matches!(crossed, Some("local" | "horizontal" | "vertical"))));
    }
    let named = call.named()?;
    let (name, value) = match call.golden(device_type, Some(&named), told).await {
        Ok(golden) => ("standard_config", golden.text),
        Err(failure) => ("config_error", failure.to_string()),
    };
    members.insert(name.to_owned(), Value::from(value));
    Ok(())
}

/// Facts, the family's members, tests. A fact that is not known is absent.
pub(super) fn merge(result: &mut Map<String, Value>, info: DeviceInfo, run_tests: bool) {
    let Facts { name, model, version, serial, uptime, more } = info.facts;
    for (key, value) in [("name", name), ("model", model), ("firmware", version), ("serial", serial)] {
        if let Some(value) = value {
            result.insert(key.to_owned(), Value::from(value));
        }
    }
    if let Some(uptime) = uptime {
        result.insert("uptime_seconds".to_owned(), Value::from(uptime.as_secs()));
    }
    result.extend(more);
    result.extend(info.members);
    if run_tests {
        result.insert("status".to_owned(), Value::from(verdict(&info.tests)));
        result.insert("test_results".to_owned(), json!(info.tests));
    }
}

/// `degraded` as soon as one test fails, or something is expected and not known: unknown is never well. Rows that expect
/// nothing and have no verdict are only shown.
pub(super) fn verdict(tests: &[TestResult]) -> &'static str {
    let unwell = |test: &TestResult| match test.pass {
        Some(pass) => !pass,
        None => test.expected.is_some(),
    };
    if tests.iter().any(unwell) { "degraded" } else { "ok" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(expected: Option<&str>, pass: Option<bool>) -> TestResult {
        TestResult { name: "x".to_owned(), expected: expected.map(str::to_owned), actual: None, pass }
    }

    #[test]
    fn what_is_expected_and_not_known_is_not_well() {
        assert_eq!(verdict(&[row(Some("7.16"), Some(true)), row(None, None)]), "ok");
        assert_eq!(verdict(&[row(Some("7.16"), Some(true)), row(Some("below 90 %"), None)]), "degraded");
        assert_eq!(verdict(&[row(None, Some(false))]), "degraded");
        assert_eq!(verdict(&[]), "ok");
    }
}
