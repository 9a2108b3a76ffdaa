use crate::chain::*;
use crate::feed::{Episode, Feed, Limit, Oddity, OddityKind, Other};
use crate::judge::testing::*;
use crate::judge::*;

const RSS: &str = "https://f.example/rss";

fn document(urls: &[(&str, u16)]) -> Chain {
    chain(urls.iter().map(|(url, status)| hop(url, *status)).collect(), End::Reached)
}

fn healthy() -> Feed {
    feed_of(vec![episode(0, FILE)])
}

#[test]
fn a_healthy_feed_raises_nothing() {
    let feed = healthy();
    let (verdict, end) = feed_alone(Some(&document(&[(RSS, 200)])), FeedContent::Feed(&feed));
    assert_eq!(verdict, FeedVerdict { outcome: Some(Outcome::Document), verdict: Verdict::Ok });
    assert_eq!(codes(&end), Vec::<&str>::new());
    let (verdict, _) = feed_alone(None, FeedContent::Feed(&feed));
    assert_eq!(verdict, FeedVerdict { outcome: None, verdict: Verdict::Ok });
}

#[test]
fn an_unreachable_feed_names_its_cause() {
    let (verdict, end) = feed_alone(Some(&broken(&[], hop(RSS, 404))), FeedContent::Nothing);
    assert_eq!((verdict.outcome, verdict.verdict), (Some(Outcome::Broken), Verdict::Critical));
    assert_eq!((codes(&end), causes(&end)), (vec!["http-gone", "feed-unreachable"], vec!["http-gone"]));
    assert_eq!(find(&end, Code::HttpGone).subject.kind, SubjectKind::Feed);

    let (_, end) = feed_alone(Some(&broken(&[], nameless(RSS, DnsFailure::NoSuchName))), FeedContent::Nothing);
    assert_eq!((codes(&end), causes(&end)), (vec!["dns-not-found", "feed-unreachable"], vec!["dns-not-found"]));
    assert_eq!(find(&end, Code::DnsNotFound).affects, Affects { feeds: 1, episodes: 0 });

    let (_, end) = feed_alone(Some(&chain(vec![hop(RSS, 302)], End::Loop { back_to: 0 })), FeedContent::Nothing);
    assert_eq!(causes(&end), ["redirect-loop"]);

    let (verdict, end) = feed_alone(Some(&broken(&[], hop(RSS, 416))), FeedContent::Nothing);
    assert_eq!((causes(&end), verdict.verdict), (vec!["http-error"], Verdict::Critical), "no range was asked for");

    let (verdict, end) = feed_alone(Some(&document(&[(RSS, 200)])), FeedContent::Nothing);
    assert_eq!((codes(&end), verdict.outcome), (vec!["feed-unreachable"], Some(Outcome::Broken)));
}

#[test]
fn a_feed_behind_a_bot_wall_is_unknown() {
    let wall = answered(RSS, answer(403, &[("cf-mitigated", "challenge")]));
    let (verdict, end) = feed_alone(Some(&broken(&[], wall)), FeedContent::Nothing);
    assert_eq!((codes(&end), verdict.verdict), (vec!["blocked-to-bots"], Verdict::Unknown));
    assert_eq!(end.verdict, Verdict::Unknown);
}

#[test]
fn a_document_that_is_no_feed() {
    for other in [Other::Html, Other::Empty, Other::Json, Other::Xml, Other::Unknown] {
        let (verdict, end) = feed_alone(Some(&document(&[(RSS, 200)])), FeedContent::Other(other));
        assert_eq!((codes(&end), verdict.verdict), (vec!["feed-not-a-feed"], Verdict::Critical));
    }
    assert_eq!(codes(&feed_alone(None, FeedContent::Other(Other::Html)).1), ["feed-not-a-feed"]);
}

fn oddity(line: u64, what: OddityKind) -> Oddity {
    Oddity { line, column: 7, what }
}

#[test]
fn faults_and_limits_of_a_feed_are_told_apart() {
    let with = |oddities| Feed { oddities, ..healthy() };
    let feed = with(vec![oddity(3, OddityKind::BareAmpersand), oddity(9, OddityKind::MissingEnd)]);
    let (verdict, end) = feed_alone(None, FeedContent::Feed(&feed));
    assert_eq!((codes(&end), verdict.verdict), (vec!["feed-malformed"], Verdict::Warning));
    assert!(end.findings[0].detail.starts_with("Line 3, column 7: "), "{}", end.findings[0].detail);
    let feed = with(vec![oddity(3, OddityKind::Limit(Limit::Depth))]);
    assert_eq!(codes(&feed_alone(None, FeedContent::Feed(&feed)).1), ["feed-too-large"]);
}

#[test]
fn a_feed_without_items_is_empty() {
    let feed = feed_of(vec![]);
    assert_eq!(codes(&feed_alone(None, FeedContent::Feed(&feed)).1), ["feed-empty"]);
}

#[test]
fn a_feed_moves_by_its_word_or_by_permanent_redirects() {
    let new = "https://new.example/rss";
    let said = |url: &str, chain: &Chain| {
        let feed = Feed { new_feed_url: Some(url.to_owned()), ..healthy() };
        codes(&feed_alone(Some(chain), FeedContent::Feed(&feed)).1)
    };
    let none = Vec::<&str>::new();
    let plain = document(&[(RSS, 200)]);
    assert_eq!(said(new, &plain), ["feed-moved"]);
    assert_eq!(said(RSS, &plain), none, "it names itself");
    assert_eq!(said("", &plain), none);
    let redirected =
        |status| codes(&feed_alone(Some(&document(&[(RSS, status), (new, 200)])), FeedContent::Feed(&healthy())).1);
    assert_eq!(redirected(301), ["feed-moved"]);
    assert_eq!(redirected(308), ["feed-moved"]);
    assert_eq!(redirected(302), none);
    let late = document(&[(RSS, 302), (new, 301), (FILE, 200)]);
    assert_eq!(codes(&feed_alone(Some(&late), FeedContent::Feed(&healthy())).1), none, "a temporary one leads there");
}

#[test]
fn a_feed_that_was_stopped_half_way_is_not_blamed_for_its_end() {
    let oddity = Oddity { line: 1, column: 1, what: OddityKind::MissingEnd };
    let half = Feed { items: 0, oddities: vec![oddity], ..Feed::default() };
    let stopped = Chain { end: End::Interrupted, ..document(&[(RSS, 200)]) };
    assert_eq!(codes(&feed_alone(Some(&stopped), FeedContent::Feed(&half)).1), Vec::<&str>::new());
    assert!(!codes(&feed_alone(Some(&document(&[(RSS, 200)])), FeedContent::Feed(&half)).1).is_empty());
}

#[test]
fn items_without_enclosure_are_worth_knowing() {
    let mut text = episode(1, FILE);
    text.enclosures.clear();
    let feed = feed_of(vec![episode(0, FILE), text]);
    let (verdict, end) = feed_alone(None, FeedContent::Feed(&feed));
    assert_eq!((codes(&end), verdict.verdict), (vec!["enclosure-missing"], Verdict::Ok));
    let subject = &end.findings[0].subject;
    assert_eq!((subject.kind, subject.id.as_str()), (SubjectKind::Episode, "https://f.example/rss#guid-1"));

    let most = crate::judge::fold::MOST_ALIKE;
    let bare = (0..most + 7).map(|number| Episode { enclosures: Vec::new(), ..episode(number, FILE) });
    let (_, end) = feed_alone(None, FeedContent::Feed(&feed_of(bare.collect())));
    assert_eq!(end.findings.len(), most);
    let more = end.findings.iter().filter(|finding| finding.detail.contains(" 7 more of this feed")).count();
    assert_eq!(more, 1);
}
