//! The radio's own web page: its login, and the websocket that knows how long the radio has been up (12). Plain HTTP, so
//! the password crosses the network in clear: only where a caller allows it.

use std::time::Duration;

use super::parse::web;
use super::platform::USERNAME;
use crate::model::{Failure, FailureClass};
use crate::transport::http::{Body, Client, Config, Frame, Opening, Request, Scheme, Socket};
use crate::transport::{Cx, Target};

/// For each of: login, handshake, sending, waiting for the value. The page's own client waits 5 s for the value, and
/// others 10 s for the login.
const LIMIT: Duration = Duration::from_secs(10);
/// The value has 15 bytes; what other plugins say meanwhile is some hundreds.
const MOST_BYTES: usize = 64 << 10;

/// Logs in with the target's password and asks for the uptime.
///
/// Fails with `Validation` where there is no password, with `AuthRefused` where the page refuses it, with `Protocol`
/// where it is another page, and as the transport does. One attempt, at most 50 s in all.
pub(super) async fn uptime(cx: &Cx, target: &Target) -> Result<Duration, Failure> {
    let label = target.label();
    let Some(password) = &target.password else {
        return Err(Failure::validation("no password is known for its web page").at(&label));
    };
    let config = Config {
        connect_timeout_ms: u64::try_from(LIMIT.as_millis()).unwrap_or(10_000),
        total_timeout_ms: u64::try_from(LIMIT.as_millis()).unwrap_or(10_000),
        max_body_bytes: MOST_BYTES,
    };
    let client = Client::new(cx, target, Scheme::Http, &config)?;
    let user = target.username.as_deref().unwrap_or(USERNAME).to_owned();
    let fields = vec![("username".to_owned(), user), ("password".to_owned(), password.expose().to_owned())];
    cx.witness
        .noted("http", &format!("{label}: its web page is asked for the uptime; the password goes there in clear"));
    let reply = client.send(cx, Request::post("/wtmlogin", Body::Form(fields))).await?;
    if matches!(reply.status, 401 | 403) {
        let sentence = format!("its web page refuses the user or the password ({})", reply.status);
        return Err(Failure::new(FailureClass::AuthRefused, sentence).at(&label));
    }
    let cookie = reply.headers.get_all("set-cookie").iter().find_map(|header| web::cookie(header.to_str().ok()?));
    let Some(cookie) = cookie.filter(|_| reply.status == 200) else {
        let sentence = format!("its web page answers the login with {} and no session", reply.status);
        return Err(Failure::new(FailureClass::Protocol, sentence).at(&label));
    };
    let opening = Opening {
        path: "/ie10fix",
        protocol: "aurora_channel",
        cookie: Some((web::COOKIE, &cookie)),
        limit: LIMIT,
        max_bytes: MOST_BYTES,
    };
    let mut socket = Socket::open(cx, target, &opening).await?;
    let value = value(cx, &mut socket, &web::login(&cookie)).await;
    socket.close(cx, Duration::from_millis(500)).await;
    value.map_err(|failure| failure.at(&label))
}

async fn value(cx: &Cx, socket: &mut Socket, login: &str) -> Result<Duration, Failure> {
    socket.send(cx, Frame::Text(login.to_owned()), "the login to the websocket", LIMIT).await?;
    let subscription = Frame::Binary(web::subscription().into());
    socket.send(cx, subscription, "the subscription to the uptime", LIMIT).await?;
    let wanted = async {
        loop {
            if let Frame::Binary(bytes) = socket.next(cx, "the subscription to the uptime", LIMIT).await?
                && let Some(uptime) = web::uptime(&bytes)
            {
                return Ok(uptime);
            }
        }
    };
    // Heartbeats come for ever: each alone would be in time.
    cx.bounded(LIMIT, "the subscription to the uptime", wanted).await
}
