//! Protected records of TLS 1.3 (RFC 8446 5.2), made by hand with a session's own keys: those that
//! rustls would not send.

use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rustls::{ConnectionTrafficSecrets, ExtractedSecrets};

/// Bytes of an authentication tag.
const TAG: usize = 16;

/// Makes a session's next records.
pub(super) struct Sealer {
    key: LessSafeKey,
    iv: [u8; NONCE_LEN],
    sequence: u64,
}

impl Sealer {
    /// Goes on where a session stands. `None` where its cipher is not known.
    pub(super) fn new(secrets: ExtractedSecrets) -> Option<Self> {
        let (sequence, secrets) = secrets.tx;
        let (algorithm, key, iv) = match secrets {
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&AES_128_GCM, key, iv),
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&AES_256_GCM, key, iv),
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => (&CHACHA20_POLY1305, key, iv),
            _ => return None,
        };
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key.as_ref()).ok()?);
        Some(Self { key, iv: iv.as_ref().try_into().ok()?, sequence })
    }

    /// The next record, of this type and content. `None` where the content is too long for one.
    pub(super) fn record(&mut self, kind: u8, content: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = [content, &[kind]].concat();
        let len = u16::try_from(sealed.len().checked_add(TAG)?).ok()?.to_be_bytes();
        let mut record = vec![23, 3, 3];
        record.extend(len);
        let mut nonce = self.iv;
        for (byte, part) in nonce.iter_mut().rev().zip(self.sequence.to_be_bytes().iter().rev()) {
            *byte ^= part;
        }
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce, Aad::from(record.as_slice()), &mut sealed).ok()?;
        self.sequence = self.sequence.checked_add(1)?;
        record.extend(sealed);
        Some(record)
    }
}
