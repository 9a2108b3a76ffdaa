use super::*;
use crate::incident::{Cause, IncidentId, Show, State, Transition};
use crate::judge::{Affects, Severity, Subject, SubjectKind};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn incident() -> Incident {
    let subject =
        Subject { kind: SubjectKind::Origin, id: "https://ads.example:443".into(), name: "ads.example".into() };
    Incident {
        id: IncidentId(7),
        cause: Cause { code: Code::CertExpired, subject, certificate: None },
        code: Code::CertExpired,
        severity: Severity::Critical,
        state: State::Open,
        since: at("2026-11-29T22:00:00Z"),
        opened_at: Some(at("2026-11-29T22:05:00Z")),
        seen_at: at("2026-11-29T23:00:00Z"),
        closed_at: None,
        ending: None,
        acknowledged: Some(("Ada".into(), at("2026-11-29T22:30:00Z"))),
        expires_at: None,
        summary: "The certificate of ads.example has expired.".into(),
        detail: "It ended on 2026-11-29 22:00:00 UTC. ".repeat(5),
        advice: "Ask the host to renew it.".into(),
        host: Some("ads.example".into()),
        affects: Affects { feeds: 1, episodes: 1 },
        shows: vec![Show {
            name: "The Night\u{1b}[31m Shift".into(),
            source: "https://feeds.example/night.xml".into(),
            episodes: 1,
            tags: std::collections::BTreeSet::new(),
            owner: None,
            downloads_per_day: None,
        }],
        transitions: 2,
        memory: serde_json::Value::Null,
    }
}

fn delivery(channel: &str, state: &str) -> Delivery {
    let composed_at = at("2026-11-29T22:05:00Z");
    Delivery {
        key: format!("{channel}:7:0"),
        channel: channel.into(),
        phase: "first".into(),
        state: state.into(),
        headline: "The certificate of ads.example ran out.".into(),
        composed_at,
        done_at: (state != "waiting").then_some(composed_at),
        attempts: u64::from(state != "waiting"),
        last_error: None,
        not_before: None,
        held: None,
        retry_at: None,
    }
}

fn dossier(deliveries: Vec<Delivery>) -> Dossier {
    let incident = incident();
    let transition =
        |number, when: &str, happened| Transition { number, at: at(when), happened, incident: incident.clone() };
    Dossier {
        transitions: vec![
            transition(0, "2026-11-29T22:05:00Z", Happened::Opened),
            transition(1, "2026-11-29T22:20:00Z", Happened::Acknowledged { by: "Bob".into(), from: None }),
            transition(
                2,
                "2026-11-29T22:30:00Z",
                Happened::Acknowledged { by: "Ada".into(), from: Some("Bob".into()) },
            ),
        ],
        incident,
        deliveries,
    }
}

fn shown(dossier: &Dossier, zone: &str) -> String {
    page(dossier, None, &say::zone(zone), at("2026-11-29T23:00:00Z"), 80)
}

#[test]
fn what_was_asked_for_and_is_not_taken_on_yet_is_said() {
    let mut case = dossier(Vec::new());
    case.incident.closed_at = None;
    let shown = |case: &Dossier, asked| page(case, asked, &say::zone(""), at("2026-11-29T23:00:00Z"), 120);
    let asked = "asked for by Ada, not taken on yet";
    case.incident.acknowledged = None;
    assert!(shown(&case, None).contains("by nobody yet"));
    let text = shown(&case, Some(asked));
    assert!(text.contains(&format!("Taken up     {asked}\n")) && !text.contains("nobody yet"), "{text}");
    case.incident.acknowledged = Some(("Bob".into(), at("2026-11-29T22:20:00Z")));
    let text = shown(&case, Some(asked));
    assert!(text.contains(&format!("by Bob on 2026-11-29 22:20:00 UTC; {asked}\n")), "{text}");
}

#[test]
fn a_page_says_what_was_told_to_whom_and_why_the_rest_waits() {
    let later = Some(at("2026-11-30T06:00:00Z"));
    let waits = |channel: &str| delivery(channel, "waiting");
    let told = vec![
        delivery("team", "delivered"),
        Delivery { not_before: later, held: Some(Held::Quiet), ..waits("night") },
        Delivery { not_before: later, held: Some(Held::Muted), ..waits("ops") },
        Delivery { attempts: 3, last_error: Some("503 of the host".into()), retry_at: later, ..waits("pager") },
        waits("pager"),
        Delivery { attempts: 24, last_error: Some("404".into()), ..delivery("mail", "dead") },
        delivery("hush", "superseded"),
        delivery("chat", "superseded"),
        Delivery { attempts: 2, ..delivery("chat", "delivered") },
        waits("new"),
    ];
    let text = shown(&dossier(told), "Europe/Berlin");
    insta::assert_snapshot!("page", text);
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn one_clock_is_enough_in_utc_and_nobody_is_said_to_be_nobody() {
    let text = shown(&dossier(Vec::new()), "UTC");
    assert!(text.contains("\nWhat happened (UTC)\n  2026-11-29 22:05:00  opened\n"), "{text}");
    assert!(text.contains("Who was told\n  Nobody: no channel"), "{text}");
    assert!(text.contains("Touches      1 show, 1 episode\n"), "{text}");
}

#[test]
fn an_endpoint_is_no_show() {
    let mut dossier = dossier(Vec::new());
    dossier.incident.code = Code::PublishingDown;
    let text = shown(&dossier, "UTC");
    assert!(!text.contains("Touches") && !text.contains("show, 1"), "{text}");
}

#[test]
fn ordinals_are_english() {
    let said: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(nth).into();
    assert_eq!(said, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]);
}

#[test]
fn what_is_no_longer_watched_is_not_said_to_be_over() {
    let closed = Some(at("2026-11-29T23:00:00Z"));
    for (ending, said) in
        [(Ending::Unwatched, "no longer watched: nothing leads"), (Ending::Unseen, "nothing has looked there for long")]
    {
        let mut dossier = dossier(Vec::new());
        dossier.incident = Incident { state: State::Closed, closed_at: closed, ending: Some(ending), ..incident() };
        let last = dossier.transitions.last_mut().unwrap();
        (last.happened, last.incident) = (Happened::Unwatched, dossier.incident.clone());
        let text = shown(&dossier, "UTC");
        assert!(text.contains("Closed       ") && text.contains("Ending       ") && !text.contains("Over "), "{text}");
        assert_eq!(text.matches(said).count(), 2, "its ending, and when that happened: {text}");
        assert_eq!(text.contains("no longer watched"), ending == Ending::Unwatched, "{text}");
    }
}
