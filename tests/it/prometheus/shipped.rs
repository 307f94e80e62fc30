//! The rules and the dashboard, read.

use serde_json::Value;

use super::{list, packaging, rule_files, text, word, yaml};

/// A rule as it is shipped.
pub struct Rule {
    /// The name of the alert, or of the series that is recorded.
    pub name: String,
    pub expression: String,
    pub alert: bool,
    pub annotations: Value,
    pub severity: Option<String>,
}

/// Every rule of every file.
pub fn rules() -> Vec<Rule> {
    let mut rules = Vec::new();
    for file in rule_files() {
        for group in list(&yaml(&file)["groups"]) {
            for rule in list(&group["rules"]) {
                let alert = rule.get("alert");
                rules.push(Rule {
                    name: word(alert.unwrap_or(&rule["record"])).to_owned(),
                    expression: word(&rule["expr"]).to_owned(),
                    alert: alert.is_some(),
                    annotations: rule["annotations"].clone(),
                    severity: rule["labels"]["severity"].as_str().map(str::to_owned),
                });
            }
        }
    }
    rules
}

pub fn alerts() -> Vec<Rule> {
    rules().into_iter().filter(|rule| rule.alert).collect()
}

/// Names of what is recorded.
pub fn recorded() -> Vec<String> {
    rules().into_iter().filter(|rule| !rule.alert).map(|rule| rule.name).collect()
}

/// The dashboard.
pub fn dashboard() -> Value {
    serde_json::from_str(&text(&packaging().join("grafana/towerhand.json"))).unwrap()
}

/// Queries of the dashboard's panels, annotations and variables as Prometheus gets them: Grafana has put values in the
/// place of its variables.
pub fn queries() -> Vec<(String, String)> {
    let dashboard = dashboard();
    let mut queries = Vec::new();
    for panel in list(&dashboard["panels"]) {
        for target in panel["targets"].as_array().into_iter().flatten() {
            queries.push((word(&panel["title"]).to_owned(), word(&target["expr"]).to_owned()));
        }
    }
    for annotation in list(&dashboard["annotations"]["list"]) {
        queries.push((word(&annotation["name"]).to_owned(), word(&annotation["expr"]).to_owned()));
    }
    for variable in list(&dashboard["templating"]["list"]) {
        if let Some(query) = variable["query"]["query"].as_str() {
            let series = query.strip_prefix("label_values(").and_then(|rest| rest.rsplit_once(',')).unwrap().0;
            queries.push((word(&variable["name"]).to_owned(), series.to_owned()));
        }
    }
    for (_, query) in &mut queries {
        *query = query.replace("$__rate_interval", "2m").replace("$site", ".*").replace("$device", ".*");
    }
    queries
}
