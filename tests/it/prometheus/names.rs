//! Every name that the rules, the dashboard and the documents use is one that the daemon exports, with those labels; and
//! what the daemon exports stands in the documents.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::json;
use towerhand::model::Metric;

use super::exposition::{self, AGREED, PROMETHEUS};
use super::shipped::{alerts, dashboard, queries, recorded, rules};
use super::{files, list, packaging, test_files, text, word, yaml};
use crate::power::{site, unit};

/// Names of series that a text uses; `towerhand_device_*` and the like name none.
fn used(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\btowerhand(?:_|:[a-z])[a-z0-9_:]*[a-z0-9]\b").unwrap();
    name.find_iter(text)
        .filter(|found| !text.get(found.end()..).is_some_and(|rest| rest.starts_with(['*', '_'])))
        .map(|found| found.as_str().to_owned())
        .collect()
}

/// What a text uses and an exposition does not have; what the rules record they have themselves.
fn unknown(text: &str, exposition: &str) -> Vec<String> {
    let there = exposition::queryable(exposition);
    let recorded = recorded();
    used(text).into_iter().filter(|name| !there.contains(name) && !recorded.contains(name)).collect()
}

/// As [`unknown`], for prose: a histogram may be called by its family's name.
fn unknown_in_prose(text: &str, exposition: &str) -> Vec<String> {
    let families = exposition::families(exposition);
    unknown(text, exposition).into_iter().filter(|name| !families.contains_key(name)).collect()
}

/// Every query of rules and dashboard, with where it stands.
fn all_queries() -> Vec<(String, String)> {
    rules().into_iter().map(|rule| (rule.name, rule.expression)).chain(queries()).collect()
}

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = files(&root.join("docs"), "md");
    found.extend([root.join("README.md"), root.join("CHANGELOG.md")]);
    found
}

fn monitoring() -> String {
    text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/monitoring.md"))
}

#[test]
fn the_search_finds_what_is_not_there() {
    let exposition =
        "# TYPE towerhand_jobs gauge\n# TYPE towerhand_job_seconds histogram\n# TYPE towerhand_made counter\n";
    let text = "sum(towerhand_jobs) / towerhand_job_seconds_bucket{le=\"1\"} + towerhand_made_total + towerhand_device_* \
                - towerhand_made_up{a=\"b\"} - towerhand:made:up";
    assert_eq!(unknown(text, exposition), ["towerhand:made:up", "towerhand_made_up"]);
    assert_eq!(unknown("towerhand_job_seconds", exposition), ["towerhand_job_seconds"]);
    assert_eq!(unknown_in_prose("towerhand_job_seconds", exposition), Vec::<String>::new());
}

#[test]
fn rules_and_dashboard_use_only_names_that_are_exported() {
    let exposition = exposition::agreed();
    let queries = all_queries();
    assert!(queries.len() > 80, "{} queries: the search finds nothing", queries.len());
    for (place, query) in queries {
        assert_eq!(unknown(&query, &exposition), Vec::<String>::new(), "{place}: {query}");
        let ours = !used(&query).is_empty();
        assert!(ours || PROMETHEUS.iter().any(|(name, _)| query.contains(name)), "{place}: {query}");
    }
    // Annotations ask, too.
    for alert in alerts() {
        let annotations = alert.annotations.to_string();
        assert_eq!(unknown(&annotations, &exposition), Vec::<String>::new(), "{}: {annotations}", alert.name);
    }
}

#[test]
fn documents_and_promtools_tests_use_only_names_that_are_exported() {
    let exposition = exposition::agreed();
    for file in documents() {
        assert_eq!(unknown_in_prose(&text(&file), &exposition), Vec::<String>::new(), "{}", file.display());
    }
    // A test with a series that nobody exports would prove nothing.
    for file in test_files() {
        assert_eq!(unknown(&text(&file), &exposition), Vec::<String>::new(), "{}", file.display());
    }
}

#[test]
fn selectors_use_only_labels_that_are_there() {
    let labels = exposition::labels();
    let selector = Regex::new(r"\b(towerhand_\w+|up|ALERTS)\{([^}]*)\}").unwrap();
    let label = Regex::new(r"(\w+)\s*(?:=~|!~|!=|=)").unwrap();
    let mut texts = all_queries();
    texts.extend(test_files().into_iter().map(|file| (file.display().to_string(), text(&file))));
    let mut seen = 0;
    for (place, query) in texts {
        for found in selector.captures_iter(&query) {
            let Some(there) = labels.get(&found[1]) else { panic!("{place}: {}", &found[1]) };
            for name in label.captures_iter(&found[2]) {
                seen += 1;
                assert!(there.contains(&name[1]), "{place}: {} has no label {}", &found[1], &name[1]);
            }
        }
    }
    assert!(seen > 150, "{seen} labels: the search finds nothing");
}

#[test]
fn the_documents_name_every_metric_and_whatever_is_recorded() {
    let named: BTreeSet<String> = documents().iter().flat_map(|file| used(&text(file))).collect();
    let wanted = Metric::ALL.iter().map(|metric| metric.name().to_owned());
    let wanted = wanted.chain(AGREED.iter().map(|(name, ..)| (*name).to_owned())).chain(recorded());
    let missing: Vec<String> = wanted.filter(|name| !named.contains(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// Each alert has a section in the document that its annotation leads to, a severity, and in promtool's tests a moment
/// at which it fires and one at which it does not.
#[test]
fn every_alert_is_explained_and_tested_both_ways() {
    let document = monitoring();
    let cases: Vec<_> = test_files()
        .iter()
        .flat_map(|file| list(&yaml(file)["tests"]).to_vec())
        .flat_map(|test| list(&test["alert_rule_test"]).to_vec())
        .collect();
    let alerts = alerts();
    assert!(alerts.len() >= 20, "{} alerts", alerts.len());
    for alert in alerts {
        let name = &alert.name;
        assert!(document.contains(&format!("### {name}\n")), "{name} has no section in docs/monitoring.md");
        assert_eq!(word(&alert.annotations["runbook"]), format!("monitoring.md#{}", name.to_lowercase()));
        let severity = alert.severity.unwrap();
        assert!(["critical", "warning", "info"].contains(&severity.as_str()), "{name}: {severity}");
        assert!(document.contains(&format!("### {name}\n`{severity}`.")), "{name}: the document says another severity");
        let of_it: Vec<_> = cases.iter().filter(|case| case["alertname"] == **name).collect();
        assert!(of_it.iter().any(|case| !list(&case["exp_alerts"]).is_empty()), "{name} fires in no test");
        assert!(of_it.iter().any(|case| list(&case["exp_alerts"]).is_empty()), "{name} is silent in no test");
    }
}

/// Grafana's form: each panel has its own number and place, and asks the data source that the variable names.
#[test]
fn the_dashboard_is_sound() {
    let dashboard = dashboard();
    let panels = list(&dashboard["panels"]);
    let mut numbers = BTreeSet::new();
    let mut places: BTreeSet<(u64, u64)> = BTreeSet::new();
    for panel in panels {
        let title = word(&panel["title"]);
        assert!(numbers.insert(panel["id"].as_u64().unwrap()), "{title}: a number twice");
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "{title} is too wide");
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(places.insert((x, y)), "{title} lies over another panel");
            }
        }
        if panel["type"] == "row" {
            continue;
        }
        assert!(!list(&panel["targets"]).is_empty(), "{title} asks nothing");
        for target in list(&panel["targets"]) {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
        }
    }
    let variables: Vec<&str> = list(&dashboard["templating"]["list"]).iter().map(|one| word(&one["name"])).collect();
    assert_eq!(variables, ["datasource", "site", "device"]);
    let providers = yaml(&packaging().join("grafana/dashboards.yml"));
    assert_eq!(providers["providers"][0]["type"], "file");
    assert!(monitoring().contains(word(&providers["providers"][0]["options"]["path"])));
    assert_eq!(yaml(&packaging().join("grafana/datasource.yml"))["datasources"][0]["type"], "prometheus");
}

/// The agreement against the real thing: a daemon with a lab exports nothing else, with no other label, and everything that
/// it always has.
#[tokio::test]
async fn the_daemon_exports_what_is_agreed() {
    let devices = vec![unit("ups-1", "ups-mib", json!({})), unit("bh-1", "aviat", json!({ "family": "6" }))];
    let (_lab, daemon) = site(devices, "[health]\ninterval = \"1s\"\n").await;
    super::site::polled(&daemon, &["ups-1", "bh-1"]).await;
    let exposition = super::site::metrics(&daemon).await;
    let agreed = exposition::families(&exposition::agreed());
    let real = exposition::families(&exposition);
    for (name, kind) in &real {
        assert_eq!(agreed.get(name), Some(kind), "{name} is exported and not agreed; docs/monitoring.md needs it too");
    }
    let labels = exposition::labels();
    for (name, own) in exposition::labels_of(&exposition) {
        let agreed = labels.get(&name).unwrap_or_else(|| panic!("{name}"));
        assert!(own.iter().all(|label| agreed.contains(label.as_str())), "{name}: {own:?}, agreed: {agreed:?}");
    }
    let missing: Vec<&str> = AGREED.iter().filter(|row| row.3 && !real.contains_key(row.0)).map(|row| row.0).collect();
    assert_eq!(missing, Vec::<&str>::new(), "agreed and not exported");
    daemon.stop().await;
}
