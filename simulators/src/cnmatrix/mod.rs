//! A Cambium cnMatrix switch (TX1012-P-DC) by its web interface: plain HTTP, Aricent's pages, a session named `Gambit`.
//!
//! From spec/field-devices.md 2.5: every answer has status 200; a failed login is a page with `ERROR` in it; a session
//! is a value that every later request sends in its query, and in its form where it has one; an ended session answers
//! every page with a sentence; a form that was refused answers `>ERROR: text<`.
//!
//! Knobs: `user` (admin), `password` (`sim`), `version` (`4.4-r3`), `interfaces` (list of `alias`, `address`, `mask`,
//! `broadcast`; one `vlan3000` with the device's own address), `whitespace` (true: a line end between cells), `config`
//! (the text of `/iss.conf`), `delay_ms` (before every answer), `max_sessions` (8; one more login is refused with a page of its own),
//! `expire_after` (so many requests of a session are answered, then it is ended; absent: never), `expire_times` (so
//! many sessions end like that; absent: every one), `no_length` (answers do not say how long they are),
//! `encrypted_login` (the login page of newer builds, which want the password encrypted), `refuse_forms` (path to the
//! text of its error), `gambit` (how the names of sessions
//! begin, with their number behind; absent: by chance), and the whole answers `login_page`, `landing_page`, `interfaces_page`.
//!
//! Journal: `http` (sessions and passwords masked), `auth` (`login USER accepted` or `refused`), `session` (`opened`,
//! `closed`, `ended`, `unknown`), `form` (path and fields of what was applied, in order). Knob `saved` becomes true when
//! the configuration was saved.

mod pages;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::core::{Device, Ports};
use crate::pages::http::{Answer, Request};
use crate::pages::{self as web, Site};
use crate::running::Running;
use crate::snmp::knobs::Knobs;

/// The port of a switch for which none is wanted.
const PORT: u16 = 8000;
/// What an ended session is told.
const ENDED: &str = "Current session has been terminated";

/// A session.
#[derive(Debug)]
struct Session {
    gambit: String,
    /// Requests that were answered in it.
    answered: u64,
}

#[derive(Debug, Default)]
struct Sessions {
    open: Vec<Session>,
    opened: u64,
    ended: u64,
}

struct Switch {
    device: Arc<Device>,
    sessions: Mutex<Sessions>,
}

/// Refuses knobs that a switch does not have.
pub fn check_knobs(state: &Map<String, Value>) -> anyhow::Result<()> {
    const KNOBS: [&str; 19] = [
        "delay_ms",
        "gambit",
        "user",
        "password",
        "version",
        "interfaces",
        "whitespace",
        "config",
        "max_sessions",
        "expire_after",
        "expire_times",
        "no_length",
        "encrypted_login",
        "refuse_forms",
        "login_page",
        "landing_page",
        "interfaces_page",
        "saved",
        "missing",
    ];
    match state.keys().find(|name| !KNOBS.contains(&name.as_str())) {
        Some(name) => anyhow::bail!("a cnmatrix has no knob '{name}'; it has {}", KNOBS.join(", ")),
        None => Ok(()),
    }
}

/// Starts the switch's pages. Errors: a port that is taken, an unknown knob.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    check_knobs(&device.state())?;
    let running = Running::default();
    let switch = Arc::new(Switch { device, sessions: Mutex::default() });
    web::start(switch, wanted.http.unwrap_or(PORT), &running).await?;
    Ok(running)
}

impl Site for Switch {
    fn device(&self) -> &Device {
        &self.device
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut answer = self.reply(request);
        answer.has_length = !self.device.flag("no_length", false);
        answer
    }
}

impl Switch {
    fn reply(&self, request: &Request) -> Answer {
        let knobs = Knobs(self.device.state());
        if knobs.texts("missing").contains(&request.path) {
            return Answer::missing();
        }
        if (request.method.as_str(), request.path.as_str()) == ("POST", "/iss/redirect.html") {
            return self.login(request, &knobs);
        }
        let Some(gambit) = request.in_query("Gambit") else {
            self.device.received("session", "unknown");
            return Answer::page(pages::ended(ENDED));
        };
        if request.path == "/wmi/logout" {
            return self.logout(request, &gambit);
        }
        if !self.answers(&gambit, &knobs) {
            return Answer::page(pages::ended(ENDED));
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/iss/specific/landing.html") => Answer::page(pages::landing(&knobs)),
            ("GET", "/iss/specific/ivr_conf.html") => {
                Answer::page(pages::interfaces(&knobs, &self.device.address.to_string()))
            }
            ("GET", "/iss.conf") => {
                Answer::of("application/octet-stream", pages::config(&knobs, &self.device.address.to_string()))
            }
            ("POST", path) if path.starts_with("/iss/") => self.apply(request, &gambit, &knobs),
            _ => Answer::missing(),
        }
    }

    fn login(&self, request: &Request, knobs: &Knobs) -> Answer {
        if let Some(page) = knobs.maybe_text("login_page") {
            return Answer::page(page);
        }
        let user = request.in_form("Login").unwrap_or_default();
        if knobs.flag("encrypted_login", false) {
            self.device.received("auth", format!("login {user} not encrypted"));
            return Answer::page(pages::encrypted_login());
        }
        let known = user == knobs.text("user", "admin")
            && request.in_form("Password").as_deref() == Some(knobs.text("password", "sim").as_str());
        if !known || web::refuses_logins(&self.device) {
            self.device.received("auth", format!("login {user} refused"));
            return Answer::page(pages::refused("Invalid user name or password"));
        }
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.open.len() as f64 >= knobs.number("max_sessions", 8.0) {
            self.device.received("auth", format!("login {user} refused: too many sessions"));
            return Answer::page(pages::too_many());
        }
        self.device.received("auth", format!("login {user} accepted"));
        sessions.opened += 1;
        // Not to be guessed, and with what a query must encode.
        let gambit = match knobs.maybe_text("gambit") {
            Some(begin) => format!("{begin}{:x}", sessions.opened),
            None => format!("{:08x}+{:x}/", fastrand::u32(..), sessions.opened),
        };
        self.device.received("session", "opened");
        let page = pages::welcome(&gambit);
        sessions.open.push(Session { gambit, answered: 0 });
        Answer::page(page)
    }

    fn logout(&self, request: &Request, gambit: &str) -> Answer {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let before = sessions.open.len();
        sessions.open.retain(|session| session.gambit != gambit);
        let known = sessions.open.len() < before && request.method == "POST";
        self.device.received("session", if known { "closed" } else { "unknown" });
        Answer::page(pages::ended("Logged out"))
    }

    /// Whether the session is there, and is not ended by this request.
    fn answers(&self, gambit: &str, knobs: &Knobs) -> bool {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let times = knobs.maybe_number("expire_times").unwrap_or(f64::MAX);
        let may_end = (sessions.ended as f64) < times;
        let Some(session) = sessions.open.iter_mut().find(|session| session.gambit == gambit) else {
            drop(sessions);
            self.device.received("session", "unknown");
            return false;
        };
        session.answered += 1;
        let ends = knobs.maybe_number("expire_after").is_some_and(|after| session.answered as f64 > after);
        if ends && may_end {
            sessions.open.retain(|session| session.gambit != gambit);
            sessions.ended += 1;
            drop(sessions);
            self.device.received("session", "ended");
            return false;
        }
        true
    }

    /// A form: the session must stand in it as well.
    fn apply(&self, request: &Request, gambit: &str, knobs: &Knobs) -> Answer {
        if request.in_form("Gambit").as_deref() != Some(gambit) {
            self.device.received("session", "unknown");
            return Answer::page(pages::ended(ENDED));
        }
        let refused = knobs.get("refuse_forms").and_then(|paths| paths.get(&request.path)).and_then(Value::as_str);
        if let Some(text) = refused {
            return Answer::page(pages::refused(text));
        }
        self.device.received("form", crate::pages::http::shown(request));
        if request.path == "/iss/specific/save.html" {
            let saves = [("SAVE_OPTION", "2"), ("Save_option", "4"), ("FILE_NAME", "iss.conf"), ("ACTION", "Apply")];
            if saves.iter().all(|(name, value)| request.in_form(name).as_deref() == Some(*value)) {
                self.device.merge(Map::from_iter([("saved".to_owned(), Value::Bool(true))]));
            }
        }
        Answer::page(pages::applied())
    }
}
