//! Letters, ready to send: one for each cause, to the party at fault. Plain words first, then what
//! its engineers need: host, evidence, times in UTC, certificate, whom it touches, what is asked.

mod asks;

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::model::{Certificate, Finding, Origin, Report, Stamp};
use super::story::Story;
use super::story::findings::{Group, groups};
use super::style::Ink;
use super::text::Page;
use super::{Format, Style, words};
use crate::judge::{Code, Severity};
use asks::{Ask, ask};

/// Columns of a letter.
const WIDTH: usize = 72;
/// Where the text beside a label begins.
const LABELS: usize = 15;
/// Certificates that are described.
const MAX_CERTIFICATES: usize = 3;

/// `--format letter`.
pub(super) const FORMAT: Format = Format {
    name: "letter",
    extension: "txt",
    what: "a text for each party at fault, ready to send",
    streamed: false,
    render: |report, style, out: &mut dyn Write| -> io::Result<()> { out.write_all(letters(report, style).as_bytes()) },
};

fn letters(report: &Report, style: &Style) -> String {
    let style = Style { color: false, width: WIDTH, ..*style };
    let story = Story::of(report);
    let causes = [Severity::Critical, Severity::Warning].map(|severity| groups(&report.findings, severity));
    let mut letters = Vec::new();
    for group in causes.iter().flatten() {
        if let Some(ask) = ask(group.first.code.0) {
            letters.push(letter(&story, group, &ask, &style));
        }
    }
    if letters.is_empty() {
        let mut page = Page::new(&style);
        page.paragraph("", 0, Ink::Plain, &format!("There is nobody to write to. {}", story.headline()));
        return page.finish();
    }
    letters.join(&format!("\n{}\n\n", "=".repeat(WIDTH)))
}

/// One letter.
fn letter(story: &Story<'_>, group: &Group<'_>, ask: &Ask, style: &Style) -> String {
    let finding = group.first;
    let origin = finding.origin.as_deref().and_then(|name| story.index.origin(name)).filter(|_| ask.to_host());
    let host = finding.origin.as_deref().filter(|_| ask.to_host()).map(|name| story.index.host(name));
    let mut page = Page::new(style);
    let shows = group.affects(Some(&story.shows));
    address(&mut page, finding, origin, host);
    page.blank();
    say(&mut page, "Hello,");
    page.blank();
    say(&mut page, &opening(finding, host));
    page.blank();
    say(&mut page, &finding.summary);
    page.heading("What we see");
    label(&mut page, "Host", &hosts(story, finding, host));
    let addresses: Vec<&str> = origin.iter().flat_map(|o| &o.edges).map(|edge| &*edge.address).collect();
    label(&mut page, "Addresses", &words::list(&addresses, 16));
    label(&mut page, "About", if host.is_none() { &finding.subject.id } else { "" });
    label(&mut page, "Finding", &format!("{}: {}", finding.code.0, finding.code.0.info().title));
    label(&mut page, "Evidence", &finding.detail);
    label(&mut page, "Likewise", &group.likewise().unwrap_or_default());
    label(&mut page, "Seen", &times(story.report));
    if let Some(bypass) = finding.bypass.as_ref().filter(|bypass| bypass.works) {
        label(&mut page, "Without it", &format!("The same audio can be downloaded from {}", bypass.url));
    }
    if let Some(origin) = origin.filter(|_| is_about_certificates(finding.code.0)) {
        certificates(&mut page, origin, story.report.evaluated_at);
    }
    if let Some(shows) = shows {
        page.heading("Whom it touches");
        say(&mut page, &format!("{shows}."));
    }
    page.heading("What we ask of you");
    say(&mut page, ask.text);
    page.heading("How this was measured");
    say(&mut page, &method(story, group, origin));
    page.blank();
    say(&mut page, "Kind regards,");
    say(&mut page, "(your name, your show, how to reach you)");
    page.finish()
}

fn say(page: &mut Page<'_>, text: &str) {
    page.paragraph("", 0, Ink::Plain, text);
}

fn label(page: &mut Page<'_>, name: &str, text: &str) {
    if !text.trim().is_empty() {
        page.paragraph(&format!("  {name}"), LABELS, Ink::Plain, text);
    }
}

/// To whom, and what about.
fn address(page: &mut Page<'_>, finding: &Finding, origin: Option<&Origin>, host: Option<&str>) {
    let mut head = |name: &str, text: &str| {
        if !text.is_empty() {
            page.paragraph(name, 10, Ink::Plain, text);
        }
    };
    let provider = origin.and_then(|origin| origin.provider.as_deref());
    let to = match (provider, host) {
        (Some(provider), Some(host)) => format!("{provider}, who runs {host}"),
        (None, Some(host)) => format!("whoever runs {host}"),
        (_, None) => format!("whoever publishes {}", finding.subject.name),
    };
    head("To:", &to);
    head("Write to:", origin.and_then(|origin| origin.support.as_deref()).unwrap_or_default());
    head("Status:", origin.and_then(|origin| origin.status_page.as_deref()).unwrap_or_default());
    let about = host.unwrap_or(&finding.subject.name);
    head("Subject:", &format!("{about}: {}", finding.code.0.info().title));
}

/// The first sentence.
fn opening(finding: &Finding, host: Option<&str>) -> String {
    match (finding.severity.0, finding.code.0, host) {
        (Severity::Critical, Code::CertExpiring, Some(host)) => {
            format!("very soon listeners will be unable to download podcast episodes through your host {host}.")
        }
        (Severity::Critical, _, Some(host)) => {
            format!("listeners cannot download podcast episodes because of a fault at your host {host}.")
        }
        (Severity::Critical, _, None) => "listeners cannot download podcast episodes that you publish.".to_owned(),
        (_, _, Some(host)) => {
            format!("something at your host {host} breaks podcast downloads for some listeners, or is going to.")
        }
        (_, _, None) => "something in what you publish breaks for some listeners, or is going to.".to_owned(),
    }
}

/// The host, and others that share the cause.
fn hosts(story: &Story<'_>, finding: &Finding, host: Option<&str>) -> String {
    let Some(host) = host else { return String::new() };
    let others: BTreeSet<&str> = story
        .shows
        .explained_by(finding)
        .filter_map(|other| other.origin.as_deref())
        .map(|name| story.index.host(name))
        .filter(|other| *other != host)
        .collect();
    let others: Vec<&str> = others.into_iter().collect();
    if others.is_empty() { host.to_owned() } else { format!("{host}; the same at {}", words::list(&others, 20)) }
}

/// When it was measured, and for when it was judged where that is another time.
fn times(report: &Report) -> String {
    let second = |at: Stamp| at.to_string().replace('T', " ").replace('Z', " UTC");
    let mut text = format!("{} to {}", second(report.started_at), second(report.finished_at));
    if report.evaluated_at.since(report.started_at).abs() > 60 {
        text.push_str(&format!("; judged as of {}", second(report.evaluated_at)));
    }
    text
}

fn is_about_certificates(code: Code) -> bool {
    code.is_certificate() || code == Code::EdgeMismatch
}

/// The certificates that were served: each leaf once with the addresses that show it, and whatever
/// behind it is out of date.
fn certificates(page: &mut Page<'_>, origin: &Origin, at: Stamp) {
    let mut shown: Vec<(&Certificate, Vec<&str>)> = Vec::new();
    for edge in &origin.edges {
        let served = edge.tls.iter().flat_map(|tls| tls.chain.iter().enumerate());
        for (_, certificate) in served.filter(|(place, certificate)| *place == 0 || certificate.not_after < at) {
            match shown.iter_mut().find(|(known, _)| known.sha256 == certificate.sha256) {
                Some((_, addresses)) => addresses.push(&edge.address),
                None => shown.push((certificate, vec![&edge.address])),
            }
        }
    }
    let all = shown.len();
    for (certificate, addresses) in shown.into_iter().take(MAX_CERTIFICATES) {
        page.blank();
        let second = |at: Stamp| at.to_string().replace('T', " ").replace('Z', " UTC");
        label(page, "Certificate", &certificate.subject);
        label(page, "issued by", &certificate.issuer);
        label(page, "valid", &format!("{} to {}", second(certificate.not_before), second(certificate.not_after)));
        label(page, "serial", &certificate.serial);
        label(page, "served at", &words::list(&addresses, 8));
        // On a line of its own, so that it can be copied whole.
        page.paragraph("", 2, Ink::Plain, "SHA-256 fingerprint:");
        page.paragraph("", 4, Ink::Plain, &certificate.sha256);
    }
    if all > MAX_CERTIFICATES {
        label(page, "", &format!("and {} more certificates", all - MAX_CERTIFICATES));
    }
}

/// What podprobe did, and how to see it again.
fn method(story: &Story<'_>, group: &Group<'_>, origin: Option<&Origin>) -> String {
    let code = group.first.code.0;
    let below_http = code.is_dns() || code.is_connect() || code.is_tls() || is_about_certificates(code);
    let again = match origin.filter(|_| below_http || code == Code::EdgeDown) {
        Some(origin) => format!("podprobe host {}", origin.host),
        None => {
            let show = story.shows.touched(group.all()).into_iter().next();
            let feed = show.and_then(|at| story.report.feeds.get(at));
            feed.map_or_else(
                || "podprobe check with the show's feed".to_owned(),
                |f| format!("podprobe check {}", f.source),
            )
        }
    };
    let confirmed = if is_about_certificates(code) {
        "The certificates are those that were sent in the TLS handshake."
    } else {
        "Failures were asked for once more, over fresh connections, before they were reported."
    };
    format!(
        "podprobe {} ({}) followed the episodes' URLs from redirect to redirect as podcast apps do, asked every address \
         of each host on the way, and read the start of the audio at the end. {confirmed} It says in its User-Agent \
         that it is a bot. This shows it again: {again}",
        story.report.version,
        env!("CARGO_PKG_REPOSITORY"),
    )
}
