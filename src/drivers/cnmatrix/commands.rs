//! Requests.

use crate::drivers::pages::percent;
use crate::model::Secret;
use crate::transport::http::{Body, Request};

/// A page of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// What the switch is.
    Landing,
    /// Its IP interfaces.
    Interfaces,
    /// The configuration as it was saved.
    Config,
}

impl Page {
    /// Its path.
    pub(super) fn path(self) -> &'static str {
        match self {
            Page::Landing => "/iss/specific/landing.html",
            Page::Interfaces => "/iss/specific/ivr_conf.html",
            Page::Config => "/iss.conf",
        }
    }

    /// `GET /path`, for sentences.
    pub(super) fn what(self) -> String {
        format!("GET {}", self.path())
    }

    /// The request in a session.
    pub(super) fn request(self, gambit: &Secret) -> Request {
        Request::get(in_session(self.path(), gambit))
    }
}

fn in_session(path: &str, gambit: &Secret) -> String {
    format!("{path}?Gambit={}", percent(gambit.expose()))
}

/// For sentences.
pub(super) const LOGIN: &str = "POST /iss/redirect.html";

pub(super) fn login(user: &str, password: &Secret) -> Request {
    let fields = vec![("Login".to_owned(), user.to_owned()), ("Password".to_owned(), password.expose().to_owned())];
    Request::post("/iss/redirect.html", Body::Form(fields))
}

pub(super) fn logout(gambit: &Secret) -> Request {
    let fields = vec![("Gambit".to_owned(), gambit.expose().to_owned())];
    Request::post(in_session("/wmi/logout", gambit), Body::Form(fields))
}
