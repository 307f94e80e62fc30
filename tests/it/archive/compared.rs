//! Golden and running configs in each family's own shape.

use towerhand::compare::{Volatile, drift};

/// What was done to a family's golden text.
struct Case {
    golden: &'static str,
    /// Two lines that change places.
    swapped: (&'static str, &'static str),
    dropped: &'static str,
    /// A line and what stands in its place.
    changed: (&'static str, &'static str),
    /// A line, and behind it one that nobody expects and one that changes by itself.
    extra: (&'static str, &'static str, &'static str),
}

const CASES: &[Case] = &[
    Case {
        golden: include_str!("../../golden/standard/routeros.txt"),
        swapped: ("/ip service set telnet disabled=yes", "/ip service set www disabled=yes"),
        dropped: "/ip service set ftp disabled=yes",
        changed: ("/system identity set name=RTR-MTROS-2.TX-NORTH-1", "/system identity set name=MikroTik"),
        extra: (
            "/ip service set www disabled=yes",
            "/ip service set ssh port=2222",
            "# 2026-03-02 04:10:07 by RouterOS 7.16",
        ),
    },
    Case {
        golden: include_str!("../../golden/standard/nokia.txt"),
        swapped: (
            "        name \"RTR-NK7250-2.TX-NORTH-1\"",
            "        login-control\n            idle-timeout 30\n        exit",
        ),
        dropped: "            idle-timeout 30",
        changed: ("        location \"TX-NORTH-1\"", "        location \"elsewhere\""),
        extra: ("        location \"elsewhere\"", "        contact \"noc\"", "# Finished MON MAR 02 04:10:07 2026 UTC"),
    },
    Case {
        golden: include_str!("../../golden/standard/wave.txt"),
        swapped: ("/services.snmpAgent.enabled: true", "/services.webServer.enabled: true"),
        dropped: "/services.webServer.enabled: true",
        changed: ("/services.sshServer.enabled: false", "/services.sshServer.enabled: true"),
        extra: ("/services.snmpAgent.enabled: true", "/services.lldp.enabled: true", "uptime: 12"),
    },
    Case {
        golden: include_str!("../../golden/standard/tachyon.txt"),
        swapped: ("system.hostname: \"SWT-TYT100-6-2.TX-NORTH-1\"", "system.name: \"SWT-TYT100-6-2.TX-NORTH-1\""),
        dropped: "system.name: \"SWT-TYT100-6-2.TX-NORTH-1\"",
        changed: ("system.location: \"32.25000, -97.50000\"", "system.location: \"0, 0\""),
        extra: ("system.location: \"0, 0\"", "system.contact: \"noc\"", "hash: 1f"),
    },
    Case {
        golden: include_str!("../../golden/standard/epmp.txt"),
        swapped: ("    \"centerFrequency\": \"5600\",", "    \"sysLocation\": \"32.25000, -97.50000\","),
        dropped: "    \"systemDeviceLocHeight\": \"30\",",
        changed: ("    \"wirelessInterfaceSSID\": \"090-2.TX-NORTH-1\",", "    \"wirelessInterfaceSSID\": \"other\","),
        extra: (
            "    \"wirelessInterfaceSSID\": \"other\",",
            "    \"wirelessMaxSM\": \"120\",",
            "    \"uptime\": \"12\",",
        ),
    },
    Case {
        golden: include_str!("../../golden/standard/netonix.txt"),
        swapped: ("  \"GPS_Latitude\": \"32.25000\",", "  \"GPS_Longitude\": \"-97.50000\","),
        dropped: "  \"GPS_Longitude\": \"-97.50000\",",
        changed: ("  \"GPS_Latitude\": \"32.25000\",", "  \"GPS_Latitude\": \"0\","),
        extra: ("  \"GPS_Latitude\": \"0\",", "  \"SNMP_Contact\": \"noc\",", "  \"timestamp\": 12,"),
    },
];

/// `text` with the line `old` in another form.
fn with(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(&format!("{old}\n")).count(), 1, "{old}\n{text}");
    text.replacen(&format!("{old}\n"), new, 1)
}

#[test]
fn f68_running_and_golden_configs_are_compared_in_each_familys_shape() {
    let volatile = Volatile::default();
    for case in CASES {
        let golden = case.golden;
        let (one, other) = case.swapped;
        let swapped = with(&with(&with(golden, one, "@\n"), other, &format!("{one}\n")), "@", &format!("{other}\n"));
        assert_ne!(swapped, golden);
        let moved = drift(golden, &swapped, &volatile);
        assert!(moved.is_none(), "{moved:?}");

        let (old, new) = case.changed;
        let changed = with(&with(&swapped, case.dropped, ""), old, &format!("{new}\n"));
        let (behind, more, passing) = case.extra;
        let running = with(&changed, behind, &format!("{behind}\n{more}\n{passing}\n"));
        let found = drift(golden, &running, &volatile);
        let bare = |line: &str| line.trim().trim_end_matches(',').to_owned();
        let texts = |lines: &[towerhand::compare::Line]| lines.iter().map(|line| bare(&line.text)).collect::<Vec<_>>();
        assert_eq!(texts(&found.missing), [bare(case.dropped)], "{golden}");
        assert_eq!(texts(&found.extra), [bare(more)], "{golden}");
        let different: Vec<_> =
            found.different.iter().map(|pair| (bare(&pair.expected.text), bare(&pair.actual.text))).collect();
        assert_eq!(different, [(bare(old), bare(new))], "{golden}");
        assert!(found.left_out >= 1, "{golden}");
    }
}
