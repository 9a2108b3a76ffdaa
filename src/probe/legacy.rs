//! Servers that speak only what current clients refuse: TLS 1.1 and older, or TLS 1.2 without
//! forward secrecy. rustls has none of it and gets an alert before any certificate. In these
//! versions ServerHello and Certificate come in cleartext, so a hand-made ClientHello is enough to
//! read version, cipher suite and chain. No key is ever agreed: the connection is dropped there.
//!
//! Asked only after rustls failed with an alert or a protocol error.

mod hello;
mod reader;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::cert::served;
use crate::chain::Obsolete;
use crate::link::Host;
use reader::{Flight, Progress};

/// What the ClientHello offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// TLS 1.1 at most, with every kind of key exchange (RFC 4346).
    Tls11,
    /// TLS 1.2 at most, with RSA and finite-field Diffie-Hellman key exchange alone (RFC 5246):
    /// what apps have dropped and old servers are left with.
    RsaKeyExchange,
}

/// Why nothing was learnt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LegacyFailure {
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(std::io::ErrorKind),
    /// Closed before the certificate.
    #[error("the server closed the connection")]
    Closed,
    /// The server does not speak this either (RFC 5246 7.2).
    #[error("the server sent alert {0}")]
    Alert(u8),
    /// What came is no TLS record.
    #[error("the answer is not TLS")]
    NotTls,
    /// More than 64 KiB before the end of the certificates.
    #[error("the answer is larger than is accepted")]
    TooLarge,
    /// The server chose what was not offered, or its messages cannot be read.
    #[error("the server broke the protocol: {0}")]
    Protocol(&'static str),
    /// The handshake goes on without a certificate (an anonymous suite).
    #[error("the server shows no certificate")]
    NoCertificate,
    /// The system gave no random bytes.
    #[error("no random bytes")]
    NoRandom,
}

/// What a server chose and showed, before its certificates are looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    /// As in [`Obsolete::version`].
    version: String,
    /// As in [`Obsolete::suite`].
    suite: String,
    /// The certificates, leaf first, DER.
    certificates: Vec<Vec<u8>>,
}

/// Offers what current clients refuse, and reads what the server makes of it. `stream` is fresh
/// TCP; the caller sets the deadline. `host` goes into SNI where it is a name.
pub async fn ask<S>(stream: S, host: &Host, offer: Offer) -> Result<Obsolete, LegacyFailure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Shown { version, suite, certificates } = exchange(stream, host, offer).await?;
    Ok(Obsolete { version, suite, served: Arc::new(served(certificates.iter().map(Vec::as_slice))) })
}

/// One ClientHello there, the server's flight back as far as its certificates.
async fn exchange<S>(mut stream: S, host: &Host, offer: Offer) -> Result<Shown, LegacyFailure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let io = |error: std::io::Error| LegacyFailure::Io(error.kind());
    let mut random = [0; 32];
    SystemRandom::new().fill(&mut random).map_err(|_| LegacyFailure::NoRandom)?;
    stream.write_all(&hello::client_hello(host, offer, random)).await.map_err(io)?;
    stream.flush().await.map_err(io)?;

    let mut flight = Flight::new(offer);
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).await.map_err(io)?;
        if n == 0 {
            return Err(LegacyFailure::Closed);
        }
        if let Progress::Done(shown) = flight.push(buffer.get(..n).unwrap_or_default())? {
            return Ok(shown);
        }
    }
}
