//! C21 to C31, C92, probes and the description.

use serde_json::json;
use towerhand::api::Condition;
use towerhand::store::Store as _;

use super::server::*;

#[tokio::test]
async fn c21_health() {
    let server = Server::start().await;
    let answer = server.get(&format!("{B}/health"), RO).await;
    let data = answer.envelope(200, "ok", "v2 health");
    assert_eq!(data, &json!({"legacy_api_base": "", "legacy_health": {"ok": true}, "ido_caps": {"ok": true}}));
    server.health.report_drivers(Condition::Failed("no raw sockets".to_owned()));
    let answer = server.get(&format!("{B}/health"), RO).await;
    assert_eq!(
        answer.envelope(200, "ok", "v2 health")["ido_caps"],
        json!({"ok": false, "error": "drivers: no raw sockets"})
    );
}

#[tokio::test]
async fn c22_health_with_the_backend_down() {
    let setup = Setup { legacy_base: Some("http://127.0.0.1:5000".to_owned()), ..Setup::default() };
    let server = Server::with(setup).await;
    let path = format!("{B}/health");
    // Not probed yet is not well.
    let answer = server.get(&path, RO).await;
    assert_eq!(answer.envelope(200, "degraded", "v2 health")["legacy_health"]["ok"], false);
    server.health.report_legacy(Condition::Failed("connection refused".to_owned()));
    let answer = server.get(&path, RO).await;
    let data = answer.envelope(200, "degraded", "v2 health");
    assert_eq!(data["legacy_api_base"], "http://127.0.0.1:5000");
    assert_eq!(data["legacy_health"], json!({"ok": false, "error": "legacy service: connection refused"}));
    server.health.report_legacy(Condition::Ok);
    server.get(&path, RO).await.envelope(200, "ok", "v2 health");
    server.health.report("job engine", Condition::Failed("stopped".to_owned()));
    server.get(&path, RO).await.envelope(200, "degraded", "v2 health");
}

#[tokio::test]
async fn c22_health_and_readiness_with_the_store_closed() {
    let server = Server::start().await;
    server.ask("GET", "/readyz").send().await.is(200);
    server.store.close().await;
    let answer = server.get(&format!("{B}/health"), RO).await;
    let data = answer.envelope(200, "degraded", "v2 health");
    assert_eq!(data["legacy_health"]["ok"], false);
    server.ask("GET", "/readyz").send().await.refused(503, "the store takes no writes");
    server.ask("GET", "/healthz").send().await.is(200);
    // What needs the store is our fault, without internals.
    server.get(&format!("{B}/jobs"), RO).await.refused(500, "Internal Server Error");
}

#[tokio::test]
async fn c23_c24_actions() {
    let server = Server::start().await;
    let answer = server.get(&format!("{B}/actions"), RO).await;
    let data = answer.envelope(200, "ok", "");
    let actions: Vec<&str> = data["actions"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(actions.len(), 65);
    assert_eq!((actions[0], actions[30], actions[64]), ("activity.list", "health.get", "routerboards.list"));
    assert!(actions.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(
        data["notes"],
        json!({
            "mt.*": "Native renderer actions",
            "legacy.proxy": "Whitelisted generic proxy to legacy /api/* endpoint",
            "activity.list/configs.list": "Convenience wrappers for common list endpoints"
        })
    );
}

#[tokio::test]
async fn c25_c26_bootstrap_and_the_paths_it_advertises() {
    let server = Server::start().await;
    let answer = server.get(&format!("{B}/bootstrap"), RO).await;
    assert_eq!(
        answer.envelope(200, "ok", "OMNI bootstrap contract"),
        &json!({
            "api_version": "v2",
            "service": "noc-configmaker",
            "base_url_hint": "/api/v2",
            "methods_supported": ["GET", "POST", "PUT", "PATCH"],
            "resources": {
                "health": {"method": "GET", "path": "/api/v2/health"},
                "identity": {"method": "GET", "path": "/api/v2/whoami"},
                "actions": {"method": "GET", "path": "/api/v2/actions"},
                "job_submit": {"method": "POST", "path": "/api/v2/jobs"},
                "job_list": {"method": "GET", "path": "/api/v2/jobs"},
                "job_get": {"method": "GET", "path": "/api/v2/jobs/{job_id}"},
                "job_events": {"method": "GET", "path": "/api/v2/jobs/{job_id}/events"},
                "job_cancel_patch": {"method": "PATCH", "path": "/api/v2/jobs/{job_id}"},
                "job_cancel_put": {"method": "PUT", "path": "/api/v2/jobs/{job_id}/cancel"}
            },
            "notes": {
                "read_method": "READ maps to GET in HTTP semantics",
                "auth": "X-API-Key",
                "idempotency": "Mutating endpoints require Idempotency-Key"
            }
        })
    );
    for path in ["/api/v2/health", "/api/v2/whoami", "/api/v2/actions", "/api/v2/jobs"] {
        let answer = server.get(path, RO).await;
        answer.is(200);
        assert_eq!(members(&answer.body).len(), 6);
    }
}

#[tokio::test]
async fn c27_c28_workflows() {
    let server = Server::start().await;
    let answer = server.get(&format!("{B}/workflows"), RO).await;
    let data = answer.envelope(200, "ok", "OMNI workflow/action mappings");
    assert_eq!(
        data["workflows"],
        json!({
            "dashboard": {"health": "health.get", "activity_list": "activity.list", "configs_list": "configs.list"},
            "mikrotik": {
                "render": {"action": "mt.render", "required": ["config_type", "payload"]},
                "config_only": {"action": "mt.config", "required": ["config_type", "payload"]},
                "portmap_only": {"action": "mt.portmap", "required": ["config_type", "payload"]}
            },
            "field_config_studio": {
                "ap": ["ido.ap.device_info", "ido.ap.running_config", "ido.ap.standard_config", "ido.ap.generate"],
                "bh": ["ido.bh.device_info", "ido.bh.running_config", "ido.bh.standard_config", "ido.bh.generate"],
                "switch":
                    ["ido.swt.device_info", "ido.swt.running_config", "ido.swt.standard_config", "ido.swt.generate"],
                "ups": ["ido.ups.device_info", "ido.ups.running_config", "ido.ups.standard_config", "ido.ups.generate"],
                "rpc": ["ido.rpc.device_info", "ido.rpc.running_config", "ido.rpc.standard_config", "ido.rpc.generate"]
            },
            "aviat": {
                "run": "aviat.run",
                "check_status": "aviat.check_status",
                "activate_scheduled": "aviat.activate_scheduled",
                "queue_get": "aviat.queue.get",
                "queue_update": "aviat.queue.update"
            },
            "ftth": {
                "preview_bng": "ftth.preview_bng",
                "generate_bng": "ftth.generate_bng",
                "mf2_package": "ftth.mf2_package"
            }
        })
    );
    assert_eq!(data["parity_doc"], "/docs/UI_API_PARITY.md");
    assert_eq!(data["actions_count"], 65);

    let actions = server.get(&format!("{B}/actions"), RO).await;
    let known = actions.data()["actions"].as_array().unwrap();
    let mut seen = 0;
    let mut rest = vec![&data["workflows"]];
    while let Some(value) = rest.pop() {
        match value {
            serde_json::Value::Object(members) => {
                rest.extend(members.iter().filter(|(name, _)| *name != "required").map(|(_, value)| value));
            }
            serde_json::Value::Array(items) => rest.extend(items),
            id => {
                seen += 1;
                assert!(known.contains(id), "{id}");
            }
        }
    }
    assert_eq!(seen, 34);
}

#[tokio::test]
async fn c29_c30_unknown_paths_and_methods() {
    let server = Server::start().await;
    for path in ["/api/v2/omni/unknown", "/api/v2/omni/whoami/", "/nothing", "/api/v2/nexus/jobs", "/"] {
        server.get(path, ADMIN).await.refused(404, "Not Found");
    }
    for (method, path) in [
        ("DELETE", "/api/v2/omni/jobs/x"),
        ("PUT", "/api/v2/omni/jobs"),
        ("POST", "/api/v2/whoami"),
        ("TRACE", "/healthz"),
    ] {
        let answer = server.ask(method, path).key(ADMIN).send().await;
        answer.refused(405, "Method Not Allowed");
        assert!(answer.headers.contains_key("allow"));
    }
}

#[tokio::test]
async fn c31_request_ids_differ_and_a_clients_own_is_used() {
    let server = Server::start().await;
    let path = format!("{B}/whoami");
    let (one, two) = (server.get(&path, RO).await, server.get(&path, RO).await);
    assert_ne!(one.body["request_id"], two.body["request_id"]);
    assert_eq!(one.headers["x-request-id"], one.body["request_id"].as_str().unwrap());

    let own = "3c28e595-f636-4c2a-ab13-546ac0a5d07a";
    let answer = server.ask("GET", &path).key(RO).header("X-Request-ID", own).send().await;
    assert_eq!(answer.body["request_id"], own);
    assert_eq!(answer.headers["x-request-id"], own);
    let answer = server.ask("GET", &path).key(RO).header("X-Request-ID", "ticket 7").send().await;
    assert_eq!(answer.headers["x-request-id"], "ticket 7");
    uuid::Uuid::parse_str(answer.body["request_id"].as_str().unwrap()).unwrap();
    for refused in ["/api/v2/omni/unknown", "/api/v2/omni/jobs"] {
        let answer = server.ask("GET", refused).header("X-Request-ID", own).send().await;
        assert_eq!(answer.headers["x-request-id"], own);
    }
    let answer = server.ask("POST", &format!("{B}/jobs")).key(ADMIN).ik().header("X-Request-ID", own);
    let answer = answer.json(&json!({"action": "health.get"})).send().await;
    assert_eq!(answer.is(202).data()["request_id"], own);
}

#[tokio::test]
async fn c92_the_short_prefix_serves_all_of_it() {
    let server = Server::start().await;
    for path in ["health", "whoami", "actions", "bootstrap", "workflows", "jobs"] {
        let (long, short) =
            (server.get(&format!("{B}/{path}"), ADMIN).await, server.get(&format!("/api/v2/{path}"), ADMIN).await);
        assert_eq!(long.is(200).data(), short.is(200).data());
    }
    let id = server.submitted("health.get").await;
    for path in ["", "/events"] {
        let answer = server.get(&format!("/api/v2/jobs/{id}{path}"), ADMIN).await;
        assert_eq!(answer.is(200).data()["job_id"], id);
    }
    for (method, path) in [("POST", "/cancel"), ("PUT", "/cancel"), ("PATCH", "")] {
        let ask = server.ask(method, &format!("/api/v2/jobs/{id}{path}")).key(CAN).ik().json(&json!({"op": "cancel"}));
        ask.send().await.envelope(200, "ok", "Cancel request accepted");
    }
}

#[tokio::test]
async fn probes_metrics_and_documents_need_no_key() {
    let server = Server::start().await;
    assert_eq!(server.ask("GET", "/healthz").send().await.is(200).body, json!({"status": "alive"}));
    assert_eq!(server.ask("GET", "/readyz").send().await.is(200).body, json!({"status": "ready"}));
    server.get(&format!("{B}/jobs/x"), ADMIN).await.is(404);
    let metrics = server.ask("GET", "/metrics").send().await;
    assert!(metrics.headers["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let line = r#"towerhand_http_requests_total{method="GET",route="/api/v2/omni/jobs/{job_id}",status="404"} 1"#;
    assert!(metrics.text.contains(line), "{}", metrics.text);
    let described = server.ask("GET", "/openapi.json").send().await;
    assert_eq!(described.is(200).body["info"]["title"], "towerhand");
    assert!(described.body["paths"]["/api/v2/omni/jobs/{job_id}/cancel"]["put"].is_object());
    let docs = server.ask("GET", "/docs/").send().await;
    assert!(docs.is(200).text.contains("swagger"));
    server.shutdown.cancel();
}

/// Addresses that a page or style sheet makes a browser load.
fn loads(text: &str) -> Vec<String> {
    let pattern =
        regex::Regex::new(r#"(?:src|href)\s*=\s*["']([^"']+)|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)"#).unwrap();
    pattern
        .captures_iter(text)
        .flat_map(|found| (1..=3).filter_map(move |at| found.get(at)))
        .map(|found| found.as_str().to_owned())
        .collect()
}

#[tokio::test]
async fn the_page_of_documents_asks_no_other_host() {
    let server = Server::start().await;
    let page = server.ask("GET", "/docs/").send().await;
    let assets = loads(&page.is(200).text);
    assert!(assets.len() >= 6, "{assets:?}");
    for asset in &assets {
        assert!(!asset.contains("//"), "{asset}");
        let file = server.ask("GET", &format!("/docs/{}", asset.trim_start_matches("./"))).send().await;
        file.is(200);
        let policy = file.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self'; "), "{policy}");
        if asset.ends_with(".css") {
            for nested in loads(&file.text) {
                assert!(nested.starts_with("data:"), "{asset} loads {nested}");
            }
        }
    }
    let start = server.ask("GET", "/docs/swagger-initializer.js").send().await;
    // The page's own default is a badge from a validator on the internet.
    assert!(start.is(200).text.contains(r#""validatorUrl": "none""#), "{}", start.text);
    assert!(start.text.contains(r#""url": "/openapi.json""#), "{}", start.text);
    assert!(!start.text.contains("http"), "{}", start.text);
}

#[tokio::test]
async fn the_description_lists_every_refusal_and_both_ways_to_send_a_key() {
    let server = Server::start().await;
    let described = server.ask("GET", "/openapi.json").send().await;
    let paths = &described.is(200).body["paths"];
    let any = ["401", "403", "408", "409", "413", "422", "500", "503"];
    for (path, method, ok, more) in [
        ("/health", "get", "200", &[][..]),
        ("/whoami", "get", "200", &[]),
        ("/actions", "get", "200", &[]),
        ("/bootstrap", "get", "200", &[]),
        ("/workflows", "get", "200", &[]),
        ("/jobs", "get", "200", &[]),
        ("/jobs", "post", "202", &["400"]),
        ("/jobs/{job_id}", "get", "200", &["404"]),
        ("/jobs/{job_id}", "patch", "200", &["400", "404"]),
        ("/jobs/{job_id}/events", "get", "200", &["404"]),
        ("/jobs/{job_id}/stream", "get", "200", &["404"]),
        ("/jobs/{job_id}/cancel", "post", "200", &["400", "404"]),
        ("/jobs/{job_id}/cancel", "put", "200", &["400", "404"]),
    ] {
        let operation = &paths[format!("{B}{path}")][method];
        let mut expected: Vec<&str> = any.into_iter().chain([ok]).chain(more.iter().copied()).collect();
        expected.sort_unstable();
        let mut listed = members(&operation["responses"]);
        listed.sort_unstable();
        assert_eq!(listed, expected, "{method} {path}");
        for status in any {
            let schema = &operation["responses"][status]["content"]["application/json"]["schema"];
            assert_eq!(schema["$ref"], "#/components/schemas/Detail", "{method} {path} {status}");
        }
    }
    assert_eq!(described.body["security"], json!([{"api_key": []}, {"bearer": []}]));
    let schemes = &described.body["components"]["securitySchemes"];
    assert_eq!(schemes["api_key"], json!({"type": "apiKey", "name": "X-API-Key", "in": "header"}));
    assert_eq!((&schemes["bearer"]["type"], &schemes["bearer"]["scheme"]), (&json!("http"), &json!("bearer")));
    for (path, method) in [("/healthz", "get"), ("/readyz", "get"), ("/metrics", "get")] {
        assert_eq!(paths[path][method]["security"], json!([{}]), "{path}");
    }
    let example = &described.body["components"]["schemas"]["SubmitRequest"]["properties"]["action"]["example"];
    assert_eq!(example, "health.get");
}
