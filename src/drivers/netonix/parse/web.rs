//! Pages with HTTP 200 that mean something else.

use serde_json::Value;

use super::super::platform::REFUSED;

/// Whether the answer to a login refuses it: its page says so, or its JSON.
pub fn is_refused(text: &str) -> bool {
    let denied = || {
        let body: Value = serde_json::from_str(text).ok()?;
        Some(["Success", "success"].iter().any(|name| body.get(name) == Some(&Value::Bool(false))))
    };
    text.contains(REFUSED) || denied().unwrap_or(false)
}

/// Whether a page asks for a password: what a read gets whose session is over.
pub fn is_login_page(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let asks = |quote: char| text.contains(&format!("type={quote}password{quote}"));
    text.contains("<form") && (asks('"') || asks('\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_and_login_pages() {
        assert!(is_refused("<p>Invalid username or password</p>"));
        assert!(is_refused("{\"Success\":false}"));
        for text in ["{\"Success\":true}", "", "<html><body>Netonix</body></html>", "{\"Ports\":[]}"] {
            assert!(!is_refused(text), "{text}");
            assert!(!is_login_page(text), "{text}");
        }
        assert!(is_login_page("<FORM method=post><input name=p type='password'></FORM>"));
    }
}
