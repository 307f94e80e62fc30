//! Every command that a RouterOS device is ever sent, and nowhere else is one spelled.

use super::parse::version::Version;

/// Version, load, board: always the first command, since the version decides how the others are spelled.
pub const RESOURCE: &str = "/system resource print";

/// The device's own name.
pub const IDENTITY: &str = "/system identity print";

/// Board and boot loader. Never sent to the virtual router or a PC: an unknown menu is logged there as a script error.
pub const ROUTERBOARD: &str = "/system routerboard print";

/// Sensors; empty on boards without any.
pub const HEALTH: &str = "/system health print";

/// Interfaces of the configuration: those that sessions of subscribers make are left out, there may be thousands.
pub const INTERFACES: &str = "/interface print terse without-paging where !dynamic";

/// The running config, one command a line. RouterOS 7 hides secrets unless told otherwise and 6 shows them unless told
/// otherwise; `show-sensitive` on 6 is an error.
pub fn export(version: Version, show_secrets: bool) -> &'static str {
    match (version.hides_secrets(), show_secrets) {
        (true, true) => "/export terse show-sensitive",
        (true, false) | (false, true) => "/export terse",
        (false, false) => "/export terse hide-sensitive",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m03_each_version_is_asked_in_its_own_words() {
        let ask = |version, show| export(Version::parse(version).unwrap(), show);
        assert_eq!(ask("6.49.17", true), "/export terse");
        assert_eq!(ask("6.49.17", false), "/export terse hide-sensitive");
        assert_eq!(ask("7.16", true), "/export terse show-sensitive");
        assert_eq!(ask("7.16", false), "/export terse");
        assert_eq!(ask("7.1beta6", true), "/export terse show-sensitive");
    }
}
