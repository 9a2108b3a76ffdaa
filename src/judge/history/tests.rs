use super::*;
use crate::link::Link;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn origin() -> Origin {
    Link::parse("https://cdn.example/").unwrap().origin()
}

fn held(name: &str, authority: &str, root: Option<&str>, first_seen: &str) -> Held {
    Held {
        sha256: name.repeat(64),
        authority: authority.into(),
        root: root.map(Into::into),
        not_before: at("2026-01-01T00:00:00Z"),
        not_after: at("2026-04-11T00:00:00Z"), // 100 days
        first_seen: at(first_seen),
    }
}

#[test]
fn another_certificate_is_news_for_a_day() {
    let changed = |before: &Held, now: &Held, when: &str| {
        certificate_changed(&origin(), &Party::unknown(), before, now, at(when)).map(|finding| finding.severity)
    };
    let old = held("a", "CA One", Some("Root X"), "2026-01-01T00:00:00Z");
    let new = held("b", "CA One", Some("Root X"), "2026-03-01T00:00:00Z");
    assert_eq!(changed(&old, &old, "2026-03-01T00:00:00Z"), None);
    assert_eq!(changed(&old, &new, "2026-03-01T23:59:59Z"), Some(Severity::Info));
    assert_eq!(changed(&old, &new, "2026-03-02T00:00:00Z"), None, "no news after a day");
    let other_root = Held { root: Some("Root Y".into()), ..new.clone() };
    assert_eq!(changed(&old, &other_root, "2026-03-01T00:00:00Z"), Some(Severity::Warning));
    let other_authority = Held { authority: "CA Two".into(), ..new.clone() };
    assert_eq!(changed(&old, &other_authority, "2026-03-01T00:00:00Z"), Some(Severity::Warning));
    let no_root = Held { root: None, ..new };
    assert_eq!(
        changed(&old, &no_root, "2026-03-01T00:00:00Z"),
        Some(Severity::Info),
        "an unknown root is no other root"
    );
}

#[test]
fn a_renewal_is_late_by_the_hosts_own_habit() {
    let leaf = held("a", "CA", None, "2026-01-01T00:00:00Z");
    let state = |shares: &[f64], when: &str| renewal(&origin(), &Party::unknown(), &leaf, shares, at(when));
    // 34 of 100 days are left on 8 March, 29 on 13 March.
    assert_eq!(state(&[0.33], "2026-04-01T00:00:00Z"), Habit::Unknown, "one renewal is no habit");
    assert_eq!(state(&[0.33, 0.33], "2026-03-08T00:00:00Z"), Habit::InTime);
    assert!(matches!(state(&[0.33, 0.33], "2026-03-13T00:00:00Z"), Habit::Late(_)));
    // A spread of 5 points moves the bound ten points below the smallest share.
    assert_eq!(state(&[0.30, 0.40], "2026-03-17T00:00:00Z"), Habit::InTime);
    assert!(matches!(state(&[0.30, 0.40], "2026-03-23T00:00:00Z"), Habit::Late(_)));
    assert_eq!(state(&[0.33, 0.33], "2026-05-01T00:00:00Z"), Habit::Unknown, "what has run out is another code's");
    assert_eq!(state(&[f64::NAN, 0.33], "2026-04-01T00:00:00Z"), Habit::Unknown);
}

fn feed(title: &str, items: u64, guids: std::ops::Range<u32>, hosts: &[&str]) -> FeedPast {
    FeedPast {
        title: title.into(),
        items,
        guids: guids.map(|guid| guid.to_string()).collect(),
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
    }
}

#[test]
fn a_feed_that_is_another_one_is_told_by_what_differs() {
    let before = feed("Lantern", 100, 0..20, &["a.example"]);
    let detail = |now: &FeedPast| feed_changed("s", "Lantern", &before, now).map(|finding| finding.detail);
    assert_eq!(detail(&before), None);
    assert_eq!(detail(&feed("Lantern", 101, 0..21, &["a.example", "b.example"])), None, "a new episode, a new host");
    assert!(detail(&feed("Salt", 100, 0..20, &["a.example"])).unwrap().contains("title"));
    assert!(detail(&feed("Lantern", 100, 11..31, &["a.example"])).unwrap().contains("11 of the 20 newest"));
    assert_eq!(detail(&feed("Lantern", 100, 10..30, &["a.example"])), None, "half of them is not most");
    assert!(detail(&feed("Lantern", 49, 0..20, &["a.example"])).unwrap().contains("100 items and has 49"));
    assert_eq!(detail(&feed("Lantern", 50, 0..20, &["a.example"])), None);
    assert!(detail(&feed("Lantern", 100, 0..20, &["b.example"])).unwrap().contains("b.example"));
    assert_eq!(detail(&feed("Lantern", 100, 0..20, &[])), None, "no hosts at all is the feed's emptiness");
    let told = feed_changed("s", "Lantern", &before, &feed("Salt", 49, 0..20, &["a.example"])).unwrap();
    // Said of what was seen minutes ago, too.
    assert_eq!(told.summary, "The feed of Lantern changed within the last day.");
    assert_eq!(told.detail, "The title was \"Lantern\" and is \"Salt\"; it had 100 items and has 49.");
}

#[test]
fn a_show_is_silent_by_its_own_rhythm() {
    let weekly: Vec<Timestamp> =
        (0..8).map(|week| at("2026-03-01T06:00:00Z") - SignedDuration::from_hours(week * 168)).collect();
    assert_eq!(rhythm(&weekly), Some(7 * 86_400_000));
    assert_eq!(rhythm(&weekly[..4]), None, "four dates are no rhythm");
    let stale = |when: &str| feed_stale("s", "Lantern", &weekly, at(when)).is_some();
    assert!(!stale("2026-03-22T06:00:00Z"));
    assert!(stale("2026-03-22T06:00:01Z"));
    let same = vec![at("2026-03-01T06:00:00Z"); 8];
    assert_eq!(rhythm(&same), None, "all at once is no rhythm");
    let mut planned = weekly.clone();
    planned.push(at("2027-01-01T00:00:00Z"));
    assert!(
        feed_stale("s", "Lantern", &planned, at("2026-03-23T06:00:00Z")).is_some(),
        "an episode of the future is none yet"
    );
}
