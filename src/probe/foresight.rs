//! Foresight: which hosts a walk is going to need, and the account of how often that was right. Who
//! a URL names is the caller's to say, and dialling is the pool's.
//!
//! A prefix URL names the hosts behind it, so connections to them can be opened while the first is
//! asked. What comes after the last named host (an ad host's CDN) is learnt from the walks that are
//! done. The rule: of the walks that named a host at most one in ten may turn out not to need it, for
//! each host, for whoever named it (the URL's first host, or the host after which it was learnt), and
//! for the round. Guesses that nothing speaks for yet count as wrong until their walk is done.

use std::borrow::Cow;
use std::sync::Mutex;

use foldhash::HashMap;

use super::lock;
use crate::chain::{Chain, End, Hop};
use crate::link::Origin;

/// Hosts that are named for one walk at most.
const MOST: usize = 8;
/// Hosts after the last named one that are learnt.
const MOST_LEARNT: usize = 2;
/// Of so many walks one may name a host that it does not need.
const ONE_IN: u64 = 10;

/// How the walks that named something ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Score {
    /// Walks that named it and are done.
    walks: u64,
    /// Those among them that did not come to what was named.
    wrong: u64,
    /// Guesses under way that count as wrong until their walk is done.
    doubtful: u64,
}

impl Score {
    /// Whether one more guess may be made: were it wrong too, the rule would still hold. The first
    /// guess of all is free.
    fn allows(self) -> bool {
        let wrong = self.wrong.saturating_add(self.doubtful);
        wrong == 0 || wrong.saturating_add(1).saturating_mul(ONE_IN) <= self.walks.saturating_add(1)
    }

    /// Whether it was right at least once.
    fn is_proven(self) -> bool {
        self.walks > self.wrong
    }

    fn done(&mut self, right: bool) {
        self.walks = self.walks.saturating_add(1);
        self.wrong = self.wrong.saturating_add(u64::from(!right));
    }
}

/// Who names a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Source {
    /// A URL that starts at this origin.
    Planned(Origin),
    /// The walks that came through this origin.
    Learnt(Origin),
}

/// What a source names, and whether its connections may be made ahead.
#[derive(Debug)]
struct Naming {
    source: Source,
    hosts: Vec<Origin>,
    /// Counted as doubtful: those of the hosts that are, where the source itself is.
    doubtful: Option<Vec<Origin>>,
}

/// What a walk is expected to need. To be settled when the walk is done.
#[derive(Debug)]
pub(crate) struct Guess {
    namings: [Naming; 2],
    /// The last origin that the URL names: what comes after it is learnt.
    last: Origin,
    /// Origins to dial now.
    pub(crate) dial: Vec<Origin>,
}

/// A round's account.
#[derive(Debug, Default)]
pub(crate) struct Foresight {
    account: Mutex<Account>,
}

#[derive(Debug, Default)]
struct Account {
    round: Score,
    sources: HashMap<Source, Score>,
    hosts: HashMap<Origin, Score>,
    /// What came after the last named host of a walk.
    after: HashMap<Origin, Vec<Origin>>,
}

impl Foresight {
    /// What a walk from `start` is going to need besides it, where its URL names `planned`. `lacks`
    /// says whether there is no connection to an origin yet, nor one being made.
    pub(crate) fn guess(&self, start: &Origin, planned: &[Origin], lacks: impl Fn(&Origin) -> bool) -> Guess {
        let mut hosts: Vec<Origin> = Vec::new();
        for origin in planned.iter().filter(|origin| *origin != start).take(MOST) {
            if !hosts.contains(origin) {
                hosts.push(origin.clone());
            }
        }
        let mut account = lock(&self.account);
        let last = hosts.last().unwrap_or(start).clone();
        let mut learnt = account.after.get(&last).cloned().unwrap_or_default();
        learnt.retain(|origin| origin != start && !hosts.contains(origin));
        let mut dial = Vec::new();
        let namings = [(Source::Planned(start.clone()), hosts), (Source::Learnt(last.clone()), learnt)]
            .map(|(source, hosts)| account.name(source, hosts, &lacks, &mut dial));
        Guess { namings, last, dial }
    }

    /// The walk is done: what it needed is compared with what was named.
    pub(crate) fn settle(&self, guess: Guess, chain: &Chain) {
        let crossed: Vec<Cow<'_, Origin>> = chain.hops.iter().map(Hop::origin).collect();
        let mut account = lock(&self.account);
        // A walk that the user ended says nothing.
        let counts = chain.end != End::Interrupted;
        let (mut named, mut all_right) = (false, true);
        for Naming { source, hosts, doubtful } in guess.namings {
            if let Some(doubtful) = doubtful {
                account.doubt(&source, &doubtful, u64::saturating_sub);
            }
            if hosts.is_empty() || !counts {
                continue;
            }
            let mut right = true;
            for host in hosts {
                let needed = crossed.iter().any(|origin| **origin == host);
                account.hosts.entry(host).or_default().done(needed);
                right &= needed;
            }
            account.sources.entry(source).or_default().done(right);
            named = true;
            all_right &= right;
        }
        if named {
            account.round.done(all_right);
        }
        if chain.end == End::Reached {
            account.learn(guess.last, &crossed);
        }
    }
}

impl Account {
    /// Takes what a source names, and puts what may be dialled for it on the list.
    fn name(
        &mut self,
        source: Source,
        hosts: Vec<Origin>,
        lacks: impl Fn(&Origin) -> bool,
        dial: &mut Vec<Origin>,
    ) -> Naming {
        let own = self.sources.get(&source).copied().unwrap_or_default();
        let mut wanted: Vec<Origin> = Vec::new();
        if own.allows() && (own.is_proven() || self.round.allows()) {
            let may = |host: &&Origin| self.hosts.get(*host).is_none_or(|score| score.allows()) && lacks(host);
            wanted = hosts.iter().filter(may).cloned().collect();
        }
        dial.extend(wanted.iter().cloned());
        let doubtful = (!wanted.is_empty() && !own.is_proven()).then_some(wanted);
        if let Some(doubtful) = &doubtful {
            self.doubt(&source, doubtful, u64::saturating_add);
        }
        Naming { source, hosts, doubtful }
    }

    fn doubt(&mut self, source: &Source, hosts: &[Origin], change: fn(u64, u64) -> u64) {
        for host in hosts {
            let score = self.hosts.entry(host.clone()).or_default();
            score.doubtful = change(score.doubtful, 1);
        }
        let score = self.sources.entry(source.clone()).or_default();
        score.doubtful = change(score.doubtful, 1);
        self.round.doubtful = change(self.round.doubtful, 1);
    }

    /// What follows the last named host is what will follow it the next time.
    fn learn(&mut self, last: Origin, crossed: &[Cow<'_, Origin>]) {
        let mut onward = crossed.iter().map(|origin| &**origin).skip_while(|origin| **origin != last).peekable();
        if onward.peek().is_none() {
            return;
        }
        let mut follow: Vec<&Origin> = Vec::new();
        for origin in onward {
            if *origin != last && follow.len() < MOST_LEARNT && !follow.contains(&origin) {
                follow.push(origin);
            }
        }
        let known = self.after.entry(last).or_default();
        if !known.iter().eq(follow.iter().copied()) {
            *known = follow.into_iter().cloned().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::link::Link;

    fn origin(name: &str) -> Origin {
        Link::parse(&format!("https://{name}.example/")).unwrap().origin()
    }

    fn origins(names: &str) -> Vec<Origin> {
        names.split_whitespace().map(origin).collect()
    }

    /// The chain that crosses these.
    fn chain(names: &str) -> Chain {
        let hops = names
            .split_whitespace()
            .map(|name| super::super::hop::unasked(Link::parse(&format!("https://{name}.example/a")).unwrap()));
        Chain {
            hops: hops.collect(),
            end: End::Reached,
            media: None,
            took: Duration::ZERO,
            walks: 1,
            second_opinion: None,
        }
    }

    /// A guess for a walk from `start` over `planned`, with nothing in the pool.
    fn guess(foresight: &Foresight, start: &str, planned: &str) -> Guess {
        foresight.guess(&origin(start), &origins(planned), |_| true)
    }

    /// One walk from start to end: what was dialled for it.
    fn walk(foresight: &Foresight, planned: &str, crossed: &str) -> Vec<Origin> {
        let guess = guess(foresight, crossed.split(' ').next().unwrap(), planned);
        let dialled = guess.dial.clone();
        foresight.settle(guess, &chain(crossed));
        dialled
    }

    #[test]
    fn what_a_url_names_is_dialled_each_host_once_and_not_the_first() {
        let foresight = Foresight::default();
        assert_eq!(guess(&foresight, "a", "a b c b").dial, origins("b c"));
        let foresight = Foresight::default();
        let some = foresight.guess(&origin("a"), &origins("b c"), |origin| origin.host.to_string() != "b.example");
        assert_eq!(some.dial, origins("c"), "the pool has b");
        let many: Vec<String> = (0..20).map(|i| format!("h{i}")).collect();
        assert_eq!(guess(&Foresight::default(), "a", &many.join(" ")).dial.len(), MOST);
    }

    #[test]
    fn of_ten_walks_one_may_be_wrong() {
        // Every walk names x, and none comes to it.
        let foresight = Foresight::default();
        let dials = (0..200).filter(|_| !walk(&foresight, "x", "a c").is_empty()).count();
        assert_eq!(dials, 1);
        // Every twentieth does not.
        let foresight = Foresight::default();
        let mut wrong = 0;
        for i in 0..200 {
            let needed = i % 20 != 3;
            let dialled = walk(&foresight, "x", if needed { "a x" } else { "a" });
            wrong += usize::from(!needed && !dialled.is_empty());
            assert!(wrong * 10 <= i + 10, "{wrong} of {}", i + 1);
        }
        assert!(wrong > 2, "it is not given up for good: {wrong}");
    }

    #[test]
    fn who_was_wrong_once_is_not_believed_for_other_hosts() {
        let foresight = Foresight::default();
        assert_eq!(walk(&foresight, "x", "a"), origins("x"));
        assert_eq!(walk(&foresight, "y", "a y"), []);
        // Nor anybody else in a round of which half the guesses were wrong.
        assert_eq!(walk(&foresight, "z", "b z"), []);
    }

    #[test]
    fn nothing_more_is_guessed_while_nothing_speaks_for_the_first_guess() {
        let foresight = Foresight::default();
        let first = guess(&foresight, "a", "x");
        assert_eq!(first.dial, origins("x"));
        assert_eq!(guess(&foresight, "a", "y").dial, []);
        assert_eq!(guess(&foresight, "b", "z").dial, []);
        foresight.settle(first, &chain("a x"));
        assert_eq!(guess(&foresight, "a", "y").dial, origins("y"));
        assert_eq!(guess(&foresight, "b", "z").dial, origins("z"));
    }

    #[test]
    fn what_follows_the_last_named_host_is_learnt() {
        let foresight = Foresight::default();
        assert_eq!(walk(&foresight, "x", "a x cdn deep deeper"), origins("x"));
        assert_eq!(walk(&foresight, "x", "a x cdn deep"), origins("x cdn deep"));
        // Where it changes from walk to walk it is not guessed again and again.
        let dials: usize = (0..100)
            .map(|i| {
                let dialled = walk(&foresight, "x", &format!("a x node{i}"));
                dialled.iter().filter(|origin| **origin != self::origin("x")).count()
            })
            .sum();
        assert!(dials <= 10, "{dials}");
    }

    #[test]
    fn a_walk_that_was_interrupted_says_nothing() {
        let foresight = Foresight::default();
        let guess = guess(&foresight, "a", "x");
        foresight.settle(guess, &Chain { end: End::Interrupted, ..chain("a") });
        assert_eq!(*lock(&foresight.account).sources.get(&Source::Planned(origin("a"))).unwrap(), Score::default());
        assert_eq!(self::guess(&foresight, "a", "x").dial, origins("x"));
    }
}
