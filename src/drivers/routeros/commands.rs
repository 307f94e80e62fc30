//! Every command that a RouterOS device is ever sent, and nowhere else is one spelled.

use super::parse::version::Version;

/// Version, load, board. First wherever the version decides how another command is spelled.
pub const RESOURCE: &str = "/system resource print";

/// The device's own name.
pub const IDENTITY: &str = "/system identity print";

/// Board and boot loader. Never sent to the virtual router or a PC: an unknown menu is logged there as a script error.
pub const ROUTERBOARD: &str = "/system routerboard print";

/// Sensors; empty on boards without any.
pub const HEALTH: &str = "/system health print";

/// Interfaces of the configuration: those that sessions of subscribers make are left out, there may be thousands.
pub const INTERFACES: &str = "/interface print terse without-paging where !dynamic";

/// The running config without secrets, one command a line. RouterOS 6 has to be told, and 7, which hides them anyway,
/// takes the word too (spec/mikrotik-nokia.md 1.5.1): nothing has to be known of the device.
pub const EXPORT_HIDDEN: &str = "/export terse hide-sensitive";

/// The running config with secrets. RouterOS 7 hides them unless told otherwise; on 6 `show-sensitive` is an error.
pub fn export_shown(version: Version) -> &'static str {
    match version.hides_secrets() {
        true => "/export terse show-sensitive",
        false => "/export terse",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m03_each_version_is_asked_for_secrets_in_its_own_words() {
        let ask = |version| export_shown(Version::parse(version).unwrap());
        assert_eq!(ask("6.49.17"), "/export terse");
        assert_eq!(ask("7.16"), "/export terse show-sensitive");
        assert_eq!(ask("7.1beta6"), "/export terse show-sensitive");
    }
}
