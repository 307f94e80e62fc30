//! TLS with a pin in place of a chain of trust.

use std::sync::Arc;

use base64::Engine as _;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::failure;
use crate::model::{Failure, FailureClass};

/// What a server showed.
pub(super) struct Shown {
    /// `SHA256:` and the unpadded base64 of the SHA-256 of its certificate.
    pub fingerprint: String,
    /// Such as `TLSv1_3`.
    pub version: String,
}

/// Believes a certificate for its fingerprint, and its holder for the signature under the handshake.
#[derive(Debug)]
struct PinVerifier {
    /// `None`: any, to see which it is; nothing is sent over such a connection.
    pinned: Option<String>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.pinned {
            Some(pinned) if *pinned != fingerprint(certificate) => {
                Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = ::ring::digest::digest(&::ring::digest::SHA256, certificate);
    format!("SHA256:{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(digest))
}

/// Settings that accept the pinned certificate alone, or any if there is no pin.
pub(super) fn config(pinned: Option<String>) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::new(FailureClass::Internal, format!("no TLS: {error}")))?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(PinVerifier { pinned, provider }))
        .with_no_client_auth())
}

/// Shakes hands over `stream`, sends nothing, and says what the server showed.
pub(super) async fn look(mut stream: TcpStream, name: ServerName<'static>) -> Result<Shown, Failure> {
    let mut connection = ClientConnection::new(Arc::new(config(None)?), name)
        .map_err(|error| Failure::new(FailureClass::Internal, format!("no TLS: {error}")))?;
    let mut incoming = vec![0; 16 * 1024];
    loop {
        flush(&mut connection, &mut stream).await?;
        if !connection.is_handshaking() {
            break;
        }
        let length = stream.read(&mut incoming).await.map_err(|error| failure::of_io(&error))?;
        if length == 0 {
            return Err(Failure::new(FailureClass::Protocol, "the device closed the connection in the TLS handshake"));
        }
        let mut received = incoming.get(..length).unwrap_or_default();
        while !received.is_empty() {
            connection.read_tls(&mut received).map_err(|error| failure::of_io(&error))?;
            if let Err(error) = connection.process_new_packets() {
                // The alert that tells the peer why; that it arrives is not needed.
                let _ = flush(&mut connection, &mut stream).await;
                return Err(failure::of_tls(&error));
            }
        }
    }
    let certificate = connection.peer_certificates().and_then(<[_]>::first);
    let fingerprint = certificate
        .map(fingerprint)
        .ok_or_else(|| Failure::new(FailureClass::Protocol, "the device showed no certificate"))?;
    let version = connection.protocol_version().map_or_else(String::new, |version| format!("{version:?}"));
    connection.send_close_notify();
    let _ = flush(&mut connection, &mut stream).await;
    Ok(Shown { fingerprint, version })
}

async fn flush(connection: &mut ClientConnection, stream: &mut TcpStream) -> Result<(), Failure> {
    let mut outgoing = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut outgoing).map_err(|error| failure::of_io(&error))?;
    }
    stream.write_all(&outgoing).await.map_err(|error| failure::of_io(&error))
}
