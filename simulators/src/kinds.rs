//! The kinds of simulated devices: what each is in the contract's words, where it listens, who runs it.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::core::{Device, Ports};
use crate::running::Running;

/// Who runs a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starter {
    /// The RouterOS SSH console.
    RouterOs,
    /// The SNMP agent.
    Snmp,
    /// The ICT remote power controller's web page.
    IctPage,
    /// The ePMP radio's web page.
    Epmp,
    /// The Tachyon device's web page.
    Tachyon,
    /// The Aviat radio: command line, SNMP, web.
    Aviat,
    /// The Nokia 7250 IXR: both command lines, SNMP.
    Nokia,
    /// The Ubiquiti Wave radio: HTTPS, and SSH for the firmware banks.
    Wave,
    /// The Netonix switch: SSH and HTTPS.
    Netonix,
    /// The cnMatrix switch's web interface.
    CnMatrix,
    /// The SmartSys controller's web interface.
    SmartSys,
}

/// A row of the table of kinds.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name in lab files and on the command line.
    pub name: &'static str,
    /// The contract's device type unless the lab says another.
    pub device_type: &'static str,
    /// The contract's role unless the lab says another.
    pub role: &'static str,
    /// The faces it has, with the ports that they use unless the lab says others. Unprivileged, so that a fleet
    /// needs no rights.
    pub ports: Ports,
    /// Who runs it.
    pub starter: Starter,
}

const SSH: Ports = Ports { ssh: Some(2200), snmp: None, http: None, https: None };
const SNMP: Ports = Ports { ssh: None, snmp: Some(1610), http: None, https: None };
const RADIO: Ports = Ports { ssh: Some(2200), snmp: Some(1610), http: Some(8000), https: None };
const SSH_SNMP: Ports = Ports { ssh: Some(2200), snmp: Some(1610), http: None, https: None };
const WEB_AND_SSH: Ports = Ports { ssh: Some(2200), snmp: None, http: None, https: Some(8443) };
const HTTP: Ports = Ports { ssh: None, snmp: None, http: Some(8000), https: None };

const WEB: Ports = Ports { ssh: None, snmp: None, http: Some(8000), https: Some(8443) };

const fn row(
    name: &'static str,
    device_type: &'static str,
    role: &'static str,
    ports: Ports,
    starter: Starter,
) -> Kind {
    Kind { name, device_type, role, ports, starter }
}

/// All kinds.
pub const KINDS: &[Kind] = &[
    row("routeros", "MTROS", "swt", SSH, Starter::RouterOs),
    row("snmp", "MTROS", "swt", SNMP, Starter::Snmp),
    row("ict-pdu", "ICT200DB12", "rpc", SNMP, Starter::Snmp),
    row("ict-mps", "ICTMPS", "ups", SNMP, Starter::Snmp),
    row("ict-platinum", "ICT800", "ups", SNMP, Starter::Snmp),
    row("apc-ups", "APCUPS", "ups", SNMP, Starter::Snmp),
    row("apc-pdu", "APCPDU", "rpc", SNMP, Starter::Snmp),
    row("ups-mib", "UPSMIB", "ups", SNMP, Starter::Snmp),
    row("ict-rpc", "ICT200DB12", "rpc", HTTP, Starter::IctPage),
    row("epmp", "CNEP3K", "ap", WEB, Starter::Epmp),
    row("tachyon", "TYN301", "ap", WEB, Starter::Tachyon),
    row("aviat", "AV4100", "bh", RADIO, Starter::Aviat),
    row("nokia", "NK7250", "swt", SSH_SNMP, Starter::Nokia),
    row("wave", "UBWAP", "ap", WEB_AND_SSH, Starter::Wave),
    row("netonix", "NXWS12", "swt", WEB_AND_SSH, Starter::Netonix),
    row("cnmatrix", "CN1012", "swt", HTTP, Starter::CnMatrix),
    row("smartsys", "SS", "ups", HTTP, Starter::SmartSys),
];

/// The row of a kind.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The names of all kinds.
pub fn names() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

impl Kind {
    /// The ports to bind: those asked for, the kind's own for those not named, none for faces that it lacks.
    pub fn wanted(&self, asked: Ports) -> Ports {
        let pick = |own: Option<u16>, asked: Option<u16>| own.map(|own| asked.unwrap_or(own));
        Ports {
            ssh: pick(self.ports.ssh, asked.ssh),
            snmp: pick(self.ports.snmp, asked.snmp),
            http: pick(self.ports.http, asked.http),
            https: pick(self.ports.https, asked.https),
        }
    }

    /// Refuses knobs that a kind does not have; kinds that publish no list of knobs take any.
    pub fn check_state(&self, state: &Map<String, Value>) -> anyhow::Result<()> {
        match self.starter {
            Starter::RouterOs => crate::routeros::check_knobs(state),
            Starter::Aviat => crate::aviat::check_knobs(state),
            Starter::Nokia => crate::nokia::check_knobs(state),
            Starter::Epmp => crate::epmp::check_knobs(state),
            Starter::Tachyon => crate::tachyon::check_knobs(state),
            Starter::Wave => crate::wave::check_knobs(state),
            Starter::Netonix => crate::netonix::check_knobs(state),
            Starter::CnMatrix => crate::cnmatrix::check_knobs(state),
            Starter::SmartSys => crate::smartsys::check_knobs(state),
            Starter::Snmp | Starter::IctPage => Ok(()),
        }
    }

    /// Starts a device of this kind. Errors: a port that cannot be bound, a bad knob.
    pub async fn start(&self, device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
        match self.starter {
            Starter::RouterOs => crate::routeros::start(device, wanted).await,
            Starter::Snmp => crate::snmp::start(device, wanted).await,
            Starter::IctPage => crate::ictpage::start(device, wanted).await,
            Starter::Epmp => crate::epmp::start(device, wanted).await,
            Starter::Tachyon => crate::tachyon::start(device, wanted).await,
            Starter::Aviat => crate::aviat::start(device, wanted).await,
            Starter::Nokia => crate::nokia::start(device, wanted).await,
            Starter::Wave => crate::wave::start(device, wanted).await,
            Starter::Netonix => crate::netonix::start(device, wanted).await,
            Starter::CnMatrix => crate::cnmatrix::start(device, wanted).await,
            Starter::SmartSys => crate::smartsys::start(device, wanted).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_the_kinds_own_unless_asked_for() {
        let kind = find("routeros").unwrap();
        assert_eq!(kind.wanted(Ports::default()), Ports { ssh: Some(2200), ..Ports::default() });
        let asked = Ports { ssh: Some(0), snmp: Some(7), ..Ports::default() };
        assert_eq!(kind.wanted(asked), Ports { ssh: Some(0), ..Ports::default() });
    }
}
