//! The TCP stream of a connection, which a fault can cut.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// A stream that ends for both sides once its token is cancelled, and counts what it wrote.
pub struct Wire {
    stream: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    cut_done: bool,
    written: watch::Sender<u64>,
}

impl Wire {
    /// Wraps a stream; the receiver follows how many bytes were written to it.
    pub fn new(stream: TcpStream, cut: CancellationToken) -> (Self, watch::Receiver<u64>) {
        let written = watch::Sender::new(0);
        let follow = written.subscribe();
        (Self { stream, cut: Box::pin(cut.cancelled_owned()), cut_done: false, written }, follow)
    }

    /// True once cut; otherwise the caller is woken when it happens.
    fn is_cut(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.cut_done {
            self.cut_done = self.cut.as_mut().poll(cx).is_ready();
        }
        self.cut_done
    }
}

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_cut(cx) {
            return Poll::Ready(Err(reset()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_cut(cx) {
            return Poll::Ready(Err(reset()));
        }
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = polled {
            self.written.send_modify(|total| *total = total.saturating_add(count as u64));
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
