//! What the demo shows at its end.

use std::path::Path;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use crate::parts::{Daemon, Device, Site};

/// One row a device, from its three jobs.
pub fn table(devices: &[Device], done: &[(String, String, Value)]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    // As wide as the terminal, where there is one; standard error is where it goes.
    table.use_stderr().set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["device", "address", "echo", "model", "firmware", "tests", "measures", "config"]);
    for device in devices {
        let response = |ending: &str| {
            let job = done
                .iter()
                .find(|(name, action, _)| *name == device.name && action.ends_with(ending))
                .map(|(.., job)| job);
            job.and_then(|job| job.pointer("/result/response")).cloned().unwrap_or_default()
        };
        let (echo, info, config) = (response("ping"), response("device_info"), response("running_config"));
        table.add_row([
            device.name.clone(),
            device.address.clone(),
            echo.get("avg_ms").and_then(Value::as_f64).map(|ms| format!("{ms:.2} ms")).unwrap_or_default(),
            text(&info, "/model"),
            text(&info, "/firmware"),
            tests(&info),
            measures(&info),
            config.as_str().map(|text| format!("{} lines", text.lines().count())).unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    table.to_string()
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn tests(info: &Value) -> String {
    let rows = info.get("test_results").and_then(Value::as_array).cloned().unwrap_or_default();
    let count = |wanted: bool| rows.iter().filter(|row| row.get("pass") == Some(&Value::Bool(wanted))).count();
    let (good, bad) = (count(true), count(false));
    if bad == 0 { format!("{good} pass") } else { format!("{good} pass, {bad} FAIL") }
}

fn measures(info: &Value) -> String {
    let known = |name: &str, unit: &str| {
        let value = info.pointer(&format!("/power/{name}")).and_then(Value::as_f64);
        value.map(|value| format!("{value} {unit}"))
    };
    let volts = known("bus_voltage_v", "V").or_else(|| known("input_voltage_v", "V"));
    [volts, known("battery_percent", "%"), known("load_percent", "% load")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// A job's error.
pub fn error(job: &Value) -> String {
    text(job, "/error")
}

/// Where to look while the demo stays up.
pub fn addresses(daemon: &Daemon, site: &Site, towerhand: &Path) -> String {
    let (url, key, control) = (&daemon.url, &daemon.key, &site.control);
    let here = std::env::current_dir().unwrap_or_default();
    let towerhand = towerhand.strip_prefix(&here).unwrap_or(towerhand).display();
    let log = daemon.log.display();
    format!(
        "
  API and its description   {url}/docs
  metrics                   {url}/metrics
  simulated devices         http://{control}/devices
  the daemon's log          {log}

  In another terminal:
    export TOWERHAND_URL={url} TOWERHAND_API_KEY={key}
    {towerhand} job submit ido.swt.device_info --payload '{{\"device\":\"rtr-kettle-1\"}}' --watch
    {towerhand} job list

  Break a device, ask it again, see what it received, mend it:
    curl -X POST http://{control}/devices/rtr-kettle-1/faults -d '{{\"kind\":\"refuse\"}}'
    curl http://{control}/devices/rtr-kettle-1/journal
    curl -X DELETE http://{control}/devices/rtr-kettle-1/faults

  Ctrl-C ends it and leaves nothing behind.
"
    )
}
