//! The examples of docs/api.md, as they stand there.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use towerhand::api::KNOWN_SCOPES;
use towerhand::model::FailureClass;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::support::{Setup, TestDaemon};

const TEXT: &str = include_str!("../../../docs/api.md");

/// The blocks of one kind or another, in order: kind and content.
fn blocks() -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in TEXT.lines() {
        open = match (open.take(), line.strip_prefix("```")) {
            (None, Some(kind)) => Some((kind, Vec::new())),
            (Some((kind, lines)), Some(_)) => {
                found.push((kind, lines.join("\n")));
                None
            }
            (Some((kind, mut lines)), None) => {
                lines.push(line);
                Some((kind, lines))
            }
            (None, None) => None,
        };
    }
    found
}

/// Every member of the example is there, and of the same kind; one element of a list stands for all.
fn fits(example: &Value, answer: &Value, place: &str) {
    match (example, answer) {
        (Value::Object(members), Value::Object(_)) => {
            for (name, member) in members {
                let there = answer.get(name).unwrap_or_else(|| panic!("{place}.{name} is not in {answer}"));
                fits(member, there, &format!("{place}.{name}"));
            }
        }
        (Value::Array(examples), Value::Array(answers)) => {
            if let Some(first) = examples.first() {
                // Of lists in lists some may be empty: a family that is not driven yet supports nothing.
                assert!(!answers.is_empty() || place.contains("[]"), "{place} is empty");
                answers.iter().for_each(|answer| fits(first, answer, &format!("{place}[]")));
            }
        }
        (Value::Null, _) | (_, Value::Null) => assert!(!place.ends_with("success"), "{place}"),
        (Value::Bool(_), Value::Bool(_)) | (Value::Number(_), Value::Number(_)) => {}
        (Value::String(_), Value::String(_)) => {}
        _ => panic!("{place}: {example} in the document, {answer} in truth"),
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test writes an operator's templates")]
async fn the_requests_of_the_document_are_answered_as_it_says() {
    let mut specs = vec![
        DeviceSpec::local("rtr-1", "routeros", json!({"version": "7.16", "identity": "RTR-1"})),
        DeviceSpec::local("ups-1", "apc-ups", json!({})),
        DeviceSpec::local("panel-1", "ict-pdu", json!({})),
        DeviceSpec::local("radio-1", "aviat", json!({})),
        DeviceSpec::local("ap-1", "epmp", json!({})),
        DeviceSpec::local("wave-1", "wave", json!({})),
    ];
    for (spec, last) in specs.iter_mut().zip(1..) {
        spec.address = std::net::Ipv4Addr::new(127, 88, 0, last).into();
    }
    let lab = Lab::start(LabSpec::of(specs)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // An operator's, for some families.
    for (family, template) in [
        ("routeros", "/ip dns set servers={{ dns_servers }}\n/system identity set name={{ device_name }}\n"),
        ("aviat", "{% if link_type == '4_0_V' %}interface Radio1 xpic vertical\n{% endif %}\n"),
        ("epmp", "{\"wirelessInterfaceSSID\": {{ (azimuth|pad(3) ~ '.' ~ site_name)|json }}}"),
    ] {
        let folder = folder.path().join("templates").join(family);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("default.j2"), template).unwrap();
    }
    let setup = Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() };
    let daemon = TestDaemon::start_in(folder, setup).await;
    // The document shows an address of documentation; the lab's radio has another one.
    let blocks: Vec<_> =
        blocks().into_iter().map(|(kind, text)| (kind, text.replace("192.0.2.10", "127.88.0.4"))).collect();
    let requests: Vec<usize> = (0..blocks.len()).filter(|at| blocks[*at].0 == "json request").collect();
    assert!(requests.len() >= 13, "{}", requests.len());
    let mut native = BTreeSet::new();
    for at in requests {
        let body: Value = serde_json::from_str(&blocks[at].1).unwrap();
        let (status, answer) = daemon.api.send(daemon.api.request(Method::POST, "/jobs").json(&body)).await;
        assert_eq!(status.as_u16(), 202, "{answer}");
        let job = daemon.api.ended(answer["data"]["job_id"].as_str().unwrap()).await;
        let (kind, expected) = &blocks[at + 1];
        match *kind {
            "json response" => {
                assert_eq!(job["status"], "success", "{body}: {job}");
                let expected: Value = serde_json::from_str(expected).unwrap();
                let response = &job["result"]["response"];
                match expected.as_str() {
                    // A line that stands in the text.
                    Some(line) => assert!(response.as_str().unwrap().contains(line), "{line} is not in {response}"),
                    None => fits(&expected, response, body["action"].as_str().unwrap()),
                }
                native.insert(body["action"].as_str().unwrap().to_owned());
            }
            "text error" => {
                let error = job["error"].as_str().unwrap_or_else(|| panic!("{body}: {job}"));
                // A class, or the contract's own words.
                assert!(error == expected || error.starts_with(&format!("{expected}: ")), "{error}");
                native.insert(body["action"].as_str().unwrap().to_owned());
            }
            other => panic!("a request is followed by {other}"),
        }
    }
    native.retain(|id| id != "ido.ap.generate");
    let all: BTreeSet<String> = towerhand::catalog::ALL
        .iter()
        .chain(towerhand::catalog::BESIDE)
        .filter(|action| action.native == towerhand::catalog::Native::Yes)
        .map(|action| action.id.to_owned())
        .collect();
    assert_eq!(native, all, "every native action has an example");
    let envelope: Value =
        serde_json::from_str(&blocks.iter().find(|(kind, _)| *kind == "json envelope").unwrap().1).unwrap();
    let submit = daemon.api.request(Method::POST, "/jobs").json(&json!({"action": "health.get"}));
    let (_, answer) = daemon.api.send(submit).await;
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&envelope), names(&answer));
    assert_eq!(names(&envelope["data"]), names(&answer["data"]));
    fits(&envelope, &answer, "envelope");
    daemon.stop().await;
}

#[test]
fn the_document_names_every_endpoint_scope_and_class() {
    let described = serde_json::to_value(towerhand::api::document()).unwrap();
    for path in described["paths"].as_object().unwrap().keys() {
        let path = path.strip_prefix("/api/v2/omni").unwrap_or(path);
        assert!(TEXT.contains(&format!("{path}`")), "{path}");
    }
    for scope in KNOWN_SCOPES {
        // Of configurations that are kept: not native yet.
        assert!(*scope == "config.read" || TEXT.contains(&format!("`{scope}`")), "{scope}");
    }
    for class in [
        FailureClass::Unreachable,
        FailureClass::Timeout,
        FailureClass::AuthRefused,
        FailureClass::Locked,
        FailureClass::SessionLimit,
        FailureClass::ForbiddenReadonly,
        FailureClass::HostKeyChanged,
        FailureClass::DeviceRefused,
        FailureClass::Protocol,
        FailureClass::TlsUnsupported,
        FailureClass::Busy,
        FailureClass::WrongModel,
        FailureClass::OutcomeUnknown,
        FailureClass::Validation,
        FailureClass::AddressRefused,
        FailureClass::Forbidden,
        FailureClass::OutsideWindow,
        FailureClass::NotNative,
        FailureClass::TemplateMissing,
        FailureClass::TemplateError,
        FailureClass::Internal,
    ] {
        assert!(TEXT.contains(class.as_str()), "{class:?}");
    }
}
