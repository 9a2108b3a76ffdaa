//! `feed-unreachable`, `feed-not-a-feed`: whether there is a feed to read.

use super::scope::TITLE;
use super::{Check, FeedFacts, Run, is_undecided};
use crate::feed::Other;
use crate::judge::verdicts::FeedContent;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check =
    Check { name: "feed_document", codes: &[Code::FeedUnreachable, Code::FeedNotAFeed], runs: &[Run::Feed(run)] };

fn run(facts: &FeedFacts<'_>, out: &mut Vec<Finding>) {
    let source = facts.case.source;
    match (facts.case.content, &facts.chain) {
        (FeedContent::Feed(_), _) | (FeedContent::Nothing, None) => {}
        // What a wall against robots hides from podprobe, listeners may have.
        (FeedContent::Nothing | FeedContent::Other(_), Some(chain)) if is_undecided(chain) => {}
        (FeedContent::Nothing, Some(chain)) => {
            let place = chain.walk.last().map(|hop| say::hop(chain.walk.chain, hop)).unwrap_or_default();
            let (which, whose) = match facts.case.title {
                Some(title) => (format!("of {}", say::cut(title, TITLE)), format!(" of {source}")),
                None => (source.to_owned(), String::new()),
            };
            let summary = format!("The feed {which} cannot be fetched, so apps see no new episode.");
            let mut finding = facts.finding(
                Code::FeedUnreachable,
                summary,
                format!("The chain{whose} ended at {place} without a document."),
            );
            finding.origin = chain.walk.last().map(|hop| hop.url.origin());
            out.push(finding);
        }
        (FeedContent::Other(other), chain) => {
            let what = match other {
                Other::Empty => "an empty document",
                Other::Html => "a web page",
                Other::Xml => "an XML document of another kind",
                Other::Json => "JSON of another kind",
                Other::Unknown => "nothing that a podcast app can read",
            };
            let summary = format!("{source} is not a podcast feed: what comes is {what}.");
            let place = chain.and_then(|chain| chain.walk.last().map(|hop| say::hop(chain.walk.chain, hop)));
            let detail = format!("{}: {what}, no RSS, Atom or JSON Feed.", place.as_deref().unwrap_or(source));
            let mut finding = facts.finding(Code::FeedNotAFeed, summary, detail);
            finding.origin = chain.and_then(|chain| chain.walk.last()).map(|hop| hop.url.origin());
            out.push(finding);
        }
    }
}
