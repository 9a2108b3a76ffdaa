//! Advice that fits its case: a feed's own document is no episode's file, a prefix can be taken out,
//! and a CDN delivers for somebody else. A code's own words (`code/words/`) stand where nothing more
//! is known.

use crate::judge::checks::advice_for_prefix;
use crate::judge::fold::append;
use crate::judge::{Code, Finding, Severity, SubjectKind};
use crate::link::Origin;
use crate::parties::{Party, Role};

/// What is known of the origin that a finding is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The origin.
    pub(crate) origin: &'a Origin,
    /// Whose it is.
    pub(crate) party: &'a Party,
    /// Feeds are read from it, and no episode runs through it, as far as is known.
    pub(crate) serves_feeds: bool,
}

/// Advice about a feed's own document, for codes whose words speak of an episode's file.
pub(crate) fn for_feed(code: Code) -> Option<&'static str> {
    let advice = match code {
        Code::HttpGone => {
            "Whoever hosts the feed must put it back at this address, or redirect to where it is now. If the show has \
             moved, correct the address where you have submitted it; episodes that apps know already may still play."
        }
        Code::HttpForbidden => {
            "Whoever hosts the feed must let everybody read it: apps and directories do not log in. If the show is \
             private on purpose, give podprobe the address with its token; if only robots are refused, ask for \
             podprobe's User-Agent to pass."
        }
        Code::HttpError | Code::HttpTimeout | Code::HttpProtocolError => {
            "Whoever hosts the feed must repair the server named in the evidence: tell its support the URL, the error \
             and the time. Hold back new episodes until the feed is there; those that apps know already may still play."
        }
        Code::HttpRateLimited => {
            "Read this feed less often, or ask whoever hosts it to let podprobe's User-Agent read it. Apps and \
             directories read feeds every few minutes: if they meet the same limit, it is too tight."
        }
        Code::BlockedToBots => {
            "Ask whoever hosts the feed to let robots read it, podprobe's User-Agent included: apps and directories are \
             robots too. Add the show to an app by its address to see what listeners get."
        }
        Code::RedirectLoop | Code::RedirectBroken => {
            "Whoever hosts the feed must correct the redirect of the host named in the evidence. If you moved the feed \
             or its domain lately, look there first."
        }
        Code::RedirectLimit | Code::ChainLong => {
            "Whoever hosts the feed should redirect straight to where it is now; submit that address wherever the old \
             one still stands."
        }
        Code::RedirectDowngrade => {
            "Whoever hosts the feed must redirect to https; submit the https address wherever the old one still stands."
        }
        Code::ChainSlow => {
            "The evidence shows which hop took the time: whoever hosts the feed can serve it from a cache, or spare a \
             redirect."
        }
        _ => return None,
    };
    Some(advice)
}

/// Codes of an origin's own faults, whose advice depends on what the origin is for.
fn is_of_origin(code: Code) -> bool {
    code.is_dns()
        || code.is_connect()
        || code.is_tls()
        || code.is_certificate()
        || matches!(code, Code::EdgeDown | Code::EdgeMismatch | Code::OriginFailing)
}

/// Codes of files that failed at a host, where a prefix can be taken out.
fn is_of_hop(code: Code) -> bool {
    matches!(
        code,
        Code::HttpError
            | Code::HttpForbidden
            | Code::HttpTimeout
            | Code::HttpProtocolError
            | Code::RedirectLoop
            | Code::RedirectBroken
    )
}

/// Words the advice of a finding for the place where it happened, and names whom to reach there.
pub(crate) fn fit(finding: &mut Finding, place: &Place<'_>) {
    // Nobody at the host has to act on what is well, or on what this side hides or blocks.
    if finding.severity == Severity::Info {
        return;
    }
    let at_prefix = place.party.role == Role::Prefix && finding.subject.kind == SubjectKind::Enclosure;
    let depends = is_of_origin(finding.code) || (at_prefix && is_of_hop(finding.code));
    if depends && let Some(meanwhile) = meanwhile(finding, place) {
        finding.advice = format!("{} {meanwhile}", finding.code.info().fixer);
    }
    let about_origin = matches!(finding.subject.kind, SubjectKind::Origin | SubjectKind::Edge);
    if about_origin && !matches!(finding.code, Code::DnsSinkholed | Code::AddressBlocked) {
        if let Some(page) = &place.party.status_page {
            append(&mut finding.advice, &format!("Its status page: {page}."));
        }
        if let Some(support) = &place.party.support {
            append(&mut finding.advice, &format!("Its support: {support}."));
        }
    }
}

/// What the podcaster can do about a host in this role; `None` where nothing more is known than the
/// code says.
fn meanwhile(finding: &Finding, place: &Place<'_>) -> Option<String> {
    let Place { origin, party, serves_feeds } = place;
    let host = &origin.host;
    let name = party.provider.as_deref().unwrap_or("the host");
    // Nothing is lost yet: who acts, and by when, is all there is to say.
    let soon = matches!(
        finding.code,
        Code::CertExpiring | Code::CertRenewalOverdue | Code::CertLifetimeTooLong | Code::CertChanged
    ) && finding.severity != Severity::Critical;
    let text = match party.role {
        Role::Prefix if soon => format!(
            "{host} is a measurement prefix: write to its operator{}, and be ready to take the prefix out of your \
             episode URLs before that day.",
            named(party)
        ),
        Role::Prefix => advice_for_prefix(&finding.subject_host(origin, party), finding.bypass.as_ref()),
        Role::Hosting => {
            format!("Write to {name}, which holds your files on {host}, and name what the evidence shows.")
        }
        Role::AdInsertion => format!(
            "Write to {name}, which inserts the advertisements at {host}, and ask your hosting company to hand out the \
             episodes without it meanwhile."
        ),
        Role::Cdn => format!(
            "{name} only delivers there: the owner of {} (as a rule your hosting company) set {host} up and is its \
             customer, so write to that owner, who can reach the CDN.",
            host.registrable()
        ),
        Role::Feed | Role::Unknown if *serves_feeds => format!(
            "{host} serves your feed: write to whoever hosts the feed. Hold back new episodes until it is there; those \
             that apps know already may still play."
        ),
        Role::Feed | Role::Unknown => return None,
    };
    Some(text)
}

/// ` (Podtrac)`.
fn named(party: &Party) -> String {
    party.provider.as_deref().map(|name| format!(" ({name})")).unwrap_or_default()
}

impl Finding {
    /// The host that it happened at, as its subject names it.
    fn subject_host(&self, origin: &Origin, party: &Party) -> String {
        match self.subject.kind {
            SubjectKind::Origin => self.subject.name.clone(),
            _ => format!("{}{}", origin.host, named(party)),
        }
    }
}
