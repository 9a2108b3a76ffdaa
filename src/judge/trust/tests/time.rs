//! Time: boundaries to the second, thresholds, lifetimes by era.

use proptest::prelude::*;

use super::*;
use crate::cert::pki::{DAY, dates, embedded};

#[test]
fn the_first_and_the_last_second_are_valid() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf(&[HOST]);
    let chain = [&leaf, &sub.cert];
    let codes_at = |at| codes(&judge_at(&chain, &stores, at));
    assert_eq!(codes_at(leaf.not_before - 1), ["cert-not-yet-valid"]);
    assert_eq!(codes_at(leaf.not_before), [""; 0]);
    assert_eq!(codes_at(leaf.not_after), ["cert-expiring"]);
    assert_eq!(codes_at(leaf.not_after + 1), ["cert-expired"]);
    assert!(judge_at(&chain, &stores, leaf.not_after).trusted);
    assert!(!judge_at(&chain, &stores, leaf.not_after + 1).trusted);
    // Within the last second.
    let within = Timestamp::new(leaf.not_after, 999_999_999).unwrap();
    let judgement = judge_served(&served(&chain), Some(&Host::name(HOST)), None, &stores, &Policy::default(), within);
    assert!(judgement.trusted);
    let early = judge_at(&chain, &stores, leaf.not_before - 90);
    assert!(
        evidence(&early, Code::CertNotYetValid).ends_with("before 2026-05-02 00:00:00 UTC, in 1 min 30 s"),
        "{early:?}"
    );
}

#[test]
fn intermediates_have_dates_too() {
    let root = Ca::root("Root");
    let sub = root.sub_with("Sub", |params| dates(params, NOW - 5 * DAY, NOW + 5 * DAY));
    let stores = stores(&[&root], false);
    let chain = [&sub.leaf(&[HOST]), &sub.cert];
    let codes_at = |at| codes(&judge_at(&chain, &stores, at));
    assert_eq!(codes_at(NOW - 5 * DAY - 1), ["cert-invalid"], "an intermediate that is not valid yet");
    assert_eq!(codes_at(NOW), [""; 0]);
    assert_eq!(codes_at(NOW + 5 * DAY), ["cert-expiring"]);
    assert_eq!(codes_at(NOW + 5 * DAY + 1), ["cert-intermediate-expired"]);
    let judgement = judge_at(&chain, &stores, NOW + 5 * DAY - 3600);
    assert_eq!(evidence(&judgement, Code::CertExpiring), "O=Test CA,CN=Sub expires 2026-06-06 00:00:00 UTC, in 1 h");
    assert_eq!(judgement.expires_at, Some(NOW + 5 * DAY));
}

#[test]
fn thresholds_scale_with_the_lifetime() {
    let World { sub, stores, .. } = world();
    // Lifetime in days, warning and critical below so many seconds left.
    for (days, warning, critical) in [
        (398, 30 * DAY, 7 * DAY),
        (90, 24 * DAY, 7 * DAY),
        (45, 12 * DAY, 45 * DAY / 10),
        (6, 6 * DAY * 4 / 15, 6 * DAY / 10),
    ] {
        let end = NOW + DAY * days;
        let leaf = sub.leaf_with(&[HOST], |params| dates(params, NOW, end));
        let severity_at = |left: i64| {
            let judgement = judge_at(&[&leaf, &sub.cert], &stores, end - left);
            judgement.problems.iter().find(|problem| problem.code == Code::CertExpiring).map(|problem| problem.severity)
        };
        assert_eq!(severity_at(warning), None, "{days}");
        assert_eq!(severity_at(warning - 1), Some(Severity::Warning), "{days}");
        assert_eq!(severity_at(critical), Some(Severity::Warning), "{days}");
        assert_eq!(severity_at(critical - 1), Some(Severity::Critical), "{days}");
    }
}

#[test]
fn fixed_thresholds_override() {
    let World { sub, stores, .. } = world();
    let leaf = sub.leaf(&[HOST]);
    let policy = Policy { expiry_warning_s: Some(61 * DAY), expiry_critical_s: Some(1), ..Policy::default() };
    let chain = served(&[&leaf, &sub.cert]);
    let judgement = judge_served(&chain, Some(&Host::name(HOST)), None, &stores, &policy, instant(NOW));
    assert_eq!(codes(&judgement), ["cert-expiring"]);
    assert_eq!(severity(&judgement, Code::CertExpiring), Severity::Warning);
}

/// Distinct logs enough for any lifetime.
fn with_timestamps(params: &mut rcgen::CertificateParams) {
    params.custom_extensions.push(embedded(&[1, 2, 3]));
}

#[test]
fn every_era_has_its_limit_to_the_second() {
    for (from, limit, _) in LIFETIME_LIMITS {
        let root = Ca::root_with("Root", |params| dates(params, 1_400_000_000, 2_400_000_000));
        let (public, private) = (stores(&[&root], true), stores(&[&root], false));
        let judge = |seconds: i64, stores: &Stores, begin: i64| {
            // Both ends are included, so that the last second is one before.
            let leaf = root.leaf_with(&[HOST], |params| {
                dates(params, begin, begin + seconds - 1);
                with_timestamps(params);
            });
            judge_at(&[&leaf], stores, begin)
        };
        assert_eq!(codes(&judge(limit * DAY, &public, *from)), [""; 0], "{limit}");
        let over = judge(limit * DAY + 1, &public, *from);
        assert_eq!(codes(&over), ["cert-lifetime-too-long"], "{limit}");
        assert_eq!(severity(&over, Code::CertLifetimeTooLong), Severity::Warning);
        assert!(over.trusted);
        assert!(evidence(&over, Code::CertLifetimeTooLong).contains(&format!("valid for {} days", limit + 1)));
        assert_eq!(codes(&judge(limit * DAY + 1, &private, *from)), [""; 0], "a private root is free");
        // One second before the era the older limit holds (and before the first, none).
        assert_eq!(codes(&judge(limit * DAY + 1, &public, from - 1)), [""; 0], "{limit}");
    }
}

#[test]
fn the_limit_holds_for_a_public_leaf_that_fails_otherwise() {
    let root = Ca::root("Root");
    let sub = root.sub("Sub");
    let leaf = sub.leaf_with(&[HOST], |params| {
        dates(params, NOW - 300 * DAY, NOW + 300 * DAY);
        with_timestamps(params);
    });
    let judgement = judge_at(&[&leaf, &sub.cert], &stores(&[&root], true), NOW + 301 * DAY);
    assert_eq!(codes(&judgement), ["cert-expired", "cert-lifetime-too-long"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Once expired, expired for ever; the nearer the end, the worse; nothing else changes.
    #[test]
    fn the_verdict_never_gets_better_with_time(first in -40..400i64, second in -40..400i64) {
        thread_local!(static MADE: (Arc<Certificate>, Ca, Stores) = {
            let World { sub, stores, .. } = world();
            (sub.leaf(&[HOST]), sub, stores)
        });
        let rank = |judgement: &ChainJudgement| match codes(judgement).as_slice() {
            [] => 0,
            ["cert-expiring"] if severity(judgement, Code::CertExpiring) == Severity::Warning => 1,
            ["cert-expiring"] => 2,
            ["cert-expired"] => 3,
            other => panic!("{other:?}"),
        };
        MADE.with(|(leaf, sub, stores)| {
            let at = |hours: i64| judge_at(&[leaf, &sub.cert], stores, leaf.not_before.max(NOW + hours * 6 * 3600));
            let (early, late) = (at(first.min(second)), at(first.max(second)));
            prop_assert!(rank(&early) <= rank(&late));
            prop_assert_eq!(late.trusted, rank(&late) < 3);
            Ok(())
        })?;
    }

    /// Whatever the time, a judgement is made.
    #[test]
    fn any_time_is_survived(at in Timestamp::MIN.as_second()..=Timestamp::MAX.as_second()) {
        thread_local!(static MADE: (Arc<Certificate>, Ca, Stores) = {
            let World { sub, stores, .. } = world();
            (sub.leaf(&[HOST]), sub, stores)
        });
        MADE.with(|(leaf, sub, stores)| {
            let judgement = judge_at(&[leaf, &sub.cert], stores, at);
            assert_eq!(judgement.trusted, (leaf.not_before..=leaf.not_after).contains(&at));
        });
    }
}
