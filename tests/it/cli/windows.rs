//! `towerhand window`.

use serde_json::json;

use super::site;

#[tokio::test]
async fn windows_are_added_listed_and_removed() {
    let (_lab, _daemon, shell) = site(vec![("r1", "routeros", json!({}))]).await;
    let added =
        shell.run("window add nights --device r1 --days tue,thu --time 02:00-05:00 --zone Europe/Dublin").await.good();
    assert!(added.starts_with("window nights is added, about 1 devices; next at "), "{added}");
    let words =
        "window add freeze --blackout --from 2026-12-24T00:00:00-06:00 --until 2027-01-02T00:00:00-06:00 --json";
    let item = shell.run(words).await.json();
    assert_eq!(
        (&item["kind"], &item["scope"], &item["from"]),
        (&json!("blackout"), &json!("all"), &json!("2026-12-24T00:00:00-06:00"))
    );
    let list = shell.run("window list --json").await.json();
    let names: Vec<_> = list["windows"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect();
    assert_eq!(names, [json!("freeze"), json!("nights")]);
    let table = shell.run("window list").await.good();
    assert!(table.contains("device:r1") && table.contains("02:00-05:00"), "{table}");
    let told = shell.run("window add nights --time 01:00-02:00").await.sentence();
    assert!(told.contains("There is a window or black-out 'nights' already"), "{told}");
    let told = shell.run("window add other --site nowhere --time 01:00-02:00").await.sentence();
    assert!(told.contains("'site' is not in the inventory"), "{told}");
    assert!(shell.run("window remove freeze").await.good().contains("freeze is removed"));
    let told = shell.run("window remove freeze").await.sentence();
    assert!(told.contains("There is no such window or black-out"), "{told}");
    assert!(shell.run("window remove ../jobs").await.sentence().contains("not the name of a window"));
    assert_eq!(shell.run("window waiting --json").await.json()["count"], 0);
    // When is asked for once.
    for words in
        ["window add a", "window add a --time 01:00-02:00 --from 2026-12-24T00:00:00Z --until 2026-12-25T00:00:00Z"]
    {
        assert_eq!(shell.run(words).await.code, Some(2), "{words}");
    }
}
