//! The API's port. What a client can hold open is bounded, in number and in time, whatever it sends or does not send.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Config;
use crate::clock::{Clock, Stopwatch};

/// Connections at once; further ones wait in the system's queue. A process usually has 1024 descriptors, and the
/// devices need some.
const CONNECTIONS: usize = 800;
/// Pause after an accept that failed: without descriptors the next one would fail too.
const PAUSE: Duration = Duration::from_secs(1);
/// Beyond the body's time: for the head, and for the answer to a slow client.
const MARGIN: Duration = Duration::from_secs(60);

/// Accepts the API's connections.
pub struct Listener {
    inner: TcpListener,
    free: Arc<Semaphore>,
    quiet: Duration,
    clock: Clock,
}

impl Listener {
    /// Over a bound port.
    pub fn new(inner: TcpListener, config: &Config, clock: Clock) -> Self {
        // A stream writes at least every `keepalive_seconds`, so a longer one asks for a longer patience.
        let longest = Duration::from_secs(config.body_timeout_seconds.max(config.keepalive_seconds));
        Self::with(inner, CONNECTIONS, longest.saturating_add(MARGIN), clock)
    }

    fn with(inner: TcpListener, connections: usize, quiet: Duration, clock: Clock) -> Self {
        Self { inner, free: Arc::new(Semaphore::new(connections)), quiet, clock }
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // Closed never.
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        loop {
            match self.inner.accept().await {
                Ok((stream, from)) => {
                    // Events of a stream are small and must not wait for the client's acknowledgement.
                    let _ = stream.set_nodelay(true);
                    return (Connection::new(stream, permit, self.quiet, self.clock.clone()), from);
                }
                // The client was gone before it was accepted.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
                Err(error) => {
                    tracing::error!(error = %error, "the API accepts no connection ({error}); trying again in {} s", PAUSE.as_secs());
                    self.clock.sleep(PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// A connection that fails with `TimedOut` when for too long nothing could be written to it: a head or a body that
/// trickles in, an answer that is not read, a connection that is kept for nothing. The time begins anew with every
/// write, and with the first byte of a request.
pub struct Connection {
    stream: TcpStream,
    _permit: Option<OwnedSemaphorePermit>,
    quiet: Duration,
    since: Stopwatch,
    /// Whether the next byte begins a request.
    answered: bool,
    timer: Pin<Box<dyn Future<Output = ()> + Send>>,
    clock: Clock,
}

impl Connection {
    fn new(stream: TcpStream, permit: Option<OwnedSemaphorePermit>, quiet: Duration, clock: Clock) -> Self {
        let timer = sleep(&clock, quiet);
        Self { stream, _permit: permit, quiet, since: Stopwatch::start(), answered: true, timer, clock }
    }

    fn wrote(&mut self) {
        self.since = Stopwatch::start();
        self.answered = true;
    }

    /// Pending while there is time; wakes the task when it is over. The timer is only set again when it has run out.
    fn patience<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        while self.timer.as_mut().poll(cx).is_ready() {
            let left = self.quiet.saturating_sub(self.since.elapsed());
            if left.is_zero() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer = sleep(&self.clock, left);
        }
        Poll::Pending
    }
}

fn sleep(clock: &Clock, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let clock = clock.clone();
    Box::pin(async move { clock.sleep(duration).await })
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Pending => self.patience(cx),
            Poll::Ready(done) => {
                if self.answered && buffer.filled().len() > before {
                    self.since = Stopwatch::start();
                    self.answered = false;
                }
                Poll::Ready(done)
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Pending => self.patience(cx),
            Poll::Ready(done) => {
                self.wrote();
                Poll::Ready(done)
            }
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(cx, bytes) {
            Poll::Pending => self.patience(cx),
            Poll::Ready(done) => {
                self.wrote();
                Poll::Ready(done)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const QUIET: Duration = Duration::from_millis(300);

    /// Serves a greeting, and a body without end; the address.
    #[expect(clippy::disallowed_methods, reason = "the server lives as long as its test")]
    async fn serve(connections: usize) -> SocketAddr {
        let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = inner.local_addr().unwrap();
        let endless = || async {
            let chunk = bytes::Bytes::from(vec![b'x'; 64 * 1024]);
            Body::from_stream(futures_util::stream::repeat_with(move || Ok::<_, io::Error>(chunk.clone())))
        };
        let ticking = || async {
            let ticks = futures_util::stream::unfold(0, |n| async move {
                Clock::system().sleep(QUIET / 3).await;
                (n < 9).then(|| (Ok::<_, io::Error>("tick "), n + 1))
            });
            Body::from_stream(ticks)
        };
        let routes = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/endless", get(endless))
            .route("/ticking", get(ticking));
        let listener = Listener::with(inner, connections, QUIET, Clock::system());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        address
    }

    /// What comes until the server closes the connection.
    async fn rest(mut stream: TcpStream) -> String {
        let mut text = Vec::new();
        let reading = async {
            // A reset is a close too.
            let _ = stream.read_to_end(&mut text).await;
        };
        Clock::system().timeout(Duration::from_secs(30), reading).await.unwrap();
        String::from_utf8(text).unwrap()
    }

    #[tokio::test]
    async fn silent_idle_and_trickling_clients_are_left() {
        let address = serve(10).await;
        assert_eq!(rest(TcpStream::connect(address).await.unwrap()).await, "");

        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let text = rest(idle).await;
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("hello"), "{text}");

        let (reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
        let trickle = async {
            writer.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
            // Until the server has had enough: then writing fails.
            while writer.write_all(b"X: y\r\n").await.is_ok() {
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        Clock::system().timeout(Duration::from_secs(30), trickle).await.unwrap();
        drop(reader);
    }

    #[tokio::test]
    async fn an_answer_that_is_not_read_ends_and_a_slow_stream_goes_on() {
        // One connection at a time: the second is served only when the first has been left.
        let address = serve(1).await;
        let mut stalled = TcpStream::connect(address).await.unwrap();
        stalled.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET /ticking HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        // Three times as long as may be quiet, but never quiet.
        let text = rest(slow).await;
        assert_eq!(text.matches("tick ").count(), 9, "{text}");
        drop(stalled);
    }
}
