//! How long a device that failed is left alone. Pure.

use std::time::Duration;

use crate::model::{Failure, FailureClass};

/// Longest pause, in intervals of the device.
const CAP: u32 = 10;

/// What follows a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Another try after the pause, or when someone asks.
    Try(Duration),
    /// No try before the pause is over, whoever asks: each could bring a locked account nearer.
    Hold(Duration),
    /// No device was touched; what is missing must be set right first. Looked at again after the pause.
    Missing(Duration),
}

/// What follows the `failures`-th failure in a row, 1 being the first, of a device with this interval (not zero).
/// `spread` is between 0 and 1, drawn by the caller: pauses but the longest are up to a fifth longer by it.
pub(super) fn next(failure: &Failure, failures: u32, interval: Duration, refused_pause: Duration, spread: f64) -> Next {
    let cap = interval.saturating_mul(CAP);
    match failure.class {
        FailureClass::AuthRefused => Next::Hold(refused_pause.max(cap)),
        FailureClass::Locked => Next::Hold(failure.retry_after.unwrap_or(refused_pause).max(interval)),
        FailureClass::Validation
        | FailureClass::AddressRefused
        | FailureClass::Forbidden
        | FailureClass::NotNative
        | FailureClass::TemplateMissing
        | FailureClass::TemplateError => Next::Missing(cap),
        FailureClass::Unreachable
        | FailureClass::Timeout
        | FailureClass::SessionLimit
        | FailureClass::ForbiddenReadonly
        | FailureClass::HostKeyChanged
        | FailureClass::DeviceRefused
        | FailureClass::Protocol
        | FailureClass::TlsUnsupported
        | FailureClass::Busy
        | FailureClass::WrongModel
        | FailureClass::Cancelled
        | FailureClass::OutcomeUnknown
        | FailureClass::Interrupted
        | FailureClass::Internal => {
            let doubled = interval.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
            let spread = if spread.is_finite() { spread.clamp(0.0, 1.0) } else { 0.0 };
            Next::Try(
                doubled.min(cap).mul_f64(1.0 + 0.2 * spread).min(cap).max(failure.retry_after.unwrap_or_default()),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);

    fn after(class: FailureClass, failures: u32, spread: f64) -> Next {
        next(&Failure::new(class, "x"), failures, MINUTE, HOUR, spread)
    }

    #[test]
    fn pauses_double_up_to_ten_intervals() {
        let seconds = |failures, spread| match after(FailureClass::Timeout, failures, spread) {
            Next::Try(pause) => pause.as_secs(),
            other => panic!("{other:?}"),
        };
        let plain: Vec<u64> = (1..=7).map(|failures| seconds(failures, 0.0)).collect();
        assert_eq!(plain, [60, 120, 240, 480, 600, 600, 600]);
        assert_eq!((seconds(1, 1.0), seconds(3, 0.5)), (72, 264));
        assert_eq!((seconds(5, 1.0), seconds(u32::MAX, 1.0), seconds(40, f64::NAN)), (600, 600, 600));
    }

    #[test]
    fn refused_credentials_are_not_offered_again_for_long() {
        assert_eq!(after(FailureClass::AuthRefused, 1, 0.0), Next::Hold(HOUR));
        let slow = next(&Failure::new(FailureClass::AuthRefused, "x"), 1, HOUR, HOUR, 0.0);
        assert_eq!(slow, Next::Hold(HOUR * 10));
        let locked = Failure { retry_after: Some(MINUTE * 7), ..Failure::new(FailureClass::Locked, "x") };
        assert_eq!(next(&locked, 1, MINUTE, HOUR, 0.0), Next::Hold(MINUTE * 7));
        assert_eq!(after(FailureClass::Locked, 1, 0.0), Next::Hold(HOUR));
    }

    #[test]
    fn what_is_missing_is_no_fault_of_the_device() {
        assert_eq!(after(FailureClass::Validation, 1, 0.0), Next::Missing(MINUTE * 10));
    }
}
