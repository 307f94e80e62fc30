//! Every command that a WTM is ever sent, and nowhere else is one spelled.

/// A line without effect on the radio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Paging off, as the fleet's tools spell it (3.4).
    PagingOff,
    /// Paging off, as stock ConfD spells it.
    PagingOffPlain,
    /// Completion at blanks off, as the fleet's tools spell it.
    CompletionOff,
    /// Completion at blanks off, as stock ConfD spells it.
    CompletionOffPlain,
    /// Versions and state of the software.
    SoftwareStatus,
    /// The same on releases where the first is empty, as leaves (2.11) or as a table (6.x).
    Version,
    /// Bundles of licences.
    LicenceBundles,
    /// Licences one by one, with their trial marks.
    Licences,
    /// Spanning tree.
    SpanningTree,
    /// All interfaces.
    Interfaces,
    /// The management interface.
    ManagementInterface,
    /// The management interface's part of the config.
    ManagementConfig,
    /// State of the carriers.
    Carriers,
    /// Identity of the hardware on 6.x.
    Hardware,
    /// Identity of the hardware on 2.x.
    ManufactureDetails,
    /// Time since the start, on releases that show it.
    SystemUptime,
    /// The same, shorter.
    Uptime,
    /// The whole config.
    RunningConfig,
}

impl Command {
    /// The line as typed, without its end.
    pub fn line(self) -> &'static str {
        match self {
            Command::PagingOff => "set paginate false",
            Command::PagingOffPlain => "paginate false",
            Command::CompletionOff => "set complete-on-space false",
            Command::CompletionOffPlain => "complete-on-space false",
            Command::SoftwareStatus => "show software-status",
            Command::Version => "show version",
            Command::LicenceBundles => "show licensing bundles",
            Command::Licences => "show licensing",
            Command::SpanningTree => "show spanning-tree",
            Command::Interfaces => "show interface",
            Command::ManagementInterface => "show interface Vlan1",
            Command::ManagementConfig => "show running-config interface Vlan1",
            Command::Carriers => "show radio-carrier status",
            Command::Hardware => "show hardware System/Root1",
            Command::ManufactureDetails => "show manufacture-details Terminal1",
            Command::SystemUptime => "show system uptime",
            Command::Uptime => "show uptime",
            Command::RunningConfig => "show running-config",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reader_leaves_operational_mode_or_ends_the_session() {
        use Command as C;
        for command in [
            C::PagingOff,
            C::PagingOffPlain,
            C::CompletionOff,
            C::CompletionOffPlain,
            C::SoftwareStatus,
            C::Version,
            C::LicenceBundles,
            C::Licences,
            C::SpanningTree,
            C::Interfaces,
            C::ManagementInterface,
            C::ManagementConfig,
            C::Carriers,
            C::Hardware,
            C::ManufactureDetails,
            C::SystemUptime,
            C::Uptime,
            C::RunningConfig,
        ] {
            let line = command.line();
            let harmless = line.starts_with("show ") || line.ends_with(" false");
            assert!(harmless && !line.contains('\n') && line.trim() == line, "{line}");
        }
    }
}
