//! The cheapest look at a radio that loads. A load takes 10 to 40 minutes, and a roll-out has thousands of them: all that
//! most looks have to find out is that nothing has changed, and for that one SNMP request does where the radio's agent has
//! the objects, or else one login and one command.
//!
//! What follows from a load that goes on depends on neither uptime nor prechecks, so nothing else is read then. A radio
//! that came up anew in the middle of its load does not load any more, and says so here.

use super::link::Link;
use crate::aviat::state::{Image, Load, Radio, Sent};
use crate::aviat::version;
use crate::clock::add;
use crate::drivers::aviat::parse::software::Software;
use crate::model::{Failure, FailureClass};

impl Link<'_, '_> {
    /// The software of a radio that is seen to load still; none where it shows anything else, or too little: then it is
    /// looked at as a whole.
    ///
    /// Fails as the login does.
    pub(super) async fn glance(
        &mut self,
        radio: &Radio,
        load: &Load,
        starting: bool,
    ) -> Result<Option<Software>, Failure> {
        if let Some(software) = self.told_by_agent(radio, load).await? {
            return Ok(Some(software));
        }
        let (_, session) = self.opened(radio.login, starting).await?;
        match session.glance().await {
            Ok(software) => Ok(Some(software).filter(|software| still_loads(software, &load.image))),
            Err(failure)
                if session.is_usable()
                    && matches!(failure.class, FailureClass::DeviceRefused | FailureClass::ForbiddenReadonly) =>
            {
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// What the agent says, where it says that this very image is being loaded. Of a load that takes too long, or that
    /// somebody wants to end, the command line's word counts.
    async fn told_by_agent(&self, radio: &Radio, load: &Load) -> Result<Option<Software>, Failure> {
        let deps = self.deps;
        let due = radio.abort.is_some() || deps.clock.now() >= add(load.since, deps.config.load_give_up);
        let address = deps.target.address;
        let asked = load.sent == Sent::Accepted && !due && !deps.agents.has_nothing(address, load.since);
        let Some(aviat) = self.aviat(radio.login).filter(|_| asked) else { return Ok(None) };
        match aviat.software_by_agent().await {
            Ok(Some(Software { state: None, uri: None, .. })) | Ok(None) => {
                deps.agents.say_nothing(address, load.since);
                Ok(None)
            }
            Ok(Some(software)) => {
                let this = software.uri.as_deref() == Some(load.image.uri.as_str());
                Ok(Some(software).filter(|software| this && still_loads(software, &load.image)))
            }
            Err(failure) if failure.class == FailureClass::Cancelled => Err(failure),
            Err(failure) => {
                let class = failure.class.as_str();
                deps.cx.witness.noted("snmp", &format!("the state of its software is not known from there ({class})"));
                Ok(None)
            }
        }
    }
}

/// Whether it loads, and does not run the image yet.
fn still_loads(software: &Software, image: &Image) -> bool {
    let other = software.active.is_some_and(|active| !version::same(&active.short(), &image.version));
    other && software.is_loading()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aviat::state::Target;

    fn shows(active: &str, status: &str) -> Software {
        Software::parse(&format!("software-status active-version {active}\nsoftware-status status {status}\n"))
    }

    #[test]
    fn only_a_radio_that_loads_and_runs_another_version_still_loads() {
        let image = Image { stage: Target::Final, version: "6.2.4".to_owned(), uri: String::new() };
        for status in ["prepareLoad", "load", "commit"] {
            assert!(still_loads(&shows("2.11.11(18.6069)", status), &image), "{status}");
            // Up with it already: `commit` is what follows a boot.
            assert!(!still_loads(&shows("6.2.4(12.59373)", status), &image), "{status}");
            assert!(!still_loads(&Software { active: None, ..shows("6.2.4", status) }, &image), "{status}");
        }
        for status in ["idle", "loadOk", "loadError", "activate", "waitingToActivate", "abort", "melting"] {
            assert!(!still_loads(&shows("2.11.11(18.6069)", status), &image), "{status}");
        }
        assert!(!still_loads(&Software::default(), &image));
    }
}
