//! The running config: its text, its secrets, its sameness.

use serde_json::{Value, json};

use super::all_closed;
use crate::power::{site, turn, unit};

/// By hand from the knob below.
const GOLDEN: &str = r#"{
  "Config_Version": 90,
  "Credentials_NewHashedPassword": "<redacted>",
  "Credentials_Password": "",
  "LACP": [
    {
      "Key": "",
      "Port": 1
    }
  ],
  "Ports": [@],
  "RADIUS_Secret": "<redacted>",
  "SNMP_Server_Community": "<redacted>",
  "Switch_Name": "SWT-1"
}
"#;

fn config() -> Value {
    let ports: Vec<Value> = (1..=14).map(|number| json!({ "Number": number, "Name": "x" })).collect();
    json!({
        "Switch_Name": "SWT-1", "Config_Version": 90, "Applied": true, "Ports": ports,
        "LACP": [{ "Port": 1, "Key": "" }],
        "Credentials_Password": "", "Credentials_NewHashedPassword": "$P$simulated",
        "SNMP_Server_Community": "c0mmunity", "RADIUS_Secret": "two words",
    })
}

fn golden() -> String {
    let port = |number: u32| format!("\n    {{\n      \"Name\": \"x\",\n      \"Number\": {number}\n    }}");
    let ports: Vec<String> = (1..=14).map(port).collect();
    GOLDEN.replace("[@]", &format!("[{}\n  ]", ports.join(",")))
}

/// With marks that say nothing of the key.
fn unmarked(text: &Value) -> String {
    let marks = regex::Regex::new("<redacted:[0-9a-f]{8}>").unwrap();
    marks.replace_all(text.as_str().unwrap(), "<redacted>").into_owned()
}

#[tokio::test]
async fn f11_the_config_is_sorted_json_with_marked_secrets() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({ "config": config() }))], "").await;
    let ask = async || daemon.api.response("ido.swt.running_config", json!({ "device": "swt" })).await;
    let first = ask().await;
    assert_eq!(unmarked(&first), golden());
    assert_eq!(ask().await, first, "an unchanged switch gives the same text, marks included");
    // Order, layout and what is no setting make no difference.
    let mut members: Vec<(String, Value)> = config().as_object().unwrap().clone().into_iter().collect();
    members.reverse();
    let mut other: serde_json::Map<String, Value> = members.into_iter().collect();
    other["Applied"] = json!(false);
    turn(&lab, "swt", json!({ "config": Value::Object(other.clone()).to_string() }));
    assert_eq!(ask().await, first);
    // A secret that has changed has another mark, and only it.
    other["RADIUS_Secret"] = json!("three words");
    turn(&lab, "swt", json!({ "config": other }));
    let second = ask().await;
    assert_eq!(unmarked(&second), golden());
    let (one, two) = (first.as_str().unwrap(), second.as_str().unwrap());
    assert_eq!(one.lines().zip(two.lines()).filter(|(one, two)| one != two).count(), 1);
    let clear = daemon.api.response("ido.swt.running_config", json!({ "device": "swt", "show_secrets": true })).await;
    assert!(clear.as_str().unwrap().contains("three words"), "{clear}");
    assert_eq!(all_closed(&lab.device("swt").unwrap()).await, 5);
}

#[tokio::test]
async fn what_is_not_the_whole_file_is_no_config() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({}))], "").await;
    let whole = config().to_string();
    let half = whole.get(..whole.len() / 2).unwrap();
    let secret_last = "{\"Switch_Name\": \"x\", \"SNMP_Server_Community\": \"hunter2";
    let mut small = config();
    small["Ports"] = json!([{ "Number": 1 }]);
    let mut large = config();
    large["Ports"] = (1..=26).map(|number| json!({ "Number": number })).collect();
    for (file, class) in [
        (json!(half), "protocol_error"),
        (json!(secret_last), "protocol_error"),
        (json!(""), "protocol_error"),
        (json!("cat: can't open '/www/config.json': No such file or directory"), "protocol_error"),
        (json!("{}"), "protocol_error"),
        (small, "protocol_error"),
        (large, "wrong_model"),
    ] {
        turn(&lab, "swt", json!({ "config": file }));
        let error = daemon.api.error("ido.swt.running_config", json!({ "device": "swt" })).await;
        assert!(error.starts_with(&format!("{class}: swt (127.7.0.1): ")), "{file}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
