//! `ido.generic.device_info`: the standard MIB and echoes, for any device.

use serde_json::{Map, Value, json};

use super::{Call, device_info, ping};
use crate::drivers::generic::Generic;
use crate::drivers::{DeviceInfo, TestResult};
use crate::model::{Failure, FailureClass};
use crate::transport::icmp::PingReport;

/// Echoes of the "Ping" row: passes only if all are answered (spec/field-devices.md 1.9).
pub(super) const ECHOES: u64 = 4;

/// Name and place from the system group. With `run_tests` also echoes, and a device that answers one of the two is
/// `degraded`; one that answers neither is a failed job.
pub(super) async fn device_info(call: &Call<'_>) -> Result<Value, Failure> {
    let run_tests = call.flag("run_tests", false)?;
    let disable_snmp = call.flag("disable_snmp", false)?;
    if disable_snmp && !run_tests {
        return Err(Failure::validation("with 'disable_snmp' and without 'run_tests' nothing is left to read"));
    }
    let named = call.named()?;
    let target = call.target(&named).await?;
    let label = target.label();
    let cx = call.cx();
    let driver = Generic::new(&cx, &target, &call.services.transports.snmp);
    let read = if disable_snmp { None } else { Some(driver.device_info(run_tests).await) };
    let stopped = matches!(&read, Some(Err(failure)) if matches!(failure.class, FailureClass::Cancelled | FailureClass::Validation));
    let mut info = match read {
        Some(Err(failure)) if stopped || !run_tests => return Err(failure.at(&label)),
        Some(Err(failure)) => DeviceInfo { tests: vec![silent(&failure)], ..DeviceInfo::default() },
        Some(Ok(info)) => info,
        None => DeviceInfo::default(),
    };
    let snmp_answered = info.tests.iter().any(|row| row.name == "SNMP" && row.pass == Some(true));
    if run_tests {
        let echoes = ping::run(call, &target.address, ECHOES, target.ports.ssh.unwrap_or(22)).await?;
        let echoed = echoes.samples_ms.iter().any(Option::is_some);
        if !snmp_answered && !echoed {
            let sentence = "answers neither SNMP nor echo requests; check power, the path and the community";
            return Err(Failure::new(FailureClass::Unreachable, sentence).at(&label));
        }
        info.tests.insert(info.tests.len().min(1), ping_row(&echoes));
    }
    let mut result = Map::new();
    result.insert("success".to_owned(), Value::Bool(true));
    result.insert("ip_address".to_owned(), json!(target.address));
    device_info::merge(&mut result, info, run_tests);
    Ok(Value::Object(result))
}

/// The row of a device that does not answer SNMP: a class in words, not an exception's text.
fn silent(failure: &Failure) -> TestResult {
    let actual = match failure.class {
        FailureClass::Timeout => "SNMP timed out".to_owned(),
        class => format!("SNMP failed ({})", class.as_str()),
    };
    TestResult { name: "SNMP".to_owned(), expected: None, actual: Some(actual), pass: Some(false) }
}

/// The "Ping" row.
pub(super) fn ping_row(report: &PingReport) -> TestResult {
    let answered: Vec<f64> = report.samples_ms.iter().flatten().copied().collect();
    let sent = report.samples_ms.len();
    let actual = match answered.iter().copied().reduce(f64::max) {
        None => format!("0/{sent} successful ({})", report.method.as_str()),
        Some(max) => {
            let average = answered.iter().sum::<f64>() / answered.len() as f64;
            let method = report.method.as_str();
            format!("{}/{sent} successful, average {average:.2}, max {max:.2} ({method})", answered.len())
        }
    };
    TestResult {
        name: "Ping".to_owned(),
        expected: None,
        actual: Some(actual),
        pass: Some(answered.len() == sent && sent > 0),
    }
}
