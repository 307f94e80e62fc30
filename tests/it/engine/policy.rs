//! Invariant 12: only known addresses, decided before any socket is opened.

use serde_json::json;
use tokio::net::TcpListener;

use super::wait::with_lab;

#[tokio::test]
async fn unknown_and_special_addresses_open_no_socket() {
    let (lab, daemon) =
        with_lab(vec![("r1", "routeros", json!({}))], "allowed_networks = [\"0.0.0.0/0\", \"::/0\"]\n").await;
    let v4 = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let v6 = TcpListener::bind("[::1]:0").await.ok();
    let ports = [Some(&v4), v6.as_ref()].map(|listener| listener.map_or(9, |it| it.local_addr().unwrap().port()));
    let wrong = [
        ("127.0.0.1", "address_refused"),
        ("169.254.169.254", "address_refused"),
        ("::1", "address_refused"),
        ("::ffff:127.0.0.1", "address_refused"),
        ("0.0.0.0", "address_refused"),
        ("224.0.0.1", "address_refused"),
        ("192.0.2.10/24", "validation_error"),
        ("localhost", "validation_error"),
        ("localhost.localdomain", "validation_error"),
        ("127.1", "validation_error"),
        ("2130706433", "validation_error"),
        ("127.0.0.1 ", "validation_error"),
    ];
    for action in
        ["ido.swt.running_config", "ido.swt.device_info", "ido.rpc.device_info", "ido.ping", "ido.generic.device_info"]
    {
        for port in ports {
            for (address, class) in wrong {
                let kind = if action.contains("rpc") { "ICT200DB12" } else { "MTROS" };
                let payload = json!({
                    "ip_address": address, "device_type": kind, "username": "admin", "password": "not-to-be-sent",
                    "ssh_port": port, "http_port": port, "ping_count": 1,
                });
                let error = daemon.api.error(action, payload).await;
                assert!(error.starts_with(&format!("{class}: ")), "{action} {address}: {error}");
            }
        }
    }
    for listener in [Some(v4), v6].into_iter().flatten() {
        let accepted = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
        assert!(accepted.is_err(), "somebody connected: {accepted:?}");
    }
    assert!(lab.device("r1").unwrap().journal().is_empty());
    daemon.stop().await;
}

/// Without `allowed_networks` an ordinary address is refused too.
#[tokio::test]
async fn an_ordinary_address_must_be_known() {
    let (_lab, daemon) = with_lab(vec![("r1", "routeros", json!({}))], "").await;
    let payload =
        json!({ "ip_address": "192.0.2.10", "device_type": "MTROS", "username": "a", "password": "not-sent" });
    let error = daemon.api.error("ido.swt.running_config", payload).await;
    assert!(error.starts_with("address_refused: ") && error.contains("allowed_networks"), "{error}");
    daemon.stop().await;
}
