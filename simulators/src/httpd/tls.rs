//! TLS as devices have it: a certificate of their own making, or a version that is too old.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

// Made for this simulator; they guard nothing. The second is that of the fault `hostkey`.
const CERTIFICATES: [(&str, &str); 2] = [
    (include_str!("certificates/a.crt"), include_str!("certificates/a.key")),
    (include_str!("certificates/b.crt"), include_str!("certificates/b.key")),
];

/// An acceptor of TLS 1.2 and 1.3. Errors: none that a test run meets (a file of this crate that does not parse).
pub fn acceptor(other: bool) -> anyhow::Result<TlsAcceptor> {
    let [first, second] = CERTIFICATES;
    let (certificate, key) = if other { second } else { first };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate.as_bytes())?],
            PrivateKeyDer::from_pem_slice(key.as_bytes())?,
        )?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A server that knows TLS 1.0 and nothing newer: it takes the client's greeting and chooses 1.0 with
/// TLS_RSA_WITH_AES_128_CBC_SHA (RFC 2246 7.4.1.3), then waits for what a client of today never sends.
pub async fn speak_1_0(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await?;
    let [_, _, _, high, low] = head;
    let mut greeting = vec![0; usize::from(u16::from_be_bytes([high, low]))];
    stream.read_exact(&mut greeting).await?;
    let mut hello = vec![0x03, 0x01];
    hello.extend_from_slice(&[0x51; 32]);
    hello.extend_from_slice(&[0x00, 0x00, 0x2f, 0x00]);
    let length = u8::try_from(hello.len()).unwrap_or_default();
    let mut record = vec![0x16, 0x03, 0x01, 0x00, length.saturating_add(4), 0x02, 0x00, 0x00, length];
    record.extend_from_slice(&hello);
    stream.write_all(&record).await?;
    let mut rest = [0; 256];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
