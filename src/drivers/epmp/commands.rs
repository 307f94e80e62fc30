//! The only place where a request to an ePMP radio is spelled.

use crate::model::Secret;
use crate::transport::http::{Body, Request};

/// Where everything is.
const ROOT: &str = "/cgi-bin/luci";

/// A function of the radio, called in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Function {
    /// Its name in the path.
    pub name: &'static str,
    /// The form.
    form: &'static [(&'static str, &'static str)],
}

/// What the radio measures and is.
pub(super) const STATUS: Function = Function { name: "get_param", form: &[("act", "status"), ("debug", "true")] };

/// The whole configuration.
pub(super) const EXPORT: Function = Function { name: "config_export", form: &[("opts", "json")] };

/// The end of a session.
pub(super) const LOGOUT: Function = Function { name: "logout", form: &[] };

/// Opens a session.
pub(super) fn login(user: &str, password: &Secret) -> Request {
    let form = vec![("username".to_owned(), user.to_owned()), ("password".to_owned(), password.expose().to_owned())];
    Request::post(ROOT, Body::Form(form))
}

/// Calls a function in a session; its token is not shown.
pub(super) fn call(function: Function, stok: &Secret) -> Request {
    let form = function.form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let path = format!("{ROOT}/;stok={}/admin/{}", stok.expose(), function.name);
    Request { hidden: Some(stok.clone()), ..Request::post(path, Body::Form(form)) }
}
