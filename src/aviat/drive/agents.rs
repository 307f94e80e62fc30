//! Radios whose agent does not tell how a load goes on: nearly all with firmware before 6, and asking them again at each
//! of thousands of looks costs a request each.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// In memory only: after a restart each radio's agent is asked once more.
#[derive(Debug, Default)]
pub struct Agents(Mutex<HashMap<IpAddr, Timestamp>>);

impl Agents {
    /// Whether the agent said, during this load (that which began then), that it does not have the objects.
    pub(super) fn has_nothing(&self, radio: IpAddr, load: Timestamp) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&radio) == Some(&load)
    }

    /// It said so. A later load may meet other firmware, and is asked about again.
    pub(super) fn say_nothing(&self, radio: IpAddr, load: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(radio, load);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_asked_again_about_another_load() {
        let (agents, radio) = (Agents::default(), IpAddr::from([192, 0, 2, 1]));
        let (first, second) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        assert!(!agents.has_nothing(radio, first));
        agents.say_nothing(radio, first);
        assert!(agents.has_nothing(radio, first) && !agents.has_nothing(radio, second));
        assert!(!agents.has_nothing(IpAddr::from([192, 0, 2, 2]), first));
    }
}
