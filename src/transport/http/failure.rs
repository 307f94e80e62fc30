//! What an error of the HTTP stack means, told by its types.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription, CertificateError, Error as Tls};

use crate::model::{Failure, FailureClass};
use crate::report::Chain;

/// An error of TLS.
pub(super) fn of_tls(error: &Tls) -> Failure {
    match error {
        Tls::PeerIncompatible(_)
        | Tls::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => Failure::new(
            FailureClass::TlsUnsupported,
            format!(
                "the device speaks no TLS that this daemon speaks: 1.2 with ECDHE, or 1.3 ({error}); update its firmware, or give it SNMP credentials or its plain HTTP port in the inventory"
            ),
        ),
        Tls::InvalidCertificate(CertificateError::ApplicationVerificationFailure) => Failure::new(
            FailureClass::HostKeyChanged,
            "the device shows another TLS certificate than it did just before",
        ),
        Tls::InvalidCertificate(why) => Failure::new(
            FailureClass::TlsUnsupported,
            format!(
                "the device's TLS certificate cannot be used ({why:?}): it must be of X.509 version 3 with an EC key or an RSA key of 2,048 bits; make a new one on the device"
            ),
        ),
        Tls::InvalidMessage(_) => {
            Failure::new(FailureClass::Protocol, format!("the device does not speak TLS on this port ({error})"))
        }
        _ => Failure::new(FailureClass::Protocol, format!("TLS failed: {error}")),
    }
}

/// An error of the socket.
pub(super) fn of_io(error: &io::Error) -> Failure {
    if let Some(tls) = in_chain(error) {
        return of_tls(tls);
    }
    let class = match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable => FailureClass::Unreachable,
        io::ErrorKind::TimedOut => FailureClass::Timeout,
        _ => FailureClass::Protocol,
    };
    Failure::new(class, error.to_string())
}

/// An error of reqwest. The URL is taken out: a query may hold a secret.
pub(super) fn of_reqwest(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if let Some(tls) = in_chain(&error) {
        return of_tls(tls);
    }
    let class = match () {
        () if error.is_connect() => FailureClass::Unreachable,
        () if error.is_timeout() => FailureClass::Timeout,
        () if error.is_builder() => FailureClass::Validation,
        () => FailureClass::Protocol,
    };
    Failure::new(class, Chain(&error).to_string())
}

/// The TLS error among the causes. An `io::Error` hides what it wraps from `source`.
fn in_chain<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Tls> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<Tls>() {
            return Some(tls);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use rustls::PeerIncompatible;

    use super::*;

    #[test]
    fn a_tls_error_is_found_below_io_errors() {
        let wrapped = io::Error::other(io::Error::other(Tls::AlertReceived(AlertDescription::ProtocolVersion)));
        assert_eq!(of_io(&wrapped).class, FailureClass::TlsUnsupported);
        let old = Tls::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13);
        assert_eq!(of_tls(&old).class, FailureClass::TlsUnsupported);
        let changed = Tls::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
        assert_eq!(of_io(&io::Error::other(changed)).class, FailureClass::HostKeyChanged);
        assert_eq!(of_io(&io::ErrorKind::ConnectionRefused.into()).class, FailureClass::Unreachable);
    }
}
