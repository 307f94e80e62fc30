//! A websocket of a device's web page, without TLS: opened once, bounded in time and bytes.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as Broken, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::failure;
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::session::{Peer, Session};
use crate::transport::{Cx, Target};

/// How a websocket is opened.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// Path, from its slash on.
    pub path: &'static str,
    /// The subprotocol; the device must agree to it.
    pub protocol: &'static str,
    /// Name and value of a cookie.
    pub cookie: Option<(&'static str, &'a Secret)>,
    /// For the TCP connection, and again for the handshake.
    pub limit: Duration,
    /// Most bytes of all that is received, frames of any kind.
    pub max_bytes: usize,
}

/// What is said on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

/// An open websocket. Dropping it closes the connection.
pub struct Socket {
    label: String,
    inner: WebSocketStream<TcpStream>,
    session: std::sync::Arc<Session>,
    left: usize,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").field("to", &self.label).finish_non_exhaustive()
    }
}

impl Socket {
    /// Connects to the device's HTTP port and shakes hands.
    ///
    /// Fails with `Unreachable`, `Timeout`, `Cancelled`; with `AuthRefused` where the device refuses the cookie (401,
    /// 403), and with `Protocol` where it speaks no such websocket.
    pub async fn open(cx: &Cx, target: &Target, opening: &Opening<'_>) -> Result<Self, Failure> {
        let label = target.label();
        let port = target.ports.http.unwrap_or(80);
        let session = Session::begin(cx, Peer::new("http", target, port));
        let at = SocketAddr::new(target.address, port);
        let opened = session.during(Box::pin(handshake(cx, at, opening, &session))).await;
        let inner = opened.map_err(|failure| failure.at(&label))?;
        Ok(Self { label, inner, session, left: opening.max_bytes })
    }

    /// Sends a frame; `what` stands in the job's log instead of it.
    pub async fn send(&mut self, cx: &Cx, frame: Frame, what: &str, limit: Duration) -> Result<(), Failure> {
        cx.go_on(what).map_err(|failure| failure.at(&self.label))?;
        self.session.sending(what);
        let message = match frame {
            Frame::Text(text) => Message::text(text),
            Frame::Binary(bytes) => Message::binary(bytes),
        };
        let inner = &mut self.inner;
        let send = async { inner.send(message).await.map_err(of_broken) };
        self.session.during(cx.bounded(limit, what, send)).await.map_err(|failure| failure.at(&self.label))
    }

    /// The next frame with content, within `limit`. Fails with `Protocol` where the device closes it, or has said more
    /// than was to be read.
    pub async fn next(&mut self, cx: &Cx, what: &str, limit: Duration) -> Result<Frame, Failure> {
        let (inner, left, session) = (&mut self.inner, &mut self.left, &self.session);
        let next = async {
            loop {
                let message = match inner.next().await {
                    None => return Err(closed()),
                    Some(message) => message.map_err(of_broken)?,
                };
                session.received(message.len());
                // An empty frame costs something too, or a device could keep us for ever.
                *left = left.saturating_sub(message.len().max(1));
                if *left == 0 {
                    return Err(Failure::new(
                        FailureClass::Protocol,
                        "it says more on its websocket than is ever read",
                    ));
                }
                match message {
                    Message::Text(text) => return Ok(Frame::Text(text.as_str().to_owned())),
                    Message::Binary(bytes) => return Ok(Frame::Binary(bytes)),
                    Message::Close(_) => return Err(closed()),
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
                }
            }
        };
        self.session.during(cx.bounded(limit, what, next)).await.map_err(|failure| failure.at(&self.label))
    }

    /// Says goodbye, and waits no longer than `limit` for it to leave.
    pub async fn close(mut self, cx: &Cx, limit: Duration) {
        let goodbye = async { self.inner.close(None).await.map_err(of_broken) };
        // Whatever comes of it, the connection ends here.
        let _ = cx.bounded(limit, "the goodbye", goodbye).await;
    }
}

async fn handshake(
    cx: &Cx,
    at: SocketAddr,
    opening: &Opening<'_>,
    session: &Session,
) -> Result<WebSocketStream<TcpStream>, Failure> {
    let connect = async { TcpStream::connect(at).await.map_err(|error| failure::of_io(&error)) };
    let stream = cx.bounded(opening.limit, "the connection to its web server", connect).await.map_err(|failure| {
        // No packet came back: that is no slow answer, but none.
        if failure.class == FailureClass::Timeout {
            return Failure::new(FailureClass::Unreachable, failure.sentence);
        }
        failure
    })?;
    let uri = format!("ws://{at}{}", opening.path);
    let uri: Uri = uri.parse().map_err(|_| Failure::new(FailureClass::Internal, format!("{uri} is no address")))?;
    let mut request = ClientRequestBuilder::new(uri).with_sub_protocol(opening.protocol);
    if let Some((name, value)) = opening.cookie {
        request = request.with_header("Cookie", format!("{name}={}", value.expose()));
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .max_message_size(Some(opening.max_bytes))
        .max_frame_size(Some(opening.max_bytes));
    session.sending(&format!("GET ws://{at}{}", opening.path));
    let shake = async {
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await.map_err(of_broken)?;
        Ok(socket)
    };
    cx.bounded(opening.limit, "the handshake of its websocket", Box::pin(shake)).await
}

fn closed() -> Failure {
    Failure::new(FailureClass::Protocol, "it closed its websocket")
}

/// Without the words of an answer: they may repeat the cookie.
fn of_broken(error: Broken) -> Failure {
    match error {
        Broken::Http(answer) if matches!(answer.status().as_u16(), 401 | 403) => {
            let sentence = format!("it refuses the session of its own login ({}) on its websocket", answer.status());
            Failure::new(FailureClass::AuthRefused, sentence)
        }
        Broken::Http(answer) => {
            Failure::new(FailureClass::Protocol, format!("it has no such websocket ({})", answer.status()))
        }
        Broken::ConnectionClosed | Broken::AlreadyClosed => closed(),
        Broken::Io(error) => failure::of_io(&error),
        Broken::Capacity(_) => {
            Failure::new(FailureClass::Protocol, "a frame of its websocket is longer than is ever read")
        }
        Broken::HttpFormat(_) => Failure::new(FailureClass::Protocol, "its cookie cannot be sent back to it"),
        error => Failure::new(FailureClass::Protocol, format!("its websocket is none: {error}")),
    }
}
