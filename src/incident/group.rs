//! What one round raised, gathered by cause.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::incident::cause::Key;
use crate::incident::nature::{Coverage, coverage};
use crate::incident::{Cause, Observation, Raised, Rules, Show};
use crate::judge::{Affects, Code, Finding, Severity, Subject, SubjectKind};

/// The most shows that an incident remembers.
const MAX_SHOWS: usize = 500;

/// The most tags of a show, and the longest texts kept, in characters.
const MAX_TAGS: usize = 20;
const MAX_NAME: usize = 300;
const MAX_SUMMARY: usize = 600;
const MAX_DETAIL: usize = 4_000;
const MAX_ADVICE: usize = 2_000;

/// Members named in the words of a cause that many show.
const NAMED: usize = 5;

/// One cause as one round raised it.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) cause: Cause,
    pub(super) code: Code,
    pub(super) severity: Severity,
    pub(super) summary: String,
    pub(super) detail: String,
    pub(super) advice: String,
    pub(super) host: Option<String>,
    pub(super) affects: Affects,
    pub(super) shows: Vec<Show>,
    pub(super) expires_at: Option<Timestamp>,
    /// Where it was seen, by what a later round has to cover.
    pub(super) members: Vec<(String, Severity)>,
    /// Findings that were gathered.
    pub(super) count: u64,
}

/// Gathers what counts of a round: root findings that are not mere information.
pub(super) fn gather(observation: &Observation, rules: &Rules) -> BTreeMap<Key, Group> {
    let mut by_cause: BTreeMap<Key, (Cause, Vec<&Raised>)> = BTreeMap::new();
    for raised in &observation.raised {
        let finding = &raised.finding;
        let told = finding.severity > Severity::Info || rules.tell_info.contains(&finding.code);
        let root = finding.caused_by.is_none() || finding.code == Code::PublishingDown;
        if told && root && finding.code != Code::ProberOffline {
            let cause = raised.cause();
            by_cause.entry(cause.key()).or_insert_with(|| (cause, Vec::new())).1.push(raised);
        }
    }
    by_cause.into_iter().filter_map(|(key, (cause, raised))| Some((key, group(cause, &raised)?))).collect()
}

/// The vantage of a podprobe that looks from where it runs.
const LOCAL: &str = "local";

/// The vantage's own network, as an offline round shows it.
pub(super) fn offline(observation: &Observation) -> Option<Group> {
    let vantage = &observation.vantage;
    let subject = Subject {
        kind: SubjectKind::Origin,
        id: vantage.clone(),
        name: match vantage.as_str() {
            // Where there is one vantage nobody asks which.
            LOCAL => "podprobe's own network".to_owned(),
            vantage => format!("podprobe's own network at {}", cut(vantage, MAX_NAME)),
        },
    };
    let known = observation.raised.iter().map(|raised| &raised.finding).find(|f| f.code == Code::ProberOffline);
    let mut finding = known.cloned().unwrap_or_else(|| {
        let summary = "podprobe's own network is down, so nothing can be said about any show.".to_owned();
        Finding::new(Code::ProberOffline, subject.clone(), summary, String::new())
    });
    finding.subject = subject;
    let raised = Raised { finding, shows: Vec::new() };
    group(Cause::of(&raised.finding), &[&raised])
}

fn group(cause: Cause, raised: &[&Raised]) -> Option<Group> {
    let rank = |f: &&&Raised| (Reverse(f.finding.severity), f.finding.code, f.finding.subject.clone());
    let lead = &raised.iter().min_by_key(rank)?.finding;
    // Findings about different files add up; those about one thing are looks at the same episodes.
    let adds_up = matches!(lead.subject.kind, SubjectKind::Enclosure | SubjectKind::Episode);
    let mut shows: BTreeMap<&str, Show> = BTreeMap::new();
    let mut affects = Affects::default();
    let mut members: BTreeMap<String, Severity> = BTreeMap::new();
    for raised in raised {
        let finding = &raised.finding;
        let join = |known: u64, more: u64| if adds_up { known.saturating_add(more) } else { known.max(more) };
        affects.feeds = affects.feeds.max(finding.affects.feeds);
        affects.episodes = join(affects.episodes, finding.affects.episodes);
        for show in &raised.shows {
            shows
                .entry(&show.source)
                .and_modify(|known| known.episodes = join(known.episodes, show.episodes))
                .or_insert_with(|| bounded(show));
        }
        for member in members_of(raised) {
            let severity = members.entry(member).or_insert(finding.severity);
            *severity = (*severity).max(finding.severity);
        }
    }
    // An endpoint names whose it is in the place of a show, and touches none.
    if lead.code != Code::PublishingDown {
        affects.feeds = affects.feeds.max(u64::try_from(shows.len()).unwrap_or(u64::MAX));
    }
    let (summary, detail) = words(lead, &cause, &members, adds_up);
    Some(Group {
        code: lead.code,
        severity: lead.severity,
        summary,
        detail,
        advice: cut(&lead.advice, MAX_ADVICE),
        host: lead.origin.as_ref().map(|origin| origin.host.to_string()),
        affects,
        shows: biggest(shows.into_values().collect()),
        expires_at: cause
            .certificate
            .as_ref()
            .and(lead.certificate.as_ref())
            .and_then(|certificate| Timestamp::from_second(certificate.not_after).ok()),
        members: members.into_iter().collect(),
        count: u64::try_from(raised.len()).unwrap_or(u64::MAX),
        cause,
    })
}

/// The words of the worst finding; of a cause that many files show, words about the cause.
fn words(lead: &Finding, cause: &Cause, members: &BTreeMap<String, Severity>, adds_up: bool) -> (String, String) {
    if !adds_up || members.len() < 2 {
        return (cut(&lead.summary, MAX_SUMMARY), cut(&lead.detail, MAX_DETAIL));
    }
    let title = lead.code.info().title.trim_end_matches('.');
    let summary = format!("{} files at {}: {title}.", members.len(), cause.subject.name);
    let named: Vec<String> = members.keys().take(NAMED).map(|id| cut(id, MAX_NAME)).collect();
    let more = members.len().saturating_sub(named.len());
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    let detail = format!("{} Seen at {}{more}.", lead.detail, named.join(", "));
    (cut(&summary, MAX_SUMMARY), cut(&detail, MAX_DETAIL))
}

/// What a later round has to cover to say that this finding is gone.
fn members_of(raised: &Raised) -> Vec<String> {
    let finding = &raised.finding;
    let own = || vec![finding.subject.id.clone()];
    match coverage(finding.code) {
        Coverage::Address | Coverage::Handshake | Coverage::Walk => match (&finding.certificate, &finding.origin) {
            (Some(certificate), _) if !certificate.origins.is_empty() => {
                certificate.origins.iter().map(ToString::to_string).collect()
            }
            (_, Some(origin)) => vec![origin.to_string()],
            (_, None) => own(),
        },
        Coverage::Feed if finding.subject.kind != SubjectKind::Feed && !raised.shows.is_empty() => {
            raised.shows.iter().map(|show| show.source.clone()).collect()
        }
        Coverage::Chain | Coverage::Feed | Coverage::Endpoint | Coverage::Prober => own(),
    }
}

/// Shows of an incident and of a new round together, the most episodes first.
pub(super) fn merge(known: &[Show], new: &[Show]) -> Vec<Show> {
    let mut shows: BTreeMap<String, Show> = known.iter().map(|show| (show.source.clone(), show.clone())).collect();
    for show in new {
        let episodes = shows.get(&show.source).map_or(0, |known| known.episodes).max(show.episodes);
        shows.insert(show.source.clone(), Show { episodes, ..show.clone() });
    }
    biggest(shows.into_values().collect())
}

fn biggest(mut shows: Vec<Show>) -> Vec<Show> {
    shows.sort_by(|a, b| (Reverse(a.episodes), &a.name, &a.source).cmp(&(Reverse(b.episodes), &b.name, &b.source)));
    shows.truncate(MAX_SHOWS);
    shows
}

fn bounded(show: &Show) -> Show {
    Show {
        name: cut(&show.name, MAX_NAME),
        source: cut(&show.source, MAX_SUMMARY),
        episodes: show.episodes,
        tags: show.tags.iter().take(MAX_TAGS).map(|tag| cut(tag, MAX_NAME)).collect(),
        owner: show.owner.as_deref().map(|owner| cut(owner, MAX_NAME)),
        downloads_per_day: show.downloads_per_day,
    }
}

/// The first characters of a text.
pub(super) fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}\u{2026}", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
