//! The messages of one session channel, with a pause that is a deadline and a cancel that is immediate.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelOpenFailure};

use super::connection::Wire;
use super::{Limits, Pty};
use crate::model::{Failure, FailureClass};
use crate::transport::session::Session;
use crate::transport::{Cx, human};

/// What came out of a channel.
#[derive(Debug)]
pub(super) enum Piece {
    /// Standard output.
    Out(Bytes),
    /// Standard error.
    Err(Bytes),
    /// The command ended by itself with this status.
    ExitStatus(u32),
    /// No more output follows.
    Eof,
    /// The device closed the channel.
    Closed,
    /// It refuses what was requested on the channel.
    Refused,
    /// Of no interest here.
    Other,
}

/// Why nothing came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// Someone asked to stop.
    Cancelled,
    /// Nothing within the pause.
    Paused,
    /// The connection is gone.
    Lost,
}

/// An open session channel. Dropping it closes it, unless it was abandoned.
pub(super) struct Pipe {
    channel: Channel<Msg>,
    wire: Arc<Wire>,
    open: bool,
}

impl Pipe {
    /// Opens a session channel.
    pub(super) async fn open(cx: &Cx, wire: &Arc<Wire>, limit: Duration) -> Result<Self, Failure> {
        let open = async {
            wire.handle.channel_open_session().await.map_err(|error| match error {
                russh::Error::ChannelOpenFailure(ChannelOpenFailure::ResourceShortage) => {
                    Failure::new(FailureClass::SessionLimit, "it has no free session; close one, or try later")
                }
                russh::Error::ChannelOpenFailure(_) => Failure::new(
                    FailureClass::DeviceRefused,
                    "it refuses a session on the open connection; see whether the account may log in to a shell",
                ),
                _ => {
                    let (class, sentence) = wire.lost();
                    Failure::new(class, sentence)
                }
            })
        };
        let channel = cx.bounded(limit, "the request for a session", open).await?;
        Ok(Self { channel, wire: wire.clone(), open: true })
    }

    /// The session that this channel belongs to.
    pub(super) fn session(&self) -> &Arc<Session> {
        &self.wire.session
    }

    /// Asks to run a command. `Err`: the connection is gone.
    pub(super) async fn exec(&self, command: &str) -> Result<(), Halt> {
        self.channel.exec(true, command).await.map_err(|_| Halt::Lost)
    }

    /// Asks for a terminal and a shell on it.
    pub(super) async fn shell(&self, pty: Pty) -> Result<(), Halt> {
        self.channel.request_pty(true, pty.term, pty.cols, pty.rows, 0, 0, &[]).await.map_err(|_| Halt::Lost)?;
        self.channel.request_shell(true).await.map_err(|_| Halt::Lost)
    }

    /// Types.
    pub(super) async fn send(&self, bytes: Vec<u8>) -> Result<(), Halt> {
        self.channel.data_bytes(bytes).await.map_err(|_| Halt::Lost)
    }

    /// The next piece, within `pause`.
    pub(super) async fn next(&mut self, cx: &Cx, pause: Duration) -> Result<Piece, Halt> {
        tokio::select! {
            biased;
            () = cx.cancel.cancelled() => Err(Halt::Cancelled),
            message = self.channel.wait() => self.piece(message),
            () = cx.clock.sleep(pause) => Err(Halt::Paused),
        }
    }

    /// A piece that is already here, without waiting.
    pub(super) fn ready(&mut self) -> Option<Result<Piece, Halt>> {
        let message = self.channel.wait().now_or_never()?;
        Some(self.piece(message))
    }

    fn piece(&mut self, message: Option<ChannelMsg>) -> Result<Piece, Halt> {
        match message {
            Some(ChannelMsg::Data { data }) => {
                self.wire.session.received(data.len());
                Ok(Piece::Out(data))
            }
            Some(ChannelMsg::ExtendedData { data, .. }) => {
                self.wire.session.received(data.len());
                Ok(Piece::Err(data))
            }
            Some(ChannelMsg::ExitStatus { exit_status }) => Ok(Piece::ExitStatus(exit_status)),
            Some(ChannelMsg::Eof) => Ok(Piece::Eof),
            Some(ChannelMsg::Failure) => Ok(Piece::Refused),
            Some(ChannelMsg::Close) => {
                self.open = false;
                Ok(Piece::Closed)
            }
            Some(_) => Ok(Piece::Other),
            None => {
                self.open = false;
                Err(Halt::Lost)
            }
        }
    }

    /// Disconnects at once; nothing more is sent on the channel or the connection.
    pub(super) fn abandon(&mut self) {
        self.open = false;
        self.wire.disconnect();
    }

    /// A failure from a halt; `what` is what was waited for, `spent` whether the time for the whole is over.
    pub(super) fn failed(&self, halt: Halt, what: &str, limits: &Limits, spent: bool) -> Failure {
        match halt {
            Halt::Cancelled => {
                unanswered(limits, FailureClass::Cancelled, format!("stopped before {what} ended, as asked"))
            }
            Halt::Paused if spent => {
                let within = human(limits.total);
                let sentence =
                    format!("no end of {what} within {within}; see its load and the link, or raise `command_seconds`");
                unanswered(limits, FailureClass::Timeout, sentence)
            }
            Halt::Paused => {
                let within = human(limits.idle);
                let sentence =
                    format!("silence of {within} in {what}; see its load and the link, or raise `idle_seconds`");
                unanswered(limits, FailureClass::Timeout, sentence)
            }
            Halt::Lost => {
                let (class, sentence) = self.wire.lost();
                unanswered(limits, class, format!("{sentence} in the middle of {what}; see its log and the link to it"))
            }
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        if self.open {
            // A full queue means a session that is about to end anyway.
            let _ = self.channel.close().now_or_never();
        }
    }
}

/// A command was sent and its whole answer never came: for a command with an effect nobody knows what it did.
pub(super) fn unanswered(limits: &Limits, class: FailureClass, sentence: String) -> Failure {
    if limits.effect {
        let sentence =
            format!("{sentence}; the command was sent and may have taken effect, observe before anything else");
        Failure::new(FailureClass::OutcomeUnknown, sentence)
    } else {
        Failure::new(class, sentence)
    }
}
