//! RSS in its versions, RSS 1.0, Atom, JSON Feed; which items and which enclosures count.

use super::*;

#[test]
fn rss_is_read() {
    let feed = feed(rss("<item><title>A &amp; B</title><guid isPermaLink='false'> g-1 </guid>\
         <pubDate>Mon, 23 Nov 2026 05:00:00 +0100</pubDate>\
         <enclosure url='https://h.example/a.mp3?x=1&amp;y=2' type='audio/mpeg' length='1,234'/></item>"));
    assert_eq!((feed.dialect, feed.title.as_str(), feed.items), (Dialect::Rss, "Show", 1));
    assert_eq!(feed.oddities, []);
    let episode = &feed.episodes[0];
    assert_eq!(episode.guid.as_deref(), Some("g-1"));
    assert_eq!(episode.title, "A & B");
    assert_eq!(episode.published.unwrap().to_string(), "2026-11-23T04:00:00Z");
    assert_eq!(shown(episode), ["enclosure audio/mpeg 1234 https://h.example/a.mp3?x=1&y=2"]);
}

#[test]
fn old_rss_and_a_channel_alone_are_read() {
    for document in [
        "<rss version='0.92'><channel><title>Old</title><item><enclosure url='http://h.example/a.mp3' length='0' type='audio/mpeg'/></item></channel></rss>",
        "<channel><title>Old</title><item><enclosure url='http://h.example/a.mp3' length='0' type='audio/mpeg'/></item></channel>",
        "<rss xmlns='http://backend.userland.com/rss2'><channel><title>Old</title><item><enclosure url='http://h.example/a.mp3' length='0' type='audio/mpeg'/></item></channel></rss>",
        "<rss xmlns='urn:whatever'><channel><title>Old</title><item><enclosure url='http://h.example/a.mp3' length='0' type='audio/mpeg'/></item></channel></rss>",
    ] {
        let feed = feed(document);
        assert_eq!(feed.title, "Old", "{document}");
        assert_eq!(shown(&feed.episodes[0]), ["enclosure audio/mpeg 0 http://h.example/a.mp3"], "{document}");
    }
}

#[test]
fn rdf_has_its_items_beside_the_channel() {
    let feed = feed(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' \
         xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:e='http://purl.oclc.org/net/rss_2.0/enc#'>\
         <channel rdf:about='https://h.example/'><title>Show</title><items><rdf:Seq><rdf:li resource='x'/></rdf:Seq></items></channel>\
         <item rdf:about='https://h.example/1'><title>One</title><dc:date>2026-11-23T05:00Z</dc:date>\
         <e:enclosure rdf:resource='https://h.example/1.mp3' enc:type='audio/mpeg' enc:length='5'/></item></rdf:RDF>",
    );
    assert_eq!((feed.dialect, feed.title.as_str(), feed.items), (Dialect::Rdf, "Show", 1));
    let episode = &feed.episodes[0];
    assert_eq!(episode.guid.as_deref(), Some("https://h.example/1"));
    assert_eq!(episode.published.unwrap().to_string(), "2026-11-23T05:00:00Z");
    assert_eq!(shown(episode), ["enclosure audio/mpeg 5 https://h.example/1.mp3"]);
}

#[test]
fn atom_is_read_published_before_updated() {
    let feed = feed(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://h.example/shows/'><title type='text'>Show</title>\
         <link rel='self' href='feed.xml'/><link rel='next' href='feed.xml?page=2'/>\
         <entry xml:base='one/'><id>urn:1</id><title>One</title><updated>2026-11-24T05:00:00Z</updated>\
         <published>2026-11-23T05:00:00Z</published>\
         <source><title>Elsewhere</title><id>urn:no</id></source>\
         <link rel='alternate' href='https://h.example/1'/>\
         <link rel='enclosure' type='audio/mpeg' length='7' href='a.mp3'/></entry>\
         <entry><id>urn:2</id><title>Two</title><updated>2026-11-25T05:00:00Z</updated><link rel='enclosure'/></entry></feed>",
    );
    assert_eq!((feed.dialect, feed.title.as_str(), feed.items), (Dialect::Atom, "Show", 2));
    assert_eq!(feed.next_page.as_deref(), Some("https://h.example/shows/feed.xml?page=2"));
    assert_eq!(titles(&feed), ["Two", "One"]);
    assert_eq!(shown(&feed.episodes[0]), ["enclosure - - Empty"]);
    let one = &feed.episodes[1];
    assert_eq!((one.guid.as_deref(), one.title.as_str()), (Some("urn:1"), "One"));
    assert_eq!(one.published.unwrap().to_string(), "2026-11-23T05:00:00Z");
    assert_eq!(shown(one), ["enclosure audio/mpeg 7 https://h.example/shows/one/a.mp3"]);
}

#[test]
fn json_feed_is_read() {
    let feed = feed(sample("show.json"));
    assert_eq!((feed.dialect, feed.title.as_str(), feed.items), (Dialect::Json, "Salt in JSON", 2));
    assert_eq!(feed.next_page.as_deref(), Some("https://feeds.example/show.json?page=2"));
    assert_eq!(feed.oddities, []);
    assert_eq!(shown(&feed.episodes[0]), ["enclosure audio/mp4 1000 https://cdn.example/one.m4a"]);
    assert_eq!(feed.episodes[0].published.unwrap().to_string(), "2026-11-02T04:00:00Z");
    assert_eq!((feed.episodes[1].guid.as_deref(), feed.episodes[1].enclosures.len()), (Some("2"), 0));
}

#[test]
fn json_values_of_the_wrong_kind_are_none_and_hide_nothing() {
    let feed = feed(
        r#"{"version": "https://jsonfeed.org/version/1", "title": ["no"], "items": [1, null, "x", [],
        {"id": {"a": 1}, "title": false, "id": "twice", "attachments": {"url": "no"}},
        {"id": "b", "attachments": [3, {"url": "https://h.example/b.mp3", "size_in_bytes": "12"}, {"mime_type": "audio/mpeg"}]}]}"#,
    );
    assert_eq!((feed.title.as_str(), feed.items), ("", 2));
    assert_eq!(feed.episodes[0].guid.as_deref(), Some("twice"));
    assert_eq!(shown(&feed.episodes[1]), ["enclosure - 12 https://h.example/b.mp3", "enclosure audio/mpeg - Empty"]);
    assert_eq!(feed.oddities, []);
}

#[test]
fn other_json_is_no_feed() {
    for document in ["{}", "[]", "[1]", r#"{"items": [{"id": 1}], "title": "an answer of some API"}"#, r#"{"a": "#] {
        assert_eq!(read(document), Document::Other(Other::Json), "{document}");
    }
}

#[test]
fn what_is_no_feed_says_what_it_looks_like() {
    for (document, other) in [
        ("", Other::Empty),
        (" \n\t", Other::Empty),
        ("<!DOCTYPE html><html><body>404</body></html>", Other::Html),
        ("<!doctype html>\n<HTML>", Other::Html),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", Other::Html),
        ("<Error><Code>AccessDenied</Code></Error>", Other::Xml),
        ("<?xml version='1.0'?><kml/>", Other::Xml),
        ("ID3\u{3}rest", Other::Unknown),
        ("<!-- nothing -->", Other::Unknown),
    ] {
        assert_eq!(read(document), Document::Other(other), "{document}");
    }
}

#[test]
fn titles_are_those_of_the_thing_itself() {
    let feed = feed(rss("<image><title>A picture</title></image>\
         <item><title>Own</title><source><title>no</title></source><media:group xmlns:media='http://search.yahoo.com/mrss/'>\
         <media:title>no</media:title></media:group></item>\
         <item xmlns:i='http://www.itunes.com/dtds/podcast-1.0.dtd'><i:title>By iTunes</i:title></item>\
         <item><title><![CDATA[ 1 < 2 ]]> &amp; <b>more</b></title></item>"));
    assert_eq!(feed.title, "Show");
    assert_eq!(titles(&feed), ["Own", "By iTunes", "1 < 2 & more"]);
}

#[test]
fn alternates_live_items_and_media_count_as_the_interface_says() {
    let feed = feed(sample("alternate-enclosures.xml"));
    assert_eq!(feed.oddities, []);
    assert_eq!(feed.items, 2, "a pending live item and a trailer are no episodes");
    assert_eq!(titles(&feed), ["One", "Now"]);
    let one = &feed.episodes[0];
    assert_eq!(
        shown(one),
        [
            "enclosure audio/mpeg 1000 https://cdn.example/one.mp3",
            "alternate audio/opus 500 https://cdn.example/one.opus",
            "alternate audio/opus 500 Scheme(\"ipfs\")",
            "alternate application/x-bittorrent 1000 https://cdn.example/one.torrent",
        ]
    );
    let torrents: Vec<_> = one.enclosures.iter().filter(|enclosure| enclosure.is_torrent()).collect();
    assert_eq!(torrents.len(), 1);
    assert_eq!(shown(&feed.episodes[1]), ["live audio/mpeg 1 https://live.example/now"]);
}

#[test]
fn media_content_counts_where_it_can_be_played() {
    let feed = feed(rss("<item xmlns:m='http://search.yahoo.com/mrss/'>\
         <m:content url='https://h.example/a.mp3'/><m:content url='https://h.example/a.mp3' type='audio/mpeg'/>\
         <m:content url='https://h.example/v' medium='video' fileSize='9'/><m:content url='https://h.example/i.png'/>\
         <m:content url='https://h.example/i' type='image/png' medium='audio'/><m:content medium='audio'/></item>"));
    assert_eq!(
        shown(&feed.episodes[0]),
        ["media_content - - https://h.example/a.mp3", "media_content - 9 https://h.example/v"]
    );
}

#[test]
fn an_enclosure_that_cannot_be_asked_for_is_kept_with_the_reason() {
    let base = Link::parse("https://h.example/feed.xml").unwrap();
    for (attributes, alone, with_base) in [
        ("url='  '", "enclosure - - Empty", "enclosure - - Empty"),
        ("", "enclosure - - Empty", "enclosure - - Empty"),
        ("url='a.mp3' length='x'", "enclosure - - Relative", "enclosure - - https://h.example/a.mp3"),
        ("url='ftp://h.example/a'", "enclosure - - Scheme(\"ftp\")", "enclosure - - Scheme(\"ftp\")"),
        ("URL=https://h.example/b length=4", "enclosure - 4 https://h.example/b", "enclosure - 4 https://h.example/b"),
    ] {
        let document = rss(&format!("<item><enclosure {attributes}/></item>"));
        assert_eq!(shown(&feed(&document).episodes[0]), [alone], "{attributes}");
        let hints = Hints { base: Some(&base), ..Hints::default() };
        let feed = as_feed(parse(document.as_bytes(), &hints, &limits()));
        assert_eq!(shown(&feed.episodes[0]), [with_base], "{attributes}");
    }
}

#[test]
fn the_newest_come_first_and_the_undated_last_in_their_order() {
    let items = [("a", ""), ("b", "1 Nov 2026"), ("c", "3 Nov 2026"), ("d", "nonsense"), ("e", "3 Nov 2026")];
    let items: String = items
        .iter()
        .map(|(title, date)| format!("<item><title>{title}</title><pubDate>{date}</pubDate></item>"))
        .collect();
    let whole = feed(rss(&items));
    assert_eq!(titles(&whole), ["c", "e", "b", "a", "d"]);
    let two = Limits { episodes: Some(2), ..limits() };
    let few = as_feed(parse(rss(&items).as_bytes(), &Hints::default(), &two));
    assert_eq!((titles(&few), few.items), (vec!["c", "e"], 5));
}

#[test]
fn a_date_that_cannot_be_read_leaves_room_for_another() {
    let feed = feed(rss("<item xmlns:dc='http://purl.org/dc/elements/1.1/'><pubDate>soon</pubDate>\
         <dc:modified>2026-11-23T05:00:00Z</dc:modified></item>"));
    assert_eq!(feed.episodes[0].published.unwrap().to_string(), "2026-11-23T05:00:00Z");
}

#[test]
fn a_new_address_is_noted() {
    let feed = feed(sample("undeclared-prefix.xml"));
    assert_eq!(feed.new_feed_url.as_deref(), Some("https://new.example/feed.xml"));
    assert_eq!(titles(&feed), ["Named by iTunes alone"]);
    assert_eq!(shown(&feed.episodes[0]), ["media_content audio/mpeg 1000 https://cdn.example/one.mp3"]);
}
