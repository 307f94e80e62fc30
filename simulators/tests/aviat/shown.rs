//! Every knob of what is shown has its effect.

use serde_json::json;

use crate::support::*;

const NONE: &str = "% No entries found.\r\n";

#[tokio::test]
async fn two_shows_its_state() {
    let (_lab, device) = lab(json!({
        "mask": "/24", "stp": "up", "stp_lines": ["spanning-tree bpdu-guard disabled"], "xpic": "vertical",
        "licences": ["WZL-CE1", "WZF-XPIC"], "rsl": -41.2, "remote_rsl": -40.0, "tx_power": 18.0, "sfp": [],
        "snmp_community": "fleet",
    }))
    .await;
    let mut console = Console::open(&device).await;
    let begin = console.ask("show interface vlan1 | begin subnet").await;
    assert_eq!(begin, "  IPv4 address 127.0.0.1, subnet mask 255.255.255.0\r\n");
    assert_eq!(
        console.ask("show running-config interface Vlan1").await,
        "interface Vlan1\r\n ipv4 address 127.0.0.1\r\n  prefix-length 24\r\n exit\r\nexit\r\n"
    );
    assert_eq!(
        console.ask("show spanning-tree").await,
        "spanning-tree administrative-status up\r\nspanning-tree bridge-priority 32768\r\n\
         spanning-tree bpdu-guard disabled\r\n"
    );
    turn(&device, json!({"stp": "down", "stp_lines": null}));
    assert_eq!(console.ask("show spanning-tree").await, NONE);
    assert_eq!(
        console.ask("show running-config | include spanning-tree").await,
        "spanning-tree administrative-status down\r\n"
    );
    assert_eq!(
        console.ask("show licensing bundles").await,
        "ENTITY     BUNDLE\r\n-------------------\r\nTerminal1  WZL-CE1\r\nTerminal1  WZF-XPIC\r\n"
    );
    assert!(
        console.ask("show licensing").await.starts_with("licensing licenses 0123456789ABCDEF\r\n feature   CE1\r\n")
    );
    turn(&device, json!({"licences": "trial"}));
    assert!(console.ask("show licensing bundles").await.contains("Terminal1  Trial\r\n"));
    turn(&device, json!({"licences": []}));
    assert_eq!(console.ask("show licensing bundles").await, NONE);
    assert_eq!(
        console.ask("show running-config interface Radio1").await,
        "interface Radio1\r\n enabled\r\n description r1\r\n xpic vertical\r\nexit\r\n"
    );
    let interfaces = console.ask("show interface").await;
    assert!(interfaces.contains("L1LA1 is administratively Up, line protocol is Up\r\n"), "{interfaces}");
    assert!(interfaces.contains("TenGigE1/1 is administratively Up, line protocol is Down\r\n"), "{interfaces}");
    turn(&device, json!({"xpic": "local", "sfp": null}));
    let interfaces = console.ask("show interface").await;
    assert!(
        !interfaces.contains("L1LA1") && interfaces.contains("TenGigE1/1 is administratively Up, line protocol is Up")
    );
    let carriers = console.ask("show radio-carrier status").await;
    for wanted in [
        "radio-carrier status Carrier1/1\r\n",
        " current-tx-power   18.0 dBm\r\n tx-frequency       11225000 kHz\r\n rx-frequency       11465000 kHz\r\n",
        "\r\n rsl                -41.2 dBm\r\n remote-rsl         -40.0 dBm\r\n",
        "\r\n active-rx-time     10 days 00:00:0",
    ] {
        assert!(carriers.contains(wanted), "{wanted:?} in {carriers}");
    }
    assert!(console.ask("show manufacture-details").await.contains(" unit-type     WTM4100\r\n"));
    assert_eq!(console.ask("show running-config | include snmp").await, "snmp v2c-only\r\nsnmp community fleet\r\n");
    turn(&device, json!({"software_lines": ["inactive-version"]}));
    assert_eq!(console.ask("show software-status").await, "software-status inactive-version 2.10.3(7.5120)\r\n");
    turn(&device, json!({"inactive": "", "software_lines": null, "software_state": "loadError"}));
    assert_eq!(
        console.ask("show software-status").await,
        "software-status active-version 2.11.11(18.6069)\r\nsoftware-status status loadError\r\n"
    );
}

#[tokio::test]
async fn six_shows_its_state() {
    let (_lab, device) = lab(json!({
        "family": "6", "partner": "10g2", "buffer_kbytes": 2500, "uptime_days": 300, "model": "W42-11H2-WPX",
        "licences_first_read": ["WZL-CE1"], "hostname": "BH-AV4200-11-EXC.EXA",
    }))
    .await;
    let mut console = Console::open(&device).await;
    let end = "BH-AV4200-11-EXC.EXA# ";
    let mut shown = async |line: &str| console.ask_until(line, end).await;
    assert!(
        shown("show running-config")
            .await
            .starts_with("hostname BH-AV4200-11-EXC.EXA\r\nlocation \"35.0000, -97.0000\"\r\n")
    );
    assert_eq!(
        shown("show running-config partner-device").await,
        "partner-device\r\n connection interface 10g2\r\nexit\r\n"
    );
    let policy = "show running-config qos-default-policy ExternalBufferSize";
    assert!(shown(policy).await.contains("  queue-size queue-limit 2500 kbytes\r\n"));
    turn(&device, json!({"partner": "none", "buffer_kbytes": null}));
    assert_eq!(shown("show running-config partner-device").await, NONE);
    assert_eq!(shown(policy).await, NONE);
    turn(&device, json!({"partner": "unsupported"}));
    assert!(shown("show running-config partner-device").await.ends_with("syntax error: unknown element\r\n"));
    // The first list after a login is short, the second right.
    assert_eq!(shown("show licensing bundles").await.matches("System/Root1").count(), 1);
    assert_eq!(shown("show licensing bundles").await.matches("System/Root1").count(), 3);
    assert!(shown("show system uptime").await.starts_with("system uptime 300:00:00:0"));
    turn(&device, json!({"cli_uptime": false}));
    assert!(shown("show system uptime").await.ends_with("syntax error: unknown element\r\n"));
    assert!(shown("show hardware System/Root1").await.contains(" model name    W42-11H2-WPX\r\n"));
    let table = shown("show interface").await;
    let head = table.lines().next().unwrap();
    assert!(head.contains("INTERFACE NAME") && head.contains("PROTOCOL STATUS"), "{table}");
    let row = table.lines().find(|line| line.starts_with("TenGigE1/1")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells, ["TenGigE1/1", "up", "up", "00:00:5E:00:53:03", "10", "Gbps", "full", "up", "none"]);
}

#[tokio::test]
async fn six_takes_the_buffer_and_the_password_hash() {
    let (_lab, device) = lab(json!({"family": "6"})).await;
    let mut console = Console::open(&device).await;
    console.config("config").await;
    let line = "qos-default-policy ExternalBufferSize traffic-classes 0 queue-size queue-limit 2500 kbytes";
    assert_eq!(console.config(line).await, "");
    assert_eq!(console.config("commit").await, "Commit complete.\r\n");
    assert_eq!(device.number("buffer_kbytes", 0.0), 2500.0);
    console.ask_until("user admin", "r1(config-user-admin)# ").await;
    console.ask_until("password", "(<string>): ").await;
    console.send("$1$salt$hash\n").await;
    console.until("r1(config-user-admin)# ").await;
    assert_eq!(console.config("exit").await, "");
    assert_eq!(console.config("commit").await, "Commit complete.\r\n");
    // Off goes only the mode that is on, and one takes the place of the other.
    assert_eq!(console.config("no snmp v3-only").await, "");
    assert_eq!(console.config("commit").await, "% No modifications to commit.\r\n");
    for (line, mode) in
        [("snmp v2c-and-v3", "v2c-and-v3"), ("no snmp v2c-and-v3", "none"), ("snmp v2c-only", "v2c-only")]
    {
        assert_eq!(console.config(line).await, "");
        assert_eq!(console.config("commit").await, "Commit complete.\r\n");
        assert_eq!(device.text("snmp_mode", ""), mode);
    }
    assert_eq!(console.config("no qos-default-policy ExternalBufferSize").await, "");
    assert_eq!(console.config("commit").await, "Commit complete.\r\n");
    assert_eq!(device.knob("buffer_kbytes"), None);
}

#[tokio::test]
async fn unknown_knobs_and_values_are_refused() {
    for (state, words) in [
        (json!({"familly": "6"}), "no knob `familly`"),
        (json!({"family": "7"}), "2.11, 6"),
        (json!({"load_result": "bad"}), "ok, loadError, hang"),
        (json!({"mask": "255.0.255.0"}), "mask"),
        (json!({"active": "new"}), "X.Y.Z"),
    ] {
        let kind = towerhand_simulators::kinds::find("aviat").unwrap();
        let error = format!("{:#}", kind.check_state(state.as_object().unwrap()).unwrap_err());
        assert!(error.contains(words), "{error}");
    }
}
