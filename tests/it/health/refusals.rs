//! A device that refused the credentials is not asked again and again: it might lock the account.

use jiff::SignedDuration;
use serde_json::json;
use towerhand_simulators::core::Fault;

use super::{ASKED, clock, later, probe, shows, site};
use crate::engine::wait::count;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_credentials_are_not_offered_again_within_the_hour() {
    let clock = clock();
    let (lab, daemon) = site(vec![("rtr-1", "routeros", json!({"version": "7.16"}))], ASKED, &clock).await;
    let router = lab.device("rtr-1").unwrap();
    router.add_fault(Fault::Auth {});
    let down = r#"towerhand_device_unreachable{device="rtr-1",site="LAB",reason="auth_failed"} 1"#;
    shows(&probe(&daemon, "rtr-1").await, down);
    let logins = count(&router.journal(), "auth", "");
    assert!(logins >= 1);
    router.clear_faults();
    for _ in 0..3 {
        clock.jump(SignedDuration::from_mins(15));
        shows(&probe(&daemon, "rtr-1").await, down);
    }
    assert_eq!(count(&router.journal(), "auth", ""), logins, "nothing was offered");
    clock.jump(SignedDuration::from_mins(16));
    shows(&probe(&daemon, "rtr-1").await, r#"towerhand_device_up{device="rtr-1",site="LAB"} 1"#);
}

/// A 7250 locks the account after three refusals: jobs and polls share one memory of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_respect_what_jobs_met() {
    let clock = clock();
    let (lab, daemon) = site(vec![("n1", "nokia", json!({}))], ASKED, &clock).await;
    let router = lab.device("n1").unwrap();
    router.add_fault(Fault::Auth {});
    for _ in 0..2 {
        daemon.api.error("ido.swt.running_config", json!({"device": "n1"})).await;
    }
    let logins = count(&router.journal(), "auth", "password");
    assert_eq!(logins, 2, "{:?}", router.journal());
    probe(&daemon, "n1").await;
    later(&clock);
    probe(&daemon, "n1").await;
    assert_eq!(count(&router.journal(), "auth", "password"), logins, "no third login");
}
