//! From a payload to a device: which one, of which type, with which credentials.

use std::net::IpAddr;

use super::Call;
use super::credentials::Door;
use crate::inventory::Named;
use crate::model::{Credentials, Device, DeviceType, Failure, Role, Secret};
use crate::transport::{SnmpLogin, Target};

/// A device that a job may speak to.
pub(super) struct Subject {
    /// Its type.
    pub device_type: DeviceType,
    /// Where it is and how to log in.
    pub target: Target,
}

impl Call<'_> {
    /// The device that the payload names, with the address policy applied.
    pub(super) fn named(&self) -> Result<Named, Failure> {
        self.services.inventory.current().named(self.payload(), &self.services.policy)
    }

    /// The device of a family action: its type must be given, or known, and be of the action's role.
    pub(super) async fn subject(&self, role: Option<Role>) -> Result<Subject, Failure> {
        let named = self.named()?;
        let device_type = self.device_type(Some(&named), role)?;
        let target = self.target(&named).await?;
        Ok(Subject { device_type, target })
    }

    /// The type that the payload and the inventory give; none of a device need be named.
    pub(super) fn device_type(&self, named: Option<&Named>, role: Option<Role>) -> Result<DeviceType, Failure> {
        let known = named.and_then(|named| named.device.as_ref()).map(|device| device.device_type);
        let name = named.map_or("the device", |named| named.name.as_str());
        let asked = self.text("device_type")?.map(DeviceType::parse).transpose();
        let asked = asked.map_err(|error| Failure::validation(format!("'device_type': {error}")))?;
        let valid = || match role {
            Some(role) => DeviceType::codes_of(role).collect::<Vec<_>>().join(", "),
            None => DeviceType::codes().collect::<Vec<_>>().join(", "),
        };
        let device_type = match (asked, known) {
            (Some(asked), Some(known)) if asked.family() != known.family() => {
                let sentence =
                    format!("'device_type' says {asked}, but {name} is {known} in the inventory; correct one of them");
                return Err(Failure::validation(sentence));
            }
            (Some(device_type), _) | (None, Some(device_type)) => device_type,
            (None, None) => {
                let why = match named {
                    Some(_) => format!("{name} is not in the inventory"),
                    None => "no device of the inventory is named by ip_address, host or device".to_owned(),
                };
                let sentence = format!("'device_type' is missing and {why}; valid types: {}", valid());
                return Err(Failure::validation(sentence));
            }
        };
        match role {
            Some(role) if device_type.role() != role => {
                let sentence =
                    format!("'device_type' {device_type} is no type of {}; valid types: {}", self.action.id, valid());
                Err(Failure::validation(sentence))
            }
            _ => Ok(device_type),
        }
    }

    /// Where the device is and how to log in: the payload's `username` and `password` before the inventory's.
    pub(super) async fn target(&self, named: &Named) -> Result<Target, Failure> {
        let mut target = match &named.device {
            Some(device) => self.door().target(device).await?,
            None => bare(named.address, named.name.clone()),
        };
        if let Some(username) = self.text("username")? {
            target.username = Some(username.to_owned());
        }
        if let Some(password) = self.payload_secret("password").await? {
            target.password = Some(password);
            target.private_key = None;
        }
        if let Some(community) = self.payload_secret("snmp_community").await? {
            target.snmp = Some(self.community_login(community)?);
        }
        for (name, port) in [
            ("ssh_port", &mut target.ports.ssh),
            ("snmp_port", &mut target.ports.snmp),
            ("http_port", &mut target.ports.http),
            ("https_port", &mut target.ports.https),
        ] {
            if let Some(number) = self.number(name, 1..=65535)? {
                *port = u16::try_from(number).ok();
            }
        }
        Ok(target)
    }

    fn community_login(&self, community: Secret) -> Result<SnmpLogin, Failure> {
        match self.number("snmp_version", 1..=2)? {
            Some(1) => Ok(SnmpLogin::V1 { community }),
            _ => Ok(SnmpLogin::V2c { community }),
        }
    }
}

impl Door<'_> {
    /// A device of the inventory, and the one through which SSH goes to it, with their secrets opened.
    pub(super) async fn target(&self, device: &Device) -> Result<Target, Failure> {
        let mut target = self.alone(device).await?;
        target.hop = self.jump(device).await?;
        Ok(target)
    }

    /// The way to a device, without its own credentials: to see whether it is there.
    pub(super) async fn way(&self, device: &Device) -> Result<Target, Failure> {
        let mut target = bare(device.address, device.name.clone());
        target.ports = device.ports;
        target.ssh_profile = device.ssh_profile;
        target.hop = self.jump(device).await?;
        Ok(target)
    }

    async fn jump(&self, device: &Device) -> Result<Option<Box<Target>>, Failure> {
        let Some(jump) = device.jump.as_deref() else { return Ok(None) };
        let jump = self.services.inventory.current().by_name(jump);
        let jump =
            jump.ok_or_else(|| Failure::validation(format!("{}: its jump host is not in the inventory", device.name)))?;
        Ok(Some(Box::new(self.alone(&jump).await?)))
    }

    async fn alone(&self, device: &Device) -> Result<Target, Failure> {
        let Credentials { username, password, private_key, private_key_passphrase, snmp } = &device.credentials;
        let label = |failure: Failure| failure.at(&device.name);
        let mut target = Target {
            name: device.name.clone(),
            address: device.address,
            ports: device.ports,
            username: username.clone(),
            password: None,
            private_key: None,
            private_key_passphrase: None,
            snmp: None,
            ssh_profile: device.ssh_profile,
            host_key: device.host_key.clone(),
            tls_pin: device.tls_pin.clone(),
            hop: None,
        };
        for (reference, place) in [
            (password, &mut target.password),
            (private_key, &mut target.private_key),
            (private_key_passphrase, &mut target.private_key_passphrase),
        ] {
            if let Some(reference) = reference {
                *place = Some(self.open(reference).await.map_err(label)?);
            }
        }
        if let Some(access) = snmp {
            target.snmp = Some(self.snmp_login(access).await.map_err(label)?);
        }
        Ok(target)
    }
}

/// A device that only the payload knows.
fn bare(address: IpAddr, name: String) -> Target {
    Target {
        name,
        address,
        ports: crate::model::Ports::default(),
        username: None,
        password: None,
        private_key: None,
        private_key_passphrase: None,
        snmp: None,
        ssh_profile: crate::model::SshProfile::default(),
        host_key: None,
        tls_pin: None,
        hop: None,
    }
}
