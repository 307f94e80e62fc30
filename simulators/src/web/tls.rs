//! TLS as small devices have it: a certificate of their own making, or a TLS that nobody speaks any more.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::certificate;

/// The certificate that the device has, and the one that it has under the fault `hostkey`.
pub struct Identities {
    own: TlsAcceptor,
    other: TlsAcceptor,
}

impl Identities {
    /// Makes both. Errors: no randomness.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        Ok(Self { own: acceptor(name)?, other: acceptor(name)? })
    }

    /// Shakes hands with one of them.
    pub fn acceptor(&self, another: bool) -> &TlsAcceptor {
        if another { &self.other } else { &self.own }
    }
}

fn acceptor(name: &str) -> anyhow::Result<TlsAcceptor> {
    let (certificate, key) = certificate::self_signed(name)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Answers a greeting as a server that knows TLS 1.0 only: with that version and an RSA cipher. A modern client ends
/// the handshake there.
pub async fn answer_as_tls_1_0(mut stream: TcpStream) -> io::Result<()> {
    let mut greeting = vec![0; 4096];
    if stream.read(&mut greeting).await? == 0 {
        return Ok(());
    }
    // Version 3.1, 32 bytes of chance, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    let mut hello = vec![0x03, 0x01];
    hello.extend([0x5a; 32]);
    hello.extend([0x00, 0x00, 0x2f, 0x00]);
    let mut record = vec![0x16, 0x03, 0x01, 0x00, 0x2a, 0x02, 0x00, 0x00, 0x26];
    record.extend(hello);
    stream.write_all(&record).await?;
    while stream.read(&mut greeting).await? > 0 {}
    Ok(())
}
