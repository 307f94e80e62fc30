//! x
pub struct RouterOs;
