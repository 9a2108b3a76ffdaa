//! The text of `podprobe cert`: a chain in a file, before it is deployed.

use super::page::Page;
use super::{headline, host, trust};
use crate::judge::Verdict;
use crate::report::model::CertReport;
use crate::report::style::{Ink, Style};
use crate::report::words;

/// A report about a chain in a file, for people.
pub fn cert(report: &CertReport, style: &Style) -> String {
    let mut page = Page::new(style);
    headline::verdict(&mut page, report.verdict.0, &case(report));
    if style.quiet {
        return page.finish();
    }
    page.blank();
    host::chain(&mut page, 2, &report.chain, &report.unreadable, report.evaluated_at);
    page.blank();
    host::verdict(&mut page, 2, report.trusted, &report.reasons, &report.remarks);
    trust::line(&mut page, 2, "", &report.trusted_by, &report.not_trusted_by, report.root.as_ref());
    page.blank();
    let at = report.evaluated_at;
    page.paragraph("", 0, Ink::Faint, &format!("Judged as of {} {} UTC, without any network.", at.date(), at.clock()));
    page.finish()
}

fn case(report: &CertReport) -> String {
    let for_host = match &report.host {
        Some(host) => format!(" for {host}"),
        None => String::new(),
    };
    if report.chain.is_empty() {
        return "There is no certificate in it that can be read.".to_owned();
    }
    let end = report.expires_at.map(|end| words::expiry(end.since(report.evaluated_at))).unwrap_or_default();
    match (report.verdict.0, report.trusted) {
        (_, false) => format!("This chain must not be deployed{for_host}: apps would refuse it."),
        (Verdict::Ok, true) => format!("This chain can be deployed{for_host}; it {end}."),
        (_, true) => format!("Apps would accept this chain{for_host}, but something ought to be looked at; it {end}."),
    }
}
