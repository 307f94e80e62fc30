//! Every action id with its scope, risk and one-line description: data, no behaviour.

use crate::model::{Access, Role};

/// How far an action is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Native {
    /// It works.
    Yes,
    /// It ends `error`; the text says what is missing.
    NotYet(&'static str),
}

/// What an action speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Nothing outside the daemon.
    Nothing,
    /// One device, named by `ip_address`, `host` or `device`; types of the role, or any.
    Device(Option<Role>),
    /// Several devices, by `ips` or `devices`.
    Devices,
}

/// One action of the contract.
#[derive(Debug, PartialEq, Eq)]
pub struct Action {
    /// Its id.
    pub id: &'static str,
    /// What it does, one line.
    pub about: &'static str,
    /// What it speaks to.
    pub reach: Reach,
    /// Read or write.
    pub access: Access,
    /// A scope beyond `job.submit`, where it needs one.
    pub scope: Option<&'static str>,
    /// `method` and `path` of the result wrapper.
    pub wrapper: Option<(&'static str, &'static str)>,
    /// Whether it works.
    pub native: Native,
}

/// The action with this id.
pub fn find(id: &str) -> Option<&'static Action> {
    ALL.iter().find(|action| action.id == id)
}

/// The 65 actions, sorted by id.
pub static ALL: &[Action] = &[];
