//! The device: logins, sessions, reads and writes.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::facts;
use crate::core::{Device, Fault};
use crate::web::message::{Answer, Request};
use crate::web::sessions::Sessions;
use crate::web::{Site, listens};

/// The second token of a session: this family has one only.
const NONE: &str = "";

/// One device.
#[derive(Debug)]
pub struct Unit {
    device: Arc<Device>,
    sessions: Sessions,
    /// Tokens of open sessions by what clients hold, and what the session's own second one is.
    tokens: Mutex<Vec<[String; 2]>>,
    away_until: Mutex<f64>,
}

impl Unit {
    pub fn new(device: Arc<Device>) -> Self {
        Self { device, sessions: Sessions::default(), tokens: Mutex::default(), away_until: Mutex::new(f64::MIN) }
    }

    fn refuse(&self) -> Answer {
        let status = if self.device.number("refusal", 401.0) == 200.0 { "200 OK" } else { "401 Unauthorized" };
        Answer::json(status, &json!({ "auth": false, "statusCode": 401 }))
    }

    /// The session that a cookie is of, as the tokens that it was opened with.
    fn tokens(&self, request: &Request) -> Option<[String; 2]> {
        let cookies = request.cookies();
        let token = cookies.iter().find(|(name, _)| name == "token").map(|(_, value)| value.as_str()).unwrap_or(NONE);
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.iter().find(|[own, _]| own == token).cloned()
    }

    fn login(&self, request: &Request) -> Answer {
        let device = &self.device;
        let sent = request.json().unwrap_or_default();
        let text = |name: &str| sent.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (user, password) = (text("username"), text("password"));
        let strangers = device.faults().iter().any(|fault| matches!(fault, Fault::Auth {}));
        if strangers || user != device.text("user", "admin") || password != device.text("password", "sim") {
            device.received("auth", format!("json {user} refused"));
            return self.refuse();
        }
        device.received("auth", format!("json {user} accepted"));
        let most = device.knob("max_sessions").and_then(|most| most.as_u64()).unwrap_or(8);
        let Some(tokens) = self.sessions.open(device, usize::try_from(most).unwrap_or(usize::MAX)) else {
            return Answer::json("503 Service Unavailable", &json!({ "statusCode": 503 }));
        };
        let cookie = format!("token={}; Path=/; HttpOnly", tokens[0]);
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).push(tokens);
        let level = device.knob("level").unwrap_or(json!(0));
        Answer::json("200 OK", &json!({ "level": level, "auth": true })).with("Set-Cookie", cookie)
    }

    fn restart(&self) {
        let until = self.device.clock.seconds() + self.device.number("reboot_seconds", 90.0);
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
        self.sessions.clear(&self.device);
    }

    /// What a session may ask for.
    fn within(&self, request: &Request, tokens: [&str; 2]) -> Answer {
        let device = &self.device;
        let read_only = device.number("level", 0.0) == 9.0;
        match (request.method.as_str(), request.path.as_str()) {
            ("DELETE", "/cgi.lua/login") => {
                self.sessions.close(device, tokens);
                Answer::json("200 OK", &json!({}))
            }
            ("GET", "/cgi.lua/status") => match request.parameters().into_iter().find(|(name, _)| name == "type") {
                None => Answer::json("400 Bad Request", &json!({ "statusCode": 400 })),
                Some((_, kinds)) => {
                    let known: Map<String, Value> = kinds
                        .split(',')
                        .filter_map(|kind| Some((kind.to_owned(), facts::status(device, kind)?)))
                        .collect();
                    Answer::json("200 OK", &Value::Object(known))
                }
            },
            (_, "/cgi.lua/config" | "/cgi.lua/update") if read_only => self.refuse(),
            ("GET", "/cgi.lua/config") => {
                let mut answer = Answer::json("200 OK", &facts::config(device));
                if let Some(bytes) = device.knob("config_bytes").and_then(|bytes| bytes.as_u64()) {
                    answer.body.truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
                }
                answer
            }
            ("POST", "/cgi.lua/config") => {
                let sent = request.json().unwrap_or_default();
                let Some(data) = sent.get("data") else {
                    return Answer::json("400 Bad Request", &json!({ "statusCode": 400 }));
                };
                device.merge(Map::from_iter([("config".to_owned(), data.clone())]));
                if sent.get("rebootRequired").and_then(Value::as_bool) == Some(true) {
                    self.restart();
                }
                Answer::json("200 OK", &json!({}))
            }
            ("PUT", "/cgi.lua/update") => Answer::json("200 OK", &json!({})),
            ("POST", "/cgi.lua/update") => {
                self.restart();
                Answer::json("200 OK", &json!({}))
            }
            _ => Answer::json("404 Not Found", &json!({ "statusCode": 404 })),
        }
    }
}

impl Site for Unit {
    fn answer(&self, request: &Request) -> Answer {
        if let Some(page) = self.device.knob("foreign_page") {
            return Answer::html("200 OK", page.as_str().unwrap_or_default());
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/cgi.lua/login") => self.login(request),
            ("GET", "/") => Answer::html("200 OK", "<html><head><title>Tachyon</title></head><body></body></html>"),
            _ => {
                let Some([token, second]) = self.tokens(request) else { return self.refuse() };
                let tokens = [token.as_str(), second.as_str()];
                if self.sessions.allows(&self.device, tokens) { self.within(request, tokens) } else { self.refuse() }
            }
        }
    }

    fn shown(&self, request: &Request) -> String {
        match request.query.as_str() {
            "" => format!("{} {}", request.method, request.path),
            query => format!("{} {}?{query}", request.method, request.path),
        }
    }

    fn is_away(&self) -> bool {
        self.device.clock.seconds() < *self.away_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listens(&self, secure: bool) -> bool {
        listens(&self.device, secure)
    }
}
