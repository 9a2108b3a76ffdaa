//! Key exchange over secp521r1, which ring lacks. Some servers agree on nothing else, and in TLS 1.2 a
//! server may show a key on this curve only to clients that name it (RFC 8422 5.1). Offered last.

use p521::elliptic_curve::point::AffineCoordinates as _;
use p521::elliptic_curve::sec1::ToSec1Point as _;
use p521::{ProjectivePoint, PublicKey, SecretKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};

/// Bytes of a scalar: 65 and one bit.
const SCALAR: usize = 66;

/// The group.
pub(super) static SECP521R1: &dyn SupportedKxGroup = &Secp521r1;

#[derive(Debug)]
struct Secp521r1;

impl SupportedKxGroup for Secp521r1 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut scalar = [0; SCALAR];
        SystemRandom::new().fill(&mut scalar).map_err(|_| GetRandomFailed)?;
        scalar[0] &= 1;
        // Zero, or beyond the order: one in 2^260.
        let secret = SecretKey::from_slice(&scalar).map_err(|_| GetRandomFailed)?;
        let public = secret.public_key().to_sec1_point(false).as_bytes().to_vec();
        Ok(Box::new(Exchange { secret, public }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

struct Exchange {
    secret: SecretKey,
    public: Vec<u8>,
}

impl ActiveKeyExchange for Exchange {
    /// The x coordinate of the shared point, leading zeros included (RFC 8446 7.4.2, RFC 8422 5.10).
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        // Uncompressed points alone (RFC 8446 4.2.8.2); the key's constructor checks that it is on the curve.
        let peer = Some(peer).filter(|peer| peer.first() == Some(&4));
        let Some(Ok(peer)) = peer.map(PublicKey::from_sec1_bytes) else {
            return Err(PeerMisbehaved::InvalidKeyShare.into());
        };
        let shared = ProjectivePoint::from(*peer.as_affine()) * *self.secret.to_nonzero_scalar();
        Ok(SharedSecret::from(shared.to_affine().x().as_slice()))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_come_to_the_same() {
        let (one, two) = (SECP521R1.start().unwrap(), SECP521R1.start().unwrap());
        let (first, second) = (one.pub_key().to_vec(), two.pub_key().to_vec());
        let (one, two) = (one.complete(&second).unwrap(), two.complete(&first).unwrap());
        assert_eq!((one.secret_bytes(), one.secret_bytes().len()), (two.secret_bytes(), SCALAR));
        let mut off = first.clone();
        *off.last_mut().unwrap() ^= 1;
        for wrong in [&[][..], &[0], &[4], &off, &first[..132], &[&[2 + (first[132] & 1)], &first[1..67]].concat()] {
            assert!(SECP521R1.start().unwrap().complete(wrong).is_err(), "{wrong:?}");
        }
    }
}
