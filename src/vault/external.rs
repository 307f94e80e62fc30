//! Secrets that lie outside the vault: `env:NAME` and `file:PATH`.

use std::fs::File;
use std::io::Read as _;

use zeroize::Zeroizing;

use crate::model::{Secret, SecretRef};

/// Private keys have a few kilobytes; more is a wrong path.
const FILE_MAX: u64 = 64 * 1024;

/// A reference that leads nowhere. Names the place, never the content.
#[derive(Debug, thiserror::Error)]
pub enum ExternalError {
    /// `secret:NAME` is the store's and the vault's business.
    #[error("secret '{0}' lies in the vault, not outside")]
    InVault(String),
    /// The variable is not set.
    #[error("environment variable {0} is not set for the daemon; set it, or correct the reference env:{0}")]
    NoVariable(String),
    /// The file cannot be read.
    #[error("the secret file {path} cannot be read")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is too long or not text.
    #[error("the secret file {0} is not a text of at most 64 KiB")]
    NotText(String),
}

/// Opens an `env:` or `file:` reference. `variable` looks a name up in the captured environment. Of a file one
/// trailing line end is not part of the secret. Blocks while reading: a small local file.
pub fn external(reference: &SecretRef, variable: impl Fn(&str) -> Option<Secret>) -> Result<Secret, ExternalError> {
    match reference {
        SecretRef::Vault(name) => Err(ExternalError::InVault(name.clone())),
        SecretRef::Env(name) => variable(name).ok_or_else(|| ExternalError::NoVariable(name.clone())),
        SecretRef::File(path) => read(path),
    }
}

fn read(path: &str) -> Result<Secret, ExternalError> {
    let unreadable = |source| ExternalError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let too_long = u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_MAX;
    let text = std::str::from_utf8(&bytes).ok().filter(|_| !too_long);
    let text = text.ok_or_else(|| ExternalError::NotText(path.to_owned()))?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(Secret::new(text))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write secret files")]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<Secret> {
        (name == "RADIO").then(|| Secret::new("from env"))
    }

    #[test]
    fn a_variable_is_found_or_named() {
        let found = external(&SecretRef::Env("RADIO".into()), variable).unwrap();
        assert_eq!(found.expose(), "from env");
        let error = external(&SecretRef::Env("OTHER".into()), variable).unwrap_err();
        assert!(error.to_string().contains("OTHER"));
        assert!(matches!(external(&SecretRef::Vault("x".into()), variable), Err(ExternalError::InVault(_))));
    }

    #[test]
    fn one_line_end_of_a_file_is_not_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (content, secret) in
            [("pass\n", "pass"), ("pass\r\n", "pass"), ("pass", "pass"), ("pass\n\n", "pass\n"), (" a ", " a ")]
        {
            std::fs::write(&path, content).unwrap();
            let found = external(&SecretRef::File(path.to_str().unwrap().into()), variable).unwrap();
            assert_eq!(found.expose(), secret);
        }
        std::fs::write(&path, vec![b'a'; 65 * 1024]).unwrap();
        assert!(matches!(
            external(&SecretRef::File(path.to_str().unwrap().into()), variable),
            Err(ExternalError::NotText(_))
        ));
        std::fs::write(&path, [0xff]).unwrap();
        assert!(matches!(
            external(&SecretRef::File(path.to_str().unwrap().into()), variable),
            Err(ExternalError::NotText(_))
        ));
        let error = external(&SecretRef::File("/nonexistent/secret".into()), variable).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/secret"));
    }
}
