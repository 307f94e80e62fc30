//! The running configuration, in both forms.

use super::clock::Moment;
use super::knobs::Knobs;

/// Descriptions that look like what they are not: prompts of either engine, and last lines.
const TRAPS: [&str; 4] = ["A:other# ", "[/]", "A:admin@x# ", "# Finished by the crew"];

/// The whole text, `\n` line ends.
pub fn whole(knobs: Knobs<'_>, md: bool, now: f64, from: &str) -> String {
    let body = body(knobs, md);
    let (head, last) = frame(knobs, md, now, from);
    let stray: String = knobs.list("stray").unwrap_or_default().iter().map(|line| format!("{line}\n")).collect();
    if knobs.0.flag("no_trailer", false) {
        return format!("{head}{body}{stray}");
    }
    let last = match knobs.list("trailer_lines") {
        Some(lines) => lines.iter().map(|line| format!("{line}\n")).collect(),
        None => last,
    };
    format!("{head}{body}{stray}\n{last}")
}

/// What stands before and behind the body.
fn frame(knobs: Knobs<'_>, md: bool, now: f64, from: &str) -> (String, String) {
    let user = knobs.user();
    let release = knobs.release();
    let version = knobs.version();
    let short = version.split(".R").next().unwrap_or_default().to_owned();
    let mut head = format!(
        "# {release}\n# All rights reserved. All use subject to applicable license agreements.\n\
         # Built on Thu Jan 11 10:02:44 PST 2024 by builder in /builds/panos/main/sros\n"
    );
    let moment = Moment::from_unix(now);
    if !md {
        head.push_str(&format!("\n# Generated {}\n\n", moment.classic()));
        let end = Moment::from_unix(now + 4.0).classic();
        return (head, format!("# Finished {end}\n"));
    }
    let modified = Moment::from_unix(now - knobs.0.number("modified_at", 400_000.0));
    if version.starts_with("19.") {
        head.push_str(&format!("\n# Generated {}\n\n", moment.classic()));
        return (head, format!("# Finished {}\n", moment.classic()));
    }
    head.push_str(&format!("# Configuration format version {short} revision 0\n\n"));
    if let Some(commit) = knobs.0.knob("commit_id") {
        head.push_str(&format!(
            "# Commit ID {commit}\n#   Committed {} by jdoe (MD-CLI) from 192.0.2.77\n",
            modified.iso()
        ));
    }
    head.push_str(&format!("# Generated {} by {user} from {from}\n", moment.iso()));
    head.push_str(&format!("# Last modified {} by jdoe (MD-CLI) from 192.0.2.77\n\n", modified.iso()));
    (head, format!("# Finished {}\n", Moment::from_unix(now + 1.0).iso()))
}

/// The body, `\n` line ends.
pub fn body(knobs: Knobs<'_>, md: bool) -> String {
    if let Some(text) = knobs.0.knob("config").as_ref().and_then(serde_json::Value::as_str) {
        return text.to_owned();
    }
    let wanted = knobs.0.number("config_bytes", 0.0).max(0.0) as usize;
    if md { tree(knobs, wanted) } else { classic(knobs, wanted) }
}

fn classic(knobs: Knobs<'_>, wanted: usize) -> String {
    let line = "#--------------------------------------------------";
    let name = knobs.name();
    let place = knobs.0.text("location", "Pine Ridge hut");
    let (community, password, bgp) = secrets(knobs);
    let mut out = format!("exit all\nconfigure\n{line}\necho \"System Configuration\"\n{line}\n");
    out.push_str(&format!(
        "    system\n        name \"{name}\"\n        location \"{place}\"\n        rollback\n            \
         rollback-location \"cf3:/rollbacks/config\"\n        exit\n        snmp\n            packet-size 9216\n        \
         exit\n        time\n            ntp\n                server 192.0.2.123\n                no shutdown\n            \
         exit\n            zone UTC\n        exit\n        security\n            user \"netops\"\n                \
         password \"{password}\"\n                access console snmp\n            exit\n            snmp\n                \
         community \"{community}\" hash2 r version v2c\n            exit\n        exit\n    exit\n"
    ));
    out.push_str(&format!("{line}\necho \"Card Configuration\"\n{line}\n"));
    out.push_str(
        "    card 1\n        card-type imm24-sfp++8-sfp28+2-qsfp28\n        mda 1\n            mda-type \
         m24-sfp++8-sfp28+2-qsfp28\n            no shutdown\n        exit\n        no shutdown\n    exit\n",
    );
    out.push_str(&format!("{line}\necho \"Port Configuration\"\n{line}\n"));
    for (port, trap) in (1..).zip(TRAPS) {
        out.push_str(&format!(
            "    port 1/1/{port}\n        description \"{trap}\"\n        ethernet\n            mtu 9212\n        exit\n        \
             no shutdown\n    exit\n"
        ));
    }
    let mut port = 0_usize;
    while out.len() + 400 < wanted {
        port += 1;
        out.push_str(&format!(
            "    port 1/{}/{}\n        description \"customer {port} of the ridge\"\n        ethernet\n            mode access\n        \
             exit\n        no shutdown\n    exit\n",
            port / 96 + 2,
            port % 96 + 1
        ));
    }
    out.push_str(&format!("{line}\necho \"Router (Service Side) Configuration\"\n{line}\n"));
    out.push_str(&format!(
        "    router Base\n        interface \"system\"\n            address 198.51.100.60/32\n            no shutdown\n        \
         exit\n        bgp\n            group \"core\"\n                authentication-key \"{bgp}\" hash2\n                \
         neighbor 198.51.100.1\n                    peer-as 64500\n                exit\n            exit\n            \
         no shutdown\n        exit\n    exit\n\nexit all\n"
    ));
    out
}

fn tree(knobs: Knobs<'_>, wanted: usize) -> String {
    let name = knobs.name();
    let place = knobs.0.text("location", "Pine Ridge hut");
    let (community, password, bgp) = secrets(knobs);
    let mut out =
        "configure {\n    card 1 {\n        card-type imm48-sfp++6-qsfp28\n        mda 1 {\n            mda-type \
                   m48-sfp++6-qsfp28\n        }\n    }\n"
            .to_owned();
    for (port, trap) in (1..).zip(TRAPS) {
        out.push_str(&format!(
            "    port 1/1/{port} {{\n        admin-state enable\n        description \"{trap}\"\n    }}\n"
        ));
    }
    out.push_str("    port 1/1/9 {\n        description \"to POP # 7 {core, \\\"old\\\"\"\n    }\n");
    let mut port = 0_usize;
    while out.len() + 900 < wanted {
        port += 1;
        out.push_str(&format!(
            "    port 1/{}/{} {{\n        admin-state enable\n        description \"customer {port} of the ridge\"\n        \
             ethernet {{\n            mode access\n        }}\n    }}\n",
            port / 96 + 2,
            port % 96 + 1
        ));
    }
    out.push_str(&format!(
        "    router \"Base\" {{\n        interface \"system\" {{\n            ipv4 {{\n                primary {{\n                    \
         address 198.51.100.60\n                    prefix-length 32\n                }}\n            }}\n        }}\n        \
         bgp {{\n            group \"core\" {{\n                authentication-key \"{bgp} hash2\"\n            }}\n            \
         neighbor \"198.51.100.1\" {{\n                group \"core\"\n                peer-as 64500\n            }}\n        }}\n    }}\n"
    ));
    out.push_str(&format!(
        "    system {{\n        name \"{name}\"\n        location \"{place}\"\n        security {{\n            snmp {{\n                \
         community \"{community} hash2\" {{\n                    access-permissions r\n                    version v2c\n                \
         }}\n            }}\n            user-params {{\n                local-user {{\n                    user \"netops\" {{\n                        \
         password \"{password}\"\n                        access {{\n                            console true\n                        }}\n                    \
         }}\n                }}\n            }}\n        }}\n    }}\n}}\n"
    ));
    out
}

/// SNMP community, hash of a user's password, key of BGP.
fn secrets(knobs: Knobs<'_>) -> (String, String, String) {
    (
        knobs.secret("community", "q7Community8x"),
        knobs.secret("password", "$2y$10$q7Hashq7Hashq7Hashq7HashQ"),
        knobs.secret("bgp", "q7BgpKey9z"),
    )
}

/// The same tree, one line for each leaf: `full-context`.
pub fn flat(tree: &str) -> String {
    let mut path: Vec<String> = Vec::new();
    let mut out = String::new();
    for line in tree.lines() {
        let line = line.trim();
        if let Some(opened) = line.strip_suffix(" {") {
            path.push(opened.to_owned());
        } else if line == "}" {
            path.pop();
        } else if line.is_empty() || line.starts_with('#') {
            out.push_str(line);
            out.push('\n');
        } else {
            out.push_str(&format!("/{} {line}\n", path.join(" ")));
        }
    }
    out
}
