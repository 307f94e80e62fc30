//! Debian's Prometheus on a loopback port, with the shipped configuration and rules.
#![expect(clippy::disallowed_methods, reason = "tests write their own files by the machine's own means")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use super::{list, packaging, program, rule_files, text, word};
use crate::engine::wait::until;

/// A running Prometheus; killed when the value is dropped.
pub struct Prometheus {
    child: Child,
    url: String,
    http: reqwest::Client,
    folder: TempDir,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A shipped file with every interval of a second, and every `for:` and every scrape's of two. That is all that a test changes
/// of the rules: the expressions, their ranges and their limits stay.
fn hastened(text: &str) -> String {
    let intervals = Regex::new(r"(?m)^(\s*)(interval|evaluation_interval): \d+[smh]$").unwrap();
    let waits = Regex::new(r"(?m)^(\s*)(for|scrape_interval): \d+[smh]$").unwrap();
    waits.replace_all(&intervals.replace_all(text, "${1}${2}: 1s"), "${1}${2}: 2s").into_owned()
}

impl Prometheus {
    /// Starts it: the daemon at `address` (`127.0.0.1:PORT`) is scraped every other second, the rules are evaluated each second. `past` is
    /// what it already knows, OpenMetrics with timestamps; empty: nothing. None, aloud, where it is not installed.
    pub async fn start(address: &str, past: &str) -> Option<Self> {
        let (prometheus, promtool) = (program("prometheus")?, program("promtool")?);
        let folder = tempfile::tempdir().unwrap();
        let rules = folder.path().join("rules");
        std::fs::create_dir(&rules).unwrap();
        for file in rule_files() {
            let hasty = hastened(&text(&file));
            assert!(hasty.contains("for: 2s") && !hasty.contains("for: 1"), "{hasty}");
            std::fs::write(rules.join(file.file_name().unwrap()), hasty).unwrap();
        }
        let shipped = text(&packaging().join("prometheus/prometheus.yml"));
        let here = hastened(&shipped).replace("127.0.0.1:8080", address);
        assert!(here.contains("scrape_interval: 2s") && here.contains(address), "{here}");
        let configuration = folder.path().join("prometheus.yml");
        std::fs::write(&configuration, here).unwrap();
        let data = folder.path().join("data");
        remember(&promtool, folder.path(), &data, past);
        // Free a moment ago; another program that takes it now does not call itself Prometheus.
        let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(prometheus)
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg("--storage.tsdb.retention.time=30d")
            .arg(format!("--web.listen-address={listen}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let server = Self { child, url: format!("http://{listen}"), http, folder };
        until("a Prometheus that is ready", async || server.get("/-/ready").await.contains("is Ready")).await;
        Some(server)
    }

    /// The body of an answer; empty where none comes.
    async fn get(&self, path: &str) -> String {
        match self.http.get(format!("{}{path}", self.url)).send().await {
            Ok(reply) => reply.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    async fn data(&self, path: &str) -> Value {
        let body = self.get(path).await;
        let answer: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{path}: {body}\n{}", self.log()));
        assert_eq!(answer["status"], "success", "{path}: {answer}");
        answer["data"].clone()
    }

    /// What it said.
    pub fn log(&self) -> String {
        text(&self.folder.path().join("log"))
    }

    /// The vector that a query gives now: labels and value of each sample.
    pub async fn query(&self, query: &str) -> Vec<(Value, f64)> {
        let request = self.http.post(format!("{}/api/v1/query", self.url)).form(&[("query", query)]);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        let samples = list(&answer["data"]["result"]).iter();
        samples.map(|one| (one["metric"].clone(), word(&one["value"][1]).parse().unwrap())).collect()
    }

    /// Alerts that fire, `NAME` or `NAME DEVICE`, sorted; those of a device's parts (two carriers that fade) are one here.
    pub async fn firing(&self) -> Vec<String> {
        let data = self.data("/api/v1/alerts").await;
        let firing = list(&data["alerts"]).iter().filter(|alert| alert["state"] == "firing");
        let mut names: Vec<String> = firing
            .map(|alert| {
                let labels = &alert["labels"];
                let device = labels["device"].as_str().unwrap_or_default();
                format!("{} {device}", word(&labels["alertname"])).trim().to_owned()
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Waits until an alert says this, in the words that a person gets.
    pub async fn says(&self, name: &str, summary: &str) {
        until(&format!("{name}: {summary}"), async || {
            let data = self.data("/api/v1/alerts").await;
            let mut of_it = list(&data["alerts"]).iter().filter(|alert| alert["labels"]["alertname"] == name);
            of_it.any(|alert| alert["annotations"]["summary"] == summary)
        })
        .await;
    }

    /// Waits until exactly these fire.
    pub async fn fires(&self, wanted: &[&str]) {
        until(&format!("exactly {wanted:?}"), async || self.firing().await == wanted).await;
    }

    /// Rules that could not be evaluated, with why.
    pub async fn broken_rules(&self) -> Vec<String> {
        let data = self.data("/api/v1/rules").await;
        let groups = list(&data["groups"]).iter();
        let rules = groups.flat_map(|group| list(&group["rules"]));
        rules
            .filter(|rule| rule["health"] == "err")
            .map(|rule| format!("{}: {}", rule["name"], rule["lastError"]))
            .collect()
    }
}

/// Writes a past into the folder of a Prometheus that does not run yet.
fn remember(promtool: &Path, folder: &Path, data: &PathBuf, past: &str) {
    if past.is_empty() {
        return;
    }
    let file = folder.join("past.om");
    std::fs::write(&file, past).unwrap();
    // One block for all of it instead of one for each two hours.
    let made = Command::new(promtool)
        .args(["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=336h"])
        .args([&file, data])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
