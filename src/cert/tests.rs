use std::sync::Arc;

use proptest::prelude::*;
use rcgen::{
    CertificateParams, CrlDistributionPoint, ExtendedKeyUsagePurpose, GeneralSubtree, NameConstraints, SerialNumber,
};

use super::pki::{Ca, DAY, NOW, RsaKey, broken, embedded, extension, issuer_url, self_signed, tlv, with_algorithm};
use super::*;
use crate::link::Host;

/// A leaf with everything in it that is read.
fn rich(params: &mut CertificateParams) {
    params.serial_number = Some(SerialNumber::from_slice(&[0x87, 0x65, 0x43, 0x21]));
    params.distinguished_name.push(rcgen::DnType::OrganizationName, "A, B + C");
    params.crl_distribution_points =
        vec![CrlDistributionPoint { uris: vec!["http://crl.example/1.crl".into(), "ldap://crl.example/".into()] }];
    params.custom_extensions = vec![
        issuer_url("http://ca.example/sub.der"),
        embedded(&[7, 8]),
        extension(&[1, 3, 6, 1, 5, 5, 7, 1, 24], false, vec![0x30, 3, 2, 1, 5]),
        extension(&[1, 2, 3, 4], true, vec![5, 0]),
    ];
    params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
}

#[test]
fn every_fact_is_read() {
    let root = Ca::root("Root");
    let sub = root.sub("Sub, the \"first\"");
    let cert = sub.leaf_with(&["Cdn.Example.com", "*.example.com", "192.0.2.7", "2001:db8::7"], rich);
    assert_eq!(cert.subject, "O=A\\, B \\+ C,CN=Cdn.Example.com");
    assert_eq!(cert.issuer, "O=Test CA,CN=Sub\\, the \\\"first\\\"");
    assert_eq!(cert.issuer_name, "Test CA");
    assert_eq!((cert.serial.as_str(), cert.serial_der.as_slice()), ("87654321", &[0, 0x87, 0x65, 0x43, 0x21][..]));
    assert_eq!(cert.version, 3);
    assert_eq!((cert.not_before, cert.not_after), (NOW - 30 * DAY, NOW + 60 * DAY - 1));
    let names: Vec<String> = cert.names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["cdn.example.com", "*.example.com", "192.0.2.7", "2001:db8::7"]);
    assert_eq!(cert.common_name.as_deref(), Some("Cdn.Example.com"));
    assert_eq!(cert.key.to_string(), "ECDSA P-256");
    assert_eq!(cert.signature, Signature { name: "ecdsa-with-SHA256".into(), hash: Hash::Sound });
    assert!(!cert.is_ca && cert.path_len.is_none());
    assert!(cert.key_usage.is_some_and(|usage| usage.digital_signature && !usage.cert_sign));
    assert_eq!(cert.extended_key_usage.as_deref().unwrap(), ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    assert_eq!(cert.authority_key_id, sub.cert.subject_key_id);
    assert_eq!(cert.issuer_urls, ["http://ca.example/sub.der"]);
    assert_eq!(cert.crl_urls, ["http://crl.example/1.crl", "ldap://crl.example/"]);
    assert_eq!(cert.timestamps.iter().map(|each| each.log_id[0]).collect::<Vec<_>>(), [7, 8]);
    assert_eq!(cert.timestamps[0].at_ms, 1_780_272_000_000);
    assert!(cert.must_staple && !cert.has_name_constraints);
    assert_eq!(cert.unknown_critical, ["1.2.3.4"]);
    assert_eq!(cert.sha256, Fingerprint::of(&cert.der));

    assert!(sub.cert.is_ca && sub.cert.key_usage.is_some_and(|usage| usage.cert_sign));
    assert_eq!(sub.cert.subject_der, cert.issuer_der);
    let bounded = root.sub_with("Bounded", |params| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(2));
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".into())],
            excluded_subtrees: vec![],
        });
    });
    assert_eq!(bounded.cert.path_len, Some(2));
    assert!(bounded.cert.has_name_constraints && bounded.cert.unknown_critical.is_empty());
}

#[test]
fn keys_and_signatures_have_their_usual_names() {
    let root = Ca::root("Root");
    let key = |cert: &Certificate| cert.key.to_string();
    assert_eq!(key(&root.leaf_for(&RsaKey::of(1024), &["a.example"], |_| ())), "RSA 1024");
    assert_eq!(key(&root.leaf_for(&RsaKey::of(4096), &["a.example"], |_| ())), "RSA 4096");
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    assert_eq!(key(&root.leaf_for(&p384, &["a.example"], |_| ())), "ECDSA P-384");
    let ed = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    assert_eq!(key(&root.leaf_for(&ed, &["a.example"], |_| ())), "Ed25519");

    let leaf = root.leaf(&["a.example"]);
    let signature = |algorithm: &[u8]| inspect(&with_algorithm(&leaf, algorithm)).unwrap().signature;
    let sha1 = tlv(0x30, &[&[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]]);
    assert_eq!(signature(&sha1), Signature { name: "ecdsa-with-SHA1".into(), hash: Hash::Sha1 });
    let rsa = |last: u8| tlv(0x30, &[&[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last], &[5, 0]]);
    assert_eq!(signature(&rsa(4)).hash, Hash::Md5);
    assert_eq!(signature(&rsa(5)), Signature { name: "sha1WithRSAEncryption".into(), hash: Hash::Sha1 });
    assert_eq!(signature(&rsa(11)), Signature { name: "sha256WithRSAEncryption".into(), hash: Hash::Sound });
    assert_eq!(
        signature(&tlv(0x30, &[&[0x06, 3, 0x2a, 3, 4]])),
        Signature { name: "1.2.3.4".into(), hash: Hash::Unknown }
    );
}

#[test]
fn what_is_no_certificate_says_so() {
    let leaf = Ca::root("Root").leaf(&["a.example"]);
    for bytes in
        [&b""[..], b"\x30", b"GET / HTTP/1.1", &leaf.der[..leaf.der.len() - 1], &[&leaf.der[..], &[0]].concat()]
    {
        let fault = inspect(bytes).unwrap_err();
        assert_eq!(fault.sha256, Fingerprint::of(bytes));
        assert!(!fault.why.is_empty());
    }
    assert!(inspect(&vec![0x30; MAX_CHAIN_BYTES + 1]).unwrap_err().why.contains("bytes are more"));
}

#[test]
fn a_served_chain_is_bounded_and_counted() {
    let root = Ca::root("Root");
    let leaf = root.leaf(&["a.example"]);
    let many = vec![&leaf.der[..]; 20];
    let chain = served(many.into_iter());
    assert_eq!((chain.entries.len(), chain.sent), (MAX_CHAIN, 20));
    let junk = vec![0x30; MAX_CHAIN_BYTES];
    let chain = served([&leaf.der[..], &junk, &root.cert.der].into_iter());
    assert_eq!((chain.entries.len(), chain.sent), (1, 3), "what is over the bytes ends it");
    let chain = served([&b"junk"[..], &leaf.der].into_iter());
    assert!(chain.leaf().is_none() && chain.readable().count() == 1);
    assert_eq!(served(std::iter::empty()), Served::default());
}

#[test]
fn names_are_matched_by_their_kind() {
    let root = Ca::root("Root");
    let cert = root.leaf(&["*.example.com", "192.0.2.7", "2001:db8::7"]);
    for (host, expected) in [
        ("a.example.com", true),
        ("A.EXAMPLE.com.", true),
        ("example.com", false),
        ("a.b.example.com", false),
        ("192.0.2.7", true),
        ("192.0.2.8", false),
        ("[2001:db8::7]", true),
        ("::ffff:192.0.2.7", false),
    ] {
        assert_eq!(matches(&cert, &Host::name(host)), expected, "{host}");
    }
    let only_common = root.leaf_with(&[], |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, "a.example.com");
    });
    assert!(!matches(&only_common, &Host::name("a.example.com")), "a common name does not count");
}

#[test]
fn signatures_are_checked() {
    let root = Ca::root("Root");
    let other = Ca::root("Root");
    let leaf = root.leaf(&["a.example"]);
    assert_eq!(signed_by(&leaf, &root.cert), Signed::Valid);
    assert_eq!(signed_by(&leaf, &other.cert), Signed::Invalid);
    assert_eq!(signed_by(&broken(&leaf), &root.cert), Signed::Invalid);
    assert_eq!(signed_by(&root.cert, &root.cert), Signed::Valid);
    let md5 = tlv(0x30, &[&[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], &[5, 0]]);
    let old = inspect(&with_algorithm(&leaf, &md5)).unwrap();
    assert_eq!(signed_by(&old, &root.cert), Signed::Unsupported);
    let message = b"an answer";
    let algorithm = tlv(0x30, &[&[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
    assert_eq!(verify(&root.cert, &algorithm, message, &root.sign(message)), Signed::Valid);
    assert_eq!(verify(&root.cert, &algorithm, b"another", &root.sign(message)), Signed::Invalid);
}

/// Made once with OpenSSL: a self-signed certificate of an RSA key of 1024 bits with SHA-1.
const SHA1_RSA_1024: &str = include_str!("sha1-rsa1024.pem");

#[test]
fn an_old_signature_can_hold() {
    let [der] = from_pem(SHA1_RSA_1024.as_bytes()).unwrap().try_into().unwrap();
    let cert = inspect(&der).unwrap();
    assert_eq!(cert.key, Key::Rsa { bits: 1024 });
    assert_eq!(cert.signature.hash, Hash::Sha1);
    assert_eq!(signed_by(&cert, &cert), Signed::Valid);
    assert!(is_self_signed(&cert));
}

fn all_paths(
    leaf: &Arc<Certificate>,
    served: &[&Arc<Certificate>],
    fetched: &[&Arc<Certificate>],
    roots: &[&Ca],
) -> Vec<(PathEnd, Vec<String>)> {
    let mut by_subject = std::collections::HashMap::new();
    for root in roots {
        by_subject.entry(Arc::clone(&root.cert.subject_der)).or_insert_with(Vec::new).push(Arc::clone(&root.cert));
    }
    let pool = Pool { served: served.to_vec(), fetched: fetched.to_vec(), roots: Some(&by_subject) };
    let name = |step: &Step| step.cert.common_name.clone().unwrap_or_default();
    paths(leaf, &pool).iter().map(|path| (path.end, path.steps.iter().map(name).collect())).collect()
}

#[test]
fn paths_follow_names_and_signatures() {
    let root = Ca::root("Root");
    let old = Ca::root("Old");
    let sub = root.sub("Sub");
    let impostor = root.sub("Sub");
    let cross = old.cross(&root, |_| ());
    let leaf = sub.leaf(&["a.example"]);
    let path = |end, names: &[&str]| (end, names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let served = [&leaf, &impostor.cert, &sub.cert, &cross];
    assert_eq!(
        all_paths(&leaf, &served, &[], &[&root, &old]),
        [
            path(PathEnd::Anchored, &["a.example", "Sub", "Root"]),
            path(PathEnd::Anchored, &["a.example", "Sub", "Root", "Old"])
        ]
    );
    assert_eq!(all_paths(&leaf, &[&leaf], &[], &[&root]), [path(PathEnd::Missing, &["a.example"])]);
    assert_eq!(
        all_paths(&leaf, &[&leaf], &[&sub.cert], &[&root]),
        [path(PathEnd::Anchored, &["a.example", "Sub", "Root"])]
    );
    assert_eq!(
        all_paths(&leaf, &[&leaf, &sub.cert, &root.cert], &[], &[]),
        [path(PathEnd::SelfSigned, &["a.example", "Sub", "Root"])]
    );
    let bad = broken(&leaf);
    assert_eq!(
        all_paths(&bad, &[&bad, &sub.cert], &[], &[&root]),
        [path(PathEnd::Anchored, &["a.example", "Sub", "Root"])],
        "a broken signature is walked over where nothing better is there"
    );
    assert_eq!(
        all_paths(&bad, &[&bad, &impostor.cert], &[], &[&root]),
        [path(PathEnd::Missing, &["a.example"])],
        "another key under the same name is no issuer"
    );
}

#[test]
fn authorities_that_certify_one_another_do_not_hang_the_walk() {
    let cas: Vec<Ca> = (0..7).map(|_| Ca::root("Ring")).collect();
    let crosses: Vec<Arc<Certificate>> =
        cas.iter().flat_map(|a| cas.iter().take(2).map(|b| a.cross(b, |_| ()))).collect();
    let leaf = cas[0].leaf(&["a.example"]);
    let served: Vec<&Arc<Certificate>> = std::iter::once(&leaf).chain(&crosses).collect();
    assert!(all_paths(&leaf, &served, &[], &[]).len() <= 48);
}

#[test]
fn all_of_mozillas_roots_can_be_read() {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    assert!(roots.len() > 100);
    for der in roots {
        let cert = inspect(der).unwrap();
        assert!(cert.is_ca || cert.version == 1, "{}", cert.subject);
        assert!(!matches!(cert.key, Key::Other(_)), "{}: {}", cert.subject, cert.key);
        assert!(is_self_signed(&cert), "{}", cert.subject);
    }
}

#[test]
fn a_self_signed_leaf_is_known_by_its_own_key() {
    let leaf = self_signed(&["a.example"], |_| ());
    assert!(is_self_signed(&leaf));
    assert!(!is_self_signed(&broken(&leaf)));
    assert!(!is_self_signed(&Ca::root("Root").leaf(&["a.example"])));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = inspect(&bytes);
        let _ = from_file(&bytes);
        let _ = from_pem(&bytes);
        let _ = timestamps(&bytes);
    }

    #[test]
    fn a_mutated_certificate_is_survived(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        thread_local!(static RICH: Vec<u8> = Ca::root("Root").leaf_with(&["a.example", "192.0.2.7"], rich).der.to_vec());
        let mut der = RICH.with(Clone::clone);
        for (at, byte) in changes {
            let at = at.index(der.len());
            der[at] = byte;
        }
        if let Ok(cert) = inspect(&der) {
            let _ = matches(&cert, &Host::name("a.example"));
            let _ = signed_by(&cert, &cert);
            let _ = (spki(&cert), key_bits(&cert));
        }
    }
}
