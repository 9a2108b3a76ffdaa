//! What ends without having been seen well.

use super::*;

const FILES: [&str; 2] = ["https://h.example/a.mp3", "https://h.example/b.mp3"];

fn gone_files() -> Vec<Raised> {
    FILES.iter().map(|url| at_file(Code::HttpGone, url, "Show")).collect()
}

fn start() -> Story {
    Story::new("2026-11-23T05:00:00Z").calm().files(&FILES)
}

impl Story {
    /// Nothing leads there any more.
    fn taken_out(&mut self, url: &str) {
        self.covered.enclosures.remove(url);
        self.covered.gone.insert(url.to_owned());
    }

    fn all_taken_out(&mut self) {
        for url in FILES {
            self.taken_out(url);
        }
    }
}

fn opened() -> Story {
    let mut story = start();
    assert_eq!(story.rounds(2, &gone_files()), ["#1 http-gone critical: opened"]);
    assert_eq!(story.only().ending, None);
    story
}

#[test]
fn what_nothing_leads_to_any_more_is_closed_as_unwatched() {
    let mut story = opened();
    story.all_taken_out();
    assert_eq!(story.round(&[]), Vec::<String>::new(), "a feed may lose an episode for one edition");
    assert_eq!(story.round(&[]), ["#1 http-gone critical: unwatched"]);
    assert_eq!((story.only().state, story.only().ending), (State::Closed, Some(Ending::Unwatched)));
    // Put back, and still broken: the same incident.
    story.covered.gone.clear();
    story.covered.enclosures = FILES.iter().map(ToString::to_string).collect();
    assert_eq!(story.rounds(2, &gone_files()), ["#1 http-gone critical: reopened"]);
    assert_eq!(story.only().ending, None);
    assert_eq!(story.rounds(2, &[]), ["#1 http-gone critical: recovered"]);
    assert_eq!(story.only().ending, Some(Ending::Mended));
}

#[test]
fn a_part_that_was_seen_well_is_over_and_the_rest_is_unwatched() {
    for mended_first in [true, false] {
        let mut story = opened();
        let rest = &gone_files()[..1];
        if mended_first {
            assert_eq!(story.rounds(2, rest), Vec::<String>::new());
            story.taken_out(FILES[0]);
            assert_eq!(story.rounds(2, &[]), ["#1 http-gone critical: recovered"]);
        } else {
            story.taken_out(FILES[1]);
            assert_eq!(story.rounds(2, rest), Vec::<String>::new());
            assert_eq!(story.rounds(2, &[]), ["#1 http-gone critical: recovered"]);
        }
        assert_eq!(story.only().ending, Some(Ending::Partly), "{mended_first}");
    }
}

#[test]
fn one_good_look_proves_nothing_where_two_are_asked_for() {
    let mut story = opened();
    assert_eq!(story.round(&[]), Vec::<String>::new());
    story.all_taken_out();
    assert_eq!(story.round(&[]), ["#1 http-gone critical: unwatched"]);
}

#[test]
fn what_comes_and_goes_settles_after_it_was_taken_out() {
    let mut story = start();
    for _ in 0..3 {
        story.rounds(2, &gone_files());
        story.rounds(2, &[]);
    }
    story.rounds(2, &gone_files());
    assert_eq!(story.only().state, State::Flapping);
    assert_eq!(story.book.places(), FILES.iter().map(ToString::to_string).collect());
    story.all_taken_out();
    let told = story.rounds(16, &[]);
    assert_eq!(told, ["#1 http-gone critical: unwatched"]);
    assert_eq!((story.only().state, story.only().ending), (State::Closed, Some(Ending::Unwatched)));
}

#[test]
fn what_nothing_has_looked_at_for_long_is_closed_as_unseen() {
    let mut story = opened();
    story.rules.remind_critical = None;
    story.covered = Covered::default();
    let told: Vec<String> = (0..7 * 288 + 2).map(|_| story.round(&[])).find(|told| !told.is_empty()).unwrap();
    assert_eq!(told, ["#1 http-gone critical: unwatched"]);
    assert_eq!(story.book.get(IncidentId(1)).unwrap().ending, Some(Ending::Unseen));
}
