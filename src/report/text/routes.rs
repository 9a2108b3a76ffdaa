//! The way of the downloads: each distinct route once, hop by hop, and how many episodes take it.

use super::page::{Page, pad, pad_left};
use crate::judge::Verdict;
use crate::markup;
use crate::report::model::Hop;
use crate::report::story::Story;
use crate::report::story::routes::{Route, certificate, collect, ending, healed, opinion, party};
use crate::report::style::Ink;
use crate::report::words;

/// Routes that are drawn.
const MAX_ROUTES: usize = 6;

pub(super) fn write(page: &mut Page<'_>, story: &Story<'_>) {
    let routes = collect(story.report, page.style().verbose);
    if routes.is_empty() {
        return;
    }
    page.heading("How downloads travel");
    let most = if page.style().verbose { usize::MAX } else { MAX_ROUTES };
    let drawn: Vec<&Route<'_>> = routes.iter().take(most).collect();
    let rows: Vec<Vec<Row>> = drawn.iter().map(|route| rows(route, story, page)).collect();
    let widths = Widths::of(rows.iter().flatten(), page.style().columns());
    for (route, rows) in drawn.iter().zip(&rows) {
        draw(page, story, route, rows, &widths);
    }
    let left = routes.len().saturating_sub(most) as u64;
    if left > 0 {
        let text = format!("  and {}; --verbose shows them", words::count(left, "more route", "more routes"));
        page.line(&[(Ink::Faint, &text)]);
    }
}

/// One hop, in cells that are safe.
struct Row {
    host: String,
    party: String,
    status: String,
    time: String,
    http: String,
    certificate: String,
    ink: Ink,
    error: Option<String>,
}

fn rows(route: &Route<'_>, story: &Story<'_>, page: &Page<'_>) -> Vec<Row> {
    let Some(first) = route.chains.first() else { return Vec::new() };
    let row = |(place, hop): (usize, &Hop)| {
        let (certificate, verdict) = certificate(hop, &story.index, story.report.evaluated_at);
        let certificate = match verdict {
            Some(verdict) => format!("{} {certificate}", page.style().mark(verdict)),
            None => certificate,
        };
        let same_place = route.chains.iter().filter_map(|chain| chain.hops.get(place));
        let host = story.index.host(&hop.origin);
        Row {
            host: markup::terminal(host).into_owned(),
            party: markup::terminal(&party(hop)).into_owned(),
            status: hop.status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
            time: median(same_place.map(|hop| hop.timings_ms.total_tenths()).collect())
                .map(words::millis)
                .unwrap_or_default(),
            http: hop.http_version.unwrap_or_default().to_owned(),
            certificate,
            ink: verdict.map_or(Ink::Plain, Ink::from),
            error: hop.error.as_ref().map(|fault| fault.message.to_string()),
        }
    };
    first.hops.iter().enumerate().map(row).collect()
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// The columns' widths over all routes.
#[derive(Default)]
struct Widths {
    host: usize,
    party: usize,
    status: usize,
    time: usize,
    http: usize,
}

impl Widths {
    /// As wide as the content; where that is too much, whose host it is gives way first, then its
    /// name, then the version of HTTP.
    fn of<'a>(rows: impl Iterator<Item = &'a Row>, columns: usize) -> Self {
        let mut widths = Self::default();
        let mut certificate = 0;
        for row in rows {
            for (cell, width) in [
                (&row.host, &mut widths.host),
                (&row.party, &mut widths.party),
                (&row.status, &mut widths.status),
                (&row.time, &mut widths.time),
                (&row.http, &mut widths.http),
                (&row.certificate, &mut certificate),
            ] {
                *width = (*width).max(markup::width(cell));
            }
        }
        let gaps = 4 + 5 * 2; // the tree, and two columns before every cell but the first
        let total = gaps + widths.host + widths.party + widths.status + widths.time + widths.http + certificate;
        let mut over = total.saturating_sub(columns);
        let mut shrink = |width: &mut usize, least: usize| {
            let mut give = over.min(width.saturating_sub(least));
            if least == 0 && give > 0 {
                give = *width; // half a version says nothing
            }
            *width -= give;
            over = over.saturating_sub(give);
        };
        shrink(&mut widths.party, 16);
        shrink(&mut widths.host, 24);
        shrink(&mut widths.http, 0);
        shrink(&mut widths.party, 0);
        shrink(&mut widths.host, 12);
        widths
    }
}

fn draw(page: &mut Page<'_>, story: &Story<'_>, route: &Route<'_>, rows: &[Row], widths: &Widths) {
    let mark = page.style().mark(route.verdict);
    let title = page.fit(&route.title(&story.shows), page.style().columns().saturating_sub(2));
    page.labelled((route.verdict.into(), mark), 2, Ink::Plain, &title);
    for (at, row) in rows.iter().enumerate() {
        let last = at + 1 == rows.len();
        let tree = match (last, page.style().unicode) {
            (false, true) => "  ├ ",
            (true, true) => "  └ ",
            (false, false) => "  |-",
            (true, false) => "  `-",
        };
        let cell = |text: &str, width: usize| {
            if width == 0 { String::new() } else { format!("  {}", pad(&page.fit(text, width), width)) }
        };
        let host = pad(&page.fit(&row.host, widths.host), widths.host);
        let status = format!("  {}", pad_left(&row.status, widths.status));
        let time = format!("  {}", pad_left(&row.time, widths.time));
        page.line(&[
            (Ink::Faint, tree),
            (if row.error.is_some() { Ink::Bad } else { Ink::Plain }, &host),
            (Ink::Faint, &cell(&row.party, widths.party)),
            (Ink::Plain, &status),
            (Ink::Faint, &time),
            (Ink::Faint, &cell(&row.http, widths.http)),
            (row.ink, &format!("  {}", row.certificate)),
        ]);
        if let Some(error) = &row.error {
            let below = if last {
                "    "
            } else if page.style().unicode {
                "  │ "
            } else {
                "  | "
            };
            let lead = format!("{below}{} ", page.style().mark(Verdict::Critical));
            page.paragraph(&lead, markup::width(&lead), Ink::Bad, error);
        }
    }
    if let Some(chain) = route.chains.first() {
        let (wrong, audio) = ending(chain, route.is_feed);
        for text in wrong {
            let lead = format!("    {} ", page.style().mark(Verdict::Critical));
            page.paragraph(&lead, 6, Ink::Bad, &text);
        }
        if let Some((text, served)) = opinion(chain) {
            page.paragraph("    ", 4, if served { Ink::Plain } else { Ink::Faint }, &text);
        }
        if let Some(text) = healed(route, &story.index) {
            page.paragraph("    ", 4, Ink::Plain, &text);
        }
        if let Some(audio) = audio {
            page.paragraph("    ", 4, Ink::Faint, &audio);
        }
        if let Some(steps) = route.plan(&story.index) {
            let arrow = if page.style().unicode { " \u{2192} " } else { " -> " };
            page.paragraph("    ", 4, Ink::Faint, &format!("Written in the link: {}", steps.join(arrow)));
        }
    }
    page.blank();
}
