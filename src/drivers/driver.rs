//! The registry of drivers: an enum and a match, so that the compiler keeps the list.

use super::aviat::Aviat;
use super::cnmatrix::CnMatrix;
use super::epmp::Epmp;
use super::generic::Generic;
use super::netonix::Netonix;
use super::nokia::Nokia;
use super::power::Power;
use super::routeros::RouterOs;
use super::smartsys::SmartSys;
use super::tachyon::Tachyon;
use super::wave::Wave;
use super::{ConfigOptions, DeviceInfo, Facts, RunningConfig, apc, ict, upsmib};
use crate::model::{DeviceType, Failure, FailureClass, Family, Health};
use crate::transport::{Cx, Target, http, snmp, ssh};

/// Settings of the transports that a driver may use.
#[derive(Debug, Clone, Copy)]
pub struct Transports<'a> {
    /// SSH.
    pub ssh: &'a ssh::Config,
    /// SNMP.
    pub snmp: &'a snmp::Config,
    /// HTTP.
    pub http: &'a http::Config,
}

/// How a device's health can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ways {
    /// By SNMP alone.
    Agent,
    /// By a session: SSH, or HTTP.
    Session,
    /// By SNMP, which tells more; where the agent is silent, a session tells the most important.
    Either,
    /// Each tells something that the other does not.
    Both,
}

/// A driver bound to one device.
pub enum Driver<'a> {
    /// MikroTik RouterOS.
    RouterOs(RouterOs<'a>),
    /// Aviat WTM 4000.
    Aviat(Aviat<'a>),
    /// Nokia 7250 IXR.
    Nokia(Nokia<'a>),
    /// Power equipment by SNMP.
    Power(Power<'a>),
    /// An ICT distribution panel by its page, where the inventory gives it no SNMP.
    Page(ict::Page<'a>),
    /// Cambium ePMP.
    Epmp(Epmp<'a>),
    /// Tachyon radios and switches.
    Tachyon(Tachyon<'a>),
    /// Netonix switch.
    Netonix(Netonix<'a>),
    /// Ubiquiti Wave radio.
    Wave(Wave<'a>),
    /// Cambium cnMatrix by its pages.
    CnMatrix(CnMatrix<'a>),
    /// SmartSys SC501 by its documents.
    SmartSys(SmartSys<'a>),
    /// Standard MIBs only.
    Generic(Generic<'a>),
}

impl<'a> Driver<'a> {
    /// The driver of a device's type. [`FailureClass::NotNative`] where there is none yet.
    pub fn of(
        device_type: DeviceType,
        cx: &'a Cx,
        target: &'a Target,
        transports: Transports<'a>,
    ) -> Result<Self, Failure> {
        let power = |family| Ok(Driver::Power(Power::new(cx, target, transports.snmp, family)));
        match device_type.family() {
            Family::RouterOs => Ok(Driver::RouterOs(RouterOs::new(cx, target, transports.ssh, transports.snmp))),
            Family::Aviat => Ok(Driver::Aviat(Aviat::new(cx, target, transports.ssh, transports.snmp, device_type))),
            Family::Nokia7250 => Ok(Driver::Nokia(Nokia::new(cx, target, transports.ssh, transports.snmp))),
            Family::Netonix => {
                Ok(Driver::Netonix(Netonix::new(cx, target, transports.ssh, transports.http, device_type)))
            }
            Family::Wave => Ok(Driver::Wave(Wave::new(cx, target, transports.http, device_type))),
            Family::IctPanel if target.snmp.is_none() => Ok(Driver::Page(ict::Page::new(cx, target, transports.http))),
            Family::IctPanel => power(&ict::PANEL),
            Family::IctPlatinum => power(&ict::PLATINUM),
            Family::IctMps => power(&ict::MPS),
            Family::ApcUps => power(&apc::UPS),
            Family::ApcPdu => power(&apc::PDU),
            Family::UpsMib => power(&upsmib::UPS_MIB),
            Family::Epmp => Ok(Driver::Epmp(Epmp::new(cx, target, transports.http, device_type))),
            Family::Tachyon => Ok(Driver::Tachyon(Tachyon::new(cx, target, transports.http, device_type))),
            Family::Generic => Ok(Driver::Generic(Generic::new(cx, target, transports.snmp))),
            Family::CnMatrix => Ok(Driver::CnMatrix(CnMatrix::new(cx, target, transports.http, transports.snmp))),
            Family::SmartSys => Ok(Driver::SmartSys(SmartSys::new(cx, target, transports.http))),
        }
    }

    /// In which ways the device's health can be read with SNMP credentials (`agent`), a password (`session`), or both.
    pub fn ways(device_type: DeviceType, agent: bool, session: bool) -> Ways {
        match device_type.family() {
            Family::Generic
            | Family::IctPlatinum
            | Family::IctMps
            | Family::ApcUps
            | Family::ApcPdu
            | Family::UpsMib => Ways::Agent,
            Family::RouterOs | Family::Nokia7250 | Family::Aviat | Family::IctPanel if agent => Ways::Agent,
            Family::Epmp | Family::Tachyon | Family::Netonix if agent && !session => Ways::Agent,
            Family::Epmp | Family::Tachyon if agent => Ways::Either,
            Family::Netonix if agent => Ways::Both,
            // A cnMatrix is asked both ways by its own driver.
            Family::RouterOs
            | Family::Nokia7250
            | Family::Aviat
            | Family::IctPanel
            | Family::Epmp
            | Family::Tachyon
            | Family::Netonix
            | Family::CnMatrix
            | Family::SmartSys
            | Family::Wave => Ways::Session,
        }
    }

    /// The one that reads the device's health from its agent. An ePMP's, Tachyon's or Netonix's says what any agent may:
    /// signal levels, temperatures, and no session is taken away from people.
    ///
    /// # Errors
    /// As [`Driver::of`].
    pub fn by_agent(
        device_type: DeviceType,
        cx: &'a Cx,
        target: &'a Target,
        transports: Transports<'a>,
    ) -> Result<Self, Failure> {
        match device_type.family() {
            Family::Epmp | Family::Tachyon | Family::Netonix => {
                Ok(Driver::Generic(Generic::new(cx, target, transports.snmp)))
            }
            _ => Self::of(device_type, cx, target, transports),
        }
    }

    /// What the device says of itself.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        match self {
            Driver::RouterOs(driver) => Box::pin(driver.facts()).await,
            Driver::Aviat(driver) => Box::pin(driver.facts()).await,
            Driver::Nokia(driver) => Box::pin(driver.facts()).await,
            Driver::Power(driver) => Box::pin(driver.facts()).await,
            Driver::Page(driver) => Box::pin(driver.facts()).await,
            Driver::Epmp(driver) => Box::pin(driver.facts()).await,
            Driver::Tachyon(driver) => Box::pin(driver.facts()).await,
            Driver::Netonix(driver) => Box::pin(driver.facts()).await,
            Driver::Wave(driver) => Box::pin(driver.facts()).await,
            Driver::CnMatrix(driver) => Box::pin(driver.facts()).await,
            Driver::SmartSys(driver) => Box::pin(driver.facts()).await,
            Driver::Generic(driver) => Box::pin(driver.facts()).await,
        }
    }

    /// Its running config.
    pub async fn running_config(&self, options: ConfigOptions) -> Result<RunningConfig, Failure> {
        match self {
            Driver::RouterOs(driver) => Box::pin(driver.running_config(options)).await.map(|(_, config)| config),
            Driver::Aviat(driver) => Box::pin(driver.running_config()).await,
            Driver::Nokia(driver) => Box::pin(driver.running_config()).await.map(|(_, config)| config),
            Driver::Power(driver) => Box::pin(driver.running_config()).await,
            Driver::Epmp(driver) => Box::pin(driver.running_config()).await,
            Driver::Tachyon(driver) => Box::pin(driver.running_config()).await,
            Driver::Netonix(driver) => Box::pin(driver.running_config()).await,
            Driver::Wave(driver) => Box::pin(driver.running_config()).await,
            Driver::CnMatrix(driver) => Box::pin(driver.running_config()).await,
            Driver::SmartSys(driver) => Box::pin(driver.running_config()).await,
            Driver::Page(_) => {
                let sentence =
                    "the panel's page shows no configuration; give the panel SNMP credentials in the inventory";
                Err(Failure::new(FailureClass::NotNative, sentence))
            }
            Driver::Generic(_) => Err(Failure::new(
                FailureClass::NotNative,
                "a device of type GENERIC has no running config that could be read",
            )),
        }
    }

    /// Its family's measurements, and tests where they are asked for.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        match self {
            Driver::RouterOs(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::Aviat(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::Nokia(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::Power(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::Page(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::Epmp(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::Tachyon(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::Netonix(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::Wave(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::CnMatrix(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::SmartSys(driver) => Box::pin(driver.device_info(run_tests)).await,
            Driver::Generic(driver) => Box::pin(driver.device_info(run_tests)).await,
        }
    }

    /// What the device's health is, as cheaply as its family can say it: by SNMP first where it has that, else what a session
    /// shows.
    ///
    /// # Errors
    /// The device did not answer: what it is then is not known, and nothing is given.
    pub async fn health(&self) -> Result<Health, Failure> {
        match self {
            Driver::RouterOs(driver) => Box::pin(driver.health()).await,
            Driver::Aviat(driver) => Box::pin(driver.health()).await,
            Driver::Nokia(driver) => Box::pin(driver.health()).await,
            Driver::Power(driver) => Box::pin(driver.health()).await,
            Driver::Page(driver) => Box::pin(driver.health()).await,
            Driver::Epmp(driver) => Box::pin(driver.health()).await,
            Driver::Tachyon(driver) => Box::pin(driver.health()).await,
            Driver::Netonix(driver) => Box::pin(driver.health()).await,
            Driver::Wave(driver) => Box::pin(driver.health()).await,
            Driver::CnMatrix(driver) => Box::pin(driver.health()).await,
            Driver::SmartSys(driver) => Box::pin(driver.health()).await,
            Driver::Generic(driver) => Box::pin(driver.health()).await,
        }
    }
}
