//! Power equipment. Scenarios of spec/field-devices.md section 5 are named by their numbers (`f28_...`).

mod recordings;
