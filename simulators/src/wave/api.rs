//! The web interface: what each request is answered.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::facts;
use super::radio::{Radio, Session};
use crate::core::Device;
use crate::httpd::{Answer, Request, Site};
use crate::running::Running;
use crate::ssh::Host;

/// In front of every path.
const BASE: &str = "/api/v1.0";

/// The header of the token.
const TOKEN: &str = "x-auth-token";

impl Site for Radio {
    fn device(&self) -> &Arc<Device> {
        &self.device
    }

    fn running(&self) -> &Running {
        &self.running
    }

    fn is_up(&self) -> bool {
        Host::is_up(self)
    }

    fn answer(&self, request: &Request) -> Answer {
        let Some(path) = request.path.strip_prefix(BASE) else {
            return Answer::page(200, "<html><body>UISP</body></html>");
        };
        match (request.method.as_str(), path) {
            ("POST", "/user/login") => return self.login(request),
            ("GET", "/public/device") => {
                let model = self.device.text("model", "Wave-AP");
                return Answer::json(200, &json!({ "identification": { "model": model } }));
            }
            ("GET", "/public/ping") => return said(200, "OK"),
            _ => {}
        }
        if !self.is_known(request) {
            return failure(self.device.number("expiry", 401.0) as u16, 401, "Unauthorized");
        }
        self.reply(path).unwrap_or_else(|| self.served(request, path))
    }
}

/// How the interface says what came of a request.
fn said(status: u16, detail: &str) -> Answer {
    let error = i32::from(status != 200);
    Answer::json(status, &json!({ "statusCode": status, "error": error, "detail": detail, "message": detail }))
}

/// A failure with this HTTP status; with 200 only the body tells.
fn failure(http: u16, status: u16, detail: &str) -> Answer {
    let http = if http == 200 { 200 } else { http.max(400) };
    Answer { status: http, ..said(status, detail) }
}

impl Radio {
    /// What the knob `replies` says instead.
    fn reply(&self, path: &str) -> Option<Answer> {
        let replies = self.device.knob("replies")?;
        let reply = replies.get(path)?;
        let status = reply.get("status").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let mut answer = match reply.get("body") {
            Some(Value::String(text)) => Answer::page(status.unwrap_or(200), text),
            Some(body) => Answer::json(status.unwrap_or(200), body),
            None => said(status.unwrap_or(200), "OK"),
        };
        if let Some(Value::String(token)) = reply.get("token") {
            answer = answer.with(TOKEN, token);
        }
        if let Some(seconds) = reply.get("retry_after") {
            answer = answer.with("Retry-After", &seconds.to_string());
        }
        Some(answer)
    }

    fn login(&self, request: &Request) -> Answer {
        let body = request.json().unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (user, password) = (text("username"), text("password"));
        let now = self.device.clock.seconds();
        let mut live = self.live();
        if now < live.locked_until {
            self.device.received("auth", format!("login {user} locked"));
            let left = (live.locked_until - now).ceil();
            return said(429, "Too many failed logins").with("Retry-After", &format!("{left}"));
        }
        if !self.admits(&user, &password) {
            self.device.received("auth", format!("login {user} refused"));
            live.failures += 1;
            let limit = self.device.number("lockout_after", 0.0);
            if limit > 0.0 && f64::from(live.failures) >= limit {
                live.locked_until = now + self.device.number("lockout_seconds", 600.0);
                live.failures = 0;
            }
            return failure(self.device.number("refusal", 401.0) as u16, 401, "Invalid credentials");
        }
        self.device.received("auth", format!("login {user} accepted"));
        live.failures = 0;
        if let Some(answer) = self.reply("/user/login") {
            return answer;
        }
        self.drop_idle(&mut live.sessions, now);
        if live.sessions.len() as f64 >= self.device.number("max_sessions", 8.0) {
            return said(503, "Too many sessions");
        }
        live.opened += 1;
        let (number, token) = (live.opened, format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..)));
        self.device.received("session", format!("open {number}"));
        live.sessions.push(Session { number, token: token.clone(), used: now, served: 0 });
        said(200, "OK").with(TOKEN, &token)
    }

    fn drop_idle(&self, sessions: &mut Vec<Session>, now: f64) {
        let idle = self.device.number("session_minutes", 15.0) * 60.0;
        sessions.retain(|session| {
            let alive = now - session.used < idle;
            if !alive {
                self.device.received("session", format!("expired {}", session.number));
            }
            alive
        });
    }

    /// Whether the request belongs to a session that is open. A log-out always finds its session.
    fn is_known(&self, request: &Request) -> bool {
        let Some(token) = request.header(TOKEN) else { return false };
        let now = self.device.clock.seconds();
        let mut live = self.live();
        self.drop_idle(&mut live.sessions, now);
        let leaves = request.path.ends_with("/user/logout");
        let most = self.device.knob("expire_after").and_then(|value| value.as_u64());
        let Some(place) = live.sessions.iter().position(|session| session.token == token) else { return false };
        let Some(session) = live.sessions.get_mut(place) else { return false };
        if !leaves && most.is_some_and(|most| u64::from(session.served) >= most) {
            self.device.received("session", format!("expired {}", session.number));
            live.sessions.remove(place);
            return false;
        }
        session.used = now;
        session.served += 1;
        true
    }

    fn served(&self, request: &Request, path: &str) -> Answer {
        let device = &self.device;
        let read_only = device.flag("read_only", false);
        match (request.method.as_str(), path) {
            ("POST", "/user/logout") => {
                let token = request.header(TOKEN).unwrap_or_default();
                self.live().sessions.retain(|session| {
                    let stays = session.token != token;
                    if !stays {
                        device.received("session", format!("close {}", session.number));
                    }
                    stays
                });
                said(200, "OK")
            }
            ("GET", "/device") => Answer::json(200, &facts::device(device)),
            ("GET", "/statistics") => Answer::json(200, &facts::statistics(device)),
            (_, "/services" | "/system/airos/configuration" | "/tools/compose") if read_only => said(403, "Forbidden"),
            ("GET", "/services") => Answer::json(200, &facts::services(device)),
            ("GET", "/system/airos/configuration") => Answer::json(200, &facts::config(device)),
            ("PUT", "/services") => self.put("services", request.json()),
            ("PUT", "/system/airos/configuration") => self.put("config", request.json()),
            ("POST", "/tools/compose") => self.compose(&request.json().unwrap_or_default()),
            ("POST", "/system/upgrade/direct") => {
                device.received("firmware", format!("{} bytes", request.body.len()));
                self.live().upgrade = Some(device.clock.seconds());
                said(200, "OK")
            }
            ("GET", "/system/upgrade") => Answer::json(200, &self.upgrade()),
            ("POST", "/system/reboot") => {
                self.reboot();
                said(200, "OK")
            }
            _ => said(404, "Not Found"),
        }
    }

    fn put(&self, knob: &str, body: Option<Value>) -> Answer {
        let Some(body @ Value::Object(_)) = body else { return said(400, "Bad Request") };
        self.device.merge(Map::from_iter([(knob.to_owned(), body.clone())]));
        Answer::json(200, &body)
    }

    fn upgrade(&self) -> Value {
        let Some(began) = self.live().upgrade else { return json!({ "status": "idle" }) };
        let share = (self.device.clock.seconds() - began) / self.device.number("upgrade_seconds", 30.0).max(0.001);
        if share >= 1.0 {
            return json!({ "status": "finished", "progressPercent": 100 });
        }
        json!({ "status": "in_progress", "progressPercent": (share * 100.0) as u64 })
    }

    /// Every request of the list in order; a code other than 200 undoes those before it where that was asked.
    fn compose(&self, body: &Value) -> Answer {
        let codes = self.device.knob("compose_codes").unwrap_or_default();
        let before = self.device.state();
        let mut responses = Vec::new();
        for request in body.get("requests").and_then(Value::as_array).into_iter().flatten() {
            let route = request.get("route").and_then(Value::as_str).unwrap_or_default();
            let code = codes.get(route).and_then(Value::as_u64).unwrap_or(200);
            self.device.received("compose", format!("{route} {code}"));
            if code == 200 {
                let knob = match route {
                    "/services" => "services",
                    "/system/airos/configuration" => "config",
                    _ => "",
                };
                if let (Some(body @ Value::Object(_)), false) = (request.get("body"), knob.is_empty()) {
                    self.device.merge(Map::from_iter([(knob.to_owned(), body.clone())]));
                }
            }
            responses.push(json!({ "entity": route, "statusCode": code, "body": {} }));
        }
        let failed = responses.iter().any(|response| response.get("statusCode") != Some(&json!(200)));
        if failed && body.pointer("/rollback/onError") == Some(&json!(true)) {
            let back = |knob: &str| (knob.to_owned(), before.get(knob).cloned().unwrap_or(Value::Null));
            self.device.merge(Map::from_iter([back("services"), back("config")]));
            self.device.received("compose", "rolled back");
        }
        Answer::json(200, &json!({ "responses": responses }))
    }
}
