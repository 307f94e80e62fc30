//! The `print` commands: identity, resource, routerboard, licence, packages, health, clock, interfaces, addresses,
//! routes, history.

use std::fmt::Write as _;

use super::calendar;
use super::config;
use super::knobs::Knobs;
use super::router::Router;

/// How a list is printed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Print {
    /// A line per item, `key=value`.
    pub terse: bool,
    /// Only how many.
    pub count: bool,
}

type Fields = Vec<(&'static str, String)>;

/// Menus that can be printed.
pub fn has_print(menu: &str) -> bool {
    matches!(
        menu,
        "system identity"
            | "system resource"
            | "system routerboard"
            | "system license"
            | "system package update"
            | "system health"
            | "system clock"
            | "system history"
            | "interface"
            | "ip address"
            | "ip route"
    )
}

/// The text of a print, LF line ends.
pub fn print(router: &Router, menu: &str, how: Print) -> String {
    match menu {
        "system health" => health(router),
        "system history" => history(router),
        "interface" => interface_list(router, how),
        "ip address" => addresses(router, how),
        "ip route" => routes(router, how),
        _ => aligned(&fields(router, menu)),
    }
}

/// One field of a menu with fields, as `get` gives it.
pub fn get(router: &Router, menu: &str, field: &str) -> Option<String> {
    fields(router, menu).into_iter().find(|(key, _)| *key == field).map(|(_, value)| value)
}

/// The names of the interfaces.
pub fn interfaces(router: &Router) -> Vec<String> {
    let mut names = config::ports(&Knobs(&router.device).board());
    names.push("br-cust".to_owned());
    names
}

/// Right-aligned keys, as long as the longest plus the margin that RouterOS leaves.
fn aligned(fields: &Fields) -> String {
    let width = fields.iter().map(|(key, _)| key.len()).max().unwrap_or(0).saturating_add(2);
    let mut out = String::new();
    for (key, value) in fields {
        let _ = writeln!(out, "{key:>width$}: {value}");
    }
    out
}

/// Every field of a menu that some device has, in the order in which all devices print them.
fn order(menu: &str) -> &'static [&'static str] {
    match menu {
        "system resource" => &[
            "uptime",
            "version",
            "build-time",
            "factory-software",
            "free-memory",
            "total-memory",
            "cpu",
            "cpu-count",
            "cpu-frequency",
            "cpu-load",
            "free-hdd-space",
            "total-hdd-space",
            "write-sect-since-reboot",
            "write-sect-total",
            "bad-blocks",
            "architecture-name",
            "board-name",
            "platform",
        ],
        "system routerboard" => &[
            "routerboard",
            "board-name",
            "model",
            "revision",
            "serial-number",
            "firmware-type",
            "factory-firmware",
            "current-firmware",
            "upgrade-firmware",
        ],
        _ => &[],
    }
}

/// The fields of a menu, with what the knob `fields` says of them: a text in place of ours, null for none.
fn fields(router: &Router, menu: &str) -> Fields {
    let mut own = own_fields(router, menu);
    let Some(serde_json::Value::Object(menus)) = router.device.knob("fields") else { return own };
    let Some(given) = menus.get(menu).and_then(serde_json::Value::as_object) else { return own };
    for (place, key) in order(menu).iter().enumerate() {
        let Some(value) = given.get(*key) else { continue };
        own.retain(|(known, _)| known != key);
        if let Some(text) = value.as_str() {
            let before = |known: &str| order(menu).iter().position(|one| *one == known).is_some_and(|at| at < place);
            let at = own.iter().take_while(|(known, _)| before(known)).count();
            own.insert(at, (key, text.to_owned()));
        }
    }
    own
}

fn own_fields(router: &Router, menu: &str) -> Fields {
    let knobs = Knobs(&router.device);
    let version = knobs.version();
    match menu {
        "system identity" => vec![("name", knobs.identity())],
        "system resource" => resource(router),
        "system routerboard" => vec![
            ("routerboard", "yes".to_owned()),
            ("board-name", knobs.board()),
            ("model", knobs.board()),
            ("serial-number", knobs.serial()),
            ("firmware-type", "al64".to_owned()),
            ("factory-firmware", if version.is_v6() { "6.44.6" } else { "7.4.1" }.to_owned()),
            ("current-firmware", version.to_string()),
            ("upgrade-firmware", version.to_string()),
        ],
        "system license" if knobs.is_chr() => {
            vec![("system-id", "sYsTeMiDsIm".to_owned()), ("level", "p1".to_owned())]
        }
        "system license" => vec![("software-id", knobs.software_id()), ("nlevel", "6".to_owned())],
        "system package update" => vec![
            ("channel", version.channel().to_owned()),
            (if version.is_v6() { "current-version" } else { "installed-version" }, version.to_string()),
        ],
        "system clock" => {
            let now = router.now();
            vec![
                ("time", now.clock()),
                ("date", if version.iso_dates() { now.iso() } else { now.slashed() }),
                ("time-zone-autodetect", "no".to_owned()),
                ("time-zone-name", "UTC".to_owned()),
                ("gmt-offset", "+00:00".to_owned()),
                ("dst-active", "no".to_owned()),
            ]
        }
        _ => Vec::new(),
    }
}

fn resource(router: &Router) -> Fields {
    let knobs = Knobs(&router.device);
    let version = knobs.version();
    let text = |text: &str| text.to_owned();
    let (cpu, count, frequency, architecture) = if knobs.is_chr() {
        ("QEMU", "1", "2611MHz", "x86_64")
    } else if knobs.board().starts_with("CCR") {
        ("ARM64", "4", "1700MHz", "arm64")
    } else {
        ("MIPS 24Kc V7.4", "1", "650MHz", "mipsbe")
    };
    let mut out = vec![
        ("uptime", calendar::uptime(router.uptime())),
        ("version", format!("{version} ({})", version.channel())),
        ("build-time", text(if version.iso_build() { "2024-06-26 11:42:37" } else { "Dec/03/2021 12:15:05" })),
    ];
    if !version.is_v6() {
        out.push(("factory-software", text("7.4.1")));
    }
    out.extend([
        ("free-memory", text("3650.4MiB")),
        ("total-memory", text("4096.0MiB")),
        ("cpu", text(cpu)),
        ("cpu-count", text(count)),
        ("cpu-frequency", text(frequency)),
        ("cpu-load", text("1%")),
        ("free-hdd-space", text("103.8MiB")),
        ("total-hdd-space", text("128.0MiB")),
        ("write-sect-since-reboot", text("361943")),
        ("write-sect-total", text("669893")),
    ]);
    if !knobs.is_chr() {
        out.push(("bad-blocks", text("0%")));
    }
    out.extend([
        ("architecture-name", text(architecture)),
        ("board-name", knobs.board()),
        ("platform", text("MikroTik")),
    ]);
    out
}

/// v6 a list with units, v7 a table; nothing on a virtual router.
fn health(router: &Router) -> String {
    let knobs = Knobs(&router.device);
    if knobs.is_chr() {
        String::new()
    } else if knobs.version().is_v6() {
        aligned(&vec![("voltage", "24.3V".to_owned()), ("temperature", "35C".to_owned())])
    } else {
        "Columns: NAME, VALUE, TYPE\n#  NAME         VALUE  TYPE\n0  voltage       24.3  V   \n1  temperature     35  C   \n".to_owned()
    }
}

fn history(router: &Router) -> String {
    let knobs = Knobs(&router.device);
    format!(
        "Flags: U - UNDOABLE\nColumns: ACTION, BY, POLICY, TIME\n  ACTION                       BY     POLICY  TIME               \n\
         U system identity changed      {}  write   2026-02-27 13:02:40\n",
        knobs.user()
    )
}

fn interface_list(router: &Router, how: Print) -> String {
    let names = interfaces(router);
    if how.count {
        return format!("{}\n", names.len());
    }
    let mut out = String::new();
    if !how.terse {
        out.push_str(
            "Flags: R - RUNNING\nColumns: NAME, TYPE, ACTUAL-MTU\n #     NAME            TYPE    ACTUAL-MTU\n",
        );
    }
    for (index, name) in names.iter().enumerate() {
        let kind = if name.starts_with("br-") { "bridge" } else { "ether" };
        let flags = if index % 3 == 2 { "   " } else { " R " };
        let port = if kind == "ether" { format!(" default-name={name}") } else { String::new() };
        let mtu = if kind == "ether" { "1500" } else { "auto" };
        let _ = if how.terse {
            writeln!(
                out,
                "{index:>2} {flags} name={name}{port} type={kind} mtu={mtu} actual-mtu=1500 l2mtu=1598 \
                 mac-address=00:00:5E:00:53:{index:02X} link-downs=0"
            )
        } else {
            writeln!(out, "{index:>2} {flags} {name:<15} {kind:<7} {:>10}", 1500)
        };
    }
    out
}

/// The address that is always there and those that were added.
fn address_rows(router: &Router) -> Vec<(String, String, String)> {
    let mut rows = vec![("100.64.7.1/24".to_owned(), "100.64.7.0".to_owned(), "br-cust".to_owned())];
    rows.extend(router.added().into_iter().map(|(address, port)| {
        let host = address.split_once('/').map_or(address.as_str(), |(host, _)| host);
        let network = host.rsplit_once('.').map_or_else(|| host.to_owned(), |(net, _)| format!("{net}.0"));
        (address.clone(), network, port)
    }));
    rows
}

fn addresses(router: &Router, how: Print) -> String {
    let rows = address_rows(router);
    if how.count {
        return format!("{}\n", rows.len());
    }
    let mut out = String::new();
    if !how.terse {
        out.push_str(if Knobs(&router.device).version().is_v6() {
            "Flags: X - disabled, I - invalid, D - dynamic \n #   ADDRESS            NETWORK         INTERFACE\n"
        } else {
            "Columns: ADDRESS, NETWORK, INTERFACE\n #   ADDRESS            NETWORK         INTERFACE\n"
        });
    }
    for (index, (address, network, port)) in rows.iter().enumerate() {
        let _ = if how.terse {
            writeln!(out, "{index:>2}   address={address} network={network} interface={port} actual-interface={port}")
        } else {
            writeln!(out, "{index:>2}   {address:<18} {network:<15} {port}")
        };
    }
    out
}

/// As many as the knob `routes` says: one default route, the rest connected.
fn routes(router: &Router, how: Print) -> String {
    let count = router.device.number("routes", 40.0).max(0.0) as u32;
    if how.count {
        return format!("{count}\n");
    }
    let mut out = String::new();
    if !how.terse {
        out.push_str("Flags: D - DYNAMIC; A - ACTIVE; c - CONNECT, b - BGP; + - ECMP\n");
        out.push_str("Columns: DST-ADDRESS, GATEWAY, DISTANCE\n      DST-ADDRESS       GATEWAY        DISTANCE\n");
    }
    for index in 0..count {
        let (flags, to, by, distance) = if index == 0 {
            ("DAb", "0.0.0.0/0".to_owned(), "203.0.113.1".to_owned(), 20)
        } else {
            ("DAc", format!("100.64.{}.0/24", index % 256), format!("vlan{}", index.saturating_add(100)), 0)
        };
        let _ = if how.terse {
            writeln!(out, "{index:>2} {flags} dst-address={to} gateway={by} distance={distance}")
        } else {
            writeln!(out, "  {flags} {to:<17} {by:<14} {distance:>8}")
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_aligned_to_the_right() {
        let fields = vec![("uptime", "1s".to_owned()), ("write-sect-since-reboot", "2".to_owned())];
        assert_eq!(aligned(&fields), "                   uptime: 1s\n  write-sect-since-reboot: 2\n");
    }
}
