//! Facts, tests, running config.

use serde_json::{Map, Value as Json, json};

use super::commands::{self, Document, LOGIN};
use super::health::health;
use super::parse::{self, About, Login, Status, Unit, xml::Element};
use super::platform::{FIRMWARE, FLOAT, MODEL, USER};
use crate::drivers::excerpt::unmet;
use crate::drivers::power::{Record, informational, verdict};
use crate::drivers::{DeviceInfo, Facts, RunningConfig, TestResult, pages};
use crate::model::{Failure, FailureClass, Health, Secret};
use crate::transport::http::{Client, Config, Scheme};
use crate::transport::{Cx, Target};

/// The driver, bound to one controller.
pub struct SmartSys<'a> {
    cx: &'a Cx,
    target: &'a Target,
    http: &'a Config,
}

/// A login and the documents that came after it.
struct Session<'a> {
    cx: &'a Cx,
    client: Client,
    user: String,
    password: Secret,
    /// It was over once, and opened again.
    renewed: bool,
}

/// What the controller is.
struct Head {
    about: About,
    units: Vec<Unit>,
    documents: Vec<(Document, Element)>,
}

impl<'a> SmartSys<'a> {
    /// Bound to a controller.
    pub fn new(cx: &'a Cx, target: &'a Target, http: &'a Config) -> Self {
        Self { cx, target, http }
    }

    /// Site, model, firmware.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let mut session = Session::open(self.cx, self.target, self.http).await?;
        session.head().await.map(|head| facts(&head))
    }

    /// The battery's voltage and what feeds the load; absent where the controller has no document of them. Fails as
    /// [`SmartSys::facts`] does.
    pub async fn health(&self) -> Result<Health, Failure> {
        let mut session = Session::open(self.cx, self.target, self.http).await?;
        let head = session.head().await?;
        let data = session.document(Document::BatteryData).await?;
        let status = data.as_ref().and_then(parse::status);
        Ok(health(facts(&head), &record(data.as_ref(), status)))
    }

    /// The settings as sorted lines.
    pub async fn running_config(&self) -> Result<RunningConfig, Failure> {
        let mut session = Session::open(self.cx, self.target, self.http).await?;
        let mut documents = session.head().await?.documents;
        let mut warnings = Vec::new();
        for document in [Document::Batteries, Document::System, Document::Snmp] {
            match session.document(document).await? {
                Some(root) => documents.push((document, root)),
                None => warnings.push(format!("the controller has no {}.xml", document.name())),
            }
        }
        let named: Vec<(&str, &Element)> = documents.iter().map(|(document, root)| (document.name(), root)).collect();
        let text = parse::config(&named);
        let raw_bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        Ok(RunningConfig { text, warnings, raw_bytes, path: "http" })
    }

    /// Site, batteries, traps, with the tests where they are asked for.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let mut session = Session::open(self.cx, self.target, self.http).await?;
        let head = session.head().await?;
        let batteries = session.document(Document::Batteries).await?;
        let system = session.document(Document::System).await?;
        let traps = session.document(Document::Snmp).await?;
        let data = session.document(Document::BatteryData).await?;
        let status = data.as_ref().and_then(parse::status);
        let facts = facts(&head);
        let tests = if run_tests { tests(data.is_some(), status, facts.version.as_deref()) } else { Vec::new() };
        let mut members = record(data.as_ref(), status).members();
        members.extend(site(&head));
        members.extend(batteries.as_ref().map(capacity).unwrap_or_default());
        if let Some(kind) = system.as_ref().and_then(|root| root.val("BattTyp")) {
            let kind = if kind.trim() == "1" { "lithium" } else { "lead_acid" };
            members.insert("battery_type".to_owned(), Json::from(kind));
        }
        members.extend(traps.as_ref().map(trap).unwrap_or_default());
        Ok(DeviceInfo { facts, members, running_config: None, tests })
    }
}

impl<'a> Session<'a> {
    /// Logs in with the target's password and with no other.
    async fn open(cx: &'a Cx, target: &Target, config: &Config) -> Result<Self, Failure> {
        let Some(password) = target.password.clone() else {
            return Err(Failure::validation(
                "the controller needs a password; send 'password' or add it to the inventory",
            ));
        };
        let client = Client::new(cx, target, Scheme::Http, config)?;
        let user = target.username.clone().unwrap_or_else(|| USER.to_owned());
        let session = Self { cx, client, user, password, renewed: false };
        session.login().await?;
        Ok(session)
    }

    /// The time, as the controller's own pages send it.
    fn uid(&self) -> i64 {
        self.cx.clock.now().as_millisecond()
    }

    async fn login(&self) -> Result<(), Failure> {
        let reply = self.client.send(self.cx, commands::login(&self.user, &self.password, self.uid())).await?;
        let text = pages::whole(LOGIN, &reply, Some("0"), &[self.password.expose()])?;
        match parse::login(&text) {
            Login::Open => Ok(()),
            Login::Refused => Err(Failure::new(
                FailureClass::AuthRefused,
                format!(
                    "the controller refused the user or the password (code {}); correct the credentials",
                    text.trim()
                ),
            )),
            Login::Unmet => {
                let expected = format!("{LOGIN} should be answered with a number: this is no SC501 as it is known");
                Err(unmet(&expected, &text, &[self.password.expose()]))
            }
        }
    }

    /// A document; none where the controller has none of that name.
    async fn document(&mut self, document: Document) -> Result<Option<Element>, Failure> {
        let what = document.what();
        let mut reply = self.client.send(self.cx, document.request(self.uid())).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        if !is_xml(&reply.body) && reply.status == 200 && !self.renewed {
            self.renewed = true;
            self.cx.witness.noted("http", &format!("{what} gave no document; one more login"));
            self.login().await?;
            reply = self.client.send(self.cx, document.request(self.uid())).await?;
        }
        let hide = [self.password.expose()];
        let text = pages::whole(&what, &reply, Some(&format!("</{}>", document.root().to_ascii_lowercase())), &hide)?;
        let root = parse::xml::document(&reply.body)
            .map_err(|wrong| unmet(&format!("{what} should be an XML document, and is none: {wrong}"), &text, &hide))?;
        if root.name != document.root() {
            let expected = format!("{what} should be a document '{}', and is '{}'", document.root(), short(&root.name));
            return Err(unmet(&expected, &text, &hide));
        }
        Ok(Some(root))
    }

    /// What the controller is; [`FailureClass::WrongModel`] where it is another.
    async fn head(&mut self) -> Result<Head, Failure> {
        let missing = |document: Document| {
            let sentence = format!("it has no {}.xml: this is no SC501 as it is known", document.name());
            Failure::new(FailureClass::Protocol, sentence)
        };
        let about_root = self.document(Document::About).await?.ok_or_else(|| missing(Document::About))?;
        let about = parse::about(&about_root)
            .map_err(|wrong| Failure::new(FailureClass::Protocol, format!("{}: {wrong}", Document::About.what())))?;
        let root = self.document(Document::Equipment).await?.ok_or_else(|| missing(Document::Equipment))?;
        let units = parse::units(&root);
        let is_own = |model: &str| model == MODEL;
        if !units.iter().any(|unit| is_own(&unit.model)) && !about.model.as_deref().is_some_and(is_own) {
            let says: Vec<&str> =
                units.iter().map(|unit| short(&unit.model)).chain(about.model.as_deref()).take(5).collect();
            let says = if says.is_empty() { "none".to_owned() } else { says.join(", ") };
            let sentence = format!("its units are {says}, and none is {MODEL}; correct its type in the inventory");
            return Err(Failure::new(FailureClass::WrongModel, sentence));
        }
        Ok(Head { about, units, documents: vec![(Document::About, about_root), (Document::Equipment, root)] })
    }
}

/// Whether an answer is a document at all, whole or not: what a controller answers after the end of a session is none.
fn is_xml(bytes: &[u8]) -> bool {
    let start: Vec<u8> = bytes.iter().copied().skip_while(u8::is_ascii_whitespace).take(14).collect();
    let lower = start.to_ascii_lowercase();
    lower.starts_with(b"<") && !lower.starts_with(b"<html") && !lower.starts_with(b"<!doctype html")
}

/// A device's word in a sentence.
fn short(word: &str) -> &str {
    word.char_indices().nth(40).and_then(|(end, _)| word.get(..end)).unwrap_or(word)
}

/// The controller among the units: its firmware goes before the software's version.
fn facts(head: &Head) -> Facts {
    let controller = head.units.iter().find(|unit| unit.model == MODEL);
    Facts {
        name: head.about.site_name.clone(),
        model: Some(MODEL.to_owned()),
        version: controller.and_then(|unit| unit.firmware.clone()).or_else(|| head.about.version.clone()),
        ..Facts::default()
    }
}

fn record(data: Option<&Element>, status: Option<Status>) -> Record {
    let mut record = Record {
        battery_status: status.map(Status::in_words),
        source: status.map(Status::source).unwrap_or_default(),
        ..Record::default()
    };
    let volts = data.and_then(|root| root.val("Volt")).and_then(|volts| volts.trim().parse::<f64>().ok());
    record.amount("battery_voltage_v", volts.filter(|volts| volts.is_finite()), 1.0);
    record
}

/// The names of the contract's members.
fn site(head: &Head) -> Map<String, Json> {
    let About { site_name, site_id, site_address, latitude, longitude, altitude, version, .. } = &head.about;
    let texts = [
        ("site_name", site_name),
        ("site_id", site_id),
        ("site_address", site_address),
        ("altitude", altitude),
        ("software_version", version),
    ];
    let numbers = [("latitude", latitude), ("longitude", longitude)];
    let mut members: Map<String, Json> = texts
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), Json::from(value.as_deref()?))))
        .chain(numbers.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Json::from((*value)?)))))
        .collect();
    members.insert("units".to_owned(), json!(head.units));
    members
}

/// One capacity where all batteries have the same, and each of them.
fn capacity(root: &Element) -> Map<String, Json> {
    let capacities = parse::capacities(root);
    let mut members = Map::new();
    if let Some((first, rest)) = capacities.split_first() {
        if rest.iter().all(|other| other == first) {
            members.insert("battery_capacity".to_owned(), Json::from(*first));
        }
        members.insert("battery_capacities_ah".to_owned(), json!(capacities));
    }
    members
}

/// The community is a secret: only that there is one is told.
fn trap(root: &Element) -> Map<String, Json> {
    let mut members = Map::new();
    if let Some(address) = root.val("TrapAddr1").filter(|address| !address.is_empty()) {
        members.insert("trap_addr".to_owned(), Json::from(address));
    }
    match root.val("TrapEn").map(str::trim) {
        Some("1") => members.insert("trap_enabled".to_owned(), Json::Bool(true)),
        Some("0") => members.insert("trap_enabled".to_owned(), Json::Bool(false)),
        _ => None,
    };
    if root.val("Community1").is_some_and(|community| !community.is_empty()) {
        members.insert("snmp_community".to_owned(), Json::from("<redacted>"));
    }
    members
}

/// spec/field-devices.md 2.3, compared exactly.
fn tests(is_supported: bool, status: Option<Status>, version: Option<&str>) -> Vec<TestResult> {
    let battery = if is_supported {
        verdict("Battery status", FLOAT, status.map(Status::in_words), status == Some(Status::Float))
    } else {
        let row = informational("Battery status", Some("unsupported".to_owned()));
        TestResult { expected: Some(FLOAT.to_owned()), ..row }
    };
    let firmware = verdict("SC501 Firmware", FIRMWARE, version.map(str::to_owned), version == Some(FIRMWARE));
    vec![battery, firmware]
}

#[cfg(test)]
mod tests_of_rows {
    use super::*;

    #[test]
    fn exact_and_never_by_what_is_not_known() {
        let passes = |supported, status, version| {
            let rows = tests(supported, status, version);
            (rows[0].pass, rows[1].pass)
        };
        assert_eq!(passes(true, Some(Status::Float), Some("V201")), (Some(true), Some(true)));
        assert_eq!(passes(true, Some(Status::Boost), Some("V2010")), (Some(false), Some(false)));
        assert_eq!(passes(true, None, None), (Some(false), Some(false)));
        assert_eq!(passes(false, None, Some("v201")), (None, Some(false)));
    }

    #[test]
    fn a_page_is_no_document() {
        assert!(is_xml(b"<?xml version=\"1.0\"?><a/>") && is_xml(b"\r\n<homepage><cut"));
        assert!(!is_xml(b"<html><body>Login") && !is_xml(b"<!DOCTYPE html>") && !is_xml(b"1") && !is_xml(b""));
    }
}
