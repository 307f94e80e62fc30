//! `ido.ping`. Two of four and none of four echoes are unit tests in src/actions/ping.rs as well: loopback loses none.

use serde_json::{Value, json};

use crate::power::{site, unit};
use crate::support::{Setup, TestDaemon};

#[tokio::test]
async fn f17_four_of_four() {
    let (_lab, daemon) = site(vec![unit("ups", "apc-ups", json!({}))], "").await;
    let result = daemon.api.run("ido.ping", json!({ "device": "ups" })).await;
    assert_eq!(result["result"]["path"], "/api/ido/proxy/api/ping", "{result}");
    let ping = &result["result"]["response"];
    assert_eq!(
        (&ping["success"], &ping["reachable"], &ping["ip_address"]),
        (&json!(true), &json!(true), &json!("127.7.0.1"))
    );
    assert_eq!((&ping["ping_count"], &ping["successful"], &ping["loss_percent"]), (&json!(4), &json!(4), &json!(0.0)));
    let results: Vec<f64> = ping["results"].as_array().unwrap().iter().map(|ms| ms.as_f64().unwrap()).collect();
    let [average, max, min] = ["average", "max", "min"].map(|name| ping[name].as_f64().unwrap());
    assert_eq!(results.len(), 4);
    assert_eq!(results.iter().copied().reduce(f64::max), Some(max));
    assert_eq!(results.iter().copied().reduce(f64::min), Some(min));
    assert!(0.0 < min && min <= average && average <= max, "{ping}");
    assert!((results.iter().sum::<f64>() / 4.0 - average).abs() < 0.001, "{ping}");
    assert!(["icmp", "tcp"].contains(&ping["method"].as_str().unwrap()), "{ping}");
    for (count, sent) in [(json!(1), 1), (json!("2"), 2), (json!(3.0), 3)] {
        let ping = daemon.api.response("ido.ping", json!({ "host": "ups", "ping_count": count })).await;
        assert_eq!((&ping["ping_count"], ping["results"].as_array().unwrap().len()), (&json!(sent), sent));
    }
}

/// Loopback's broadcast address takes no echo from a socket that did not ask for broadcasts.
#[tokio::test]
async fn f17b_nobody_answers() {
    let inventory = "devices:\n  - {name: nobody, address: 127.255.255.255, type: GENERIC, credentials: {snmp: {version: 2c, community: {insecure_plain: public}}}}\n";
    let daemon = TestDaemon::start(Setup { inventory: Some(inventory.to_owned()), ..Setup::default() }).await;
    let ping = daemon.api.response("ido.ping", json!({ "device": "nobody", "ping_count": 2 })).await;
    assert_eq!((&ping["success"], &ping["reachable"]), (&json!(true), &json!(false)), "{ping}");
    assert_eq!((&ping["results"], &ping["loss_percent"]), (&json!([null, null]), &json!(100.0)));
    for name in ["average", "max", "min"] {
        assert_eq!(ping[name], Value::Null, "{name}");
    }
    // A device that answers neither is unreachable, whichever way it is asked.
    for payload in [
        json!({ "device": "nobody", "run_tests": true }),
        json!({ "device": "nobody" }),
        json!({ "device": "nobody", "run_tests": true, "disable_snmp": true }),
    ] {
        let error = daemon.api.error("ido.generic.device_info", payload).await;
        assert!(error.starts_with("unreachable: nobody (127.255.255.255): "), "{error}");
    }
}

#[tokio::test]
async fn f18_a_count_out_of_range_sends_nothing() {
    let (_lab, daemon) = site(vec![unit("ups", "apc-ups", json!({}))], "").await;
    for count in [json!(0), json!(-1), json!(21), json!(10_000), json!(2.5), json!("four"), json!([4]), json!(true)] {
        let id = daemon.api.submit("ido.ping", json!({ "device": "ups", "ping_count": count })).await;
        let job = daemon.api.ended(&id).await;
        let error = job["error"].as_str().unwrap_or_else(|| panic!("{count}: {job}"));
        assert!(error.starts_with("validation_error: 'ping_count' ") && error.contains("1 to 20"), "{count}: {error}");
        let messages = daemon.api.messages(&id).await;
        assert!(!messages.iter().any(|message| message.contains("probes")), "{messages:?}");
    }
}
