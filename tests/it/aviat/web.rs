//! The web channel: its login and its websocket, bounded, and never an obstacle.

use futures_util::SinkExt as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use towerhand::drivers::aviat::Uptime;
use towerhand::drivers::aviat::parse::uptime::Source;
use towerhand::model::{FailureClass, Secret};
use towerhand_simulators::core::Fault;

use super::bench::Bench;

/// A 2.11 radio without SNMP: its page alone knows the uptime.
async fn radio(knobs: serde_json::Value) -> Bench {
    let mut bench = Bench::start("AV4100", json!({ "family": "2.11", "uptime_days": 42 })).await;
    bench.target.snmp = None;
    bench.turn(knobs);
    bench
}

async fn uptime(bench: &Bench) -> Uptime {
    let mut session = bench.radio().session().await.unwrap();
    let uptime = bench.radio().uptime(&mut session, true).await.unwrap();
    session.close().await;
    uptime
}

#[tokio::test]
async fn the_page_tells_and_its_use_is_noted() {
    let bench = radio(json!({ "password": "a&b c=%?-42" })).await;
    let mut bench = bench;
    bench.target.password = Some(Secret::new("a&b c=%?-42"));
    let seen = uptime(&bench).await;
    let Uptime::Known { time, source: Source::Web } = seen else { panic!("{seen:?}") };
    assert_eq!(time.as_secs() / 86_400, 42);
    assert_eq!(bench.received("http"), ["POST /wtmlogin username=admin", "GET /ie10fix"]);
    assert_eq!(bench.received("ws"), ["login accepted", "subscribe system_status_1"]);
    let told = bench.everything_told();
    assert!(told.contains("the password goes there in clear") && !told.contains("a&b"), "{told}");
    assert_eq!(bench.received("auth").iter().filter(|line| line.starts_with("web")).count(), 1);
}

#[tokio::test]
async fn a_page_that_is_not_there_is_no_failure() {
    let bench = radio(json!({ "web": false })).await;
    assert_eq!(uptime(&bench).await, Uptime::Unknown);
}

#[tokio::test]
async fn a_login_that_is_refused_is_tried_once() {
    let bench = radio(json!({})).await;
    let mut session = bench.radio().session().await.unwrap();
    // Changed after the session began.
    bench.turn(json!({ "password": "another-one" }));
    assert_eq!(bench.radio().uptime(&mut session, true).await.unwrap(), Uptime::Unknown);
    session.close().await;
    let logins = bench.received("auth").iter().filter(|line| line.starts_with("web")).count();
    assert_eq!(logins, 1, "{:?}", bench.received("auth"));
    assert!(bench.received("ws").is_empty());
    assert!(bench.everything_told().contains(FailureClass::AuthRefused.as_str()));
}

#[tokio::test]
async fn garbage_and_an_end_in_the_middle_are_unknown() {
    for fault in [
        Fault::Drop { after: Some("/ie10fix".to_owned()), bytes: None },
        Fault::Drop { after: Some("/wtmlogin".to_owned()), bytes: None },
    ] {
        let bench = radio(json!({})).await;
        bench.fault(fault);
        assert_eq!(uptime(&bench).await, Uptime::Unknown);
    }
    let mut bench = radio(json!({})).await;
    bench.ssh.idle_seconds = 1;
    let mut session = bench.radio().session().await.unwrap();
    bench.fault(Fault::Garbage { bytes: Some(100_000), endless: false });
    // The command line is garbage too: that is the session's failure, not the page's.
    assert!(bench.radio().uptime(&mut session, true).await.is_err());
    session.close().await;
}

#[expect(clippy::result_large_err, reason = "the shape of the callback is the library's")]
fn agree(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    response.headers_mut().insert("Sec-WebSocket-Protocol", "aurora_channel".parse().unwrap());
    Ok(response)
}

/// A page that takes every login, and whose websocket says without an end what nobody asked for.
async fn talkative(listener: TcpListener) {
    let (mut login, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 4096];
    let read = login.read(&mut request).await.unwrap();
    assert!(request.get(..read).unwrap().starts_with(b"POST /wtmlogin"));
    login
        .write_all(b"HTTP/1.1 200 OK\r\nSet-Cookie: sesh=0a-1b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let mut socket = accept_hdr_async(stream, agree).await.unwrap();
    while socket.send(Message::binary(b"\x01\x00\x07\x00heartbeat".repeat(20))).await.is_ok() {}
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_page_that_never_stops_talking_is_cut_off() {
    let mut bench = radio(json!({})).await;
    let listener = TcpListener::bind((bench.target.address, 0)).await.unwrap();
    bench.target.ports.http = Some(listener.local_addr().unwrap().port());
    let uptime = tokio::select! {
        uptime = uptime(&bench) => uptime,
        () = talkative(listener) => panic!("it stopped"),
    };
    assert_eq!(uptime, Uptime::Unknown);
    assert!(
        bench.everything_told().contains("says more on its websocket than is ever read"),
        "{}",
        bench.everything_told()
    );
}

#[tokio::test]
async fn a_mute_page_costs_ten_seconds_and_no_more() {
    let bench = radio(json!({})).await;
    bench.fault(Fault::Mute { after: Some("/ie10fix".to_owned()) });
    let watch = towerhand::clock::Stopwatch::start();
    assert_eq!(uptime(&bench).await, Uptime::Unknown);
    assert!(watch.elapsed() < std::time::Duration::from_secs(20), "{:?}", watch.elapsed());
}
