use crate::chain::*;
use crate::judge::testing::*;
use crate::judge::*;

fn feed_says(chain: &Chain, code: Code) -> String {
    let (_, end) = feed_alone(Some(chain), FeedContent::Nothing);
    find(&end, code).advice.clone()
}

#[test]
fn a_feed_is_not_an_episodes_file() {
    let gone = feed_says(&broken(&[], hop("https://f.example/rss", 404)), Code::HttpGone);
    assert!(gone.contains("Whoever hosts the feed") && !gone.contains("Upload"), "{gone}");
    let (_, end) = alone(&broken(&[], hop(FILE, 404)));
    assert!(find(&end, Code::HttpGone).advice.contains("Upload the file again"));
    let url = "https://f.example/rss";
    let wall = answered(url, answer(403, &[("cf-mitigated", "challenge")]));
    let busy = answered(url, answer(429, &[("retry-after", "60")]));
    let broken_redirect = End::BadRedirect(RedirectFault::NoLocation);
    for (chain, code) in [
        (broken(&[], hop(url, 403)), Code::HttpForbidden),
        (broken(&[], hop(url, 500)), Code::HttpError),
        (broken(&[], silent(url, RequestFailure::HeadTimeout)), Code::HttpTimeout),
        (broken(&[], silent(url, RequestFailure::Closed)), Code::HttpProtocolError),
        (broken(&[], wall), Code::BlockedToBots),
        (broken(&[], busy), Code::HttpRateLimited),
        (chain(vec![hop(url, 302)], End::Loop { back_to: 0 }), Code::RedirectLoop),
        (chain(vec![hop(url, 302)], End::TooManyRedirects { limit: 20 }), Code::RedirectLimit),
        (chain(vec![hop(url, 302)], broken_redirect), Code::RedirectBroken),
        (broken(&[url], hop("http://f.example/rss", 500)), Code::RedirectDowngrade),
    ] {
        let advice = feed_says(&chain, code);
        assert!(advice.contains("feed") && !advice.contains("episode URLs"), "{code}: {advice}");
        assert!(!advice.contains("play the episode") && !advice.contains("file"), "{code}: {advice}");
    }
    let (_, end) =
        feed_alone(Some(&chain(vec![hop(url, 302)], End::TooManyRedirects { limit: 20 })), FeedContent::Nothing);
    assert!(!find(&end, Code::RedirectLimit).summary.contains("audio"));
}

/// What the finding about an expired certificate advises where an episode (or a feed) runs through.
fn expired(url: &str, cname: &[&str], through: impl FnOnce(&mut Judge<'_>)) -> String {
    let court = court();
    let mut judge = court.judge();
    let mut sighting = shown(url, &[("198.51.100.1", &certificate("1", "cert-expired", days(-1)))]);
    let names = Resolution { cname: cname.iter().map(|&name| name.to_owned()).collect(), ..names(&["198.51.100.1"]) };
    sighting.dns = done(std::sync::Arc::new(names));
    judge.origin(&sighting);
    through(&mut judge);
    find(&judge.conclude(&[]), Code::CertExpired).advice.clone()
}

fn an_episode(url: &str) -> impl FnOnce(&mut Judge<'_>) {
    let chain = reached(&[url]);
    let episode = episode(0, url);
    move |judge| {
        play(judge, 0, &episode, &chain, &[]);
    }
}

#[test]
fn advice_on_a_certificate_fits_whose_host_it_is() {
    let renew = "The host must renew the certificate";
    let prefix = expired(PODTRAC, &[], an_episode(PODTRAC));
    assert!(prefix.starts_with(renew) && prefix.contains("Take the prefix dts.podtrac.com"), "{prefix}");
    assert_eq!(prefix.matches("prefix").count(), 1, "said once: {prefix}");

    let feed = expired("https://f.example/rss", &[], |judge| {
        let chain = reached(&["https://f.example/rss"]);
        let feed = feed_of(vec![episode(0, FILE)]);
        judge.feed(&FeedCase {
            feed: 0,
            source: "https://f.example/rss",
            chain: Some(&chain),
            title: None,
            content: FeedContent::Feed(&feed),
        });
    });
    assert!(feed.starts_with(renew) && feed.contains("f.example serves your feed"), "{feed}");
    assert!(!feed.contains("prefix"), "{feed}");

    let url = "https://media.acme.example/a.mp3";
    let cdn = expired(url, &["d111.cloudfront.net"], an_episode(url));
    assert!(cdn.contains("CloudFront") && cdn.contains("only delivers there"), "{cdn}");
    assert!(cdn.contains("the owner of acme.example"), "{cdn}");

    let hosting = expired("https://www.buzzsprout.com/1/a.mp3", &[], an_episode("https://www.buzzsprout.com/1/a.mp3"));
    assert!(hosting.contains("Write to Buzzsprout") && !hosting.contains("prefix"), "{hosting}");

    let unknown = expired(FILE, &[], an_episode(FILE));
    assert!(unknown.starts_with(Code::CertExpired.info().advice), "{unknown}");
}

#[test]
fn a_host_that_is_known_for_feeds_alone_is_advised_on_as_one_where_no_feed_was_read() {
    let (url, court) = ("https://f.example/rss", court());
    let advice = |judge: Judge<'_>, through: &dyn Fn(&mut Judge<'_>)| {
        let mut judge = judge.in_part();
        judge.origin(&edges(url, &[("198.51.100.9", Err(ConnectFailure::Refused))]));
        through(&mut judge);
        find(&judge.conclude(&[]), Code::ConnectRefused).advice.clone()
    };
    let hosts = std::collections::BTreeSet::from([origin(url)]);
    let unknown = advice(court.judge(), &|_| {});
    assert!(unknown.contains("prefix"), "it may be one: {unknown}");
    let known = advice(court.judge().knowing_feed_hosts(hosts.clone()), &|_| {});
    assert!(known.contains("f.example serves your feed") && !known.contains("prefix"), "{known}");
    // What this round saw goes before what was known.
    let episode = |judge: &mut Judge<'_>| {
        let chain = broken(&[], unconnected(url, ConnectFailure::Refused));
        play(judge, 0, &episode(0, url), &chain, &[]);
    };
    let seen = advice(court.judge().knowing_feed_hosts(hosts), &episode);
    assert!(!seen.contains("serves your feed"), "{seen}");
}

#[test]
fn a_prefix_that_answers_with_an_error_can_be_taken_out() {
    let (_, end) = alone(&broken(&[], hop(PODTRAC, 500)));
    let advice = &find(&end, Code::HttpError).advice;
    assert!(advice.contains("Take the prefix dts.podtrac.com (Podtrac) out"), "{advice}");
    let (_, end) = alone(&broken(&[], hop(FILE, 500)));
    assert_eq!(find(&end, Code::HttpError).advice, Code::HttpError.info().advice);
}

#[test]
fn a_certificate_of_a_prefix_that_still_works_is_no_emergency() {
    let court = court();
    let mut judge = court.judge();
    judge.origin(&shown(PODTRAC, &[("198.51.100.1", &certificate("1", "cert-expiring", days(20)))]));
    an_episode(PODTRAC)(&mut judge);
    let end = judge.conclude(&[]);
    let advice = &find(&end, Code::CertExpiring).advice;
    assert!(advice.contains("write to its operator (Podtrac)") && advice.contains("be ready"), "{advice}");
}
