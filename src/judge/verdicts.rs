//! The judge of a round: takes facts as they become known, gives verdicts, and folds at the end.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::cert::Served;
use crate::chain::{Canary, Chain, Edge, OriginSighting, Papers, Session, TlsFailure};
use crate::feed::{Enclosure, Episode, Feed, Other};
use crate::judge::apps::{AppVerdict, Panel, Profile};
use crate::judge::checks::{self, Bench, ChainFacts, EnclosureFacts, FeedFacts, OriginFacts, RoundFacts};
use crate::judge::fold::{self, Folding, Raised};
use crate::judge::ledger::{Ledger, OriginState, Shared, Standing, Want};
use crate::judge::sight::{papers, shared, sighting_of, standing, want};
use crate::judge::tally::{EpisodeKey, Tally};
use crate::judge::trust::{self, ChainJudgement, Stores};
use crate::judge::walk::{Ending, Walk};
use crate::judge::{Affects, Bypass, Code, Finding, FindingId, Policy, Severity, Verdict};
use crate::link::{Host, Origin};
use crate::parties::Catalogue;

/// What became of a chain, for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Downloadable media stands at the end.
    Media,
    /// A feed's own chain ended in a document.
    Document,
    /// Listeners get nothing.
    Broken,
    /// Blocked to bots, sinkholed, blocked address, rate-limited, interrupted.
    Unknown,
}

/// What a feed's source gave.
#[derive(Clone, Copy, Debug)]
pub enum FeedContent<'a> {
    /// A feed.
    Feed(&'a Feed),
    /// A document that is no feed.
    Other(Other),
    /// Its chain ended without a document.
    Nothing,
}

/// A feed to judge.
#[derive(Clone, Copy, Debug)]
pub struct FeedCase<'a> {
    /// Which feed of the round, from 0.
    pub feed: usize,
    /// The source as given, redacted.
    pub source: &'a str,
    /// The chain of its document; `None` for a file.
    pub chain: Option<&'a Chain>,
    /// What the show is known as from before, for when its document does not come.
    pub title: Option<&'a str>,
    /// What came.
    pub content: FeedContent<'a>,
}

/// An enclosure to judge.
#[derive(Clone, Copy, Debug)]
pub struct EnclosureCase<'a> {
    /// Which feed of the round, from 0.
    pub feed: usize,
    /// The show's title (the source where it has none).
    pub show: &'a str,
    /// The episode.
    pub episode: &'a Episode,
    /// The enclosure.
    pub enclosure: &'a Enclosure,
    /// Its chain; `None` where it cannot be requested.
    pub chain: Option<&'a Chain>,
    /// Ways around failing prefixes that were tried.
    pub bypasses: &'a [Bypass],
}

/// The verdict over an enclosure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnclosureVerdict {
    /// What became of the chain; `None` where there is none.
    pub outcome: Option<Outcome>,
    /// The worst of its own findings and of the findings of origins its chain crosses.
    pub verdict: Verdict,
    /// What the apps that were asked about make of it; see [`Judge::with_apps`].
    pub apps: Vec<AppVerdict>,
}

/// The verdict over a feed's own document (episodes apart).
#[derive(Clone, Debug, PartialEq)]
pub struct FeedVerdict {
    /// What became of its chain; `None` for a file.
    pub outcome: Option<Outcome>,
    /// The worst of its own findings.
    pub verdict: Verdict,
}

/// The verdict over one address of an origin.
#[derive(Clone, Debug)]
pub struct EdgeVerdict {
    /// The chain it served, judged; `None` over cleartext or without a session.
    pub certificate: Option<ChainJudgement>,
}

/// The verdict over an origin.
#[derive(Clone, Debug)]
pub struct OriginVerdict {
    /// The worst of its findings.
    pub verdict: Verdict,
    /// One for each edge of the sighting, in its order.
    pub edges: Vec<EdgeVerdict>,
}

/// The end of a round.
#[derive(Clone, Debug)]
pub struct Conclusion {
    /// The verdict over the round.
    pub verdict: Verdict,
    /// All findings, causes first, then by severity, code and subject.
    pub findings: Vec<Finding>,
    /// Episodes and feeds whose chains run through each origin.
    pub through: HashMap<Origin, crate::judge::Affects>,
    /// The verdict over each origin, `origin-failing` and the like included.
    pub origins: HashMap<Origin, Verdict>,
    /// Everything was down and so were the canaries, or this machine itself has no network.
    pub offline: bool,
    /// Something could not be judged, whatever worse is known.
    pub undecided: bool,
    /// All feeds and episodes of the round.
    pub everyone: Affects,
}

/// How a session's chain is judged.
type JudgeSession = fn(&Session, Option<&Host>, Option<&Papers>, &Stores, &Policy, Timestamp) -> ChainJudgement;
/// How a chain without a session is judged.
type JudgeServed = fn(&Served, Option<&Host>, Option<&Papers>, &Stores, &Policy, Timestamp) -> ChainJudgement;

/// Judges one round.
#[derive(Debug)]
pub struct Judge<'a> {
    bench: Bench<'a>,
    stores: &'a Stores,
    // Tests of the rules around certificates put a verdict of their own here.
    sessions: JudgeSession,
    chains: JudgeServed,
    ledger: Ledger,
    raised: Raised,
    /// Distinct episodes and feeds behind what several origins share.
    behind: HashMap<Shared, Tally>,
    everyone: Tally,
    /// Findings for which nobody was asked over the network: those of local files.
    local: BTreeSet<FindingId>,
    /// Some chain's end could not be judged.
    undecided: bool,
    /// Some connection over IPv6 came to be.
    ipv6: bool,
    panel: Panel,
    in_part: bool,
    feed_hosts: BTreeSet<Origin>,
}

impl<'a> Judge<'a> {
    /// A judge for a round.
    pub fn new(policy: &'a Policy, at: Timestamp, stores: &'a Stores, catalogue: &'a Catalogue) -> Self {
        Self {
            bench: Bench { policy, at, catalogue },
            stores,
            sessions: trust::judge_session,
            chains: trust::judge_served,
            ledger: Ledger::new(),
            raised: Raised::default(),
            behind: HashMap::new(),
            everyone: Tally::default(),
            local: BTreeSet::new(),
            undecided: false,
            ipv6: false,
            panel: Panel::default(),
            in_part: false,
            feed_hosts: BTreeSet::new(),
        }
    }

    /// The same judge, asked as well what these apps make of each enclosure.
    #[must_use]
    pub fn with_apps(mut self, apps: &[&'static Profile]) -> Self {
        self.panel = Panel::new(apps, self.stores);
        self
    }

    /// The same judge for a round that looks at a part of what there is: canaries are asked for as soon
    /// as everything that was tried failed, be it one host.
    #[must_use]
    pub fn in_part(mut self) -> Self {
        self.in_part = true;
        self
    }

    /// The same judge, told which origins feeds alone are read from: a round that looks at hosts by
    /// themselves does not see it.
    #[must_use]
    pub fn knowing_feed_hosts(mut self, origins: BTreeSet<Origin>) -> Self {
        self.feed_hosts = origins;
        self
    }

    /// The same judge with other eyes for certificates.
    #[cfg(test)]
    pub(crate) fn with_trust(mut self, session: JudgeSession, served: JudgeServed) -> Self {
        self.sessions = session;
        self.chains = served;
        self
    }

    /// The thresholds.
    pub fn policy(&self) -> &'a Policy {
        self.bench.policy
    }

    /// The time that certificates are judged for.
    pub fn at(&self) -> Timestamp {
        self.bench.at
    }

    /// Whom to trust.
    pub fn stores(&self) -> &'a Stores {
        self.stores
    }

    /// Whose host is whose.
    pub fn catalogue(&self) -> &'a Catalogue {
        self.bench.catalogue
    }

    /// Judges an origin. Call it once for each, before the chains that cross it.
    pub fn origin(&mut self, sighting: &OriginSighting) -> OriginVerdict {
        let certificates = self.certificates(sighting);
        self.record(sighting, &certificates);
        self.panel.origin(sighting, &certificates);
        let verdict = self.ledger.get(&sighting.origin).map(OriginState::verdict).unwrap_or_default();
        OriginVerdict {
            verdict,
            edges: certificates.into_iter().map(|certificate| EdgeVerdict { certificate }).collect(),
        }
    }

    /// The verdict over an origin that was judged, as far as it is known before the end.
    pub fn origin_verdict(&self, origin: &Origin) -> Option<Verdict> {
        self.ledger.get(origin).filter(|state| state.standing != Standing::Unseen).map(OriginState::verdict)
    }

    /// Judges the chain of every edge; addresses that serve the same are judged once.
    fn certificates(&self, sighting: &OriginSighting) -> Vec<Option<ChainJudgement>> {
        let host = Some(&sighting.origin.host);
        let mut done: Vec<(&Arc<Session>, ChainJudgement)> = Vec::new();
        let mut out = Vec::with_capacity(sighting.edges.len());
        for edge in &sighting.edges {
            out.push(match (edge.tls.fact(), edge.tls.failure()) {
                (Some(session), _) => {
                    let known = done.iter().find(|(other, _)| {
                        other.served == session.served
                            && other.staple == session.staple
                            && other.signature == session.signature
                    });
                    let judged = if let Some((_, judged)) = known {
                        judged.clone()
                    } else {
                        let papers = papers(sighting, &session.served);
                        let (at, policy) = (self.bench.at, self.bench.policy);
                        (self.sessions)(session, host, papers, self.stores, policy, at)
                    };
                    done.push((session, judged.clone()));
                    Some(judged)
                }
                (None, Some(TlsFailure::Obsolete(old))) if !old.served.entries.is_empty() => {
                    let papers = papers(sighting, &old.served);
                    let (at, policy) = (self.bench.at, self.bench.policy);
                    Some((self.chains)(&old.served, host, papers, self.stores, policy, at))
                }
                _ => None,
            });
        }
        out
    }

    fn record(&mut self, sighting: &OriginSighting, certificates: &[Option<ChainJudgement>]) {
        let party = self.bench.catalogue.who_origin(sighting);
        let facts = OriginFacts { bench: self.bench, sighting, party: &party, certificates };
        let findings = checks::origin(&facts);
        let standing = standing(sighting, &findings);
        let shared = shared(sighting, certificates, &findings);
        let reached = |edge: &Edge| edge.address.is_ipv6() && edge.connect.fact().is_some();
        self.ipv6 |= sighting.edges.iter().any(reached);
        let state = self.ledger.entry(sighting.origin.clone()).or_default();
        state.party = Some(party);
        // An address that once worked shows that this machine's network does.
        if state.standing != Standing::Works {
            state.standing = standing;
            state.want = want(sighting);
        }
        state.shared.extend(shared);
        if standing == Standing::Works {
            let lacking = sighting.edges.iter().filter(|edge| checks::is_no_route(edge));
            state.no_route = lacking.map(|edge| edge.address).collect();
        }
        for finding in findings {
            state.add(finding);
        }
    }

    /// A hop without a connection whose origin was never looked at, or was looked at in a better
    /// moment: what the hop itself saw is judged as a sighting of the origin.
    fn record_failed_hop(&mut self, walk: &Walk<'_>) {
        let Ending::NoConnection(hop) = walk.ending else { return };
        let origin = hop.url.origin();
        let explained = self
            .ledger
            .get(&origin)
            .is_some_and(|state| state.standing == Standing::Hidden || state.unreachable().is_some());
        if explained {
            return;
        }
        let sighting = sighting_of(hop, origin);
        let certificates = self.certificates(&sighting);
        self.record(&sighting, &certificates);
    }

    /// Counts a chain at the origins it crosses, and says how bad these are.
    fn cross(&mut self, facts: &ChainFacts<'_>, feed: usize, episode: Option<EpisodeKey>) -> Verdict {
        let mut crossed = BTreeSet::new();
        let mut verdict = Verdict::Ok;
        for hop in &facts.walk.chain.hops {
            let origin = hop.origin();
            let last = facts.walk.chain.last().is_some_and(|last| std::ptr::eq(last, hop));
            let state = self.ledger.entry(Origin::clone(&origin)).or_default();
            if state.party.is_none() {
                state.party = Some(self.bench.catalogue.who(&hop.url));
            }
            match checks::fail_class(facts).filter(|_| last) {
                Some(class) => state.fared.failed(class, &hop.url),
                None if hop.request.fact().is_some() => state.fared.otherwise(),
                None => {}
            }
            if !crossed.insert(origin) {
                continue;
            }
            let worst = state.findings.iter().map(|f| Verdict::from(f.severity)).max().unwrap_or_default();
            verdict = verdict.max(worst);
            let behind = &mut self.behind;
            match episode {
                Some(key) => state.through.episode(key),
                None => state.through.feed(feed),
            }
            for shared in &state.shared {
                let tally = behind.entry(shared.cause()).or_default();
                match episode {
                    Some(key) => tally.episode(key),
                    None => tally.feed(feed),
                }
            }
        }
        verdict
    }

    fn is_hidden(&self, walk: &Walk<'_>) -> bool {
        walk.last()
            .and_then(|hop| self.ledger.get(&*hop.origin()))
            .is_some_and(|state| state.standing == Standing::Hidden)
    }

    /// Judges a feed's document.
    pub fn feed(&mut self, case: &FeedCase<'_>) -> FeedVerdict {
        self.everyone.feed(case.feed);
        let walk = case.chain.map(Walk::of);
        if let Some(walk) = &walk {
            self.record_failed_hop(walk);
        }
        let owner = checks::Owner::Feed(case);
        let chain = walk.map(|walk| ChainFacts { bench: self.bench, owner, walk, hidden: self.is_hidden(&walk) });
        let crossed = chain.map(|chain| self.cross(&chain, case.feed, None)).unwrap_or_default();
        let facts = FeedFacts { case, chain };
        let findings = checks::feed(&facts);
        let outcome = chain.map(|chain| match chain.walk.ending {
            Ending::Reached(_) if matches!(case.content, FeedContent::Nothing) => Outcome::Broken,
            Ending::Reached(_) => Outcome::Document,
            _ if checks::is_undecided(&chain) => Outcome::Unknown,
            _ => Outcome::Broken,
        });
        // A further page that could not be fetched says nothing of the file.
        let page = |f: &&Finding| f.code == Code::FeedMalformed && checks::is_missing_page(case.content);
        let local: Vec<FindingId> =
            findings.iter().filter(|f| case.chain.is_none() && !page(f)).map(|f| f.id.clone()).collect();
        let verdict = self.take(findings, case.feed, None).max(crossed).max(self.floor(outcome));
        self.local.extend(local.into_iter().filter(|id| self.raised.holds(id)));
        FeedVerdict { outcome, verdict }
    }

    /// Judges an enclosure. The enclosures of one episode come one after the other.
    pub fn enclosure(&mut self, case: &EnclosureCase<'_>) -> EnclosureVerdict {
        let key = EpisodeKey::of(case.feed, case.episode);
        self.everyone.episode(key);
        let walk = case.chain.map(Walk::of);
        if let Some(walk) = &walk {
            self.record_failed_hop(walk);
        }
        let owner = checks::Owner::Enclosure(case);
        let chain = walk.map(|walk| ChainFacts { bench: self.bench, owner, walk, hidden: self.is_hidden(&walk) });
        let crossed = chain.map(|chain| self.cross(&chain, case.feed, Some(key))).unwrap_or_default();
        let facts = EnclosureFacts { bench: self.bench, case, chain, ledger: &self.ledger };
        let findings = checks::enclosure(&facts);
        let outcome = chain.map(|chain| match chain.walk.ending {
            Ending::Reached(_) if findings.iter().any(gives_nothing) => Outcome::Broken,
            Ending::Reached(_) => Outcome::Media,
            _ if checks::is_undecided(&chain) => Outcome::Unknown,
            _ => Outcome::Broken,
        });
        for bypass in case.bypasses {
            if let Some(state) = self.ledger.get_mut(&bypass.without)
                && state.bypass.as_ref().is_none_or(|known| bypass.works && !known.works)
            {
                state.bypass = Some(bypass.clone());
            }
        }
        let local: Vec<FindingId> = findings.iter().filter(|_| case.chain.is_none()).map(|f| f.id.clone()).collect();
        let verdict = self.take(findings, case.feed, Some(key)).max(crossed).max(self.floor(outcome));
        self.local.extend(local.into_iter().filter(|id| self.raised.holds(id)));
        EnclosureVerdict { outcome, verdict, apps: self.panel.judge(case, outcome) }
    }

    /// A chain that is broken is critical even where its finding is the origin's; one that cannot
    /// be judged is unknown, and so is the round.
    fn floor(&mut self, outcome: Option<Outcome>) -> Verdict {
        match outcome {
            Some(Outcome::Broken) => Verdict::Critical,
            Some(Outcome::Unknown) => {
                self.undecided = true;
                Verdict::Unknown
            }
            Some(Outcome::Media | Outcome::Document) | None => Verdict::Ok,
        }
    }

    fn take(&mut self, findings: Vec<Finding>, feed: usize, episode: Option<EpisodeKey>) -> Verdict {
        let mut worst = Verdict::Ok;
        for finding in findings {
            worst = worst.max(finding.severity.into());
            self.raised.add(finding, feed, episode);
        }
        worst
    }

    /// Sees the whole: causes across chains, who is affected, whether the prober was offline.
    /// `canaries` is empty unless they were asked.
    pub fn conclude(self, canaries: &[Canary]) -> Conclusion {
        let everyone = self.everyone.affects();
        let alone = self.wants_canaries() && !canaries.is_empty() && canaries.iter().all(|canary| !canary.reachable);
        let cut_off = self.is_cut_off() && !canaries.iter().any(|canary| canary.reachable);
        let offline = alone || cut_off;
        let feed_hosts = self.in_part.then_some(&self.feed_hosts);
        let facts = RoundFacts { ledger: &self.ledger, canaries, offline, cut_off, ipv6: self.ipv6, feed_hosts };
        let round = checks::round(&facts);
        let through: HashMap<Origin, Affects> =
            self.ledger.iter().map(|(origin, state)| (origin.clone(), state.through.affects())).collect();
        if offline {
            let origins = self.ledger.into_keys().map(|origin| (origin, Verdict::Unknown)).collect();
            let own = round.into_iter().filter(|f| f.code == Code::ProberOffline);
            let own = own.map(|f| Finding { affects: everyone, ..f });
            // What was read off local files needs no network.
            let local = fold::alone(self.raised, &self.local);
            let findings = own.chain(local).collect();
            let verdict = Verdict::Unknown;
            return Conclusion { verdict, findings, through, origins, offline, undecided: true, everyone };
        }
        let doubtful = self.is_nameless() && !canaries.iter().any(|canary| canary.reachable);
        let mut ledger = self.ledger;
        for finding in round {
            if let Some(state) = finding.origin.as_ref().and_then(|origin| ledger.get_mut(origin)) {
                state.add(finding);
            }
        }
        let origins: HashMap<Origin, Verdict> =
            ledger.iter().map(|(origin, state)| (origin.clone(), state.verdict())).collect();
        let mut findings =
            fold::fold(Folding { ledger, raised: self.raised, behind: self.behind, feed_hosts: self.feed_hosts });
        findings.iter_mut().filter(|f| doubtful && f.code == Code::DnsFailed).for_each(doubt);
        let undecided = self.undecided || origins.values().any(|verdict| *verdict == Verdict::Unknown);
        let floor = if undecided { Verdict::Unknown } else { Verdict::Ok };
        let verdict = findings
            .iter()
            .map(|f| Verdict::from(f.severity))
            .chain(origins.values().copied())
            .fold(floor, Verdict::max);
        Conclusion { verdict, findings, through, origins, offline, undecided, everyone }
    }

    /// Whether the canaries should be asked: every origin that was tried failed in DNS or connect,
    /// and they belong to at least two registrable domains. Hidden ones were not tried.
    pub fn wants_canaries(&self) -> bool {
        let down = self.all_down().unwrap_or_default();
        let domains: BTreeSet<String> = down.iter().map(|(origin, _)| origin.host.registrable()).collect();
        domains.len() >= if self.in_part { 1 } else { 2 }
    }

    /// The origins that failed in DNS or connect, where every one that was tried did. Hidden ones
    /// were not tried.
    fn all_down(&self) -> Option<Vec<(&Origin, &OriginState)>> {
        let mut down = Vec::new();
        for (origin, state) in &self.ledger {
            match state.standing {
                Standing::Down => down.push((origin, state)),
                Standing::Hidden => {}
                Standing::Unseen if state.fared.is_untried() => {}
                Standing::Works | Standing::NoTls | Standing::Unseen => return None,
            }
        }
        Some(down).filter(|down| !down.is_empty())
    }

    /// Whether every origin failed for want of a resolver or a route of this machine's own: then no
    /// packet reached anybody, however few hosts there are, and no canary has to be asked.
    fn is_cut_off(&self) -> bool {
        self.all_down().is_some_and(|down| down.iter().all(|(_, state)| state.want == Some(Want::Sure)))
    }

    /// Whether no name at all could be looked up, for want of answers: it may be the host's name
    /// servers, or this machine's resolver.
    fn is_nameless(&self) -> bool {
        self.all_down().is_some_and(|down| down.iter().all(|(_, state)| state.want.is_some()))
    }
}

/// Says that a name may have been looked up in vain through this machine's own fault.
fn doubt(finding: &mut Finding) {
    fold::append(
        &mut finding.detail,
        "No name at all could be looked up in this round: it may as well be podprobe's own resolver or network.",
    );
    finding.advice = format!("First see whether other names can be looked up from here. {}", finding.advice);
}

/// Critical findings over media at which an app gets nothing to play. A file cut off still plays.
fn gives_nothing(finding: &Finding) -> bool {
    let code =
        matches!(finding.code, Code::MediaNotAudio | Code::MediaEmpty | Code::MediaCorrupt | Code::MediaBadRange);
    code && finding.severity == Severity::Critical
}
