//! `feed-malformed`, `feed-too-large`, `feed-empty`, `feed-moved`, `enclosure-missing`: a feed that
//! can be read, and what is odd about it.

use super::scope::{TITLE, show_of};
use super::{Check, FeedFacts, Run};
use crate::chain::End;
use crate::feed::{Feed, Limit, Oddity, OddityKind};
use crate::judge::fold::MOST_ALIKE;
use crate::judge::verdicts::FeedContent;
use crate::judge::{Code, Finding, Subject, SubjectKind, say};
use crate::link::{Link, redact};

pub(super) const CHECK: Check = Check {
    name: "feed_health",
    codes: &[Code::FeedMalformed, Code::FeedTooLarge, Code::FeedEmpty, Code::FeedMoved, Code::EnclosureMissing],
    runs: &[Run::Feed(run)],
};

fn run(facts: &FeedFacts<'_>, out: &mut Vec<Finding>) {
    let FeedContent::Feed(feed) = facts.case.content else { return };
    // Where the user stopped it, its end is nobody's fault.
    if facts.case.chain.is_some_and(|chain| chain.end == End::Interrupted) {
        return;
    }
    oddities(facts, feed, out);
    if feed.items == 0 {
        let summary = format!("The feed of {} holds no episode.", show_of(facts.case));
        out.push(facts.finding(Code::FeedEmpty, summary, "The document has no item or entry.".to_owned()));
    }
    moved(facts, feed, out);
    let mut bare = feed.episodes.iter().filter(|episode| episode.enclosures.is_empty());
    let first = out.len();
    for episode in bare.by_ref().take(MOST_ALIKE) {
        let key = episode.guid.as_deref().unwrap_or(&episode.title);
        let show = show_of(facts.case);
        let subject = Subject {
            kind: SubjectKind::Episode,
            id: format!("{}#{}", facts.case.source, say::cut(&redact(key), 1_000)),
            name: format!("{show}: {}", say::cut(&episode.title, TITLE)),
        };
        let summary = format!("\u{201c}{}\u{201d} of {show} has no file to download.", say::cut(&episode.title, TITLE));
        let detail = format!("Item {} of the feed has no enclosure.", episode.order.saturating_add(1));
        out.push(Finding::new(Code::EnclosureMissing, subject, summary, detail));
    }
    if let Some(first) = out.get_mut(first) {
        first.more_alike(bare.count());
    }
}

fn oddities(facts: &FeedFacts<'_>, feed: &Feed, out: &mut Vec<Finding>) {
    let show = show_of(facts.case);
    let (limits, faults): (Vec<&Oddity>, Vec<&Oddity>) =
        feed.oddities.iter().partition(|oddity| matches!(oddity.what, OddityKind::Limit(_)));
    if let Some(first) = faults.first() {
        let summary = format!("The feed of {show} is not well-formed; strict apps may refuse it.");
        let more = match faults.len() {
            1 => String::new(),
            n => format!(" ({} noted)", say::count(n.saturating_sub(1) as u64, "more fault")),
        };
        let detail = format!("Line {}, column {}: {}{more}.", first.line, first.column, fault(&first.what));
        out.push(facts.finding(Code::FeedMalformed, summary, detail));
    }
    if !limits.is_empty() {
        let summary = format!("The feed of {show} is too large to be read whole.");
        let mut met = Vec::new();
        for oddity in limits {
            if let OddityKind::Limit(limit) = &oddity.what {
                let text = format!("{} at line {}", limited(*limit), oddity.line);
                if !met.contains(&text) {
                    met.push(text);
                }
            }
        }
        let detail = format!("Limit met: {}. What was read until then is used.", met.join("; "));
        out.push(facts.finding(Code::FeedTooLarge, summary, detail));
    }
}

/// Whether all that is malformed of a feed is a further page that could not be had.
pub(crate) fn is_missing_page(content: FeedContent<'_>) -> bool {
    let FeedContent::Feed(feed) = content else { return false };
    let mut faults = feed.oddities.iter().filter(|oddity| !matches!(oddity.what, OddityKind::Limit(_)));
    faults.all(|oddity| matches!(oddity.what, OddityKind::PageMissing(_)))
}

fn fault(what: &OddityKind) -> String {
    match what {
        OddityKind::BareAmpersand => "a bare & that should be &amp;".to_owned(),
        OddityKind::HtmlEntity(name) => format!("the HTML entity &{name}; that XML does not know"),
        OddityKind::UnknownEntity(name) => format!("the entity &{name}; that nobody knows"),
        OddityKind::ControlCharacter(code) => format!("the control character U+{code:04X}, which XML forbids"),
        OddityKind::UndeclaredPrefix(prefix) => format!("the namespace prefix {prefix} is not declared"),
        OddityKind::BadEncoding(name) => format!("bytes that are not {name}"),
        OddityKind::UnknownEncoding(name) => format!("the encoding {name} that nobody knows"),
        OddityKind::Unterminated(what) => format!("{what} that does not end"),
        OddityKind::MissingEnd => "the document ends too early".to_owned(),
        OddityKind::MismatchedTag(name) => format!("an end tag {name} that closes another element"),
        OddityKind::Syntax(text) => text.clone(),
        OddityKind::PageMissing(url) => format!("a further page, {url}, could not be read"),
        OddityKind::Limit(limit) => limited(*limit).to_owned(),
    }
}

fn limited(limit: Limit) -> &'static str {
    match limit {
        Limit::WireBytes => "the bytes that are transferred",
        Limit::Bytes => "the bytes after decompression",
        Limit::Ratio => "the ratio of decompression",
        Limit::Depth => "the depth of elements",
        Limit::Text => "the length of one text",
        Limit::Pages => "the number of pages",
        Limit::Attributes => "the attributes of one element",
        Limit::Enclosures => "the enclosures of one item",
        Limit::Entries => "the entries of the list",
        Limit::Episodes => "the memory for episodes; the oldest ones were left out",
    }
}

fn moved(facts: &FeedFacts<'_>, feed: &Feed, out: &mut Vec<Finding>) {
    let hops = facts.chain.as_ref().map_or(&[][..], |chain| &chain.walk.chain.hops);
    let said = feed.new_feed_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    let here = |url: &str| {
        Link::parse(url).is_ok_and(|url| {
            let ends = [hops.first(), hops.last()];
            ends.into_iter().flatten().any(|hop| hop.url.canonical() == url.canonical())
        })
    };
    // Only redirects that are permanent from the first on tell subscribers to move (RFC 9110 15.4).
    let permanent = hops
        .iter()
        .zip(hops.iter().skip(1))
        .take_while(|(hop, _)| hop.request.fact().is_some_and(|answer| matches!(answer.status, 301 | 308)))
        .last();
    let (to, detail) = match (said, permanent) {
        (Some(url), _) if !here(url) => {
            let url = say::cut(&redact(url), 300);
            (url.clone(), format!("itunes:new-feed-url is {url}."))
        }
        (_, Some((hop, next))) => {
            let status = hop.request.fact().map(|answer| answer.status.to_string()).unwrap_or_default();
            (say::url(&next.url), format!("{} answers {status} to {}.", say::url(&hop.url), say::url(&next.url)))
        }
        _ => return,
    };
    let summary = format!("The feed of {} says that it has moved to {to}.", show_of(facts.case));
    out.push(facts.finding(Code::FeedMoved, summary, detail));
}
