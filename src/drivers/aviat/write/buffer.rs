//! The external buffer's queue limit (6.11): on 6.x, and not on the partner of two joined radios.

use super::candidate::{Committed, Edit};
use super::snmp::unread;
use super::{Outcome, Skip};
use crate::drivers::aviat::commands::Action;
use crate::drivers::aviat::parse::queue::Partner;
use crate::drivers::aviat::session::Session;
use crate::model::{Failure, FailureClass};

/// The major release that has it.
const SINCE: u32 = 6;

impl Session<'_> {
    /// Sets the limit, unless it is so or is not for this radio.
    ///
    /// Fails with `Protocol` where the radio does not tell its version or its partner, as for a while after a start, and with
    /// `OutcomeUnknown` where the commit or the reading behind it was cut off.
    pub async fn set_buffer(&mut self, kbytes: u32) -> Result<Outcome, Failure> {
        let Some(version) = self.software().await?.active else {
            let sentence = "it does not tell its version, so whether it has this buffer is not known; ask again later";
            return Err(self.failed(FailureClass::Protocol, sentence));
        };
        let [major, ..] = version.numbers;
        if major != SINCE {
            return Ok(Outcome::Skipped(Skip::Release(version)));
        }
        match self.partner().await? {
            Some(Partner::Secondary) => return Ok(Outcome::Skipped(Skip::PartnerRadio)),
            Some(Partner::Primary | Partner::Alone) => {}
            None => {
                let sentence = "the part of its config about its partner cannot be read, so whether it is the one to have \
                                this buffer is not known";
                return Err(self.failed(FailureClass::Protocol, sentence));
            }
        }
        if self.queue_limit().await? == Some(kbytes) {
            return Ok(Outcome::Written { changed: false });
        }
        let changed = match self.configure(&[Edit::plain(Action::Buffer(kbytes))]).await? {
            Committed::Done(changed) => changed,
            Committed::Refused { unknown: true, .. } => return Ok(Outcome::Skipped(Skip::Unsupported)),
            Committed::Refused { words, .. } => return Ok(Outcome::Refused(words)),
        };
        Ok(match self.queue_limit().await.map_err(|failure| unread(&failure))? {
            Some(read) if read == kbytes => Outcome::Written { changed },
            Some(read) => Outcome::NotAsRead(format!("it shows a queue limit of {read} kbytes (wanted {kbytes})")),
            None => Outcome::NotAsRead("it does not show its queue limit".to_owned()),
        })
    }
}
