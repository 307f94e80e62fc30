//! A secret has a type: it prints as `***` everywhere and is wiped when dropped.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

/// What a secret looks like wherever it is shown.
pub const MASK: &str = "***";

/// A secret value. `Debug`, `Display` and `Serialize` print `***`; [`Secret::expose`] is the only way in,
/// and is called at the last moment, where bytes go to a device.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text; the original is the caller's to wipe.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself. Never pass it to a formatter.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether the secret is the empty string (a factory-fresh device).
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
        assert_eq!(secret.expose(), "hunter2");
    }
}
