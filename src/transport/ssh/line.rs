//! The bytes under a connection, TCP or a jump host's channel, with a switch that cuts them.
//!
//! russh runs its session in a task of its own, which outlives a dropped connect future until the peer speaks or the
//! inactivity timer ends it. The switch ends it at once: reading gives the end of the stream, writing an error.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use russh::ChannelStream;
use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

/// What is read ahead from a TCP connection, bytes. russh reads each packet's length by itself, which would be a system
/// call for four bytes.
const AHEAD: usize = 16 * 1024;

/// What carries the bytes.
pub(super) enum Carrier {
    /// A TCP connection of ours.
    Tcp(BufReader<TcpStream>),
    /// A `direct-tcpip` channel through a jump host.
    Hop(Box<ChannelStream<russh::client::Msg>>),
}

impl Carrier {
    /// A TCP connection.
    pub(super) fn tcp(stream: TcpStream) -> Self {
        Self::Tcp(BufReader::with_capacity(AHEAD, stream))
    }
}

/// The outside of a [`Line`].
pub(super) struct Switch {
    /// Cuts the line.
    pub cut: CancellationToken,
    /// Cancelled once the line is gone and its file descriptor closed.
    pub gone: CancellationToken,
    /// Whether the peer ever sent a byte.
    pub heard: Arc<AtomicBool>,
}

/// A carrier with its switch.
pub(super) struct Line {
    // Fields drop in this order: the descriptor is closed before `gone` is told.
    carrier: Carrier,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    is_cut: CancellationToken,
    heard: Arc<AtomicBool>,
    _gone: DropGuard,
}

impl Line {
    /// Puts a switch on a carrier.
    pub(super) fn new(carrier: Carrier) -> (Self, Switch) {
        let (cut, gone, heard) = (CancellationToken::new(), CancellationToken::new(), Arc::new(AtomicBool::new(false)));
        let line = Self {
            carrier,
            cut: Box::pin(cut.clone().cancelled_owned()),
            is_cut: cut.clone(),
            heard: heard.clone(),
            _gone: gone.clone().drop_guard(),
        };
        (line, Switch { cut, gone, heard })
    }

    fn open(&self) -> io::Result<()> {
        if self.is_cut.is_cancelled() { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let done = match &mut self.carrier {
            Carrier::Tcp(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Carrier::Hop(channel) => Pin::new(channel).poll_read(cx, buf),
        };
        if buf.filled().len() > before {
            self.heard.store(true, Ordering::Relaxed);
        }
        done
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.open()?;
        match &mut self.carrier {
            Carrier::Tcp(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Carrier::Hop(channel) => Pin::new(channel).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open()?;
        match &mut self.carrier {
            Carrier::Tcp(tcp) => Pin::new(tcp).poll_flush(cx),
            Carrier::Hop(channel) => Pin::new(channel).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A broken line cannot be shut down either, and russh would tell that error instead of why it ended.
        if self.is_cut.is_cancelled() {
            return Poll::Ready(Ok(()));
        }
        let done = match &mut self.carrier {
            Carrier::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Carrier::Hop(channel) => Pin::new(channel).poll_shutdown(cx),
        };
        done.map(|_| Ok(()))
    }
}
