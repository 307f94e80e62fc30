//! `software load`.

use super::words;
use crate::drivers::aviat::commands::Action;
use crate::drivers::aviat::parse::response::{self, Follows, Response};
use crate::drivers::aviat::session::Session;
use crate::model::Failure;

/// What the radio says to a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadAnswer {
    /// It fetches the image, and what follows is what was asked for.
    Started,
    /// It fetches the image, and says that something else follows than was asked for. If it says that it activates, it
    /// will, unless it is aborted.
    StartedOtherwise {
        /// It activates the image by itself.
        activates: bool,
        /// Its words.
        words: String,
    },
    /// Another load or activation is under way, or an error stands that `software abort` clears. Nothing was begun.
    InProgress,
    /// Its words. Nothing was begun.
    Refused(String),
}

impl Session<'_> {
    /// Asks the radio to fetch an image, by force (whatever version it is), and with `immediate` to activate it as soon
    /// as it is there: nothing can be decided after that. Proof is the state of the software, never this answer.
    ///
    /// Fails with `Validation` where the address cannot be typed, and with `OutcomeUnknown` where the answer was cut off:
    /// the load may have begun.
    pub async fn software_load(&mut self, uri: &str, immediate: bool) -> Result<LoadAnswer, Failure> {
        let told = match self.act(Action::Load { uri, immediate }, &[]).await? {
            Response::Told(told) => told,
            Response::NotHere(said) | Response::Other(said) => return Ok(LoadAnswer::Refused(words(&said))),
        };
        if response::in_progress(&told) {
            return Ok(LoadAnswer::InProgress);
        }
        let wanted = if immediate { Follows::Automatic } else { Follows::Manual };
        Ok(match response::loading(&told) {
            None => LoadAnswer::Refused(words(&told)),
            Some(None) => LoadAnswer::Started,
            Some(Some(follows)) if follows == wanted => LoadAnswer::Started,
            Some(Some(follows)) => {
                LoadAnswer::StartedOtherwise { activates: follows != Follows::Manual, words: words(&told) }
            }
        })
    }
}
