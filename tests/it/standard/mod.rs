//! Golden configurations through the whole daemon: scenarios 16, 45, 69 and 70 of spec/field-devices.md section 5, and
//! what the contract says of `ido.<role>.standard_config`. The examples of all families are compared with
//! tests/golden/standard beside the code (src/standard/tests.rs).

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Setup, TestDaemon, daemon::lab};

/// A folder with an operator's templates beside where the settings will be.
#[expect(clippy::disallowed_methods, reason = "the test writes an operator's templates")]
fn templates(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join("templates").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

const INVENTORY: &str = "\
sites:
  - {name: NORTH, zone: America/Denver, tags: {latitude: '40.00000', longitude: '-105.25000', dns: 192.0.2.53}}
devices:
  - {name: north-core, address: 192.0.2.1, type: MT2004, site: NORTH, tags: {asn: '65001', dns: 192.0.2.99}}
  - {name: north-ap-1, address: 192.0.2.2, type: CNEP3K, site: NORTH, tags: {azimuth: '90'}}
";

/// Every documented form of a payload, the parameters in their order: payload, device, site.
#[tokio::test]
async fn f69_the_text_has_the_parameters_of_site_device_and_payload() {
    let folder = templates(&[
        (
            "routeros/default.j2",
            "/ip dns set servers={{ dns }}\n/routing bgp set as={{ asn }}\n{% include \"_clock.j2\" %}",
        ),
        ("_clock.j2", "/system clock set time-zone-name={{ site.zone }}\n"),
        ("epmp/default.j2", "{\"name\": {{ (azimuth|pad(3) ~ '-' ~ device_number ~ '.' ~ site_name)|json }}}"),
        (
            "aviat/default.j2",
            "system hostname B\n{% if xpic %}interface Radio1 xpic local\n{% endif %}link {{ link_type }}\n",
        ),
        ("ict-pdu/default.j2", "sysName: RPC.{{ site_name }}\noutputEnable.10: 1\noutputEnable.9: 1\n"),
    ]);
    let daemon =
        TestDaemon::start_in(folder, Setup { inventory: Some(INVENTORY.to_owned()), ..Setup::default() }).await;
    let api = &daemon.api;
    let core =
        "/ip dns set servers=192.0.2.99\n/routing bgp set as=65001\n/system clock set time-zone-name=America/Denver\n";
    for payload in [
        json!({"device": "north-core"}),
        json!({"host": "north-core", "username": "admin", "password": "x"}),
        json!({"ip_address": "192.0.2.1", "device_type": "MT2004", "dns": "  "}),
    ] {
        let job = api.run("ido.swt.standard_config", payload).await;
        assert_eq!(job["status"], "success", "{job}");
        assert_eq!(
            job["result"],
            json!({"http_status": 200, "ok": true, "path": "/api/ido/proxy/api/swt/standard_config", "method": "GET", "response": core})
        );
    }
    let other = api.response("ido.swt.standard_config", json!({"device": "north-core", "dns": "192.0.2.7"})).await;
    assert_eq!(other, core.replace("192.0.2.99", "192.0.2.7"));
    // The contract's members are texts; numbers are taken as well.
    for number in [json!("3"), json!(3)] {
        let payload = json!({"device": "north-ap-1", "device_number": number});
        assert_eq!(api.response("ido.ap.standard_config", payload).await, "{\n    \"name\": \"090-3.NORTH\"\n}\n");
    }
    // Of a link type no device is named.
    let link = |xpic: Value| json!({"device_type": "AV4200", "link_type": "2_0", "xpic": xpic});
    let text = api.response("ido.bh.standard_config", link(json!("true"))).await;
    assert_eq!(text, "interface Radio1 xpic local\nlink 2_0\nsystem hostname B");
    assert_eq!(api.response("ido.bh.standard_config", link(json!("false"))).await, "link 2_0\nsystem hostname B");
    let text = api.response("ido.rpc.standard_config", json!({"device_type": "200DB12", "site_name": "HUT"})).await;
    assert_eq!(text, "outputEnable.9: 1\noutputEnable.10: 1\nsysName: RPC.HUT\n");
    daemon.stop().await;
}

#[tokio::test]
async fn f70_a_template_that_is_missing_is_named() {
    let folder = templates(&[]);
    let expected = folder.path().join("templates/epmp/default.j2").display().to_string();
    let daemon =
        TestDaemon::start_in(folder, Setup { inventory: Some(INVENTORY.to_owned()), ..Setup::default() }).await;
    for (action, payload) in [
        ("ido.ap.standard_config", json!({"device_type": "CNEP3K", "ip_address": "192.0.2.2", "frequency": "5600"})),
        ("ido.ap.standard_config", json!({"device": "north-ap-1"})),
    ] {
        let error = daemon.api.error(action, payload).await;
        assert!(error.starts_with("template_missing: ") && error.contains(&expected), "{error}");
        assert!(error.contains("CNEP3K"), "{error}");
    }
    daemon.stop().await;
    // In a folder of its own, and with the examples behind it.
    let folder = templates(&[]);
    let settings = "[standard]\ntemplates = '/no/such/folder'\nexamples = true\n".to_owned();
    let daemon = TestDaemon::start_in(folder, Setup { settings, ..Setup::default() }).await;
    let id = daemon.api.submit("ido.ups.standard_config", json!({"device_type": "UPSMIB", "site_name": "HUT"})).await;
    let job = daemon.api.ended(&id).await;
    assert_eq!(job["result"]["response"], "sysLocation: HUT\nsysName: UPS-1.HUT\n", "{job}");
    let told = daemon.api.messages(&id).await;
    assert!(told.iter().any(|line| line.contains("shipped example ups-mib/default.j2")), "{told:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn f16a_capabilities_name_the_templates_that_are_missing() {
    let folder = templates(&[("routeros/MT2004.j2", "/a\n")]);
    let base = folder.path().join("templates");
    let daemon = TestDaemon::start_in(folder, Setup::default()).await;
    let told = daemon.api.response("ido.capabilities", json!({})).await;
    let of = |code: &str| {
        let families = told["families"].as_array().unwrap();
        families.iter().find(|family| family["device_type"] == code).unwrap().clone()
    };
    assert_eq!(of("MT2004")["templates_missing"], json!([]));
    assert_eq!(of("MT1009")["templates_missing"], json!([base.join("routeros/default.j2")]));
    assert_eq!(of("SS")["templates_missing"], json!([base.join("smartsys/default.j2")]));
    assert!(of("SS")["supports"].as_array().unwrap().contains(&json!("standard_config")));
    assert_eq!(
        (&of("GENERIC")["templates_missing"], of("GENERIC")["supports"].as_array().unwrap().len()),
        (&json!([]), 2)
    );
    daemon.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_before_anything_is_rendered() {
    let folder = templates(&[
        ("netonix/default.j2", "{\"PoE\": {{ ap_voltage|json }},\n\"site\": {{ site_name|json }}}"),
        ("tachyon/default.j2", "a: 1\n{{ x|nope }}\n"),
        ("epmp/default.j2", "{\"a\": 1,}"),
    ]);
    let daemon =
        TestDaemon::start_in(folder, Setup { inventory: Some(INVENTORY.to_owned()), ..Setup::default() }).await;
    for (action, payload, parts) in [
        (
            "ido.swt.standard_config",
            json!({}),
            vec!["validation_error: 'device_type' is missing", "ip_address", "NXWS12"],
        ),
        ("ido.swt.standard_config", json!({"device_type": "FOO"}), vec!["validation_error: 'device_type'", "'FOO'"]),
        (
            "ido.swt.standard_config",
            json!({"device_type": "CNEP3K"}),
            vec!["validation_error: 'device_type' CNEP3K", "TYT100"],
        ),
        (
            "ido.swt.standard_config",
            json!({"device": "north-core", "device_type": "NXWS12"}),
            vec!["validation_error: ", "MT2004"],
        ),
        (
            "ido.swt.standard_config",
            json!({"device": "nobody", "device_type": "NXWS12"}),
            vec!["validation_error: ", "'nobody'"],
        ),
        (
            "ido.swt.standard_config",
            json!({"device_type": "NXWS12", "ap_voltage": "48V"}),
            vec!["validation_error: ", "netonix/default.j2:2", "'site_name'"],
        ),
        (
            "ido.swt.standard_config",
            json!({"device_type": "NXWS12", "site_name": "A\n/b"}),
            vec!["validation_error: 'site_name'", "one line"],
        ),
        ("ido.swt.standard_config", json!({"device_type": "TYT100"}), vec!["template_error: ", "tachyon/default.j2:2"]),
        (
            "ido.ap.standard_config",
            json!({"device": "north-ap-1"}),
            vec!["template_error: ", "epmp/default.j2", "no JSON"],
        ),
        (
            "ido.bh.standard_config",
            json!({"device_type": "AV4100", "link_type": "4_0"}),
            vec!["validation_error: 'link_type'", "4_0_V"],
        ),
    ] {
        let error = daemon.api.error(action, payload.clone()).await;
        for part in parts {
            assert!(error.contains(part), "{payload}: '{part}' is not in {error}");
        }
    }
    daemon.stop().await;
}

/// Also defect C8: a voltage that nobody knows is never 48 V.
#[tokio::test]
async fn f45_access_points_get_the_voltage_that_was_asked_for_or_none() {
    let settings = "[standard]\nexamples = true\n".to_owned();
    let daemon = TestDaemon::start(Setup { settings, ..Setup::default() }).await;
    let payload = |voltage: &str| {
        json!({
            "device_type": "NXWS12", "site_name": "HUT", "latitude": "32.25000", "longitude": "-97.50000", "ap_count": "6",
            "ap_voltage": voltage,
        })
    };
    for (voltage, port) in [("0V", "Off"), ("Off", "Off"), ("24V", "24V"), ("48V", "48V")] {
        let text = daemon.api.response("ido.swt.standard_config", payload(voltage)).await;
        let config: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        let of =
            |number: usize| (config["Ports"][number - 1]["Name"].clone(), config["Ports"][number - 1]["PoE"].clone());
        assert_eq!((of(5), of(10)), ((json!("AP1"), json!(port)), (json!("AP6"), json!(port))), "{voltage}");
        assert_eq!((of(4), of(11)), ((json!("Port 4"), json!("Off")), (json!("Port 11"), json!("Off"))));
    }
    let error = daemon.api.error("ido.swt.standard_config", payload("60V")).await;
    assert!(error.starts_with("validation_error: 'ap_voltage' must be one of"), "{error}");
    daemon.stop().await;
}

/// The marks are those that the running config has for the same secrets, so that the two can be compared.
#[tokio::test]
async fn secrets_are_marked_as_in_running_configs_and_never_shown() {
    let template = "snmp community {{ secret(\"env:GOLDEN_RO\") }}\nuser admin password in-clear-by-mistake\n\
                    x a {{ snmp_community }}\nx b {{ wlan.psk }}\n";
    let folder = templates(&[("aviat/default.j2", template), ("routeros/MT1009.j2", "{{ secret('nobody-set-it') }}")]);
    let lab = lab(vec![("b1", "aviat", json!({"snmp_community": "golden-community"}))]).await;
    let setup = Setup {
        inventory: Some(lab.inventory_yaml()),
        variables: vec![("GOLDEN_RO".to_owned(), "golden-community".to_owned())],
        ..Setup::default()
    };
    let daemon = TestDaemon::start_in(folder, setup).await;
    let running = daemon.api.response("ido.bh.running_config", json!({"device": "b1"})).await;
    let running = running.as_str().unwrap();
    let marked =
        running.lines().find(|line| line.starts_with("snmp community ")).unwrap_or_else(|| panic!("{running}"));
    let mark = marked.strip_prefix("snmp community ").unwrap();
    assert!(mark.starts_with("<redacted:"), "{marked}");
    lab.device("b1").unwrap().clear_journal();
    let payload = json!({"device": "b1", "snmp_community": "golden-community", "wlan": {"psk": "golden-community"}});
    let job = daemon.api.run("ido.bh.standard_config", payload).await;
    let golden = job["result"]["response"].as_str().unwrap_or_else(|| panic!("{job}"));
    let lines: Vec<&str> = golden.lines().collect();
    assert_eq!(lines[0], marked);
    assert!(lines[1].starts_with("user admin password <redacted:"), "{golden}");
    assert_eq!((lines[2], lines[3]), (&*format!("x a {mark}"), &*format!("x b {mark}")));
    for secret in ["golden-community", "in-clear-by-mistake", "secret:job"] {
        assert!(!job.to_string().contains(secret), "{secret}: {job}");
    }
    let error = daemon.api.error("ido.swt.standard_config", json!({"device_type": "MT1009"})).await;
    assert!(error.starts_with("validation_error: ") && error.contains("nobody-set-it"), "{error}");
    assert!(lab.device("b1").unwrap().journal().is_empty(), "no device is spoken to");
    daemon.stop().await;
}

#[tokio::test]
async fn device_info_of_a_backhaul_shows_its_golden_configuration_or_why_there_is_none() {
    let folder = templates(&[("aviat/default.j2", "system location {{ place }}\nlink {{ link_type }} {{ xpic }}\n")]);
    let lab = lab(vec![("b1", "aviat", json!({"xpic": "vertical"}))]).await;
    let setup = Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() };
    let daemon = TestDaemon::start_in(folder, setup).await;
    let info = daemon.api.response("ido.bh.device_info", json!({"device": "b1", "place": "hut"})).await;
    assert_eq!(info["standard_config"], "link 4_0_V True\nsystem location hut");
    assert_eq!(info.get("config_error"), None);
    let info = daemon.api.response("ido.bh.device_info", json!({"device": "b1"})).await;
    assert_eq!(info.get("standard_config"), None);
    let why = info["config_error"].as_str().unwrap();
    assert!(why.contains("aviat/default.j2:1") && why.contains("'place'"), "{why}");
    assert_eq!(info["success"], true);
    daemon.stop().await;
}

/// A change of a template counts at once.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test changes an operator's template")]
async fn templates_are_read_when_they_are_needed() {
    let folder = templates(&[("wave/default.j2", "/a: 1\n")]);
    let file = folder.path().join("templates/wave/default.j2");
    let daemon = TestDaemon::start_in(folder, Setup::default()).await;
    let payload = json!({"device_type": "UBWAP"});
    assert_eq!(daemon.api.response("ido.ap.standard_config", payload.clone()).await, "/a: 1\n");
    std::fs::write(&file, "/b: 2\n").unwrap();
    assert_eq!(daemon.api.response("ido.ap.standard_config", payload).await, "/b: 2\n");
    daemon.stop().await;
}
