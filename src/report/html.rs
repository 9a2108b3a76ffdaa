//! HTML: one file that holds everything, for a browser, a mail's attachment or a printer. No scripts
//! and nothing fetched; its own policy forbids both, should a text ever get out of its place.

mod apps;
mod flow;
mod layout;
mod picture;
mod shows;

use std::fmt::Write as _;
use std::io::{self, Write};

use super::model::Report;
use super::story::findings::{Group, SEVERITIES, explained, groups};
use super::story::routes::{collect, ending, healed, opinion, party};
use super::story::{Causes, Effect, Story, calendar};
use super::{Format, Style, words};
use crate::judge::{Severity, Verdict};
use crate::markup;

/// Blocks of one severity that are seen at once; the others are folded away, as far as they are
/// written out. Of what is only worth knowing, fewer.
const SEEN_BLOCKS: usize = 6;
const SEEN_NOTES: usize = 2;
const MAX_BLOCKS: usize = 100;
/// Routes, hosts and certificates that are written out.
const MAX_ROUTES: usize = 50;
const MAX_POINTS: usize = 20;
const MAX_CERTIFICATES: usize = 40;

/// `--format html`.
pub(super) const FORMAT: Format = Format {
    name: "html",
    extension: "html",
    what: "one self-contained page with a picture of the routes",
    streamed: false,
    render: |report, style, out: &mut dyn Write| -> io::Result<()> { out.write_all(page(report, style).as_bytes()) },
};

const STYLE: &str = include_str!("html/style.css");

/// No script, no connection, no form, no frame; only the page's own styles.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

fn page(report: &Report, style: &Style) -> String {
    let story = Story::of(report);
    let mut out = String::with_capacity(32 * 1024);
    let verdict = report.verdict.0;
    let headline = text(&story.headline());
    let title = format!("podprobe: {}, {}", words::verdict(verdict), report.evaluated_at.date());
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta \
         name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" \
         href=\"data:,\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>",
        text(&title)
    );
    let _ = writeln!(
        out,
        "<header class=\"{}\"><div>\n<h1><span aria-hidden=\"true\">{}</span> {}</h1>\n<p class=\"lead\">{headline}</p>\n<p \
         class=\"dim\">{}</p>\n</div></header>\n<main>",
        class(verdict),
        style.mark(verdict),
        words::verdict(verdict),
        text(&when(report)),
    );
    unreadable(&mut out, report);
    for (severity, heading) in SEVERITIES.into_iter().zip(story.headings()) {
        findings(&mut out, &story, style, severity, heading);
    }
    if !report.offline {
        routes(&mut out, &story, style);
        apps::write(&mut out, report, style);
        points(&mut out, &story, style);
        certificates(&mut out, report, style);
    }
    shows::write(&mut out, &story, &Causes::of(report), style);
    let _ = writeln!(out, "</main>\n<footer>\n<p>{}</p>", text(&closing(report)));
    let _ = writeln!(out, "<p>podprobe {}</p>\n</footer>\n</body>\n</html>", text(&report.version));
    out
}

/// Text from outside, as text on one line.
fn text(text: &str) -> String {
    markup::html(&markup::terminal(text))
}

/// A title: its own direction does not reach beyond it.
fn title(title: &str) -> String {
    format!("<bdi>{}</bdi>", text(title))
}

/// A host, which may be broken at its dots.
fn host(name: &str) -> String {
    text(name).replace('.', ".<wbr>")
}

fn class(verdict: Verdict) -> &'static str {
    verdict.as_str()
}

/// A mark for those who see, and its word for those who hear.
fn mark(style: &Style, verdict: Verdict) -> String {
    format!("<span class=\"mark\" role=\"img\" aria-label=\"{}\">{}</span>", verdict.as_str(), style.mark(verdict))
}

fn when(report: &Report) -> String {
    let at = report.started_at;
    let mut line = format!("Looked at on {} at {} UTC", at.date(), at.clock());
    if report.evaluated_at.since(at).abs() > 60 {
        let at = report.evaluated_at;
        let _ = write!(line, ", judged as of {} {} UTC", at.date(), at.clock());
    }
    line
}

fn closing(report: &Report) -> String {
    match explained(&report.findings) {
        0 => words::looked_at(report),
        n => format!("{} explained by the above. {}", words::further(n), words::looked_at(report)),
    }
}

fn unreadable(out: &mut String, report: &Report) {
    let mut failed = report.feeds.iter().filter_map(|feed| Some((feed, feed.error.as_ref()?))).peekable();
    if failed.peek().is_none() {
        return;
    }
    out.push_str("<section>\n<h2>Sources that could not be read</h2>\n");
    for (feed, why) in failed {
        let _ =
            writeln!(out, "<article class=\"unknown\"><h3>{}</h3><p>{}</p></article>", title(&feed.source), text(why));
    }
    out.push_str("</section>\n");
}

fn findings(out: &mut String, story: &Story<'_>, style: &Style, severity: Severity, heading: &str) {
    let groups = groups(&story.report.findings, severity);
    if groups.is_empty() {
        return;
    }
    let _ = writeln!(out, "<section>\n<h2>{heading}</h2>");
    let seen = if severity == Severity::Info { SEEN_NOTES } else { SEEN_BLOCKS };
    for (at, group) in groups.iter().take(MAX_BLOCKS).enumerate() {
        if at == seen {
            let others = groups.len() - seen;
            let _ = writeln!(out, "<details class=\"blocks\">\n<summary>{others} more of this kind</summary>");
        }
        block(out, story, style, group);
    }
    more(out, groups.len().saturating_sub(MAX_BLOCKS), "more of this kind", "more of this kind");
    if groups.len() > seen {
        out.push_str("</details>\n");
    }
    out.push_str("</section>\n");
}

fn block(out: &mut String, story: &Story<'_>, style: &Style, group: &Group<'_>) {
    let finding = group.first;
    let severity = finding.severity.0.as_str();
    let _ = writeln!(
        out,
        "<article class=\"{severity}\">\n<h3><span class=\"mark\" role=\"img\" aria-label=\"{severity}\">{}</span> {} \
         <code>{}</code></h3>\n<dl>",
        style.severity_mark(finding.severity.0),
        text(&finding.summary),
        finding.code.0,
    );
    let mut item = |name: &str, said: &str| {
        // Lines of evidence stay lines.
        let lines: Vec<String> = said.lines().map(text).filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            let _ = writeln!(out, "<dt>{name}</dt><dd>{}</dd>", lines.join("\n"));
        }
    };
    item("Affects", &group.affects(Some(&story.shows)).unwrap_or_default());
    item("To do", &finding.advice);
    if let Some((said, url)) = group.way_round() {
        item("Way round", &format!("{said} {url}"));
    }
    item("Evidence", &finding.detail);
    item("Likewise", &group.likewise().unwrap_or_default());
    item("Contact", &group.contact(&story.index));
    out.push_str("</dl>\n</article>\n");
}

/// The picture, and the same in words.
fn routes(out: &mut String, story: &Story<'_>, style: &Style) {
    let routes = collect(story.report, false);
    if routes.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>How downloads travel</h2>\n");
    picture::write(out, story, style);
    out.push_str("<details>\n<summary>The routes in words</summary>\n<ul>\n");
    for route in routes.iter().take(MAX_ROUTES) {
        let Some(chain) = route.chains.first() else { continue };
        let hops = chain.hops.iter().map(|hop| {
            let party = party(hop);
            let whose = if party.is_empty() { String::new() } else { format!(" ({})", text(&party)) };
            let status = hop.status.map(|status| format!(" {status}")).unwrap_or_default();
            let fault = hop.error.as_ref().map(|fault| format!(": {}", text(&fault.message))).unwrap_or_default();
            format!("<b>{}</b>{whose}{status}{fault}", text(story.index.host(&hop.origin)))
        });
        let way = hops.collect::<Vec<_>>().join(" \u{2192} ");
        let _ = write!(
            out,
            "<li class=\"{}\">{} {}<small>{way}</small>",
            class(route.verdict),
            mark(style, route.verdict),
            title(&route.title(&story.shows))
        );
        let (wrong, audio) = ending(chain, route.is_feed);
        for said in wrong {
            let _ = write!(out, "<p class=\"why\">{}</p>", text(&said));
        }
        if let Some((said, _)) = opinion(chain) {
            let _ = write!(out, "<small>{}</small>", text(&said));
        }
        if let Some(said) = healed(route, &story.index) {
            let _ = write!(out, "<small>{}</small>", text(&said));
        }
        if let Some(said) = audio {
            let _ = write!(out, "<small>{}</small>", text(&said));
        }
        if let Some(steps) = route.plan(&story.index) {
            let _ = write!(out, "<small>Written in the link: {}</small>", text(&steps.join(" \u{2192} ")));
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ul>\n");
    more(out, routes.len().saturating_sub(MAX_ROUTES), "more route", "more routes");
    out.push_str("</details>\n</section>\n");
}

fn points(out: &mut String, story: &Story<'_>, style: &Style) {
    let points = story.points();
    if points.is_empty() {
        return;
    }
    out.push_str(
        "<section>\n<h2>If one host goes down</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\" \
         aria-label=\"State\"></th><th scope=\"col\">Host</th><th scope=\"col\">Then</th><th scope=\"col\" \
         class=\"num\">Episodes</th></tr></thead>\n<tbody>\n",
    );
    for point in points.iter().take(MAX_POINTS) {
        let episodes = match point.effect {
            Effect::Dark => words::thousands(point.episodes),
            Effect::Stale => String::new(),
        };
        let verdict = point.origin.verdict.0;
        let _ = writeln!(
            out,
            "<tr class=\"{}\"><td class=\"mark\">{}</td><th scope=\"row\">{}<small>{}</small></th><td>{}</td><td \
             class=\"num\">{episodes}</td></tr>",
            class(verdict),
            mark(style, verdict),
            host(&point.origin.host),
            text(&words::whose(point.origin)),
            point.consequence(),
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
    more(out, points.len().saturating_sub(MAX_POINTS), "more host", "more hosts");
    out.push_str("</section>\n");
}

fn certificates(out: &mut String, report: &Report, style: &Style) {
    let entries = calendar::entries(&report.origins);
    if entries.is_empty() {
        return;
    }
    out.push_str(
        "<section>\n<h2>Certificates that end next</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th \
         scope=\"col\" aria-label=\"State\"></th><th scope=\"col\">Ends (UTC)</th><th scope=\"col\">Hosts</th></tr></thead>\n<tbody>\n",
    );
    for entry in entries.iter().take(MAX_CERTIFICATES) {
        let verdict = entry.severity.map_or(Verdict::Ok, Verdict::from);
        let sign = if entry.severity.is_some() { mark(style, verdict) } else { String::new() };
        let _ = writeln!(
            out,
            "<tr class=\"{}\"><td class=\"mark\">{sign}</td><td class=\"date\">{}<small>{}</small></td><td>{}<small>{}</small></td></tr>",
            class(verdict),
            entry.end.date(),
            entry.left(report.evaluated_at),
            host(&words::list(&entry.hosts, 4)),
            text(&entry.issuer()),
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
    more(out, entries.len().saturating_sub(MAX_CERTIFICATES), "that ends later", "that end later");
    out.push_str("</section>\n");
}

fn more(out: &mut String, left: usize, one: &str, many: &str) {
    if left > 0 {
        let _ = writeln!(out, "<p class=\"dim\">And {}.</p>", words::count(left as u64, one, many));
    }
}
