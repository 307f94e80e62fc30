//! How a radio is logged in to: with our password, or once with the factory's where ours is refused or the radio is known
//! to have that one.

use std::net::IpAddr;

use crate::actions::Call;
use crate::aviat::state::Login;
use crate::drivers::aviat::{Aviat, Session};
use crate::inventory::Named;
use crate::model::{Credentials, DeviceType, Failure, FailureClass, Secret};
use crate::transport::{Cx, Target};

/// The type of a radio that only its address is known of; both types speak the same.
const USUAL: &str = "AV4100";

/// A radio and the two passwords that it may have.
pub(super) struct Keys {
    pub(super) target: Target,
    pub(super) device_type: DeviceType,
    pub(super) ours: Option<Secret>,
    pub(super) factory: Option<Secret>,
}

impl Call<'_> {
    /// The radio at an address, with the secrets that its logins need. `[aviat]` goes before the inventory: its passwords
    /// are what radios are given.
    pub(super) async fn keys(&self, address: IpAddr) -> Result<Keys, Failure> {
        let device = self.services.inventory.current().by_address(address);
        let name = device.as_ref().map_or_else(|| address.to_string(), |device| device.name.clone());
        let device_type = match &device {
            Some(device) => device.device_type,
            None => {
                DeviceType::parse(USUAL).map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?
            }
        };
        let mut target = self.target(&Named { address, device: device.clone(), name }).await?;
        let settings = &self.services.aviat;
        let own = |given: fn(&Credentials) -> bool| device.as_ref().is_some_and(|device| given(&device.credentials));
        if settings.password.is_some() || !own(|credentials| credentials.username.is_some()) {
            target.username = Some(settings.username.clone());
        }
        let ours = match &settings.password {
            Some(reference) => Some(self.open(reference).await?),
            None => target.password.clone(),
        };
        let factory = match &settings.factory_password {
            Some(reference) => Some(self.open(reference).await?),
            None => None,
        };
        target.password = ours.clone();
        Ok(Keys { target, device_type, ours, factory })
    }
}

impl Keys {
    /// The driver over this radio.
    pub(super) fn aviat<'a>(&'a self, call: &'a Call<'_>, cx: &'a Cx) -> Aviat<'a> {
        let transports = &call.services.transports;
        Aviat::new(cx, &self.target, &transports.ssh, &transports.snmp, self.device_type)
    }

    /// A session, and the password that opened it: the known one first, the other one once, and only where the first was
    /// refused.
    pub(super) async fn session<'a>(
        &self,
        aviat: &Aviat<'a>,
        known: Login,
    ) -> Result<(Session<'a>, Option<Secret>), Failure> {
        let (first, second) = match known {
            Login::Factory => (&self.factory, &self.ours),
            Login::Ours | Login::Unknown => (&self.ours, &self.factory),
        };
        let mut refused = None;
        for password in [first, second].into_iter().flatten() {
            match aviat.session_with(password).await {
                Err(failure) if failure.class == FailureClass::AuthRefused => refused = Some(failure),
                opened => return Ok((opened?, Some(password.clone()))),
            }
        }
        // A key of the inventory, where there is no password at all.
        match refused {
            Some(failure) => Err(failure),
            None => Ok((aviat.session().await?, None)),
        }
    }
}
