//! Data of the web interface.

/// The only user, unless the inventory names another.
pub(super) const USER: &str = "admin";
/// The model that the type stands for.
pub(super) const MODEL: &str = "TX1012-P-DC";
/// The firmware that the operator's switches have.
pub(super) const FIRMWARE: &str = "4.4-r3";
/// The interfaces that may hold the management address: for gateways of version 1, and of version 2.
pub(super) const MANAGEMENT: [&str; 2] = ["vlan444", "vlan3000"];
/// In every page of a session that is over.
pub(super) const ENDED: &str = "Current session has been terminated";
/// In the page of a refused login.
pub(super) const REFUSED: &str = "ERROR";
/// The script that brings the key with which newer builds want the password encrypted.
pub(super) const KEY_SCRIPT: &str = "web_pub_key_data.js";
/// How a page ends.
pub(super) const PAGE_END: &str = "</html>";
/// The cell before the firmware's version.
pub(super) const VERSION_CELL: &str = "Software Version";
