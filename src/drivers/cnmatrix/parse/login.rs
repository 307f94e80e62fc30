//! What the login answers.

use scraper::{Html, Selector};

use crate::drivers::cnmatrix::platform::{KEY_SCRIPT, REFUSED};
use crate::model::Secret;

/// What came of a login.
#[derive(Debug, Clone)]
pub enum Login {
    /// The session's name.
    Open(Secret),
    /// The page says `ERROR`. A session that it names all the same is to be closed.
    Refused(Option<Secret>),
    /// The login page of a build that wants the password encrypted.
    Encrypted,
    /// Another page.
    Unmet,
}

/// Reads the page.
pub fn login(page: &str) -> Login {
    let document = Html::parse_document(page);
    let gambit = Selector::parse("input[name=\"Gambit\"]").ok().and_then(|input| {
        let value = document.select(&input).next()?.value().attr("value")?;
        (!value.is_empty()).then(|| Secret::new(value))
    });
    match gambit {
        gambit if page.contains(REFUSED) => Login::Refused(gambit),
        Some(gambit) => Login::Open(gambit),
        None if page.contains(KEY_SCRIPT) => Login::Encrypted,
        None => Login::Unmet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_status_200_and_the_page_decides() {
        let page = "<html><form action=\"/iss/specific/landing.html\"><input type=\"hidden\" name=\"Gambit\" \
                    value=\"0123abcd\"></form></html>";
        assert!(matches!(login(page), Login::Open(gambit) if gambit.expose() == "0123abcd"));
        assert!(matches!(login("<html>ERROR: Invalid password</html>"), Login::Refused(None)));
        assert!(matches!(login(&page.replace("<form", "ERROR<form")), Login::Refused(Some(_))));
        assert!(matches!(login(&page.replace("0123abcd", "")), Login::Unmet));
        let encrypted = "<html><script src=\"/web_pub_key_data.js\"></script></html>";
        assert!(matches!(login(encrypted), Login::Encrypted));
        assert!(matches!(login("<html>Bitte anmelden</html>"), Login::Unmet));
    }
}
