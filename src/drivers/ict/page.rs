//! The 200DB panel by its own page: HTTP Basic on every request, no session (spec/field-devices.md 2.1).

use super::panel::{firmware_row, outlet_row};
use crate::drivers::excerpt::unmet;
use crate::drivers::power::{OutletState, Record};
use crate::drivers::{DeviceInfo, Facts};
use crate::model::{Failure, FailureClass, Health};
use crate::transport::http::{self, Auth, Client, Request, Scheme};
use crate::transport::{Cx, Target};

mod health;
mod parse;

/// The panel's only user, unless the inventory names another.
const USER: &str = "admin";

/// The driver, bound to one panel.
pub struct Page<'a> {
    cx: &'a Cx,
    target: &'a Target,
    http: &'a http::Config,
}

impl<'a> Page<'a> {
    /// Bound to a panel.
    pub fn new(cx: &'a Cx, target: &'a Target, http: &'a http::Config) -> Self {
        Self { cx, target, http }
    }

    async fn record(&self) -> Result<Record, Failure> {
        let Some(password) = self.target.password.clone() else {
            return Err(Failure::validation(
                "the panel needs a password or SNMP credentials; send 'password' or add them to the inventory",
            ));
        };
        let user = self.target.username.clone().unwrap_or_else(|| USER.to_owned());
        // A panel that has only HTTPS open says so in the inventory.
        let scheme = if self.target.ports.https.is_some() && self.target.ports.http.is_none() {
            Scheme::Https
        } else {
            Scheme::Http
        };
        let client = Client::new(self.cx, self.target, scheme, self.http)?;
        let request = Request { auth: Auth::Basic { user, password }, ..Request::get("/") };
        let reply = client.send(self.cx, request).await?;
        if reply.status != 200 {
            let sentence = format!("answered GET / with HTTP status {}", reply.status);
            return Err(Failure::new(FailureClass::Protocol, sentence));
        }
        let html = reply.text();
        // Without a length the end of the connection is the end of the page, wanted or not.
        let has_length = reply.header("content-length").is_some() || reply.header("transfer-encoding").is_some();
        if !has_length && !html.trim_end().to_ascii_lowercase().ends_with("</html>") {
            return Err(Failure::new(FailureClass::Protocol, "the page was cut off before its end"));
        }
        parse::page(&html)
            .ok_or_else(|| unmet("the page is not that of an ICT 200DB panel: no output was found on it", &html, &[]))
    }

    /// Model and firmware as the page has them.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        self.record().await.map(|record| facts(&record))
    }

    /// Outputs and their currents. Fails as reading the page does.
    pub async fn health(&self) -> Result<Health, Failure> {
        self.record().await.map(|record| health::health(&record))
    }

    /// Outputs, currents, states.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let record = self.record().await?;
        let mut tests = Vec::new();
        if run_tests {
            tests.extend(record.outlets.iter().map(outlet_row));
            tests.push(firmware_row(&record));
        }
        let mut members = record.members();
        let off = record.outlets.iter().filter(|outlet| outlet.state == OutletState::Off).count();
        members.insert("outputs_off".to_owned(), serde_json::Value::from(off));
        Ok(DeviceInfo { facts: facts(&record), members, running_config: None, tests })
    }
}

fn facts(record: &Record) -> Facts {
    Facts {
        model: record.model.clone(),
        version: record.firmware.clone(),
        serial: record.serial.clone(),
        ..Facts::default()
    }
}
