//! A SmartSys UPS (DPC SC501 controller) by its web interface: plain HTTP, a login with a raw body, XML documents with
//! their values in `val`.
//!
//! From spec/field-devices.md 2.3: `POST /data/login.cgi?uid=MS` with the body `user=U&password=P` answers `0`, or `1`;
//! a cookie is the session; `GET /data/NAME.xml?uid=MS` gives a document in ISO-8859-1; forms take a whole document and
//! answer `0`. Earlier generations of clients built their cookie by hand (`User=..; Language=0; LogTime=..`): it is taken
//! as long as somebody has logged in. There is no logout: a session ends by itself.
//!
//! Knobs: `user` (admin), `password` (`sim`), `login_body` (`decoded`: percent codes in it are undone; `raw`: not),
//! `login_reply` (whole, instead), `cookie` (true: one is set), `session_name` (how its value begins; absent: by chance), `session_requests` (so many documents a session gives,
//! then it is over: absent: no end), `session_ends` (how many sessions end like that; absent: all), `expired_reply` (what
//! is answered then, an HTML page), `site_name`, `site_id`, `site_address`, `latitude` and `longitude` (lists: flag,
//! degrees, minutes, seconds), `altitude`, `version`, `units` (list of `model`, `version`), `batteries` (list of Ah),
//! `battery_type` (1 lithium, else lead acid), `trap_enabled`, `trap_address`, `trap_community`, `battery_status`,
//! `battery_volts`, `delay_ms` (before every answer), `missing` (names of documents that are not there), `documents` (name to the whole text of one).
//!
//! Journal: `http`, `auth` (`login USER accepted` or `refused`), `session` (`opened`, `ended`, `unknown`), `form` (what was
//! posted to which page). What was posted is what the document says afterwards.

mod documents;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::core::{Device, Ports};
use crate::pages::http::{Answer, Request, decoded};
use crate::pages::{self as web, Site};
use crate::running::Running;
use crate::snmp::knobs::Knobs;

/// The port of a controller for which none is wanted.
const PORT: u16 = 8000;

#[derive(Debug, Default)]
struct Sessions {
    /// Name and documents given, the newest last.
    open: Vec<(String, u64)>,
    opened: u64,
    ended: u64,
}

struct Controller {
    device: Arc<Device>,
    sessions: Mutex<Sessions>,
}

/// Refuses knobs that a controller does not have.
pub fn check_knobs(state: &Map<String, Value>) -> anyhow::Result<()> {
    const KNOBS: [&str; 27] = [
        "delay_ms",
        "session_name",
        "user",
        "password",
        "login_body",
        "login_reply",
        "cookie",
        "session_requests",
        "session_ends",
        "expired_reply",
        "site_name",
        "site_id",
        "site_address",
        "latitude",
        "longitude",
        "altitude",
        "version",
        "units",
        "batteries",
        "battery_type",
        "trap_enabled",
        "trap_address",
        "trap_community",
        "battery_status",
        "battery_volts",
        "missing",
        "documents",
    ];
    match state.keys().find(|name| !KNOBS.contains(&name.as_str())) {
        Some(name) => anyhow::bail!("a smartsys has no knob '{name}'; it has {}", KNOBS.join(", ")),
        None => Ok(()),
    }
}

/// Starts the controller's pages. Errors: a port that is taken, an unknown knob.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    check_knobs(&device.state())?;
    let running = Running::default();
    let controller = Arc::new(Controller { device, sessions: Mutex::default() });
    web::start(controller, wanted.http.unwrap_or(PORT), &running).await?;
    Ok(running)
}

impl Site for Controller {
    fn device(&self) -> &Device {
        &self.device
    }

    fn answer(&self, request: &Request) -> Answer {
        let knobs = Knobs(self.device.state());
        let Some(name) = request.path.strip_prefix("/data/") else { return Answer::missing() };
        // The pages send the time with every request, so that nothing between keeps an answer.
        let uid = request.in_query("uid").unwrap_or_default();
        if uid.len() < 10 || !uid.bytes().all(|digit| digit.is_ascii_digit()) {
            return Answer::missing();
        }
        if (request.method.as_str(), name) == ("POST", "login.cgi") {
            return self.login(request, &knobs);
        }
        if !self.knows(&request.cookies, &knobs) {
            return Answer::page(knobs.text("expired_reply", "<html><body>Please log in</body></html>").into_bytes());
        }
        match (request.method.as_str(), name.rsplit_once('.')) {
            ("GET", Some((document, "xml"))) => self.document(document, &knobs),
            ("POST", Some((form, "cgi"))) => self.take(form, request),
            _ => Answer::missing(),
        }
    }
}

impl Controller {
    fn login(&self, request: &Request, knobs: &Knobs) -> Answer {
        if let Some(reply) = knobs.maybe_text("login_reply") {
            return Answer::page(reply);
        }
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let raw = knobs.text("login_body", "decoded") == "raw";
        let of = |name: &str| {
            let value = body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
            Some(if raw { value.to_owned() } else { decoded(value, false) })
        };
        let user = of("user").unwrap_or_default();
        let known = user == knobs.text("user", "admin")
            && of("password").as_deref() == Some(knobs.text("password", "sim").as_str());
        if !known || web::refuses_logins(&self.device) {
            self.device.received("auth", format!("login {user} refused"));
            return Answer::page("1");
        }
        self.device.received("auth", format!("login {user} accepted"));
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.opened += 1;
        let session = match knobs.maybe_text("session_name") {
            Some(begin) => format!("{begin}{:x}", sessions.opened),
            None => format!("{:x}{:08x}", sessions.opened, fastrand::u32(..)),
        };
        sessions.open.push((session.clone(), 0));
        drop(sessions);
        self.device.received("session", "opened");
        let mut answer = Answer::page("0\r\n");
        if knobs.flag("cookie", true) {
            answer.further = format!("Set-Cookie: SESSION={session}\r\n");
        }
        answer
    }

    /// Whether the cookies are those of a session that goes on.
    fn knows(&self, cookies: &str, knobs: &Knobs) -> bool {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let own = cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix("SESSION="));
        let by_hand = ["User=", "Language=", "LogTime="].iter().all(|part| cookies.contains(part));
        let most = knobs.maybe_number("session_requests").unwrap_or(f64::MAX);
        let may_end = (sessions.ended as f64) < knobs.maybe_number("session_ends").unwrap_or(f64::MAX);
        // Without a cookie of its own a controller has one session.
        let place = match own {
            Some(own) => sessions.open.iter().position(|(name, _)| name == own),
            None if by_hand || !knobs.flag("cookie", true) => sessions.open.len().checked_sub(1),
            None => None,
        };
        let Some(place) = place else {
            drop(sessions);
            self.device.received("session", "unknown");
            return false;
        };
        let Some((_, given)) = sessions.open.get_mut(place) else { return false };
        *given += 1;
        if *given as f64 > most && may_end {
            sessions.open.remove(place);
            sessions.ended += 1;
            drop(sessions);
            self.device.received("session", "ended");
            return false;
        }
        true
    }

    fn document(&self, name: &str, knobs: &Knobs) -> Answer {
        if knobs.texts("missing").iter().any(|missing| missing == name) {
            return Answer::missing();
        }
        let whole = knobs.get("documents").and_then(|documents| documents.get(name)).and_then(Value::as_str);
        match whole.map(str::to_owned).or_else(|| documents::text(name, knobs)) {
            Some(text) => Answer::of("text/xml", documents::latin1(&text)),
            None => Answer::missing(),
        }
    }

    fn take(&self, form: &str, request: &Request) -> Answer {
        let document = match form {
            "about" => "about",
            "battbasicconfig" => "battbasicconfig",
            "commconfig" => "SNMPconfig",
            _ => return Answer::missing(),
        };
        if !request.content_type.starts_with("text/xml") {
            return Answer::page("1");
        }
        self.device.received("form", format!("{form} ({} bytes)", request.body.len()));
        let text: String = request.body.iter().map(|byte| char::from(*byte)).collect();
        let mut documents = match self.device.knob("documents") {
            Some(Value::Object(documents)) => documents,
            _ => Map::new(),
        };
        documents.insert(document.to_owned(), Value::from(text));
        self.device.merge(Map::from_iter([("documents".to_owned(), Value::Object(documents))]));
        Answer::page("0")
    }
}
