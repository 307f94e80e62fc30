//! `ido.<role>.device_info`: what a device is and measures, and whether its tests pass.

use serde_json::{Map, Value, json};

use super::{Call, archived, generic, ping};
use crate::catalog::Reach;
use crate::drivers::{DeviceInfo, Driver, Facts, TestResult, Transports};
use crate::model::{Failure, FailureClass};

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
    let mut info = driver.device_info(run_tests).await.map_err(|failure| failure.at(&label))?;
    if run_tests {
        let port = subject.target.ports.ssh.unwrap_or(22);
        let echoes = ping::run(call, &subject.target.address, generic::ECHOES, port).await?;
        info.tests.push(generic::ping_row(&echoes));
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

/// `degraded` as soon as one test fails; rows without a verdict do not count.
pub(super) fn verdict(tests: &[TestResult]) -> &'static str {
    if tests.iter().any(|test| test.pass == Some(false)) { "degraded" } else { "ok" }
}
