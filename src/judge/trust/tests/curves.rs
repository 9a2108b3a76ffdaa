//! Chains, revocation lists and handshakes with keys on P-521, which ring does not check.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    RevokedCertParams, SerialNumber,
};

use super::*;
use crate::cert::pki::{DAY, dates, leaf_params, parsed, stamp, tlv};
use crate::cert::{Signed, verify};
use crate::chain::Fetched;
use crate::lab::p521::{P521Key, relabelled};

fn ca(name: &str) -> (CertificateParams, P521Key) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.use_authority_key_identifier_extension = true;
    dates(&mut params, NOW - 365 * DAY, NOW + 3650 * DAY);
    (params, P521Key::generate().unwrap())
}

/// Root, intermediate and leaf, with the intermediate's parameters and key.
struct Curve {
    root: Arc<Certificate>,
    sub: Arc<Certificate>,
    leaf: Arc<Certificate>,
    sub_params: CertificateParams,
    sub_key: P521Key,
}

fn curve() -> Curve {
    let (root_params, root_key) = ca("Root 521");
    let (sub_params, sub_key) = ca("Sub 521");
    let root = parsed(&relabelled(root_params.self_signed(&root_key).unwrap().der()));
    let by_root = Issuer::from_params(&root_params, &root_key);
    let sub = parsed(&relabelled(sub_params.signed_by(&sub_key, &by_root).unwrap().der()));
    let by_sub = Issuer::from_params(&sub_params, &sub_key);
    let leaf = leaf_params(&[HOST]).signed_by(&P521Key::generate().unwrap(), &by_sub).unwrap();
    let leaf = parsed(&relabelled(leaf.der()));
    Curve { root, sub, leaf, sub_params, sub_key }
}

impl Curve {
    fn stores(&self) -> Stores {
        let roots = vec![Arc::clone(&self.root)];
        Stores::new(vec![Store { id: "test".into(), label: "test".into(), as_of: None, public: false, roots }])
    }
}

#[test]
fn a_chain_on_p521_is_as_good_as_another() {
    let curve = curve();
    assert_eq!(
        (curve.leaf.key.to_string().as_str(), curve.leaf.signature.name.as_str()),
        ("ECDSA P-521", "ecdsa-with-SHA512")
    );
    let judgement = judge_now(&[&curve.leaf, &curve.sub], &curve.stores());
    assert_good(&judgement);
    assert!(judgement.remarks.is_empty(), "verifier and own walk agree: {judgement:?}");
    assert_eq!(path_names(&judgement), [HOST, "Sub 521", "Root 521"]);
    let stranger = judge_now(&[&curve.leaf, &curve.sub, &curve.root], &Stores::default());
    assert_eq!(codes(&stranger), ["cert-untrusted"], "the own walk follows the signatures to the unknown root");
}

#[test]
fn a_broken_signature_on_p521_is_caught() {
    let curve = curve();
    let broken = crate::cert::pki::broken(&curve.leaf);
    let judgement = judge_now(&[&broken, &curve.sub], &curve.stores());
    assert_eq!(codes(&judgement), ["cert-invalid"]);
    assert!(evidence(&judgement, Code::CertInvalid).contains("not by the key of its issuer"), "{judgement:?}");
}

#[test]
fn a_list_and_an_answer_signed_on_p521_are_believed() {
    let curve = curve();
    let list = CertificateRevocationListParams {
        this_update: stamp!(NOW - DAY),
        next_update: stamp!(NOW + DAY),
        crl_number: SerialNumber::from_slice(&[1]),
        issuing_distribution_point: None,
        revoked_certs: vec![RevokedCertParams {
            serial_number: SerialNumber::from_slice(&curve.leaf.serial_der),
            revocation_time: stamp!(NOW - 3600),
            reason_code: None,
            invalidity_date: None,
        }],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&Issuer::from_params(&curve.sub_params, &curve.sub_key)).unwrap();
    let got = Ok(relabelled(list.der()).into());
    let papers = Papers { crls: vec![Fetched { url: "http://crl.example/1".into(), got }], ..Papers::default() };
    let judgement = judge_with(&[&curve.leaf, &curve.sub], &curve.stores(), &papers);
    assert_eq!(codes(&judgement), ["cert-revoked"], "{judgement:?}");

    let algorithm = tlv(0x30, &[&[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4]]);
    let value = curve.sub_key.sign_sha512(b"an answer");
    assert_eq!(verify(&curve.sub, &algorithm, b"an answer", &value), Signed::Valid);
    assert_eq!(verify(&curve.sub, &algorithm, b"another", &value), Signed::Invalid);
}
