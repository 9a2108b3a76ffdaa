//! Every show, with its episodes folded away below it.

use std::fmt::Write as _;

use super::{class, mark, more, text, title};
use crate::judge::{Severity, Verdict};
use crate::report::model::{Episode, Feed, Named as _};
use crate::report::story::{Causes, Story};
use crate::report::style::Style;
use crate::report::words;

/// Shows that are listed, and episodes of one that are.
const MAX_SHOWS: usize = 500;
const MAX_EPISODES: usize = 100;

pub(super) fn write(out: &mut String, story: &Story<'_>, causes: &Causes<'_>, style: &Style) {
    let mut feeds: Vec<&Feed> = story.report.feeds.iter().filter(|feed| feed.error.is_none()).collect();
    if feeds.is_empty() {
        return;
    }
    feeds.sort_by_key(|feed| std::cmp::Reverse(feed.verdict));
    out.push_str("<section>\n<h2>Shows and episodes</h2>\n");
    let alone = feeds.len() == 1;
    for feed in feeds.iter().take(MAX_SHOWS) {
        show(out, story, causes, style, feed, alone);
    }
    more(out, feeds.len().saturating_sub(MAX_SHOWS), "more show", "more shows");
    out.push_str("</section>\n");
}

fn show(out: &mut String, story: &Story<'_>, causes: &Causes<'_>, style: &Style, feed: &Feed, alone: bool) {
    let verdict = feed.verdict.0;
    let name = feed.title.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(&feed.source);
    let all = feed.episodes.len() as u64;
    let down = feed.episodes.iter().filter(|episode| episode.verdict.0 == Verdict::Critical).count() as u64;
    let count = match down {
        0 => words::count(all, "episode", "episodes"),
        down => format!("{} of {} critical", words::thousands(down), words::count(all, "episode", "episodes")),
    };
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        out,
        "<details class=\"{}\"{}>\n<summary>{} {} <span class=\"dim\">{count}</span></summary>\n<p \
         class=\"dim\">{}</p>\n<ul>",
        class(verdict),
        if alone && verdict != Verdict::Ok { " open" } else { "" },
        mark(style, verdict),
        title(name),
        text(&feed.source),
    );
    for finding in causes.of_feed(feed).iter().filter(|finding| finding.severity.0 != Severity::Info) {
        let verdict = Verdict::from(finding.severity.0);
        let _ = writeln!(
            out,
            "<li class=\"{}\">{} The feed itself<p class=\"why\">{}</p></li>",
            class(verdict),
            mark(style, verdict),
            text(&finding.summary)
        );
    }
    // The worst first, each in the feed's order.
    let mut episodes: Vec<&Episode> = feed.episodes.iter().collect();
    episodes.sort_by_key(|episode| std::cmp::Reverse(episode.verdict));
    for one in episodes.iter().take(MAX_EPISODES) {
        episode(out, story, causes, style, one);
    }
    out.push_str("</ul>\n");
    more(out, episodes.len().saturating_sub(MAX_EPISODES), "more episode", "more episodes");
    out.push_str("</details>\n");
}

fn episode(out: &mut String, story: &Story<'_>, causes: &Causes<'_>, style: &Style, episode: &Episode) {
    let verdict = episode.verdict.0;
    let name =
        if episode.title.trim().is_empty() { "<i>without a title</i>".to_owned() } else { title(&episode.title) };
    let date = episode.published_at.map(|at| format!(" <span class=\"dim date\">{}</span>", at.date()));
    let _ = write!(out, "<li class=\"{}\">{} {name}{}", class(verdict), mark(style, verdict), date.unwrap_or_default());
    if episode.enclosures.is_empty() {
        out.push_str("<small>no audio file</small>");
    }
    let several = episode.enclosures.len() > 1;
    for enclosure in &episode.enclosures {
        out.push_str("<small>");
        if several {
            let _ = write!(out, "{} {}: ", mark(style, enclosure.verdict.0), enclosure.kind.0.name());
        }
        match &enclosure.chain {
            Some(chain) => {
                let hops = chain.hops.iter().map(|hop| {
                    let status = hop.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
                    format!("{} {status}", text(story.index.host(&hop.origin)))
                });
                out.push_str(&hops.collect::<Vec<_>>().join(" \u{2192} "));
            }
            None => out.push_str(&text(&enclosure.url)),
        }
        out.push_str("</small>");
        if enclosure.verdict.0 != Verdict::Ok {
            let found = causes.of_enclosure(enclosure);
            for finding in found.iter().filter(|finding| finding.severity.0 != Severity::Info).take(3) {
                let _ = write!(out, "<p class=\"why\">{}</p>", text(&finding.summary));
            }
        }
    }
    out.push_str("</li>\n");
}
