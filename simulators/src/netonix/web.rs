//! The pages: login by a form or by JSON, and what lies behind it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::facts;
use super::switch::Switch;
use crate::core::Device;
use crate::httpd::{Answer, Request, Site};
use crate::running::Running;

/// The cookie of a session.
const COOKIE: &str = "PHPSESSID";

const LOGIN_PAGE: &str = "<html><head><title>Netonix</title></head><body><form method=\"post\" action=\"/index.php\">\
    <input name=\"username\"><input name=\"password\" type=\"password\"></form></body></html>";

const REFUSED_PAGE: &str = "<html><head><title>Netonix</title></head><body><p>Invalid username or password</p>\
    <form method=\"post\" action=\"/index.php\"><input name=\"username\"><input name=\"password\" type=\"password\">\
    </form></body></html>";

const MAIN_PAGE: &str = "<html><head><title>Netonix</title></head><body><div id=\"tabs\"></div></body></html>";

impl Site for Switch {
    fn device(&self) -> &Arc<Device> {
        &self.device
    }

    fn running(&self) -> &Running {
        &self.running
    }

    fn is_up(&self) -> bool {
        self.answers()
    }

    fn answer(&self, request: &Request) -> Answer {
        if let Some(answer) = self.reply(&request.path) {
            return answer;
        }
        let json_login = self.device.text("login_api", "form") == "json";
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/") => Answer::page(200, LOGIN_PAGE).with("Set-Cookie", &format!("{COOKIE}=0; path=/")),
            ("POST", "/index.php") if !json_login => {
                self.login(&request.field("username"), &request.field("password"), json_login)
            }
            ("POST", "/api/v1/login") if json_login => {
                let body = request.json().unwrap_or_default();
                let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                self.login(&text("username"), &text("password"), json_login)
            }
            (_, path) if path.starts_with("/api/v1/") && path != "/api/v1/login" => match self.is_known(request) {
                true => self.served(request),
                false if self.device.text("expiry", "401") == "page" => Answer::page(200, LOGIN_PAGE),
                false => Answer::page(401, ""),
            },
            _ => Answer::page(404, "<html><body>404 Not Found</body></html>"),
        }
    }
}

impl Switch {
    /// What the knob `replies` says instead.
    fn reply(&self, path: &str) -> Option<Answer> {
        let replies = self.device.knob("replies")?;
        let reply = replies.get(path)?;
        let status = reply.get("status").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        Some(match reply.get("body") {
            Some(Value::String(text)) => Answer::page(status.unwrap_or(200), text),
            body => Answer::json(status.unwrap_or(200), body.unwrap_or(&Value::Null)),
        })
    }

    fn login(&self, user: &str, password: &str, json: bool) -> Answer {
        if !self.admits("web", user, password) {
            return match json {
                true => Answer::json(200, &json!({ "Success": false, "Message": "Invalid username or password" })),
                false => Answer::page(200, REFUSED_PAGE),
            };
        }
        let mut live = self.live();
        live.opened += 1;
        let cookie = format!("{:016x}", fastrand::u64(..));
        let number = live.opened;
        live.web.push((cookie.clone(), number, 0));
        self.device.received("session", format!("web open {number}"));
        let answer = match json {
            true => Answer::json(200, &json!({ "Success": true })),
            false => Answer::page(200, MAIN_PAGE),
        };
        answer.with("Set-Cookie", &format!("{COOKIE}={cookie}; path=/; HttpOnly"))
    }

    fn is_known(&self, request: &Request) -> bool {
        let Some(cookie) = request.cookie(COOKIE) else { return false };
        let most = self.device.knob("expire_after").and_then(|value| value.as_u64());
        let mut live = self.live();
        let Some(place) = live.web.iter().position(|(known, ..)| known == cookie) else { return false };
        let Some((_, number, served)) = live.web.get_mut(place) else { return false };
        if most.is_some_and(|most| u64::from(*served) >= most) {
            self.device.received("session", format!("web expired {number}"));
            live.web.remove(place);
            return false;
        }
        *served += 1;
        true
    }

    fn served(&self, request: &Request) -> Answer {
        let device = &self.device;
        match (request.method.as_str(), request.path.as_str()) {
            (_, "/api/v1/config" | "/api/v1/apply") if device.flag("read_only", false) => {
                Answer::page(403, "Forbidden")
            }
            ("GET", "/api/v1/config") => {
                let text = facts::file(device);
                Answer { content_type: "application/json", ..Answer::page(200, &text) }
            }
            ("POST", "/api/v1/config") => match request.json() {
                Some(config @ Value::Object(_)) => {
                    self.live().staged = Some(config);
                    Answer::json(200, &json!({ "Success": true }))
                }
                _ => Answer::page(400, "Bad Request"),
            },
            ("POST", "/api/v1/apply") => {
                let staged = self.live().staged.take();
                let applied = staged.map(|config| self.apply(config)).is_some();
                Answer::json(200, &json!({ "Success": applied }))
            }
            ("POST", "/api/v1/applystatus") => Answer::json(200, &json!({ "Success": self.confirm() })),
            ("GET", "/api/v1/bootid") => Answer::json(200, &json!({ "BootID": "51ab02" })),
            ("GET", "/api/v1/status/30sec") => Answer::json(200, &facts::status(device)),
            ("GET", "/api/v1/mactable") => Answer::json(200, &json!({ "MACTable": [] })),
            ("GET", "/api/v1/reboot") => {
                self.reboot();
                Answer::json(200, &json!({ "Success": true }))
            }
            _ => Answer::page(404, "<html><body>404 Not Found</body></html>"),
        }
    }
}
