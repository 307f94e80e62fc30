use super::*;
use crate::inventory::{diff, load, tree};
use crate::model::{SecretRef, SnmpAccess, SnmpAuth, SnmpPriv};

fn read(yaml: &str) -> Result<Inventory, Vec<Mistake>> {
    let file = Path::new("test.yaml");
    inventory(&[(file.to_owned(), tree::parse(file, yaml).unwrap())])
}

/// `line:column message` of each mistake.
fn mistakes(yaml: &str) -> Vec<String> {
    read(yaml).unwrap_err().iter().map(|m| format!("{}:{} {}", m.line, m.column, m.message)).collect()
}

fn only(yaml: &str) -> String {
    let mut all = mistakes(yaml);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn the_sample_is_whole() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory");
    let inventory = load(&path).unwrap();
    assert!(inventory.warnings().is_empty());
    assert_eq!(inventory.devices().len(), 6);
    let far = inventory.by_name("depot-bh-1").unwrap();
    assert!(inventory.hop_of(far.address).is_some_and(|hop| hop.far && hop.other.name == "north-ridge-bh-1"));
    assert_eq!(inventory.sites().count(), 2);
    let core = inventory.by_name("north-ridge-core").unwrap();
    assert_eq!(core.role, Role::Swt);
    assert_eq!(core.credentials.username.as_deref(), Some("noc"));
    assert_eq!(core.credentials.private_key_passphrase, Some(SecretRef::Env("NOC_KEY_PASSPHRASE".into())));
    let old = inventory.by_address("192.0.2.11".parse().unwrap()).unwrap();
    assert_eq!(old.ssh_profile, SshProfile::Legacy);
    assert_eq!(old.ports, Ports { ssh: Some(2222), ..Ports::default() });
    assert_eq!((old.jump.as_deref(), old.hop.as_deref()), (Some("north-ridge-core"), None));
    assert_eq!(old.credentials.username.as_deref(), Some("admin"));
    let ups = inventory.by_name("north-ridge-ups").unwrap();
    assert!(
        matches!(&ups.credentials.snmp, Some(SnmpAccess::V3 { user, auth: SnmpAuth::Sha256, privacy: SnmpPriv::Aes128, .. }) if user == "noc")
    );
    let panel = inventory.by_name("depot-panel").unwrap();
    assert_eq!(panel.role, Role::Rpc);
    assert!(matches!(panel.credentials.snmp, Some(SnmpAccess::V1 { .. })));
    let zone = inventory.site("depot").unwrap().zone.clone().unwrap();
    assert_eq!(zone.iana_name(), Some("America/Chicago"));
}

#[test]
fn all_mistakes_come_at_once_each_with_its_place() {
    let all = mistakes(
        "sites:\n\
         \x20 - {name: s1, zone: Mars/Olympus}\n\
         devices:\n\
         \x20 - name: a\n\
         \x20   address: 192.0.2.1/24\n\
         \x20   type: NOPE\n\
         \x20   colour: red\n\
         \x20 - name: b\n\
         \x20   address: 192.0.2.2\n\
         \x20   type: MTROS\n\
         \x20   site: s2\n\
         \x20   hop: c\n\
         \x20   host_key: SHA256:short\n\
         \x20   ports: {ssh: 70000}\n\
         extra: 1\n",
    );
    let expected = [
        "2:22 zone 'Mars/Olympus'",
        "5:14 address '192.0.2.1/24'",
        "6:11 unknown device type 'NOPE'",
        "7:5 unknown key 'colour' in device 'a'",
        "11:11 site 's2' of 'b' is not among the sites",
        "12:10 jump host 'c' of 'b' is not among the devices",
        "13:15 host_key 'SHA256:short'",
        "14:18 port ssh '70000'",
        "15:1 unknown key 'extra'",
    ];
    assert_eq!(all.len(), expected.len(), "{all:#?}");
    for (found, start) in all.iter().zip(expected) {
        assert!(found.starts_with(start), "{found}\nis not\n{start}");
    }
}

#[test]
fn health_polls_of_a_device() {
    let one = |health: &str| format!("devices:\n  - {{name: a, address: 192.0.2.1, type: MTROS, health: {health}}}\n");
    let polling = |health: &str| read(&one(health)).unwrap().by_name("a").unwrap().health;
    let seconds = std::time::Duration::from_secs;
    assert_eq!(polling("{interval: 5m}"), Polling { interval: Some(seconds(300)), off: false });
    assert_eq!(polling("{enabled: false, interval: 0s}"), Polling { interval: Some(seconds(0)), off: true });
    assert_eq!(polling("{enabled: true}"), Polling::default());
    for (health, start) in [
        ("{interval: 200ms}", "2:67 interval '200ms' of the health of a is no duration of a second or more"),
        ("{interval: 60}", "2:67 interval '60' of the health of a"),
        ("{enabled: no}", "2:66 enabled 'no' of the health of a is neither true nor false"),
        ("{every: 1m}", "2:57 unknown key 'every' in health of a"),
        ("60s", "2:56 health of a must be a mapping"),
    ] {
        let found = only(&one(health));
        assert!(found.starts_with(start), "{found}\nis not\n{start}");
    }
}

#[test]
fn names_and_addresses_stand_once() {
    let two = |a: &str, b: &str| format!("devices:\n  - {{{a}, type: MTROS}}\n  - {{{b}, type: MTROS}}\n");
    let found = only(&two("name: a, address: 192.0.2.1", "name: a, address: 192.0.2.2"));
    assert_eq!(found, "3:12 there is a second device 'a'");
    let found = only(&two("name: a, address: 192.0.2.1", "name: A, address: 192.0.2.2"));
    assert!(found.contains("differ only in upper and lower case"), "{found}");
    let found = only(&two("name: a, address: 192.0.2.1", "name: b, address: '::ffff:192.0.2.1'"));
    assert!(found.contains("is that of 'a' already"), "{found}");
    let found = only("sites: [{name: s}, {name: s}]");
    assert!(found.contains("second site 's'"), "{found}");
}

#[test]
fn hops_do_not_run_in_a_circle() {
    let all = mistakes(
        "devices:\n\
         \x20 - {name: a, address: 192.0.2.1, type: MTROS, hop: b}\n\
         \x20 - {name: b, address: 192.0.2.2, type: MTROS, hop: c}\n\
         \x20 - {name: c, address: 192.0.2.3, type: MTROS, hop: b}\n\
         \x20 - {name: d, address: 192.0.2.4, type: MTROS, hop: d}\n",
    );
    // `a` only leads into the circle.
    let names: Vec<_> = ["'b'", "'c'", "'d'"].into_iter().filter(|name| all.iter().any(|m| m.contains(name))).collect();
    assert_eq!((all.len(), names.len()), (3, 3), "{all:?}");
}

#[test]
fn names_that_would_be_ambiguous_are_refused() {
    for name in ["192.0.2.1", "'2001:db8::1'", "-c", "a b", "a/b", "'a:b'", "''"] {
        let all = mistakes(&format!("devices: [{{name: {name}, address: 192.0.2.9, type: MTROS}}]"));
        assert_eq!(all.len(), 1, "{name}: {all:?}");
    }
    for address in ["0.0.0.0", "255.255.255.255", "224.0.0.1", "'::'", "router", "192.0.2.01"] {
        let all = mistakes(&format!("devices: [{{name: a, address: {address}, type: MTROS}}]"));
        assert_eq!(all.len(), 1, "{address}: {all:?}");
    }
}

#[test]
fn a_password_in_the_wrong_place_is_told_and_not_repeated() {
    let all = mistakes(
        "devices:\n\
         \x20 - name: a\n\
         \x20   address: 192.0.2.1\n\
         \x20   type: MTROS\n\
         \x20   credentials:\n\
         \x20     username: admin\n\
         \x20     password: hunter2\n\
         \x20     private_key: {plain: hunter2}\n\
         \x20     private_key_passphrase: [hunter2]\n\
         \x20     snmp: {version: 2c, community: hunter2}\n",
    );
    assert!(all.iter().all(|m| !m.contains("hunter2")), "{all:#?}");
    for start in
        ["7:17 password of a", "8:20 private_key of a", "9:31 private_key_passphrase of a", "10:38 community of a"]
    {
        assert!(all.iter().any(|m| m.starts_with(start)), "{start} not in {all:#?}");
    }
}

#[test]
fn references_to_the_daemons_own_names_are_refused() {
    for name in ["job/1/password", "inventory/a/password"] {
        let found = only(&format!(
            "devices: [{{name: a, address: 192.0.2.1, type: MTROS, credentials: {{password: 'secret:{name}'}}}}]"
        ));
        assert!(found.contains("the daemon's own"), "{found}");
    }
}

const PLAIN: &str = "devices:\n\
    \x20 - name: a\n\
    \x20   address: 127.0.1.1\n\
    \x20   type: MTROS\n\
    \x20   credentials:\n\
    \x20     password: {insecure_plain: 0123}\n\
    \x20     snmp: {version: 2c, community: {insecure_plain: public}}\n";

/// The shape in which a lab of simulators is fed to the daemon.
#[test]
fn a_lab_with_quoted_values_is_read() {
    let inventory = read(
        "sites:\n\
         \x20 - name: LAB\n\
         \x20   zone: UTC\n\
         devices:\n\
         \x20 - name: \"u1\"\n\
         \x20   address: 127.1.0.1\n\
         \x20   type: \"APCUPS\"\n\
         \x20   role: \"ups\"\n\
         \x20   site: LAB\n\
         \x20   ports: {snmp: 1610}\n\
         \x20   credentials:\n\
         \x20     username: \"apc\"\n\
         \x20     password: {insecure_plain: \"\"}\n\
         \x20     private_key: {insecure_plain: \"a\\\"b\\nc\"}\n\
         \x20     snmp: {version: \"3\", user: \"ops\", auth: sha256, auth_password: {insecure_plain: \"x\"}, priv: aes128, priv_password: {insecure_plain: \"y\"}}\n",
    )
    .unwrap();
    let login = &inventory.by_name("u1").unwrap().credentials;
    let plain =
        |reference: &Option<SecretRef>| inventory.plain(reference.as_ref().unwrap()).unwrap().expose().to_owned();
    assert_eq!(plain(&login.password), "", "a factory-fresh device has an empty password");
    assert_eq!(plain(&login.private_key), "a\"b\nc");
    assert!(matches!(&login.snmp, Some(SnmpAccess::V3 { user, .. }) if user == "ops"));
    assert_eq!(inventory.warnings().len(), 4);
}

#[test]
fn plain_secrets_move_aside_with_a_warning_each() {
    let inventory = read(PLAIN).unwrap();
    let login = &inventory.by_name("a").unwrap().credentials;
    let password = login.password.clone().unwrap();
    assert_eq!(password, SecretRef::Vault("inventory/a/password".into()));
    assert_eq!(inventory.plain(&password).unwrap().expose(), "0123");
    let Some(SnmpAccess::V2c { community }) = &login.snmp else { panic!() };
    assert_eq!(inventory.plain(community).unwrap().expose(), "public");
    assert!(inventory.plain(&SecretRef::Vault("other".into())).is_none());
    assert!(inventory.plain(&SecretRef::Env("inventory/a/password".into())).is_none());
    let lines: Vec<_> = inventory.warnings().iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [6, 7]);
    assert!(!format!("{inventory:?}").contains("0123"));
}

#[test]
fn the_type_goes_before_the_role_and_the_device_before_both() {
    let inventory = read(
        "defaults:\n\
         \x20 - {role: bh, ssh_profile: legacy, credentials: {username: role-user, password: 'secret:role'}}\n\
         \x20 - {type: AV4100, credentials: {username: type-user}}\n\
         \x20 - {type: MTROS, ssh_profile: legacy-dsa}\n\
         devices:\n\
         \x20 - {name: a, address: 192.0.2.1, type: AV4100}\n\
         \x20 - {name: b, address: 192.0.2.2, type: AV4100, ssh_profile: modern, credentials: {password: 'secret:b'}}\n\
         \x20 - {name: c, address: 192.0.2.3, type: AV4200}\n\
         \x20 - {name: d, address: 192.0.2.4, type: MTROS}\n\
         \x20 - {name: e, address: 192.0.2.5, type: MTROS, role: bh}\n",
    )
    .unwrap();
    let login = |name: &str| {
        let device = inventory.by_name(name).unwrap();
        let password = device.credentials.password.as_ref().map(ToString::to_string);
        (device.credentials.username.clone(), password, device.ssh_profile)
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(login("a"), (some("type-user"), some("secret:role"), SshProfile::Legacy));
    assert_eq!(login("b"), (some("type-user"), some("secret:b"), SshProfile::Modern));
    assert_eq!(login("c"), (some("role-user"), some("secret:role"), SshProfile::Legacy));
    assert_eq!(login("d"), (None, None, SshProfile::LegacyDsa));
    assert_eq!(login("e"), (some("role-user"), some("secret:role"), SshProfile::LegacyDsa));
}

#[test]
fn changes_are_found_by_name_also_in_plain_secrets() {
    let (old, new) = (read(PLAIN).unwrap(), read(&PLAIN.replace("0123", "0124")).unwrap());
    assert_eq!(diff(&old, &new).changed, ["a"]);
    assert!(diff(&old, &read(PLAIN).unwrap()).is_empty());
    let renamed = read(&PLAIN.replace("name: a", "name: b")).unwrap();
    let changes = diff(&old, &renamed);
    assert_eq!((changes.added, changes.removed, changes.changed), (vec!["b".into()], vec!["a".into()], vec![]));
}

#[test]
fn files_of_a_directory_are_one_inventory() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    assert_eq!(load(folder.path()).unwrap_err().len(), 1);
    write("b.yml", "devices: [{name: b, address: 192.0.2.2, type: MTROS, site: s, hop: a}]");
    write("a.yaml", "sites: [{name: s}]\ndevices: [{name: a, address: 192.0.2.1, type: MTROS}]");
    write(".hidden.yaml", "devices: [");
    write("notes.txt", "not yaml: [");
    assert_eq!(load(folder.path()).unwrap().devices().len(), 2);
    write("c.yaml", "devices: [{name: c, address: 192.0.2.1, type: MTROS}]");
    let mistakes = load(folder.path()).unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].file.ends_with("c.yaml") && mistakes[0].line == 1, "{mistakes:?}");
    write("d.yaml", "devices: [");
    assert!(load(folder.path()).unwrap_err()[0].file.ends_with("d.yaml"));
    assert_eq!(load(&folder.path().join("none")).unwrap_err().len(), 1);
}

#[test]
fn an_empty_file_is_an_empty_inventory() {
    assert!(read("").unwrap().devices().is_empty());
    assert!(read("devices:\n").unwrap().devices().is_empty());
    assert_eq!(mistakes("- a\n").len(), 1);
    assert_eq!(mistakes("devices: {}\n").len(), 1);
}

#[test]
fn ten_thousand_devices_with_anchors_fit_the_budget() {
    use std::fmt::Write as _;
    let mut yaml = String::from(
        "devices:\n  - &first {name: first, address: 10.0.0.1, type: MTROS, credentials: &login {username: a, password: 'secret:x'}}\n",
    );
    for n in 2..10_000_u32 {
        let address = std::net::Ipv4Addr::from(0x0a00_0000 + n);
        writeln!(yaml, "  - {{name: d{n}, address: {address}, type: MTROS, tags: {{a: b, c: d}}, ports: {{ssh: 22}}, credentials: *login}}").unwrap();
    }
    assert_eq!(read(&yaml).unwrap().devices().len(), 9_999);
}

proptest::proptest! {
    /// Whatever stands in a file, the answer is an inventory or mistakes.
    #[test]
    fn nothing_panics(text in "[a-z:{}\\[\\] \n'\"&*<!~0-9-]{0,200}") {
        let file = Path::new("x.yaml");
        if let Ok(tree) = tree::parse(file, &text) {
            let _ = inventory(&[(file.to_owned(), tree)]);
        }
    }
}
