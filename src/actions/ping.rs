//! `ido.ping`: echo requests to a device, with what was used to send them.

use std::time::Duration;

use serde_json::{Value, json};

use super::Call;
use crate::model::Failure;
use crate::transport::icmp::{self, PingReport};

/// Echoes sent unless asked otherwise (spec/field-devices.md 1.8).
const COUNT: u64 = 4;
/// Between echoes.
const INTERVAL: Duration = Duration::from_millis(200);
/// An echo that took longer counts as lost: a radio link answers within tens of milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);
/// What is probed by TCP where the kernel refuses ICMP.
const SSH_PORT: u16 = 22;

/// Both shapes that clients have met: the drivers' (`results`, `average`, `max`, `min`) and the fallback's.
pub(super) async fn ping(call: &Call<'_>) -> Result<Value, Failure> {
    let count = call.number("ping_count", 1..=20)?.unwrap_or(COUNT);
    let named = call.named()?;
    let tcp_port = named.device.as_ref().and_then(|device| device.ports.ssh).unwrap_or(SSH_PORT);
    let report = run(call, &named.address, count, tcp_port).await?;
    Ok(shape(&named.address.to_string(), &report))
}

/// Sends `count` echoes.
pub(super) async fn run(
    call: &Call<'_>,
    address: &std::net::IpAddr,
    count: u64,
    tcp_port: u16,
) -> Result<PingReport, Failure> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    icmp::ping(&call.cx(), *address, count, INTERVAL, PATIENCE, tcp_port).await
}

/// The result: a lost echo is null, and nobody answering is a finding, not a failure.
pub(super) fn shape(address: &str, report: &PingReport) -> Value {
    let answered: Vec<f64> = report.samples_ms.iter().flatten().copied().collect();
    let sent = report.samples_ms.len();
    let average = (!answered.is_empty()).then(|| answered.iter().sum::<f64>() / answered.len() as f64);
    let max = answered.iter().copied().reduce(f64::max);
    let min = answered.iter().copied().reduce(f64::min);
    let loss = if sent == 0 { 0.0 } else { 100.0 * (sent - answered.len()) as f64 / sent as f64 };
    json!({
        "success": true,
        "reachable": !answered.is_empty(),
        "ip_address": address,
        "method": report.method.as_str(),
        "ping_count": sent,
        "successful": answered.len(),
        "loss_percent": round(loss),
        "results": report.samples_ms.iter().map(|sample| sample.map(round)).collect::<Vec<_>>(),
        "average": average.map(round),
        "max": max.map(round),
        "min": min.map(round),
        "avg_ms": average.map(round),
        "max_ms": max.map(round),
        "samples_ms": answered.iter().copied().map(round).collect::<Vec<_>>(),
    })
}

/// Microseconds are enough.
fn round(ms: f64) -> f64 {
    (ms * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::icmp::Method;

    #[test]
    fn half_of_the_echoes_lost() {
        let samples_ms = vec![Some(1.5), None, Some(2.5), None];
        let result = shape("192.0.2.1", &PingReport { method: Method::IcmpDatagram, samples_ms });
        assert_eq!(result["loss_percent"], 50.0);
        assert_eq!(result["results"], json!([1.5, null, 2.5, null]));
        assert_eq!((&result["average"], &result["min"], &result["max"]), (&json!(2.0), &json!(1.5), &json!(2.5)));
    }

    #[test]
    fn nobody_answers() {
        let result = shape("192.0.2.1", &PingReport { method: Method::TcpConnect, samples_ms: vec![None, None] });
        assert_eq!((&result["reachable"], &result["success"]), (&json!(false), &json!(true)));
        assert_eq!((&result["average"], &result["loss_percent"]), (&Value::Null, &json!(100.0)));
    }
}
