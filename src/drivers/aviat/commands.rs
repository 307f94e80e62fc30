//! Every command that a WTM is ever sent, and nowhere else is one spelled.

use crate::model::{Failure, Secret};

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
    /// Its SNMP part.
    SnmpConfig,
    /// Its part of the external buffer; 6.x.
    BufferConfig,
    /// Its part of the joined radio; 6.x.
    PartnerConfig,
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
            Command::SnmpConfig => "show running-config snmp",
            Command::BufferConfig => "show running-config qos-default-policy ExternalBufferSize",
            Command::PartnerConfig => "show running-config partner-device",
        }
    }
}

/// A line that changes the radio, or leads to one that does.
#[derive(Debug, Clone, Copy)]
pub enum Action<'a> {
    /// Fetches an image, and activates it if told so.
    Load {
        /// From where: `http://`, nothing behind the path.
        uri: &'a str,
        /// Activates it when it is loaded.
        immediate: bool,
    },
    /// Boots into the image that was loaded.
    Activate,
    /// Ends a load, or clears an error.
    AbortLoad,
    /// Boots into the other image.
    Rollback,
    /// Reboots.
    Restart,
    /// Asks for the own password, and twice for the new one.
    ChangePassword,
    /// Opens the candidate config.
    Configure,
    /// The same, as ConfD spells it in full.
    ConfigureTerminal,
    /// Makes the candidate the config.
    Commit,
    /// One level up; from the top of the candidate back to operational mode.
    Exit,
    /// Forgets the candidate and goes back to operational mode.
    Discard,
    /// The same, spelled in another way.
    DiscardEnd,
    /// SNMP versions.
    SnmpMode(&'a str),
    /// SNMP community.
    SnmpCommunity(&'a Secret),
    /// No spanning tree.
    SpanningTreeDown,
    /// Limit of the external buffer's queue, kilobytes.
    Buffer(u32),
    /// Asks for the password of the account.
    OwnPassword,
}

impl Action<'_> {
    /// The line as typed, without its end. Fails with `Validation` where what goes into it could be read as something
    /// else.
    pub fn line(self) -> Result<String, Failure> {
        let fixed = match self {
            Action::Load { uri, immediate } => {
                let then = if immediate { " activation-immediately" } else { "" };
                return Ok(format!("software load uri {} force{then}", address(uri)?));
            }
            Action::SnmpMode(mode) => {
                let sound = !mode.is_empty() && mode.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                // `community` would begin another line.
                if !sound || mode == "community" {
                    return Err(Failure::validation(format!("\"{}\" is no SNMP mode", mode.escape_default())));
                }
                return Ok(format!("snmp {mode}"));
            }
            Action::SnmpCommunity(community) => {
                return Ok(format!("snmp community {}", word(community.expose(), "the SNMP community")?));
            }
            Action::Buffer(kbytes) => {
                return Ok(format!(
                    "qos-default-policy ExternalBufferSize traffic-classes 0 queue-size queue-limit {kbytes} kbytes"
                ));
            }
            Action::Activate => "software activate",
            Action::AbortLoad => "software abort",
            Action::Rollback => "software rollback",
            Action::Restart => "restart",
            Action::ChangePassword => "change-password",
            Action::Configure => "config",
            Action::ConfigureTerminal => "config terminal",
            Action::Commit => "commit",
            Action::Exit => "exit",
            Action::Discard => "abort",
            Action::DiscardEnd => "end no-confirm",
            Action::SpanningTreeDown => "spanning-tree administrative-status down",
            Action::OwnPassword => "user admin password",
        };
        Ok(fixed.to_owned())
    }
}

/// Characters that a command line may take for something else: quotes, separators, help, pipes, comments, escapes.
const SPECIAL: &str = "\"'`\\;|?!#";
/// No secret is shorter: it could not be told from other words in what a radio says.
const SHORTEST: usize = 3;

/// A word that means itself. Never quotes it in the failure: it may be a secret.
fn word<'a>(text: &'a str, what: &str) -> Result<&'a str, Failure> {
    let sound = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(|c| SPECIAL.contains(c));
    if !sound || text.len() < SHORTEST || text.len() > 200 {
        return Err(Failure::validation(format!(
            "{what} cannot be typed: it needs {SHORTEST} to 200 ASCII characters, no blank and none of {SPECIAL}"
        )));
    }
    Ok(text)
}

fn address(uri: &str) -> Result<&str, Failure> {
    let path = uri.strip_prefix("http://").and_then(|rest| rest.split_once('/'));
    match path {
        Some((host, path)) if !host.is_empty() && !host.contains('@') && !path.is_empty() => {
            word(uri, "the address of the image")
        }
        _ => Err(Failure::validation("the address of the image is none of the form http://HOST/PATH")),
    }
}

/// Whether a secret can be typed to a question: it must fit one line. Never quotes it.
pub fn answer(secret: &Secret) -> Result<(), Failure> {
    let text = secret.expose();
    let sound = text.chars().all(|c| !c.is_control()) && text.trim() == text;
    if !sound || text.len() < SHORTEST || text.len() > 200 {
        return Err(Failure::validation(format!(
            "the password cannot be typed: it needs {SHORTEST} to 200 characters, no control character and no blank at its ends"
        )));
    }
    Ok(())
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
            C::SnmpConfig,
            C::BufferConfig,
            C::PartnerConfig,
        ] {
            let line = command.line();
            let harmless = line.starts_with("show ") || line.ends_with(" false");
            assert!(harmless && !line.contains('\n') && line.trim() == line, "{line}");
        }
    }

    #[test]
    fn nothing_that_is_typed_ends_the_line_or_begins_another() {
        let refused = |action: Action<'_>| action.line().is_err();
        for uri in [
            "http://192.0.2.200/a b",
            "http://192.0.2.200/a\nrestart",
            "http://192.0.2.200/a;restart",
            "http://192.0.2.200/a|b",
            "http://u:p@192.0.2.200/a",
            "http:///a",
            "http://192.0.2.200",
            "https://192.0.2.200/a",
            "ftp://192.0.2.200/a",
            "",
        ] {
            assert!(refused(Action::Load { uri, immediate: false }), "{uri}");
        }
        for community in ["", "ab", "a b c", "abc\ncommit", "abc\"", "abc?", "äöüß"] {
            assert!(refused(Action::SnmpCommunity(&Secret::new(community))), "{community}");
        }
        for mode in ["", "v2c only", "community", "v2c\n"] {
            assert!(refused(Action::SnmpMode(mode)), "{mode}");
        }
        let failure = Action::SnmpCommunity(&Secret::new("s3cret word")).line().unwrap_err();
        assert!(!failure.sentence.contains("s3cret"), "{failure}");
        for (password, sound) in [("p@ss;word?", true), ("ab", false), (" abc", false), ("abc\ndef", false)] {
            assert_eq!(answer(&Secret::new(password)).is_ok(), sound, "{password}");
        }
    }

    #[test]
    fn the_lines_are_those_of_the_specification() {
        let uri = "http://192.0.2.200/fw/wtm4100-6.2.4.12.59373.swpack";
        let line = |action: Action<'_>| action.line().unwrap();
        assert_eq!(
            line(Action::Load { uri, immediate: false }),
            "software load uri http://192.0.2.200/fw/wtm4100-6.2.4.12.59373.swpack force"
        );
        assert_eq!(
            line(Action::Load { uri, immediate: true }),
            "software load uri http://192.0.2.200/fw/wtm4100-6.2.4.12.59373.swpack force activation-immediately"
        );
        assert_eq!(line(Action::SnmpMode("v2c-only")), "snmp v2c-only");
        assert_eq!(line(Action::SnmpCommunity(&Secret::new("c0mm"))), "snmp community c0mm");
        assert_eq!(
            line(Action::Buffer(2500)),
            "qos-default-policy ExternalBufferSize traffic-classes 0 queue-size queue-limit 2500 kbytes"
        );
    }
}
