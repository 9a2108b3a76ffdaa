//! JSON lines: the same facts as in the report, one object a line, each with its `event` first,
//! written while they become known. Nothing is kept but what repeats.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::builder::Tally;
use super::model::{
    Chain, Counts, Enclosure, Episode, Feed, Finding, Name, Origin, REPORT_SCHEMA, Report, Stamp, Text,
};
use super::pieces::{Pieces, Plan, Who};
use super::{EnclosureInput, End, FeedInput, Format, Start, Style};
use crate::chain::OriginSighting;
use crate::judge::{OriginVerdict, Verdict};
use crate::markup;
use crate::parties::Party;

/// `--format jsonl`.
pub(super) const FORMAT: Format = Format {
    name: "jsonl",
    extension: "jsonl",
    what: "one JSON object a line, while facts become known",
    streamed: true,
    render: replay,
};

/// One line.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event<'a> {
    /// A source, once its document was judged.
    Feed(FeedEvent<'a>),
    /// A file of an episode, once its chain was judged.
    Enclosure(EnclosureEvent<'a>),
    /// An origin, once all its addresses were asked. Who runs through it is known at the end only.
    Origin(&'a Origin),
    /// A finding, at the end.
    Finding(&'a Finding),
    /// The last line.
    Summary(Summary<'a>),
}

/// A source.
#[derive(Serialize, JsonSchema)]
pub(super) struct FeedEvent<'a> {
    /// Which source of the round, from 0.
    feed: usize,
    /// The source as given, redacted.
    source: &'a Text,
    /// Its URL after redirects; null for a file.
    url: &'a Option<Text>,
    /// The show's title; null where no feed was read.
    title: &'a Option<Text>,
    /// The verdict over its own document; its episodes have their own.
    verdict: Name<Verdict>,
    /// The chain of the feed's own document; null for a file.
    chain: &'a Option<Chain>,
    /// Why the source could not be read at all; otherwise the field is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: &'a Option<Text>,
}

/// A file of an episode.
#[derive(Serialize, JsonSchema)]
pub(super) struct EnclosureEvent<'a> {
    /// Which source of the round, from 0.
    feed: usize,
    /// The episode.
    episode: EpisodeName<'a>,
    #[serde(flatten)]
    enclosure: &'a Enclosure,
}

/// Which episode.
#[derive(Serialize, JsonSchema)]
pub(super) struct EpisodeName<'a> {
    /// Its guid or id; null where it has none.
    guid: &'a Option<Text>,
    /// Its title; empty where it has none.
    title: &'a Text,
    /// When it was published; null where the feed does not say.
    published_at: Option<Stamp>,
}

/// The end of a round.
#[derive(Serialize, JsonSchema)]
pub(super) struct Summary<'a> {
    /// `podprobe.report/v1`.
    schema: &'static str,
    /// The version of podprobe that made it.
    version: &'a str,
    /// Where it was seen from: `local`.
    vantage: &'a str,
    /// When the round began.
    started_at: Stamp,
    /// When the round ended.
    finished_at: Stamp,
    /// The time that certificates and policies were judged for.
    evaluated_at: Stamp,
    /// The worst of everything.
    verdict: Name<Verdict>,
    /// True where the round was stopped before its end; otherwise the field is not there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
    /// How much was looked at and found.
    counts: Counts,
}

/// Makes the lines of a round while it goes on. Each method gives whole lines with their ends.
pub struct Stream<'a> {
    start: Start<'a>,
    pieces: Pieces<'a>,
    tally: Tally,
    /// The episode that was counted last: its feed, and its place there.
    counted: Option<(usize, usize)>,
}

impl<'a> Stream<'a> {
    /// A stream. `who` says whose host a URL is on (`Catalogue::who`).
    pub fn new(start: Start<'a>, who: Who<'a>) -> Self {
        Self { start, pieces: Pieces::new(who, start.evaluated_at.into()), tally: Tally::default(), counted: None }
    }

    /// The same, showing the route written in each enclosure's URL (`Catalogue::planned`).
    #[must_use]
    pub fn with_plan(mut self, plan: Plan<'a>) -> Self {
        self.pieces.set_plan(plan);
        self
    }

    /// A source, once its document was judged.
    pub fn feed(&mut self, input: &FeedInput<'_>) -> String {
        self.tally.feed(input);
        let feed = self.pieces.feed(input);
        line(&Event::Feed(FeedEvent::of(input.index, &feed)))
    }

    /// An episode without enclosures: it is counted, and has no line of its own.
    pub fn episode(&mut self, feed: usize, episode: &crate::feed::Episode) {
        let key = (feed, episode.order);
        if self.counted != Some(key) {
            self.counted = Some(key);
            self.tally.episode();
        }
    }

    /// An enclosure, once its chain was judged. Those of one episode come one after the other: of
    /// episodes that are done nothing is kept, not even that they were counted.
    pub fn enclosure(&mut self, input: &EnclosureInput<'_>) -> String {
        self.episode(input.feed, input.episode);
        self.tally.enclosure(input);
        let episode = Pieces::episode(input.episode);
        let enclosure = self.pieces.enclosure(input);
        line(&Event::Enclosure(EnclosureEvent::of(input.feed, &episode, &enclosure)))
    }

    /// An origin, once it was judged.
    pub fn origin(&mut self, seen: &OriginSighting, verdict: &OriginVerdict, party: &Party) -> String {
        self.tally.origin();
        line(&Event::Origin(&self.pieces.origin(seen, verdict, party)))
    }

    /// The findings, and last the summary. Also gives the verdict over the round.
    pub fn finish(mut self, end: &End<'_>) -> (String, Verdict) {
        let mut lines = String::new();
        for finding in &end.conclusion.findings {
            lines.push_str(&line(&Event::Finding(&self.pieces.finding(finding))));
        }
        let (counts, verdict) = self.tally.end(end);
        lines.push_str(&line(&Event::Summary(Summary {
            schema: REPORT_SCHEMA,
            version: self.start.version,
            vantage: self.start.vantage,
            started_at: self.start.started_at.into(),
            finished_at: end.finished_at.into(),
            evaluated_at: self.start.evaluated_at.into(),
            verdict: Name(verdict),
            interrupted: end.interrupted,
            counts,
        })));
        (lines, verdict)
    }
}

impl<'a> FeedEvent<'a> {
    fn of(index: usize, feed: &'a Feed) -> Self {
        Self {
            feed: index,
            source: &feed.source,
            url: &feed.url,
            title: &feed.title,
            verdict: feed.verdict,
            chain: &feed.chain,
            error: &feed.error,
        }
    }
}

impl<'a> EnclosureEvent<'a> {
    fn of(feed: usize, episode: &'a Episode, enclosure: &'a Enclosure) -> Self {
        let name = EpisodeName { guid: &episode.guid, title: &episode.title, published_at: episode.published_at };
        Self { feed, episode: name, enclosure }
    }
}

/// One event with its line end.
fn line(event: &Event<'_>) -> String {
    // Serialising plain structs to memory has no way to fail: no maps with other keys than texts,
    // no numbers that JSON does not have.
    let line = serde_json::to_string(event).unwrap_or_default();
    format!("{}\n", markup::json(&line))
}

/// The lines of a round that is over.
fn replay(report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut put = |event: &Event<'_>| out.write_all(line(event).as_bytes());
    for (index, feed) in report.feeds.iter().enumerate() {
        put(&Event::Feed(FeedEvent::of(index, feed)))?;
        for episode in &feed.episodes {
            for enclosure in &episode.enclosures {
                put(&Event::Enclosure(EnclosureEvent::of(index, episode, enclosure)))?;
            }
        }
    }
    report.origins.iter().try_for_each(|origin| put(&Event::Origin(origin)))?;
    report.findings.iter().try_for_each(|finding| put(&Event::Finding(finding)))?;
    put(&Event::Summary(Summary {
        schema: report.schema,
        version: &report.version,
        vantage: &report.vantage,
        started_at: report.started_at,
        finished_at: report.finished_at,
        evaluated_at: report.evaluated_at,
        verdict: report.verdict,
        interrupted: report.interrupted,
        counts: report.counts,
    }))
}
