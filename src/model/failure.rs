//! Why something did not happen: a class to decide by, a sentence to read.

use std::time::Duration;

/// The class decides what may follow (retry, observe, stop); nothing decides by words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// No connection: refused, no route, no answer to the first packet.
    Unreachable,
    /// It connected, or was asked, and did not answer in time. Partial output is thrown away.
    Timeout,
    /// The device refused the credentials. Never retried with the same ones.
    AuthRefused,
    /// The account is locked; see [`Failure::retry_after`].
    Locked,
    /// The device has no free session.
    SessionLimit,
    /// The account may not do this.
    ForbiddenReadonly,
    /// The device shows another identity than the one pinned.
    HostKeyChanged,
    /// The device understood and said no; the sentence carries its words, redacted.
    DeviceRefused,
    /// The device answered something that its family does not say, or too much of it.
    Protocol,
    /// The device speaks only a TLS or SSH that is not allowed for it.
    TlsUnsupported,
    /// Another job or person is at work on the device.
    Busy,
    /// The device is not the model that was asked for.
    WrongModel,
    /// Stopped because someone asked.
    Cancelled,
    /// A command with an effect was sent and its answer never came: only an observation may follow.
    OutcomeUnknown,
    /// The request is wrong; no device was touched.
    Validation,
    /// The address is not one that this daemon may speak to; no device was touched.
    AddressRefused,
    /// The submitting key lacks a scope that this payload needs; no device was touched.
    Forbidden,
    /// A maintenance window is closed, or a black-out is on; no device was touched.
    OutsideWindow,
    /// The action is not native yet; no device was touched.
    NotNative,
    /// The operator has supplied no template for what was asked (a conflict, 409, where a request is answered at once).
    TemplateMissing,
    /// A template of the operator is wrong; no device was touched.
    TemplateError,
    /// The daemon stopped in the middle of a step that cannot begin again.
    Interrupted,
    /// Our own fault.
    Internal,
}

impl FailureClass {
    /// The wire form, as it stands before the colon of a job's error.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureClass::Unreachable => "unreachable",
            FailureClass::Timeout => "timeout",
            FailureClass::AuthRefused => "auth_failed",
            FailureClass::Locked => "locked",
            FailureClass::SessionLimit => "session_limit",
            FailureClass::ForbiddenReadonly => "forbidden_readonly",
            FailureClass::HostKeyChanged => "host_key_changed",
            FailureClass::DeviceRefused => "device_refused",
            FailureClass::Protocol => "protocol_error",
            FailureClass::TlsUnsupported => "tls_unsupported",
            FailureClass::Busy => "busy",
            FailureClass::WrongModel => "wrong_model",
            FailureClass::Cancelled => "cancelled",
            FailureClass::OutcomeUnknown => "outcome_unknown",
            FailureClass::Validation => "validation_error",
            FailureClass::AddressRefused => "address_refused",
            FailureClass::Forbidden => "forbidden",
            FailureClass::OutsideWindow => "outside_window",
            FailureClass::NotNative => "not_native",
            FailureClass::TemplateMissing => "template_missing",
            FailureClass::TemplateError => "template_error",
            FailureClass::Interrupted => "interrupted",
            FailureClass::Internal => "internal",
        }
    }

    /// Whether the same request may be tried once more at once: only where nothing can have happened.
    pub fn may_retry(self) -> bool {
        matches!(self, FailureClass::Unreachable | FailureClass::Protocol)
    }
}

/// A failure: its class, and a sentence that says what, which device, why and what to do. No secret in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{class}: {sentence}", class = class.as_str())]
pub struct Failure {
    /// To decide by.
    pub class: FailureClass,
    /// To read.
    pub sentence: String,
    /// For [`FailureClass::Locked`] and the like: when to come back.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure of a class with its sentence.
    pub fn new(class: FailureClass, sentence: impl Into<String>) -> Self {
        Self { class, sentence: sentence.into(), retry_after: None }
    }

    /// The request is wrong; names the field.
    pub fn validation(sentence: impl Into<String>) -> Self {
        Self::new(FailureClass::Validation, sentence)
    }

    /// Puts "which device" in front of the sentence, once, at the boundary where it is known.
    #[must_use]
    pub fn at(mut self, device: &str) -> Self {
        if !self.sentence.starts_with(device) {
            self.sentence = format!("{device}: {}", self.sentence);
        }
        self
    }
}
