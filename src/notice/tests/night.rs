//! The night of a certificate that nobody renewed, word by word.

use super::*;

const END: &str = "2022-05-30T23:59:59Z";

fn night() -> Incident {
    let subject = Subject {
        kind: SubjectKind::Origin,
        id: "https://traffic.loudhail.example:443".to_owned(),
        name: "traffic.loudhail.example (Loudhail)".to_owned(),
    };
    let opened = time("2022-05-12T10:00:00Z");
    let mut shows = vec![
        show("Deep Dive", 15, &[], None),
        show("Morning Coffee", 10, &[], None),
        show("The <b>Bold</b> *Show*", 5, &[], None),
    ];
    shows[0].downloads_per_day = Some(24_000);
    shows[1].downloads_per_day = Some(1_000);
    Incident {
        id: IncidentId(7),
        cause: Cause { code: Code::CertExpired, subject, certificate: Some("ab12".to_owned()) },
        code: Code::CertExpiring,
        severity: Severity::Warning,
        since: opened,
        opened_at: Some(opened),
        seen_at: opened,
        expires_at: Some(time(END)),
        summary: "A certificate of traffic.loudhail.example (Loudhail) runs out in 18 days.".to_owned(),
        detail: "Issued by Example CA; seen at 203.0.113.7:443.".to_owned(),
        advice: "Loudhail must renew it; write to its support.".to_owned(),
        host: Some("traffic.loudhail.example".to_owned()),
        memory: serde_json::json!({ "worst": "warning" }),
        ..incident(Severity::Warning, shows)
    }
}

/// Everything that happens, as `incident` tells it.
fn story() -> Vec<Transition> {
    let mut incident = night();
    let mut all = Vec::new();
    let mut push = |at: &str, happened: Happened, change: &dyn Fn(&mut Incident)| {
        change(&mut incident);
        incident.seen_at = time(at);
        let number = u32::try_from(all.len()).unwrap();
        all.push(Transition { number, at: time(at), happened, incident: incident.clone() });
    };
    push("2022-05-12T10:00:00Z", Happened::Opened, &|_| {});
    push("2022-05-21T16:59:59Z", Happened::Stepped { step: Step::Halved }, &|_| {});
    push("2022-05-28T00:00:00Z", Happened::Worsened { from: Severity::Warning }, &|i| {
        i.severity = Severity::Critical;
        i.memory = serde_json::json!({ "worst": "critical" });
    });
    push("2022-05-30T10:00:00Z", Happened::Stepped { step: Step::Daily }, &|_| {});
    push("2022-05-31T00:04:00Z", Happened::Stepped { step: Step::Expired }, &|i| {
        i.code = Code::CertExpired;
        i.since = time(END);
    });
    push("2022-05-31T00:34:00Z", Happened::Escalated, &|i| {
        i.memory = serde_json::json!({ "worst": "critical", "told_second": true });
    });
    push("2022-05-31T06:12:00Z", Happened::Acknowledged { by: "Ada".into(), from: None }, &|i| {
        i.acknowledged = Some(("Ada".into(), time("2022-05-31T06:12:00Z")));
    });
    push("2022-05-31T09:58:00Z", Happened::Recovered, &|i| {
        i.state = State::Closed;
        i.closed_at = Some(time("2022-05-31T09:58:00Z"));
    });
    all
}

fn routing() -> Routing {
    Routing {
        time_zone: "Europe/Berlin".into(),
        link: Some("https://wiki.example/outages/{incident}?from=podprobe".into()),
        ..to(vec![route("ops")])
    }
}

#[test]
fn the_messages_of_the_night() {
    let all: Vec<String> =
        story().iter().flat_map(|transition| told(transition, &routing())).map(|n| shown(&n)).collect();
    insta::assert_snapshot!("night", all.join("\n"));
}

#[test]
fn the_post_mortem_of_the_night() {
    let story = story();
    let told = |at: &str, headline: &str, state| Told {
        channel: "ops".into(),
        at: time(at),
        headline: headline.into(),
        state,
    };
    let input = PostmortemInput {
        time_zone: "Europe/Berlin".into(),
        now: time("2022-06-01T08:00:00Z"),
        told: vec![
            told("2022-05-12T10:00:03Z", "The certificate runs out in 18 days.", ToldState::Delivered),
            told("2022-05-31T00:04:02Z", "The certificate ran out | now.", ToldState::Dead),
        ],
    };
    let paper = postmortem(&story.last().unwrap().incident, &story, &input);
    assert!(paper.contains("| Duration | 9 h 58 min |"), "{paper}");
    // 24,000 a day for 9 h 58 min 1 s.
    assert!(paper.contains("| Deep Dive | 24,000 | about 9,967 |"), "{paper}");
    assert!(!paper.contains("<b>") && paper.contains("now."), "{paper}");
    insta::assert_snapshot!("postmortem", paper);
}

#[test]
fn a_certificate_renewed_in_time_lost_nothing() {
    let mut end = story().remove(1);
    end.happened = Happened::Recovered;
    end.incident.closed_at = Some(end.at);
    let told = told(&end, &routing());
    assert_eq!(
        told[0].message.headline,
        "The certificate of traffic.loudhail.example (Loudhail) is renewed, 9 days before its end."
    );
    assert!(shown(&told[0]).contains("No download failed because of it."));
    let input = PostmortemInput { time_zone: "UTC".into(), now: end.at, told: Vec::new() };
    let paper = postmortem(&end.incident, &[end.clone()], &input);
    assert!(!paper.contains("Downloads lost") && paper.contains("no outage"), "{paper}");
    assert!(!paper.contains("Berlin") && paper.contains("Nobody acknowledged"), "{paper}");
}

#[test]
fn other_happenings_have_their_words() {
    let case = |happened, change: &dyn Fn(&mut Incident)| {
        let mut case = opened(Severity::Critical);
        case.happened = happened;
        change(&mut case.incident);
        told(&case, &to(vec![route("ops")])).remove(0).message
    };
    let line = |happened| case(happened, &|_| {}).headline;
    let over = time("2026-03-02T10:42:00Z");
    let close = |i: &mut Incident| i.closed_at = Some(over);
    let mut lines = vec![
        line(Happened::Opened),
        line(Happened::Worsened { from: Severity::Warning }),
        line(Happened::Worsened { from: Severity::Critical }),
        line(Happened::Reopened),
        line(Happened::Flapping),
        line(Happened::Reminded),
        line(Happened::Escalated),
        line(Happened::Acknowledged { by: "Ada".into(), from: None }),
        line(Happened::Acknowledged { by: "Ada".into(), from: Some("Bob".into()) }),
        line(Happened::Released { by: "Ada".into() }),
        case(Happened::Eased { from: Severity::Critical }, &|i| i.severity = Severity::Warning).headline,
        case(Happened::Recovered, &close).headline,
    ];
    lines.push(
        case(Happened::Recovered, &|i| {
            close(i);
            i.code = Code::ProberOffline;
            i.cause.subject.name = "podprobe's own network".into();
            i.shows.clear();
            i.affects = Affects::default();
        })
        .headline,
    );
    lines.push(
        case(Happened::Recovered, &|i| {
            close(i);
            i.code = Code::PublishingDown;
            i.cause.subject.name = "CMS (cms.loudhail.example)".into();
        })
        .headline,
    );
    let ended = |ending, code: Code| {
        let happened = if ending == Ending::Partly { Happened::Recovered } else { Happened::Unwatched };
        case(happened, &|i| {
            i.ending = Some(ending);
            i.closed_at = Some(later(i.seen_at, 8 * 86_400));
            i.code = code;
        })
    };
    lines.push(ended(Ending::Unseen, Code::ConnectTimeout).headline);
    lines.push(ended(Ending::Unwatched, Code::ConnectTimeout).headline);
    lines.push(ended(Ending::Unwatched, Code::HttpGone).headline);
    lines.push(ended(Ending::Partly, Code::HttpGone).headline);
    lines.push(
        case(Happened::Opened, &|i| {
            i.shows.truncate(1);
            i.shows[0].episodes = 1;
            i.affects = Affects { feeds: 1, episodes: 1 };
            i.code = Code::CertExpiring;
            i.expires_at = Some(later(i.since, 600 + 86_400));
        })
        .headline,
    );
    insta::assert_snapshot!("headlines", lines.join("\n"));
}

#[test]
fn what_is_no_longer_watched_is_said_to_be_neither_mended_nor_longer_than_it_was_seen() {
    let mut end = story().remove(4);
    end.happened = Happened::Unwatched;
    end.at = later(end.incident.seen_at, 3_600);
    end.incident.state = State::Closed;
    end.incident.closed_at = Some(end.at);
    end.incident.ending = Some(Ending::Unwatched);
    let text = shown(&told(&end, &routing())[0]);
    assert!(text.starts_with("[ops:7:4] End, good news\nNo longer watched: nothing leads to traffic."), "{text}");
    assert!(text.contains("whether it is mended is not known") && text.contains("taken out"), "{text}");
    assert!(!text.contains("renewed") && !text.contains("Lasted") && !text.contains("Over"), "{text}");
    let input = PostmortemInput { time_zone: "UTC".into(), now: end.at, told: Vec::new() };
    let paper = postmortem(&end.incident, &[end.clone()], &input);
    assert!(paper.contains("| Duration | at least 4 min 1 s |"), "{paper}");
    assert!(paper.contains("| Ending | no longer watched: nothing leads there any more;"), "{paper}");
    end.incident.ending = Some(Ending::Unseen);
    let paper = postmortem(&end.incident, &[end.clone()], &input);
    assert!(
        paper.contains("Closed: nothing has looked there for long") && !paper.contains("o longer watched"),
        "{paper}"
    );
    end.incident.ending = Some(Ending::Unwatched);
    // Before its end a certificate that is no longer watched was not renewed either.
    end.incident.closed_at = Some(time("2022-05-20T00:00:00Z"));
    assert!(!shown(&told(&end, &routing())[0]).contains("No download failed"));
}

#[test]
fn an_endpoint_counts_no_shows() {
    let mut case = opened(Severity::Critical);
    case.incident.code = Code::PublishingDown;
    case.incident.shows = vec![show("CMS", 0, &[], None)];
    case.incident.affects = Affects { feeds: 1, episodes: 0 };
    let message = told(&case, &to(vec![route("ops")])).remove(0).message;
    assert!(message.shows.is_empty() && message.shows_total == 0);
    assert!(!message.headline.contains("show"), "{}", message.headline);
    let input = PostmortemInput { time_zone: "UTC".into(), now: case.at, told: Vec::new() };
    let paper = postmortem(&case.incident, &[case.clone()], &input);
    assert!(!paper.contains("1 show") && !paper.contains("Affected"), "{paper}");
}

#[test]
fn hostile_text_passes_as_it_is_and_bounded() {
    let nasty = format!("<!channel> @everyone *x* \u{202e}{}", "ä".repeat(100_000));
    let mut case = opened(Severity::Critical);
    case.happened = Happened::Acknowledged { by: nasty.clone(), from: Some(nasty.clone()) };
    case.incident.summary.clone_from(&nasty);
    case.incident.detail.clone_from(&nasty);
    case.incident.advice.clone_from(&nasty);
    case.incident.host = Some(nasty.clone());
    case.incident.cause.subject.name.clone_from(&nasty);
    case.incident.acknowledged = Some((nasty.clone(), case.at));
    case.incident.shows = (0..1_000).map(|n| show(&format!("{n}{nasty}"), 1, &[], None)).collect();
    let mut longest = 0;
    for happened in [Happened::Opened, Happened::Recovered, case.happened.clone()] {
        case.happened = happened;
        let told = told(&case, &to(vec![route("ops")])).remove(0);
        longest = longest.max(serde_json::to_string(&told).unwrap().len());
        assert!(told.message.shows.len() <= 20 && told.message.headline.chars().count() <= 500);
    }
    assert!(longest < 40_000, "{longest}");
    let opened = Transition { happened: Happened::Opened, ..case };
    assert!(
        told(&opened, &to(vec![route("ops")]))[0].message.headline.starts_with("<!channel> @everyone *x* \u{202e}")
    );
}

#[test]
fn what_came_back_was_not_broken_while_it_was_well() {
    let mut first = opened(Severity::Critical);
    first.incident.shows[0].downloads_per_day = Some(86_400);
    let since = first.incident.since;
    let step = |number, happened, minutes: i64| {
        let mut step = Transition { number, at: later(since, 60 * minutes), happened, ..first.clone() };
        if step.happened == Happened::Recovered {
            step.incident.state = State::Closed;
            step.incident.closed_at = Some(step.at);
            step.incident.ending = Some(Ending::Mended);
        }
        step
    };
    let mut story = vec![
        step(0, Happened::Opened, 5),
        step(1, Happened::Recovered, 10),
        step(2, Happened::Reopened, 30),
        step(3, Happened::Recovered, 40),
    ];
    let input = PostmortemInput { time_zone: "UTC".into(), now: later(since, 86_400), told: Vec::new() };
    let paper = postmortem(&story[3].incident, &story, &input);
    assert!(paper.contains("| Duration | 20 min, with 20 min well in between |"), "{paper}");
    assert!(paper.contains("| Alpha | 86,400 | about 1,200 |"), "{paper}");
    assert!(paper.contains("for the 20 min that it lasted"), "{paper}");
    // Nobody was told, and it does not say so.
    assert!(paper.contains("Opened as critical") && paper.contains("Nobody.") && !paper.contains("Told"), "{paper}");
    // While it goes on, it begins with what is broken and not with what somebody did.
    story.truncate(3);
    story.push(step(3, Happened::Released { by: "Ada".into() }, 35));
    let paper = postmortem(&story[3].incident, &story, &input);
    let first_line = paper.lines().nth(2).unwrap();
    assert!(first_line.contains("does not answer") && !first_line.contains("Ada"), "{paper}");
}
