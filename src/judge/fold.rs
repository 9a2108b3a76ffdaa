//! Folding: one cause, one finding. What explains what, and whom each finding touches.
//!
//! 1. An origin's own critical fault (DNS, connect, TLS, certificate, or failing for everything)
//!    explains what failed at that origin: statuses, timeouts, a feed that cannot be fetched, and a
//!    prefix found down. Where the fault is in the connection it comes first, then `origin-failing`,
//!    then the certificate. It takes over the proof of a way around.
//! 2. Without such a fault, `prefix-down` and `prefix-miswired` explain what failed at the prefix.
//! 3. `feed-unreachable` is explained by the fault of its last hop, or else by its own HTTP finding.
//! 4. One certificate or one address that fails on several origins is one cause: the first origin by
//!    name carries it and names them all.
//!
//! 5. Of what is alike with thousands of episodes of a feed, [`MOST_ALIKE`] are told one by one.
//!
//! `caused_by` always names a finding that is itself unexplained.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::cert::Fingerprint;
use crate::judge::advice::{self, Place};
use crate::judge::ledger::{Ledger, OriginState, Shared};
use crate::judge::tally::{EpisodeKey, Tally};
use crate::judge::{Affects, Bypass, Code, Finding, FindingId, Severity, SubjectKind};
use crate::link::Origin;
use crate::parties::Party;

/// Findings of one code and severity, at one origin, about episodes and files of one feed that are told one
/// by one. The first of them says how many more there are: a feed may have a million items without a file.
pub(crate) const MOST_ALIKE: usize = 2_000;

/// The findings about feeds, episodes, enclosures and prefixes, and whom each touches.
#[derive(Debug, Default)]
pub(crate) struct Raised {
    findings: BTreeMap<FindingId, (Finding, Tally)>,
    /// By feed, code, severity and origin: what one fault explains, another may not.
    alike: HashMap<(usize, Code, Severity, Option<Origin>), Alike>,
}

/// What is alike with a feed's episodes.
#[derive(Debug)]
struct Alike {
    first: FindingId,
    told: usize,
    more: usize,
}

impl Raised {
    /// Takes a finding; the same one again touches more, and is as bad as the worse of the two. So does
    /// one that is one too many like the first.
    pub(crate) fn add(&mut self, mut finding: Finding, feed: usize, episode: Option<EpisodeKey>) {
        let severity = finding.severity;
        let is_single = matches!(finding.subject.kind, SubjectKind::Episode | SubjectKind::Enclosure);
        if is_single && !self.findings.contains_key(&finding.id) {
            let new = || Alike { first: finding.id.clone(), told: 0, more: 0 };
            let alike = self.alike.entry((feed, finding.code, severity, finding.origin.clone())).or_insert_with(new);
            if alike.told < MOST_ALIKE {
                alike.told += 1;
            } else {
                alike.more += 1;
                finding.id = alike.first.clone();
            }
        }
        let (known, tally) = self.findings.entry(finding.id.clone()).or_insert_with(|| (finding, Tally::default()));
        known.severity = known.severity.max(severity);
        match episode {
            Some(key) => tally.episode(key),
            None => tally.feed(feed),
        }
    }

    /// Whether the finding of this id is told by itself.
    pub(crate) fn holds(&self, id: &FindingId) -> bool {
        self.findings.contains_key(id)
    }

    /// All of them, each with its numbers.
    fn told(self) -> BTreeMap<FindingId, (Finding, Tally)> {
        let mut findings = self.findings;
        for (finding, tally) in findings.values_mut() {
            finding.affects = tally.affects();
        }
        for alike in self.alike.into_values().filter(|alike| alike.more > 0) {
            if let Some((first, _)) = findings.get_mut(&alike.first) {
                first.more_alike(alike.more);
            }
        }
        findings
    }
}

/// What there is to fold.
#[derive(Debug)]
pub(crate) struct Folding {
    /// Origins with their findings.
    pub(crate) ledger: Ledger,
    /// All other findings.
    pub(crate) raised: Raised,
    /// Whom each certificate and address touches.
    pub(crate) behind: HashMap<Shared, Tally>,
    /// Origins that feeds alone are read from, as is known from other rounds.
    pub(crate) feed_hosts: BTreeSet<Origin>,
}

/// All findings with causes and numbers, causes first, then by severity, code and subject.
pub(crate) fn fold(round: Folding) -> Vec<Finding> {
    let Folding { mut ledger, raised, behind, feed_hosts } = round;
    let mut causes: HashMap<FindingId, FindingId> = HashMap::new();
    share(&mut ledger, &behind, &mut causes);
    let raised = raised.told();
    explain(&mut ledger, &raised, &mut causes);
    let mut all: BTreeMap<FindingId, Finding> = BTreeMap::new();
    let places: HashMap<Origin, (Party, bool)> = {
        let known = |origin: &Origin| feed_hosts.contains(origin);
        ledger.iter().filter_map(|(origin, state)| Some((origin.clone(), place(state, known(origin))?))).collect()
    };
    for state in ledger.into_values() {
        for finding in state.findings {
            all.entry(finding.id.clone()).or_insert(finding);
        }
    }
    all.extend(raised.into_iter().map(|(id, (finding, _))| (id, finding)));
    let mut findings: Vec<Finding> = all.into_values().collect();
    for finding in &mut findings {
        finding.caused_by = root(&finding.id, &causes);
    }
    hand_up_proofs(&mut findings);
    for finding in &mut findings {
        let Some(origin) = finding.origin.clone() else { continue };
        if let Some((party, serves_feeds)) = places.get(&origin) {
            advice::fit(finding, &Place { origin: &origin, party, serves_feeds: *serves_feeds });
        }
    }
    findings.sort_by(|a, b| {
        (a.caused_by.is_some(), b.severity, a.code, &a.subject).cmp(&(
            b.caused_by.is_some(),
            a.severity,
            b.code,
            &b.subject,
        ))
    });
    findings
}

/// The findings of a round that stand for themselves, and whom each touches, worst first.
pub(crate) fn alone(raised: Raised, chosen: &BTreeSet<FindingId>) -> Vec<Finding> {
    let chosen = raised.told().into_iter().filter(|(id, _)| chosen.contains(id));
    let mut findings: Vec<Finding> = chosen.map(|(_, (finding, _))| finding).collect();
    findings.sort_by(|a, b| (b.severity, a.code, &a.subject).cmp(&(a.severity, b.code, &b.subject)));
    findings
}

/// Whose an origin is, and whether only feeds are read from it: by what came through it in this round,
/// or, where nothing did, as is known of it.
fn place(state: &OriginState, known: bool) -> Option<(Party, bool)> {
    let through = state.through.affects();
    Some((state.party.clone()?, through.episodes == 0 && (through.feeds > 0 || known)))
}

/// A way around that was tried where a shared cause shows is told at the cause as well.
fn hand_up_proofs(findings: &mut [Finding]) {
    let mut proofs: BTreeMap<FindingId, (Bypass, String)> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.is_fault()) {
        let (Some(cause), Some(bypass)) = (&finding.caused_by, &finding.bypass) else { continue };
        let better = proofs.get(cause).is_none_or(|(known, _)| bypass.works && !known.works);
        if better {
            proofs.insert(cause.clone(), (bypass.clone(), finding.subject.name.clone()));
        }
    }
    for finding in findings {
        let Some((bypass, host)) = proofs.remove(&finding.id) else { continue };
        if finding.bypass.is_none() {
            let comes = if bypass.works { "comes" } else { "does not come either" };
            append(&mut finding.detail, &format!("Without {host} the audio {comes}: {}.", bypass.url));
            finding.bypass = Some(bypass);
        }
    }
}

/// The end of the chain of causes; at most as many steps as there are causes.
fn root(id: &FindingId, causes: &HashMap<FindingId, FindingId>) -> Option<FindingId> {
    let mut cause = causes.get(id)?;
    for _ in 0..causes.len() {
        match causes.get(cause) {
            Some(next) => cause = next,
            None => break,
        }
    }
    (cause != id).then(|| cause.clone())
}

/// How near a fault is to what failed: the connection or everything failing before the certificate,
/// over which the walk went on.
fn nearness(code: Code) -> (bool, Code) {
    (code.is_certificate(), code)
}

/// Numbers for the origins' findings; what several of them share becomes one cause.
fn share(ledger: &mut Ledger, behind: &HashMap<Shared, Tally>, causes: &mut HashMap<FindingId, FindingId>) {
    // Which findings are about each shared thing, in the order of origins.
    let mut about: BTreeMap<Shared, Vec<(Reverse<Severity>, Origin, FindingId)>> = BTreeMap::new();
    for (origin, state) in &mut *ledger {
        let touched = state.through.affects();
        for finding in &mut state.findings {
            finding.affects = touched;
            for shared in state.shared.iter().filter(|shared| shared.is_about(finding.code)) {
                let rank = Reverse(finding.severity);
                about.entry(shared.cause()).or_default().push((rank, origin.clone(), finding.id.clone()));
            }
        }
    }
    for findings in about.values_mut() {
        findings.sort();
        let [(_, _, cause), others @ ..] = findings.as_slice() else { continue };
        for (_, _, other) in others {
            // From milder findings to worse ones, and from later origins to earlier ones only, so
            // that causes never run in a circle.
            if other != cause {
                causes.entry(other.clone()).or_insert_with(|| cause.clone());
            }
        }
    }
    let mut serving: BTreeMap<(Code, Fingerprint), BTreeSet<Origin>> = BTreeMap::new();
    for (shared, findings) in &about {
        if let Shared::Certificate(code, print) = shared {
            serving.entry((*code, *print)).or_default().extend(findings.iter().map(|(_, origin, _)| origin.clone()));
        }
    }
    for finding in ledger.values_mut().flat_map(|state| &mut state.findings) {
        let Some(certificate) = &mut finding.certificate else { continue };
        if let Some(origins) = serving.get(&(finding.code, certificate.sha256)) {
            certificate.origins = origins.iter().cloned().collect();
        }
    }
    // What a cause gathers is told at its root, which may be about another shared thing.
    let mut gathered: BTreeMap<FindingId, (&'static str, BTreeSet<String>, Affects)> = BTreeMap::new();
    for (shared, findings) in &about {
        let [(_, _, cause), _, ..] = findings.as_slice() else { continue };
        let what = if matches!(shared, Shared::Certificate(..)) { "certificate" } else { "address" };
        let entry = gathered
            .entry(root(cause, causes).unwrap_or_else(|| cause.clone()))
            .or_insert_with(|| (what, BTreeSet::new(), Affects::default()));
        entry.1.extend(findings.iter().map(|(_, origin, _)| origin.to_string()));
        let touched = behind.get(shared).map(Tally::affects).unwrap_or_default();
        entry.2.feeds = entry.2.feeds.max(touched.feeds);
        entry.2.episodes = entry.2.episodes.max(touched.episodes);
    }
    for finding in ledger.values_mut().flat_map(|state| &mut state.findings) {
        let Some((what, origins, touched)) = gathered.get(&finding.id) else { continue };
        let names = origins.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        append(&mut finding.detail, &format!("One {what}, {} origins: {names}.", origins.len()));
        finding.affects.feeds = finding.affects.feeds.max(touched.feeds);
        finding.affects.episodes = finding.affects.episodes.max(touched.episodes);
    }
}

/// Codes that say that something failed at a hop, rather than what came of it.
fn failed_there(code: Code) -> bool {
    matches!(
        code,
        Code::HttpError
            | Code::HttpGone
            | Code::HttpForbidden
            | Code::HttpTimeout
            | Code::HttpProtocolError
            | Code::RedirectBroken
            | Code::FeedUnreachable
            | Code::PrefixDown
            | Code::PrefixMiswired
    )
}

/// What a prefix that is down or miswired explains besides.
fn failed_at_prefix(code: Code) -> bool {
    failed_there(code)
        || matches!(
            code,
            Code::MediaNotAudio | Code::MediaEmpty | Code::MediaCorrupt | Code::RedirectLoop | Code::RedirectLimit
        )
}

fn is_prefix_fault(code: Code) -> bool {
    matches!(code, Code::PrefixDown | Code::PrefixMiswired)
}

fn explain(
    ledger: &mut Ledger,
    raised: &BTreeMap<FindingId, (Finding, Tally)>,
    causes: &mut HashMap<FindingId, FindingId>,
) {
    let mut faults: HashMap<Origin, FindingId> = HashMap::new();
    for (origin, state) in &mut *ledger {
        let nearest = state.findings.iter_mut().filter(|f| f.is_fault()).min_by_key(|f| nearness(f.code));
        let Some(fault) = nearest else { continue };
        faults.insert(origin.clone(), fault.id.clone());
        if let Some(bypass) = &state.bypass {
            fault.bypass = Some(bypass.clone());
            append(
                &mut fault.detail,
                &format!(
                    "Without {} the audio {}: {}.",
                    origin.host,
                    if bypass.works { "comes" } else { "does not come either" },
                    bypass.url
                ),
            );
        }
    }
    let mut prefixes: HashMap<&Origin, &FindingId> = HashMap::new();
    let mut own: HashMap<&str, &FindingId> = HashMap::new();
    for (finding, _) in raised.values() {
        if let (true, Some(origin)) = (is_prefix_fault(finding.code), &finding.origin) {
            // Down and miswired for different URLs: down, which has the proof, speaks.
            let known = prefixes.entry(origin).or_insert(&finding.id);
            if finding.code == Code::PrefixDown {
                *known = &finding.id;
            }
        }
        let feeds_own = failed_there(finding.code) && finding.code != Code::FeedUnreachable
            || matches!(finding.code, Code::RedirectLoop | Code::RedirectLimit);
        if feeds_own {
            own.insert(finding.subject.id.as_str(), &finding.id);
        }
    }
    for (finding, _) in raised.values() {
        let Some(origin) = &finding.origin else { continue };
        let fault = faults.get(origin).filter(|_| failed_there(finding.code));
        let prefix = prefixes
            .get(origin)
            .copied()
            .filter(|id| **id != finding.id && failed_at_prefix(finding.code) && finding.code != Code::PrefixDown);
        let own = own.get(finding.subject.id.as_str()).copied().filter(|_| finding.code == Code::FeedUnreachable);
        if let Some(cause) = fault.or(prefix).or(own) {
            causes.insert(finding.id.clone(), cause.clone());
        }
    }
}

/// Adds a sentence.
pub(crate) fn append(text: &mut String, sentence: &str) {
    text.push(' ');
    text.push_str(sentence);
}
