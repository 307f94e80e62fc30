//! The agent against Debian's own tools, and against Debian's own agent with the same rows.

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, UdpSocket};
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};
    use towerhand_simulators::core::{Device, Ports, SimClock};
    use towerhand_simulators::running::Running;
    use towerhand_simulators::snmp;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn tools() -> bool {
        let there = ["snmpwalk", "snmpget", "snmpbulkwalk", "snmpset"]
            .iter()
            .all(|tool| Command::new(tool).arg("-V").output().is_ok());
        if !there {
            println!("skipped: Debian's package snmp is not installed");
        }
        there
    }

    async fn agent(knobs: Value) -> (Arc<Device>, Running, String) {
        let clock = SimClock::default();
        clock.set_rate(0.0);
        let knobs = knobs.as_object().unwrap().clone();
        let device = Device::new("agent", "snmp", "X", "ups", HERE, clock, knobs);
        let running = snmp::start(Arc::clone(&device), Ports { snmp: Some(0), ..Ports::default() }).await.unwrap();
        let at = format!("127.0.0.1:{}", device.ports().snmp.unwrap());
        (device, running, at)
    }

    /// Runs a tool; what it says, on both channels, and whether it was content.
    fn tool(name: &str, who: &[&str], at: &str, rest: &[&str]) -> (String, bool) {
        let output = Command::new(name)
            .env("MIBS", "")
            .env("SNMP_PERSISTENT_DIR", std::env::temp_dir().join("towerhand-snmp-tools"))
            .args(["-On", "-Oe", "-Ot", "-t", "2", "-r", "1"])
            .args(who)
            .arg(at)
            .args(rest)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (String::from_utf8_lossy(&said).replace(at, "AGENT"), output.status.success())
    }

    struct Snmpd(Child, PathBuf, String);

    impl Drop for Snmpd {
        fn drop(&mut self) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
            std::fs::remove_dir_all(&self.1).unwrap();
        }
    }

    fn snmpd() -> Option<Snmpd> {
        let binary = ["/usr/sbin/snmpd", "/usr/bin/snmpd"].into_iter().find(|path| Path::new(path).exists())?;
        let port = UdpSocket::bind((HERE, 0)).unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("towerhand-snmpd-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let config = folder.join("snmpd.conf");
        let view: String =
            [1, 2, 4, 5, 6, 7].iter().map(|object| format!("view small included .1.3.6.1.2.1.1.{object}\n")).collect();
        let text = format!(
            "agentaddress udp:127.0.0.1:{port}\nsysServices 72\n{view}rocommunity public 127.0.0.1 -V small\n\
             rwcommunity private 127.0.0.1 -V small\ncreateUser operator SHA-256 \"authentic1\" AES \"private01\"\n\
             rwuser operator priv -V small\n"
        );
        std::fs::write(&config, text).unwrap();
        let child = Command::new(binary)
            .env("MIBS", "")
            .env("SNMP_PERSISTENT_DIR", folder.join("state"))
            .args(["-f", "-Ln", "-C", "-c"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let snmpd = Snmpd(child, folder, format!("127.0.0.1:{port}"));
        let began = Instant::now();
        while !tool("snmpget", &["-v2c", "-c", "public"], &snmpd.2, &[".1.3.6.1.2.1.1.5.0"]).1 {
            assert!(began.elapsed() < Duration::from_secs(30), "snmpd does not answer");
        }
        Some(snmpd)
    }

    /// The rows of an agent, from what `snmpwalk -On` says.
    fn rows(walk: &str) -> Vec<String> {
        walk.lines()
            .filter_map(|line| {
                let (oid, value) = line.split_once(" = ")?;
                let oid = oid.trim_start_matches('.');
                Some(match value.split_once(": ") {
                    Some(("STRING", text)) => format!("{oid}|4|{}", text.trim_matches('"')),
                    Some(("OID", text)) => format!("{oid}|6|{text}"),
                    Some(("INTEGER", text)) => format!("{oid}|2|{text}"),
                    _ if value == "\"\"" => format!("{oid}|4|"),
                    _ => return None,
                })
            })
            .collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn answers_as_debians_agent_does() {
        if !tools() {
            return;
        }
        let Some(snmpd) = snmpd() else {
            println!("skipped: Debian's package snmpd is not installed");
            return;
        };
        let (walk, _) = tool("snmpwalk", &["-v2c", "-c", "public"], &snmpd.2, &[".1.3"]);
        let rows = rows(&walk);
        assert_eq!(rows.len(), 6, "{walk}");
        let (device, running, at) = agent(json!({
            "rows": rows, "snmp_version": "all", "snmp_user": "operator", "snmp_auth": "sha256",
            "snmp_auth_password": "authentic1", "snmp_priv": "aes", "snmp_priv_password": "private01",
        }))
        .await;
        let v1: &[&str] = &["-v1", "-c", "public"];
        let v2c: &[&str] = &["-v2c", "-c", "public"];
        let writer1: &[&str] = &["-v1", "-c", "private"];
        let writer2c: &[&str] = &["-v2c", "-c", "private"];
        let private = ["-x", "AES", "-X", "private01"];
        let authentic = ["-v3", "-u", "operator", "-a", "SHA-256", "-A", "authentic1"];
        let v3 = [&authentic[..], &private, &["-l", "authPriv"]].concat();
        let low = [&authentic[..], &["-l", "authNoPriv"]].concat();
        let lowest: &[&str] = &["-v3", "-u", "operator", "-l", "noAuthNoPriv"];
        let wrong_auth = [
            "-v3",
            "-u",
            "operator",
            "-a",
            "SHA-256",
            "-A",
            "authentic2",
            "-x",
            "AES",
            "-X",
            "private01",
            "-l",
            "authPriv",
        ];
        let wrong_priv = [&authentic[..], &["-x", "AES", "-X", "private02", "-l", "authPriv"]].concat();
        let stranger = [
            "-v3",
            "-u",
            "nobody",
            "-a",
            "SHA-256",
            "-A",
            "authentic1",
            "-x",
            "AES",
            "-X",
            "private01",
            "-l",
            "authPriv",
        ];
        let system = ".1.3.6.1.2.1.1";
        let at_name = ".1.3.6.1.2.1.1.5.0";
        let contact = ".1.3.6.1.2.1.1.4.0";
        let mut asked: Vec<(&str, &[&str], Vec<&str>)> = Vec::new();
        for who in [v1, v2c, &v3] {
            asked.push(("snmpwalk", who, vec![".1.3"]));
            asked.push(("snmpwalk", who, vec![".1.3.6.1.2.1.1.5"]));
            asked.push(("snmpwalk", who, vec![".1.3.6.1.4.1"]));
            asked.push(("snmpgetnext", who, vec![".1.3.6.1.2.1.1.7.0"]));
            asked.push(("snmpgetnext", who, vec![system, at_name]));
            for oid in
                [at_name, ".1.3.6.1.2.1.1.5.1", ".1.3.6.1.2.1.1.5", ".1.3.6.1.2.1.1.99.0", system, ".1.3.6.1.4.1.9.9.0"]
            {
                asked.push(("snmpget", who, vec![oid]));
                asked.push(("snmpget", who, vec![at_name, oid]));
            }
        }
        for who in [v2c, &v3] {
            asked.push(("snmpbulkwalk", who, vec![".1.3"]));
            asked.push(("snmpbulkwalk", who, vec!["-Cr2", system]));
            asked.push(("snmpbulkget", who, vec!["-Cn1", "-Cr5", system, ".1.3.6.1.2.1.1.6.0", ".1.3.6.1.2.1.1.7"]));
            asked.push(("snmpbulkget", who, vec!["-Cn0", "-Cr5", ".1.3.6.1.2.1.1.7.0"]));
            asked.push(("snmpbulkget", who, vec!["-Cn3", "-Cr5", system, at_name]));
            asked.push(("snmpbulkget", who, vec!["-Cn0", "-Cr0", system]));
        }
        for who in [v1, v2c, writer1, writer2c, &v3] {
            asked.push(("snmpset", who, vec![contact, "s", "noc"]));
            asked.push(("snmpget", who, vec![contact]));
        }
        for who in [writer1, writer2c, &v3] {
            asked.push(("snmpset", who, vec![".1.3.6.1.2.1.1.1.0", "s", "x"]));
            asked.push(("snmpset", who, vec![contact, "i", "5"]));
            asked.push(("snmpset", who, vec![".1.3.6.1.2.1.1.4.9", "s", "x"]));
            asked.push(("snmpset", who, vec![contact, "s", "half done", ".1.3.6.1.2.1.1.1.0", "s", "x"]));
            asked.push(("snmpget", who, vec![contact]));
        }
        for who in [&low[..], lowest, &wrong_auth, &stranger, &wrong_priv, &["-v2c", "-c", "wrong"]] {
            asked.push(("snmpget", who, vec!["-r", "0", "-t", "1", at_name]));
        }
        for (name, who, rest) in asked {
            // Options stand before the address.
            let first = rest.iter().position(|word| word.starts_with('.')).unwrap();
            let (options, oids) = rest.split_at(first);
            let who = [who, options].concat();
            let theirs = tool(name, &who, &snmpd.2, oids);
            let ours = tool(name, &who, &at, oids);
            assert_eq!(ours, theirs, "{name} {who:?} {oids:?}");
        }
        let journal: Vec<String> = device.journal().into_iter().map(|entry| entry.input).collect();
        assert!(journal.iter().any(|line| line == "get 1.3.6.1.2.1.1.5.0"), "{journal:?}");
        assert!(journal.iter().any(|line| line == "getbulk n=0 r=2 1.3.6.1.2.1.1"));
        assert!(journal.iter().any(|line| line == "set 1.3.6.1.2.1.1.4.0 = \"noc\""));
        for refused in
            ["community refused", "user refused", "digest refused", "privacy refused", "security level refused"]
        {
            assert!(
                device.journal().iter().any(|entry| entry.channel == "auth" && entry.input == refused),
                "{refused}"
            );
        }
        running.end().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_protocol_of_version_3() {
        if !tools() {
            return;
        }
        let (device, running, at) = agent(json!({
            "rows": "1.3.6.1.2.1.1.5.0|4|ridge", "snmp_version": "3", "snmp_user": "operator",
            "snmp_auth_password": "authentic1", "snmp_priv_password": "private01",
        }))
        .await;
        for (auth, their_auth) in [
            ("md5", "MD5"),
            ("sha", "SHA"),
            ("sha224", "SHA-224"),
            ("sha256", "SHA-256"),
            ("sha384", "SHA-384"),
            ("sha512", "SHA-512"),
        ] {
            for (privacy, their_privacy) in
                [("aes", "AES"), ("aes192", "AES-192"), ("aes256", "AES-256"), ("des", "DES")]
            {
                let knobs = json!({ "snmp_auth": auth, "snmp_priv": privacy });
                device.merge(knobs.as_object().unwrap().clone());
                let who = [
                    "-v3",
                    "-u",
                    "operator",
                    "-l",
                    "authPriv",
                    "-a",
                    their_auth,
                    "-A",
                    "authentic1",
                    "-x",
                    their_privacy,
                    "-X",
                    "private01",
                ];
                let (said, content) = tool("snmpget", &who, &at, &[".1.3.6.1.2.1.1.5.0"]);
                assert!(content && said.contains("STRING: \"ridge\""), "{auth} {privacy}: {said}");
            }
        }
        assert!(!tool("snmpget", &["-v2c", "-c", "public", "-r", "0"], &at, &[".1.3.6.1.2.1.1.5.0"]).1);
        running.end().await;
    }

    /// A row as `snmpbulkwalk -On -Oe -Ot -Ox` shows it.
    fn shown(line: &str) -> String {
        let mut fields = line.splitn(3, '|');
        let (oid, kind, text) = (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
        let value = match kind {
            "2" => format!("INTEGER: {text}"),
            "4" | "4x" => {
                let hex = match kind {
                    "4" => text.bytes().map(|byte| format!("{byte:02X}")).collect::<String>(),
                    _ => text.to_uppercase(),
                };
                let pairs: Vec<&str> =
                    hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
                if pairs.is_empty() { "\"\"".to_owned() } else { format!("Hex-STRING: {}", pairs.join(" ")) }
            }
            "5" => "NULL".to_owned(),
            "6" => format!("OID: .{}", text.trim_start_matches('.')),
            "64" => format!("IpAddress: {text}"),
            "65" => format!("Counter32: {text}"),
            "66" => format!("Gauge32: {text}"),
            "67" => text.to_owned(),
            "70" => format!("Counter64: {text}"),
            other => panic!("type {other}"),
        };
        format!(".{oid} = {value}")
    }

    fn arcs(line: &str) -> Vec<u32> {
        line.split('|').next().unwrap().split('.').map(|arc| arc.parse().unwrap()).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn plays_every_recording() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/snmp");
        let Ok(entries) = std::fs::read_dir(&folder) else {
            println!("skipped: no recordings in {}", folder.display());
            return;
        };
        if !tools() {
            return;
        }
        let mut played = 0;
        for entry in entries {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "snmprec") {
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            let mut lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
            // Some published rows have a number that was overwritten to hide an address: nobody can play them.
            let all = lines.len();
            lines.retain(|line| {
                let mut fields = line.splitn(3, '|').skip(1);
                let (kind, text) = (fields.next().unwrap(), fields.next().unwrap());
                !matches!(kind, "2" | "65" | "66" | "67" | "70") || text.parse::<i128>().is_ok()
            });
            assert!(all - lines.len() <= 6, "{}", path.display());
            lines.sort_by_key(|line| arcs(line));
            let (_, running, at) = agent(json!({ "file": path, "snmp_version": "all" })).await;
            let (walk, content) = tool("snmpbulkwalk", &["-v2c", "-c", "public", "-Ox", "-Cr25"], &at, &[".1"]);
            assert!(content, "{}: {walk}", path.display());
            // Long strings go over several lines; the tree's end is one more line.
            let mut seen: Vec<String> = Vec::new();
            for line in walk.lines() {
                match seen.last_mut() {
                    Some(last) if !line.starts_with(".1") => {
                        last.push(' ');
                        last.push_str(line);
                    }
                    _ => seen.push(line.to_owned()),
                }
            }
            if seen.last().is_some_and(|line| line.contains("No more variables")) {
                seen.pop();
            }
            let seen: Vec<String> =
                seen.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            assert_eq!(seen.len(), lines.len(), "{}", path.display());
            for (line, seen) in lines.iter().zip(&seen) {
                assert_eq!(&shown(line), seen, "{}", path.display());
            }
            // Version 1 has no Counter64 and shows all the rest.
            let (walk, _) = tool("snmpwalk", &["-v1", "-c", "public", "-Oqn"], &at, &[".1"]);
            let shown = walk.lines().filter(|line| line.starts_with(".1") && !line.contains("End of MIB")).count();
            let counters = lines.iter().filter(|line| line.split('|').nth(1) == Some("70")).count();
            let several = walk.lines().count() - shown;
            assert!(several < lines.len() && shown == lines.len() - counters, "{}: {shown}", path.display());
            running.end().await;
            played += 1;
        }
        assert!(played >= 18, "{played} recordings");
    }
}
