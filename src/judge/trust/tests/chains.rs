//! Paths: complete, incomplete, unknown, self-signed, crossed, in disorder.

use super::*;
use crate::cert::pki::{DAY, broken, dates, self_signed};

#[test]
fn a_good_chain_has_no_problem() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf(&[HOST]);
    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    assert_good(&judgement);
    assert_eq!(judgement.remarks, [""; 0]);
    assert_eq!(path_names(&judgement), [HOST, "Sub", "Root"]);
    assert_eq!(judgement.anchored_in, ["test"]);
    assert_eq!(judgement.expires_at, Some(leaf.not_after));
}

#[test]
fn the_end_of_a_path_is_its_earliest_below_the_anchor() {
    let root = Ca::root_with("Root", |params| dates(params, NOW - DAY * 400, NOW + 20 * DAY));
    let sub = root.sub_with("Sub", |params| dates(params, NOW - DAY * 60, NOW + 40 * DAY));
    let leaf = sub.leaf(&[HOST]);
    let judgement = judge_now(&[&leaf, &sub.cert], &stores(&[&root], false));
    assert_eq!(judgement.expires_at, Some(NOW + 40 * DAY));
}

#[test]
fn an_anchor_is_looked_up_in_every_store() {
    let root = Ca::root("Root");
    let old = Ca::root("Old");
    let sub = root.sub("Sub");
    let cross = old.cross(&root, |_| ());
    let leaf = sub.leaf(&[HOST]);
    let stores = Stores::new(vec![
        store("new", &[&root], false),
        store("old", &[&old], false),
        store("other", &[&Ca::root("Other")], false),
        store("same", &[&root], false),
    ]);
    let mut held = judge_now(&[&leaf, &sub.cert, &cross], &stores).anchored_in;
    held.sort();
    assert_eq!(held, ["new", "old", "same"]);
    let held = judge_now(&[&leaf, &sub.cert], &stores).anchored_in;
    assert_eq!(held, ["new", "same"]);
    // The stores are named for a chain that fails for another reason, too.
    let late = judge_at(&[&leaf, &sub.cert], &stores, leaf.not_after + 1);
    assert_eq!(late.anchored_in, ["new", "same"]);
}

#[test]
fn an_unknown_root_is_told_from_a_missing_issuer() {
    let World { root, sub, .. } = world();
    let stores = stores(&[&Ca::root("Other")], false);
    let leaf = sub.leaf(&[HOST]);
    let judgement = judge_now(&[&leaf, &sub.cert, &root.cert], &stores);
    assert_eq!(codes(&judgement), ["cert-untrusted"]);
    assert!(!judgement.trusted);
    assert!(evidence(&judgement, Code::CertUntrusted).contains("CN=Root"), "{judgement:?}");
    assert_eq!(path_names(&judgement), [HOST, "Sub", "Root"]);
    assert!(judgement.anchored_in.is_empty());
    assert_eq!(judgement.expires_at, Some(leaf.not_after));

    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    assert_eq!(codes(&judgement), ["cert-chain-incomplete"], "nothing tells where it ends");
    assert!(evidence(&judgement, Code::CertChainIncomplete).contains("O=Test CA,CN=Root"), "{judgement:?}");
}

#[test]
fn a_missing_intermediate_makes_the_chain_incomplete() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf(&[HOST]);
    let judgement = judge_now(&[&leaf], &stores);
    assert_eq!(codes(&judgement), ["cert-chain-incomplete"]);
    assert!(!judgement.trusted && judgement.anchored_in.is_empty());
    let text = evidence(&judgement, Code::CertChainIncomplete);
    assert!(text.contains("CN=a.example.com") && text.contains("CN=Sub"), "{text}");
}

#[test]
fn a_wrong_intermediate_of_the_same_name_does_not_help() {
    let World { root, sub, stores } = world();
    let impostor = root.sub("Sub");
    let leaf = sub.leaf(&[HOST]);
    let judgement = judge_now(&[&leaf, &impostor.cert], &stores);
    assert_eq!(codes(&judgement), ["cert-chain-incomplete"]);
    assert!(judgement.remarks.iter().any(|remark| remark.contains("not needed")), "{judgement:?}");
}

#[test]
fn a_self_signed_leaf_is_not_called_untrusted() {
    let World { stores, .. } = world();
    let leaf = self_signed(&[HOST], |_| ());
    let judgement = judge_now(&[&leaf], &stores);
    assert_eq!(codes(&judgement), ["cert-self-signed"]);
    // Trusted by itself it is fine.
    let pinned = Stores::new(vec![Store { roots: vec![Arc::clone(&leaf)], ..store("ca-file", &[], false) }]);
    let judgement = judge_now(&[&leaf], &pinned);
    assert_good(&judgement);
    assert_eq!(judgement.anchored_in, ["ca-file"]);
    assert_eq!(judgement.expires_at, Some(leaf.not_after));
}

#[test]
fn several_problems_are_all_told() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf(&["other.example.com"]);
    let judgement = judge_at(&[&leaf, &sub.cert], &stores, leaf.not_after + 28_920);
    assert_eq!(codes(&judgement), ["cert-expired", "cert-name-mismatch"]);
    let expired = evidence(&judgement, Code::CertExpired);
    assert_eq!(expired, "CN=other.example.com expired 2026-07-30 23:59:59 UTC, 8 h 2 min ago");
    assert_eq!(
        evidence(&judgement, Code::CertNameMismatch),
        "the certificate is for other.example.com, not for a.example.com"
    );

    let leaf = self_signed(&["other.example.com"], |params| dates(params, NOW - 9 * DAY, NOW - DAY));
    let judgement = judge_now(&[&leaf], &stores);
    assert_eq!(codes(&judgement), ["cert-expired", "cert-name-mismatch", "cert-self-signed"]);
}

#[test]
fn names_shown_are_bounded_and_a_common_name_is_pointed_at() {
    let World { sub, stores, .. } = world();
    let many: Vec<String> = (0..25).map(|i| format!("h{i}.example.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let leaf = sub.leaf_with(&many, |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, HOST);
    });
    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    let text = evidence(&judgement, Code::CertNameMismatch);
    assert!(text.contains("h9.example.com and 15 more") && !text.contains("h10."), "{text}");
    assert!(text.contains("common name"), "{text}");
    let none = sub.leaf_with(&[], |_| ());
    let judgement = judge_now(&[&none, &sub.cert], &stores);
    assert!(evidence(&judgement, Code::CertNameMismatch).contains("no host at all"), "{judgement:?}");
}

#[test]
fn without_a_host_no_name_is_asked_for() {
    let World { sub, stores, .. } = world();
    let chain = served(&[&sub.leaf(&["whatever.example"]), &sub.cert]);
    assert_good(&judge_served(&chain, None, None, &stores, &Policy::default(), instant(NOW)));
}

#[test]
fn wildcards_and_addresses() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf(&["*.example.com", "192.0.2.7"]);
    let chain = served(&[&leaf, &sub.cert]);
    for (host, good) in [
        ("a.example.com", true),
        ("example.com", false),
        ("a.b.example.com", false),
        ("192.0.2.7", true),
        ("192.0.2.8", false),
    ] {
        let host = Host::name(host);
        let judgement = judge_served(&chain, Some(&host), None, &stores, &Policy::default(), instant(NOW));
        assert_eq!(judgement.trusted, good, "{host}");
        assert_eq!(codes(&judgement).contains(&"cert-name-mismatch"), !good, "{host}");
        assert!(judgement.remarks.is_empty(), "both comparisons agree: {judgement:?}");
    }
}

#[test]
fn an_expired_extra_is_a_remark_as_in_2021() {
    let root = Ca::root("New Root");
    let old = Ca::root_with("Old Root", |params| dates(params, NOW - 900 * DAY, NOW - DAY));
    let sub = root.sub("Sub");
    let cross = old.cross(&root, |params| dates(params, NOW - 900 * DAY, NOW - DAY));
    let leaf = sub.leaf(&[HOST]);
    let chain = [&leaf, &sub.cert, &cross];
    let judgement = judge_now(&chain, &stores(&[&root, &old], false));
    assert_good(&judgement);
    assert!(
        judgement.remarks.iter().any(|remark| remark.contains("not needed; it expired 2026-05-31")),
        "{judgement:?}"
    );
    assert_eq!(judgement.expires_at, Some(leaf.not_after), "what is not used does not count");

    // A store that knows the old root alone has no unexpired path.
    let judgement = judge_now(&chain, &stores(&[&old], false));
    assert_eq!(codes(&judgement), ["cert-intermediate-expired"]);
    assert!(evidence(&judgement, Code::CertIntermediateExpired).contains("CN=New Root expired 2026-05-31"));
    assert!(!judgement.trusted);
}

#[test]
fn of_two_intermediates_the_unexpired_one_counts() {
    let root = Ca::root("Root");
    let sub = root.sub("Sub");
    let stale = root.cross(&sub, |params| dates(params, NOW - 900 * DAY, NOW - DAY));
    let leaf = sub.leaf(&[HOST]);
    let both = stores(&[&root], false);
    assert_good(&judge_now(&[&leaf, &stale, &sub.cert], &both));
    let judgement = judge_now(&[&leaf, &stale], &both);
    assert_eq!(codes(&judgement), ["cert-intermediate-expired"]);
    // With the leaf's name wrong webpki still takes the path; with the leaf expired the own walk
    // has to find the better one.
    let judgement = judge_at(&[&leaf, &stale, &sub.cert], &both, leaf.not_after + 1);
    assert_eq!(codes(&judgement), ["cert-expired"]);
}

#[test]
fn an_expired_anchor_is_a_remark() {
    let root = Ca::root_with("Root", |params| dates(params, NOW - 900 * DAY, NOW - DAY));
    let sub = root.sub("Sub");
    let judgement = judge_now(&[&sub.leaf(&[HOST]), &sub.cert], &stores(&[&root], false));
    assert_good(&judgement);
    assert!(judgement.remarks.iter().any(|remark| remark.contains("root O=Test CA,CN=Root expired")), "{judgement:?}");
}

#[test]
fn disorder_and_surplus_are_remarked() {
    let root = Ca::root("Root");
    let upper = root.sub("Upper");
    let lower = upper.sub("Lower");
    let leaf = lower.leaf(&[HOST]);
    let stores = stores(&[&root], false);
    let judgement = judge_now(&[&leaf, &upper.cert, &lower.cert], &stores);
    assert_good(&judgement);
    assert_eq!(path_names(&judgement), [HOST, "Lower", "Upper", "Root"]);
    assert!(judgement.remarks.iter().any(|remark| remark.contains("order")), "{judgement:?}");
    let judgement = judge_now(&[&leaf, &lower.cert, &upper.cert, &lower.cert], &stores);
    assert_eq!(judgement.remarks, ["O=Test CA,CN=Lower is sent more than once"]);
    let judgement = judge_now(&[&leaf, &lower.cert, &upper.cert, &Ca::root("Stray").cert], &stores);
    assert_eq!(judgement.remarks, ["O=Test CA,CN=Stray is sent and not needed"]);
}

#[test]
fn a_broken_signature_is_invalid_and_nothing_else() {
    let World { sub, stores, .. } = world();
    let leaf = broken(&sub.leaf(&[HOST]));
    let judgement = judge_now(&[&leaf, &sub.cert], &stores);
    assert_eq!(codes(&judgement), ["cert-invalid"]);
    assert!(evidence(&judgement, Code::CertInvalid).contains("signature of CN=a.example.com"), "{judgement:?}");
    let judgement = judge_now(&[&sub.leaf(&[HOST]), &broken(&sub.cert)], &stores);
    assert_eq!(codes(&judgement), ["cert-invalid"]);
    assert!(evidence(&judgement, Code::CertInvalid).contains("signature of O=Test CA,CN=Sub"), "{judgement:?}");
}

#[test]
fn no_store_at_all_trusts_nothing() {
    let World { root, sub, .. } = world();
    let none = Stores::default();
    let leaf = sub.leaf(&[HOST]);
    assert_eq!(codes(&judge_now(&[&leaf, &sub.cert, &root.cert], &none)), ["cert-untrusted"]);
    assert_eq!(codes(&judge_now(&[&leaf, &sub.cert], &none)), ["cert-chain-incomplete"]);
}

#[test]
fn secrets_go_to_verified_peers_alone() {
    let World { sub, stores, .. } = world();
    let good = session(&[&sub.leaf(&[HOST]), &sub.cert]);
    assert!(verifies(&good, &Host::name(HOST), &stores, instant(NOW)));
    assert!(!verifies(&good, &Host::name("b.example.com"), &stores, instant(NOW)));
    assert!(!verifies(&good, &Host::name(HOST), &stores, instant(NOW + 90 * DAY)));
    assert!(!verifies(&good, &Host::name(HOST), &Stores::default(), instant(NOW)));
    let forged = Session { signature: Err("bad".into()), ..good };
    assert!(!verifies(&forged, &Host::name(HOST), &stores, instant(NOW)));
}

#[test]
fn a_sound_path_is_preferred_to_a_broken_one() {
    let id = || rcgen::KeyIdMethod::PreSpecified(vec![7; 20]);
    let root = Ca::root_with("Root", |params| params.key_identifier_method = id());
    let impostor = Ca::root_with("Root", |params| params.key_identifier_method = id());
    let sub = root.sub("Sub");
    let cross = Ca::root("Elsewhere").cross(&sub, |_| ());
    let leaf = sub.leaf(&[HOST]);
    let known = stores(&[&impostor], false);
    let judgement = judge_now(&[&leaf, &sub.cert, &cross], &known);
    assert_eq!(codes(&judgement), ["cert-chain-incomplete"]);
    assert!(evidence(&judgement, Code::CertChainIncomplete).contains("CN=Elsewhere"), "{judgement:?}");
    let judgement = judge_now(&[&leaf, &sub.cert], &known);
    assert_eq!(codes(&judgement), ["cert-invalid"]);
}

#[test]
fn a_leaf_named_like_its_issuer_is_not_self_signed() {
    let ca = Ca::root("localhost");
    let leaf = ca.leaf_with(&[HOST], |params| params.distinguished_name = ca.params.distinguished_name.clone());
    assert_eq!(leaf.subject_der, leaf.issuer_der);
    assert_eq!(codes(&judge_now(&[&leaf, &ca.cert], &Stores::default())), ["cert-untrusted"]);
    assert_good(&judge_now(&[&leaf, &ca.cert], &stores(&[&ca], false)));
}

#[test]
fn an_unknown_root_is_not_judged_beyond_that() {
    let root = Ca::root_with("Root", |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::EmailProtection];
        params.custom_extensions.push(crate::cert::pki::extension(&[1, 2, 3], true, vec![5, 0]));
        params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        dates(params, NOW - 90 * DAY, NOW - DAY);
    });
    let judgement = judge_now(&[&root.leaf(&[HOST]), &root.cert], &Stores::default());
    assert_eq!(codes(&judgement), ["cert-untrusted"]);
}

#[test]
fn a_root_outside_one_of_several_public_stores_is_named() {
    let (old, new, own) = (Ca::root("Old"), Ca::root("New"), Ca::root("Own"));
    let all = |own_public: bool| {
        Stores::new(vec![
            store("mozilla", &[&old, &new], true),
            store("android7", &[&old], true),
            store("ca-file", &[&own], own_public),
        ])
    };
    let stores = all(false);
    let by_new = judge_now(&[&new.leaf(&[HOST])], &stores);
    assert!(by_new.trusted);
    assert_eq!((by_new.anchored_in, by_new.outside), (vec!["mozilla".to_owned()], vec!["android7".to_owned()]));
    assert!(by_new.problems.iter().all(|problem| problem.code == Code::CertNoSct), "a remark, no finding");
    assert_eq!(judge_now(&[&old.leaf(&[HOST])], &stores).outside, Vec::<String>::new());
    // A private root is in no public store, and nobody expects it there.
    assert_eq!(judge_now(&[&own.leaf(&[HOST])], &stores).outside, Vec::<String>::new());
    // What nobody trusts has a finding.
    assert_eq!(judge_now(&[&Ca::root("Else").leaf(&[HOST])], &stores).outside, Vec::<String>::new());
}
