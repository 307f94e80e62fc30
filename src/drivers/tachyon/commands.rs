//! The only place where a request to a Tachyon device is spelled.

use crate::model::Secret;
use crate::transport::http::{Body, Method, Request};

const LOGIN: &str = "/cgi.lua/login";

/// What is read. The session is a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Read {
    /// For sentences.
    pub name: &'static str,
    path: &'static str,
}

/// What the device is and measures, all types in one request.
pub(super) const STATUS: Read =
    Read { name: "GET status", path: "/cgi.lua/status?type=system,wireless,interfaces,prs_events" };

/// The whole configuration.
pub(super) const CONFIG: Read = Read { name: "GET config", path: "/cgi.lua/config" };

/// Opens a session. The password goes through a JSON writer: a quote in it changes nothing else.
pub(super) fn login(user: &str, password: &Secret) -> Request {
    Request::post(LOGIN, Body::Json(serde_json::json!({ "username": user, "password": password.expose() })))
}

/// Reads.
pub(super) fn read(what: Read) -> Request {
    Request::get(what.path)
}

/// Ends the session.
pub(super) fn logout() -> Request {
    Request { method: Method::DELETE, ..Request::get(LOGIN) }
}
