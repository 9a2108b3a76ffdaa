//! What a sound feed says, in every dialect.

use super::*;

#[test]
fn rss_newest_first_undated_last() {
    let feed = feed(sample!("show.xml"));
    assert_eq!(feed.oddities, []);
    assert_eq!((feed.dialect, feed.title.as_str(), feed.items), (Dialect::Rss, "A Sound Show", 4));
    assert_eq!(feed.new_feed_url.as_deref(), Some("https://new.example/feed.xml"));
    assert_eq!(feed.next_page, None);
    let titles: Vec<_> = feed.episodes.iter().map(|e| e.title.as_str()).collect();
    assert_eq!(titles, ["Three <3 & more", "Two", "One & only", "A text without a sound"]);
    assert_eq!(guids(&feed), ["show-3", "show-2", "show-1", "-"]);
    let orders: Vec<_> = feed.episodes.iter().map(|e| e.order).collect();
    assert_eq!(orders, [1, 2, 0, 3]);
    assert_eq!(feed.episodes[2].published, Some("2026-05-04T05:00:00Z".parse().unwrap()));
    assert_eq!(feed.episodes[3].enclosures, [], "an item without an enclosure is an episode");
    let one = &feed.episodes[2].enclosures[0];
    assert_eq!(&*one.written, "https://media.example/1.mp3?a=1&b=2");
    assert_eq!(one.link, Link::parse("https://media.example/1.mp3?a=1&b=2"));
    assert_eq!(one.kind, EnclosureKind::Enclosure);
    assert_eq!((one.media_type.as_deref(), one.length), (Some("audio/mpeg"), Some(1_200_000)));
    let lengths: Vec<_> = feed.episodes.iter().flat_map(|e| &e.enclosures).map(|e| e.length).collect();
    assert_eq!(lengths, [Some(0), None, None, Some(1_200_000)], "0 is kept, what is no number is none");
}

#[test]
fn atom_with_pages() {
    let base = Link::parse("https://show.example/feed.atom").unwrap();
    let hints = Hints { base: Some(&base), ..Hints::default() };
    let feed = feed_of(parse(sample!("paged.xml"), &hints, &every()));
    assert_eq!(feed.oddities, []);
    assert_eq!((feed.dialect, feed.title.as_str()), (Dialect::Atom, "Paged & proud"));
    assert_eq!(feed.next_page.as_deref(), Some("https://show.example/feed.atom?page=2"));
    assert_eq!(guids(&feed), ["urn:example:2", "urn:example:1"]);
    assert_eq!(feed.episodes[0].title, "Two of two");
    assert_eq!(feed.episodes[1].title, "One <of> two", "type=text is no HTML");
    let dates: Vec<_> = feed.episodes.iter().map(|e| e.published.unwrap().to_string()).collect();
    assert_eq!(dates, ["2026-05-11T03:00:00Z", "2026-05-04T05:00:00Z"], "published, else updated");
    assert_eq!(written(&feed), ["https://media.example/2.m4a", "https://media.example/1.m4a"]);
    assert_eq!(feed.episodes[0].enclosures[0].length, Some(4711));
    let alone = super::feed(sample!("paged.xml"));
    assert_eq!(alone.next_page.as_deref(), Some("feed.atom?page=2"), "without a base as written");
}

#[test]
fn atom_0_3_and_prefixed_atom() {
    let old = "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>Old</title><entry><id>1</id>\
               <issued>2003-12-13T08:29:29-04:00</issued><link rel='enclosure' href='https://m.example/1.mp3'/></entry></feed>";
    let old = feed(old);
    assert_eq!(
        (old.dialect, old.title.as_str(), written(&old)),
        (Dialect::Atom, "Old", vec!["https://m.example/1.mp3"])
    );
    assert!(old.episodes[0].published.is_some());
    let prefixed = "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>P</a:title><a:entry><a:id>1</a:id>\
                    <a:link rel='enclosure' href='https://m.example/1.mp3'/></a:entry></a:feed>";
    let prefixed = feed(prefixed);
    assert_eq!((prefixed.title.as_str(), guids(&prefixed)), ("P", vec!["1"]));
    assert_eq!(written(&prefixed), ["https://m.example/1.mp3"]);
}

#[test]
fn rss_1_0() {
    let feed = feed(sample!("rss-1.0.xml"));
    assert_eq!(feed.oddities, []);
    assert_eq!((feed.dialect, feed.title.as_str(), feed.items), (Dialect::Rdf, "An Old Show", 1));
    let episode = &feed.episodes[0];
    assert_eq!(episode.guid.as_deref(), Some("https://show.example/1"));
    assert_eq!(episode.published.unwrap().to_string(), "2026-05-04T04:00:00Z");
    let enclosure = &episode.enclosures[0];
    assert_eq!(&*enclosure.written, "https://media.example/1.mp3");
    assert_eq!((enclosure.media_type.as_deref(), enclosure.length), (Some("audio/mpeg"), Some(99)));
    assert_eq!(
        read(b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>"),
        Document::Other(Other::Xml)
    );
}

#[test]
fn media_rss_without_images_and_echoes() {
    let feed = feed(sample!("media-rss.xml"));
    assert_eq!(feed.oddities, []);
    assert_eq!(feed.episodes[0].title, "");
    let list: Vec<_> = feed.episodes[0].enclosures.iter().map(|e| (&*e.written, e.kind, e.length)).collect();
    assert_eq!(
        list,
        [
            ("https://media.example/1.mp4", EnclosureKind::MediaContent, Some(50)),
            ("https://media.example/1.webm", EnclosureKind::MediaContent, None),
            ("https://media.example/1.mp3", EnclosureKind::Enclosure, Some(5)),
        ]
    );
}

#[test]
fn alternates_by_source() {
    let feed = feed(sample!("alternate-enclosures.xml"));
    assert_eq!(feed.oddities, []);
    assert_eq!(feed.items, 1, "a trailer is no episode");
    let list: Vec<_> = feed.episodes[0]
        .enclosures
        .iter()
        .map(|e| (&*e.written, e.kind, e.media_type.as_deref().unwrap(), e.length))
        .collect();
    assert_eq!(
        list,
        [
            ("https://media.example/1.mp3", EnclosureKind::Enclosure, "audio/mpeg", Some(100)),
            ("https://media.example/1.opus", EnclosureKind::Alternate, "audio/opus", Some(70)),
            ("ipfs://QmExample", EnclosureKind::Alternate, "audio/opus", Some(70)),
            ("https://media.example/1.torrent", EnclosureKind::Alternate, "application/x-bittorrent", Some(70)),
            ("https://media.example/1.mp4", EnclosureKind::Alternate, "video/mp4", None),
        ]
    );
    assert_eq!(feed.episodes[0].enclosures[2].link, Err(LinkError::Scheme("ipfs".into())));
}

#[test]
fn only_what_is_live_is_an_episode() {
    let feed = feed(sample!("live-items.xml"));
    assert_eq!(feed.oddities, []);
    assert_eq!((feed.items, guids(&feed), feed.title.as_str()), (2, vec!["live", "1"], "Live"));
    assert_eq!(feed.episodes[0].enclosures[0].kind, EnclosureKind::Live);
    assert_eq!(feed.episodes[0].published.unwrap().to_string(), "2026-05-26T00:00:00Z");
    assert_eq!(feed.episodes[1].enclosures[0].kind, EnclosureKind::Enclosure);
}

#[test]
fn relative_urls() {
    let feed = feed(sample!("relative-urls.xml"));
    let links: Vec<_> = feed
        .episodes
        .iter()
        .flat_map(|e| &e.enclosures)
        .map(|e| e.link.as_ref().map_or_else(|why| format!("{why:?}"), |link| link.expose().to_owned()))
        .collect();
    assert_eq!(
        links,
        [
            "https://show.example/media/1.mp3",
            "https://show.example/media/older/2.mp3",
            "https://cdn.example/2.mp3",
            "https://show.example/3.mp3",
            "Scheme(\"local\")",
            "Empty",
            "Empty",
        ]
    );
    let item = rss("<item><enclosure url='1.mp3'/></item>");
    assert_eq!(super::feed(&item).episodes[0].enclosures[0].link, Err(LinkError::Relative));
    let base = Link::parse("https://base.example/x/feed.xml").unwrap();
    let based = feed_of(parse(item.as_bytes(), &Hints { base: Some(&base), ..Hints::default() }, &every()));
    assert_eq!(based.episodes[0].enclosures[0].link, Link::parse("https://base.example/x/1.mp3"));
}

#[test]
fn json_feed() {
    let base = Link::parse("https://show.example/feed.json").unwrap();
    let hints = Hints { base: Some(&base), ..Hints::default() };
    let feed = feed_of(parse(sample!("show.json"), &hints, &every()));
    assert_eq!(feed.oddities, []);
    assert_eq!((feed.dialect, feed.title.as_str(), feed.items), (Dialect::Json, "A Show in JSON", 3));
    assert_eq!(feed.next_page.as_deref(), Some("https://show.example/feed.json?page=2"));
    assert_eq!(guids(&feed), ["2", "json-1", "json-3"]);
    assert_eq!(written(&feed), ["https://media.example/1.mp3", "1.opus", ""]);
    let first = &feed.episodes[1].enclosures;
    assert_eq!((first[0].media_type.as_deref(), first[0].length), (Some("audio/mpeg"), Some(1_200_000)));
    assert_eq!(first[1].link, Link::parse("https://show.example/1.opus"));
    let last = &feed.episodes[2].enclosures[0];
    assert_eq!((last.link.clone(), last.length), (Err(LinkError::Empty), Some(12)));
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    for (text, other) in [
        ("", Other::Empty),
        (" \n\t", Other::Empty),
        ("\u{FEFF}", Other::Empty),
        ("<!DOCTYPE html>\n<html lang=en><title>Hi", Other::Html),
        ("<HTML><body>", Other::Html),
        ("<!doctype html>", Other::Html),
        ("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", Other::Xml),
        ("<?xml version='1.0'?>", Other::Xml),
        ("{\"error\": \"not found\"}", Other::Json),
        ("[1, 2]", Other::Json),
        ("{\"broken\": ", Other::Json),
        ("{\"title\": \"An API\", \"items\": [{\"title\": \"one\"}]}", Other::Json),
        ("{\"version\": \"1\", \"title\": \"An API\", \"items\": []}", Other::Json),
        ("{\"version\": \"https://api.example/?jsonfeed.org\", \"title\": \"An API\", \"items\": []}", Other::Json),
        (
            "{\"version\": \"https://jsonfeed.org.example/version/1\", \"title\": \"An API\", \"items\": []}",
            Other::Json,
        ),
        ("Service unavailable", Other::Unknown),
        ("\u{0}\u{1}\u{2}", Other::Unknown),
        ("ID3\u{3}", Other::Unknown),
    ] {
        assert_eq!(read(text.as_bytes()), Document::Other(other), "{text:?}");
    }
}

#[test]
fn pages_are_joined_without_doubles() {
    let page = |guids: &[(&str, &str)], next: &str| {
        let items = guids
            .iter()
            .map(|(guid, date)| format!("<item><guid>{guid}</guid><pubDate>{date}</pubDate></item>"))
            .collect::<Vec<_>>()
            .concat();
        feed(format!(
            "<rss xmlns:a='http://www.w3.org/2005/Atom'><channel><title>T{next}</title>\
             <a:link rel='next' href='https://s.example/{next}'/>{items}</channel></rss>"
        ))
    };
    let limits = Limits { episodes: Some(3), ..Limits::default() };
    let mut first = page(&[("d", "2026-05-04"), ("c", "2026-05-03")], "2");
    let second = page(&[("c", "2026-05-03"), ("b", "2026-05-02"), ("x", ""), ("a", "2026-05-01")], "3");
    merge(&mut first, second, &limits);
    assert_eq!(guids(&first), ["d", "c", "b"]);
    assert_eq!((first.items, first.title.as_str()), (5, "T2"));
    assert_eq!(first.next_page.as_deref(), Some("https://s.example/3"));
    assert_eq!(first.episodes[2].order, 2, "after all of the first page, without the repeat");

    let mut first = feed(rss("<item><enclosure url='https://m.example/1.mp3'/></item>"));
    let second = feed(rss("<item><enclosure url='https://m.example/1.mp3'/></item><item><title>bare</title></item>"));
    merge(&mut first, second, &every());
    assert_eq!((first.items, first.episodes.len(), first.next_page), (2, 2, None));
}

#[test]
fn what_pages_hold_together_is_bounded() {
    let page = |date: &str| {
        let items = (0..100).map(|i| format!("<item><guid>{date}{i}</guid><pubDate>{date}</pubDate></item>"));
        feed(rss(&items.collect::<String>()))
    };
    let limits = Limits { kept: 50_000, ..every() };
    let mut first = page("2026-05-01");
    for day in 2..9 {
        merge(&mut first, page(&format!("2026-05-0{day}")), &limits);
    }
    let of = |day: &str| guids(&first).iter().filter(|guid| guid.starts_with(day)).count();
    assert_eq!((of("2026-05-08"), of("2026-05-01")), (100, 0), "the newest stay");
    assert!(first.episodes.len() < 400, "{}", first.episodes.len());
    assert_eq!(first.items, 800);
    let limit = |oddity: &&Oddity| oddity.what == OddityKind::Limit(Limit::Episodes);
    assert_eq!(first.oddities.iter().filter(limit).count(), 1);
}

/// Reports and marks know an episode by its order.
#[test]
fn no_two_episodes_of_joined_pages_have_one_order() {
    let page = |guids: &str| {
        feed(rss(&guids.chars().map(|c| format!("<item><guid>{c}</guid></item>")).collect::<Vec<_>>().concat()))
    };
    let mut first = page("ab");
    for next in ["abc", "cde", "aef"] {
        merge(&mut first, page(next), &every());
    }
    let orders: Vec<_> = first.episodes.iter().map(|episode| episode.order).collect();
    assert_eq!((guids(&first), orders, first.items), (vec!["a", "b", "c", "d", "e", "f"], (0..6).collect(), 6));
}

#[test]
fn an_archive_stands_behind_the_pages() {
    let atom = |links: &str, id: &str| {
        feed(format!("<feed xmlns='http://www.w3.org/2005/Atom'>{links}<entry><id>{id}</id></entry></feed>"))
    };
    let old = "<link rel='prev-archive' href='https://s.example/2025/'/>";
    let mut first = atom(&format!("{old}<link rel='next' href='https://s.example/2'/>"), "a");
    assert_eq!(first.prev_archive.as_deref(), Some("https://s.example/2025/"));
    merge(&mut first, atom("", "b"), &every());
    assert_eq!((first.next_page.take(), first.prev_archive.take().as_deref()), (None, Some("https://s.example/2025/")));
    merge(&mut first, atom(&old.replace("2025", "2024"), "c"), &every());
    assert_eq!(first.prev_archive.as_deref(), Some("https://s.example/2024/"));
    assert_eq!(guids(&first), ["a", "b", "c"]);
}

#[test]
fn a_torrent_is_known_by_its_type_or_its_name() {
    let feed = feed(sample!("alternate-enclosures.xml"));
    let torrents: Vec<_> = feed.episodes[0].enclosures.iter().filter(|one| one.is_torrent()).collect();
    assert_eq!(torrents.iter().map(|one| &*one.written).collect::<Vec<_>>(), ["https://media.example/1.torrent"]);
}

#[test]
fn media_content_without_a_url_is_a_wrapper() {
    let feed = feed(rss("<item xmlns:media='http://search.yahoo.com/mrss/'><media:content medium='audio'>\
         <media:player url='https://s.example/player'/></media:content></item>"));
    assert_eq!(feed.episodes[0].enclosures, []);
}

#[test]
fn an_enclosure_finds_room_among_many_media() {
    let media =
        (0..200).map(|n| format!("<media:content url='https://s.example/{n}.mp3'/>")).collect::<Vec<_>>().concat();
    let item = format!(
        "<item xmlns:media='http://search.yahoo.com/mrss/'>{media}<enclosure url='https://s.example/own.mp3'/></item>"
    );
    let feed = feed(rss(&item));
    let enclosures = &feed.episodes[0].enclosures;
    assert_eq!(enclosures.len(), Limits::default().enclosures);
    assert!(enclosures.iter().any(|one| one.kind == EnclosureKind::Enclosure));
    assert!(feed.oddities.iter().any(|one| one.what == OddityKind::Limit(Limit::Enclosures)));
}

#[test]
fn a_live_source_by_other_means_stays_an_alternate() {
    let feed = feed(rss("<podcast:liveItem xmlns:podcast='https://podcastindex.org/namespace/1.0' status='live'>\
         <enclosure url='https://s.example/live'/><podcast:alternateEnclosure type='audio/mpeg'>\
         <podcast:source uri='https://s.example/other'/><podcast:source uri='ipfs://Qm'/></podcast:alternateEnclosure></podcast:liveItem>"));
    let kinds: Vec<_> = feed.episodes[0].enclosures.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [EnclosureKind::Live, EnclosureKind::Live, EnclosureKind::Alternate]);
}
