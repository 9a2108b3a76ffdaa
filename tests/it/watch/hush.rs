//! What holds messages back, and what does not: maintenance, silences, acknowledgement, quiet hours;
//! reminders and escalation.

use super::ears::Hook;
use super::stage::{Play, time};
use super::town::{Town, feed};

const HOST: &str = "shows.homeport.example";
const FILES: &str = "files.loudhail.example";
const BEGIN: &str = "2026-03-02T09:00:00Z";

struct Scene {
    town: Town,
    first: Hook,
    second: Hook,
    play: Play,
    _folder: tempfile::TempDir,
}

async fn scene(more: &str, of_first: &str) -> Scene {
    let town = Town::build([HOST, FILES].map(String::from)).await;
    let episodes: Vec<String> = (0..5).map(|number| format!("http://{FILES}/{number}.mp3")).collect();
    town.put(HOST, "/a.xml", feed("A", &episodes, time(BEGIN)));
    let (first, second) = (Hook::open("first").await, Hook::open("second").await);
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[[source]]\nurl = \"http://{HOST}/a.xml\"\n{more}\n{}{}{}",
        first.table(of_first),
        second.table("escalation_only = true"),
        town.network("")
    );
    let play = Play::open(folder.path(), &text, time(BEGIN)).await;
    let mut scene = Scene { town, first, second, play, _folder: folder };
    scene.play.minutes(16).await;
    assert_eq!(scene.first.listen(), []);
    scene
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn maintenance_mutes_delivery_but_not_judgement() {
    let window = "[[maintenance]]\nname = \"the move\"\nfrom = 2026-03-02T09:00:00Z\nto = 2026-03-02T12:00:00Z\n\
                  hosts = [\"loudhail.example\"]\n";
    // What began and ended within the window is told to nobody.
    let mut scene = scene(window, "").await;
    scene.town.shut(FILES).await;
    scene.play.minutes(40).await;
    assert_eq!(scene.play.incidents().len(), 1, "it is an incident all the same");
    scene.town.reopen(FILES).await;
    scene.play.until(time("2026-03-02T11:00:00Z"), |_| {}).await;
    // What goes on when it ends is told then, and no earlier.
    scene.town.shut(FILES).await;
    scene.play.until(time("2026-03-02T11:59:00Z"), |_| {}).await;
    assert_eq!(scene.first.listen(), []);
    assert_eq!(scene.play.incidents().len(), 2, "{:?}", scene.play.incidents());
    scene.play.until(time("2026-03-02T12:06:00Z"), |_| {}).await;
    let told = scene.first.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0].incident, Some(2), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_was_told_of_is_not_said_to_be_taken_up_by_nobody() {
    let more = "[incidents]\nescalate = \"30m\"\n[[maintenance]]\nname = \"the move\"\nfrom = 2026-03-02T09:00:00Z\n\
                to = 2026-03-02T11:00:00Z\n";
    let mut scene = scene(more, "").await;
    scene.town.shut(FILES).await;
    scene.play.until(time("2026-03-02T11:00:00Z"), |_| {}).await;
    assert_eq!((scene.first.listen(), scene.second.listen()), (Vec::new(), Vec::new()));
    scene.play.until(time("2026-03-02T11:30:00Z"), |_| {}).await;
    let told = scene.first.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((told[0].kind.as_str(), told[0].phase.as_str()), ("incident.opened", "first"), "{told:#?}");
    assert!(!told[0].headline.contains("Nobody"), "{told:#?}");
    assert_eq!(scene.second.listen(), [], "half an hour to take it up begins when the window ends");
    scene.play.until(time("2026-03-02T11:31:00Z"), |_| {}).await;
    let (first, second) = (scene.first.listen(), scene.second.listen());
    assert_eq!((first.len(), second.len()), (1, 1), "{first:#?} {second:#?}");
    assert_eq!((first[0].kind.as_str(), second[0].kind.as_str()), ("incident.updated", "incident.opened"));
    assert!(first[0].headline.starts_with("Nobody has taken this up in 30 min:"), "{first:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_message_that_arrives_is_the_first() {
    // In quiet hours it is told, told again, and taken up.
    let quiet = "quiet = { hours = \"22:00-07:00\", even_critical = true }";
    let mut scene = scene("[incidents]\nescalate = \"never\"\nremind_critical = \"2h\"\n", quiet).await;
    scene.play.until(time("2026-03-02T23:00:00Z"), |_| {}).await;
    scene.town.shut(FILES).await;
    scene.play.until(time("2026-03-03T06:00:00Z"), |_| {}).await;
    scene.play.podprobe(&["acknowledge", "1", "--by", "Ada"]);
    scene.play.until(time("2026-03-03T06:59:00Z"), |_| {}).await;
    assert!(scene.play.told.len() > 3, "{:#?}", scene.play.told);
    assert_eq!(scene.first.listen(), []);
    scene.play.until(time("2026-03-03T07:01:00Z"), |_| {}).await;
    let told = scene.first.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((told[0].kind.as_str(), told[0].phase.as_str()), ("incident.opened", "first"), "{told:#?}");
    assert!(told[0].headline.starts_with(FILES) && !told[0].body.is_empty(), "{told:#?}");
    let page = scene.play.podprobe(&["incident", "1"]);
    let headline: String = told[0].headline.chars().take(40).collect();
    assert!(page.contains(&headline), "what was sent stands there: {page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silence_is_for_what_it_names() {
    let mut scene = scene("", "").await;
    let host = ["silence", "--host", FILES, "--for", "90d"];
    scene.play.podprobe(&host);
    scene.town.shut(FILES).await;
    scene.play.minutes(30).await;
    assert_eq!(scene.play.incidents().len(), 1);
    assert_eq!(scene.first.listen(), [], "silenced");
    scene.town.answer(HOST, "/a.xml", 404, "");
    scene.play.minutes(45).await;
    let told = scene.first.listen();
    assert!(!told.is_empty() && told.iter().all(|told| !told.headline.contains(FILES)), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_took_it_up_so_the_second_channel_is_told() {
    let mut scene = scene("[incidents]\nescalate = \"30m\"\nremind_critical = \"2h\"\n", "").await;
    scene.town.shut(FILES).await;
    scene.play.minutes(29).await;
    assert_eq!((scene.first.kinds().len(), scene.second.kinds().len()), (1, 0));
    scene.play.minutes(30).await;
    let escalated = scene.second.listen();
    assert_eq!(escalated.len(), 1, "{escalated:#?}");
    assert_eq!(escalated[0].phase, "first", "{escalated:#?}");
    let course: Vec<String> =
        scene.play.course(scene.play.told[0].incident.id).into_iter().map(|(_, word)| word).collect();
    assert_eq!(course, ["opened", "escalated"]);
    scene.first.listen();
    scene.play.minutes(180).await;
    let course: Vec<String> =
        scene.play.course(scene.play.told[0].incident.id).into_iter().map(|(_, word)| word).collect();
    assert_eq!(course, ["opened", "escalated", "reminded"]);
    scene.town.reopen(FILES).await;
    scene.play.minutes(40).await;
    assert_eq!(scene.second.listen().last().unwrap().phase, "end", "who was told is told that it is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_took_up_is_not_repeated() {
    let mut scene = scene("[incidents]\nescalate = \"30m\"\nremind_critical = \"1h\"\n", "").await;
    scene.town.shut(FILES).await;
    scene.play.minutes(25).await;
    assert_eq!(scene.first.kinds(), ["incident.opened"]);
    scene.play.podprobe(&["acknowledge", "1", "--by", "Ada"]);
    scene.play.minutes(12 * 60).await;
    let told = scene.first.listen();
    assert_eq!(told.len(), 1, "that it was taken up: {told:#?}");
    assert!(told[0].headline.contains("Ada") || told[0].body.contains("Ada"), "{told:#?}");
    assert_eq!(scene.second.listen(), []);
    // Also after a restart.
    scene.play = scene.play.restart().await;
    scene.play.minutes(3 * 60).await;
    assert_eq!((scene.first.listen(), scene.second.listen()), (Vec::new(), Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_hold_warnings_until_the_morning() {
    // The title of the feed changes in the night: a warning.
    let mut scene = scene("[incidents]\nescalate = \"never\"\n", "quiet = \"22:00-07:00\"").await;
    scene.play.until(time("2026-03-03T23:00:00Z"), |_| {}).await;
    assert_eq!(scene.first.listen(), []);
    let episodes: Vec<String> = (0..5).map(|number| format!("http://{FILES}/{number}.mp3")).collect();
    scene.town.put(HOST, "/a.xml", feed("B", &episodes, time(BEGIN)));
    scene.play.until(time("2026-03-04T06:59:00Z"), |_| {}).await;
    assert_eq!(scene.play.incidents().len(), 1, "{:?}", scene.play.incidents());
    assert_eq!(scene.first.listen(), []);
    // What is critical does not wait.
    scene.play.until(time("2026-03-04T07:01:00Z"), |_| {}).await;
    assert_eq!(scene.first.kinds(), ["incident.opened"]);
    scene.play.until(time("2026-03-04T22:30:00Z"), |_| {}).await;
    scene.first.listen();
    scene.town.shut(FILES).await;
    scene.play.until(time("2026-03-04T23:30:00Z"), |_| {}).await;
    let told = scene.first.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0].kind, "incident.opened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_channel_is_announced_on_the_other_once() {
    let town = Town::build([HOST, FILES].map(String::from)).await;
    let episodes: Vec<String> = (0..5).map(|number| format!("http://{FILES}/{number}.mp3")).collect();
    town.put(HOST, "/a.xml", feed("A", &episodes, time(BEGIN)));
    let mut town = town;
    let (dead, mut good) = (Hook::refusing("dead").await, Hook::open("good").await);
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!("[[source]]\nurl = \"http://{HOST}/a.xml\"\n{}{}{}", dead.table(""), good.table(""), town.network(""));
    let mut play = Play::open(folder.path(), &text, time(BEGIN)).await;
    play.minutes(16).await;
    town.shut(FILES).await;
    play.minutes(25).await;
    town.reopen(FILES).await;
    play.minutes(40).await;
    let told = good.listen();
    let undeliverable = told.iter().filter(|told| told.headline.contains("cannot be delivered")).count();
    assert_eq!((undeliverable, told.len()), (1, 3), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_about_podprobe_waits_for_the_end_of_quiet_hours() {
    let mut town = Town::build([HOST, FILES].map(String::from)).await;
    let episodes: Vec<String> = (0..5).map(|number| format!("http://{FILES}/{number}.mp3")).collect();
    town.put(HOST, "/a.xml", feed("A", &episodes, time(BEGIN)));
    let (dead, mut good) = (Hook::refusing("dead").await, Hook::open("good").await);
    let folder = tempfile::tempdir().unwrap();
    // A channel for what is critical is told as well; the day is a Monday.
    let text = format!(
        "[[source]]\nurl = \"http://{HOST}/a.xml\"\n[digest]\nweekday = \"monday\"\nat = \"09:30\"\n{}{}{}",
        dead.table(""),
        good.table("severity = \"critical\"\nquiet = \"08:00-12:00\""),
        town.network("")
    );
    let mut play = Play::open(folder.path(), &text, time(BEGIN)).await;
    play.minutes(16).await;
    town.shut(FILES).await;
    play.until(time("2026-03-02T11:59:00Z"), |_| {}).await;
    let told = good.listen();
    assert!(told.iter().any(|told| told.kind == "incident.opened"), "what is critical does not wait: {told:#?}");
    assert!(told.iter().all(|told| told.incident.is_some()), "{told:#?}");
    play.until(time("2026-03-02T12:01:00Z"), |_| {}).await;
    let told = good.listen();
    for what in ["cannot be delivered", "Week 2026-W10"] {
        assert_eq!(told.iter().filter(|told| told.headline.contains(what)).count(), 1, "{what}: {told:#?}");
    }
}
