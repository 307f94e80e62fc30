//! Requests and replies.

use std::fmt;

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::model::{MASK, Secret};

/// Credentials that go into a header.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// None: open pages, and APIs that log in with a body.
    #[default]
    None,
    /// `Basic`, in UTF-8 (RFC 7617). Sent at once.
    Basic {
        /// Without a colon.
        user: String,
        /// Password.
        password: Secret,
    },
    /// `Digest` with MD5 or SHA-256 (RFC 7616). Costs one more request.
    Digest {
        /// User.
        user: String,
        /// Password.
        password: Secret,
    },
}

/// What a request carries. `Debug` shows no content: passwords go through forms.
#[derive(Clone)]
pub enum Body {
    /// `application/x-www-form-urlencoded`, in order.
    Form(Vec<(String, String)>),
    /// `application/json`.
    Json(serde_json::Value),
    /// Bytes as they are.
    Bytes {
        /// `Content-Type`.
        content_type: String,
        /// Content.
        bytes: bytes::Bytes,
    },
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Form(fields) => write!(f, "Form({} fields)", fields.len()),
            Body::Json(_) => f.write_str("Json"),
            Body::Bytes { content_type, bytes } => write!(f, "Bytes({content_type}, {} bytes)", bytes.len()),
        }
    }
}

/// A request. `Debug` shows neither query nor header values nor body.
#[derive(Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path and query, from the first slash on.
    pub path: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Option<Body>,
    /// Credentials.
    pub auth: Auth,
    /// Follow redirects (at most five) that stay on this scheme, address and port; others are errors. Without it a
    /// redirect is a [`Reply`] like any other.
    pub follow_same_host: bool,
    /// A part of the path that is never shown: some devices keep their session in it.
    pub hidden: Option<Secret>,
    /// The request changes something: if it left and no answer came, that is `outcome_unknown`, after which only an
    /// observation may follow. Without it, it is `timeout` or `protocol_error`.
    pub has_effect: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            method: Method::GET,
            path: "/".to_owned(),
            headers: Vec::new(),
            body: None,
            auth: Auth::None,
            follow_same_host: false,
            hidden: None,
            has_effect: false,
        }
    }
}

impl Request {
    /// GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// POST. Set [`Request::has_effect`] unless it only logs in or reads.
    pub fn post(path: impl Into<String>, body: Body) -> Self {
        Self { method: Method::POST, path: path.into(), body: Some(body), ..Self::default() }
    }

    /// The path without its query, which may hold a session or a password.
    pub(super) fn shown_path(&self) -> String {
        self.masked(self.path.split(['?', '#']).next().unwrap_or_default())
    }

    /// A text about the request without the part of its path that is hidden.
    pub(super) fn masked(&self, text: &str) -> String {
        match &self.hidden {
            Some(hidden) if !hidden.is_empty() => text.replace(hidden.expose(), MASK),
            _ => text.to_owned(),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.shown_path())
            .field("headers", &headers)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// An answer, whole.
#[derive(Clone)]
pub struct Reply {
    /// Status code; 401 is never seen here, it is `auth_failed`.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, within the cap.
    pub body: Vec<u8>,
}

impl Reply {
    /// A header, if it is there and is text; blanks around it are dropped.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
    }

    /// The body as text; bytes that are no UTF-8 become replacement characters.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_in_the_path_is_not_shown() {
        let hidden = Some(Secret::new("3f2a9c"));
        let request = Request { hidden, ..Request::get("/cgi-bin/luci/;stok=3f2a9c/admin/logout?x=3f2a9c") };
        assert_eq!(request.shown_path(), "/cgi-bin/luci/;stok=***/admin/logout");
        assert!(!format!("{request:?}").contains("3f2a9c"));
        assert_eq!(Request { hidden: Some(Secret::new("")), ..Request::get("/a") }.shown_path(), "/a");
    }
}
