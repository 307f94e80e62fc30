//! `towerhand audit`.

use serde_json::json;

use super::{Shell, site};

#[tokio::test]
async fn who_did_what_is_shown_beside_a_daemon() {
    let (_lab, _daemon, shell) = site(vec![("r1", "routeros", json!({}))]).await;
    shell.run("key create --label omni --scope job.read --json").await.json();
    shell.run("window add nights --device r1 --time 02:00-05:00").await.good();
    shell.run("key revoke omni").await.good();
    let lines = shell.run("audit --json").await.json();
    let column = |name: &str| -> Vec<String> {
        lines.as_array().unwrap().iter().map(|line| line[name].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(column("what"), ["key.revoke", "window.add", "key.create"]);
    assert_eq!(column("who")[0], "operator");
    assert_eq!(column("subject"), ["omni", "nights", "omni"]);
    assert_eq!((&lines[2]["detail"], &lines[2]["job_id"]), (&json!("job.read"), &json!(null)));
    let some = shell.run("audit --subject omni --what key. --limit 1 --json").await.json();
    assert_eq!((some.as_array().unwrap().len(), &some[0]["what"]), (1, &json!("key.revoke")));
    let table = shell.run("audit --what window.add").await.good();
    assert!(table.contains("nights") && table.contains("subject") && !table.contains("omni"), "{table}");
    assert_eq!(shell.run("audit --limit 0").await.code, Some(2));
}

#[tokio::test]
async fn it_needs_no_daemon() {
    let shell = Shell::new();
    assert_eq!(shell.run("audit --json").await.json(), json!([]));
    shell.run("key create --label omni --scope admin --json").await.json();
    assert_eq!(shell.run("audit --json").await.json().as_array().unwrap().len(), 1);
}
