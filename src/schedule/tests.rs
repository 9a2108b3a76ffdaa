//! Time is an argument: nothing here waits.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::*;

fn start() -> Timestamp {
    "2026-01-05T00:00:00Z".parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    start() + jiff::SignedDuration::from_mins(minutes)
}

fn plan() -> Plan {
    Plan::new(&Intervals::default(), Budget::default(), 7, start())
}

fn enclosure(feed: u32, number: u64) -> EnclosureId {
    EnclosureId(u64::from(feed) * 1_000_000 + number)
}

/// Feeds of one host each `feeds / hosts`, with so many newest and older enclosures behind it.
fn filled(plan: &mut Plan, feeds: u32, hosts: u32, newest: u64, older: u64) {
    for feed in 0..feeds {
        let origin = plan.origin(&format!("https://h{}.example:443", feed % hosts));
        plan.add_feed(FeedId(feed), Some(origin));
        let planned: Vec<Planned> = (0..newest + older)
            .map(|number| Planned { enclosure: enclosure(feed, number), route: vec![origin], newest: number < newest })
            .collect();
        assert!(plan.episodes(FeedId(feed), &planned).is_empty(), "nothing of the first sight is new");
    }
}

/// Runs the plan until then, waking when it says. Gives what was due at each wake.
fn run(plan: &mut Plan, until: Timestamp) -> Vec<(Timestamp, Due)> {
    let mut rounds = Vec::new();
    while let Some(at) = plan.wake().filter(|at| *at <= until) {
        let due = plan.due(at);
        rounds.push((at, due));
    }
    rounds
}

fn chains(rounds: &[(Timestamp, Due)], why: Why) -> impl Iterator<Item = EnclosureId> {
    rounds.iter().flat_map(|(_, due)| &due.chains).filter(move |chain| chain.2 == why).map(|chain| chain.0)
}

#[test]
fn nothing_to_look_at_never_wakes() {
    assert_eq!(plan().wake(), None);
}

#[test]
fn the_first_round_is_at_once_and_whole() {
    let mut plan = plan();
    filled(&mut plan, 3, 2, 4, 0);
    assert_eq!(plan.wake(), Some(start()));
    let due = plan.due(start());
    assert_eq!(due.origins.len(), 2);
    assert_eq!(due.feeds.len(), 3);
    assert_eq!(due.chains.len(), 12);
    assert_eq!(due.late, 0);
    assert!(plan.due(start()).is_empty(), "what was given is not given again");
}

#[test]
fn an_hour_holds_as_many_rounds_as_the_intervals_say() {
    let mut plan = plan();
    filled(&mut plan, 1, 1, 3, 0);
    let rounds = run(&mut plan, after(59));
    let count = |has: fn(&Due) -> bool| rounds.iter().filter(|(_, due)| has(due)).count();
    assert_eq!(count(|due| !due.origins.is_empty()), 12);
    assert_eq!(count(|due| !due.feeds.is_empty()), 6);
    assert_eq!(count(|due| !due.chains.is_empty()), 4);
    assert_eq!(rounds.iter().map(|(_, due)| due.late).sum::<u64>(), 0);
}

#[test]
fn jitter_differs_by_seed_and_stays_within_a_tenth() {
    let times = |seed| {
        let mut plan = Plan::new(&Intervals::default(), Budget::default(), seed, start());
        filled(&mut plan, 1, 1, 0, 0);
        run(&mut plan, after(600)).into_iter().map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(times(1), times(1));
    assert_ne!(times(1), times(2));
    for (number, at) in (0_i64..).zip(times(3)) {
        let off = at.as_second() - after(number * 5).as_second();
        assert!((0..=60).contains(&off), "round {number} is off by {off} s");
    }
}

#[test]
fn late_rounds_are_counted_and_never_piled_up() {
    let mut plan = plan();
    filled(&mut plan, 1, 1, 1, 0);
    plan.due(start());
    let due = plan.due(after(60));
    assert_eq!(due.late, 11 + 5 + 3, "of origins, feeds and chains; there are no endpoints to be late for");
    assert_eq!(due.chains.len(), 1);
    assert!(plan.wake().unwrap() > after(60), "the next round is ahead");
}

#[test]
fn a_new_episode_is_due_at_once_and_once() {
    let mut plan = plan();
    filled(&mut plan, 1, 1, 2, 0);
    plan.due(start());
    let origin = plan.origin("https://h0.example:443");
    let one = |number, newest| Planned { enclosure: enclosure(0, number), route: vec![origin], newest };
    let new = plan.episodes(FeedId(0), &[one(9, true), one(0, true), one(1, false)]);
    assert_eq!(new, [enclosure(0, 9)]);
    let due = plan.due(after(1));
    assert_eq!(due.chains, [(enclosure(0, 9), FeedId(0), Why::Fresh)]);
    assert!(due.origins.is_empty() && due.feeds.is_empty());
    assert!(plan.due(after(2)).is_empty());
}

#[test]
fn what_an_incident_is_about_is_walked_until_it_is_over() {
    let mut plan = plan();
    filled(&mut plan, 1, 1, 1, 5);
    plan.due(start());
    plan.rechecks([(enclosure(0, 3), FeedId(0))]);
    let rounds = run(&mut plan, after(59));
    assert_eq!(chains(&rounds, Why::Recheck).count(), 3);
    plan.rechecks([]);
    let rounds = run(&mut plan, after(119));
    assert_eq!(chains(&rounds, Why::Recheck).count(), 0);
}

#[test]
fn shows_behind_one_route_take_turns_and_none_is_forgotten() {
    let mut plan = plan();
    filled(&mut plan, 25, 1, 1, 0);
    let rounds = run(&mut plan, after(44));
    let walked: Vec<_> = chains(&rounds, Why::Newest).collect();
    assert_eq!(walked.len(), 30, "three rounds of ten");
    let distinct: HashSet<_> = walked.iter().collect();
    assert_eq!(distinct.len(), 25);
}

#[test]
fn the_back_catalogue_comes_round_and_a_day_is_the_same_whoever_asks() {
    let day = |day: i64| {
        let mut plan = plan();
        filled(&mut plan, 1, 1, 0, 60);
        plan.due(start());
        run(&mut plan, after(day * 1440 - 1));
        let rounds = run(&mut plan, after((day + 1) * 1440 - 1));
        chains(&rounds, Why::Sample).collect::<Vec<_>>()
    };
    assert_eq!(day(3), day(3));
    assert_ne!(day(3), day(4));
    let mut plan = plan();
    filled(&mut plan, 1, 1, 0, 60);
    let rounds = run(&mut plan, after(30 * 1440));
    let walked: BTreeSet<_> = chains(&rounds, Why::Sample).collect();
    assert_eq!(walked.len(), 60, "all of it within thirty days");
    let count = chains(&rounds, Why::Sample).count();
    assert!(count <= 62, "and hardly any twice: {count}");
}

#[test]
fn a_round_costs_what_its_hosts_cost() {
    let cost = |feeds: u32, newest, older| {
        let mut plan = plan();
        filled(&mut plan, feeds, 10, newest, older);
        let due = plan.due(start());
        (due.origins.len(), due.chains.len())
    };
    assert_eq!(cost(100, 10, 0), (10, 100));
    assert_eq!(cost(1_000, 10, 90), (10, 100), "the same with ten times the feeds and ten times the episodes");
}

#[test]
fn no_origin_is_asked_beyond_its_budget() {
    let mut plan = plan();
    filled(&mut plan, 1_000, 2, 1, 0);
    let mut fetched: BTreeMap<FeedId, u32> = BTreeMap::new();
    for (_, due) in run(&mut plan, after(60)) {
        assert!(due.feeds.len() + due.chains.len() <= 240);
        for feed in due.feeds {
            *fetched.entry(feed).or_default() += 1;
        }
    }
    assert_eq!(fetched.len(), 1_000, "by turns every feed is fetched");
}

#[test]
fn an_origin_that_nothing_crosses_any_more_is_left_alone() {
    let mut plan = plan();
    filled(&mut plan, 2, 2, 1, 0);
    plan.remove_feed(FeedId(0));
    let due = plan.due(start());
    let names: Vec<_> = due.origins.iter().filter_map(|origin| plan.name(*origin)).collect();
    assert_eq!(names, ["https://h1.example:443"]);
    assert_eq!(due.feeds, [FeedId(1)]);
}

#[test]
fn endpoints_have_their_own_interval() {
    let intervals = Intervals { endpoints: Duration::from_mins(1), ..Intervals::default() };
    let mut plan = Plan::new(&intervals, Budget::default(), 1, start());
    let origin = plan.origin("https://cms.example:443");
    plan.endpoints(vec![(EndpointId(4), origin)]);
    let rounds = run(&mut plan, after(10) - jiff::SignedDuration::from_secs(1));
    let asked = rounds.iter().filter(|(_, due)| due.endpoints == [EndpointId(4)]).count();
    assert_eq!(asked, 10);
}

/// A feed of one item that takes this route now.
fn by_way_of(plan: &mut Plan, hosts: &[&str]) {
    let route: Vec<OriginId> = hosts.iter().map(|host| plan.origin(&format!("https://{host}:443"))).collect();
    plan.episodes(FeedId(0), &[Planned { enclosure: enclosure(0, 0), route, newest: true }]);
}

#[test]
fn hosts_with_names_of_chance_do_not_fill_the_plan() {
    let mut plan = plan();
    filled(&mut plan, 2, 2, 3, 0);
    let cms = plan.origin("https://cms.example:443");
    plan.endpoints(vec![(EndpointId(0), cms)]);
    let mut most = (0, 0);
    // Four days of rounds each quarter of an hour, and another host behind the first in each.
    for round in 0..4 * 96 {
        let now = after(15 * round);
        plan.forget(now);
        by_way_of(&mut plan, &["h0.example", &format!("edge-{round}.example")]);
        let due = plan.due(now);
        let mut names: Vec<&str> = due.origins.iter().filter_map(|origin| plan.name(*origin)).collect();
        names.sort_unstable();
        if !names.is_empty() {
            let edge = format!("https://edge-{round}.example:443");
            let mut all = vec!["https://cms.example:443", &edge, "https://h0.example:443", "https://h1.example:443"];
            all.sort_unstable();
            assert_eq!(names, all, "round {round}");
        }
        let (origins, routes) = plan.size();
        most = (most.0.max(origins), most.1.max(routes));
    }
    // Two days of them, the four that are there for good, and the one that comes.
    assert!(most.0 <= 192 + 6 && most.1 <= 192 + 6, "{most:?}");
}

#[test]
fn what_is_forgotten_changes_nothing_of_the_rest() {
    let both = |forgets: bool| {
        let mut plan = plan();
        filled(&mut plan, 25, 3, 2, 40);
        by_way_of(&mut plan, &["h0.example", "gone.example"]);
        plan.due(start());
        by_way_of(&mut plan, &["h0.example"]);
        let mut seen = Vec::new();
        for hour in 1..80 {
            if forgets {
                plan.forget(after(60 * hour));
            }
            let due = plan.due(after(60 * hour));
            let mut names: Vec<String> =
                due.origins.iter().filter_map(|origin| plan.name(*origin)).map(ToOwned::to_owned).collect();
            names.sort();
            let mut chains = due.chains;
            chains.sort();
            seen.push((names, chains, due.feeds));
        }
        (seen, plan.size())
    };
    let (with, without) = (both(true), both(false));
    assert_eq!(with.0, without.0);
    assert_eq!((with.1, without.1), ((3, 3), (4, 4)));
}

#[test]
fn a_route_that_is_taken_again_in_time_goes_on_with_its_turns() {
    let mut plan = plan();
    by_way_of(&mut plan, &["a.example"]);
    plan.add_feed(FeedId(0), None);
    by_way_of(&mut plan, &["a.example"]);
    plan.forget(start());
    by_way_of(&mut plan, &["b.example"]);
    plan.forget(after(60));
    plan.forget(after(47 * 60));
    by_way_of(&mut plan, &["a.example"]);
    plan.forget(after(48 * 60));
    // The count begins anew when it is left again.
    by_way_of(&mut plan, &["b.example"]);
    plan.forget(after(49 * 60));
    plan.forget(after(96 * 60));
    assert_eq!(plan.size(), (2, 2));
    plan.forget(after(97 * 60));
    assert_eq!(plan.size(), (1, 1));
}

#[test]
fn routes_that_nothing_takes_are_bounded_in_number_too() {
    let mut plan = plan();
    plan.add_feed(FeedId(0), None);
    for number in 0..10_050 {
        by_way_of(&mut plan, &[&format!("edge-{number}.example")]);
    }
    plan.forget(start());
    assert_eq!(plan.size(), (10_001, 10_001));
}
