//! Spanning tree off (6.5).

use super::Outcome;
use super::candidate::{Committed, Edit};
use super::snmp::unread;
use crate::drivers::aviat::commands::Action;
use crate::drivers::aviat::parse::spanning_tree::SpanningTree;
use crate::drivers::aviat::session::Session;
use crate::model::Failure;

impl Session<'_> {
    /// Switches it off, unless it is off.
    ///
    /// Fails with `OutcomeUnknown` where the commit or the reading behind it was cut off.
    pub async fn set_spanning_tree_down(&mut self) -> Result<Outcome, Failure> {
        if self.spanning_tree().await? == Some(SpanningTree::Down) {
            return Ok(Outcome::Written { changed: false });
        }
        let changed = match self.configure(&[Edit::plain(Action::SpanningTreeDown)]).await? {
            Committed::Done(changed) => changed,
            Committed::Refused { words, .. } => return Ok(Outcome::Refused(words)),
        };
        Ok(match self.spanning_tree().await.map_err(|failure| unread(&failure))? {
            Some(SpanningTree::Down) => Outcome::Written { changed },
            Some(SpanningTree::Up) => Outcome::NotAsRead("it shows spanning tree up".to_owned()),
            None => Outcome::NotAsRead("it does not show whether spanning tree runs".to_owned()),
        })
    }
}
