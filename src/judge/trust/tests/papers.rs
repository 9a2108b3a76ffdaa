//! What others say of a certificate: its issuer by AIA, revocation, renewal, timestamps.

use rcgen::{
    CertificateRevocationListParams, CrlDistributionPoint, ExtendedKeyUsagePurpose, KeyIdMethod, RevocationReason,
    RevokedCertParams, SerialNumber,
};

use super::*;
use crate::cert::pki::{DAY, dates, embedded, embedded_of, extension, issuer_url, stamp, timestamp_list, tlv};
use crate::chain::{Fetched, RenewalWindow};

fn issuers(certs: &[&Arc<Certificate>]) -> Papers {
    let got = Ok(certs.iter().map(|cert| Arc::clone(cert)).collect());
    Papers { issuers: vec![Fetched { url: "http://ca.example/sub.der".into(), got }], ..Papers::default() }
}

#[test]
fn a_fetched_issuer_tells_incomplete_from_unknown_and_mends_nothing() {
    let World { root, sub, stores } = world();
    let leaf = sub.leaf(&[HOST]);
    let judgement = judge_with(&[&leaf], &stores, &issuers(&[&sub.cert]));
    assert_eq!(codes(&judgement), ["cert-chain-incomplete"]);
    assert!(!judgement.trusted && judgement.anchored_in.is_empty());
    assert_eq!(path_names(&judgement), [HOST], "what was not sent is not on the path");
    let text = evidence(&judgement, Code::CertChainIncomplete);
    assert!(text.contains("does not send O=Test CA,CN=Sub") && text.contains("CN=Root"), "{text}");

    let unknown = Stores::default();
    let judgement = judge_with(&[&leaf], &unknown, &issuers(&[&sub.cert, &root.cert]));
    assert_eq!(codes(&judgement), ["cert-untrusted"]);
    let judgement = judge_with(&[&leaf], &unknown, &issuers(&[&sub.cert]));
    assert_eq!(codes(&judgement), ["cert-chain-incomplete"], "the fetch does not decide");
    let failed = Papers {
        issuers: vec![Fetched { url: "http://ca.example/sub.der".into(), got: Err("404".into()) }],
        ..Papers::default()
    };
    let judgement = judge_with(&[&leaf], &stores, &failed);
    assert!(evidence(&judgement, Code::CertChainIncomplete).contains("http://ca.example/sub.der failed: 404"));
    let judgement = judge_with(&[&leaf], &stores, &issuers(&[&Ca::root("Stray").cert]));
    assert_eq!(codes(&judgement), ["cert-chain-incomplete"]);
}

#[test]
fn a_complete_chain_does_not_look_at_what_was_fetched() {
    let World { sub, stores, .. } = world();
    let judgement = judge_with(&[&sub.leaf(&[HOST]), &sub.cert], &stores, &issuers(&[&Ca::root("Stray").cert]));
    assert_good(&judgement);
}

#[test]
fn fetched_certificates_do_not_displace_a_complete_path() {
    let World { root, sub, stores } = world();
    let leaf = sub.leaf_with(&[HOST], |params| dates(params, NOW - 50 * DAY, NOW - 1));
    let again = root.cross(&sub, |_| ());
    let judgement = judge_with(&[&leaf, &sub.cert], &stores, &issuers(&[&again]));
    assert_eq!(codes(&judgement), ["cert-expired"]);
}

#[test]
fn what_cannot_be_read_may_be_what_was_fetched() {
    let World { sub, stores, .. } = world();
    let chain = crate::cert::served([&sub.leaf(&[HOST]).der[..], b"junk"].into_iter());
    let papers = issuers(&[&sub.cert]);
    let judgement =
        judge_served(&chain, Some(&Host::name(HOST)), Some(&papers), &stores, &Policy::default(), instant(NOW));
    assert_eq!(codes(&judgement), ["cert-chain-incomplete", "cert-invalid"]);
}

#[test]
fn what_is_asked_for() {
    let World { root, sub, stores } = world();
    let points = vec![CrlDistributionPoint {
        uris: ["http://crl.example/1", "ldap://x/", "https://crl.example/2", "http://crl.example/3"]
            .map(String::from)
            .into(),
    }];
    let leaf = sub.leaf_with(&[HOST], |params| {
        params.crl_distribution_points = points;
        params.custom_extensions.push(issuer_url("http://ca.example/sub.der"));
    });
    let asked = wanted(&served(&[&leaf, &sub.cert]), &stores, instant(NOW));
    assert_eq!(asked.issuers, [""; 0], "nothing is missing");
    assert_eq!(asked.crls, ["http://crl.example/1", "https://crl.example/2"]);
    assert_eq!(asked.renewal, None, "not a CA that offers it");
    let asked = wanted(&served(&[&leaf]), &stores, instant(NOW));
    assert_eq!(asked.issuers, ["http://ca.example/sub.der"]);
    assert_eq!(wanted(&served(&[&leaf, &sub.cert, &root.cert]), &Stores::default(), instant(NOW)).issuers, [""; 0]);
    let named =
        Ca::root_with("Named", |params| params.custom_extensions.push(issuer_url("http://ca.example/self.der")));
    let chain = served(&[&named.leaf(&[HOST]), &named.cert]);
    assert_eq!(wanted(&chain, &stores, instant(NOW)).issuers, [""; 0], "a root has no issuer to fetch");
    let odd = sub.leaf_with(&[HOST], |params| params.custom_extensions.push(issuer_url("file:///etc/passwd")));
    assert_eq!(wanted(&served(&[&odd]), &stores, instant(NOW)).issuers, [""; 0]);
    assert_eq!(wanted(&Served::default(), &stores, instant(NOW)), Wanted::default());

    // A fetched issuer whose own issuer is missing leads on.
    let deep = sub.sub_with("Deep", |params| params.custom_extensions.push(issuer_url("http://ca.example/up.der")));
    let leaf = deep.leaf_with(&[HOST], |params| params.custom_extensions.push(issuer_url("http://ca.example/sub.der")));
    let chain = served(&[&leaf]);
    let papers = issuers(&[&deep.cert]);
    assert_eq!(wanted_given(&chain, Some(&papers), &stores, instant(NOW)).issuers, ["http://ca.example/up.der"]);
    let failed = Fetched { url: "http://ca.example/sub.der".into(), got: Err("404".into()) };
    let papers = Papers { issuers: vec![failed], ..Papers::default() };
    assert_eq!(wanted_given(&chain, Some(&papers), &stores, instant(NOW)).issuers, [""; 0], "nothing is asked twice");
}

#[test]
fn renewal_identifiers_are_those_of_the_rfc() {
    let ca = Ca::root_with("R3", |params| {
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "Let's Encrypt");
        params.key_identifier_method = KeyIdMethod::PreSpecified(vec![
            0x69, 0x88, 0x5b, 0x6b, 0x87, 0x46, 0x40, 0x41, 0xe1, 0xb3, 0x7b, 0x84, 0x7b, 0xa0, 0xae, 0x2c, 0xde, 0x01,
            0xc8, 0xd4,
        ]);
    });
    let leaf = ca.leaf_with(&[HOST], |params| {
        params.serial_number = Some(SerialNumber::from_slice(&[0x00, 0x87, 0x65, 0x43, 0x21]));
    });
    let asked = wanted(&served(&[&leaf]), &stores(&[&ca], true), instant(NOW));
    assert_eq!(
        asked.renewal,
        Some(("https://acme-v02.api.letsencrypt.org/directory".into(), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE".into()))
    );
}

fn window(start: UnixSeconds, end: UnixSeconds) -> Papers {
    let got = Ok(RenewalWindow { start, end, explanation: Some("https://ca.example/why".into()) });
    Papers { renewal: Some(Fetched { url: "https://ca.example/".into(), got }), ..Papers::default() }
}

#[test]
fn a_renewal_window_that_has_ended_is_overdue() {
    let World { sub, stores, .. } = world();
    let chain = [&sub.leaf(&[HOST]), &sub.cert];
    assert_good(&judge_with(&chain, &stores, &window(NOW + DAY, NOW + 2 * DAY)));
    assert_eq!(codes(&judge_with(&chain, &stores, &window(NOW - DAY, NOW - 1))), ["cert-renewal-overdue"]);
    let open = judge_with(&chain, &stores, &window(NOW - DAY, NOW));
    assert!(open.trusted && open.problems.is_empty(), "its last second is still open");
    assert!(
        judge_with(&chain, &stores, &window(NOW - 1, NOW - DAY)).problems.is_empty(),
        "a window upside down is none"
    );
    // Before half of the lifetime (day 45 of 90; now is day 30).
    let early = judge_with(&chain, &stores, &window(NOW + DAY, NOW + 14 * DAY));
    assert!(early.remarks.iter().any(|remark| remark.contains("about to revoke")), "{early:?}");
    assert!(judge_with(&chain, &stores, &window(NOW + 15 * DAY, NOW + 30 * DAY)).remarks.is_empty());
}

fn list(ca: &Ca, revoked: &[&Certificate], since: UnixSeconds) -> Vec<u8> {
    let revoked_certs = revoked
        .iter()
        .map(|cert| RevokedCertParams {
            serial_number: SerialNumber::from_slice(&cert.serial_der),
            revocation_time: stamp!(since),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        })
        .collect();
    let params = CertificateRevocationListParams {
        this_update: stamp!(NOW - DAY),
        next_update: stamp!(NOW + DAY),
        crl_number: SerialNumber::from_slice(&[1]),
        issuing_distribution_point: None,
        revoked_certs,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(&ca.issuer()).unwrap().der().to_vec()
}

fn listed(der: Vec<u8>) -> Papers {
    Papers { crls: vec![Fetched { url: "http://crl.example/1".into(), got: Ok(der.into()) }], ..Papers::default() }
}

#[test]
fn a_revocation_list_revokes() {
    let World { root, sub, stores } = world();
    let (leaf, other) = (sub.leaf(&[HOST]), sub.leaf(&[HOST]));
    let chain = [&leaf, &sub.cert];
    let judgement = judge_with(&chain, &stores, &listed(list(&sub, &[&leaf], NOW - 3600)));
    assert_eq!(codes(&judgement), ["cert-revoked"]);
    assert!(!judgement.trusted);
    let text = evidence(&judgement, Code::CertRevoked);
    assert!(
        text.contains("2026-05-31 23:00:00 UTC (KeyCompromise)") && text.contains("http://crl.example/1"),
        "{text}"
    );

    assert_good(&judge_with(&chain, &stores, &listed(list(&sub, &[&other], NOW - 3600))));
    // Another CA's list says nothing about this leaf.
    assert_good(&judge_with(&chain, &stores, &listed(list(&root, &[&leaf], NOW - 3600))));
    // A list that the issuer did not sign is not used, and that is said.
    let mut forged = list(&sub, &[&leaf], NOW - 3600);
    *forged.last_mut().unwrap() ^= 1;
    let judgement = judge_with(&chain, &stores, &listed(forged));
    assert_good(&judgement);
    assert!(judgement.remarks.iter().any(|remark| remark.contains("not used")), "{judgement:?}");
    let judgement = judge_with(&chain, &stores, &listed(b"junk".to_vec()));
    assert_good(&judgement);
    assert_eq!(judgement.remarks.len(), 1);
    // One to come.
    let judgement = judge_with(&chain, &stores, &listed(list(&sub, &[&leaf], NOW + 3600)));
    assert_good(&judgement);
    assert!(judgement.remarks.iter().any(|remark| remark.contains("2026-06-01 01:00:00")), "{judgement:?}");
}

#[test]
fn a_revoked_leaf_is_told_beside_other_faults() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf_with(&[HOST], |params| dates(params, NOW - 50 * DAY, NOW - DAY));
    let papers = listed(list(&sub, &[&leaf], NOW - 3600));
    assert_eq!(codes(&judge_with(&[&leaf, &sub.cert], &stores, &papers)), ["cert-expired", "cert-revoked"]);
    assert_eq!(
        codes(&judge_with(&[&leaf, &sub.cert], &Stores::default(), &papers)),
        ["cert-expired", "cert-chain-incomplete", "cert-revoked"]
    );
}

/// What an OCSP answer is made of.
struct Answer<'a> {
    issuer: &'a Ca,
    leaf: &'a Certificate,
    status: Vec<u8>,
    from: UnixSeconds,
    to: Option<UnixSeconds>,
    extensions: Vec<u8>,
}

fn generalized(at: UnixSeconds) -> Vec<u8> {
    tlv(0x18, &[instant(at).strftime("%Y%m%d%H%M%SZ").to_string().as_bytes()])
}

fn revoked_since(at: UnixSeconds) -> Vec<u8> {
    tlv(0xa1, &[&generalized(at), &tlv(0xa0, &[&[0x0a, 1, 1]])])
}

fn held_since(at: UnixSeconds) -> Vec<u8> {
    tlv(0xa1, &[&generalized(at), &tlv(0xa0, &[&[0x0a, 1, 6]])])
}

impl<'a> Answer<'a> {
    fn new(issuer: &'a Ca, leaf: &'a Certificate, status: Vec<u8>) -> Self {
        Self { issuer, leaf, status, from: NOW - DAY, to: Some(NOW + DAY), extensions: Vec::new() }
    }

    fn signed(&self, signer: &Ca, certs: &[&Certificate]) -> Arc<[u8]> {
        let sha1 = |bytes: &[u8]| ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        let key = crate::cert::key_bits(&self.issuer.cert).unwrap();
        let id = tlv(
            0x30,
            &[
                &tlv(0x30, &[&[0x06, 5, 0x2b, 0x0e, 3, 2, 0x1a], &[5, 0]]),
                &tlv(4, &[sha1(&self.leaf.issuer_der).as_ref()]),
                &tlv(4, &[sha1(&key).as_ref()]),
                &tlv(2, &[&self.leaf.serial_der]),
            ],
        );
        let to = self.to.map(|to| tlv(0xa0, &[&generalized(to)])).unwrap_or_default();
        let single = tlv(0x30, &[&id, &self.status, &generalized(self.from), &to, &self.extensions]);
        let data = tlv(
            0x30,
            &[
                &tlv(0xa2, &[&tlv(4, &[sha1(&crate::cert::key_bits(&signer.cert).unwrap()).as_ref()])]),
                &generalized(self.from),
                &tlv(0x30, &[&single]),
            ],
        );
        let algorithm = tlv(0x30, &[&[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
        let signature = tlv(3, &[&[0], &signer.sign(&data)]);
        let ders: Vec<&[u8]> = certs.iter().map(|cert| cert.der.as_ref()).collect();
        let certs = if ders.is_empty() { Vec::new() } else { tlv(0xa0, &[&tlv(0x30, &ders)]) };
        let basic = tlv(0x30, &[&data, &algorithm, &signature, &certs]);
        let oid = [0x06, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
        let bytes = tlv(0xa0, &[&tlv(0x30, &[&oid, &tlv(4, &[&basic])])]);
        tlv(0x30, &[&[0x0a, 1, 0], &bytes]).into()
    }
}

const GOOD: &[u8] = &[0x80, 0];

fn judge_stapled(world: &World, leaf: &Arc<Certificate>, staple: Arc<[u8]>) -> ChainJudgement {
    let shaken = Session { staple: Some(staple), ..session(&[leaf, &world.sub.cert]) };
    judge_shaken(&shaken, &world.stores, NOW)
}

#[test]
fn a_staple_of_the_issuer_is_believed() {
    let world = world();
    let leaf = world.sub.leaf(&[HOST]);
    let good = judge_stapled(&world, &leaf, Answer::new(&world.sub, &leaf, GOOD.to_vec()).signed(&world.sub, &[]));
    assert_good(&good);
    assert!(good.remarks.is_empty(), "{good:?}");
    let answer = Answer::new(&world.sub, &leaf, revoked_since(NOW - 60));
    let judgement = judge_stapled(&world, &leaf, answer.signed(&world.sub, &[]));
    assert_eq!(codes(&judgement), ["cert-revoked"]);
    assert!(!judgement.trusted);
    assert!(evidence(&judgement, Code::CertRevoked).contains("revoked 2026-05-31 23:59:00 UTC (KeyCompromise)"));
    let to_come = Answer::new(&world.sub, &leaf, revoked_since(NOW + 60)).signed(&world.sub, &[]);
    assert_good(&judge_stapled(&world, &leaf, to_come));
}

#[test]
fn a_staple_that_proves_nothing_is_not_believed() {
    let world = world();
    let leaf = world.sub.leaf(&[HOST]);
    let refused = |staple: Arc<[u8]>, why: &str| {
        let judgement = judge_stapled(&world, &leaf, staple);
        assert_good(&judgement);
        assert!(judgement.remarks.iter().any(|remark| remark.contains(why)), "{judgement:?}");
    };
    let revoked = || Answer::new(&world.sub, &leaf, revoked_since(NOW - 60));
    refused(revoked().signed(&world.root, &[]), "not signed by the issuer");
    let stranger = Ca::root("Sub");
    refused(revoked().signed(&stranger, &[&stranger.cert]), "not signed by the issuer");
    let other = world.sub.leaf(&[HOST]);
    refused(Answer { leaf: &other, ..revoked() }.signed(&world.sub, &[]), "another certificate");
    let held = || Answer { status: held_since(NOW - 60), ..revoked() };
    refused(Answer { to: Some(NOW - 1), ..held() }.signed(&world.sub, &[]), "not current");
    refused(Answer { from: NOW + 1, ..held() }.signed(&world.sub, &[]), "not current");
    refused(Arc::from(&b"junk"[..]), "cannot be read");
    refused(Arc::from(&[0x30, 3, 0x0a, 1, 3][..]), "error of the responder");
    refused(Answer { status: vec![0x82, 0], ..revoked() }.signed(&world.sub, &[]), "does not know");
    let judgement = judge_stapled(&world, &leaf, Answer { to: Some(NOW), from: NOW, ..held() }.signed(&world.sub, &[]));
    assert_eq!(codes(&judgement), ["cert-revoked"], "both ends are included");
}

#[test]
fn a_revocation_is_for_good_whatever_time_is_judged() {
    let world = world();
    let leaf = world.sub.leaf(&[HOST]);
    let responder = world.sub.sub_with("Responder", |params| {
        params.is_ca = rcgen::IsCa::NoCa;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        dates(params, NOW - 10 * DAY, NOW + 2 * DAY);
    });
    let staple = Answer::new(&world.sub, &leaf, revoked_since(NOW - 5 * DAY)).signed(&responder, &[&responder.cert]);
    let shaken = Session { staple: Some(staple), ..session(&[&leaf, &world.sub.cert]) };
    let codes_at = |at| codes(&judge_shaken(&shaken, &world.stores, at));
    // The answer holds from yesterday to tomorrow.
    assert_eq!(codes_at(NOW + 20 * DAY), ["cert-revoked"]);
    assert_eq!(codes_at(NOW - 4 * DAY), ["cert-revoked"]);
    assert_eq!(codes_at(NOW - 5 * DAY), ["cert-revoked"]);
    assert_eq!(codes_at(NOW - 5 * DAY - 1), [""; 0]);
}

#[test]
fn a_delegated_responder_needs_the_usage_for_it() {
    let world = world();
    let leaf = world.sub.leaf(&[HOST]);
    let responder = |issuer: &Ca, purpose, until| {
        issuer.sub_with("Responder", |params| {
            params.is_ca = rcgen::IsCa::NoCa;
            params.extended_key_usages = vec![purpose];
            dates(params, NOW - 10 * DAY, until);
        })
    };
    let judge = |signer: &Ca, shown: &Ca| {
        let answer = Answer::new(&world.sub, &leaf, revoked_since(NOW - 60));
        codes(&judge_stapled(&world, &leaf, answer.signed(signer, &[&shown.cert])))
    };
    let good = responder(&world.sub, ExtendedKeyUsagePurpose::OcspSigning, NOW);
    assert_eq!(judge(&good, &good), ["cert-revoked"]);
    let server = responder(&world.sub, ExtendedKeyUsagePurpose::ServerAuth, NOW);
    assert_eq!(judge(&server, &server), [""; 0], "another usage");
    let old = responder(&world.sub, ExtendedKeyUsagePurpose::OcspSigning, NOW - 1);
    assert_eq!(judge(&old, &old), [""; 0], "expired");
    let stranger = responder(&Ca::root("Sub"), ExtendedKeyUsagePurpose::OcspSigning, NOW);
    assert_eq!(judge(&stranger, &stranger), [""; 0], "certified by another key of the issuer's name");
    assert_eq!(judge(&stranger, &good), [""; 0], "a responder that did not sign");
}

#[test]
fn must_staple_without_a_staple_is_a_remark() {
    let World { sub, stores, .. } = world();
    let feature = extension(&[1, 3, 6, 1, 5, 5, 7, 1, 24], false, vec![0x30, 3, 2, 1, 5]);
    let leaf = sub.leaf_with(&[HOST], |params| params.custom_extensions.push(feature));
    let judgement = judge_shaken(&session(&[&leaf, &sub.cert]), &stores, NOW);
    assert_good(&judgement);
    assert!(judgement.remarks.iter().any(|remark| remark.contains("asks for a stapled OCSP answer")), "{judgement:?}");
    assert!(judge_now(&[&leaf, &sub.cert], &stores).remarks.is_empty(), "a file has no staple");
}

#[test]
fn public_leaves_need_timestamps() {
    let World { root, sub, stores: private } = world();
    let public = stores(&[&root], true);
    let judge = |days: i64, logs: &[u8], stores: &Stores| {
        let leaf = sub.leaf_with(&[HOST], |params| {
            dates(params, NOW - 100 * DAY, NOW + (days - 100) * DAY - 1);
            if !logs.is_empty() {
                params.custom_extensions.push(embedded(logs));
            }
        });
        judge_now(&[&leaf, &sub.cert], stores)
    };
    let none = judge(180, &[], &public);
    assert_eq!(codes(&none), ["cert-no-sct"]);
    assert!(none.trusted);
    assert!(evidence(&none, Code::CertNoSct).contains("carries no signed certificate timestamps"), "{none:?}");
    assert_eq!(codes(&judge(180, &[1], &public)), ["cert-no-sct"]);
    assert_eq!(codes(&judge(180, &[1, 1], &public)), ["cert-no-sct"], "one log twice is one");
    assert_eq!(codes(&judge(180, &[1, 2], &public)), [""; 0]);
    assert_eq!(codes(&judge(181, &[1, 2], &public)), ["cert-no-sct"]);
    assert_eq!(codes(&judge(181, &[1, 2, 3], &public)), [""; 0]);
    assert_eq!(codes(&judge(180, &[], &private)), [""; 0]);
}

#[test]
fn timestamps_of_one_operator_alone_do_not_suffice() {
    let World { root, sub, .. } = world();
    let public = stores(&[&root], true);
    let judge = |logs: &[u64]| {
        judge_now(
            &[&sub.leaf_with(&[HOST], |params| params.custom_extensions.push(embedded_of(logs))), &sub.cert],
            &public,
        )
    };
    // Two logs of Google; one of Cloudflare; one that nobody knows.
    let (argon, xenon, nimbus, new) =
        (0xd76d_7d10_d1a7_f577, 0xd809_553b_944f_7aff, 0xcb38_f715_897c_84a1, 0x0123_4567_89ab_cdef);
    let one = judge(&[argon, xenon]);
    assert_eq!(codes(&one), ["cert-no-sct"]);
    let text = evidence(&one, Code::CertNoSct);
    assert!(text.contains("2 logs that Google runs") && text.contains("in the handshake"), "{text}");
    assert_eq!(codes(&judge(&[argon, nimbus])), [""; 0]);
    assert_eq!(codes(&judge(&[argon, new])), [""; 0], "a log that is not known blames nobody");
    assert_eq!(codes(&judge(&[new, argon])), [""; 0]);
    assert_eq!(codes(&judge(&[argon])), ["cert-no-sct"]);
}

#[test]
fn timestamps_are_not_asked_of_the_time_before_them() {
    let root = Ca::root_with("Root", |params| dates(params, 1_400_000_000, 2_400_000_000));
    let judge = |begin: UnixSeconds| {
        let leaf = root.leaf_with(&[HOST], |params| dates(params, begin, begin + 90 * DAY));
        codes(&judge_at(&[&leaf], &stores(&[&root], true), begin))
    };
    assert_eq!(judge(1_525_132_800), ["cert-no-sct"], "2018-05-01");
    assert_eq!(judge(1_525_132_799), [""; 0]);
}

#[test]
fn stapled_timestamps_count() {
    let mut world = world();
    world.stores = stores(&[&world.root], true);
    let leaf = world.sub.leaf_with(&[HOST], |params| params.custom_extensions.push(embedded(&[1])));
    let oid = [0x06, 10, 0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 5];
    let list = tlv(0x30, &[&oid, &tlv(4, &[&tlv(4, &[&timestamp_list(&[2])])])]);
    let extensions = tlv(0xa1, &[&tlv(0x30, &[&list])]);
    let answer = Answer { extensions, ..Answer::new(&world.sub, &leaf, GOOD.to_vec()) };
    assert_good(&judge_stapled(&world, &leaf, answer.signed(&world.sub, &[])));
    let plain = Answer::new(&world.sub, &leaf, GOOD.to_vec()).signed(&world.sub, &[]);
    assert_eq!(codes(&judge_stapled(&world, &leaf, plain)), ["cert-no-sct"]);
}

#[test]
fn a_public_leaf_whose_chain_is_incomplete_is_still_public() {
    let World { root, sub, .. } = world();
    let leaf = sub.leaf(&[HOST]);
    let judgement = judge_with(&[&leaf], &stores(&[&root], true), &issuers(&[&sub.cert]));
    assert_eq!(codes(&judgement), ["cert-chain-incomplete", "cert-no-sct"]);
}

proptest::proptest! {
    #[test]
    fn any_staple_or_list_is_survived(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        thread_local!(static MADE: (Arc<Certificate>, World) = {
            let world = world();
            (world.sub.leaf(&[HOST]), world)
        });
        MADE.with(|(leaf, world)| {
            judge_stapled(world, leaf, bytes.clone().into());
            judge_with(&[leaf, &world.sub.cert], &world.stores, &listed(bytes));
        });
    }

    #[test]
    fn a_mutated_staple_is_survived(at in proptest::arbitrary::any::<proptest::sample::Index>(), byte: u8) {
        thread_local!(static MADE: (Arc<Certificate>, World, Arc<[u8]>, Vec<u8>) = {
            let world = world();
            let leaf = world.sub.leaf(&[HOST]);
            let staple = Answer::new(&world.sub, &leaf, revoked_since(NOW - 60)).signed(&world.sub, &[&world.root.cert]);
            let list = list(&world.sub, &[&leaf], NOW - 3600);
            (leaf, world, staple, list)
        });
        MADE.with(|(leaf, world, staple, list)| {
            let mut staple = staple.to_vec();
            let index = at.index(staple.len());
            staple[index] = byte;
            judge_stapled(world, leaf, staple.into());
            let mut list = list.clone();
            let index = at.index(list.len());
            list[index] = byte;
            judge_with(&[leaf, &world.sub.cert], &world.stores, &listed(list));
        });
    }
}
