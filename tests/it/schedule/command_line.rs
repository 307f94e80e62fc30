//! `towerhand schedule`.

use serde_json::{Value, json};

use crate::engine::wait::towerhand;
use crate::support::Process;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_is_made_run_paused_and_removed_from_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Process::serve(folder.path(), &[]).await;
    let variables = [("TOWERHAND_URL", daemon.api.url.as_str()), ("TOWERHAND_API_KEY", daemon.api.key.as_str())];
    let shell = |arguments: &[&str]| {
        let all: Vec<&str> = ["schedule"].iter().chain(arguments).copied().collect();
        towerhand(folder.path(), &all, "", &variables)
    };
    let good = |arguments: &[&str]| {
        let (code, out, error) = shell(arguments);
        assert_eq!(code, 0, "{arguments:?}: {out}{error}");
        out
    };
    let leap = [
        "add",
        "leap",
        "--action",
        "health.get",
        "--cron",
        "0 0 29 2 *",
        "--zone",
        "UTC",
        "--misfire",
        "all",
        "--catch-up",
        "3",
    ];
    let made = good(&leap);
    assert!(made.starts_with("leap: made, runs next at 20") && made.contains("-02-29T00:00:00Z"), "{made}");
    let (code, _, error) = shell(&leap);
    assert_eq!(code, 1);
    assert!(error.contains("already"), "{error}");
    assert_eq!(shell(&["add", "x", "--action", "health.get"]).0, 2, "no hours");
    assert_eq!(shell(&["add", "x", "--action", "health.get", "--cron", "0 0 * * *"]).0, 2, "no zone");

    let listed = good(&["list"]);
    assert!(listed.contains("leap") && listed.contains("0 0 29 2 *"), "{listed}");
    let shown: Value = serde_json::from_str(&good(&["show", "leap"])).unwrap();
    assert_eq!((&shown["catch_up"], &shown["misfire"]), (&json!(3), &json!("all")));
    let ran = good(&["run", "leap", "--watch"]);
    assert!(ran.contains("Started action 'health.get'"), "{ran}");
    assert!(good(&["pause", "leap"]).contains("paused"));
    assert!(good(&["list"]).contains("paused"));
    assert!(good(&["resume", "leap"]).contains("runs next at"));
    let history = good(&["history", "leap"]);
    assert!(history.contains("success") && history.contains("true"), "{history}");
    assert_eq!(good(&["remove", "leap"]).trim(), "leap: removed");
    let (code, _, error) = shell(&["show", "leap"]);
    assert_eq!(code, 1);
    assert!(error.contains("Schedule not found"), "{error}");
}
