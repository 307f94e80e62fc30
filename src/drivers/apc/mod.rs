//! APC UPS and switched rack PDUs by PowerNet-MIB.
//!
//! Facts: spec/field-devices.md 3.4. Quirks: objects of high precision are preferred where the agent has them; the
//! outlet codes of two PDU generations are each other's opposite (rPDU 1 is on, rPDU2 1 is off); the same unit answers in
//! the trees of several generations, each of them perhaps a part (an AP7900B with firmware 6.8.2 has its outlets in
//! sPDU, its current in rPDU2 and -1 for the power there); -1 stands for "not supported".

mod pdu;
mod ups;

pub use pdu::PDU;
pub use ups::UPS;
