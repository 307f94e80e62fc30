//! `/system routerboard print`.

use super::fields::Fields;

/// The board and its boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routerboard {
    /// False on PCs, which answer only that.
    pub is_routerboard: bool,
    /// Marketing name.
    pub board: Option<String>,
    /// Model: what is to be ordered as a spare.
    pub model: Option<String>,
    /// Revision of the board.
    pub revision: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Family of the boot loader.
    pub firmware_type: Option<String>,
    /// Boot loader that it left the factory with.
    pub factory_firmware: Option<String>,
    /// Boot loader that runs.
    pub current_firmware: Option<String>,
    /// Boot loader that the installed RouterOS would load.
    pub upgrade_firmware: Option<String>,
    /// What the device says above it, for example that a reboot is wanted.
    pub notes: Vec<String>,
}

impl Routerboard {
    /// None where the text does not say whether there is a board.
    pub fn parse(text: &str) -> Option<Self> {
        let fields = Fields::parse(text);
        let is_routerboard = match fields.get("routerboard")? {
            "yes" => true,
            "no" => false,
            _ => return None,
        };
        Some(Self {
            is_routerboard,
            board: fields.text("board-name"),
            model: fields.text("model"),
            revision: fields.text("revision"),
            serial: fields.text("serial-number"),
            firmware_type: fields.text("firmware-type"),
            factory_firmware: fields.text("factory-firmware"),
            current_firmware: fields.text("current-firmware"),
            upgrade_firmware: fields.text("upgrade-firmware"),
            notes: fields.notes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pc_says_only_no() {
        let board = Routerboard::parse("  routerboard: no\r\n").unwrap();
        assert_eq!(board, Routerboard::default());
        assert_eq!(Routerboard::parse("bad command name routerboard (line 1 column 9)"), None);
    }
}
