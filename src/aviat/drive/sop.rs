//! The checks of the standard operating procedure. It only reads.

use super::link::Link;
use crate::aviat::sop::{self, Evidence};
use crate::aviat::state::{Outcome, Radio, SopItem};
use crate::drivers::aviat::Wanted;
use crate::model::{Failure, FailureClass};

impl Link<'_, '_> {
    /// The verdict and its items.
    pub(super) async fn sop(&mut self, radio: &Radio) -> Result<(Outcome, Vec<SopItem>), Failure> {
        let deps = self.deps;
        let (login, _) = self.session(radio.login, false).await?;
        let wanted =
            Wanted { software: true, management: true, snmp: true, buffer: true, partner: true, ..Wanted::default() };
        let gone = || Failure::new(FailureClass::Internal, "the session is gone");
        let (aviat, session) = self.both(login).ok_or_else(gone)?;
        let observed = aviat.observe(session, wanted).await?;
        let mut answers = Vec::new();
        for check in deps.checks {
            answers.push(session.show(&check.command).await?);
        }
        let evidence = Evidence {
            active: observed.software.active.map(|version| version.short()),
            snmp_mode: observed.snmp_mode.clone(),
            community: deps.community.as_ref().map(|community| observed.snmp_community_matches(community)),
            buffer_kbytes: observed.buffer_kbytes,
            partner: observed.partner,
            prefix: observed.management.map(|management| management.prefix),
            answers,
        };
        let items = sop::items(&evidence, radio.plan.as_ref(), deps.config, &deps.images, deps.checks);
        Ok((sop::verdict(&items), items))
    }
}
