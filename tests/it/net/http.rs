//! HTTP over loopback: raw servers that answer exactly what a test wants, and one of axum's.

#![expect(clippy::disallowed_methods, reason = "servers run beside the test")]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use towerhand::model::{FailureClass, Ports, Secret};
use towerhand::transport::Target;
use towerhand::transport::http::{Auth, Body, Client, Config, Request, Scheme};

use super::{cx, target};

/// Requests as they came, head and body.
type Seen = Arc<Mutex<Vec<String>>>;

/// Answers each connection's one request with what `answer` makes of it. Gives port and requests.
async fn server(mut answer: impl FnMut(&str) -> Vec<u8> + Send + 'static) -> (u16, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Seen::default();
    let noted = seen.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            loop {
                let length = stream.read(&mut chunk).await.unwrap_or(0);
                request.extend_from_slice(&chunk[..length]);
                let text = String::from_utf8_lossy(&request);
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    if length == 0 { break } else { continue }
                };
                let wanted = field(head, "content-length").map_or(0, |length| length.parse().unwrap());
                if length == 0 || body.len() >= wanted {
                    break;
                }
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            let bytes = answer(&request);
            noted.lock().unwrap().push(request);
            let _ = stream.write_all(&bytes).await;
        }
    });
    (port, seen)
}

/// A header of a request or answer.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

fn status(line: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}

fn at(port: u16) -> Target {
    Target { ports: Ports { http: Some(port), ..Ports::default() }, ..target() }
}

fn client_with(port: u16, config: &Config) -> Client {
    Client::new(&cx(), &at(port), Scheme::Http, config).unwrap()
}

fn client(port: u16) -> Client {
    client_with(port, &Config::default())
}

#[tokio::test]
async fn a_cookie_is_kept_and_sent_back() {
    use axum::http::{HeaderMap, header};
    use axum::routing::{get, post};
    let app = axum::Router::new()
        .route("/login", post(|| async { ([(header::SET_COOKIE, "session=abc; Path=/; HttpOnly")], "in") }))
        .route(
            "/page",
            get(|headers: HeaderMap| async move {
                headers.get(header::COOKIE).map_or("none".to_owned(), |cookie| cookie.to_str().unwrap().to_owned())
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let client = client(port);
    assert_eq!(client.send(&cx(), Request::get("/page")).await.unwrap().text(), "none");
    let form = Body::Form(vec![("user".to_owned(), "admin".to_owned())]);
    assert_eq!(client.send(&cx(), Request::post("/login", form)).await.unwrap().status, 200);
    assert_eq!(client.send(&cx(), Request::get("/page")).await.unwrap().text(), "session=abc");
    let other = self::client(port);
    assert_eq!(other.send(&cx(), Request::get("/page")).await.unwrap().text(), "none", "a jar for each client");
}

#[tokio::test]
async fn basic_is_utf8_and_a_401_is_not_tried_again() {
    let auth = Auth::Basic { user: "admin".to_owned(), password: Secret::new("pässwort") };
    let (port, seen) = server(|_| ok("in")).await;
    let reply = client(port).send(&cx(), Request { auth: auth.clone(), ..Request::get("/a?b=c") }).await.unwrap();
    assert_eq!((reply.status, reply.text().as_str()), (200, "in"));
    let seen = seen.lock().unwrap().clone();
    assert!(seen[0].starts_with("GET /a?b=c HTTP/1.1\r\n"), "{seen:?}");
    assert_eq!(field(&seen[0], "authorization"), Some("Basic YWRtaW46cMOkc3N3b3J0"));

    let (port, seen) = server(|_| status("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n")).await;
    let failure = client(port).send(&cx(), Request { auth, ..Request::get("/") }).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused);
    assert!(!failure.sentence.contains("pässwort") && failure.sentence.starts_with("test (127.0.0.1): "), "{failure}");
    assert_eq!(seen.lock().unwrap().len(), 1);
}

/// The hash of `text` by a program of the system's, in hex.
fn hash(program: &str, text: &str) -> String {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// A parameter of an `Authorization: Digest` header.
fn parameter(header: &str, name: &str) -> String {
    let header = header.strip_prefix("Digest ").unwrap();
    let found = header.split(", ").find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap_or_default();
    found.trim_matches('"').to_owned()
}

/// Whether the header proves the password, by RFC 7616, 3.4.1.
fn proves(header: &str, program: &str, method: &str, password: &str) -> bool {
    let [user, uri, nc, cnonce] = ["username", "uri", "nc", "cnonce"].map(|name| parameter(header, name));
    let ha1 = hash(program, &format!("{user}:the realm:{password}"));
    let ha2 = hash(program, &format!("{method}:{uri}"));
    let expected = hash(program, &format!("{ha1}:n0nce:{nc}:{cnonce}:auth:{ha2}"));
    uri == "/cgi?x=1" && parameter(header, "response") == expected
}

#[tokio::test]
async fn digest_answers_one_challenge() {
    const MD5: &str = "WWW-Authenticate: Digest realm=\"the realm\", nonce=\"n0nce\", qop=\"auth\", algorithm=MD5\r\n";
    const SHA: &str =
        "WWW-Authenticate: Digest realm=\"the realm\", nonce=\"n0nce\", qop=\"auth\", algorithm=SHA-256\r\n";
    const BASIC: &str = "WWW-Authenticate: Basic realm=\"the realm\"\r\n";
    let cases = [
        (MD5.to_owned(), "md5sum"),
        (SHA.to_owned(), "sha256sum"),
        (format!("{BASIC}{MD5}{SHA}"), "sha256sum"),
        (MD5.replace("Digest", "digest").replace(", algorithm=MD5", ""), "md5sum"),
    ];
    for (challenge, program) in cases {
        for (password, method) in [("right", "GET"), ("right", "POST"), ("wrong", "GET")] {
            let challenge = challenge.clone();
            let (port, seen) = server(move |request| match field(request, "authorization") {
                Some(header) if proves(header, program, method, "right") => ok("in"),
                _ => status("401 Unauthorized", &challenge),
            })
            .await;
            let auth = Auth::Digest { user: "admin".to_owned(), password: Secret::new(password) };
            let mut request = Request { auth, ..Request::get("/cgi?x=1") };
            if method == "POST" {
                request.method = towerhand::transport::http::Method::POST;
                request.body = Some(Body::Form(vec![("a".to_owned(), "b".to_owned())]));
            }
            let reply = client(port).send(&cx(), request).await;
            let seen = seen.lock().unwrap().clone();
            assert_eq!(seen.len(), 2, "{seen:?}");
            assert!(field(&seen[0], "authorization").is_none());
            match password {
                "right" => assert_eq!(reply.unwrap().text(), "in"),
                _ => assert_eq!(reply.unwrap_err().class, FailureClass::AuthRefused),
            }
            assert!(method == "GET" || seen.iter().all(|request| request.ends_with("a=b")), "{seen:?}");
        }
    }
}

#[tokio::test]
async fn redirects_are_answers_unless_asked_for_and_never_lead_away() {
    let (elsewhere, visits) = server(|_| ok("elsewhere")).await;
    let places = [
        format!("http://127.0.0.1:{elsewhere}/"),
        format!("http://127.0.0.2:{elsewhere}/"),
        format!("//127.0.0.1:{elsewhere}/"),
        "https://127.0.0.1/".to_owned(),
    ];
    for place in places {
        let (port, _) = server(move |_| status("302 Found", &format!("Location: {place}\r\n"))).await;
        let reply = client(port).send(&cx(), Request::get("/")).await.unwrap();
        assert_eq!(reply.status, 302);
        let follow = Request { follow_same_host: true, ..Request::get("/") };
        assert_eq!(client(port).send(&cx(), follow).await.unwrap_err().class, FailureClass::Protocol);
    }
    assert_eq!(visits.lock().unwrap().len(), 0);

    let (port, seen) = server(|request| {
        if request.starts_with("POST /login") { status("302 Found", "Location: /home \r\n") } else { ok("home") }
    })
    .await;
    let form = Body::Form(vec![("user".to_owned(), "admin".to_owned())]);
    let follow = Request { follow_same_host: true, ..Request::post("/login", form) };
    assert_eq!(client(port).send(&cx(), follow).await.unwrap().text(), "home");
    assert!(seen.lock().unwrap()[1].starts_with("GET /home HTTP/1.1"));

    let (port, seen) = server(|_| status("302 Found", "Location: /\r\n")).await;
    let follow = Request { follow_same_host: true, ..Request::get("/") };
    assert_eq!(client(port).send(&cx(), follow).await.unwrap_err().class, FailureClass::Protocol);
    assert_eq!(seen.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn a_body_over_the_cap_is_an_error() {
    let config = Config { max_body_bytes: 1000, ..Config::default() };
    let (port, _) = server(|_| ok(&"x".repeat(1000))).await;
    assert_eq!(client_with(port, &config).send(&cx(), Request::get("/")).await.unwrap().body.len(), 1000);
    let (port, _) = server(|_| ok(&"x".repeat(1001))).await;
    let failure = client_with(port, &config).send(&cx(), Request::get("/")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol);

    // Without a length and without an end.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    });
    let failure = client_with(port, &config).send(&cx(), Request::get("/")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
}

#[tokio::test]
async fn a_cut_body_is_an_error_not_a_short_answer() {
    let (port, _) = server(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec()).await;
    let failure = client(port).send(&cx(), Request::get("/")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
}

/// Small servers answer 411 to a POST that does not say how long its body is, though it is empty.
#[tokio::test]
async fn an_empty_body_says_that_it_is() {
    let (port, seen) = server(|_| ok("")).await;
    client(port).send(&cx(), Request::post("/logout", Body::Form(vec![]))).await.unwrap();
    client(port).send(&cx(), Request::get("/")).await.unwrap();
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.iter().map(|request| field(request, "content-length")).collect::<Vec<_>>(), [Some("0"), None]);
}

/// A login whose answer comes after someone asked to stop is still heard, or its session could not be closed; and the
/// goodbye still leaves.
#[tokio::test]
async fn what_opens_and_closes_a_session_outlives_a_cancel() {
    let cx = cx();
    let cancel = cx.cancel.clone();
    let (port, seen) = server(move |request| {
        if request.starts_with("POST /login") {
            cancel.cancel();
        }
        ok("in")
    })
    .await;
    let client = client(port);
    let login = Request::post("/login", Body::Form(vec![]));
    let reply = client.send_opening(&cx, login.clone(), Duration::from_secs(5)).await.unwrap();
    assert_eq!(reply.text(), "in");
    assert_eq!(client.send(&cx, Request::get("/page")).await.unwrap_err().class, FailureClass::Cancelled);
    let second = client.send_opening(&cx, login, Duration::from_secs(5)).await.unwrap_err();
    assert_eq!(second.class, FailureClass::Cancelled, "nothing new is opened");
    assert_eq!(client.send_closing(&cx, Request::get("/logout"), Duration::from_secs(5)).await.unwrap().status, 200);
    let seen = seen.lock().unwrap().clone();
    let lines: Vec<&str> = seen.iter().filter_map(|request| request.lines().next()).collect();
    assert_eq!(lines, ["POST /login HTTP/1.1", "GET /logout HTTP/1.1"]);
}

#[tokio::test]
async fn silence_is_a_timeout_and_a_closed_port_unreachable() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let config = Config { total_timeout_ms: 200, ..Config::default() };
    let started = Instant::now();
    let failure = client_with(port, &config).send(&cx(), Request::get("/a?password=x")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
    assert!(!failure.sentence.contains("password"), "{failure}");
    assert!(started.elapsed() < Duration::from_millis(1200));
    let post = Request { has_effect: true, ..Request::post("/reboot", Body::Form(vec![])) };
    let failure = client_with(port, &config).send(&cx(), post.clone()).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
    let secure = Target { ports: Ports { https: Some(port), ..Ports::default() }, ..target() };
    let secure = Client::new(&cx(), &secure, Scheme::Https, &config).unwrap();
    let failure = secure.send(&cx(), post.clone()).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout, "no request left: {failure}");
    drop(silent);
    let failure = client_with(port, &config).send(&cx(), post).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Unreachable, "{failure}");
}

#[tokio::test]
async fn a_path_leads_nowhere_else() {
    let (port, seen) = server(|_| ok("")).await;
    for path in ["", "x", "//127.0.0.2/", "/\\127.0.0.2/", "http://127.0.0.2/"] {
        let failure = client(port).send(&cx(), Request::get(path)).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Validation, "{path}");
    }
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_cancel_stops_before_and_during() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(silent.local_addr().unwrap().port());
    let cx = cx();
    let cancel = cx.cancel.clone();
    let waiting = tokio::spawn(async move {
        let accepted = silent.accept().await.unwrap();
        cancel.cancel();
        (silent, accepted)
    });
    assert_eq!(client.send(&cx, Request::get("/")).await.unwrap_err().class, FailureClass::Cancelled);
    waiting.await.unwrap();
    assert_eq!(client.send(&cx, Request::get("/")).await.unwrap_err().class, FailureClass::Cancelled);
}
