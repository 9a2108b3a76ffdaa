//! RSA as it must not be used any more: a 1024-bit key and SHA-1 signatures, which ring refuses to
//! make. The keys below are throwaways, generated for this file; they protect nothing.

use ring::digest::{Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

use crate::lab::der;

/// A key: modulus and private exponent, in hex.
#[derive(Clone, Copy, Debug)]
pub(super) struct RsaKey {
    modulus: &'static str,
    exponent: &'static str,
}

/// 1024 bits: below what any client accepts.
pub(super) const SHORT: RsaKey = RsaKey {
    modulus: "a08f1ba8d7bdc5138f517c2df9b19cb720e8edb27b29ba9f8f07335a9240d018957702c20f1a79cc6b211fa032cc064f\
        0cac17c6a351a916f75a445d746d218bff3975947e4bf5cc9859d9bc8e41639fc577919402eebb6d34d5e631eb3bb314\
        98d42d3842268dfd05ae2cad3216cdbb1334c853d6b9dcb9d6112b7ee9bd8549",
    exponent: "0f0cbafbfd94f5271b34f91dda1cd2e2bb7bf9e3d3f59a5fa0697d5fccfbb445c9a4c926658206cea9700665debd0f0e\
        53d2c1bbc5cd3ebb3f5e3fb03edc87db508096a859448cea99b2f4bad32ca11f26ce1c4f10bd0fa2b9608866354d9253\
        91e8b121d55d0c10103534ab3796cae04e6318b62057342edc84ef40634a81ed",
};

/// 2048 bits: sound by itself.
pub(super) const LONG: RsaKey = RsaKey {
    modulus: "c39664a99378470a05ee95b123ffe2ad060878b6dd03ed7d8a9ceae84d41325850380c004e339b62d23c7326bfbd3d32\
        7aebbb742174c4e4b2dea34439e4bceca5c9016db38bef038b94f31181172736e6c37c27d93cc08eda3b409f81eb8993\
        ae9070beba059858aadd15648ae99ac2a1aa4c34ba66baf40d499aeaf6f52c5789c5ee993c58d5fd14344d43b1430708\
        2b5b4db8b04690823eae7ee2578215dcacbbec5fef46903829209bd3c84192d302543b05ee8f0752aa3550b5ada30fb9\
        2c574eb510e669dc84977afa5112eb91bfc83698ccfd1c1dd322d901e7917e9d86f612804d9d66f9b95e7afad53e38af\
        de863e0728c2c9b5f5a2bb4a3f5b42e5",
    exponent: "018ae839b2e1cf38c4fafe5b2e0f8afe642565be9fc3460f7f076a299aaaaadd97853c806c8b302816e90b3751212eed\
        fce36ade096f5f3a521cb1c69a166f39742a49025962118d34b6bb9155e1eb79390ea4b86f06283fa39d7eaa3c8a9f5b\
        4494726b32ae0b4298a0658d430feeaede15e8f17560c38bc99453c9a5d8c5f8a3168587b0f73cd214f2dbd3dac34aca\
        61371fb8907d3078e3163eccf12f21fa7b48595f155486b1946212e84eb8de5db9be6cf0dfcf3f09854f07d7a3ea9ccc\
        28ea5a0a482b4fdaea8538dd4d67b754f381116b5b91acb9c03e58ea54cdfb4f89c957abc311944ba9bdd8efc80b2762\
        7a7ee2d8dddc425ed8a200ebd6a82fa9",
};

/// DigestInfo before a SHA-1 digest (RFC 8017 9.2, note 1).
const SHA1_INFO: &[u8] = &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

/// DigestInfo before a SHA-256 digest.
const SHA256_INFO: &[u8] =
    &[0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

impl RsaKey {
    /// The RSAPublicKey structure (RFC 8017 A.1.1).
    pub(super) fn public_der(self) -> Vec<u8> {
        der::sequence(&[&der::integer(&unhex(self.modulus)), &der::integer(&[1, 0, 1])])
    }

    /// A PKCS #1 v1.5 signature over the SHA-1 digest.
    pub(super) fn sign_sha1(self, message: &[u8]) -> Vec<u8> {
        self.sign_pkcs1(SHA1_INFO, digest(&SHA1_FOR_LEGACY_USE_ONLY, message))
    }

    fn sign_pkcs1(self, info: &[u8], digest: Digest) -> Vec<u8> {
        let padding = self.len().saturating_sub(3 + info.len() + digest.as_ref().len());
        self.raw(&[&[0, 1], vec![0xff; padding].as_slice(), &[0], info, digest.as_ref()].concat())
    }

    /// EMSA-PSS with SHA-256 and a salt of zeros as long as the digest (RFC 8017 9.1.1).
    fn sign_pss(self, message: &[u8]) -> Vec<u8> {
        let salt = [0; 32];
        let hash = digest(&SHA256, &[&[0; 8], digest(&SHA256, message).as_ref(), &salt].concat());
        let block_len = self.len().saturating_sub(33);
        let mut block = vec![0; block_len.saturating_sub(33)];
        block.push(1);
        block.extend(salt);
        let mask = (0_u32..)
            .flat_map(|counter| digest(&SHA256, &[hash.as_ref(), &counter.to_be_bytes()].concat()).as_ref().to_vec());
        let mut masked: Vec<u8> = block.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
        if let Some(first) = masked.first_mut() {
            *first &= 0x7f;
        }
        self.raw(&[masked.as_slice(), hash.as_ref(), &[0xbc]].concat())
    }

    /// Length of the modulus in bytes.
    fn len(self) -> usize {
        self.modulus.len() / 2
    }

    fn raw(self, message: &[u8]) -> Vec<u8> {
        power(message, &unhex(self.exponent), &unhex(self.modulus))
    }
}

impl SigningKey for RsaKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        [SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA256]
            .into_iter()
            .find(|scheme| offered.contains(scheme))
            .map(|scheme| Box::new(RsaSigner { key: *self, scheme }) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

#[derive(Debug)]
struct RsaSigner {
    key: RsaKey,
    scheme: SignatureScheme,
}

impl Signer for RsaSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(match self.scheme {
            SignatureScheme::RSA_PSS_SHA256 => self.key.sign_pss(message),
            _ => self.key.sign_pkcs1(SHA256_INFO, digest(&SHA256, message)),
        })
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.bytes().filter_map(|digit| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok()));
    let digits: Vec<u8> = digits.collect();
    digits.as_chunks().0.iter().map(|[high, low]| high << 4 | low).collect()
}

/// `base ^ exponent mod modulus`, all big-endian, by Montgomery multiplication. Not constant-time:
/// the keys are no secret.
fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let n = limbs(modulus);
    let width = n.len();
    let low = n.first().copied().unwrap_or(1);
    // Newton's iteration: each round doubles the number of right bits of 1/n mod 2^64.
    let inverse = (0..6).fold(1_u64, |x, _| x.wrapping_mul(2_u64.wrapping_sub(low.wrapping_mul(x))));
    let factor = inverse.wrapping_neg();
    // 2^(64 width) and its square, modulo n, by doubling.
    let mut one = vec![0; width];
    if let Some(first) = one.first_mut() {
        *first = 1;
    }
    let mut plain_one = one.clone();
    for _ in 0..64 * width {
        double(&mut one, &n);
    }
    let mut square = one.clone();
    for _ in 0..64 * width {
        double(&mut square, &n);
    }
    let mut base = limbs(base);
    base.resize(width, 0);
    let base = montgomery(&base, &square, &n, factor);
    let mut result = one;
    for byte in exponent {
        for bit in (0..8).rev() {
            result = montgomery(&result, &result, &n, factor);
            if byte >> bit & 1 == 1 {
                result = montgomery(&result, &base, &n, factor);
            }
        }
    }
    plain_one.truncate(width);
    montgomery(&result, &plain_one, &n, factor).iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}

fn limbs(bytes: &[u8]) -> Vec<u64> {
    bytes.rchunks(8).map(|chunk| chunk.iter().fold(0, |limb, &byte| limb << 8 | u64::from(byte))).collect()
}

/// `a b / 2^(64 width) mod n` (coarsely integrated operand scanning).
#[expect(clippy::indexing_slicing, reason = "all indices are below the width that the vectors are made with")]
#[expect(clippy::many_single_char_names, reason = "the letters of the literature")]
fn montgomery(a: &[u64], b: &[u64], n: &[u64], factor: u64) -> Vec<u64> {
    let width = n.len();
    let mut t = vec![0_u64; width + 2];
    for &digit in a {
        let mut carry = 0;
        for i in 0..width {
            (t[i], carry) = multiply_add(digit, b[i], t[i], carry);
        }
        let (sum, over) = t[width].overflowing_add(carry);
        t[width] = sum;
        t[width + 1] = u64::from(over);
        let m = t[0].wrapping_mul(factor);
        let (_, mut carry) = multiply_add(m, n[0], t[0], 0);
        for i in 1..width {
            (t[i - 1], carry) = multiply_add(m, n[i], t[i], carry);
        }
        let (sum, over) = t[width].overflowing_add(carry);
        t[width - 1] = sum;
        t[width] = t[width + 1] + u64::from(over);
    }
    let over = t[width] != 0;
    t.truncate(width);
    reduce_once(&mut t, n, over);
    t
}

/// `a b + c + d`, low and high half. Cannot overflow 128 bits.
fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let wide = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
    (low_half(wide), low_half(wide >> 64))
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
fn low_half(wide: u128) -> u64 {
    wide as u64
}

fn double(x: &mut [u64], n: &[u64]) {
    let mut carry = 0;
    for limb in x.iter_mut() {
        let next = *limb >> 63;
        *limb = *limb << 1 | carry;
        carry = next;
    }
    reduce_once(x, n, carry == 1);
}

/// Takes `n` off `x` where `x` (with the bit that overflowed) is not below it.
fn reduce_once(x: &mut [u64], n: &[u64], over: bool) {
    if over || x.iter().rev().ge(n.iter().rev()) {
        let mut borrow = false;
        for (limb, &off) in x.iter_mut().zip(n) {
            let (less, first) = limb.overflowing_sub(off);
            let (less, second) = less.overflowing_sub(u64::from(borrow));
            *limb = less;
            borrow = first || second;
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::signature as check;

    use super::*;

    #[test]
    fn signatures_verify_where_ring_still_verifies_them() {
        let signature = LONG.sign_sha1(b"old");
        check::UnparsedPublicKey::new(&check::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, LONG.public_der())
            .verify(b"old", &signature)
            .unwrap();
        check::UnparsedPublicKey::new(&check::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, SHORT.public_der())
            .verify(b"short", &SHORT.sign_pkcs1(SHA256_INFO, digest(&SHA256, b"short")))
            .unwrap();
        check::UnparsedPublicKey::new(&check::RSA_PSS_2048_8192_SHA256, LONG.public_der())
            .verify(b"new", &LONG.sign_pss(b"new"))
            .unwrap();
    }
}
