//! The inventory of a lab, in the daemon's YAML.
//!
//! The secrets of a lab are not secret: they are written in the daemon's opt-in form for that, `insecure_plain`, so
//! that the file works with no environment prepared. Host keys are left to first use.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use crate::core::{Device, Ports};

/// The name of the one site that a lab has.
const SITE: &str = "LAB";

/// The YAML that the daemon takes as it is.
pub fn yaml(devices: &[Arc<Device>]) -> String {
    let mut out = format!("sites:\n  - name: {SITE}\n    zone: UTC\ndevices:");
    if devices.is_empty() {
        out.push_str(" []");
    }
    out.push('\n');
    for device in devices {
        entry(&mut out, device);
    }
    out
}

fn entry(out: &mut String, device: &Device) {
    let ports = device.ports();
    let _ = writeln!(out, "  - name: {}", quoted(&device.name));
    let _ = writeln!(out, "    address: {}", device.address);
    let _ = writeln!(out, "    type: {}", quoted(&device.device_type));
    let _ = writeln!(out, "    role: {}", quoted(&device.role));
    let _ = writeln!(out, "    site: {SITE}");
    let _ = writeln!(out, "    ports: {{{}}}", port_list(ports));
    out.push_str("    credentials:\n");
    if ports.ssh.is_some() || ports.http.is_some() || ports.https.is_some() {
        let _ = writeln!(out, "      username: {}", quoted(&device.text("user", "admin")));
        let _ = writeln!(
            out,
            "      password: {}",
            plain(&device.text("password", if device.kind == "aviat" { "admin" } else { "sim" }))
        );
    }
    if ports.snmp.is_some() {
        let _ = writeln!(out, "      snmp: {}", snmp(device));
    }
}

fn port_list(ports: Ports) -> String {
    let named = [("ssh", ports.ssh), ("snmp", ports.snmp), ("http", ports.http), ("https", ports.https)];
    let list: Vec<String> =
        named.iter().filter_map(|(name, port)| port.map(|port| format!("{name}: {port}"))).collect();
    list.join(", ")
}

/// The SNMP part: community for versions 1 and 2c, user for 3. Knobs: `snmp_version`, `community`, `snmp_user`,
/// `snmp_auth`, `snmp_auth_password`, `snmp_priv`, `snmp_priv_password`.
fn snmp(device: &Device) -> String {
    let version = device.text("snmp_version", "2c");
    if version != "3" {
        return format!("{{version: {}, community: {}}}", quoted(&version), plain(&community(device)));
    }
    format!(
        "{{version: \"3\", user: {}, auth: {}, auth_password: {}, priv: {}, priv_password: {}}}",
        quoted(&device.text("snmp_user", "sim")),
        device.text("snmp_auth", "sha256"),
        plain(&device.text("snmp_auth_password", "sim-auth-password")),
        device.text("snmp_priv", "aes128"),
        plain(&device.text("snmp_priv_password", "sim-priv-password")),
    )
}

/// A radio's community is a part of its configuration, with a knob of its own.
fn community(device: &Device) -> String {
    device.text(if device.kind == "aviat" { "snmp_community" } else { "community" }, "public")
}

fn plain(text: &str) -> String {
    format!("{{insecure_plain: {}}}", quoted(text))
}

/// A JSON string is a YAML double-quoted string.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::SimClock;
    use serde_json::json;

    fn device(name: &str, kind: &str, state: Value, ports: Ports) -> Arc<Device> {
        let Value::Object(state) = state else { panic!("not an object") };
        let row = crate::kinds::find(kind).unwrap();
        let address = "127.1.0.1".parse().unwrap();
        let device = Device::new(name, kind, row.device_type, row.role, address, SimClock::default(), state);
        device.bound(|bound| *bound = ports);
        device
    }

    #[test]
    fn writes_the_daemons_shape() {
        let ssh = Ports { ssh: Some(2200), ..Ports::default() };
        let snmp = Ports { snmp: Some(1610), ..Ports::default() };
        let text = yaml(&[
            device("r1", "routeros", json!({"password": "a\"b"}), ssh),
            device("p1", "ict-pdu", json!({}), snmp),
            device("u1", "apc-ups", json!({"snmp_version": "3", "snmp_user": "ops"}), snmp),
        ]);
        let expected = r#"sites:
  - name: LAB
    zone: UTC
devices:
  - name: "r1"
    address: 127.1.0.1
    type: "MTROS"
    role: "swt"
    site: LAB
    ports: {ssh: 2200}
    credentials:
      username: "admin"
      password: {insecure_plain: "a\"b"}
  - name: "p1"
    address: 127.1.0.1
    type: "ICT200DB12"
    role: "rpc"
    site: LAB
    ports: {snmp: 1610}
    credentials:
      snmp: {version: "2c", community: {insecure_plain: "public"}}
  - name: "u1"
    address: 127.1.0.1
    type: "APCUPS"
    role: "ups"
    site: LAB
    ports: {snmp: 1610}
    credentials:
      snmp: {version: "3", user: "ops", auth: sha256, auth_password: {insecure_plain: "sim-auth-password"}, priv: aes128, priv_password: {insecure_plain: "sim-priv-password"}}
"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn an_empty_lab_is_an_empty_list() {
        assert!(yaml(&[]).ends_with("devices: []\n"));
    }
}
