//! One command on a channel of its own: no terminal, no prompt, no echo.

use super::channel::{Halt, Piece, Pipe, unanswered};
use super::{Connection, Limits, quote};
use crate::clock::Stopwatch;
use crate::model::{Failure, FailureClass};
use crate::transport::{Cx, human};

/// What a command answered. Whether it is complete is the family's decision: RouterOS has no end marker, and closes
/// a channel whose window is full as if the answer were whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    /// Standard output, as it came.
    pub stdout: Vec<u8>,
    /// Standard error, as it came.
    pub stderr: Vec<u8>,
    /// The command's exit status; none where the channel was closed without one.
    pub exit_status: Option<u32>,
    /// The device said that no more output follows.
    pub eof: bool,
}

impl Connection {
    /// Runs one command and reads its whole answer. `limits.effect` tells whether it changes the device.
    ///
    /// Fails with `DeviceRefused` or `SessionLimit` (no session or no exec: the connection stays usable), or with
    /// `Timeout`, `Protocol` (dropped, or more than `max_bytes`) or `Cancelled`, and for a command with an effect with
    /// `OutcomeUnknown` instead; then the connection is disconnected.
    pub async fn exec(&mut self, cx: &Cx, command: &str, limits: &Limits) -> Result<ExecOutput, Failure> {
        let result = self.wire().session.during(Box::pin(self.run(cx, command, limits))).await;
        if cx.cancel.is_cancelled() {
            self.wire().disconnect();
        }
        result.map_err(|failure| failure.at(self.label()))
    }

    async fn run(&self, cx: &Cx, command: &str, limits: &Limits) -> Result<ExecOutput, Failure> {
        cx.go_on("the command")?;
        let mut pipe = Pipe::open(cx, self.wire(), limits.idle).await?;
        cx.go_on("the command")?;
        let shown = self.masks().apply(command);
        let what = format!("the answer to '{}'", quote(&shown));
        self.wire().session.sending(&shown);
        let watch = Stopwatch::start();
        let send = async {
            match pipe.exec(command).await {
                Ok(()) => Ok(()),
                Err(halt) => Err(pipe.failed(halt, "sending the command", limits, false)),
            }
        };
        // Waits only for room in the queue towards the session's task: nothing was sent yet if that fails.
        cx.bounded(limits.idle, "the command", send).await?;
        let mut output = ExecOutput { stdout: Vec::new(), stderr: Vec::new(), exit_status: None, eof: false };
        loop {
            let left = limits.total.saturating_sub(watch.elapsed());
            let piece = match pipe.next(cx, limits.idle.min(left)).await {
                Ok(piece) => piece,
                Err(halt) => {
                    let failure = pipe.failed(halt, &what, limits, watch.elapsed() >= limits.total);
                    pipe.abandon();
                    return Err(failure);
                }
            };
            match piece {
                Piece::Out(data) => output.stdout.extend_from_slice(&data),
                Piece::Err(data) => output.stderr.extend_from_slice(&data),
                Piece::ExitStatus(status) => output.exit_status = Some(status),
                Piece::Eof => output.eof = true,
                Piece::Closed => return Ok(output),
                Piece::Refused => {
                    return Err(Failure::new(
                        FailureClass::DeviceRefused,
                        "it refuses to run a command over SSH without a terminal; see the account's rights",
                    ));
                }
                Piece::Other => {}
            }
            if output.exit_status.is_some() && output.eof {
                return Ok(output);
            }
            // A device that pours without pause never lets the pause end.
            if watch.elapsed() >= limits.total {
                let failure = pipe.failed(Halt::Paused, &what, limits, true);
                pipe.abandon();
                return Err(failure);
            }
            if output.stdout.len() + output.stderr.len() > limits.max_bytes {
                pipe.abandon();
                let sentence = format!(
                    "{what} is longer than {} bytes (stopped after {}); raise `max_output_bytes` if that is expected",
                    limits.max_bytes,
                    human(watch.elapsed())
                );
                return Err(unanswered(limits, FailureClass::Protocol, sentence));
            }
        }
    }
}
