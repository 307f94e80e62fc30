//! The radio: logins, sessions, functions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::props;
use crate::core::{Device, Fault};
use crate::web::message::{Answer, Request};
use crate::web::sessions::Sessions;
use crate::web::{Site, listens};

const ROOT: &str = "/cgi-bin/luci";

/// What changes by itself.
#[derive(Debug, Default)]
struct State {
    wrong: f64,
    locked_until: f64,
    applied_at: f64,
    away_until: f64,
    exports: u64,
}

/// One radio.
#[derive(Debug)]
pub struct Radio {
    device: Arc<Device>,
    sessions: Sessions,
    state: Mutex<State>,
}

impl Radio {
    pub fn new(device: Arc<Device>) -> Self {
        Self { device, sessions: Sessions::default(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> f64 {
        self.device.clock.seconds()
    }

    fn is_applying(&self) -> bool {
        self.now() < self.state().applied_at
    }

    /// `{"msg": ..., "success": 0}`, on the AX line 401 where that is about who asks.
    fn refuse(&self, msg: &str) -> Answer {
        let status = if msg == "auth_failed" && self.device.flag("ax", false) { "401 Unauthorized" } else { "200 OK" };
        Answer::json(status, &json!({ "msg": msg, "success": 0 }))
    }

    fn locked(&self) -> Option<Answer> {
        let left = self.device.number("locked_minutes", (self.state().locked_until - self.now()) / 60.0);
        (left > 0.0).then(|| {
            let words = format!("Account is locked, {:.0} minutes left", left.ceil());
            Answer::json("200 OK", &json!({ "msg": "account_locked", "error": words, "success": 0 }))
        })
    }

    fn login(&self, request: &Request) -> Answer {
        let device = &self.device;
        if let Some(reply) = device.knob("login_reply") {
            device.received("auth", "answered as told");
            return Answer::json("200 OK", &reply);
        }
        if device.flag("upgrading", false) {
            return self.refuse("sw_upgrade_is_in_progress");
        }
        if device.flag("importing", false) || self.is_applying() {
            return self.refuse("import_is_in_progress");
        }
        let user = request.field("username");
        if let Some(locked) = self.locked() {
            device.received("auth", format!("form {user} locked"));
            return locked;
        }
        let strangers = device.faults().iter().any(|fault| matches!(fault, Fault::Auth {}));
        let known = user == device.text("user", "admin") && request.field("password") == device.text("password", "sim");
        if strangers || !known {
            device.received("auth", format!("form {user} refused"));
            let mut state = self.state();
            state.wrong += 1.0;
            if state.wrong >= device.number("lock_after", f64::INFINITY) {
                state.locked_until = device.clock.seconds() + device.number("lock_minutes", 17.0) * 60.0;
                state.wrong = 0.0;
            }
            drop(state);
            return self.refuse("auth_failed");
        }
        device.received("auth", format!("form {user} accepted"));
        self.state().wrong = 0.0;
        let most = (device.number("max_sessions", 5.0) - device.number("foreign_sessions", 0.0)).max(0.0);
        let most = (0..64_usize).take_while(|count| f64::from(u8::try_from(*count).unwrap_or(u8::MAX)) < most).count();
        let Some([stok, sysauth]) = self.sessions.open(device, most) else {
            return self.refuse("max_user_number_reached");
        };
        let role = device.text("role", "admin");
        let granted =
            json!({ "clientIpAddr": "192.0.2.9", "userRole": role, "stok": stok, "certif_dir": "/tmp/new_certs" });
        let port = if request.secure { 443 } else { 80 };
        let cookie = format!("sysauth_{}_{port}={sysauth}; path={ROOT}", device.address);
        Answer::json("200 OK", &granted).with("Set-Cookie", cookie)
    }

    fn function(&self, request: &Request, stok: &str, name: &str) -> Answer {
        let device = &self.device;
        let cookies = request.cookies();
        let sysauth = cookies.iter().filter(|(name, _)| name.starts_with("sysauth")).map(|(_, value)| value.as_str());
        // A browser that has cookies of sessions before sends them too.
        let Some(tokens) = sysauth.map(|cookie| [stok, cookie]).find(|tokens| self.sessions.allows(device, *tokens))
        else {
            return self.refuse("auth_failed");
        };
        match name {
            "test_connect" => Answer::json("200 OK", &json!({ "success": 1, "test": 1 })),
            "get_param" if request.field("act") == "status" => self.status(),
            "config_export" if request.field("opts") == "json" => self.export(),
            "config_import" => self.import(&request.body),
            "reboot" => {
                self.state().away_until = self.now() + device.number("reboot_seconds", 60.0);
                self.sessions.clear(device);
                Answer::json("200 OK", &json!({ "success": 1 }))
            }
            "logout" => {
                self.sessions.close(device, tokens);
                Answer::json("200 OK", &json!({ "success": 1 }))
            }
            _ => Answer::json("200 OK", &json!({ "success": 0, "error": "unknown function" })),
        }
    }

    /// `success` is a text here.
    fn status(&self) -> Answer {
        let applied = u8::from(!self.is_applying());
        let reply = json!({
            "success": "1", "device_props": props::status(&self.device), "template_props": { "applyFinished": applied },
        });
        Answer::json("200 OK", &reply)
    }

    fn export(&self) -> Answer {
        let device = &self.device;
        let number = {
            let mut state = self.state();
            state.exports += 1;
            state.exports
        };
        let mut members: Vec<(String, Value)> = props::config(device).into_iter().collect();
        if device.flag("shuffle", false) {
            let turn = usize::try_from(number).unwrap_or(0) % members.len().max(1);
            members.rotate_left(turn);
        }
        let members: Map<String, Value> = members.into_iter().collect();
        // The number of the export is not the configuration's.
        let reply = json!({ "device_props": members, "template_props": { "config_id": format!("{number:08}") } });
        let mut answer = Answer::json("200 OK", &reply);
        if let Some(bytes) = device.knob("export_bytes").and_then(|bytes| bytes.as_u64()) {
            answer.body.truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        answer
    }

    /// Takes the file of a multipart form over, answers as the knob says, and applies for a while.
    fn import(&self, body: &[u8]) -> Answer {
        let device = &self.device;
        let reply = device.text("import_reply", "success");
        let text = String::from_utf8_lossy(body).into_owned();
        let file = text.find('{').and_then(|from| text.rfind('}').and_then(|to| text.get(from..=to)));
        let sent = file.and_then(|file| serde_json::from_str::<Value>(file).ok());
        let (Some(Value::Object(sent)), true) =
            (sent.as_ref().and_then(|sent| sent.get("device_props")).cloned(), reply != "error")
        else {
            return Answer::json("200 OK", &json!({ "success": 0, "error": "import failed" }));
        };
        match sent.get("webService").and_then(Value::as_u64) {
            Some(1) => device.merge(knobs(json!({ "http": "on", "tls": "off" }))),
            Some(2) => device.merge(knobs(json!({ "http": "off", "tls": "modern" }))),
            _ => {}
        }
        let mut config = device.knob("config").and_then(|config| config.as_object().cloned()).unwrap_or_default();
        config.extend(sent);
        device.merge(knobs(json!({ "config": config })));
        self.state().applied_at = self.now() + device.number("apply_seconds", 6.0);
        match reply.as_str() {
            "empty" => Answer { status: "200 OK", headers: Vec::new(), body: Vec::new() },
            _ => Answer::json("200 OK", &json!({ "success": 1 })),
        }
    }
}

fn knobs(value: Value) -> Map<String, Value> {
    if let Value::Object(knobs) = value { knobs } else { Map::new() }
}

impl Site for Radio {
    fn answer(&self, request: &Request) -> Answer {
        if let Some(page) = self.device.knob("foreign_page") {
            return Answer::html("200 OK", page.as_str().unwrap_or_default());
        }
        if request.method != "POST" {
            return Answer::html("200 OK", "<html><head><title>ePMP</title></head><body></body></html>");
        }
        if !request.has_length {
            return Answer::html("411 Length Required", "");
        }
        let Some(rest) = request.path.strip_prefix(ROOT) else { return Answer::html("404 Not Found", "") };
        if rest.is_empty() {
            return self.login(request);
        }
        match rest.strip_prefix("/;stok=").and_then(|rest| rest.split_once("/admin/")) {
            Some((stok, name)) => self.function(request, stok, name),
            None => Answer::html("404 Not Found", ""),
        }
    }

    /// Without the token and without the password.
    fn shown(&self, request: &Request) -> String {
        let path = match request.path.split_once(";stok=").and_then(|(_, rest)| rest.split_once('/')) {
            Some((_, function)) => format!("{ROOT}/;stok=***/{function}"),
            None => request.path.clone(),
        };
        format!("{} {path}", request.method)
    }

    fn is_away(&self) -> bool {
        self.now() < self.state().away_until
    }

    fn listens(&self, secure: bool) -> bool {
        listens(&self.device, secure)
    }
}
