//! A courier over a new store, to channels that answer as they are told.

use std::collections::VecDeque;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::app::watch::deliveries;
use crate::app::watch::health::Status;
use crate::notify::Channel;
use crate::store::Place;

type Answers = Arc<Mutex<VecDeque<Answer>>>;
type Calls = Arc<Mutex<Vec<String>>>;

/// What a channel does with a message; it takes it where nothing is left.
#[derive(Clone, Debug)]
enum Answer {
    Take,
    Refuse,
    Fail,
    Limit(u64),
    Hang,
    Panic,
}

struct Scripted {
    kind: &'static str,
    answers: Answers,
    calls: Calls,
}

impl Channel for Scripted {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move {
            held(&self.calls).push(outgoing.notification.key.clone());
            let answer = held(&self.answers).pop_front();
            let kind = match answer {
                None | Some(Answer::Take) => return Ok(Receipt::default()),
                Some(Answer::Refuse) => FailureKind::Rejected,
                Some(Answer::Fail) => FailureKind::Temporary,
                Some(Answer::Limit(seconds)) => FailureKind::Limited { after: Duration::from_secs(seconds) },
                Some(Answer::Hang) => std::future::pending().await,
                Some(Answer::Panic) => panic!("a channel that is broken"),
            };
            Err(Failure { kind, why: "no".into() })
        }
        .boxed()
    }
}

fn at(seconds: i64) -> Timestamp {
    "2022-05-30T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

const HOUR: i64 = 3_600;

/// A courier to `chat`, which answers like this, and to `mail`, which takes all.
struct Office {
    courier: Courier,
    /// What `chat` still has to say.
    answers: Answers,
    chat: Calls,
    mail: Calls,
    _folder: tempfile::TempDir,
}

impl Office {
    async fn open(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::with("webhook", answers).await
    }

    /// `chat` is of this kind.
    async fn with(kind: &'static str, answers: impl IntoIterator<Item = Answer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("podprobe.db");
        let store = Store::open(&Place::parse(file.to_str().unwrap()).unwrap(), at(0)).await.unwrap();
        let (chat, mail) = (Calls::default(), Calls::default());
        let answers: Answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        let channels: [(String, Box<dyn Channel>); 2] = [
            ("chat".into(), Box::new(Scripted { kind, answers: Arc::clone(&answers), calls: Arc::clone(&chat) })),
            (
                "mail".into(),
                Box::new(Scripted { kind: "email", answers: Answers::default(), calls: Arc::clone(&mail) }),
            ),
        ];
        let courier = Courier::new(Arc::new(store), Channels::of(channels));
        Self { courier, answers, chat, mail, _folder: folder }
    }

    async fn post(&self, channel: &str, key: &str, seconds: i64) {
        let notification = Notification { key: key.into(), ..notice::test_message(channel, "", at(seconds)) };
        let commit = Commit { notifications: vec![notification], ..Commit::default() };
        self.courier.store.commit(&commit).await.unwrap();
    }

    /// What a drain did then: sent, failed, dead.
    async fn drain(&self, seconds: i64) -> (u64, u64, u64) {
        let pass = self.courier.drain(&|| at(seconds)).await.unwrap();
        (pass.sent, pass.failed, pass.dead)
    }
}

fn calls(of: &Calls) -> Vec<String> {
    held(of).clone()
}

#[tokio::test]
async fn what_could_not_be_written_down_is_not_sent_again() {
    let office = Office::open([]).await;
    office.post("chat", "a", 0).await;
    let arrived = Arrived { channel: "chat".into(), at: at(0), receipt: None };
    held(&office.courier.unrecorded).insert("a".into(), arrived);
    assert_eq!(office.drain(1).await, (0, 0, 0));
    assert!(calls(&office.chat).is_empty() && held(&office.courier.unrecorded).is_empty());
    assert_eq!(office.courier.next_of_each(at(0)).await.unwrap(), []);
}

#[tokio::test]
async fn a_refusal_is_announced_at_once_and_tried_for_a_day() {
    let office = Office::open(vec![Answer::Refuse; 25]).await;
    office.post("chat", "a", 0).await;
    assert_eq!(office.drain(0).await, (1, 1, 0), "the other channel is told in the same pass");
    assert!(calls(&office.mail)[0].starts_with("mail:undeliverable:chat:"));
    assert_eq!(office.drain(HOUR - 1).await, (0, 0, 0));
    for hour in 1..24 {
        assert_eq!(office.drain(hour * HOUR).await, (0, 1, 0), "{hour}");
    }
    assert_eq!(office.drain(24 * HOUR).await, (1, 0, 1), "a new day is told of it once more");
    assert_eq!((calls(&office.chat).len(), calls(&office.mail).len()), (25, 2));
}

#[tokio::test]
async fn who_was_told_that_a_channel_does_not_deliver_is_told_that_it_does() {
    let office = Office::open([Answer::Refuse, Answer::Refuse]).await;
    office.post("chat", "a", 0).await;
    assert_eq!(office.drain(0).await, (1, 1, 0));
    assert_eq!(office.drain(HOUR).await, (0, 1, 0));
    assert_eq!(office.drain(2 * HOUR).await, (2, 0, 0), "it arrives, and the other is told so");
    let told = calls(&office.mail);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].starts_with("mail:undeliverable:chat:well:"), "{told:?}");
    office.post("chat", "b", 3 * HOUR).await;
    assert_eq!(office.drain(3 * HOUR).await, (1, 0, 0), "once");
    assert_eq!(calls(&office.mail).len(), 2);
    // The same day it breaks again: that is news, and its end is.
    held(&office.answers).push_back(Answer::Refuse);
    office.post("chat", "c", 4 * HOUR).await;
    assert_eq!(office.drain(4 * HOUR).await, (1, 1, 0));
    assert_eq!(office.drain(5 * HOUR).await, (2, 0, 0));
    assert_eq!(calls(&office.mail).len(), 4);
}

#[tokio::test]
async fn what_was_refused_is_tried_on_channels_that_are_new() {
    let office = Office::open([Answer::Refuse]).await;
    office.post("chat", "a", 0).await;
    assert_eq!(office.drain(0).await, (1, 1, 0));
    assert_eq!(office.drain(10).await, (0, 0, 0));
    office.courier.replace(office.courier.channels());
    assert_eq!(office.drain(20).await, (2, 0, 0), "at once, and the other channel is told so");
    assert_eq!(calls(&office.chat), ["a", "a"]);
    // The same after a start.
    held(&office.answers).push_back(Answer::Refuse);
    office.post("chat", "b", 30).await;
    assert_eq!(office.drain(30).await.1, 1);
    let again = Courier::new(Arc::clone(&office.courier.store), office.courier.channels());
    assert_eq!(again.next_of_each(at(40)).await.unwrap(), [("chat".to_owned(), at(40))]);
}

#[tokio::test]
async fn what_was_refused_is_tried_once_more_when_another_message_arrives() {
    let office = Office::open([Answer::Refuse, Answer::Take, Answer::Refuse, Answer::Take]).await;
    office.post("chat", "a", 0).await;
    assert_eq!(office.drain(0).await, (1, 1, 0));
    office.post("chat", "b", 10).await;
    assert_eq!(office.drain(10).await, (2, 1, 0), "the other channel is told that one arrived");
    assert_eq!(calls(&office.chat), ["a", "b", "a"]);
    assert_eq!(calls(&office.mail).len(), 2, "what is refused beside others is to blame itself");
    office.post("chat", "c", 20).await;
    assert_eq!(office.drain(20).await, (1, 0, 0), "and not tried at each of them");
    assert_eq!(office.drain(HOUR + 10).await, (1, 0, 0));
    assert_eq!((calls(&office.chat).len(), calls(&office.mail).len()), (5, 2));
}

#[tokio::test]
async fn that_all_is_well_does_not_overtake_that_it_is_not() {
    // The other channel is down while this one breaks and is mended.
    let office = Office::open(vec![Answer::Fail; 3]).await;
    let about = |key: &str, phase| Notification {
        about: Some(About::Configuration),
        phase,
        key: key.into(),
        ..notice::test_message("chat", "", at(0))
    };
    let post = async |notification| {
        let commit = Commit { notifications: vec![notification], ..Commit::default() };
        office.courier.store.commit(&commit).await.unwrap();
    };
    post(about("bad", Phase::Single)).await;
    assert_eq!(office.drain(0).await, (0, 1, 0));
    post(about("well", Phase::End)).await;
    for seconds in [60, 120, 180, 240] {
        office.drain(seconds).await;
    }
    let told = calls(&office.chat);
    assert!(told.first().unwrap() == "bad" && told.last().unwrap() == "well", "{told:?}");
    assert!(!told[1..].contains(&"bad".to_owned()), "the last word is that it is well: {told:?}");
    assert_eq!(office.courier.next_of_each(at(0)).await.unwrap(), []);
}

#[tokio::test]
async fn a_day_in_which_podprobe_did_not_run_does_not_count() {
    let office = Office::open([Answer::Fail, Answer::Fail]).await;
    office.post("chat", "a", 0).await;
    let back = 50 * HOUR;
    assert_eq!(office.drain(back).await, (0, 1, 0));
    assert_eq!(office.drain(back + 23 * HOUR).await, (0, 1, 0));
    assert_eq!(office.drain(back + 25 * HOUR).await, (1, 0, 0));
}

#[tokio::test]
async fn a_channel_rests_after_a_failure() {
    let office = Office::open([Answer::Fail, Answer::Limit(600)]).await;
    for key in ["a", "b", "c"] {
        office.post("chat", key, 0).await;
    }
    assert_eq!(office.drain(0).await, (0, 1, 0));
    assert_eq!(office.drain(10).await, (0, 0, 0));
    assert_eq!(office.drain(60).await, (0, 1, 0), "limited");
    assert_eq!(calls(&office.chat), ["a", "b"], "what was never tried goes first");
    assert_eq!(office.drain(659).await, (0, 0, 0));
    assert_eq!(office.drain(660).await, (3, 0, 0));
}

#[tokio::test]
async fn a_platform_that_limits_is_left_alone_also_by_new_channels_and_after_a_start() {
    let office = Office::open([Answer::Fail, Answer::Limit(600)]).await;
    office.post("chat", "a", 0).await;
    assert_eq!(office.drain(0).await, (0, 1, 0));
    office.post("chat", "b", 60).await;
    office.drain(60).await;
    assert_eq!(calls(&office.chat), ["a", "b"]);
    office.post("chat", "c", 90).await;
    office.courier.replace(office.courier.channels());
    assert_eq!(office.drain(100).await, (0, 0, 0), "the file was touched");
    let started = Courier::new(Arc::clone(&office.courier.store), office.courier.channels());
    assert_eq!(started.drain(&|| at(120)).await.unwrap(), Pass::default(), "podprobe was started");
    assert_eq!(started.next_of_each(at(120)).await.unwrap(), [("chat".to_owned(), at(660))]);
    assert_eq!(started.drain(&|| at(659)).await.unwrap(), Pass::default());
    assert_eq!(started.drain(&|| at(660)).await.unwrap().sent, 3);
}

/// Lets time pass from one message that may go to the next. Gives when each was sent, in s.
async fn play(office: &Office, from: i64) -> Vec<i64> {
    let mut sent = Vec::new();
    let mut now = at(from);
    loop {
        let before = calls(&office.chat).len();
        office.courier.drain(&|| now).await.unwrap();
        let after = calls(&office.chat).len();
        sent.extend(std::iter::repeat_n(now.duration_since(at(0)).as_secs(), after - before));
        let next = office.courier.next_of_each(now).await.unwrap().into_iter().map(|(_, at)| at).min();
        let Some(next) = next else { return sent };
        assert!(next > now, "what may go now has gone");
        now = next;
    }
}

#[tokio::test]
async fn a_hundred_messages_keep_to_the_platforms_rate_and_no_other_channel_waits() {
    for (kind, last) in [("slack", 99), ("discord", 180 + 2), ("rocket-chat", 540), ("webhook", 0)] {
        let office = Office::with(kind, []).await;
        for number in 0..100 {
            office.post("chat", &format!("c{number:02}"), 0).await;
        }
        office.post("mail", "m", 0).await;
        office.drain(0).await;
        assert_eq!(calls(&office.mail), ["m"], "{kind}");
        let first = calls(&office.chat).len();
        let sent = play(&office, 0).await;
        let told = calls(&office.chat);
        assert!(told.len() == 100 && told.is_sorted(), "{kind}: {told:?}");
        let all: Vec<i64> = std::iter::repeat_n(0, first).chain(sent).collect();
        assert_eq!(all.last(), Some(&last), "{kind}: {all:?}");
        for rate in crate::notify::kind(kind).unwrap().rates.limits {
            let within = i64::try_from(rate.within.as_secs()).unwrap();
            assert!(all.windows(rate.most + 1).all(|part| part[rate.most] - part[0] >= within), "{kind}: {all:?}");
        }
    }
}

#[tokio::test]
async fn attempts_that_fail_count_and_a_reload_does_not_begin_anew() {
    let office = Office::with("rocket-chat", vec![Answer::Refuse; 10]).await;
    for number in 0..12 {
        office.post("chat", &number.to_string(), 0).await;
    }
    office.drain(0).await;
    assert_eq!(calls(&office.chat).len(), 10);
    office.courier.replace(office.courier.channels());
    office.drain(59).await;
    assert_eq!(calls(&office.chat).len(), 10);
    office.drain(60).await;
    assert_eq!(calls(&office.chat).len(), 20, "what is new, and what was refused before the reload");
    // A clock that is set back keeps nobody waiting for long.
    office.post("chat", "z", -HOUR).await;
    office.drain(-HOUR).await;
    assert_eq!(calls(&office.chat).len(), 21);
}

/// Waits until a channel got so many messages.
async fn got(calls: &Calls, many: usize) {
    let wait = async {
        while held(calls).len() < many {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap();
}

#[tokio::test]
async fn a_channel_that_hangs_keeps_no_other_waiting() {
    for broken in [Answer::Hang, Answer::Panic] {
        let office = Office::open([broken]).await;
        office.post("chat", "a", 0).await;
        office.post("mail", "b", 0).await;
        let stop = CancellationToken::new();
        let status = Status::new(tokio::time::Instant::now());
        let running = tokio::spawn(deliveries::run(office.courier.clone(), status, || at(1), stop.clone()));
        got(&office.chat, 1).await;
        got(&office.mail, 1).await;
        office.post("mail", "c", 1).await;
        office.courier.nudge();
        got(&office.mail, 2).await;
        assert!(!running.is_finished());
        running.abort();
    }
}

#[tokio::test]
async fn what_waits_at_the_end_is_sent() {
    let office = Office::open([]).await;
    office.post("mail", "a", 0).await;
    let stop = CancellationToken::new();
    stop.cancel();
    let status = Status::new(tokio::time::Instant::now());
    deliveries::run(office.courier.clone(), status, || at(1), stop).await;
    assert_eq!(calls(&office.mail), ["a"]);
    assert_eq!(office.courier.next_of_each(at(0)).await.unwrap(), []);
}
