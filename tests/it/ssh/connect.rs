//! Reaching a device, its identity, logging in.

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey};
use tokio::net::TcpListener;
use towerhand::model::{FailureClass, Secret, SshProfile};
use towerhand::transport::ssh::Connection;

use super::peer::{HOST_PRINT, Login, Shell, peer};
use super::{LOOPBACK, config, frame, limits, open_sockets_to, target};

fn new_key() -> Secret {
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
    Secret::new(key.to_openssh(LineEnding::LF).unwrap().to_string())
}

#[tokio::test]
async fn a_login_shows_the_host_key_first_and_uses_the_cheap_algorithms() {
    let (device, frame) = (peer(Login::Password, Shell::Router).await, frame());
    let connection = Connection::open(&frame.cx, &target(device.port), &config(), Some("+ct")).await.unwrap();
    let agreed = connection.negotiated();
    assert_eq!(
        (agreed.kex.as_str(), agreed.host_key.as_str(), agreed.cipher.as_str(), agreed.mac.as_str()),
        ("curve25519-sha256", "ssh-ed25519", "aes256-gcm@openssh.com", "<implicit>"),
        "russh's server has no aes128-gcm by default"
    );
    assert_eq!((agreed.profile, agreed.fingerprint.as_str()), (SshProfile::Modern, HOST_PRINT));
    assert!(agreed.weak().is_empty());
    let checked = frame.pins.journal.all();
    assert_eq!(checked, [format!("ssh://127.0.0.1:{} ssh-ed25519 {HOST_PRINT}", device.port)]);
    assert_eq!(frame.witnessed.count("noted ssh swt1 (127.0.0.1) connected: curve25519-sha256, ssh-ed25519"), 1);
    connection.close().await;
    device.journal.wait("disconnected").await;
    assert_eq!(open_sockets_to(device.port), 0);
    assert_eq!(device.journal.count("password of admin+ct"), 1);
}

#[tokio::test]
async fn another_host_key_is_refused_before_any_credential() {
    let (device, frame) = (peer(Login::Password, Shell::Router).await, frame());
    let mut declared = target(device.port);
    declared.host_key = Some("SHA256:somethingelse".to_owned());
    let failure = Connection::open(&frame.cx, &declared, &config(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::HostKeyChanged);
    assert!(failure.sentence.starts_with("swt1 (127.0.0.1): "), "{failure}");
    device.journal.wait("disconnected").await;
    assert_eq!(device.journal.count("password"), 0);
    assert_eq!(device.journal.count("connected"), 2, "connected and disconnected once: no second attempt");
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let (device, frame) = (peer(Login::Password, Shell::Router).await, frame());
    let mut wrong = target(device.port);
    wrong.password = Some(Secret::new("wrong-password"));
    let failure = Connection::open(&frame.cx, &wrong, &config(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused);
    assert!(!failure.to_string().contains("wrong-password"));
    device.journal.wait("disconnected").await;
    assert_eq!(device.journal.count("password of admin"), 1);
    assert_eq!(device.journal.count("questions"), 0, "the same password is not presented in another way");
}

#[tokio::test]
async fn a_refused_key_is_followed_by_the_password() {
    let (device, frame) = (peer(Login::Password, Shell::Router).await, frame());
    let mut both = target(device.port);
    both.private_key = Some(new_key());
    let connection = Connection::open(&frame.cx, &both, &config(), None).await.unwrap();
    connection.close().await;
    assert_eq!((device.journal.count("key of admin"), device.journal.count("password of admin")), (1, 1));
}

#[tokio::test]
async fn hidden_questions_get_the_password_once() {
    let (device, frame) = (peer(Login::Questions, Shell::Router).await, frame());
    let connection = Connection::open(&frame.cx, &target(device.port), &config(), None).await.unwrap();
    connection.close().await;
    assert_eq!(device.journal.count("answer right"), 1);

    for (login, asked) in [(Login::VisibleQuestion, "Badge number:"), (Login::NewPassword, "New password:")] {
        let device = peer(login, Shell::Router).await;
        let failure = Connection::open(&frame.cx, &target(device.port), &config(), None).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::AuthRefused, "{failure}");
        assert!(failure.sentence.contains(asked), "{failure}");
        device.journal.wait("disconnected").await;
        assert_eq!(device.journal.count("answer"), usize::from(login == Login::NewPassword));
    }
}

#[tokio::test]
async fn a_drop_in_the_login_is_neither_a_refusal_nor_tried_again() {
    let (device, frame) = (peer(Login::Drop, Shell::Router).await, frame());
    let failure = Connection::open(&frame.cx, &target(device.port), &config(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    assert_eq!(device.journal.count("password"), 1);
}

#[tokio::test]
async fn credentials_that_cannot_work_touch_no_device() {
    let (device, frame) = (peer(Login::Password, Shell::Router).await, frame());
    let mut nobody = target(device.port);
    nobody.username = None;
    let mut nothing = target(device.port);
    nothing.password = None;
    let mut broken = target(device.port);
    broken.private_key = Some(Secret::new("no key"));
    for bad in [nobody, nothing, broken] {
        let failure = Connection::open(&frame.cx, &bad, &config(), None).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Validation, "{failure}");
    }
    assert_eq!(device.journal.all(), Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_connection_is_tried_twice_and_unreachable() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let frame = frame();
    let failure = Connection::open(&frame.cx, &target(port), &config(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Unreachable);
    assert_eq!(frame.witnessed.count("trying once more"), 1);
}

#[tokio::test]
async fn a_runtime_of_its_own_can_carry_the_connections() {
    let own = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (device, frame) = (peer(Login::Password, Shell::Router).await, frame());
    let mut config = config();
    config.runtime = Some(own.handle().clone());
    let mut connection = Connection::open(&frame.cx, &target(device.port), &config, None).await.unwrap();
    assert!(own.metrics().num_alive_tasks() >= 1);
    assert_eq!(connection.exec(&frame.cx, "size 40000", &limits()).await.unwrap().stdout.len(), 40_000);
    connection.close().await;
    own.shutdown_background();
}
