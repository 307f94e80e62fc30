//! The way out: everything that a device sends over a channel passes here, where the faults bite.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use russh::ChannelWriteHalf;
use russh::server::Msg;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Host;
use crate::core::{Fault, When};

/// The connection is gone, or shall be: stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// What the channels of one connection share.
pub struct Connection<H> {
    /// The device that serves it.
    pub host: Arc<H>,
    /// Cancelled when the connection ends; cancelling it cuts the connection.
    pub cut: CancellationToken,
    /// Bytes that went into the TCP stream.
    pub written: watch::Receiver<u64>,
    /// Bytes of answers, before encryption.
    pub sent: AtomicU64,
    /// From here on nothing is answered.
    pub mute: AtomicBool,
}

impl<H: Host> Connection<H> {
    /// Waits for simulated time, or until the connection is gone.
    pub async fn sleep(&self, duration: Duration) -> Result<(), Gone> {
        if duration.is_zero() {
            return Ok(());
        }
        tokio::select! {
            () = self.host.device().clock.sleep(duration) => Ok(()),
            () = self.cut.cancelled() => Err(Gone),
        }
    }

    /// Waits until at least `bytes` more than `since` went into the stream, then cuts it.
    async fn cut_after(&self, since: u64, bytes: u64) -> Gone {
        let mut written = self.written.clone();
        tokio::select! {
            _ = written.wait_for(|total| *total >= since.saturating_add(bytes)) => {}
            () = self.cut.cancelled() => {}
        }
        self.cut.cancel();
        Gone
    }
}

/// What a fault makes of a command that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Answer.
    Answer,
    /// Random bytes instead of the answer; how many, or without end.
    Garbage(Option<u64>),
}

/// A channel's way out.
pub struct Outlet<H> {
    /// The channel.
    pub half: Arc<ChannelWriteHalf<Msg>>,
    /// Its connection.
    pub connection: Arc<Connection<H>>,
}

impl<H> Clone for Outlet<H> {
    fn clone(&self) -> Self {
        Self { half: Arc::clone(&self.half), connection: Arc::clone(&self.connection) }
    }
}

impl<H: Host> Outlet<H> {
    /// Applies the faults that strike when a command arrives, and its delays.
    pub async fn command(&self, line: &str) -> Result<Verdict, Gone> {
        let device = self.connection.host.device();
        let mut verdict = Verdict::Answer;
        let mut delay = Duration::from_millis(device.number("delay_ms", 0.0).max(0.0) as u64);
        for fault in device.faults() {
            match fault {
                Fault::Drop { after, bytes: None } if after.as_deref().is_none_or(|after| line.contains(after)) => {
                    self.connection.cut.cancel();
                    return Err(Gone);
                }
                Fault::DropWhen { after, when: When::Before }
                    if after.as_deref().is_none_or(|after| line.contains(after)) =>
                {
                    self.connection.cut.cancel();
                    return Err(Gone);
                }
                Fault::Mute { after: Some(after) } if line.contains(&after) => {
                    self.connection.mute.store(true, Ordering::Relaxed);
                }
                Fault::Slow { ms } => delay = delay.saturating_add(Duration::from_millis(ms)),
                Fault::Garbage { bytes, endless } => {
                    verdict = Verdict::Garbage(if endless { None } else { Some(bytes.unwrap_or(4096)) });
                }
                _ => {}
            }
        }
        self.silence().await?;
        self.connection.sleep(delay).await?;
        Ok(verdict)
    }

    /// Applies the faults that strike when a command has taken effect and is not answered yet.
    pub async fn took_effect(&self, line: &str) -> Result<(), Gone> {
        let strikes = self.connection.host.device().faults().iter().any(|fault| match fault {
            Fault::DropWhen { after, when: When::After } => after.as_deref().is_none_or(|after| line.contains(after)),
            _ => false,
        });
        if strikes {
            self.connection.cut.cancel();
            return Err(Gone);
        }
        Ok(())
    }

    /// From here on the connection is silent, until its end.
    pub async fn fall_silent(&self) -> Result<(), Gone> {
        self.connection.mute.store(true, Ordering::Relaxed);
        self.silence().await
    }

    /// On a connection that went mute: waits for its end.
    async fn silence(&self) -> Result<(), Gone> {
        if self.connection.mute.load(Ordering::Relaxed) {
            self.connection.cut.cancelled().await;
            return Err(Gone);
        }
        Ok(())
    }

    /// Sends random bytes, `None`: until the connection ends.
    pub async fn garbage(&self, bytes: Option<u64>) -> Result<(), Gone> {
        let mut random = fastrand::Rng::with_seed(0x6761_7262);
        let mut left = bytes.unwrap_or(u64::MAX);
        while left > 0 {
            let count = left.min(16_384);
            let chunk: Vec<u8> = (0..count).map(|_| random.u8(..)).collect();
            self.send(chunk).await?;
            left = if bytes.is_none() { left } else { left.saturating_sub(count) };
        }
        Ok(())
    }

    /// Sends bytes of an answer.
    pub async fn send(&self, bytes: impl Into<Bytes>) -> Result<(), Gone> {
        let bytes: Bytes = bytes.into();
        if bytes.is_empty() {
            return Ok(());
        }
        self.silence().await?;
        let mut limit = None;
        let mut split = None;
        for fault in self.connection.host.device().faults() {
            match fault {
                Fault::Drop { bytes: Some(bytes), .. } => limit = Some(limit.unwrap_or(bytes).min(bytes)),
                Fault::Split { after, ms } => split = Some((after, Duration::from_millis(ms))),
                _ => {}
            }
        }
        let before = self.connection.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let allowed = limit.map(|limit| limit.saturating_sub(before)).filter(|allowed| *allowed < bytes.len() as u64);
        let part = bytes.slice(..allowed.map_or(bytes.len(), |allowed| allowed as usize));
        let since = *self.connection.written.borrow();
        match split {
            None => self.raw(part.clone()).await?,
            Some((after, pause)) => {
                for packet in packets(&part, &after) {
                    self.raw(packet).await?;
                    self.connection.sleep(pause).await?;
                }
            }
        }
        if allowed.is_some() { Err(self.connection.cut_after(since, part.len() as u64).await) } else { Ok(()) }
    }

    async fn raw(&self, bytes: Bytes) -> Result<(), Gone> {
        tokio::select! {
            sent = self.half.data_bytes(bytes) => sent.map_err(|_| Gone),
            () = self.connection.cut.cancelled() => Err(Gone),
        }
    }

    /// Sends as much as the client's window takes at this moment, without waiting for it to grow.
    pub async fn fill_window(&self, bytes: Bytes) {
        let mut sending = std::pin::pin!(tokio::task::unconstrained(self.half.data_bytes(bytes)));
        std::future::poll_fn(|cx| {
            let _ = sending.as_mut().poll(cx);
            std::task::Poll::Ready(())
        })
        .await;
    }

    /// Ends the channel: exit status unless withheld, EOF, close.
    pub async fn finish(&self, status: u32) -> Result<(), Gone> {
        self.silence().await?;
        let device = self.connection.host.device();
        if !device.flag("no_exit_status", false) {
            self.half.exit_status(status).await.map_err(|_| Gone)?;
        }
        self.half.eof().await.map_err(|_| Gone)?;
        self.half.close().await.map_err(|_| Gone)
    }
}

/// Cuts after each of the given characters, after every byte if there are none.
fn packets(bytes: &Bytes, after: &str) -> Vec<Bytes> {
    let mut out = Vec::new();
    let mut from = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if after.is_empty() || after.as_bytes().contains(byte) {
            out.push(bytes.slice(from..=index));
            from = index.saturating_add(1);
        }
    }
    if from < bytes.len() {
        out.push(bytes.slice(from..));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_end_where_they_are_told_to() {
        let cut = |text: &'static str, after: &str| {
            let bytes = Bytes::from_static(text.as_bytes());
            packets(&bytes, after)
                .into_iter()
                .map(|packet| String::from_utf8(packet.to_vec()).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(cut("ab\r\nc", "\r"), ["ab\r", "\nc"]);
        assert_eq!(cut("abc", ""), ["a", "b", "c"]);
        assert_eq!(cut("a]b]", "]"), ["a]", "b]"]);
    }
}
