//! From trees to devices: the sections of every file are read, then the whole is checked for contradictions.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::credentials::{self, Plain};
use super::fields::{Fields, Mistakes, shown};
use super::tree::{Node, Place, Yaml};
use super::{Inventory, Mistake, Site, hops, policy};
use crate::clock::human;
use crate::model::{Credentials, Device, DeviceType, Family, Polling, Ports, Role, SshProfile};

/// A name goes into metric labels, addresses of the API and log lines.
const NAME_MAX: usize = 128;

/// Reads and checks all files. Either a whole inventory, or every mistake in the order of the files.
pub(super) fn inventory(files: &[(PathBuf, Node)]) -> Result<Inventory, Vec<Mistake>> {
    let mut reading = Reading::default();
    for (file, root) in files {
        reading.file(file, root);
    }
    reading.finish()
}

#[derive(Default)]
struct Reading {
    mistakes: Vec<Mistake>,
    sites: BTreeMap<String, Site>,
    devices: Vec<Draft>,
    outlines: Vec<Outline>,
    defaults: Vec<Preset>,
    plain: BTreeMap<String, crate::model::Secret>,
    warnings: Vec<Mistake>,
}

/// A device that waits for the defaults.
struct Draft {
    device: Device,
    ssh_profile: Option<SshProfile>,
}

/// What of a device must be checked against the others, also where the rest of it is wrong: so that one mistake
/// hides no other.
struct Outline {
    file: PathBuf,
    name: Option<(String, Place)>,
    address: Option<(IpAddr, Place)>,
    site: Option<(String, Place)>,
    /// Through which SSH goes.
    jump: Option<(String, Place)>,
    /// The radio's hop.
    hop: Option<(String, Place)>,
    /// It is a radio of the family that has hops.
    radio: bool,
}

/// An entry of `defaults`.
struct Preset {
    device_type: Option<DeviceType>,
    role: Option<Role>,
    credentials: Credentials,
    ssh_profile: Option<SshProfile>,
}

impl Reading {
    fn file(&mut self, file: &Path, root: &Node) {
        let mut mistakes = Mistakes { file, list: Vec::new() };
        let mut plain = Plain { values: std::mem::take(&mut self.plain), warnings: Vec::new() };
        if root.yaml != Yaml::Null
            && let Some(mut fields) = Fields::of(root, "the inventory", &mut mistakes)
        {
            for node in fields.list("sites", &mut mistakes) {
                self.site(node, &mut mistakes);
            }
            for node in fields.list("defaults", &mut mistakes) {
                self.default_entry(node, &mut plain, &mut mistakes);
            }
            for node in fields.list("devices", &mut mistakes) {
                if let Some((outline, draft)) = device(node, &mut plain, &mut mistakes) {
                    self.outlines.push(outline);
                    self.devices.extend(draft);
                }
            }
            fields.finish(&mut mistakes);
        }
        self.mistakes.append(&mut mistakes.list);
        self.plain = plain.values;
        self.warnings.append(&mut plain.warnings);
    }

    fn site(&mut self, node: &Node, mistakes: &mut Mistakes<'_>) {
        let Some(mut fields) = Fields::of(node, "a site", mistakes) else { return };
        let name = fields.required("name", mistakes);
        if let Some((name, _)) = name {
            fields.call(format!("site '{}'", shown(name)));
        }
        let zone = fields.text("zone", mistakes).and_then(|(text, at)| {
            let zone = jiff::tz::TimeZone::get(text);
            if zone.is_err() {
                mistakes.add(
                    at,
                    format!(
                        "zone '{}' is not a name of the IANA time zone database, for example America/Denver",
                        shown(text)
                    ),
                );
            }
            zone.ok()
        });
        let description = fields.text("description", mistakes).map(|(text, _)| text.to_owned());
        let tags = tags(&mut fields, mistakes);
        fields.finish(mistakes);
        let Some((name, at)) = name.filter(|(name, at)| named_well(name, *at, "site", mistakes)) else { return };
        let site = Site { name: name.to_owned(), zone, description, tags };
        if self.sites.insert(name.to_owned(), site).is_some() {
            mistakes.add(at, format!("there is a second site '{name}'"));
        }
    }

    fn default_entry(&mut self, node: &Node, plain: &mut Plain, mistakes: &mut Mistakes<'_>) {
        let Some(mut fields) = Fields::of(node, "a default", mistakes) else { return };
        let type_text = fields.text("type", mistakes);
        let role_text = fields.text("role", mistakes);
        let known = mistakes.list.len();
        let device_type = type_text.and_then(|(text, at)| device_type(text, at, mistakes));
        let role = role_text.and_then(|(text, at)| role(text, at, mistakes));
        let owner = match (type_text, role_text) {
            (Some((text, _)), None) | (None, Some((text, _))) => format!("defaults/{}", shown(text)),
            _ => {
                mistakes.add(fields.at(), "a default has either a type or a role");
                "defaults".to_owned()
            }
        };
        let ssh_profile = ssh_profile(&mut fields, mistakes);
        let credentials =
            fields.get("credentials").map(|node| credentials::read(node, &owner, plain, mistakes)).unwrap_or_default();
        let twice = self.defaults.iter().any(|other| other.device_type == device_type && other.role == role);
        if twice && mistakes.list.len() == known {
            mistakes
                .add(fields.at(), format!("there is a second default for {}", owner.trim_start_matches("defaults/")));
        }
        fields.finish(mistakes);
        self.defaults.push(Preset { device_type, role, credentials, ssh_profile });
    }

    fn finish(mut self) -> Result<Inventory, Vec<Mistake>> {
        self.check_names();
        self.check_references();
        self.check_hops();
        if !self.mistakes.is_empty() {
            self.mistakes.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
            return Err(self.mistakes);
        }
        let defaults = std::mem::take(&mut self.defaults);
        let devices = self.devices.into_iter().map(|draft| Arc::new(complete(draft, &defaults))).collect();
        Ok(Inventory::assemble(self.sites, devices, self.plain, self.warnings))
    }

    /// Names (also where they differ only in case) and addresses stand once.
    fn check_names(&mut self) {
        let mut names: HashMap<String, &str> = HashMap::new();
        let mut addresses: HashMap<IpAddr, &str> = HashMap::new();
        let mut found = Vec::new();
        for outline in &self.outlines {
            if let Some((name, at)) = &outline.name {
                let message = match names.insert(name.to_lowercase(), name) {
                    Some(other) if other == name => Some(format!("there is a second device '{name}'")),
                    Some(other) => Some(format!("devices '{other}' and '{name}' differ only in upper and lower case")),
                    None => None,
                };
                found.extend(message.map(|message| outline.mistake(*at, message)));
            }
            if let Some((address, at)) = outline.address
                && let Some(other) = addresses.insert(address, outline.called())
            {
                let name = outline.called();
                found.push(outline.mistake(at, format!("address {address} of '{name}' is that of '{other}' already")));
            }
        }
        self.mistakes.append(&mut found);
    }

    /// Sites and jump hosts exist; jump hosts do not run in a circle.
    fn check_references(&mut self) {
        let jump = |outline: &'_ Outline| outline.jump.clone().map(|(jump, _)| jump);
        let jumps: HashMap<String, Option<String>> =
            self.outlines.iter().filter_map(|outline| Some((outline.name.clone()?.0, jump(outline)))).collect();
        let mut found = Vec::new();
        for outline in &self.outlines {
            let name = outline.called();
            if let Some((site, at)) = &outline.site
                && !self.sites.contains_key(site)
            {
                let message = format!("site '{}' of '{name}' is not among the sites", shown(site));
                found.push(outline.mistake(*at, message));
            }
            let Some((jump, at)) = &outline.jump else { continue };
            if !jumps.contains_key(jump) {
                let message = format!("jump host '{}' of '{name}' is not among the devices", shown(jump));
                found.push(outline.mistake(*at, message));
            } else if runs_in_a_circle(name, &jumps) {
                found.push(outline.mistake(*at, format!("the jump hosts of '{name}' run in a circle")));
            }
        }
        self.mistakes.append(&mut found);
    }

    /// Both ends of each hop are radios, and there are two of them.
    fn check_hops(&mut self) {
        let ends: Vec<hops::End<'_>> = self
            .outlines
            .iter()
            .filter_map(|outline| {
                let hop = outline.hop.as_ref().map(|(hop, _)| hop.as_str());
                Some(hops::End { name: &outline.name.as_ref()?.0, radio: outline.radio, hop })
            })
            .collect();
        let mut found = Vec::new();
        for outline in &self.outlines {
            let (Some((name, _)), Some((hop, at))) = (&outline.name, &outline.hop) else { continue };
            if let Some(why) = hops::wrong(name, hop, &ends) {
                found.push(outline.mistake(*at, why));
            }
        }
        self.mistakes.append(&mut found);
    }
}

impl Outline {
    fn mistake(&self, at: Place, message: String) -> Mistake {
        Mistake { file: self.file.clone(), line: at.line, column: at.column, message }
    }

    fn called(&self) -> &str {
        self.name.as_ref().map_or("a device", |(name, _)| name)
    }
}

/// Whether following the jump hosts of `name` comes back to `name`.
fn runs_in_a_circle(name: &str, jumps: &HashMap<String, Option<String>>) -> bool {
    let mut at = name;
    for _ in 0..=jumps.len() {
        match jumps.get(at).and_then(Option::as_deref) {
            None => return false,
            Some(next) if next == name => return true,
            Some(next) => at = next,
        }
    }
    // It leads into a circle of others, which are told themselves.
    false
}

/// The device's own entries win, then those of its type, then those of its role, each field by itself.
fn complete(draft: Draft, defaults: &[Preset]) -> Device {
    let Draft { mut device, ssh_profile: mut profile } = draft;
    let of_type = defaults.iter().filter(|default| default.device_type == Some(device.device_type));
    let of_role = defaults.iter().filter(|default| default.role == Some(device.role));
    let own = &mut device.credentials;
    for default in of_type.chain(of_role) {
        let given = &default.credentials;
        own.username = own.username.take().or_else(|| given.username.clone());
        own.password = own.password.take().or_else(|| given.password.clone());
        if own.private_key.is_none() {
            // A passphrase belongs to its key.
            own.private_key = given.private_key.clone();
            own.private_key_passphrase = given.private_key_passphrase.clone();
        }
        own.snmp = own.snmp.take().or_else(|| given.snmp.clone());
        profile = profile.or(default.ssh_profile);
    }
    device.ssh_profile = profile.unwrap_or_default();
    device
}

/// None where it is no device at all; a draft only where it is a whole one.
fn device(node: &Node, plain: &mut Plain, mistakes: &mut Mistakes<'_>) -> Option<(Outline, Option<Draft>)> {
    let mut fields = Fields::of(node, "a device", mistakes)?;
    let name = fields.required("name", mistakes);
    let owner = name.map_or_else(|| "a device".to_owned(), |(name, _)| shown(name));
    fields.call(format!("device '{owner}'"));
    let address = fields.required("address", mistakes);
    let type_text = fields.required("type", mistakes);
    let role_text = fields.text("role", mistakes);
    let site = fields.text("site", mistakes);
    let jump = fields.text("jump", mistakes);
    let hop = fields.text("hop", mistakes);
    let ports = fields.get("ports").map(|node| ports(node, &owner, mistakes)).unwrap_or_default();
    let credentials =
        fields.get("credentials").map(|node| credentials::read(node, &owner, plain, mistakes)).unwrap_or_default();
    let host_key = fingerprint(&mut fields, "host_key", mistakes);
    let tls_pin = fingerprint(&mut fields, "tls_pin", mistakes);
    let ssh_profile = ssh_profile(&mut fields, mistakes);
    let health = fields.get("health").map(|node| polling(node, &owner, mistakes)).unwrap_or_default();
    let tags = tags(&mut fields, mistakes);
    fields.finish(mistakes);

    let name = name.filter(|(name, at)| named_well(name, *at, "device", mistakes));
    let address = address.and_then(|(text, at)| Some((management_address(text, at, mistakes)?, at)));
    let device_type = type_text.and_then(|(text, at)| device_type(text, at, mistakes));
    let role = role_text.map(|(text, at)| role(text, at, mistakes));
    let owned = |given: Option<(&str, Place)>| given.map(|(text, at)| (text.to_owned(), at));
    // `hop` is a radio's hop; on all others it is the older word for `jump`.
    let radio = device_type.is_some_and(|known| known.family() == Family::Aviat);
    let (jump, hop) = match (jump, hop, radio) {
        (jump, hop, true) => (jump, hop),
        (Some(_), Some((_, at)), false) => {
            mistakes.add(at, format!("'{owner}' has both jump and hop, and is no radio that has hops; leave hop out"));
            (jump, None)
        }
        (jump, hop, false) => (jump.or(hop), None),
    };
    let outline = Outline {
        file: mistakes.file.to_owned(),
        name: owned(name),
        address,
        site: owned(site),
        jump: owned(jump),
        hop: owned(hop),
        radio,
    };
    // A role that is given and none is a mistake, told already.
    let whole = match (name, address, device_type, role) {
        (Some((name, _)), Some((address, _)), Some(device_type), None) => {
            Some((name, address, device_type, device_type.role()))
        }
        (Some((name, _)), Some((address, _)), Some(device_type), Some(Some(role))) => {
            Some((name, address, device_type, role))
        }
        _ => None,
    };
    let draft = whole.map(|(name, address, device_type, role)| Draft {
        device: Device {
            name: name.to_owned(),
            address,
            device_type,
            role,
            site: site.map(|(text, _)| text.to_owned()),
            ports,
            credentials,
            host_key,
            tls_pin,
            ssh_profile: SshProfile::default(),
            jump: jump.map(|(text, _)| text.to_owned()),
            hop: hop.map(|(text, _)| text.to_owned()),
            health,
            tags,
        },
        ssh_profile,
    });
    Some((outline, draft))
}

/// Letters, digits, `.`, `_` and `-`, beginning with a letter or digit; not an address, or `host` would be ambiguous.
fn named_well(name: &str, at: Place, what: &str, mistakes: &mut Mistakes<'_>) -> bool {
    let first = name.chars().next().is_some_and(char::is_alphanumeric);
    let all = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if !first || !all || name.len() > NAME_MAX {
        mistakes.add(
            at,
            format!("'{}' is no name for a {what}: letters, digits, '.', '_' and '-', beginning with a letter or digit, at most {NAME_MAX} bytes", shown(name)),
        );
        return false;
    }
    if name.parse::<IpAddr>().is_ok() {
        mistakes.add(at, format!("'{name}' is an address and cannot be the name of a {what}"));
        return false;
    }
    true
}

fn management_address(text: &str, at: Place, mistakes: &mut Mistakes<'_>) -> Option<IpAddr> {
    let Ok(address) = text.parse::<IpAddr>() else {
        mistakes
            .add(at, format!("address '{}' is not an IPv4 or IPv6 address (no host names, no prefixes)", shown(text)));
        return None;
    };
    let address = address.to_canonical();
    if let Some(kind) = policy::never_a_device(address) {
        mistakes.add(at, format!("address {address} is {kind}, no device can have it"));
        return None;
    }
    Some(address)
}

fn device_type(text: &str, at: Place, mistakes: &mut Mistakes<'_>) -> Option<DeviceType> {
    DeviceType::parse(text).map_err(|error| mistakes.add(at, error.to_string())).ok()
}

fn role(text: &str, at: Place, mistakes: &mut Mistakes<'_>) -> Option<Role> {
    let roles = [Role::Ap, Role::Bh, Role::Swt, Role::Ups, Role::Rpc, Role::Other];
    let role = roles.into_iter().find(|role| role.as_str() == text);
    if role.is_none() {
        mistakes.add(at, format!("role '{}' is none of ap, bh, swt, ups, rpc, other", shown(text)));
    }
    role
}

fn ssh_profile(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Option<SshProfile> {
    let (text, at) = fields.text("ssh_profile", mistakes)?;
    match text {
        "modern" => Some(SshProfile::Modern),
        "legacy" => Some(SshProfile::Legacy),
        "legacy-dsa" => Some(SshProfile::LegacyDsa),
        _ => {
            mistakes.add(at, format!("ssh_profile '{}' is none of modern, legacy, legacy-dsa", shown(text)));
            None
        }
    }
}

fn ports(node: &Node, owner: &str, mistakes: &mut Mistakes<'_>) -> Ports {
    let Some(mut fields) = Fields::of(node, format!("ports of {owner}"), mistakes) else { return Ports::default() };
    let mut port = |name: &'static str| {
        let (text, at) = fields.text(name, mistakes)?;
        let port = text.parse::<u16>().ok().filter(|port| *port > 0);
        if port.is_none() {
            mistakes.add(at, format!("port {name} '{}' is not a number from 1 to 65535", shown(text)));
        }
        port
    };
    let ports = Ports { ssh: port("ssh"), snmp: port("snmp"), http: port("http"), https: port("https") };
    fields.finish(mistakes);
    ports
}

/// The `health` of a device: `{interval: 30s, enabled: false}`.
fn polling(node: &Node, owner: &str, mistakes: &mut Mistakes<'_>) -> Polling {
    let Some(mut fields) = Fields::of(node, format!("health of {owner}"), mistakes) else { return Polling::default() };
    let interval = fields.text("interval", mistakes).and_then(|(text, at)| {
        let interval = human::parse(text).ok().filter(|interval| interval.is_zero() || interval.as_secs() >= 1);
        if interval.is_none() {
            let sentence = format!(
                "interval '{}' of the health of {owner} is no duration of a second or more, such as 30s or 5m, and not 0s (only when asked)",
                shown(text)
            );
            mistakes.add(at, sentence);
        }
        interval
    });
    let off = match fields.text("enabled", mistakes) {
        None | Some(("true", _)) => false,
        Some(("false", _)) => true,
        Some((text, at)) => {
            mistakes.add(at, format!("enabled '{}' of the health of {owner} is neither true nor false", shown(text)));
            false
        }
    };
    fields.finish(mistakes);
    Polling { interval, off }
}

fn tags(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> BTreeMap<String, String> {
    let Some(node) = fields.get("tags") else { return BTreeMap::new() };
    let Yaml::Map(entries) = &node.yaml else {
        mistakes.add(node.at, "tags must be a mapping (key: value)");
        return BTreeMap::new();
    };
    let mut tags = BTreeMap::new();
    for (key, value) in entries {
        match &value.yaml {
            Yaml::Text(text) => {
                tags.insert(key.name.clone(), text.clone());
            }
            _ => mistakes.add(value.at, format!("tag '{}' must be one value", shown(&key.name))),
        }
    }
    tags
}

/// `SHA256:` and 43 characters of unpadded base64, as `ssh-keygen -l` prints it.
fn fingerprint(fields: &mut Fields<'_>, name: &'static str, mistakes: &mut Mistakes<'_>) -> Option<String> {
    let (text, at) = fields.text(name, mistakes)?;
    let digest = text.strip_prefix("SHA256:").and_then(|base64| STANDARD_NO_PAD.decode(base64).ok());
    if digest.is_none_or(|digest| digest.len() != 32) {
        mistakes.add(
            at,
            format!(
                "{name} '{}' is not a fingerprint: SHA256: and 43 characters, as ssh-keygen -l prints it",
                shown(text)
            ),
        );
        return None;
    }
    Some(text.to_owned())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write inventories")]
mod tests;
