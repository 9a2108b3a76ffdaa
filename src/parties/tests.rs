//! One URL of a real shape for each prefix, and what follows from it.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::chain::{Phase, Resolution};

fn link(text: &str) -> Link {
    Link::parse(text).unwrap()
}

fn planned(text: &str) -> Vec<String> {
    Catalogue::builtin().planned(&link(text)).iter().map(|link| link.expose().to_owned()).collect()
}

fn without(text: &str, origin: &str) -> Option<String> {
    Catalogue::builtin().without(&link(text), &link(origin).origin()).map(|link| link.expose().to_owned())
}

/// Prefix, a URL, where it leads (empty: the URL does not say).
const SHAPES: &[(&str, &str, &str)] = &[
    ("podtrac", "https://dts.podtrac.com/redirect.mp3/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podtrac", "http://www.podtrac.com/pts/redirect.mp3/h.example/a.mp3?x=1", "https://h.example/a.mp3?x=1"),
    ("podtrac", "https://podtrac.com/pts/redirect.m4a/http://h.example/a.m4a", "http://h.example/a.m4a"),
    ("podtrac", "https://play.podtrac.com/show-1/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podtrac", "http://www.podtrac.com/pts/redirect.mp3?http://h.example/a.mp3", "http://h.example/a.mp3"),
    ("podtrac", "http://www.podtrac.com/pts/redirect.mp3?http%3A%2F%2Fh.example%2Fa.mp3", "http://h.example/a.mp3"),
    ("podscribe", "https://verifi.podscribe.com/rss/p/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podscribe", "https://pscrb.fm/rss/p/https://h.example/a.mp3", "https://h.example/a.mp3"),
    ("podsights", "https://pdst.fm/e/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podsights", "http://pdst.fm/e/h.example/a.mp3", "http://h.example/a.mp3"),
    ("podsights", "https://pdst.fm/e/h.example%2Fs%2Fa.mp3?x=1", "https://h.example/s/a.mp3?x=1"),
    ("magellan", "https://mgln.ai/track/h.example/a.mp3", "https://h.example/a.mp3"),
    ("magellan", "https://mgln.ai/e/42/h.example/a.mp3", "https://h.example/a.mp3"),
    ("blubrry-stats", "https://media.blubrry.com/show/h.example/a.mp3", "https://h.example/a.mp3"),
    ("blubrry-stats", "http://media.blubrry.com/show/p/h.example/a.mp3", "http://h.example/a.mp3"),
    ("claritas", "https://www.claritaspod.com/measure/h.example/a.mp3", "https://h.example/a.mp3"),
    ("claritas", "http://clrtpod.com/m/h.example/a.mp3", "https://h.example/a.mp3"),
    ("spotify-adanalytics", "https://prfx.byspotify.com/e/https:/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podcorn", "https://pdcn.co/e/h.example/a.mp3", "https://h.example/a.mp3"),
    ("op3", "https://op3.dev/e/h.example/a.mp3", "https://h.example/a.mp3"),
    ("op3", "https://op3.dev/e,pg=12ab,c=x/https://h.example/a.mp3", "https://h.example/a.mp3"),
    ("op3", "https://op3.dev/e/pg=12ab/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podroll", "https://pdrl.fm/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podroll", "http://rss.pdrl.fm/r/a/b/h.example/a.mp3", "http://h.example/a.mp3"),
    ("swapfm", "https://tracking.swap.fm/track/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("soundstack", "https://enrichment.soundstack.com/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("artsai", "https://arttrk.com/p/AB12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podder", "https://p.podderapp.com/1234/h.example/a.mp3", "https://h.example/a.mp3"),
    ("chartable", "https://chrt.fm/track/AB12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("chartable", "http://chtbl.com/track/AB12/h.example/a.mp3", "http://h.example/a.mp3"),
    ("gumball", "https://2.gum.fm/h.example/a.mp3", "https://h.example/a.mp3"),
    ("gumball", "https://s.gum.fm/s-5f0a/h.example/a.mp3", "https://h.example/a.mp3"),
    ("gumball", "https://2.gum.fm/r1/5f0a/h.example/a.mp3", "https://h.example/a.mp3"),
    ("veritonic", "https://pfx.veritonicmetrics.com/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("unitedpodcasters", "https://prefix.up.audio/s/h.example/a.mp3", "https://h.example/a.mp3"),
    ("cohost", "https://cohst.app/pdcst/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("vpixl", "https://pfx.vpixl.com/ab12/http://h.example/a.mp3", "https://h.example/a.mp3"),
    ("zencastr", "https://r.zen.ai/r/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podkite", "https://growx.podkite.com/http/ab12/h.example/a.mp3", "http://h.example/a.mp3"),
    ("podkite", "http://growx.podkite.com/https/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("glystn", "https://t.glystn.com/v2/track/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("adbarker", "https://adbarker.com/stream/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("letscast", "https://letscast.fm/track/http:/h.example/a.mp3", "http://h.example/a.mp3"),
    ("backtracks", "http://bktrks.co/t/ab12/h.example/a.mp3", "http://h.example/a.mp3"),
    ("voxalyze", "https://a.pdcst.to/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("voxalyze", "https://a.pdcst.to/ab12/https/h.example/a.mp3", "https://h.example/a.mp3"),
    ("ipfspodcasting", "https://ipfspodcasting.net/e/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podcards", "https://pdcds.co/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("pfxes", "https://m.pfxes.com/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("ppprotect", "https://pp7.show.example/protect/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("podcastplusplus", "https://analytics.podcastplusplus.com/e/h.example/a.mp3", "https://h.example/a.mp3"),
    ("firstory", "https://track.fstry.me/p/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("ausha", "https://tr.ausha.co/ab12/h.example/a.mp3", "https://h.example/a.mp3"),
    ("mediametrie", "https://show.proxycast.org/b1946ac9", ""),
    ("feedpress", "https://feedpress.me/link/1/2/a.mp3", ""),
    ("subsplash", "https://t.subsplash.com/r/aHR0cHM6Ly9oLmV4YW1wbGUvYS5tcDM.mp3", "https://h.example/a.mp3"),
    ("feedburner", "http://feedproxy.google.com/~r/show/~5/ab12/a.mp3", ""),
];

#[test]
fn every_prefix_leads_where_its_url_says() {
    let catalogue = Catalogue::builtin();
    for (id, text, leads) in SHAPES {
        let (entry, role, _) = catalogue.find(&link(text)).unwrap();
        assert_eq!((entry.id.as_str(), role), (*id, Role::Prefix), "{text}");
        let next = catalogue.expected_next(&link(text));
        assert_eq!(next.as_ref().map_or("", Link::expose), *leads, "{text}");
    }
    let shown: HashSet<_> = SHAPES.iter().map(|(id, ..)| *id).collect();
    let known: HashSet<_> =
        catalogue.entries.iter().filter(|e| e.role == Role::Prefix).map(|e| e.id.as_str()).collect();
    assert_eq!(shown, known, "a URL for every prefix");
}

#[test]
fn the_catalogue_holds_together() {
    let file: File = serde_json::from_str(BUILTIN).unwrap();
    assert!(!file.about.is_empty());
    assert_eq!(file.parties.iter().filter(|entry| entry.role == Role::Prefix).count(), 38);
    let (mut ids, mut hosts) = (HashSet::new(), HashSet::new());
    for entry in &file.parties {
        assert!(ids.insert(&entry.id), "{} twice", entry.id);
        assert!(!entry.source.is_empty() && !entry.name.is_empty(), "{} has no source", entry.id);
        assert_eq!(entry.role == Role::Prefix, !entry.shapes.is_empty(), "{}: prefixes have shapes", entry.id);
        assert!(!entry.hosts.is_empty() || !entry.cnames.is_empty(), "{} has no host", entry.id);
        for host in &entry.hosts {
            assert!(hosts.insert(format!("{host:?}")), "{host:?} twice");
        }
        assert_eq!(entry.fault(), None, "{}", entry.id);
    }
}

#[test]
fn nested_prefixes_are_read_to_the_end() {
    assert_eq!(
        planned(
            "https://dts.podtrac.com/redirect.mp3/chrt.fm/track/AB/op3.dev/e,pg=1/traffic.megaphone.fm/A1.mp3?updated=2"
        ),
        [
            "https://dts.podtrac.com/redirect.mp3/chrt.fm/track/AB/op3.dev/e,pg=1/traffic.megaphone.fm/A1.mp3?updated=2",
            "https://chrt.fm/track/AB/op3.dev/e,pg=1/traffic.megaphone.fm/A1.mp3?updated=2",
            "https://op3.dev/e,pg=1/traffic.megaphone.fm/A1.mp3?updated=2",
            "https://traffic.megaphone.fm/A1.mp3?updated=2",
        ]
    );
    // The same prefix twice; schemes of every spelling.
    assert_eq!(
        planned("https://mgln.ai/e/1/pdst.fm/e/mgln.ai/track/https%3A//h.example/a.mp3").last().unwrap(),
        "https://h.example/a.mp3"
    );
    // The scheme is kept by one, upgraded by the next.
    assert_eq!(
        planned("http://pdst.fm/e/pdrl.fm/x/pdcds.co/y/h.example/a.mp3"),
        [
            "http://pdst.fm/e/pdrl.fm/x/pdcds.co/y/h.example/a.mp3",
            "http://pdrl.fm/x/pdcds.co/y/h.example/a.mp3",
            "http://pdcds.co/y/h.example/a.mp3",
            "https://h.example/a.mp3",
        ]
    );
    // An opaque prefix ends the plan.
    assert_eq!(planned("https://op3.dev/e/feedpress.me/link/1/2/a.mp3").len(), 2);
    assert_eq!(planned("https://h.example/op3.dev/e/x.example/a.mp3").len(), 1);
    // A prefix that wraps nothing, or a file's name alone.
    assert_eq!(planned("https://op3.dev/e/").len(), 1);
    assert_eq!(planned("https://pdcds.co/ab12/episode.mp3").len(), 1);
}

#[test]
fn a_plan_is_bounded() {
    let deep = format!("https://{}h.example/a.mp3", "op3.dev/e/".repeat(200));
    assert_eq!(planned(&deep).len(), MAX_NESTING);
    assert_eq!(without(&deep, "https://op3.dev/"), None, "too deep to be read is not rewritten");
}

#[test]
fn a_prefix_is_peeled_off_and_the_others_stay() {
    let whole = "https://dts.podtrac.com/redirect.mp3/chrt.fm/track/AB/op3.dev/e/h.example/a.mp3?x=1";
    for (prefix, left) in [
        ("https://dts.podtrac.com/", "https://chrt.fm/track/AB/op3.dev/e/h.example/a.mp3?x=1"),
        ("https://chrt.fm/", "https://dts.podtrac.com/redirect.mp3/op3.dev/e/h.example/a.mp3?x=1"),
        ("https://op3.dev/", "https://dts.podtrac.com/redirect.mp3/chrt.fm/track/AB/h.example/a.mp3?x=1"),
    ] {
        assert_eq!(without(whole, prefix).as_deref(), Some(left));
    }
    assert_eq!(without(whole, "https://h.example/"), None, "the target is no prefix");
    assert_eq!(without(whole, "https://pdst.fm/"), None, "not in it");
    assert_eq!(
        without("https://feedpress.me/link/1/2/a.mp3", "https://feedpress.me/"),
        None,
        "nothing is written in it"
    );
    assert_eq!(
        without("https://mgln.ai/e/1/pdst.fm/e/mgln.ai/track/h.example/a.mp3", "https://mgln.ai/").as_deref(),
        Some("https://pdst.fm/e/h.example/a.mp3"),
        "every occurrence goes"
    );
}

#[test]
fn what_is_left_keeps_its_scheme_and_its_way_of_writing() {
    // A scheme that was written stays written.
    assert_eq!(
        without("https://op3.dev/e/https://pdst.fm/e/h.example/a.mp3", "https://pdst.fm/").as_deref(),
        Some("https://op3.dev/e/https://h.example/a.mp3")
    );
    // Where the next target has another scheme than the prefix would give, it has to be said.
    assert_eq!(
        without("https://op3.dev/e/pdst.fm/e/http://h.example/a.mp3", "https://pdst.fm/").as_deref(),
        Some("https://op3.dev/e/http://h.example/a.mp3")
    );
    // ... unless the prefix does not listen.
    assert_eq!(
        without("https://pdcds.co/x/pdst.fm/e/http://h.example/a.mp3", "https://pdst.fm/").as_deref(),
        Some("https://pdcds.co/x/h.example/a.mp3")
    );
    assert_eq!(
        without("http://www.podtrac.com/pts/redirect.mp3?https://pdst.fm/e/h.example/a.mp3", "https://pdst.fm/")
            .as_deref(),
        Some("http://www.podtrac.com/pts/redirect.mp3?https://h.example/a.mp3")
    );
    let coded = crate::link::route::to_base64(&link("https://pdst.fm/e/h.example/a.mp3"));
    let left = without(&format!("https://t.subsplash.com/r/{coded}.mp3"), "https://pdst.fm/").unwrap();
    assert_eq!(left, "https://t.subsplash.com/r/aHR0cHM6Ly9oLmV4YW1wbGUvYS5tcDM.mp3");
}

#[test]
fn whose_host_it_is() {
    let who = |text: &str| Catalogue::builtin().who(&link(text));
    for (text, role, provider) in [
        ("https://traffic.megaphone.fm/A.mp3", Role::AdInsertion, Some("Megaphone (Spotify)")),
        ("https://feeds.megaphone.fm/show", Role::Feed, Some("Megaphone (Spotify)")),
        ("https://show.libsyn.com/a.mp3", Role::Hosting, Some("Libsyn")),
        ("https://feeds.libsyn.com/1/rss", Role::Feed, Some("Libsyn")),
        ("https://d1.cloudfront.net/a.mp3", Role::Cdn, Some("Amazon CloudFront")),
        ("https://bucket.s3.eu-west-1.amazonaws.com/a.mp3", Role::Hosting, Some("Amazon S3")),
        ("https://letscast.fm/podcasts/x/feed", Role::Hosting, Some("LetsCast.fm")),
        ("https://feeds.feedburner.com/show", Role::Feed, Some("FeedBurner enclosure proxy")),
        ("https://op3.dev/", Role::Prefix, Some("OP3")),
        ("https://pp7.show.example/feed", Role::Unknown, None),
        ("https://megaphone.fm.example/a", Role::Unknown, None),
        ("https://evilcloudfront.net/a", Role::Unknown, None),
        ("https://203.0.113.7/a.mp3", Role::Unknown, None),
    ] {
        let party = who(text);
        assert_eq!((party.role, party.provider.as_deref()), (role, provider), "{text}");
    }
}

#[test]
fn closed_services_are_named_with_their_date() {
    let retired = |text: &str| Catalogue::builtin().retired(&link(text));
    assert_eq!(retired("https://chtbl.com/track/AB/h.example/a.mp3").as_deref(), Some("2024-12-12"));
    assert_eq!(retired("https://chrt.fm/anything").as_deref(), Some("2024-12-12"));
    assert_eq!(retired("https://analytics.podcastplusplus.com/e/h.example/a.mp3").as_deref(), Some("unknown"));
    assert_eq!(retired("https://op3.dev/e/h.example/a.mp3"), None);
    // FeedBurner's proxy is gone, its feeds are not.
    assert!(retired("http://feedproxy.google.com/~r/show/~5/x/a.mp3").is_some());
    assert_eq!(retired("https://feeds.feedburner.com/show"), None);
}

fn sighting(host: &str, cname: &[&str], marks: &[(&'static str, &str)]) -> OriginSighting {
    let address: SocketAddr = "192.0.2.1:443".parse().unwrap();
    let resolution = Resolution {
        addresses: vec![address.ip()],
        given: 1,
        cname: cname.iter().map(ToString::to_string).collect(),
        ..Resolution::default()
    };
    OriginSighting {
        origin: link(&format!("https://{host}/")).origin(),
        dns: Phase::Done { took: Duration::ZERO, fact: Arc::new(resolution) },
        edges: Vec::new(),
        papers: Vec::new(),
        marks: marks.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
    }
}

#[test]
fn an_origin_is_known_by_name_then_alias_then_marks() {
    let who = |host, cname: &[&str], marks: &[(&'static str, &str)]| {
        let party = Catalogue::builtin().who_origin(&sighting(host, cname, marks));
        (party.role, party.provider.unwrap_or_default())
    };
    let cloudfront = (Role::Cdn, "Amazon CloudFront".to_owned());
    let cloudflare = (Role::Cdn, "Cloudflare".to_owned());
    assert_eq!(who("op3.dev", &["x.cloudfront.net"], &[]), (Role::Prefix, "OP3".to_owned()));
    assert_eq!(who("cdn.show.example", &["d1.cloudfront.net"], &[("cf-ray", "8a-FRA")]), cloudfront);
    assert_eq!(who("cdn.show.example", &["x.edgekey.net", "d1.cloudfront.net"], &[]), cloudfront);
    assert_eq!(who("cdn.show.example", &[], &[("server", "Cloudflare")]), cloudflare);
    assert_eq!(who("cdn.show.example", &[], &[("server", "AmazonS3"), ("x-amz-cf-id", "x")]), cloudfront);
    assert_eq!(who("cdn.show.example", &["notcloudfront.net"], &[("server", "nginx")]), (Role::Unknown, String::new()));
}

fn extended(text: &str) -> Result<(Catalogue, Vec<String>), CatalogueError> {
    Catalogue::builtin().extended(text.as_bytes())
}

fn provider(catalogue: &Catalogue, url: &str) -> (Role, String) {
    let party = catalogue.who(&link(url));
    (party.role, party.provider.unwrap_or_default())
}

#[test]
fn the_users_own_file_goes_before_what_is_built_in() {
    let text = r#"{"about": "ours", "parties": [
        {"id": "chartable", "name": "Chartable revived", "role": "prefix", "hosts": ["chrt.fm"],
         "shapes": ["/track/{any}/{target}"]},
        {"id": "ours", "name": "Our CDN", "role": "cdn", "hosts": ["cdn.show.example", "dts.podtrac.com"],
         "cnames": ["x.cloudfront.net"], "support": "ops@show.example"},
        {"id": "wide", "name": "Wide", "role": "hosting", "hosts": ["*.megaphone.fm"]}
    ]}"#;
    let (catalogue, _) = extended(text).unwrap();
    // The same id: replaced, with its date of closing.
    assert_eq!(catalogue.retired(&link("https://chrt.fm/track/A/h.example/a.mp3")), None);
    assert_eq!(provider(&catalogue, "https://chtbl.com/track/A/h.example/a.mp3"), (Role::Unknown, String::new()));
    // The very host: before a built-in entry whose shape fits.
    let ours = (Role::Cdn, "Our CDN".to_owned());
    assert_eq!(provider(&catalogue, "https://dts.podtrac.com/redirect.mp3/h.example/a.mp3"), ours);
    assert_eq!(catalogue.who_origin(&sighting("a.show.example", &["x.cloudfront.net"], &[])).provider.unwrap(), ours.1);
    // A wildcard: behind what names a host more narrowly.
    assert_eq!(provider(&catalogue, "https://traffic.megaphone.fm/a.mp3").0, Role::AdInsertion);
    assert_eq!(provider(&catalogue, "https://new.megaphone.fm/a.mp3"), (Role::Hosting, "Wide".to_owned()));
    // Of two files the later one counts.
    let later = r#"{"parties": [{"id": "ours2", "name": "Later", "role": "cdn", "hosts": ["cdn.show.example"]}]}"#;
    let (catalogue, _) = catalogue.extended(later.as_bytes()).unwrap();
    assert_eq!(provider(&catalogue, "https://cdn.show.example/a.mp3").1, "Later");
}

#[test]
fn published_lists_fill_gaps_and_no_more() {
    let hosts = r#"[
        {"pattern": "newhost.com", "rss-pattern": "feeds.newhost.com", "hostname": "New Host", "retailer": "1"},
        {"pattern": ".below.fm\/x", "rss-pattern": "", "hostname": "Below"},
        {"pattern": "traffic.megaphone.fm", "hostname": "Somebody"},
        {"pattern": "s3.amazonaws.com", "hostname": "Somebody"},
        {"pattern": "z.zz9", "hostname": "No host"},
        {"pattern": "com", "hostname": "No host"},
        {"pattern": ".gap.", "hostname": "No host"}
    ]"#;
    let (catalogue, passed_over) = extended(hosts).unwrap();
    assert_eq!(passed_over, ["z.zz9", "com", ".gap."]);
    let hosting = |name: &str| (Role::Hosting, name.to_owned());
    assert_eq!(provider(&catalogue, "https://newhost.com/a.mp3"), hosting("New Host"));
    assert_eq!(provider(&catalogue, "https://cdn.newhost.com/a.mp3"), hosting("New Host"));
    assert_eq!(provider(&catalogue, "https://a.below.fm/y.mp3"), hosting("Below"));
    for unknown in ["https://below.fm/y.mp3", "https://evilnewhost.com/a.mp3", "https://newhost.com.example/a.mp3"] {
        assert_eq!(provider(&catalogue, unknown).0, Role::Unknown, "{unknown}");
    }
    assert_eq!(provider(&catalogue, "https://traffic.megaphone.fm/a.mp3").1, "Megaphone (Spotify)");
    assert_eq!(provider(&catalogue, "https://bucket.s3.amazonaws.com/a.mp3").1, "Amazon S3");

    // A second list leaves the first in place; a prefix of a list is known, its target is not guessed.
    let prefixes = r#"[
        {"prefixpattern": "trk.newprefix.io\/t", "prefixname": "New Prefix", "iab": "0", "prefixurl": "https://x.io"},
        {"prefixpattern": "op3.dev", "prefixname": "Somebody"}
    ]"#;
    let (catalogue, _) = catalogue.extended(prefixes.as_bytes()).unwrap();
    let url = "https://trk.newprefix.io/t/h.example/a.mp3";
    assert_eq!(provider(&catalogue, url), (Role::Prefix, "New Prefix".to_owned()));
    assert_eq!(catalogue.planned(&link(url)).len(), 1);
    assert_eq!(catalogue.planned(&link("https://op3.dev/e/h.example/a.mp3")).len(), 2);
    assert_eq!(provider(&catalogue, "https://newhost.com/a.mp3"), hosting("New Host"));
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_place() {
    let fault = |text: &str| extended(text).unwrap_err().to_string();
    let one = |rest: &str| fault(&format!("{{\"parties\": [\n{{\"id\": \"a\", \"name\": \"A\", {rest}}}\n]}}"));
    assert!(fault("").starts_with("line 1, column 0"), "{}", fault(""));
    assert!(matches!(extended("[]"), Err(CatalogueError::NoCatalogue)));
    assert!(matches!(extended("[{\"pattern\": \"a.com\"}]"), Err(CatalogueError::NoCatalogue)));
    assert!(matches!(extended("7"), Err(CatalogueError::NoCatalogue)));
    for (rest, needle) in [
        (r#""role": "cnd", "hosts": ["a.example"]"#, "line 2, entry 1 (\"a\"): unknown variant `cnd`"),
        (r#""role": "cdn""#, "names no host"),
        (r#""role": "cdn", "hosts": ["A.example"]"#, "expected h.example, *.h.example"),
        (r#""role": "cdn", "hosts": ["a.example"], "shapes": ["/{target}"]"#, "shapes are for prefixes"),
        (r#""role": "prefix", "hosts": ["a.example"], "shapes": ["track"]"#, "no shape of a prefix URL"),
        (r#""role": "cdn", "hosts": ["a.example"], "retired": "2024-13-01""#, "YYYY-MM-DD"),
        (r#""role": "cdn", "hosts": ["a.example"], "status_page": "http://a.example""#, "no https URL"),
        (r#""role": "cdn", "hosts": ["a.example"], "support": "call us""#, "mail address"),
    ] {
        assert!(one(rest).contains(needle), "{needle} not in {}", one(rest));
    }
    let twice = r#"{"parties": [{"id": "a", "name": "A", "role": "cdn", "hosts": ["a.example"]},
        {"id": "a", "name": "B", "role": "cdn", "hosts": ["b.example"]}]}"#;
    assert!(fault(twice).contains("entry 2 (\"a\")") && fault(twice).contains("twice"));
    let key = fault(r#"{"partys": 1, "parties": []}"#);
    assert!(key.contains("line 1") && key.contains("partys"), "{key}");
    let many = format!("[{}]", vec![r#"{"pattern": "a.com", "hostname": "A"}"#; 20_001].join(","));
    assert!(matches!(extended(&many), Err(CatalogueError::TooMany)));
    assert!(matches!(extended(&" ".repeat(MAX_BYTES + 1)), Err(CatalogueError::TooLarge)));
    assert!(extended("\u{feff}{\"parties\": []}").is_ok(), "a byte order mark is passed over");
}

#[test]
fn who_leads_astray_is_told_from_a_detour() {
    let catalogue = Catalogue::builtin();
    let astray = |from: &str, to: &str| catalogue.astray(&link(from), &link(to)).is_some();
    let from = "http://pscrb.fm/rss/p/h.example/a.mp3";
    assert!(!astray(from, "https://h.example/a.mp3"));
    assert!(!astray(from, "https://pscrb.fm/rss/p/h.example/a.mp3"), "to itself over https");
    assert!(!astray(from, "https://verifi.podscribe.com/rss/p/h.example/a.mp3"), "to another of its hosts");
    assert!(astray(from, "https://h.example/b.mp3"));
    assert!(!astray("https://h.example/a.mp3", "https://x.example/"), "no prefix");
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(text in r#"[\[\]{}":, a-z.*/]{0,120}"#) {
        let _ = Catalogue::builtin().extended(text.as_bytes());
    }

    #[test]
    fn any_text_behind_a_prefix_is_read_or_refused(text in "[ -~]{0,80}", which in 0..SHAPES.len()) {
        let (_, known, _) = SHAPES[which];
        let base = known.split("h.example").next().unwrap_or_default();
        if let Ok(link) = Link::parse(&format!("{base}{text}")) {
            let catalogue = Catalogue::builtin();
            let plan = catalogue.planned(&link);
            prop_assert!(!plan.is_empty() && plan.len() <= MAX_NESTING);
            for step in &plan {
                if let Some(left) = catalogue.without(&link, &step.origin()) {
                    prop_assert!(catalogue.planned(&left).len() < plan.len() || plan.len() == MAX_NESTING);
                }
            }
        }
    }
}

#[test]
fn no_entry_that_knows_a_host_is_left_out_of_its_index() {
    let catalogue = Catalogue::builtin();
    let mut known = 0;
    for pattern in catalogue.entries.iter().flat_map(Entry::patterns) {
        let name = pattern.name().unwrap_or("pp7.example").to_owned();
        for host in [format!("a.b.{name}"), format!("a.{name}"), name, "pp12.h.example".to_owned()] {
            let all = catalogue.entries.iter().filter(|entry| entry.nearness(&host).is_some());
            let near = catalogue.near(&host).filter(|entry| entry.nearness(&host).is_some());
            let (all, near): (Vec<_>, Vec<_>) = (all.map(|e| &e.id).collect(), near.map(|e| &e.id).collect());
            assert_eq!(near, all, "{host}");
            known += all.len();
        }
    }
    assert!(known > catalogue.entries.len());
}
