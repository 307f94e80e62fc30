//! Every request that a Wave is ever sent, and nowhere else is one spelled.

use serde_json::json;

use super::platform::TOKEN;
use crate::model::Secret;
use crate::transport::Target;
use crate::transport::http::{Body, Request};

/// Model, firmware, MAC, name.
pub const DEVICE: &str = "/api/v1.0/device";

/// Measurements; among them the position.
pub const STATISTICS: &str = "/api/v1.0/statistics";

/// The first half of the configuration: network and radio.
pub const CONFIG: &str = "/api/v1.0/system/airos/configuration";

/// The second half: services.
pub const SERVICES: &str = "/api/v1.0/services";

const LOGIN: &str = "/api/v1.0/user/login";
const LOGOUT: &str = "/api/v1.0/user/logout";

/// A path as it stands in front of the lines of a configuration: `/services`.
pub fn short(path: &'static str) -> &'static str {
    path.strip_prefix("/api/v1.0").unwrap_or(path)
}

/// Opens a session.
pub fn login(target: &Target, user: &str, password: &Secret) -> Request {
    let body = json!({ "username": user, "password": password.expose() });
    Request { headers: origin(target), ..Request::post(LOGIN, Body::Json(body)) }
}

/// Ends it.
pub fn logout(target: &Target, token: &Secret) -> Request {
    Request { headers: with_token(target, token), ..Request::post(LOGOUT, Body::Json(json!({}))) }
}

/// Reads.
pub fn get(target: &Target, token: &Secret, path: &str) -> Request {
    Request { headers: with_token(target, token), ..Request::get(path) }
}

fn with_token(target: &Target, token: &Secret) -> Vec<(String, String)> {
    let mut headers = origin(target);
    headers.push((TOKEN.to_owned(), token.expose().to_owned()));
    headers
}

/// Where its own pages would have sent the request from.
fn origin(target: &Target) -> Vec<(String, String)> {
    let host = match target.address {
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => format!("[{address}]"),
    };
    let base = match target.ports.https {
        None | Some(443) => format!("https://{host}"),
        Some(port) => format!("https://{host}:{port}"),
    };
    vec![("Referer".to_owned(), format!("{base}/")), ("Origin".to_owned(), base)]
}
