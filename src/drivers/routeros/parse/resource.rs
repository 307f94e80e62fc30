//! `/system resource print`.

use std::time::Duration;

use super::fields::Fields;
use super::version::Installed;
use super::{size, uptime};

/// What the device says of its software and load. A field that it does not show, or shows in a way that is not
/// known, is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resource {
    /// Time since it started.
    pub uptime: Option<Duration>,
    /// Version and channel.
    pub installed: Option<Installed>,
    /// As the device writes it: `Dec/03/2021 12:15:05` or `2024-06-26 11:42:37`, no zone.
    pub build_time: Option<String>,
    /// Version that it left the factory with.
    pub factory_software: Option<String>,
    /// Bytes.
    pub free_memory: Option<u64>,
    /// Bytes.
    pub total_memory: Option<u64>,
    /// Name of the processor.
    pub cpu: Option<String>,
    /// Cores.
    pub cpu_count: Option<u64>,
    /// MHz.
    pub cpu_frequency: Option<u64>,
    /// Percent, over all cores.
    pub cpu_load: Option<u64>,
    /// Bytes.
    pub free_disk: Option<u64>,
    /// Bytes.
    pub total_disk: Option<u64>,
    /// Sectors since it started.
    pub writes_since_reboot: Option<u64>,
    /// Sectors ever.
    pub writes_total: Option<u64>,
    /// Percent, as the device writes it, without the sign.
    pub bad_blocks: Option<String>,
    /// `mipsbe`, `arm64`, `x86_64`, ...
    pub architecture: Option<String>,
    /// Marketing name of the board; `CHR` for the virtual router.
    pub board: Option<String>,
    /// Usually `MikroTik`.
    pub platform: Option<String>,
}

impl Resource {
    /// None where the text shows no version: then it is not this command's output.
    pub fn parse(text: &str) -> Option<Self> {
        let fields = Fields::parse(text);
        let installed = Installed::parse(fields.get("version")?)?;
        Some(Self {
            uptime: fields.get("uptime").and_then(uptime::parse),
            installed: Some(installed),
            build_time: fields.text("build-time"),
            factory_software: fields.text("factory-software"),
            free_memory: fields.get("free-memory").and_then(size::parse),
            total_memory: fields.get("total-memory").and_then(size::parse),
            cpu: fields.text("cpu"),
            cpu_count: fields.number("cpu-count", ""),
            cpu_frequency: fields.number("cpu-frequency", "MHz"),
            cpu_load: fields.number("cpu-load", "%"),
            free_disk: fields.get("free-hdd-space").and_then(size::parse),
            total_disk: fields.get("total-hdd-space").and_then(size::parse),
            writes_since_reboot: fields.number("write-sect-since-reboot", ""),
            writes_total: fields.number("write-sect-total", ""),
            bad_blocks: fields.get("bad-blocks").and_then(|text| text.strip_suffix('%')).map(str::to_owned),
            architecture: fields.text("architecture-name"),
            board: fields.text("board-name"),
            platform: fields.text("platform"),
        })
    }

    /// Whether there is a RouterBOARD under it: the virtual router and PCs have no such menu, and asking for it is
    /// logged as a script error on the device since 7.15. False where the board is not known.
    pub fn has_routerboard(&self) -> bool {
        let board = self.board.as_deref().unwrap_or("CHR");
        let architecture = self.architecture.as_deref().unwrap_or_default();
        !(board.starts_with("CHR") || board.starts_with("x86") || architecture.starts_with("x86"))
    }

    /// Free of total memory, percent.
    pub fn free_memory_percent(&self) -> Option<f64> {
        percent(self.free_memory?, self.total_memory?)
    }

    /// Free of total disk, percent.
    pub fn free_disk_percent(&self) -> Option<f64> {
        percent(self.free_disk?, self.total_disk?)
    }
}

fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "                   uptime: 1h\r\n                  version: 7.21rc2 (testing)\r\n\
        \x20             free-memory: lots\r\n             total-memory: 64.0MiB\r\n\
        \x20              board-name: hEX S\r\n          a-new-field: 7\r\n";

    #[test]
    fn what_is_not_understood_is_not_known() {
        let resource = Resource::parse(SMALL).unwrap();
        assert_eq!(resource.uptime, Some(Duration::from_secs(3600)));
        assert_eq!(resource.free_memory, None);
        assert_eq!(resource.free_memory_percent(), None);
        assert_eq!(resource.total_memory, Some(67_108_864));
        assert_eq!(resource.board.as_deref(), Some("hEX S"));
        assert!(resource.has_routerboard());
    }

    #[test]
    fn an_error_is_not_a_resource() {
        assert_eq!(Resource::parse("expected end of command (line 1 column 9)\r\n"), None);
        assert_eq!(Resource::parse(""), None);
    }

    #[test]
    fn only_boards_have_a_routerboard() {
        let with = |board: &str, architecture: &str| Resource {
            board: Some(board.to_owned()),
            architecture: Some(architecture.to_owned()),
            ..Resource::default()
        };
        assert!(!with("CHR", "x86_64").has_routerboard());
        assert!(!with("CHR Amazon EC2", "arm64").has_routerboard());
        assert!(!with("x86", "x86").has_routerboard());
        assert!(with("CCR2004-1G-12S+2XS", "arm64").has_routerboard());
        assert!(!Resource::default().has_routerboard());
    }
}
