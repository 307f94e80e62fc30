//! Requests.

use bytes::Bytes;

use crate::drivers::pages::percent;
use crate::model::Secret;
use crate::transport::http::{Body, Request};

/// A document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Document {
    /// Site, position, version.
    About,
    /// Controller, rectifiers and other units.
    Equipment,
    /// Capacities of the batteries.
    Batteries,
    /// Kind of the batteries.
    System,
    /// Traps.
    Snmp,
    /// What the battery measures.
    BatteryData,
}

impl Document {
    /// Its name in paths and in a running config.
    pub(super) fn name(self) -> &'static str {
        match self {
            Document::About => "about",
            Document::Equipment => "equipment",
            Document::Batteries => "battbasicconfig",
            Document::System => "sysconfig",
            Document::Snmp => "SNMPconfig",
            Document::BatteryData => "batt_data",
        }
    }

    /// The name of its outermost element.
    pub(super) fn root(self) -> &'static str {
        match self {
            Document::About => "homepage",
            Document::Equipment => "EquipmentInfo",
            Document::Batteries => "BattBasicConfig",
            Document::System => "SysConfig",
            Document::Snmp => "CommConfig",
            Document::BatteryData => "BatteryData",
        }
    }

    /// `GET /path`, for sentences.
    pub(super) fn what(self) -> String {
        format!("GET /data/{}.xml", self.name())
    }

    /// The request; `uid` is the time, milliseconds since 1970.
    pub(super) fn request(self, uid: i64) -> Request {
        let cabinet = if self == Document::BatteryData { "dcCabNum=1&" } else { "" };
        Request::get(format!("/data/{}.xml?{cabinet}uid={uid}", self.name()))
    }
}

/// For sentences.
pub(super) const LOGIN: &str = "POST /data/login.cgi";

pub(super) fn login(user: &str, password: &Secret, uid: i64) -> Request {
    let body = format!("user={}&password={}", percent(user), percent(password.expose()));
    let body = Body::Bytes { content_type: "text/plain".to_owned(), bytes: Bytes::from(body) };
    Request::post(format!("/data/login.cgi?uid={uid}"), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_password_goes_as_it_is_and_no_other_changes_the_request() {
        let body = |password: &str| match login("admin", &Secret::new(password), 1).body {
            Some(Body::Bytes { bytes, .. }) => String::from_utf8(bytes.to_vec()).unwrap(),
            _ => panic!("no body"),
        };
        assert_eq!(body("PLACEHOLDER"), "user=admin&password=PLACEHOLDER");
        assert_eq!(body("a&user=root%\"é"), "user=admin&password=a%26user%3Droot%25%22%C3%A9");
        assert_eq!(Document::BatteryData.request(17).path, "/data/batt_data.xml?dcCabNum=1&uid=17");
    }
}
