//! The text of `podprobe host`: each host, its name, and every address.

use super::page::Page;
use super::{calendar, findings, headline, trust};
use crate::chain;
use crate::judge::Verdict;
use crate::report::model::{Certificate, Edge, Millis, Origin, OriginsReport, Reason, Stamp, Text, Tls, Unreadable};
use crate::report::story::Index;
use crate::report::story::findings::{NOTES, WARNINGS};
use crate::report::style::{Ink, Style};
use crate::report::words;

/// Names of a certificate that are shown (limit table: 10).
const MAX_NAMES: usize = 10;

/// A report about hosts, for people.
pub fn host(report: &OriginsReport, style: &Style) -> String {
    let mut page = Page::new(style);
    headline::verdict(&mut page, report.verdict.0, &case(report));
    if style.quiet {
        findings::brief(&mut page, &report.findings);
        return page.finish();
    }
    for origin in &report.origins {
        page.blank();
        inspect(&mut page, origin, report.evaluated_at);
    }
    findings::write(
        &mut page,
        &report.findings,
        &Index::new(&report.origins),
        None,
        ["What keeps apps from connecting", WARNINGS, NOTES],
    );
    if report.origins.len() > 1 {
        calendar::write(&mut page, &report.origins, report.evaluated_at, report.verdict.0);
    }
    page.blank();
    findings::folded(&mut page, &report.findings);
    page.finish()
}

fn case(report: &OriginsReport) -> String {
    if report.interrupted {
        return "Stopped before the end; this is what is known so far.".to_owned();
    }
    if report.offline {
        return "podprobe itself seems to be offline: no host could be reached from this machine.".to_owned();
    }
    let all = report.origins.len() as u64;
    let bad: Vec<&str> =
        report.origins.iter().filter(|o| o.verdict.0 != Verdict::Ok).map(|origin| &*origin.host).collect();
    let addresses: u64 = report.origins.iter().map(|origin| origin.edges.len() as u64).sum();
    let seen = words::count(addresses, "address", "addresses");
    match (bad.as_slice(), all) {
        (_, 0) => "No host was looked at.".to_owned(),
        ([], 1) => format!(
            "The host is fine at {}.",
            if addresses == 1 { "its address".into() } else { format!("all {seen}") }
        ),
        ([], all) => format!("All {} are fine, at {seen}.", words::count(all, "host", "hosts")),
        (bad, 1) => format!("Something is wrong with {}.", words::list(bad, 1)),
        (bad, all) => {
            format!(
                "Something is wrong with {} of {}: {}.",
                bad.len(),
                words::count(all, "host", "hosts"),
                words::list(bad, 3)
            )
        }
    }
}

fn inspect(page: &mut Page<'_>, origin: &Origin, at: Stamp) {
    let mark = page.style().mark(origin.verdict.0);
    let party = match (&origin.provider, words::role(origin.role.0)) {
        (Some(provider), Some(role)) => format!(" ({provider}, {role})"),
        (Some(provider), None) => format!(" ({provider})"),
        (None, Some(role)) => format!(" ({role})"),
        (None, None) => String::new(),
    };
    page.labelled((origin.verdict.0.into(), mark), 2, Ink::Strong, &format!("{}{party}", origin.origin));
    let took = origin.dns.ms.map(millis).map(|took| format!(" in {took}")).unwrap_or_default();
    if let Some(fault) = &origin.dns.error {
        page.labelled((Ink::Faint, "  DNS"), 7, Ink::Bad, &format!("{}{took}", fault.message));
    } else {
        let mut text = words::count(origin.dns.addresses.len() as u64, "address", "addresses");
        if origin.dns.given > origin.dns.addresses.len() {
            let used = words::thousands(origin.dns.addresses.len() as u64);
            let more = if origin.dns.given >= chain::MAX_GIVEN.into() { " or more" } else { "" };
            text = format!(
                "{}{more}, of which {used} were looked at",
                words::count(origin.dns.given as u64, "address", "addresses")
            );
        }
        text.push_str(&took);
        if !origin.dns.cname.is_empty() {
            let names: Vec<&str> = origin.dns.cname.iter().map(|name| &**name).collect();
            text.push_str(", by way of ");
            text.push_str(&words::list(&names, MAX_NAMES));
        }
        page.labelled((Ink::Faint, "  DNS"), 7, Ink::Plain, &text);
    }
    let mut shown: Vec<&Tls> = Vec::new();
    for edge in &origin.edges {
        address(page, edge, at, &mut shown);
    }
}

/// One address; a chain that an earlier one showed is not drawn again.
fn address<'a>(page: &mut Page<'_>, edge: &'a Edge, at: Stamp, shown: &mut Vec<&'a Tls>) {
    page.blank();
    let trusted = edge.tls.as_ref().is_none_or(|tls| tls.trusted);
    let bad = edge.error.is_some() || !trusted;
    let reasons = edge.tls.iter().flat_map(|tls| &tls.reasons);
    let worst = reasons.map(|reason| Verdict::from(reason.severity)).max().unwrap_or_default();
    let unseen = if edge.is_unseen() { Verdict::Unknown } else { worst };
    let state = if bad { Verdict::Critical } else { unseen };
    let mark = page.style().mark(state);
    let mut facts = Vec::new();
    facts.extend(edge.connect_ms.filter(|_| edge.reachable).map(|took| format!("TCP in {}", millis(took))));
    if let Some(tls) = &edge.tls {
        let took = edge.tls_ms.map(millis).map(|took| format!(" in {took}")).unwrap_or_default();
        facts.push(format!("{}{took}", tls.version));
        facts.push(tls.cipher.to_string());
        facts.extend(tls.alpn.as_ref().map(ToString::to_string));
    }
    let text = match facts.as_slice() {
        [] => edge.address.to_string(),
        facts => format!("{}  {}", edge.address, facts.join(", ")),
    };
    page.labelled((state.into(), &format!("  {mark}")), 4, Ink::Plain, &text);
    if let Some(fault) = &edge.error {
        page.paragraph("", 4, Ink::Bad, &fault.message);
    }
    let Some(tls) = &edge.tls else { return };
    if shown.iter().any(|before| same_chain(before, tls)) {
        page.paragraph("", 4, Ink::Faint, "the same certificates as above");
    } else {
        chain(page, 4, &tls.chain, &tls.unreadable, at);
        verdict(page, 4, tls.trusted, &tls.reasons, &tls.remarks);
        trust::line(page, 4, "", &tls.trusted_by, &tls.not_trusted_by, tls.root.as_ref());
        shown.push(tls);
    }
}

fn same_chain(a: &Tls, b: &Tls) -> bool {
    let prints = |tls: &Tls| tls.chain.iter().map(|certificate| certificate.sha256.clone()).collect::<Vec<_>>();
    a.trusted == b.trusted && a.problems == b.problems && prints(a) == prints(b)
}

/// The certificates of a chain, leaf first.
pub(super) fn chain(
    page: &mut Page<'_>,
    indent: usize,
    chain: &[std::sync::Arc<Certificate>],
    unreadable: &[Unreadable],
    at: Stamp,
) {
    let gap = " ".repeat(indent);
    for (place, certificate) in chain.iter().enumerate() {
        let lead = format!("{gap}{} ", place + 1);
        page.labelled((Ink::Faint, &lead), indent + 3, Ink::Plain, &certificate.subject);
        if !certificate.names.is_empty() {
            let names: Vec<&str> = certificate.names.iter().map(|name| &**name).collect();
            page.paragraph("", indent + 3, Ink::Faint, &format!("for {}", words::list(&names, MAX_NAMES)));
        }
        page.paragraph("", indent + 3, Ink::Faint, &format!("issued by {}", certificate.issuer));
        let left = certificate.not_after.since(at);
        let ink = if left < 0 { Ink::Bad } else { Ink::Faint };
        let dates = format!(
            "valid {} to {} {} UTC, {}",
            certificate.not_before.date(),
            certificate.not_after.date(),
            certificate.not_after.clock(),
            words::expiry(left)
        );
        page.paragraph("", indent + 3, ink, &dates);
        page.paragraph(
            "",
            indent + 3,
            Ink::Faint,
            &format!("{}, signed with {}", certificate.key, certificate.signature),
        );
        if page.style().verbose {
            page.paragraph(
                "",
                indent + 3,
                Ink::Faint,
                &format!("serial {}, SHA-256 {}", certificate.serial, certificate.sha256),
            );
        }
    }
    for bad in unreadable {
        let text = format!("number {} is no certificate: {}", bad.index.saturating_add(1), bad.why);
        page.paragraph(&gap, indent, Ink::Bad, &text);
    }
}

/// Whether a chain is trusted, what is wrong with it, and what is odd.
pub(super) fn verdict(page: &mut Page<'_>, indent: usize, trusted: bool, reasons: &[Reason], remarks: &[Text]) {
    let gap = " ".repeat(indent);
    let (verdict, text) =
        if trusted { (Verdict::Ok, "trusted") } else { (Verdict::Critical, "not trusted: apps refuse to connect") };
    page.labelled((verdict.into(), &format!("{gap}{}", page.style().mark(verdict))), indent + 2, verdict.into(), text);
    for reason in reasons {
        let mark = page.style().severity_mark(reason.severity);
        let text = format!("{}: {}", reason.code, reason.evidence);
        page.labelled((reason.severity.into(), &format!("{gap}{mark}")), indent + 2, Ink::Plain, &text);
    }
    for remark in remarks {
        page.labelled((Ink::Faint, &format!("{gap}i")), indent + 2, Ink::Faint, remark);
    }
}

fn millis(took: Millis) -> String {
    words::millis(u64::from(took.tenths()))
}
