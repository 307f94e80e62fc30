//! A mistake in a file that a person wrote, with its place.

use std::fmt;
use std::path::PathBuf;

/// One mistake. Prints as `file:line:column: message`. The message never repeats the value of a place where a secret
/// may stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file; `environment` for a variable.
    pub file: PathBuf,
    /// Line, from 1; 0 where the mistake is the whole file's.
    pub line: u64,
    /// Column in characters, from 1; 0 where unknown.
    pub column: u64,
    /// What is wrong and what to write.
    pub message: String,
}

impl Mistake {
    /// A mistake of a whole file, or of a variable.
    pub fn of_file(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: 0, column: 0, message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        write!(f, ": {}", self.message)
    }
}
