//! Whether the other end of a hop answers.

use std::time::Duration;

use super::Deps;
use crate::model::{Failure, FailureClass};
use crate::transport::{Target, ssh};

/// A radio that is up greets at once, also over a slow path.
const LIMIT: Duration = Duration::from_secs(5);

/// By the greeting of its SSH server: one that is still booting may accept a connection already.
///
/// # Errors
/// `Cancelled`: nothing is known then.
pub(super) async fn answers(deps: &Deps<'_>, far: &Target) -> Result<bool, Failure> {
    match ssh::greets(&deps.cx, far, deps.ssh, LIMIT).await {
        Ok(()) => Ok(true),
        Err(failure) if failure.class == FailureClass::Cancelled => Err(failure),
        Err(_) => Ok(false),
    }
}
