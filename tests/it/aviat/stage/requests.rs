//! What is asked of the daemon, as a client asks it, and what its store holds.

use serde_json::{Value, json};
use towerhand::model::RadioRow;
use towerhand::store::AuditEntry;

use super::{PATIENCE, Stage};

impl Stage {
    /// The payload of a run of these radios.
    pub fn payload(&self, names: &[&str], tasks: &[&str], maintenance: Value) -> Value {
        let ips: Vec<String> = names.iter().map(|name| self.ip(name)).collect();
        json!({ "ips": ips, "tasks": tasks, "maintenance_params": maintenance })
    }

    /// Submits `aviat.run`; the job's id.
    pub async fn run(&self, names: &[&str], tasks: &[&str], maintenance: Value) -> String {
        self.api().submit("aviat.run", self.payload(names, tasks, maintenance)).await
    }

    /// Submits `aviat.run` and waits for the job's end; the job.
    pub async fn ran(&self, names: &[&str], tasks: &[&str], maintenance: Value) -> Value {
        let job = self.run(names, tasks, maintenance).await;
        self.ended(&job).await
    }

    /// The job when it has ended.
    pub async fn ended(&self, job: &str) -> Value {
        self.api().ended(job).await
    }

    /// Submits an action, waits, demands a success; its `response`.
    pub async fn call(&self, action: &str, payload: Value) -> Value {
        self.api().response(action, payload).await
    }

    /// Submits an action, waits, demands an error; its text.
    pub async fn refused(&self, action: &str, payload: Value) -> String {
        self.api().error(action, payload).await
    }

    /// The entries of `aviat.queue.get`.
    pub async fn queue(&self) -> Vec<Value> {
        self.call("aviat.queue.get", json!({})).await["radios"].as_array().unwrap().clone()
    }

    /// The radio's entry; fails where there is none.
    pub async fn row(&self, name: &str) -> Value {
        let ip = self.ip(name);
        let queue = self.queue().await;
        queue.iter().find(|entry| entry["ip"] == ip).unwrap_or_else(|| panic!("{name} is not in {queue:#?}")).clone()
    }

    /// Addresses in a list: `aviat.scheduled.get`, `aviat.loading.get`.
    pub async fn listed(&self, list: &str) -> Vec<String> {
        let response = self.call(&format!("aviat.{list}.get"), json!({})).await;
        response[list].as_array().unwrap().iter().map(|ip| ip.as_str().unwrap().to_owned()).collect()
    }

    /// The radio's result in the job's.
    pub fn result(&self, job: &Value, name: &str) -> Value {
        let ip = self.ip(name);
        let results = job["result"]["response"]["results"].as_array();
        let results = results.unwrap_or_else(|| panic!("no results: {job:#}"));
        results.iter().find(|result| result["ip"] == ip).unwrap_or_else(|| panic!("{name} is not in {job:#}")).clone()
    }

    /// The answer of `aviat.status`.
    pub async fn status(&self, job: &str) -> Value {
        self.call("aviat.status", json!({ "task_id": job })).await
    }

    /// The radio's result in `aviat.status` of the job.
    pub async fn outcome(&self, job: &str, name: &str) -> Value {
        let (ip, status) = (self.ip(name), self.status(job).await);
        let results = status["results"].as_array().unwrap_or_else(|| panic!("no results: {status:#}"));
        results
            .iter()
            .find(|result| result["ip"] == ip)
            .unwrap_or_else(|| panic!("{name} is not in {status:#}"))
            .clone()
    }

    /// Waits until the radio's row, as the store has it, is as wanted. The store says when to look.
    pub async fn wait(&self, name: &str, what: &str, wanted: impl Fn(&RadioRow) -> bool) {
        let address = self.address(name);
        let mut signals = self.daemon.store.signals();
        let looking = async {
            loop {
                let row = self.daemon.store.radio(address).await.unwrap();
                if row.as_ref().is_some_and(&wanted) {
                    return;
                }
                // A signal that was overtaken counts as one.
                let _ = signals.recv().await;
            }
        };
        if tokio::time::timeout(PATIENCE, looking).await.is_err() {
            let row = self.daemon.store.radio(address).await.unwrap();
            panic!("{name}: {what} did not come: {row:#?}\n{:#?}", self.shell(name));
        }
    }

    /// Waits for a status of the radio; its entry.
    pub async fn wait_status(&self, name: &str, status: &str) -> Value {
        self.wait(name, status, |row| row.status.as_str() == status).await;
        self.row(name).await
    }

    /// Messages of the job's events.
    pub async fn messages(&self, job: &str) -> Vec<String> {
        self.api().messages(job).await
    }

    /// The audit log, oldest first.
    pub async fn audit(&self) -> Vec<AuditEntry> {
        let mut log = self.daemon.store.audit_log(10_000).await.unwrap();
        log.sort_by_key(|entry| entry.at);
        log
    }
}
