//! What is wrong with a certificate itself: usage, strength, structure, size.

use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyUsagePurpose, NameConstraints};

use super::*;
use crate::cert::Unparsable;
use crate::cert::pki::{DAY, RsaKey, dates, extension, self_signed, tlv, with_algorithm};

#[track_caller]
fn assert_invalid(judgement: &ChainJudgement, words: &str) {
    assert_eq!(codes(judgement), ["cert-invalid"], "{judgement:?}");
    assert_eq!(severity(judgement, Code::CertInvalid), Severity::Critical);
    assert!(!judgement.trusted);
    let text = evidence(judgement, Code::CertInvalid);
    assert!(text.contains(words), "{text}");
}

#[test]
fn a_leaf_without_usage_is_a_warning() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf_with(&[HOST], |params| params.extended_key_usages.clear());
    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    assert_eq!(codes(&judgement), ["cert-invalid"]);
    assert_eq!(severity(&judgement, Code::CertInvalid), Severity::Warning);
    assert!(judgement.trusted, "the verifier takes it");
}

#[test]
fn a_leaf_for_clients_is_refused() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf_with(&[HOST], |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    assert_invalid(&judgement, "lists client authentication");
}

#[test]
fn an_intermediate_for_other_purposes_is_refused() {
    let root = Ca::root("Root");
    let sub =
        root.sub_with("Sub", |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection]);
    let judgement = judge_now(&[&sub.leaf(&[HOST]), &sub.cert], &stores(&[&root], false));
    assert_invalid(&judgement, "CN=Sub may not issue for servers");
}

#[test]
fn a_ca_is_no_leaf_and_a_leaf_is_no_ca() {
    let World { root, sub, stores } = world();
    let leaf = sub.leaf_with(&[HOST], |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_invalid(&judge_now(&[&leaf, &sub.cert], &stores), "is a CA certificate");
    let no_ca = root.sub_with("Sub", |params| params.is_ca = IsCa::ExplicitNoCa);
    assert_invalid(
        &judge_now(&[&no_ca.leaf(&[HOST]), &no_ca.cert], &stores),
        "CN=Sub signs a certificate and is no CA",
    );
    let leaf = self_signed(&[HOST], |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(codes(&judge_now(&[&leaf], &stores)), ["cert-self-signed", "cert-invalid"]);
}

#[test]
fn a_ca_that_may_not_sign_is_refused_by_some() {
    let root = Ca::root("Root");
    let sub = root.sub_with("Sub", |params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature]);
    let judgement = judge_now(&[&sub.leaf(&[HOST]), &sub.cert], &stores(&[&root], false));
    assert_eq!(codes(&judgement), ["cert-invalid"]);
    assert_eq!(severity(&judgement, Code::CertInvalid), Severity::Warning);
}

#[test]
fn path_lengths_are_kept() {
    let root = Ca::root("Root");
    let upper = root.sub_with("Upper", |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let lower = upper.sub("Lower");
    let stores = stores(&[&root], false);
    assert_good(&judge_now(&[&upper.leaf(&[HOST]), &upper.cert], &stores));
    let judgement = judge_now(&[&lower.leaf(&[HOST]), &lower.cert, &upper.cert], &stores);
    assert_invalid(&judgement, "CN=Upper allows 0 CAs below it and has 1");
}

#[test]
fn name_constraints_are_kept_and_told_beside_other_faults() {
    let root = Ca::root("Root");
    let bounded = |params: &mut rcgen::CertificateParams| {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("allowed.example".into())],
            excluded_subtrees: vec![],
        });
    };
    let sub = root.sub_with("Sub", bounded);
    let known = stores(&[&root], false);
    let leaf = sub.leaf(&[HOST]);
    assert_invalid(&judge_now(&[&leaf, &sub.cert], &known), "breaks the name constraints");
    let late = judge_at(&[&leaf, &sub.cert], &known, leaf.not_after + 1);
    assert_eq!(codes(&late), ["cert-expired", "cert-invalid"]);
    let unknown = judge_now(&[&leaf, &sub.cert, &root.cert], &Stores::default());
    assert_eq!(codes(&unknown), ["cert-untrusted", "cert-invalid"]);
    // An anchor's own constraints bind as well.
    let root = Ca::root_with("Root", bounded);
    let leaf = root.leaf(&[HOST]);
    let late = judge_at(&[&leaf], &stores(&[&root], false), leaf.not_after + 1);
    assert_eq!(codes(&late), ["cert-expired", "cert-invalid"]);
}

#[test]
fn unknown_critical_extensions_are_named() {
    let World { sub, stores, .. } = world();
    let poison = || extension(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 3], true, vec![5, 0]);
    let leaf = sub.leaf_with(&[HOST], |params| params.custom_extensions.push(poison()));
    assert_invalid(&judge_now(&[&leaf, &sub.cert], &stores), "1.3.6.1.4.1.11129.2.4.3");
}

/// The leaf as X.509 v1: no version, no extensions.
fn version_1(leaf: &Certificate) -> Arc<Certificate> {
    let parsed = x509_parser::parse_x509_certificate(&leaf.der).unwrap().1;
    let tbs = parsed.tbs_certificate.as_ref();
    let spki = parsed.tbs_certificate.subject_pki.raw;
    let end = tbs.windows(spki.len()).position(|window| window == spki).unwrap() + spki.len();
    let tbs = tlv(0x30, &[&tbs[4 + 5..end]]);
    let algorithm = tlv(0x30, &[&[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
    crate::cert::pki::parsed(&tlv(0x30, &[&tbs, &algorithm, &tlv(3, &[&[0, 1, 2, 3]])]))
}

#[test]
fn version_1_is_refused() {
    let World { sub, stores, .. } = world();
    let leaf = version_1(&sub.leaf(&[HOST]));
    assert_eq!(leaf.version, 1);
    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    assert_eq!(codes(&judgement), ["cert-name-mismatch", "cert-invalid"]);
    let text = evidence(&judgement, Code::CertInvalid);
    assert!(text.contains("X.509 v1") && !text.contains("extended key usage"), "{text}");
}

#[test]
fn short_rsa_keys_and_old_hashes_are_weak() {
    let World { root, sub, stores } = world();
    let leaf = sub.leaf_for(&RsaKey::of(1024), &[HOST], |_| ());
    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    assert_eq!(codes(&judgement), ["cert-weak"]);
    assert!(evidence(&judgement, Code::CertWeak).contains("1024 bits"), "{judgement:?}");
    assert!(judgement.remarks.iter().any(|remark| remark.contains("in spite of cert-weak")), "{judgement:?}");
    assert_good(&judge_now(&[&sub.leaf_for(&RsaKey::of(2048), &[HOST], |_| ()), &sub.cert], &stores));

    let sha1 = tlv(0x30, &[&[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]]);
    let md5 = tlv(0x30, &[&[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], &[5, 0]]);
    for algorithm in [sha1, md5] {
        let old = crate::cert::pki::parsed(&with_algorithm(&sub.leaf(&[HOST]), &algorithm));
        let judgement = judge_now(&[&old, &sub.cert], &stores);
        assert_eq!(codes(&judgement), ["cert-weak"], "{judgement:?}");
        assert!(!judgement.trusted);
        let old = crate::cert::pki::parsed(&with_algorithm(&sub.cert, &algorithm));
        let judgement = judge_now(&[&sub.leaf(&[HOST]), &old], &stores);
        assert_eq!(codes(&judgement), ["cert-weak"], "an intermediate counts: {judgement:?}");
        // A root's own signature says nothing, known or not.
        let old = crate::cert::pki::parsed(&with_algorithm(&root.cert, &algorithm));
        let judgement = judge_now(&[&sub.leaf(&[HOST]), &sub.cert, &old], &Stores::default());
        assert_eq!(codes(&judgement), ["cert-untrusted"], "{judgement:?}");
    }
}

#[test]
fn more_than_sixteen_certificates_are_too_many() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf(&[HOST]);
    let stray = Ca::root("Stray").cert;
    let mut chain = vec![&leaf, &sub.cert];
    chain.resize(16, &stray);
    assert_good(&judge_now(&chain, &stores));
    chain.push(&stray);
    assert_invalid(&judge_now(&chain, &stores), "17 certificates were sent");
}

#[test]
fn what_cannot_be_read_counts_where_it_may_be_needed() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf(&[HOST]);
    let junk: Result<Arc<Certificate>, Unparsable> =
        Err(Unparsable { sha256: crate::cert::Fingerprint::of(b"junk"), why: "no".into() });
    let judge = |entries: Vec<_>| {
        let chain = Served { sent: entries.len(), entries };
        judge_served(&chain, Some(&Host::name(HOST)), None, &stores, &Policy::default(), instant(NOW))
    };
    assert_invalid(&judge(vec![junk.clone(), Ok(Arc::clone(&sub.cert))]), "the leaf is not a certificate");
    assert_invalid(&judge(vec![]), "no certificate");
    let judgement = judge(vec![Ok(Arc::clone(&leaf)), junk.clone()]);
    assert_eq!(codes(&judgement), ["cert-chain-incomplete", "cert-invalid"]);
    assert!(evidence(&judgement, Code::CertInvalid).contains("certificate 2 of 2"), "{judgement:?}");
    let judgement = judge(vec![Ok(leaf), Ok(Arc::clone(&sub.cert)), junk]);
    assert_good(&judgement);
    assert!(judgement.remarks.iter().any(|remark| remark.contains("certificate 3 of 3")), "{judgement:?}");
}

#[test]
fn a_handshake_that_another_key_signed_is_invalid() {
    let World { sub, stores, .. } = world();
    let mut session = session(&[&sub.leaf(&[HOST]), &sub.cert]);
    assert_good(&judge_shaken(&session, &stores, NOW));
    session.signature = Err("BadSignature".into());
    assert_invalid(&judge_shaken(&session, &stores, NOW), "BadSignature");
}

#[test]
fn a_refusal_that_no_rule_explains_is_told_in_the_verifiers_words() {
    let World { sub, stores, .. } = world();
    // The same extension twice: only the verifier minds.
    let leaf = sub.leaf_with(&[HOST], |params| {
        params.custom_extensions.push(extension(
            &[2, 5, 29, 37],
            false,
            vec![0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1],
        ));
    });
    assert_invalid(&judge_now(&[&leaf, &sub.cert], &stores), "the verifier refuses the chain: an extension");
    // A validity that ends before it begins has no time at which it is good.
    let leaf = sub.leaf_with(&[HOST], |params| dates(params, NOW + DAY, NOW - DAY));
    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    assert_eq!(codes(&judgement), ["cert-expired", "cert-not-yet-valid"]);
}

#[test]
fn of_several_faults_the_worst_gives_the_severity() {
    let root = Ca::root("Root");
    let sub = root.sub_with("Sub", |params| params.is_ca = IsCa::ExplicitNoCa);
    let leaf = sub.leaf_with(&[HOST], |params| params.extended_key_usages.clear());
    let judgement = judge_now(&[&leaf, &sub.cert], &stores(&[&root], false));
    assert_invalid(&judgement, "names no extended key usage");
    assert_invalid(&judgement, "; O=Test CA,CN=Sub signs a certificate and is no CA");
}

#[test]
fn an_unusual_curve_is_named() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf(&[HOST]);
    let p256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let at = leaf.der.windows(8).position(|window| window == p256).unwrap();
    let mut der = leaf.der.to_vec();
    der[at + 7] = 1;
    let leaf = crate::cert::pki::parsed(&der);
    assert_eq!(leaf.key.to_string(), "ECDSA P-192");
    assert_invalid(&judge_now(&[&leaf, &sub.cert], &stores), "on the curve P-192");
    // Soundly signed, it passes the verifier, which does not look at a leaf's key.
    let tbs = x509_parser::parse_x509_certificate(&leaf.der).unwrap().1.tbs_certificate.as_ref().to_vec();
    let algorithm = tlv(0x30, &[&[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
    let signature = tlv(3, &[&[0], &sub.sign(&tbs)]);
    let leaf = crate::cert::pki::parsed(&tlv(0x30, &[&tbs, &algorithm, &signature]));
    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    assert_eq!(codes(&judgement), ["cert-invalid"]);
    assert_eq!(severity(&judgement, Code::CertInvalid), Severity::Critical);
    assert!(judgement.trusted, "the verifier's answer");
    let said = "the verifier accepts the chain in spite of cert-invalid; clients do not";
    assert_eq!(judgement.remarks, [said], "a disagreement is shown");
}

#[test]
fn a_self_issued_certificate_does_not_lengthen_a_path() {
    let root = Ca::root("Root");
    let upper = root.sub_with("Upper", |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let rolled = upper.sub_with("Upper", |_| ());
    let chain = [&rolled.leaf(&[HOST]), &rolled.cert, &upper.cert];
    let judgement = judge_now(&chain, &stores(&[&root], false));
    // The own walk follows RFC 5280; where the verifier counts otherwise, it says so itself.
    assert!(judgement.problems.iter().all(|problem| !problem.evidence.contains("allows 0 CAs")), "{judgement:?}");
}
