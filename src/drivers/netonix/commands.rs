//! Every command and request that a Netonix is ever sent, and nowhere else is one spelled.

use jiff::Timestamp;
use serde_json::json;

use crate::model::Secret;
use crate::transport::http::{Body, Request};

/// The table of ports. At the command line.
pub const PORTS: &str = "show interface status";

/// To the shell behind the command line.
pub const SHELL: &str = "cmdline";

/// The firmware. In the shell; `echo` gives the prompt a line of its own where the file has no line end.
pub const VERSION: &str = "cat /www/version.txt; echo";

/// The configuration, secrets in clear. In the shell.
pub const CONFIG: &str = "cat /www/config.json; echo";

/// The configuration over the web.
pub const WEB_CONFIG: &str = "/api/v1/config";

const BOOT_ID: &str = "/api/v1/bootid";

/// Logs in as the pages do.
pub fn form_login(user: &str, password: &Secret) -> Request {
    let fields = vec![("username".to_owned(), user.to_owned()), ("password".to_owned(), password.expose().to_owned())];
    Request::post("/index.php", Body::Form(fields))
}

/// Logs in as newer firmware does.
pub fn json_login(user: &str, password: &Secret) -> Request {
    Request::post("/api/v1/login", Body::Json(json!({ "username": user, "password": password.expose() })))
}

/// The name of the present boot, which the status page asks for.
pub fn boot_id(now: Timestamp) -> String {
    format!("{BOOT_ID}?_={}", now.as_millisecond())
}

/// Ports over the web.
pub fn status(boot_id: &str, now: Timestamp) -> String {
    let plain: String = boot_id.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    format!("/api/v1/status/30sec?{plain}&_={}", now.as_millisecond())
}
