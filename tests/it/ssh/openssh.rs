//! Against OpenSSH, which we did not write.

use std::time::Duration;

use towerhand::model::{FailureClass, Secret, SshProfile};
use towerhand::transport::ssh::{Connection, Limits};

use super::peer::{HOST_PRINT, Login, Shell, peer};
use super::sshd::sshd;
use super::{config, frame, limits, open_sockets_to, target};

#[tokio::test]
async fn key_exec_status_and_five_megabytes() {
    let Some(server) = sshd("ed25519", "").await else { return };
    let frame = frame();
    let mut connection = Connection::open(&frame.cx, &server.target(), &config(), None).await.unwrap();
    let agreed = connection.negotiated();
    assert_eq!((agreed.kex.as_str(), agreed.cipher.as_str()), ("curve25519-sha256", "aes128-gcm@openssh.com"));
    assert_eq!(agreed.fingerprint, server.fingerprint());
    let told = connection.exec(&frame.cx, "printf out; printf err >&2; exit 7", &limits()).await.unwrap();
    assert_eq!((told.stdout.as_slice(), told.stderr.as_slice()), (&b"out"[..], &b"err"[..]));
    assert_eq!((told.exit_status, told.eof), (Some(7), true));
    let big = connection.exec(&frame.cx, "head -c 5000000 /dev/zero", &limits()).await.unwrap();
    assert_eq!((big.stdout.len(), big.exit_status, big.eof), (5_000_000, Some(0), true));
    let cap = Limits { max_bytes: 1 << 20, ..limits() };
    let failure = connection.exec(&frame.cx, "cat /dev/zero", &cap).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    connection.close().await;
    assert_eq!(open_sockets_to(server.port), 0);
}

#[tokio::test]
async fn a_killed_command_has_no_status_and_a_silent_one_a_deadline() {
    let Some(server) = sshd("ed25519", "").await else { return };
    let frame = frame();
    let mut connection = Connection::open(&frame.cx, &server.target(), &config(), None).await.unwrap();
    let killed = connection.exec(&frame.cx, "printf part; kill -9 $$", &limits()).await.unwrap();
    assert_eq!((killed.exit_status, killed.stdout.as_slice()), (None, &b"part"[..]));
    let idle = Limits { idle: Duration::from_millis(300), ..limits() };
    let failure = connection.exec(&frame.cx, "printf part; sleep 60", &idle).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout);
    connection.close().await;
    server.journal.wait("Disconnected from user").await;
}

#[tokio::test]
async fn a_wrong_key_is_one_attempt() {
    let Some(server) = sshd("ed25519", "MaxAuthTries 6").await else { return };
    let frame = frame();
    let mut device = server.target();
    device.private_key = Some(server.other_key());
    let failure = Connection::open(&frame.cx, &device, &config(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused, "{failure}");
    server.journal.wait("Connection closed by authenticating user").await;
    assert_eq!(server.journal.count("Failed publickey"), 1);
    assert_eq!(server.journal.count("Connection from"), 1);
}

#[tokio::test]
async fn a_changed_host_key_is_refused_before_any_credential() {
    let Some(server) = sshd("ed25519", "").await else { return };
    let frame = frame();
    let endpoint = format!("ssh://127.0.0.1:{}", server.port);
    frame.pins.pinned.lock().unwrap().push((endpoint, "SHA256:theoldone".to_owned()));
    let failure = Connection::open(&frame.cx, &server.target(), &config(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::HostKeyChanged, "{failure}");
    server.journal.wait("Connection closed by").await;
    assert_eq!(server.journal.count("publickey"), 0);
    assert_eq!(open_sockets_to(server.port), 0);
}

#[tokio::test]
async fn a_jump_host_is_pinned_too_and_carries_the_session() {
    let Some(hop) = sshd("ed25519", "AllowTcpForwarding yes").await else { return };
    let device = peer(Login::Password, Shell::Router).await;
    let frame = frame();
    let mut behind = target(device.port);
    behind.hop = Some(Box::new(hop.target()));
    let mut connection = Connection::open(&frame.cx, &behind, &config(), None).await.unwrap();
    let pinned = frame.pins.journal.all();
    assert_eq!(pinned.len(), 2);
    assert!(pinned[0].ends_with(&hop.fingerprint()) && pinned[1].ends_with(HOST_PRINT), "{pinned:?}");
    let big = connection.exec(&frame.cx, "size 5000000", &limits()).await.unwrap();
    assert_eq!(big.stdout.len(), 5_000_000);
    connection.close().await;
    device.journal.wait("disconnected").await;
    hop.journal.wait("Disconnected from user").await;
    assert_eq!(open_sockets_to(hop.port), 0);

    // Nobody listens behind it.
    let mut nowhere = target(1);
    nowhere.hop = Some(Box::new(hop.target()));
    let failure = Connection::open(&frame.cx, &nowhere, &config(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Unreachable, "{failure}");

    // The hop's own identity changed: it gets no credential.
    let endpoint = format!("ssh://127.0.0.1:{}", hop.port);
    *frame.pins.pinned.lock().unwrap() = vec![(endpoint, "SHA256:theoldone".to_owned())];
    let failure = Connection::open(&frame.cx, &behind, &config(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::HostKeyChanged, "{failure}");
}

#[tokio::test]
async fn legacy_is_refused_with_a_hint_and_works_when_asked_for() {
    for (host_key, extra, weak) in [
        (
            "rsa",
            "KexAlgorithms diffie-hellman-group14-sha1\nHostKeyAlgorithms ssh-rsa\nCiphers aes128-cbc\nMACs hmac-sha1\n",
            vec!["diffie-hellman-group14-sha1", "ssh-rsa", "aes128-cbc", "hmac-sha1"],
        ),
        (
            "rsa",
            "KexAlgorithms diffie-hellman-group-exchange-sha1\nHostKeyAlgorithms ssh-rsa\nCiphers 3des-cbc\nMACs hmac-sha1\n",
            vec!["diffie-hellman-group-exchange-sha1", "ssh-rsa", "3des-cbc", "hmac-sha1"],
        ),
        ("rsa", "MACs hmac-sha1\nCiphers aes128-ctr\n", vec!["hmac-sha1"]),
    ] {
        let Some(server) = sshd(host_key, extra).await else { return };
        let frame = frame();
        let failure =
            Connection::open(&frame.cx, &server.with_profile(SshProfile::Modern), &config(), None).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Protocol);
        assert!(failure.sentence.contains("`ssh_profile: legacy`"), "{failure}");
        assert!(weak.iter().any(|name| failure.sentence.contains(name)), "{failure}");
        assert_eq!(frame.witnessed.count("trying once more"), 0);

        let mut connection =
            Connection::open(&frame.cx, &server.with_profile(SshProfile::Legacy), &config(), None).await.unwrap();
        assert_eq!(connection.negotiated().weak(), weak);
        assert_eq!(connection.exec(&frame.cx, "printf out", &limits()).await.unwrap().stdout, b"out");
        connection.close().await;
    }
}

#[tokio::test]
async fn legacy_takes_the_better_where_the_device_has_it() {
    let Some(server) = sshd("rsa", "KexAlgorithms +diffie-hellman-group14-sha1\nMACs +hmac-sha1\n").await else {
        return;
    };
    let frame = frame();
    let connection =
        Connection::open(&frame.cx, &server.with_profile(SshProfile::LegacyDsa), &config(), None).await.unwrap();
    assert!(connection.negotiated().weak().is_empty(), "{:?}", connection.negotiated());
    assert_eq!(connection.negotiated().host_key, "rsa-sha2-256");
    connection.close().await;
}

#[tokio::test]
async fn rsa_keys_and_keys_with_a_passphrase_log_in() {
    let Some(server) = sshd("ed25519", "").await else { return };
    let frame = frame();
    let mut device = server.target();
    for (kind, passphrase) in [("rsa", ""), ("ecdsa", ""), ("ed25519", "open it")] {
        device.private_key = Some(server.more_key(kind, passphrase));
        if !passphrase.is_empty() {
            let failure = Connection::open(&frame.cx, &device, &config(), None).await.unwrap_err();
            assert_eq!(failure.class, FailureClass::Validation, "{failure}");
            device.private_key_passphrase = Some(Secret::new(passphrase));
        }
        let connection = Connection::open(&frame.cx, &device, &config(), None).await.unwrap();
        connection.close().await;
    }
    assert_eq!(server.journal.count("Failed publickey"), 0);
}

#[tokio::test]
async fn the_window_is_larger_than_any_export_from_the_first_byte_on() {
    let Some(server) = sshd("ed25519", "LogLevel DEBUG1").await else { return };
    let frame = frame();
    let mut connection = Connection::open(&frame.cx, &server.target(), &config(), None).await.unwrap();
    connection.exec(&frame.cx, "true", &limits()).await.unwrap();
    server.journal.wait("win 67108864").await;
    connection.close().await;
}
