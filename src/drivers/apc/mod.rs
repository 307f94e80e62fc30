//! APC UPS and switched rack PDUs by PowerNet-MIB.
//!
//! Facts: spec/field-devices.md 3.4. Quirks: objects of high precision are preferred where the agent has them; the
//! outlet codes of the two PDU generations are each other's opposite (rPDU 1 is on, rPDU2 1 is off).

mod pdu;
mod ups;

pub use pdu::PDU;
pub use ups::UPS;
