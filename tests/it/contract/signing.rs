//! C115 to C121: optional request signing. The signature is made here from the description, not by the daemon's code.

use ring::{digest, hmac};
use serde_json::json;
use towerhand::api::{Config, KeySources};
use towerhand::clock::Clock;
use towerhand::model::Secret;

use super::server::*;

const NOW: i64 = 1_771_391_400;

async fn server(signing: Option<&str>) -> Server {
    let config = Config { require_signature: true, ..Default::default() };
    let keys = KeySources { signing_list: signing.map(Secret::new), ..keys() };
    let clock = Clock::manual(jiff::Timestamp::from_second(NOW).unwrap());
    Server::with(Setup { config, keys, clock, ..Setup::default() }).await
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Sign {
    id: &'static str,
    secret: &'static str,
    at: String,
    nonce: &'static str,
}

impl Default for Sign {
    fn default() -> Self {
        Self { id: "kid", secret: "sign-secret", at: NOW.to_string(), nonce: "n-1" }
    }
}

impl Sign {
    fn ask<'a>(&self, server: &'a Server, method: &str, signed: &str, sent: &str, body: &str) -> Ask<'a> {
        let hash = hex(digest::digest(&digest::SHA256, body.as_bytes()).as_ref());
        let text = format!("{method}\n{signed}\n{}\n{}\n{hash}", self.at, self.nonce);
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let signature = hex(hmac::sign(&key, text.as_bytes()).as_ref());
        let ask = server.ask(method, sent).key(ADMIN);
        ask.header("X-Key-Id", self.id)
            .header("X-Timestamp", &self.at)
            .header("X-Nonce", self.nonce)
            .header("X-Signature", &signature)
    }

    async fn get(&self, server: &Server, signed: &str, sent: &str) -> Answer {
        self.ask(server, "GET", signed, sent, "").send().await
    }
}

#[tokio::test]
async fn c115_without_a_signature() {
    let server = server(Some("kid:sign-secret")).await;
    let missing = "Missing signature headers (X-Key-Id, X-Timestamp, X-Nonce, X-Signature)";
    server.get("/api/v2/omni/whoami", ADMIN).await.refused(401, missing);
    // Key and scope come first.
    server.ask("GET", "/api/v2/omni/whoami").send().await.refused(401, "Missing API key");
    server.get("/api/v2/omni/whoami", SUB).await.refused(403, "Insufficient scope; need 'health.read'");
}

#[tokio::test]
async fn c116_c117_c120_signed_once_with_its_query() {
    let server = server(Some("kid:sign-secret")).await;
    let path = "/api/v2/omni/jobs?limit=1";
    let sign = Sign::default();
    sign.get(&server, path, path).await.is(200);
    sign.get(&server, path, path).await.refused(409, "Replay detected: nonce already used");
    let other = Sign { nonce: "n-2", ..Sign::default() };
    other.get(&server, path, "/api/v2/omni/jobs?limit=2").await.refused(401, "Invalid request signature");
    // A refused request does not use the nonce up.
    other.get(&server, path, path).await.is(200);
    let body = json!({"action": "health.get"}).to_string();
    let post = Sign { nonce: "n-3", ..Sign::default() };
    let ask = post.ask(&server, "POST", "/api/v2/jobs", "/api/v2/jobs", &body).ik();
    ask.raw("application/json", body.clone()).send().await.is(202);
    let forged = Sign { nonce: "n-4", ..Sign::default() };
    let ask = forged.ask(&server, "POST", "/api/v2/jobs", "/api/v2/jobs", &body).ik();
    ask.raw("application/json", format!("{body} ")).send().await.refused(401, "Invalid request signature");
}

#[tokio::test]
async fn c118_c119_time_and_key() {
    let server = server(Some("kid:sign-secret")).await;
    let path = "/api/v2/omni/whoami";
    for seconds in [NOW - 301, NOW + 301] {
        let sign = Sign { at: seconds.to_string(), ..Sign::default() };
        sign.get(&server, path, path).await.refused(401, "Request timestamp out of allowed window");
    }
    let sign = Sign { at: "soon".to_owned(), ..Sign::default() };
    sign.get(&server, path, path).await.refused(401, "Invalid X-Timestamp");
    Sign { id: "kid2", ..Sign::default() }.get(&server, path, path).await.refused(403, "Unknown signing key id");
    let wrong = Sign { secret: "other", ..Sign::default() };
    wrong.get(&server, path, path).await.refused(401, "Invalid request signature");
    let edge = Sign { at: (NOW - 300).to_string(), ..Sign::default() };
    edge.get(&server, path, path).await.is(200);
}

#[tokio::test]
async fn c121_off_by_default_and_refused_without_keys() {
    let plain = Server::start().await;
    plain.get("/api/v2/omni/whoami", ADMIN).await.is(200);
    let server = server(None).await;
    let text = "Request-signing is required but no signing keys are configured";
    server.get("/api/v2/omni/whoami", ADMIN).await.refused(503, text);
}
