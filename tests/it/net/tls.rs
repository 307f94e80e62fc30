//! HTTPS with pins: servers of rustls and of OpenSSL, certificates of OpenSSL's.

#![expect(clippy::disallowed_methods, reason = "servers run beside the test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use towerhand::model::{FailureClass, Ports, Secret};
use towerhand::transport::Target;
use towerhand::transport::http::{Auth, Client, Config, Request, Scheme};

use super::{TestPins, cx, cx_with, target};

/// A self-signed certificate and its key, and the fingerprint that OpenSSL gives it.
struct Identity {
    home: TempDir,
    fingerprint: String,
}

/// `None`, with a line that says so, where there is no openssl.
fn identity() -> Option<Identity> {
    let home = TempDir::new().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=radio", "-keyout"])
        .arg(home.path().join("key.pem"))
        .arg("-out")
        .arg(home.path().join("cert.pem"))
        .stderr(Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no openssl command");
        return None;
    }
    let der = Command::new("openssl")
        .args(["x509", "-outform", "DER", "-in"])
        .arg(home.path().join("cert.pem"))
        .output()
        .unwrap()
        .stdout;
    std::fs::write(home.path().join("cert.der"), der).unwrap();
    let digest = Command::new("openssl")
        .args(["dgst", "-sha256", "-binary"])
        .arg(home.path().join("cert.der"))
        .output()
        .unwrap()
        .stdout;
    use base64::Engine as _;
    let fingerprint = format!("SHA256:{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(digest));
    Some(Identity { home, fingerprint })
}

/// What each connection said after the handshake, in clear.
type Heard = Arc<Mutex<Vec<String>>>;

/// Serves one request a connection, with the first identity for the first `switch` connections and the second after.
fn serve(first: &Identity, second: &Identity, switch: usize) -> (u16, Heard) {
    let configs = [first, second].map(|identity| {
        let certificate = CertificateDer::from_pem_file(identity.home.path().join("cert.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(identity.home.path().join("key.pem")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Arc::new(config)
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let noted = heard.clone();
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().enumerate() {
            let config = configs[usize::from(count >= switch)].clone();
            let mut connection = rustls::ServerConnection::new(config).unwrap();
            let mut stream = stream.unwrap();
            let mut tls = rustls::Stream::new(&mut connection, &mut stream);
            let mut said = Vec::new();
            let mut chunk = [0; 4096];
            while !said.ends_with(b"\r\n\r\n") {
                match tls.read(&mut chunk) {
                    Ok(length) if length > 0 => said.extend_from_slice(&chunk[..length]),
                    _ => break,
                }
            }
            noted.lock().unwrap().push(String::from_utf8(said).unwrap());
            let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    });
    (port, heard)
}

fn at(port: u16, tls_pin: Option<String>) -> Target {
    Target { ports: Ports { https: Some(port), ..Ports::default() }, tls_pin, ..target() }
}

fn login() -> Request {
    let auth = Auth::Basic { user: "admin".to_owned(), password: Secret::new("secret") };
    Request { auth, ..Request::get("/status") }
}

#[tokio::test]
async fn the_certificate_is_asked_about_before_anything_is_sent() {
    let Some(identity) = identity() else { return };
    let (port, heard) = serve(&identity, &identity, 0);
    let pins = Arc::new(TestPins::default());
    let cx = cx_with(pins.clone());
    let client = Client::new(&cx, &at(port, None), Scheme::Https, &Config::default()).unwrap();
    for _ in 0..2 {
        assert_eq!(client.send(&cx, login()).await.unwrap().text(), "hi");
    }
    let endpoint = format!("https://127.0.0.1:{port}");
    let asked = pins.asked.lock().unwrap().clone();
    assert_eq!(asked, [(endpoint, "x509".to_owned(), identity.fingerprint.clone(), None)], "once for a client");
    let heard = heard.lock().unwrap().clone();
    assert_eq!(heard[0], "", "the first connection only looks");
    assert!(heard[1].starts_with("GET /status HTTP/1.1\r\n"), "{heard:?}");

    // Declared and right.
    let client =
        Client::new(&cx, &at(port, Some(identity.fingerprint.clone())), Scheme::Https, &Config::default()).unwrap();
    assert_eq!(client.send(&cx, login()).await.unwrap().status, 200);
    assert_eq!(pins.asked.lock().unwrap()[1].3, Some(identity.fingerprint.clone()));
}

#[tokio::test]
async fn a_refused_certificate_gets_no_request() {
    let (Some(identity), Some(other)) = (identity(), identity()) else { return };
    let (port, heard) = serve(&identity, &identity, 0);
    let client =
        Client::new(&cx(), &at(port, Some(other.fingerprint.clone())), Scheme::Https, &Config::default()).unwrap();
    for _ in 0..2 {
        assert_eq!(client.send(&cx(), login()).await.unwrap_err().class, FailureClass::HostKeyChanged);
    }
    assert!(heard.lock().unwrap().iter().all(String::is_empty), "{heard:?}");
}

#[tokio::test]
async fn a_certificate_that_changes_behind_the_pin_gets_no_request() {
    let (Some(identity), Some(other)) = (identity(), identity()) else { return };
    // The look and one request meet the first certificate, the next request the second.
    let (port, heard) = serve(&identity, &other, 2);
    let cx = cx();
    let client = Client::new(&cx, &at(port, None), Scheme::Https, &Config::default()).unwrap();
    client.send(&cx, login()).await.unwrap();
    let failure = client.send(&cx, Request { has_effect: true, ..login() }).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::HostKeyChanged, "{failure}");
    assert_eq!(heard.lock().unwrap().iter().filter(|said| !said.is_empty()).count(), 1);
}

/// `openssl s_server`, up when it says so; `None` where this OpenSSL cannot.
fn s_server(identity: &Identity, options: &[&str]) -> Option<(u16, Child)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut child = Command::new("openssl")
        .args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-www", "-key"])
        .arg(identity.home.path().join("key.pem"))
        .arg("-cert")
        .arg(identity.home.path().join("cert.pem"))
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let up = BufReader::new(child.stdout.take().unwrap()).lines().any(|line| line.is_ok_and(|line| line == "ACCEPT"));
    if up {
        return Some((port, child));
    }
    println!("skipped: openssl s_server does not start with {options:?}");
    child.wait().unwrap();
    None
}

#[tokio::test]
async fn old_tls_is_said_to_be_old() {
    let Some(identity) = identity() else { return };
    let cases: [(&[&str], Option<FailureClass>); 5] = [
        (&["-tls1_2"], None),
        (&["-tls1_3"], None),
        (&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], Some(FailureClass::TlsUnsupported)),
        (&["-tls1", "-cipher", "ALL:@SECLEVEL=0"], Some(FailureClass::TlsUnsupported)),
        (&["-tls1_2", "-cipher", "AES128-SHA"], Some(FailureClass::TlsUnsupported)),
    ];
    for (options, expected) in cases {
        let Some((port, mut child)) = s_server(&identity, options) else { continue };
        let client = Client::new(&cx(), &at(port, None), Scheme::Https, &Config::default()).unwrap();
        let answer = client.send(&cx(), Request::get("/")).await;
        child.kill().unwrap();
        child.wait().unwrap();
        match (answer, expected) {
            (Ok(reply), None) => assert_eq!(reply.status, 200, "{options:?}"),
            (Err(failure), Some(class)) => assert_eq!(failure.class, class, "{options:?}: {failure}"),
            (answer, _) => panic!("{options:?}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_without_tls_is_a_protocol_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let client = Client::new(&cx(), &at(port, None), Scheme::Https, &Config::default()).unwrap();
    assert_eq!(client.send(&cx(), Request::get("/")).await.unwrap_err().class, FailureClass::Protocol);
}
