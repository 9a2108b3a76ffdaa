//! Letters, ready to send: one for each cause, to the party at fault. What is wrong and what is asked
//! comes first, in the plain words that each code brings; then what engineers need: host, evidence,
//! times in UTC, certificate, and whom it touches.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::model::{Certificate, Finding, Origin, Report, Stamp};
use super::story::Story;
use super::story::findings::{Group, groups};
use super::style::Ink;
use super::text::Page;
use super::{Format, Style, words};
use crate::judge::{Code, Recipient, Severity};

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
        if let Some((recipient, body)) = group.first.code.0.info().letter {
            letters.push(letter(&story, group, recipient, body, &style));
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
fn letter(story: &Story<'_>, group: &Group<'_>, recipient: Recipient, body: &str, style: &Style) -> String {
    let finding = group.first;
    let origin = finding.origin.as_deref().and_then(|name| story.index.origin(name));
    let host = finding.origin.as_deref().map(|name| story.index.host(name));
    let mut page = Page::new(style);
    address(&mut page, story, group, recipient, origin, host);
    page.blank();
    say(&mut page, "Hello,");
    page.blank();
    say(&mut page, &body.replace("{host}", host.unwrap_or(&finding.subject.name)));
    page.heading("What we see");
    say(&mut page, &finding.summary);
    page.blank();
    label(&mut page, "Host", &hosts(story, finding, host));
    let addresses: Vec<&str> = origin.iter().flat_map(|o| &o.edges).map(|edge| &*edge.address).collect();
    label(&mut page, "Addresses", &words::list(&addresses, 16));
    label(&mut page, "About", if host.is_none() { &finding.subject.id } else { "" });
    label(&mut page, "Evidence", &finding.detail);
    label(&mut page, "Likewise", &group.likewise().unwrap_or_default());
    label(&mut page, "Seen", &times(story.report));
    if let Some(bypass) = finding.bypass.as_ref().filter(|bypass| bypass.works) {
        label(&mut page, "Without it", &format!("The same audio can be downloaded from {}", bypass.url));
    }
    label(&mut page, "Finding", &finding.code.0.to_string());
    if let Some(origin) = origin.filter(|_| is_about_certificates(finding.code.0)) {
        certificates(&mut page, origin, story.report.evaluated_at);
    }
    if let Some(shows) = group.affects(Some(&story.shows)) {
        page.heading("Whom it touches");
        say(&mut page, &format!("{shows}."));
    }
    page.heading("How this was measured");
    say(&mut page, &method(story, group, origin));
    page.blank();
    say(&mut page, "Thank you.");
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
fn address(
    page: &mut Page<'_>,
    story: &Story<'_>,
    group: &Group<'_>,
    recipient: Recipient,
    origin: Option<&Origin>,
    host: Option<&str>,
) {
    let finding = group.first;
    let mut head = |name: &str, text: &str| {
        if !text.is_empty() {
            page.paragraph(name, 10, Ink::Plain, text);
        }
    };
    let provider = origin.and_then(|origin| origin.provider.as_deref());
    let feed = || story.shows.names(&story.shows.touched(group.all()));
    // A hosting company is the podcaster's own: the host at hand may be somebody else's.
    let (to, contact) = match (recipient, provider, host) {
        (Recipient::Host | Recipient::Prefix, Some(provider), Some(host)) => (format!("{provider} ({host})"), origin),
        (Recipient::Host | Recipient::Prefix, None, Some(host)) => (format!("whoever runs {host}"), origin),
        (Recipient::FeedHost, Some(provider), _) => (format!("{provider}, who hosts the feed of {}", feed()), origin),
        (Recipient::FeedHost, None, _) => (format!("whoever hosts the feed of {}", feed()), origin),
        (Recipient::Host | Recipient::Prefix | Recipient::Hosting, _, _) => (recipient.as_str().to_owned(), None),
    };
    head("To:", &to);
    head("Write to:", contact.and_then(|origin| origin.support.as_deref()).unwrap_or_default());
    head("Status:", contact.and_then(|origin| origin.status_page.as_deref()).unwrap_or_default());
    let about = host.unwrap_or(&finding.subject.name);
    head("Subject:", &format!("{about}: {}", finding.code.0.info().title));
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
        // Writing to a String cannot fail.
        let _ = write!(text, "; judged as of {}", second(report.evaluated_at));
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
    let show = story.shows.touched(group.all()).into_iter().next();
    let again = if let Some(origin) = origin.filter(|_| below_http || code == Code::EdgeDown) {
        format!("podprobe host {}", origin.host)
    } else if let Some(feed) = show.and_then(|at| story.report.feeds.get(at)) {
        format!("podprobe check {}", feed.source)
    } else {
        "podprobe check with the show's feed".to_owned()
    };
    let confirmed = if is_about_certificates(code) {
        "The certificates are those that were sent in the TLS handshake."
    } else if story.report.interrupted {
        "It was stopped before its end, so not every failure was asked for once more."
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
