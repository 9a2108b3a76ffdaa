//! Markdown, for an issue or a chat: the headline, the causes with their evidence and advice, the
//! routes and the next certificates in tables. CommonMark with GitHub's tables.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::model::apps::{self, Matrix};
use super::model::{Chain, Report};
use super::story::findings::{Group, SEVERITIES, explained, groups};
use super::story::routes::{Route, certificate, collect, ending, healed, opinion, party};
use super::story::{Story, calendar};
use super::{Format, Style, words};
use crate::judge::{Severity, Verdict};
use crate::markup;

/// Blocks of one severity, routes, reasons of an app, hosts and certificates that are written out.
const MAX_BLOCKS: usize = 20;
const MAX_ROUTES: usize = 12;
const MAX_REASONS: usize = 3;
const MAX_POINTS: usize = 10;
const MAX_CERTIFICATES: usize = 10;

/// `--format markdown`.
pub(super) const FORMAT: Format = Format {
    name: "markdown",
    extension: "md",
    what: "for an issue or a chat",
    streamed: false,
    render: |report, style, out: &mut dyn Write| -> io::Result<()> { out.write_all(page(report, style).as_bytes()) },
};

fn page(report: &Report, style: &Style) -> String {
    let story = Story::of(report);
    let mut out = Page { out: String::new(), story: &story, style };
    let verdict = report.verdict.0;
    let headline = safe(&story.headline());
    out.line(&format!("## {} {}", style.mark(verdict), words::verdict(verdict)));
    out.line(&format!("**{headline}**"));
    out.unreadable();
    for (severity, heading) in SEVERITIES.into_iter().zip(story.headings()) {
        out.findings(severity, heading);
    }
    if !report.offline {
        out.routes();
        out.apps();
        out.points();
        out.calendar();
    }
    out.end();
    out.out
}

/// Text from outside, as text.
fn safe(text: &str) -> String {
    markup::markdown(text)
}

/// A page in the making.
struct Page<'a> {
    out: String,
    story: &'a Story<'a>,
    style: &'a Style,
}

impl Page<'_> {
    /// A block with an empty line before it.
    fn line(&mut self, text: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// A table: heads, then rows of cells that are safe.
    fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
        let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
        let mut text = line(&heads);
        let rule: Vec<String> = heads.iter().map(|_| "---".to_owned()).collect();
        for row in std::iter::once(&rule).chain(rows) {
            text.push('\n');
            text.push_str(&line(row));
        }
        self.line(&text);
    }

    fn more(&mut self, left: usize, one: &str, many: &str) {
        if left > 0 {
            self.line(&format!("And {}.", words::count(left as u64, one, many)));
        }
    }

    fn unreadable(&mut self) {
        let mut items = String::new();
        for feed in &self.story.report.feeds {
            if let Some(why) = &feed.error {
                // Writing to a String cannot fail.
                let _ = writeln!(items, "- {}: {}", safe(&feed.source), safe(why));
            }
        }
        if !items.is_empty() {
            self.line("### Sources that could not be read");
            self.line(&items);
        }
    }

    fn findings(&mut self, severity: Severity, heading: &str) {
        let groups = groups(&self.story.report.findings, severity);
        if groups.is_empty() {
            return;
        }
        self.line(&format!("### {heading}"));
        for group in groups.iter().take(MAX_BLOCKS) {
            self.block(group);
        }
        self.more(groups.len().saturating_sub(MAX_BLOCKS), "more of this kind", "more of this kind");
    }

    fn block(&mut self, group: &Group<'_>) {
        let finding = group.first;
        let mark = self.style.severity_mark(finding.severity.0);
        self.line(&format!("{mark} **{}** `{}`", safe(&finding.summary), finding.code.0));
        let mut items = String::new();
        let mut item = |name: &str, text: &str| {
            if !text.trim().is_empty() {
                // Writing to a String cannot fail.
                let _ = writeln!(items, "- **{name}:** {}", safe(text));
            }
        };
        item("Evidence", &finding.detail);
        item("Likewise", &group.likewise().unwrap_or_default());
        if finding.severity.0 != Severity::Info {
            item("Affects", &group.affects(Some(&self.story.shows)).unwrap_or_default());
            if let Some((text, url)) = group.way_round() {
                item("Way round", &format!("{text} {url}"));
            }
            item("To do", &finding.advice);
            item("Contact", &group.contact(&self.story.index));
        }
        self.line(&items);
    }

    fn routes(&mut self) {
        let routes = collect(self.story.report, false);
        if routes.is_empty() {
            return;
        }
        self.line("### How downloads travel");
        let rows: Vec<Vec<String>> = routes.iter().take(MAX_ROUTES).map(|route| self.route(route)).collect();
        self.table(&["", "Who", "Way", "At the end"], &rows);
        self.more(routes.len().saturating_sub(MAX_ROUTES), "more route", "more routes");
    }

    fn route(&self, route: &Route<'_>) -> Vec<String> {
        let chain = route.chains.first();
        let mark = self.style.mark(route.verdict);
        let way = chain.map(|chain| self.way(route, chain)).unwrap_or_default();
        let (wrong, audio) = chain.map(|chain| ending(chain, route.is_feed)).unwrap_or_default();
        let bad = self.style.mark(Verdict::Critical);
        let end = wrong.iter().map(|text| format!("{bad} {}", safe(text))).chain(audio.as_deref().map(safe));
        let end = end.chain(chain.and_then(|chain| opinion(chain)).map(|(text, _)| safe(&text)));
        let end = end.chain(healed(route, &self.story.index).as_deref().map(safe));
        vec![mark.to_owned(), safe(&route.title(&self.story.shows)), way, end.collect::<Vec<_>>().join("; ")]
    }

    /// `host (whose) 302 → host 206`, and the planned route where it is another.
    fn way(&self, route: &Route<'_>, chain: &Chain) -> String {
        let arrow = if self.style.unicode { " → " } else { " -\\> " };
        let bad = self.style.mark(Verdict::Critical);
        let hops = chain.hops.iter().map(|hop| {
            let mut text = format!("**{}**", safe(self.story.index.host(&hop.origin)));
            let party = party(hop);
            if !party.is_empty() {
                let _ = write!(text, " ({})", safe(&party));
            }
            if let Some(status) = hop.status {
                let _ = write!(text, " {status}");
            }
            let (seal, verdict) = certificate(hop, &self.story.index, self.story.report.evaluated_at);
            if let Some(verdict) = verdict {
                let _ = write!(text, " {} {}", self.style.mark(verdict), safe(&seal));
            }
            if let Some(fault) = &hop.error {
                let _ = write!(text, " {bad} {}", safe(&fault.message));
            }
            text
        });
        let mut way = hops.collect::<Vec<_>>().join(arrow);
        if let Some(steps) = route.plan(&self.story.index) {
            let steps: Vec<String> = steps.iter().map(|step| safe(step)).collect();
            let _ = write!(way, "<br>Written in the link: {}", steps.join(arrow));
        }
        way
    }

    /// What listeners' apps make of it, where it was asked.
    fn apps(&mut self) {
        let Some(matrix) = Matrix::of(self.story.report) else { return };
        self.line("### What listeners' apps make of it");
        let row = |row: &apps::Row| {
            let mark = row.all.works().map_or("", |works| self.style.mark(words::works(works)));
            let reasons: Vec<String> = row.reasons.iter().take(MAX_REASONS).map(|why| safe(&why.text)).collect();
            vec![mark.to_owned(), safe(row.name), words::fares(&row.all), reasons.join("; ")]
        };
        let rows: Vec<Vec<String>> = matrix.rows.iter().map(row).collect();
        self.table(&["", "App", "Episodes", "Because"], &rows);
    }

    fn points(&mut self) {
        let points = self.story.points();
        if points.is_empty() {
            return;
        }
        self.line("### If one host goes down");
        let row = |point: &super::story::Point<'_>| {
            let whose = words::whose(point.origin);
            vec![safe(&point.origin.host), safe(&whose), point.consequence(), words::thousands(point.episodes)]
        };
        let rows: Vec<Vec<String>> = points.iter().take(MAX_POINTS).map(row).collect();
        self.table(&["Host", "Whose", "Then", "Episodes"], &rows);
        self.more(points.len().saturating_sub(MAX_POINTS), "more host", "more hosts");
    }

    fn calendar(&mut self) {
        let report = self.story.report;
        let entries = calendar::entries(&report.origins);
        if entries.is_empty() {
            return;
        }
        self.line("### Certificates that end next");
        let row = |entry: &calendar::Entry<'_>| {
            let mark = entry.severity.map_or("", |severity| self.style.severity_mark(severity));
            let hosts = safe(&words::list(&entry.hosts, 3));
            vec![mark.to_owned(), entry.end.date(), entry.left(report.evaluated_at), hosts, safe(&entry.issuer())]
        };
        let rows: Vec<Vec<String>> = entries.iter().take(MAX_CERTIFICATES).map(row).collect();
        self.table(&["", "Ends (UTC)", "", "Hosts", "Issuer"], &rows);
        self.more(entries.len().saturating_sub(MAX_CERTIFICATES), "more that ends later", "more that end later");
    }

    /// What was folded, how much was looked at, and when.
    fn end(&mut self) {
        let report = self.story.report;
        let folded = explained(&report.findings);
        let mut text = String::new();
        if folded > 0 {
            let _ = write!(text, "{} explained by the above. ", words::further(folded));
        }
        text.push_str(&words::looked_at(report));
        let at = report.started_at;
        let _ = write!(text, " podprobe {}, {} {} UTC.", report.version, at.date(), at.clock());
        self.line(&format!("_{}_", safe(&text)));
    }
}
