//! `kill -9` at any moment of an outage: nothing that happened is lost, nothing is told under two
//! names, and the file is sound.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use podprobe::incident::State;
use podprobe::store::{Dossier, Place, Store};

use super::server::{PATIENCE, Reply, Seen, Server};
use super::stage::{HEAD, Stage, by_key, feed, host, place, receiver, told, turn, webhook};

/// Of a run that is asked for (`PODPROBE_SLOW_TESTS=1`), and of every run.
const MANY: usize = 200;
const FEW: usize = 12;

/// Steele, Lea and Flood's SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}

/// Something that goes down and comes back.
struct Scripted<'a> {
    code: &'static str,
    down: &'a (dyn Fn() + Sync),
    up: &'a (dyn Fn() + Sync),
    outages: AtomicUsize,
}

impl Scripted<'_> {
    /// One outage after the other: the next step is taken when people know of the last.
    fn play(&self, receiver: &Server, enough: &AtomicBool) {
        while !enough.load(Ordering::SeqCst) {
            let outage = self.outages.fetch_add(1, Ordering::SeqCst) + 1;
            (self.down)();
            receiver.until("the outage's message", |seen| self.known(seen) == (outage, true));
            (self.up)();
            receiver.until("the recovery's message", |seen| self.known(seen) == (outage, false));
        }
    }

    /// How many outages people know of, and whether they think that it is down.
    fn known(&self, seen: &[Seen]) -> (usize, bool) {
        let told = told(seen);
        let ours = told.iter().filter(|told| told.code == self.code);
        let phases: BTreeMap<(u64, u32), bool> =
            ours.map(|told| (place(told).unwrap_or_else(|| panic!("{told:?}")), told.phase == "end")).collect();
        let mut known = (0, false);
        for is_end in phases.into_values() {
            known = match (known.1, is_end) {
                (false, false) => (known.0 + 1, true),
                (_, is_end) => (known.0, !is_end),
            };
        }
        known
    }
}

#[test]
fn nothing_is_lost_or_told_twice_however_often_it_is_killed() {
    let kills = if std::env::var_os("PODPROBE_SLOW_TESTS").is_some_and(|set| set == "1") { MANY } else { FEW };
    let (refusing, well, receiver) = (host(), host(), receiver());
    let fails = Arc::new(AtomicBool::new(false));
    let failing = Arc::clone(&fails);
    let endpoint = Server::start(move |_| Reply::status(if failing.load(Ordering::SeqCst) { 500 } else { 200 }));

    let mut text = HEAD.to_owned();
    let named = [("a.example", &refusing), ("b.example", &well), ("c.example", &endpoint)];
    let ways = named.map(|(name, server)| format!("\"{name}:{}:{}\"", server.addr.port(), server.addr.ip()));
    let url = |at: usize, path: &str| format!("http://{}:{}{path}", named[at].0, named[at].1.addr.port());
    let _ = write!(
        text,
        "resolve = [{}]\n[incidents]\nreopen = \"100ms\"\nflap_changes = 63\nflap_window = \"100ms\"\n\
         [[source]]\nfile = \"feed.xml\"\n[[endpoint]]\nname = \"the CMS\"\nurl = \"{}\"\n{}",
        ways.join(", "),
        url(2, "/health"),
        webhook("people", &receiver)
    );
    let stage = Stage::new(&text);
    stage.write("feed.xml", &feed(&[url(0, "/1.mp3"), url(1, "/2.mp3")]));

    let host = Scripted {
        code: "connect-refused",
        down: &|| refusing.down(),
        up: &|| refusing.up(),
        outages: AtomicUsize::new(0),
    };
    let cms = Scripted {
        code: "publishing-down",
        down: &|| fails.store(true, Ordering::SeqCst),
        up: &|| fails.store(false, Ordering::SeqCst),
        outages: AtomicUsize::new(0),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let scripts = [&host, &cms].map(|script| {
            let (receiver, enough) = (&receiver, &enough);
            scope.spawn(move || script.play(receiver, enough))
        });
        rain(&stage, &receiver, &well, kills);
        // The last outage ends as it should, and so does the daemon.
        let mut last = stage.watch();
        enough.store(true, Ordering::SeqCst);
        let until = Instant::now() + PATIENCE;
        while scripts.iter().any(|script| !script.is_finished()) {
            assert!(last.ended().is_none() && Instant::now() < until, "{}", stage.log());
            std::thread::park_timeout(Duration::from_millis(10));
        }
        runtime.block_on(until_quiet(&stage));
        assert_eq!(last.stop(), Some(0), "{}", stage.log());
    });

    let dossiers = runtime.block_on(stage.dossiers());
    for script in [&host, &cms] {
        let ours = dossiers.iter().filter(|dossier| dossier.incident.code.as_str() == script.code);
        let turns: String = ours.flat_map(|dossier| dossier.transitions.iter().filter_map(turn)).collect();
        assert_eq!(turns, "-+".repeat(script.outages.load(Ordering::SeqCst)), "{}", script.code);
    }
    assert!(host.outages.load(Ordering::SeqCst) + cms.outages.load(Ordering::SeqCst) > kills / 20 + 1);
    everything_was_told_once(&dossiers, &receiver.seen());
    assert_eq!(runtime.block_on(faults(&stage)), Vec::<String>::new());
}

async fn faults(stage: &Stage) -> Vec<String> {
    let place = Place::parse(stage.path("podprobe.db").to_str().unwrap()).unwrap();
    let store = Store::open(&place, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    let faults = store.faults().await.unwrap();
    store.close().await;
    faults
}

/// Starts the daemon and kills it, again and again: at any moment, and at those that hurt most, when
/// a message has just left.
fn rain(stage: &Stage, receiver: &Server, well: &Server, kills: usize) {
    let mut chance = Chance(20_220_530);
    let began = Instant::now();
    let first = stage.watch();
    well.until("the first round", |seen| !seen.is_empty());
    let start = u64::try_from(began.elapsed().as_millis()).unwrap();
    first.kill();
    for _ in 1..kills {
        let before = receiver.seen().len();
        let daemon = stage.watch();
        let moment = Duration::from_millis(chance.below(2 * start + 300));
        if chance.below(3) == 0 {
            let _ = receiver.within(moment * 2, |seen| seen.len() > before);
            std::thread::park_timeout(Duration::from_micros(chance.below(6_000)));
        } else {
            std::thread::park_timeout(moment);
        }
        daemon.kill();
    }
}

async fn until_quiet(stage: &Stage) {
    let until = Instant::now() + PATIENCE;
    let reader = stage.reader().await;
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    while reader.outbox().await.unwrap().messages > 0 {
        assert!(Instant::now() < until, "{}", stage.log());
        tick.tick().await;
    }
}

/// Whatever the store says happened reached the receiver under one key, and the other way round.
fn everything_was_told_once(dossiers: &[Dossier], seen: &[Seen]) {
    let mut bodies: BTreeMap<(u64, u32), (String, String)> = BTreeMap::new();
    for told in told(seen) {
        let place = place(&told).unwrap_or_else(|| panic!("about no incident: {told:?}"));
        let known = bodies.entry(place).or_insert_with(|| (told.key.clone(), told.body.clone()));
        assert_eq!(*known, (told.key, told.body), "one key and one message, however often it is sent");
    }
    let mut expected = BTreeSet::new();
    for dossier in dossiers {
        let incident = &dossier.incident;
        let numbers: Vec<u32> = dossier.transitions.iter().map(|transition| transition.number).collect();
        assert_eq!(numbers, (0..incident.transitions).collect::<Vec<_>>(), "incident {}", incident.id.0);
        let deliveries = by_key(&dossier.deliveries);
        for transition in &dossier.transitions {
            let key = format!("people:{}:{}", incident.id.0, transition.number);
            let delivery = deliveries.get(key.as_str()).unwrap_or_else(|| panic!("{key} was composed for nobody"));
            assert_eq!(delivery.state, "delivered", "{key}");
            expected.insert((incident.id.0, transition.number));
        }
        assert_eq!(deliveries.len(), dossier.transitions.len(), "one message for what happened once");
        let began = dossier.transitions.iter().filter_map(turn).collect::<String>();
        assert!(!began.contains("--") && !began.contains("++"), "incident {}: {began}", incident.id.0);
        assert!(incident.state != State::Suspected);
    }
    let came: BTreeSet<(u64, u32)> = bodies.into_keys().collect();
    assert_eq!(came, expected, "what was told is what happened");
}
