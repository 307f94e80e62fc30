//! The configuration of a simulated router: sections of commands, made from its name and knobs alone.

use std::fmt::Write as _;

use super::knobs::Knobs;
use super::router::Router;
use super::wrap;

/// A parameter of a command.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub key: &'static str,
    /// Its value, not quoted.
    pub value: String,
    /// Left out when secrets are hidden.
    pub secret: bool,
    /// A default: written by `verbose` only.
    pub default: bool,
}

/// One command in a section.
#[derive(Debug, Clone)]
pub struct Item {
    /// `add`, `set`, `set [ find default-name=ether1 ]`.
    pub verb: String,
    /// In the order of the export.
    pub params: Vec<Param>,
}

/// A menu with its commands.
#[derive(Debug, Clone)]
pub struct Section {
    /// `/ip firewall filter`.
    pub path: &'static str,
    /// Status comments that stand before the commands; not configuration.
    pub comments: Vec<String>,
    /// The commands.
    pub items: Vec<Item>,
}

fn item(verb: &str, params: &[(&'static str, &str)]) -> Item {
    let params = params
        .iter()
        .map(|(key, value)| Param { key, value: (*value).to_owned(), secret: false, default: false })
        .collect();
    Item { verb: verb.to_owned(), params }
}

impl Item {
    fn secret(mut self, key: &'static str, value: &str) -> Self {
        self.params.push(Param { key, value: value.to_owned(), secret: true, default: false });
        self
    }

    fn with(mut self, key: &'static str, value: &str) -> Self {
        self.params.push(Param { key, value: value.to_owned(), secret: false, default: false });
        self
    }

    fn by_default(mut self, key: &'static str, value: &str) -> Self {
        self.params.push(Param { key, value: value.to_owned(), secret: false, default: true });
        self
    }
}

fn section(path: &'static str, items: Vec<Item>) -> Section {
    Section { path, comments: Vec::new(), items }
}

/// The names of a board's ports.
pub fn ports(board: &str) -> Vec<String> {
    let named = |stem: &str, count: usize| (1..=count).map(|n| format!("{stem}{n}")).collect::<Vec<_>>();
    if board.starts_with("CCR2004") {
        [named("ether", 1), named("sfp-sfpplus", 12), named("sfp28-", 2)].concat()
    } else if board.starts_with("CHR") {
        named("ether", 2)
    } else {
        named("ether", 5)
    }
}

/// A serial number that depends on the name alone.
pub fn serial(name: &str) -> String {
    let sum = name.bytes().fold(0x1505_u32, |sum, byte| sum.wrapping_mul(33) ^ u32::from(byte));
    format!("HFX{sum:08X}")
}

/// All sections in the order of an export.
pub fn sections(router: &Router) -> Vec<Section> {
    let knobs = Knobs(&router.device);
    let board = knobs.board();
    let secrets = Secrets::of(router);
    let mut out = vec![section(
        "/interface bridge",
        vec![item("add", &[("comment", "customers"), ("name", "br-cust"), ("protocol-mode", "none")])],
    )];
    let uplink = ports(&board).into_iter().nth(1).unwrap_or_else(|| "ether1".to_owned());
    let mut ethernet = section(
        "/interface ethernet",
        vec![
            item(
                &format!("set [ find default-name={uplink} ]"),
                &[("comment", "UPLINK to POP Ñorte, rack 4, shelf 2"), ("l2mtu", "9578"), ("mtu", "9000")],
            )
            .by_default("disabled", "no"),
        ],
    );
    ethernet.comments = knobs.list("status_comments").unwrap_or_default();
    out.push(ethernet);
    out.push(section("/interface list", vec![item("add", &[("comment", "defconf"), ("name", "MGMT")])]));
    out.push(section(
        "/interface wireless security-profiles",
        vec![
            item("set [ find default=yes ]", &[("supplicant-identity", "MikroTik")]),
            item("add", &[("authentication-types", "wpa2-psk"), ("mode", "dynamic-keys"), ("name", "backhaul")])
                .secret("wpa2-pre-shared-key", &secrets.wireless),
        ],
    ));
    out.push(section("/ip pool", vec![item("add", &[("name", "customers"), ("ranges", "100.64.7.10-100.64.7.250")])]));
    out.push(section(
        "/ip dhcp-server",
        vec![item(
            "add",
            &[("address-pool", "customers"), ("interface", "br-cust"), ("lease-time", "1h"), ("name", "cust")],
        )],
    ));
    let community =
        item("set [ find default=yes ]", &[("addresses", "127.0.0.0/8")]).secret("name", &secrets.community);
    out.push(section("/snmp community", vec![community]));
    let mut addresses =
        vec![item("add", &[("address", "100.64.7.1/24"), ("interface", "br-cust"), ("network", "100.64.7.0")])];
    addresses
        .extend(router.added().iter().map(|(address, port)| item("add", &[("address", address), ("interface", port)])));
    out.push(section("/ip address", addresses));
    out.push(section(
        "/ip dhcp-server network",
        vec![item(
            "add",
            &[
                ("address", "100.64.7.0/24"),
                ("comment", "customers"),
                ("dns-server", "100.64.7.1"),
                ("gateway", "100.64.7.1"),
            ],
        )],
    ));
    out.push(section(
        "/ip dns",
        vec![item("set", &[("allow-remote-requests", "yes"), ("servers", "192.0.2.53,192.0.2.54")])],
    ));
    out.push(section("/ip firewall address-list", Vec::new()));
    out.push(section(
        "/ip firewall filter",
        vec![
            item(
                "add",
                &[
                    ("action", "accept"),
                    ("chain", "input"),
                    ("comment", "accept what is established, related or untracked"),
                    ("connection-state", "established,related,untracked"),
                ],
            )
            .by_default("log", "no"),
            item(
                "add",
                &[("action", "drop"), ("chain", "input"), ("comment", "drop all else"), ("in-interface-list", "!MGMT")],
            )
            .by_default("log", "no"),
        ],
    ));
    out.push(section(
        "/ip ipsec identity",
        vec![item("add", &[("comment", "to the POP"), ("peer", "pop")]).secret("secret", &secrets.ipsec)],
    ));
    out.push(section(
        "/ip service",
        vec![item("set telnet", &[("disabled", "yes")]), item("set ftp", &[("disabled", "yes")])],
    ));
    out.push(section(
        "/ppp secret",
        vec![item("add", &[("name", "cpe-0017")]).secret("password", &secrets.ppp).with("service", "pppoe")],
    ));
    out.push(section(
        "/radius",
        vec![
            item("add", &[("address", "192.0.2.18"), ("comment", "billing")])
                .secret("secret", &secrets.radius)
                .with("service", "ppp"),
        ],
    ));
    out.push(section("/system identity", vec![item("set", &[("name", &knobs.identity())])]));
    let script = "# nightly\r\n:foreach i in=[/ppp active find] do={\r\n  :put $i\r\n} \r\n:log info \"done?\"\r\n";
    out.push(section(
        "/system script",
        vec![item(
            "add",
            &[
                ("dont-require-permissions", "no"),
                ("name", "nightly"),
                ("owner", &knobs.user()),
                ("policy", "read,test"),
                ("source", script),
            ],
        )],
    ));
    fill(&mut out, router.device.number("export_bytes", 4_000.0).max(0.0) as usize, &router.device.name);
    out
}

/// The secrets that stand in the configuration; the knob `secrets` may set each, or is `false` for none at all.
struct Secrets {
    wireless: String,
    ipsec: String,
    ppp: String,
    community: String,
    radius: String,
}

impl Secrets {
    fn of(router: &Router) -> Self {
        let knob = router.device.knob("secrets");
        let pick = |name: &str, own: &str| {
            let set = knob.as_ref().and_then(|knob| knob.get(name)).and_then(|text| text.as_str());
            set.unwrap_or(own).to_owned()
        };
        Self {
            wireless: pick("wireless", "sim wireless passphrase"),
            ipsec: pick("ipsec", "sim-ipsec-secret"),
            ppp: pick("ppp", "sim-ppp-secret"),
            community: pick("community", "sim-community"),
            radius: pick("radius", "sim-radius-secret"),
        }
    }
}

/// Fills the address list until the terse form has `bytes` bytes or just above.
fn fill(sections: &mut [Section], bytes: usize, name: &str) {
    let mut size: usize = sections.iter().map(terse_size).sum();
    let site = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let Some(list) = sections.iter_mut().find(|section| section.path == "/ip firewall address-list") else { return };
    let mut index = 0_u32;
    while size < bytes {
        let [_, a, b, c] = index.wrapping_add(site << 8).to_be_bytes();
        let address = format!("10.{a}.{b}.{c}");
        let comment = format!("customer {index:06}, sector {}", index % 12);
        let entry = item("add", &[("address", &address), ("comment", &comment), ("list", "customers")]);
        // Path, blank, line end (CR LF) and the rest as rendered below.
        size = size
            .saturating_add(list.path.len())
            .saturating_add(command(&entry, Shown::EVERYTHING).len())
            .saturating_add(3);
        list.items.push(entry);
        index = index.wrapping_add(1);
    }
}

fn terse_size(section: &Section) -> usize {
    let line =
        |item: &Item| section.path.len().saturating_add(command(item, Shown::EVERYTHING).len()).saturating_add(3);
    section.items.iter().map(line).sum()
}

/// What of a command is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Secrets too.
    pub secrets: bool,
    /// Defaults too.
    pub defaults: bool,
}

impl Shown {
    const EVERYTHING: Self = Self { secrets: true, defaults: false };
}

/// A command as one line, without its section's path.
pub fn command(item: &Item, shown: Shown) -> String {
    let mut out = item.verb.clone();
    for param in &item.params {
        if (shown.secrets || !param.secret) && (shown.defaults || !param.default) {
            let _ = write!(out, " {}={}", param.key, wrap::value(&param.value));
        }
    }
    out
}
