//! What the end of a step means for its job: a pure decision.

use jiff::Timestamp;
use serde_json::Value;

use crate::actions::{Done, StepError};
use crate::model::{FailureClass, JobStatus, Level};
use crate::store::StepEnd;

/// Why a step that ended with "stopped" was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Someone cancelled the job.
    Asked,
    /// The service is stopping.
    Service,
}

/// The text of the contract for a job that a restart cut off.
pub(super) const INTERRUPTED: &str = "Job interrupted by service restart";

/// How a job ends, or waits, and what is said about it.
pub(super) fn settle(done: Result<Done, StepError>, stop: Stop, step: Option<Value>) -> (StepEnd, Level, String) {
    match done {
        Ok(Done::Result(result)) => {
            (finish(JobStatus::Success, Some(result), None), Level::Success, "Action completed".to_owned())
        }
        Ok(Done::Wait { step, wake_at, why }) => (StepEnd::Wait { step, wake_at }, Level::Info, why),
        Err(error) if error.class == FailureClass::Cancelled && stop == Stop::Service => {
            // Due at once, also where the clock has been set back when the service starts again.
            let end = StepEnd::Wait { step: step.unwrap_or(Value::Null), wake_at: Timestamp::UNIX_EPOCH };
            (end, Level::Info, "The service is stopping; the job continues when it is back".to_owned())
        }
        Err(error) if error.class == FailureClass::Cancelled => {
            let message = format!("Cancelled: {}", error.text);
            (finish(JobStatus::Cancelled, None, None), Level::Warning, message)
        }
        Err(error) => {
            let message = error.text.clone();
            (finish(JobStatus::Error, None, Some(error)), Level::Error, message)
        }
    }
}

fn finish(status: JobStatus, result: Option<Value>, error: Option<StepError>) -> StepEnd {
    let (error, error_class) = error.map_or((None, None), |e| (Some(e.text), Some(e.class.as_str().to_owned())));
    StepEnd::Finish { status, result, error, error_class }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Failure;

    fn cancelled() -> Result<Done, StepError> {
        Err(Failure::new(FailureClass::Cancelled, "stopped before the next command, as asked").into())
    }

    #[test]
    fn a_stop_of_the_service_is_no_cancel() {
        let (end, ..) = settle(cancelled(), Stop::Service, None);
        assert!(matches!(end, StepEnd::Wait { .. }));
        let (end, level, _) = settle(cancelled(), Stop::Asked, None);
        assert!(matches!(end, StepEnd::Finish { status: JobStatus::Cancelled, .. }));
        assert_eq!(level, Level::Warning);
    }

    #[test]
    fn a_device_failure_is_a_failed_job_with_class_and_sentence() {
        let failure = Failure::new(FailureClass::Unreachable, "r1 (127.1.0.1): connection refused");
        let (end, level, message) = settle(Err(failure.into()), Stop::Asked, None);
        assert_eq!(level, Level::Error);
        assert_eq!(message, "unreachable: r1 (127.1.0.1): connection refused");
        let StepEnd::Finish { status, result, error, error_class } = end else { panic!("not finished") };
        assert_eq!((status, result), (JobStatus::Error, None));
        assert_eq!(error.as_deref(), Some(message.as_str()));
        assert_eq!(error_class.as_deref(), Some("unreachable"));
    }
}
