//! `show system information`.

use std::time::Duration;

use super::fields::{field, told};
use super::version::Version;

/// How the configuration is managed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By the classic CLI alone.
    Classic,
    /// By both.
    Mixed,
    /// By MD-CLI alone.
    ModelDriven,
}

impl Mode {
    /// The wire form, which is the device's.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Classic => "classic",
            Mode::Mixed => "mixed",
            Mode::ModelDriven => "model-driven",
        }
    }
}

/// What a device says of itself. What it does not say, or says in a way that is not known, is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct System {
    /// System name.
    pub name: Option<String>,
    /// `7250 IXR-R6`.
    pub model: Option<String>,
    /// Release.
    pub version: Option<Version>,
    /// Time since the start.
    pub uptime: Option<Duration>,
    /// How the configuration is managed, in effect. None: the release has no such setting.
    pub mode: Option<Mode>,
    /// Contact.
    pub contact: Option<String>,
    /// Location.
    pub location: Option<String>,
    /// Letter of the active control card.
    pub active_slot: Option<String>,
    /// Whether something was changed and not saved.
    pub unsaved: Option<bool>,
    /// Who changed it last.
    pub modified_by: Option<String>,
    /// When, as the device writes it.
    pub modified_at: Option<String>,
    /// When it was saved last, as the device writes it.
    pub saved_at: Option<String>,
    /// `192.0.2.60/24`.
    pub management: Option<String>,
    /// The file that it started from.
    pub booted_config: Option<String>,
}

impl System {
    /// Reads the answer; of two fields with one label the first counts. Lines that begin with a blank go on with the
    /// value above and may say anything.
    pub fn parse(text: &str) -> Self {
        let mut system = Self::default();
        for line in text.lines().filter(|line| !line.starts_with([' ', '\t'])) {
            let Some((label, value)) = field(line) else { continue };
            let text = || told(value);
            match label {
                "System Name" => keep(&mut system.name, text()),
                "System Type" => keep(&mut system.model, text()),
                "System Version" => keep(&mut system.version, Version::parse(value)),
                "System Up Time" | "System Up Time (64-bit)" => keep(&mut system.uptime, uptime(value)),
                "Configuration Mode Oper" => keep(&mut system.mode, mode(value)),
                "System Contact" => keep(&mut system.contact, text()),
                "System Location" => keep(&mut system.location, text()),
                "System Active Slot" => keep(&mut system.active_slot, text()),
                "Changes Since Last Save" => keep(&mut system.unsaved, yes(value)),
                "User Last Modified" => keep(&mut system.modified_by, text()),
                "Time Last Modified" => keep(&mut system.modified_at, text()),
                "Time Last Saved" => keep(&mut system.saved_at, text()),
                "Management IP Addr" | "Management IPv4 Addr" => keep(&mut system.management, text()),
                "Last Booted Config File" => keep(&mut system.booted_config, text()),
                _ => {}
            }
        }
        system
    }
}

fn keep<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}

fn yes(value: &str) -> Option<bool> {
    match value {
        "Yes" => Some(true),
        "No" => Some(false),
        _ => None,
    }
}

fn mode(value: &str) -> Option<Mode> {
    [Mode::Classic, Mode::Mixed, Mode::ModelDriven].into_iter().find(|mode| mode.as_str() == value)
}

/// `0 days, 00:43:21.05 (hr:min:sec)`.
fn uptime(value: &str) -> Option<Duration> {
    let (days, rest) = value.split_once(" day")?;
    let (_, clock) = rest.split_once(", ")?;
    let clock = clock.split_whitespace().next()?;
    let mut parts = clock.splitn(3, ':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = |text: &str| text.trim().parse::<u64>().ok();
    let (seconds, hundredths) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let (minutes, seconds) = (whole(minutes).filter(|n| *n < 60)?, whole(seconds).filter(|n| *n < 60)?);
    let total = whole(days)?
        .checked_mul(86_400)?
        .checked_add(whole(hours).filter(|n| *n < 24)? * 3600 + minutes * 60 + seconds)?;
    whole(hundredths)?;
    Some(Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
===============================================================================\r
System Information\r
===============================================================================\r
System Name            : RTR-NK7250-1.TX-PINE\r
System Type            : 7250 IXR-R6\r
Chassis Topology       : Standalone\r
System Version         : B-25.10.R2\r
System Contact         : \r
System Location        : Pine Ridge: hut\r
System Active Slot     : A\r
System Up Time         : 12 days, 03:43:21.05 (hr:min:sec)\r
Configuration Mode Cfg : model-driven\r
Configuration Mode Oper: mixed\r
BOF Source             : cf3:\r
Last Booted Config File: cf3:\\config.cfg\r
Last Boot Config Header: # TiMOS-B-22.10.R9 both/hops64 Nokia 7250 IXR\r
                         System Name : other # All rights\r
Changes Since Last Save: Yes\r
User Last Modified     : jdoe\r
Time Last Modified     : 2026/03/01 10:00:00\r
Time Last Saved        : N/A\r
Management IP Addr     : 192.0.2.60/24\r
";

    #[test]
    fn n12_system_information_is_read_by_its_labels() {
        let system = System::parse(TEXT);
        assert_eq!(system.name.as_deref(), Some("RTR-NK7250-1.TX-PINE"));
        assert_eq!(system.model.as_deref(), Some("7250 IXR-R6"));
        assert_eq!(system.version.unwrap().release, "25.10.R2");
        assert_eq!(system.uptime, Some(Duration::from_secs(12 * 86_400 + 3 * 3600 + 43 * 60 + 21)));
        assert_eq!(system.mode, Some(Mode::Mixed));
        assert_eq!((system.contact, system.location.as_deref()), (None, Some("Pine Ridge: hut")));
        assert_eq!((system.unsaved, system.saved_at), (Some(true), None));
        assert_eq!(system.management.as_deref(), Some("192.0.2.60/24"));
        assert_eq!(system.booted_config.as_deref(), Some("cf3:\\config.cfg"));
    }

    #[test]
    fn both_forms_of_the_labels_are_known() {
        let system = System::parse(
            "System Version         : TiMOS-B-22.10.R3\nManagement IPv4 Addr   : 192.0.2.9/31\n\
             System Up Time (64-bit): 1 day, 00:00:01.00 (hr:min:sec)\n",
        );
        assert_eq!(system.version.unwrap().to_string(), "22.10.R3");
        assert_eq!(system.management.as_deref(), Some("192.0.2.9/31"));
        assert_eq!(system.uptime, Some(Duration::from_secs(86_401)));
        assert_eq!(system.mode, None);
    }

    #[test]
    fn what_is_not_understood_is_unknown() {
        assert_eq!(System::parse("Systemname : x\nsystem name : y\n"), System::default());
        let odd =
            System::parse("System Up Time : soon\nChanges Since Last Save: Perhaps\nConfiguration Mode Oper: magic\n");
        assert_eq!(odd, System::default());
        for text in [
            "1 days, 25:00:00",
            "1 days, 00:61:00.0",
            "x days, 00:00:00.0",
            "1 days, 00:00",
            "9999999999999999999999 days, 00:00:00",
        ] {
            assert_eq!(uptime(text), None, "{text}");
        }
    }
}
