//! Messages for platforms that take one text: lines in the platform's syntax, as many as fit.

use super::Outgoing;
use super::wording::{Bounds, LINK, Told, told, tone};
use crate::markup::chat::Unit;

/// How a syntax writes what a message is made of. Texts come escaped.
#[derive(Clone, Copy)]
pub(super) struct Syntax {
    /// Makes text safe.
    pub(super) escape: fn(&str) -> String,
    /// Marks what counts.
    pub(super) strong: fn(&str) -> String,
    /// A link behind a label.
    pub(super) link: fn(url: &str, label: &str) -> String,
    /// Begins an item of a list.
    pub(super) bullet: &'static str,
    /// Ends a line.
    pub(super) newline: &'static str,
}

/// Text without a syntax.
pub(super) const PLAIN: Syntax = Syntax {
    escape: crate::markup::chat::plain,
    strong: str::to_owned,
    link: |url, label| format!("{label}: {url}"),
    bullet: "- ",
    newline: "\n",
};

/// The whole message in at most `limit` units. What does not fit is left out from the evidence on;
/// the link and the last line stay.
pub(super) fn prose(outgoing: &Outgoing, bounds: &Bounds, limit: usize, syntax: &Syntax) -> String {
    let tone = tone(&outgoing.notification);
    let told = told(outgoing, bounds, syntax.escape);
    let head = format!("{} {}: {}", tone.sign, (syntax.strong)(tone.word), told.headline);
    compose(head, &told, bounds.unit, limit, syntax)
}

/// The same without the headline, for platforms that have a title of their own.
pub(super) fn below_title(outgoing: &Outgoing, bounds: &Bounds, limit: usize, syntax: &Syntax) -> String {
    let told = told(outgoing, bounds, syntax.escape);
    compose(String::new(), &told, bounds.unit, limit, syntax)
}

fn compose(head: String, told: &Told, unit: Unit, limit: usize, syntax: &Syntax) -> String {
    let foot = told.link.as_deref().map(|url| (syntax.link)(url, LINK)).into_iter().chain([told.footer.clone()]);
    let foot = foot.collect::<Vec<_>>().join(syntax.newline);
    let gap = format!("{0}{0}", syntax.newline);
    let room = limit.saturating_sub(unit.measure(&foot) + 2 * unit.measure(&gap) + 1);

    let mut out = head;
    let mut used = unit.measure(&out);
    let mut left_out = false;
    for block in blocks(told, syntax) {
        for (at, line) in block.into_iter().enumerate() {
            let lead = match (out.is_empty(), at) {
                (true, _) => "",
                (false, 0) => gap.as_str(),
                (false, _) => syntax.newline,
            };
            let takes = unit.measure(&line) + unit.measure(lead);
            if left_out || used.saturating_add(takes) > room {
                left_out = true;
                continue;
            }
            out.push_str(lead);
            out.push_str(&line);
            used += takes;
        }
    }
    if left_out {
        out.push_str(syntax.newline);
        out.push('…');
    }
    if !out.is_empty() {
        out.push_str(&gap);
    }
    out + &foot
}

/// What follows the headline, the most important first.
fn blocks(told: &Told, syntax: &Syntax) -> Vec<Vec<String>> {
    let mut blocks: Vec<Vec<String>> = told.body.iter().map(|part| vec![part.clone()]).collect();
    blocks.extend(told.lists.iter().filter_map(|list| {
        let (title, lines) = list.split_first()?;
        let items = lines.iter().map(|line| format!("{}{line}", syntax.bullet));
        Some([(syntax.strong)(title)].into_iter().chain(items).collect())
    }));
    if let Some(advice) = &told.advice {
        blocks.push(vec![format!("{} {advice}", (syntax.strong)("What to do:"))]);
    }
    if let Some(touched) = &told.above_shows {
        let shows = told.shows.iter().chain(&told.more_shows).map(|show| format!("{}{show}", syntax.bullet));
        blocks.push([(syntax.strong)(touched)].into_iter().chain(shows).collect());
    }
    let facts = told.facts.iter().map(|(label, value)| format!("{} {value}", (syntax.strong)(&format!("{label}:"))));
    blocks.push(facts.chain(told.more_facts.clone()).collect());
    blocks.retain(|block| !block.is_empty());
    blocks
}
