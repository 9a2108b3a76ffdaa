//! Reads the server's first flight as far as its certificates: records put together to handshake
//! messages (RFC 5246 6.2.1, 7.4). Every length is checked against a limit before it is believed.

use super::hello::suite_name;
use super::{LegacyFailure, Offer, Shown};

/// What may come before the certificates end, handshake bytes.
const MAX_FLIGHT: usize = 64 * 1024;
/// The largest plaintext record (RFC 5246 6.2.1).
const MAX_RECORD: usize = 1 << 14;
/// Records before the certificates end; one byte a record is legal, but nobody means well by it.
const MAX_RECORDS: u32 = 4096;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const WARNING: u8 = 1;
const CLOSE_NOTIFY: u8 = 0;

/// What was read so far.
pub(super) struct Flight {
    offer: Offer,
    /// Bytes of records that are not complete yet.
    raw: Vec<u8>,
    /// Bytes of handshake messages that are not complete yet.
    handshake: Vec<u8>,
    /// Handshake bytes so far.
    total: usize,
    records: u32,
    /// Version and suite of the ServerHello, once it came.
    chosen: Option<(String, String)>,
}

/// Whether more has to be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It has.
    More,
    /// The certificates are there.
    Done(Shown),
}

impl Flight {
    pub(super) fn new(offer: Offer) -> Self {
        Self { offer, raw: Vec::new(), handshake: Vec::new(), total: 0, records: 0, chosen: None }
    }

    /// Takes what came from the network, in pieces of any size.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Progress, LegacyFailure> {
        self.raw.extend(bytes);
        while let Some((kind, payload)) = self.next_record()? {
            match kind {
                HANDSHAKE => {
                    self.total = self.total.saturating_add(payload.len());
                    if self.total > MAX_FLIGHT {
                        return Err(LegacyFailure::TooLarge);
                    }
                    self.handshake.extend(payload);
                    if let Progress::Done(shown) = self.messages()? {
                        return Ok(Progress::Done(shown));
                    }
                }
                ALERT => match payload.as_slice() {
                    [WARNING, CLOSE_NOTIFY] => return Err(LegacyFailure::Closed),
                    [WARNING, _] => {} // `unrecognized_name` is often sent and nothing comes of it
                    [_, code] => return Err(LegacyFailure::Alert(*code)),
                    _ => return Err(LegacyFailure::Protocol("an alert that is not two bytes long")),
                },
                _ => return Err(LegacyFailure::Protocol("another message before the certificate")),
            }
        }
        Ok(Progress::More)
    }

    fn next_record(&mut self) -> Result<Option<(u8, Vec<u8>)>, LegacyFailure> {
        // Judged by the first bytes there are: cleartext HTTP may be shorter than a record's head.
        if self.raw.first().is_some_and(|kind| !(20..=24).contains(kind)) || self.raw.get(1).is_some_and(|v| *v != 3) {
            return Err(LegacyFailure::NotTls);
        }
        let Some(&[kind, _, _, high, low]) = self.raw.first_chunk() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > MAX_RECORD {
            return Err(LegacyFailure::Protocol("a record longer than 16 KiB"));
        }
        let end = length.saturating_add(5);
        let Some(payload) = self.raw.get(5..end).map(<[u8]>::to_vec) else { return Ok(None) };
        self.raw.drain(..end);
        self.records = self.records.saturating_add(1);
        if self.records > MAX_RECORDS {
            return Err(LegacyFailure::TooLarge);
        }
        Ok(Some((kind, payload)))
    }

    /// Takes the whole messages out of the handshake bytes.
    fn messages(&mut self) -> Result<Progress, LegacyFailure> {
        while let Some(&[kind, a, b, c]) = self.handshake.first_chunk() {
            let length = int24([a, b, c]);
            if length > MAX_FLIGHT {
                return Err(LegacyFailure::TooLarge);
            }
            let end = length.saturating_add(4);
            let Some(body) = self.handshake.get(4..end).map(<[u8]>::to_vec) else { break };
            self.handshake.drain(..end);
            match (kind, &self.chosen) {
                (0, _) => {} // hello_request: to be ignored here (RFC 5246 7.4.1.1)
                (2, None) => self.chosen = Some(server_hello(&body, self.offer)?),
                (11, Some((version, suite))) => {
                    return Ok(Progress::Done(Shown {
                        version: version.clone(),
                        suite: suite.clone(),
                        certificates: certificates(&body)?,
                    }));
                }
                (12..=14, Some(_)) => return Err(LegacyFailure::NoCertificate),
                _ => return Err(LegacyFailure::Protocol("a handshake message out of order")),
            }
        }
        Ok(Progress::More)
    }
}

fn int24([a, b, c]: [u8; 3]) -> usize {
    usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c)
}

/// Version and suite, in words.
fn server_hello(body: &[u8], offer: Offer) -> Result<(String, String), LegacyFailure> {
    const SHORT: LegacyFailure = LegacyFailure::Protocol("a ServerHello that ends early");
    let (&version, rest) = body.split_first_chunk::<2>().ok_or(SHORT)?;
    let (_random, rest) = rest.split_at_checked(32).ok_or(SHORT)?;
    let (&session_length, rest) = rest.split_first().ok_or(SHORT)?;
    if session_length > 32 {
        return Err(LegacyFailure::Protocol("a session id longer than 32 bytes"));
    }
    let (_session, rest) = rest.split_at_checked(session_length.into()).ok_or(SHORT)?;
    let (&suite, _) = rest.split_first_chunk::<2>().ok_or(SHORT)?;

    let version = match (version, offer) {
        ([3, 0], _) => "SSLv3",
        ([3, 1], _) => "TLSv1.0",
        ([3, 2], _) => "TLSv1.1",
        ([3, 3], Offer::RsaKeyExchange) => "TLSv1.2",
        _ => return Err(LegacyFailure::Protocol("the server chose a version that was not offered")),
    };
    let number = u16::from_be_bytes(suite);
    let suite = suite_name(offer, number).map_or_else(|| format!("0x{number:04X}"), str::to_owned);
    Ok((version.to_owned(), suite))
}

/// The certificate list (RFC 5246 7.4.2).
fn certificates(body: &[u8]) -> Result<Vec<Vec<u8>>, LegacyFailure> {
    const BROKEN: LegacyFailure = LegacyFailure::Protocol("a Certificate message whose lengths do not add up");
    let (&length, mut list) = body.split_first_chunk::<3>().ok_or(BROKEN)?;
    if int24(length) != list.len() {
        return Err(BROKEN);
    }
    let mut out = Vec::new();
    while !list.is_empty() {
        let (&length, rest) = list.split_first_chunk::<3>().ok_or(BROKEN)?;
        let (der, rest) = rest.split_at_checked(int24(length)).ok_or(BROKEN)?;
        out.push(der.to_vec());
        list = rest;
    }
    if out.is_empty() { Err(LegacyFailure::NoCertificate) } else { Ok(out) }
}
