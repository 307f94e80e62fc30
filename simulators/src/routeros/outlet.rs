//! The way out of a router's connections.

pub use crate::ssh::outlet::{Gone, Verdict};

use super::router::Router;

/// What the channels of one connection share.
pub type Connection = crate::ssh::outlet::Connection<Router>;

/// A channel's way out.
pub type Outlet = crate::ssh::outlet::Outlet<Router>;
