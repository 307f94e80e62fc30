//! `ido.generic.device_info`: the standard MIB and echoes, for any device.

use serde_json::{Map, Value, json};

use super::{Call, device_info, ping};
use crate::drivers::generic::Generic;
use crate::drivers::{DeviceInfo, TestResult};
use crate::model::{Failure, FailureClass};
use crate::transport::icmp::{Method, PingReport};

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
    let info = match read {
        Some(Err(failure)) if !run_tests || stops(failure.class) => return Err(failure.at(&label)),
        Some(Ok(info)) if !run_tests => info,
        read => {
            let echoes = ping::run(call, &target.address, ECHOES, target.ports.ssh.unwrap_or(22)).await?;
            weigh(read, &echoes).map_err(|failure| failure.at(&label))?
        }
    };
    let mut result = Map::new();
    result.insert("success".to_owned(), Value::Bool(true));
    result.insert("ip_address".to_owned(), json!(target.address));
    device_info::merge(&mut result, info, run_tests);
    Ok(Value::Object(result))
}

/// Nothing was asked, or nothing more may be.
fn stops(class: FailureClass) -> bool {
    matches!(class, FailureClass::Cancelled | FailureClass::Validation)
}

/// What SNMP (none where it was not to be asked) and the echoes say together. A device that answers one of the two is
/// there, and its rows say which; a device that refused SNMP has answered as well.
fn weigh(read: Option<Result<DeviceInfo, Failure>>, echoes: &PingReport) -> Result<DeviceInfo, Failure> {
    let unreachable = |sentence: &str| Err(Failure::new(FailureClass::Unreachable, sentence));
    let echoed = echoes.samples_ms.iter().any(Option::is_some);
    let mut info = match read {
        Some(Ok(info)) => info,
        Some(Err(failure)) if echoed => DeviceInfo { tests: vec![silent(&failure)], ..DeviceInfo::default() },
        Some(Err(Failure { class: FailureClass::Timeout | FailureClass::Unreachable, .. })) => {
            return unreachable("answers neither SNMP nor echo requests; check power, the path and the community");
        }
        Some(Err(failure)) => return Err(failure),
        None if echoed => DeviceInfo::default(),
        None => return unreachable("answers no echo request, and SNMP was not to be asked; check power and the path"),
    };
    info.tests.insert(info.tests.len().min(1), ping_row(echoes));
    Ok(info)
}

/// The row of a device that does not answer SNMP: a class in words, not an exception's text.
fn silent(failure: &Failure) -> TestResult {
    let actual = match failure.class {
        FailureClass::Timeout => "SNMP walk timed out".to_owned(),
        class => format!("SNMP failed ({})", class.as_str()),
    };
    TestResult { name: "SNMP".to_owned(), expected: None, actual: Some(actual), pass: Some(false) }
}

/// The "Ping" row; says so where the echoes had to be TCP connections.
pub(super) fn ping_row(report: &PingReport) -> TestResult {
    let (received, sent) = (report.received(), report.samples_ms.len());
    let slowest = report.samples_ms.iter().flatten().copied().reduce(f64::max);
    let mut actual = match (report.average_ms(), slowest) {
        (Some(average), Some(max)) => format!("{received}/{sent} successful, average {average:.2}, max {max:.2}"),
        _ => "Ping timed out".to_owned(),
    };
    if report.method == Method::TcpConnect {
        actual.push_str(" (by TCP, since ICMP is not permitted)");
    }
    TestResult {
        name: "Ping".to_owned(),
        expected: None,
        actual: Some(actual),
        pass: Some(received == sent && sent > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echoes(samples_ms: [Option<f64>; 4]) -> PingReport {
        PingReport { method: Method::IcmpDatagram, samples_ms: samples_ms.to_vec() }
    }

    fn answered() -> Option<Result<DeviceInfo, Failure>> {
        let row = |name: &str| TestResult { name: name.to_owned(), expected: None, actual: None, pass: Some(true) };
        Some(Ok(DeviceInfo { tests: vec![row("SNMP"), row("GPS Location")], ..DeviceInfo::default() }))
    }

    fn failed(class: FailureClass) -> Option<Result<DeviceInfo, Failure>> {
        Some(Err(Failure::new(class, "why")))
    }

    fn rows(info: &DeviceInfo) -> Vec<(&str, Option<&str>, Option<bool>)> {
        info.tests.iter().map(|row| (row.name.as_str(), row.actual.as_deref(), row.pass)).collect()
    }

    /// Here because loopback always answers echoes.
    #[test]
    fn f19_snmp_answers_and_echoes_are_filtered() {
        let info = weigh(answered(), &echoes([None; 4])).unwrap();
        let rows = rows(&info);
        assert_eq!(rows[0], ("SNMP", None, Some(true)));
        assert_eq!(rows[1], ("Ping", Some("Ping timed out"), Some(false)));
        assert_eq!(rows[2].0, "GPS Location");
        assert_eq!(device_info::verdict(&info.tests), "degraded");
    }

    #[test]
    fn three_of_four_echoes_fail_the_row() {
        let info = weigh(answered(), &echoes([Some(1.0), None, Some(2.0), Some(1.2)])).unwrap();
        assert_eq!(rows(&info)[1], ("Ping", Some("3/4 successful, average 1.40, max 2.00"), Some(false)));
        let info = weigh(answered(), &echoes([Some(1.0); 4])).unwrap();
        assert_eq!(device_info::verdict(&info.tests), "ok");
    }

    #[test]
    fn what_answers_nothing_is_unreachable_and_what_refuses_is_not() {
        for silent in [failed(FailureClass::Timeout), failed(FailureClass::Unreachable), None] {
            assert_eq!(weigh(silent, &echoes([None; 4])).unwrap_err().class, FailureClass::Unreachable);
        }
        let refused = weigh(failed(FailureClass::AuthRefused), &echoes([None; 4])).unwrap_err();
        assert_eq!(refused.class, FailureClass::AuthRefused);
        let info = weigh(failed(FailureClass::AuthRefused), &echoes([Some(1.0); 4])).unwrap();
        assert_eq!(rows(&info)[0], ("SNMP", Some("SNMP failed (auth_failed)"), Some(false)));
    }

    #[test]
    fn echoes_by_tcp_are_said_to_be() {
        let report = PingReport { method: Method::TcpConnect, samples_ms: vec![Some(1.0)] };
        assert_eq!(
            ping_row(&report).actual.as_deref(),
            Some("1/1 successful, average 1.00, max 1.00 (by TCP, since ICMP is not permitted)")
        );
    }
}
