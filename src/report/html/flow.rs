//! The picture of the routes as a graph: shows, then prefixes, hosts and whoever delivers, tied by
//! the episodes that go from one to the next. The long tail of each layer is one node.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use crate::judge::{Outcome, Verdict};
use crate::parties::Role;
use crate::report::model::{Chain, Enclosure, FaultPhase, Hop};
use crate::report::story::Story;
use crate::report::story::routes::certificate;
use crate::report::words;

/// What stands over each layer.
pub(super) const LAYERS: [&str; 4] = ["Shows", "Prefixes", "Hosts", "Delivery"];

/// Columns that one layer may take, for hosts that lead to others of their kind.
const SUBS: [usize; 4] = [1, 3, 2, 2];

/// A show, a host, or the rest of a layer.
#[derive(Debug)]
pub(super) struct Node {
    /// Its place in [`LAYERS`].
    pub(super) layer: usize,
    /// Its column within the layer, from 0.
    pub(super) sub: usize,
    /// The show's title or the host.
    pub(super) name: String,
    /// Whose it is, or what is wrong with it.
    pub(super) note: String,
    pub(super) episodes: u64,
    pub(super) verdict: Verdict,
    /// How many it stands for.
    pub(super) members: u64,
}

/// Episodes that go from one node to another.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) episodes: u64,
    /// How they fare from here on.
    pub(super) verdict: Verdict,
}

/// The graph.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pub(super) nodes: Vec<Node>,
    pub(super) links: Vec<Link>,
}

/// Counts episodes, which come one after the other, once each.
#[derive(Default)]
struct Count {
    episodes: u64,
    last: Option<(usize, usize)>,
    verdict: Verdict,
}

impl Count {
    fn add(&mut self, episode: (usize, usize), verdict: Verdict) {
        if self.last != Some(episode) {
            self.last = Some(episode);
            self.episodes += 1;
        }
        self.verdict = self.verdict.max(verdict);
    }
}

/// A host while it is gathered.
#[derive(Default)]
struct Place<'a> {
    hop: Option<&'a Hop>,
    through: Count,
    /// Episodes whose chains break off here.
    broken: Count,
    leads_on: bool,
    leads_to_prefix: bool,
    behind_host: bool,
}

/// What there is to see of a report.
#[derive(Default)]
struct Gathered<'a> {
    shows: BTreeMap<usize, Count>,
    places: BTreeMap<&'a str, Place<'a>>,
    links: BTreeMap<(End<'a>, End<'a>), Count>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum End<'a> {
    Show(usize),
    Host(&'a str),
}

/// The graph of a report, with at most so many nodes a layer.
pub(super) fn flow(story: &Story<'_>, most: usize) -> Flow {
    let gathered = gather(story);
    let mut places: HashMap<End<'_>, usize> = HashMap::new();
    let mut nodes = Vec::new();
    for (at, count) in &gathered.shows {
        let feed = story.report.feeds.get(*at);
        let name = feed.map(|feed| feed.title.as_deref().unwrap_or(&feed.source)).unwrap_or_default();
        places.insert(End::Show(*at), nodes.len());
        nodes.push(Node {
            layer: 0,
            sub: 0,
            name: name.to_owned(),
            note: String::new(),
            episodes: count.episodes,
            verdict: count.verdict,
            members: 1,
        });
    }
    for (name, place) in &gathered.places {
        places.insert(End::Host(name), nodes.len());
        nodes.push(host(story, name, place));
    }
    let links = gathered.links.iter().filter_map(|((from, to), count)| {
        Some(Link { from: *places.get(from)?, to: *places.get(to)?, episodes: count.episodes, verdict: count.verdict })
    });
    let links = links.collect();
    let mut flow = group(Flow { nodes, links }, most);
    spread(&mut flow);
    flow
}

fn gather<'a>(story: &Story<'a>) -> Gathered<'a> {
    let mut gathered = Gathered::default();
    for (at, feed) in story.report.feeds.iter().enumerate() {
        for (number, episode) in feed.episodes.iter().enumerate() {
            for enclosure in &episode.enclosures {
                let Some(chain) = &enclosure.chain else { continue };
                gathered.shows.entry(at).or_default().add((at, number), enclosure.verdict.0);
                walk(story, &mut gathered, (at, number), enclosure, chain);
            }
        }
    }
    gathered
}

/// One chain, host by host.
fn walk<'a>(
    story: &Story<'a>,
    gathered: &mut Gathered<'a>,
    episode: (usize, usize),
    enclosure: &Enclosure,
    chain: &'a Chain,
) {
    let mut from = End::Show(episode.0);
    let mut fares = Verdict::Ok;
    let mut behind_host = false;
    let last = chain.hops.len().saturating_sub(1);
    for (at, hop) in chain.hops.iter().enumerate() {
        let own = story.index.origin(&hop.origin).map_or(Verdict::Ok, |origin| origin.verdict.0);
        let breaks = at == last && chain.outcome.0 != Outcome::Media;
        fares = fares.max(own);
        if at == last && !reached(enclosure) {
            fares = fares.max(enclosure.verdict.0);
        }
        let is_prefix = role(story, hop) == Role::Prefix;
        let place = gathered.places.entry(&hop.origin).or_default();
        place.hop = place.hop.filter(|known| known.error.is_some()).or(Some(hop));
        place.through.add(episode, own);
        if breaks {
            place.broken.add(episode, enclosure.verdict.0);
        }
        place.behind_host |= behind_host;
        behind_host |= !is_prefix;
        let to = End::Host(&hop.origin);
        if from == to {
            continue;
        }
        if let End::Host(before) = from
            && let Some(before) = gathered.places.get_mut(before)
        {
            before.leads_on = true;
            before.leads_to_prefix |= is_prefix;
        }
        gathered.links.entry((from, to)).or_default().add(episode, fares);
        from = to;
    }
}

/// Whether audio stood at the end of a chain, as far as was asked.
fn reached(enclosure: &Enclosure) -> bool {
    enclosure.chain.as_ref().is_some_and(|chain| {
        chain.outcome.0 == Outcome::Media && chain.media.as_ref().is_none_or(|media| media.instead.is_none())
    })
}

fn role(story: &Story<'_>, hop: &Hop) -> Role {
    let known = story.index.origin(&hop.origin).map_or(Role::Unknown, |origin| origin.role.0);
    // What serves a feed as well is known for that alone.
    if matches!(known, Role::Unknown | Role::Feed) { hop.role.0 } else { known }
}

fn host(story: &Story<'_>, name: &str, place: &Place<'_>) -> Node {
    let role = place.hop.map_or(Role::Unknown, |hop| role(story, hop));
    let layer = match role {
        Role::Prefix => 1,
        Role::Cdn => 3,
        Role::Feed | Role::Unknown if place.leads_to_prefix => 1,
        Role::Feed | Role::Unknown if !place.leads_on && place.behind_host => 3,
        Role::Hosting | Role::AdInsertion | Role::Feed | Role::Unknown => 2,
    };
    let verdict = place.through.verdict.max(place.broken.verdict);
    Node {
        layer,
        sub: 0,
        name: story.index.host(name).to_owned(),
        note: note(story, place, verdict),
        episodes: place.through.episodes,
        verdict,
        members: 1,
    }
}

/// What is wrong, or else whose it is.
fn note(story: &Story<'_>, place: &Place<'_>, verdict: Verdict) -> String {
    let Some(hop) = place.hop else { return String::new() };
    let origin = story.index.origin(&hop.origin);
    let whose = origin.map(words::whose).filter(|text| !text.is_empty());
    let whose = whose.unwrap_or_else(|| words::party(hop.provider.as_deref(), hop.role.0));
    if verdict == Verdict::Ok {
        return whose;
    }
    let (seal, bad) = certificate(hop, &story.index, story.report.evaluated_at);
    if bad.is_some() {
        return seal;
    }
    if let Some(fault) = &hop.error {
        return match fault.phase.0 {
            FaultPhase::Dns => "the name is not found",
            FaultPhase::Connect => "no connection",
            FaultPhase::Tls => "no secure connection",
            FaultPhase::Request => "no answer",
            FaultPhase::Body => "breaks off",
        }
        .to_owned();
    }
    match place.broken.episodes {
        // Some other address of it, or something that does not show at this hop: by its code.
        0 => {
            let own = story.report.findings.iter().filter(|f| f.caused_by.is_none());
            let worst = own.filter(|f| f.origin.as_ref() == Some(&hop.origin)).max_by_key(|f| f.severity);
            worst.map_or(whose, |finding| finding.code.0.to_string())
        }
        n if n == place.through.episodes => "nothing comes".to_owned(),
        n => format!("{} of {} fail here", words::thousands(n), words::thousands(place.through.episodes)),
    }
}

/// Keeps the worst and the most used of each layer; the others become one node.
fn group(flow: Flow, most: usize) -> Flow {
    let mut order: Vec<usize> = (0..flow.nodes.len()).collect();
    order.sort_by_key(|at| flow.nodes.get(*at).map(|node| Reverse((node.verdict, node.episodes))));
    let mut sizes = [0_usize; LAYERS.len()];
    for node in &flow.nodes {
        if let Some(size) = sizes.get_mut(node.layer) {
            *size += 1;
        }
    }
    let mut kept = [0_usize; LAYERS.len()];
    let mut rest: HashMap<usize, usize> = HashMap::new();
    let mut moved: HashMap<usize, usize> = HashMap::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut old: Vec<Option<Node>> = flow.nodes.into_iter().map(Some).collect();
    for at in order {
        let Some(node) = old.get_mut(at).and_then(Option::take) else { continue };
        let (Some(size), Some(kept)) = (sizes.get(node.layer), kept.get_mut(node.layer)) else { continue };
        if *size <= most || *kept + 1 < most {
            *kept += 1;
            moved.insert(at, nodes.len());
            nodes.push(node);
            continue;
        }
        let place = *rest.entry(node.layer).or_insert(nodes.len());
        moved.insert(at, place);
        match nodes.get_mut(place) {
            Some(rest) => {
                rest.members += 1;
                rest.verdict = rest.verdict.max(node.verdict);
            }
            None => nodes.push(node),
        }
    }
    for place in rest.into_values() {
        if let Some(node) = nodes.get_mut(place) {
            let (one, many) = if node.layer == 0 { ("more show", "more shows") } else { ("more host", "more hosts") };
            node.name = words::count(node.members, one, many);
            node.note = if node.verdict == Verdict::Ok { String::new() } else { "some with problems".to_owned() };
            node.episodes = 0;
        }
    }
    let mut links: BTreeMap<(usize, usize), Link> = BTreeMap::new();
    for link in flow.links {
        let (Some(&from), Some(&to)) = (moved.get(&link.from), moved.get(&link.to)) else { continue };
        if from == to {
            continue;
        }
        let known = links.entry((from, to)).or_insert(Link { from, to, episodes: 0, verdict: Verdict::Ok });
        known.episodes += link.episodes;
        known.verdict = known.verdict.max(link.verdict);
    }
    Flow { nodes, links: links.into_values().collect() }
}

/// Hosts that others of their layer lead to stand a column further on, as far as there is room.
fn spread(flow: &mut Flow) {
    for _ in 0..3 {
        for link in &flow.links {
            let Some((from, before)) = flow.nodes.get(link.from).map(|node| (node.layer, node.sub)) else { continue };
            let Some(to) = flow.nodes.get_mut(link.to).filter(|to| to.layer == from) else { continue };
            let last = SUBS.get(from).map_or(0, |subs| subs - 1);
            to.sub = to.sub.max(before + 1).min(last);
        }
    }
}
