//! What a Wave tells of its health: of its statistics only the place is known (spec/field-devices.md 2.8), so that one
//! request says that it is up, which model it is, and what runs on it.

use super::parse::device::Identity;
use crate::model::Health;

/// Pure.
pub(super) fn health(identity: Identity) -> Health {
    Health { model: Some(identity.model), firmware: Some(identity.firmware), ..Health::default() }
}
