//! What the login answers.

/// What came of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// `0`.
    Open,
    /// Another number.
    Refused,
    /// Something that is no number: not this equipment, or not this firmware.
    Unmet,
}

/// Reads the answer.
pub fn login(text: &str) -> Login {
    match text.trim() {
        "0" => Login::Open,
        code if (1..=4).contains(&code.len())
            && code.bytes().any(|byte| byte.is_ascii_digit())
            && code.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Login::Refused
        }
        _ => Login::Unmet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_open_and_a_page_is_not_known() {
        assert_eq!((login("0"), login(" 0\r\n")), (Login::Open, Login::Open));
        assert_eq!((login("1"), login("-1"), login("12\n")), (Login::Refused, Login::Refused, Login::Refused));
        for text in ["", "00000", "<html>0</html>", "0 errors", "OK", "０"] {
            assert_eq!(login(text), Login::Unmet, "{text}");
        }
    }
}
