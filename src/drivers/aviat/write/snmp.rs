//! SNMP mode and community (6.10).

use super::Outcome;
use super::candidate::{Committed, Edit};
use crate::drivers::aviat::commands::Action;
use crate::drivers::aviat::session::Session;
use crate::model::{Failure, Secret};

impl Session<'_> {
    /// Sets both, in one commit, unless both are so.
    ///
    /// Fails with `Validation` where one of them cannot be typed, and with `OutcomeUnknown` where the commit or the
    /// reading behind it was cut off.
    pub async fn set_snmp(&mut self, mode: &str, community: &Secret) -> Result<Outcome, Failure> {
        self.shell.mask(community);
        for action in [Action::SnmpMode(mode), Action::SnmpCommunity(community)] {
            action.line().map_err(|failure| failure.at(&self.label))?;
        }
        if self.snmp_config().await?.is(mode, community) {
            return Ok(Outcome::Written { changed: false });
        }
        let edits = [Edit::plain(Action::SnmpMode(mode)), Edit::plain(Action::SnmpCommunity(community))];
        let changed = match self.configure(&edits).await? {
            Committed::Done(changed) => changed,
            Committed::Refused { words, .. } => return Ok(Outcome::Refused(words)),
        };
        let read = self.snmp_config().await.map_err(|failure| unread(&failure))?;
        if read.is(mode, community) {
            return Ok(Outcome::Written { changed });
        }
        let shown = read.mode.as_deref().unwrap_or("unknown");
        let same = match read.has_community(community) {
            Some(true) => "the one wanted",
            Some(false) => "another than the one wanted",
            None => "not shown",
        };
        Ok(Outcome::NotAsRead(format!("its SNMP mode is {shown} (wanted {mode}), its community is {same}")))
    }
}

/// What was committed could not be read.
pub(super) fn unread(failure: &Failure) -> Failure {
    use crate::model::FailureClass;
    let class = match failure.class {
        FailureClass::Cancelled => FailureClass::Cancelled,
        _ => FailureClass::OutcomeUnknown,
    };
    Failure::new(class, format!("{}; it was committed before, read it before anything else", failure.sentence))
}
