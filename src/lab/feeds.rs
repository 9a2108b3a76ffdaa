//! The exhibits' feeds, and the small feeds that exhibits about feeds are made from.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::lab::exhibit::{Exhibit, Item};
use crate::lab::http::Answer;

/// The media type of RSS.
pub(in crate::lab) const RSS: &str = "application/rss+xml; charset=utf-8";

/// The feed of an exhibit.
pub(in crate::lab) fn of(exhibit: &Exhibit, now: i64) -> Answer {
    let host = exhibit.host();
    let items: String = exhibit.items.iter().enumerate().map(|(number, one)| item(one, number, &host, now)).collect();
    Answer::status(200).body(RSS, rss(exhibit.name, "", &items))
}

/// A feed with this title, these extra elements of its channel, and these items.
pub(in crate::lab) fn rss(title: &str, channel: &str, items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
         xmlns:atom=\"http://www.w3.org/2005/Atom\">\n\
         <channel>\n<title>{title}</title>\n<link>https://feeds.lab.example/</link>\n\
         <description>An exhibit of the lab.</description>\n{channel}{items}</channel>\n</rss>\n"
    )
}

/// One item, the newest first: each is a day older than the one before.
pub(in crate::lab) fn item(item: &Item, number: usize, host: &str, now: i64) -> String {
    let age = i64::try_from(number + 1).unwrap_or(1).saturating_mul(86_400);
    let date = Timestamp::from_second(now.saturating_sub(age)).unwrap_or_default();
    let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let mut out = format!(
        "<item>\n<title>Episode {number}</title>\n<guid isPermaLink=\"false\">{host}-{number}</guid>\n\
         <pubDate>{date}</pubDate>\n"
    );
    if let Some(url) = item.url {
        let url = url.replace("{host}", host).replace('&', "&amp;");
        let mime = item.mime.unwrap_or_else(|| item.file.mime());
        let length = item.length.map_or_else(|| item.file.bytes().len().to_string(), str::to_owned);
        let _ = writeln!(out, "<enclosure url=\"{url}\" type=\"{mime}\" length=\"{length}\"/>");
    }
    out.push_str("</item>\n");
    out
}
