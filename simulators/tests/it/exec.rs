//! The exec channel: answers, errors, authentication, algorithms, the window bug.

use std::borrow::Cow;

use russh::client::{Config, GexParams};
use russh::keys::{Algorithm, HashAlg};
use russh::{Preferred, kex, mac};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn an_export_is_complete_and_says_so() {
    let (lab, device) = lab(json!({"version": "7.16", "export_bytes": 300_000, "identity": "TWR-KETTLE-1"})).await;
    let handle = login(&device, "admin").await;
    let ended = exec(&handle, "/export terse").await;
    assert_eq!((ended.status, ended.eof, ended.closed), (Some(0), true, true));
    let body = |text: &str| text.replace('\r', "").split_once('\n').unwrap().1.to_owned();
    let own = towerhand_simulators::routeros::export_text(&device, "/export terse").unwrap();
    assert_eq!(body(&ended.text), body(&own));
    // The size is that with the secrets, which v7 leaves out here.
    assert!((299_000..301_000).contains(&ended.text.len()), "{}", ended.text.len());
    assert!(ended.text.contains("/system identity set name=TWR-KETTLE-1\r\n"));
    handle.disconnect(russh::Disconnect::ByApplication, "", "").await.unwrap();
    assert_eq!(journalled(&device, "tcp", 2).await, ["open", "close"]);
    assert_eq!(journal(&device, "auth"), ["password admin"]);
    assert_eq!(journal(&device, "exec"), ["/export terse"]);
    lab.stop().await;
}

#[tokio::test]
async fn errors_come_on_the_same_stream_with_a_status_that_can_be_chosen() {
    let (_lab, device) = lab(json!({"board": "CHR", "version": "7.16"})).await;
    let handle = login(&device, "admin").await;
    let line = "/system routerboard print";
    let ended = exec(&handle, line).await;
    assert_eq!(ended.text, "bad command name routerboard (line 1 column 9)\r\n");
    assert_eq!(ended.status, Some(1));
    assert_eq!(journal(&device, "log").len(), 1, "from 7.15 on a failed exec is in the router's log");
    device.merge(json!({"exit_status": 0}).as_object().unwrap().clone());
    assert_eq!(exec(&handle, line).await.status, Some(0));
    device.merge(json!({"no_exit_status": true}).as_object().unwrap().clone());
    let ended = exec(&handle, line).await;
    assert_eq!((ended.status, ended.closed), (None, true));
    assert_eq!(exec(&handle, "quit").await.text, "interrupted\r\n");
}

#[tokio::test]
async fn logins_are_judged_and_journalled_without_the_password() {
    let (_lab, device) = lab(json!({"reject_suffix": true, "auth": ["password", "keyboard-interactive"]})).await;
    let (mut handle, _) = connect(&device, Config::default()).await.unwrap();
    assert!(!handle.authenticate_password("admin+ct511w4098h", "sim").await.unwrap().success());
    assert!(!handle.authenticate_password("admin", "wrong").await.unwrap().success());
    let start = handle.authenticate_keyboard_interactive_start("admin", None).await.unwrap();
    assert!(matches!(start, russh::client::KeyboardInteractiveAuthResponse::InfoRequest { .. }), "{start:?}");
    let end = handle.authenticate_keyboard_interactive_respond(vec!["sim".to_owned()]).await.unwrap();
    assert!(matches!(end, russh::client::KeyboardInteractiveAuthResponse::Success), "{end:?}");
    assert_eq!(
        journal(&device, "auth"),
        ["password admin+ct511w4098h", "password admin", "keyboard-interactive admin"]
    );
}

/// The window bug stops at the window that the client opened the channel with, to the byte.
#[tokio::test]
async fn the_window_bug_cuts_at_the_initial_window() {
    let state = json!({"truncate_at_initial_window": true, "export_bytes": 400_000});
    let (_lab, device) = lab(state).await;
    let small = Config { window_size: 131_072, ..Config::default() };
    let ended = exec(&login_with(&device, "admin", small).await, "/export terse").await;
    assert_eq!((ended.text.len(), ended.status, ended.eof, ended.closed), (131_072, Some(0), true, true));
    let large = Config { window_size: 16 << 20, ..Config::default() };
    let ended = exec(&login_with(&device, "admin", large).await, "/export terse").await;
    assert!(ended.text.len() > 399_000 && ended.text.ends_with("\r\n") && ended.status == Some(0));
}

fn legacy(kex: &'static [kex::Name], key: &'static [Algorithm]) -> Config {
    let preferred = Preferred {
        kex: Cow::Borrowed(kex),
        key: Cow::Borrowed(key),
        mac: Cow::Borrowed(&[mac::HMAC_SHA1, mac::HMAC_SHA256]),
        ..Preferred::DEFAULT
    };
    Config { preferred, ..Config::default() }
}

#[tokio::test]
async fn profiles_offer_what_their_age_offers() {
    const SHA1_RSA: &[Algorithm] = &[Algorithm::Rsa { hash: None }];
    const SHA2_RSA: &[Algorithm] = &[Algorithm::Rsa { hash: Some(HashAlg::Sha256) }];
    let (_lab, device) = lab(json!({})).await;
    let set = |profile: &str| device.merge(json!({ "profile": profile }).as_object().unwrap().clone());
    for profile in ["sha1-only", "dsa", "ros6-default"] {
        set(profile);
        assert!(connect(&device, Config::default()).await.is_err(), "{profile} took safe algorithms");
    }
    set("sha1-only");
    connect(&device, legacy(&[kex::DH_G14_SHA1], SHA1_RSA)).await.unwrap();
    set("dsa");
    let (_, key) = connect(&device, legacy(&[kex::DH_G14_SHA1], &[Algorithm::Dsa])).await.unwrap();
    assert_eq!(key.algorithm(), Algorithm::Dsa);
    set("ros6-default");
    let mut old = legacy(&[kex::DH_GEX_SHA1], SHA1_RSA);
    old.gex = GexParams::new(2048, 2048, 8192).unwrap();
    connect(&device, old).await.unwrap();
    set("ros7-strong");
    connect(&device, Config::default()).await.unwrap();
    set("gex-2048");
    let wide = legacy(&[kex::DH_GEX_SHA256], SHA2_RSA);
    assert!(connect(&device, wide).await.is_err(), "3072 bits at least, and got a group of 2048");
    let mut narrow = legacy(&[kex::DH_GEX_SHA256], SHA2_RSA);
    narrow.gex = GexParams::new(2048, 2048, 8192).unwrap();
    connect(&device, narrow).await.unwrap();
}

#[tokio::test]
async fn a_reboot_cuts_refuses_and_comes_back() {
    let (lab, device) = lab(json!({"boot_time": 30, "uptime_seconds": 5000})).await;
    lab.clock().set_rate(50.0);
    let handle = login(&device, "admin").await;
    exec(&handle, "/system reboot").await;
    let entries = journalled(&device, "tcp", 2).await;
    assert_eq!(entries, ["open", "close"]);
    assert!(connect(&device, Config::default()).await.is_err(), "refuses while it boots");
    device.clock.sleep(std::time::Duration::from_secs(31)).await;
    let handle = login(&device, "admin").await;
    let uptime = exec(&handle, ":put [/system resource get uptime]").await.text;
    assert!(uptime.ends_with("s\r\n") && !uptime.contains('h'), "{uptime}");
}
