//! Whom it concerns, and from which severity on.

use super::*;

#[test]
fn a_threshold_counts_what_it_ever_was() {
    let routing = to(vec![Route { from: Severity::Critical, ..route("ops") }]);
    let mut case = opened(Severity::Warning);
    assert_eq!(names(&told(&case, &routing)), Vec::<&str>::new());

    case.happened = Happened::Worsened { from: Severity::Warning };
    case.incident.severity = Severity::Critical;
    let first = told(&case, &routing);
    assert_eq!(first[0].phase, Phase::First, "it crosses the line");

    // Eased below the threshold: whoever was told goes on being told.
    case.incident.severity = Severity::Warning;
    case.incident.memory = serde_json::json!({ "worst": "critical" });
    for happened in [Happened::Eased { from: Severity::Critical }, Happened::Reminded, Happened::Recovered] {
        case.happened = happened;
        assert_eq!(told(&case, &routing).len(), 1, "{:?}", case.happened);
    }
    // The transition itself says it too.
    case.incident.memory = serde_json::Value::Null;
    case.happened = Happened::Eased { from: Severity::Critical };
    assert_eq!(told(&case, &routing).len(), 1);
}

#[test]
fn phases_follow_what_happened() {
    let routing = to(vec![route("ops")]);
    let mut case = opened(Severity::Critical);
    assert_eq!(told(&case, &routing)[0].phase, Phase::First);
    for happened in [
        Happened::Reopened,
        Happened::Reminded,
        Happened::Flapping,
        Happened::Escalated,
        Happened::Acknowledged { by: "Ada".into(), from: None },
        Happened::Worsened { from: Severity::Warning },
    ] {
        case.happened = happened;
        assert_eq!(told(&case, &routing)[0].phase, Phase::Update, "{:?}", case.happened);
    }
    case.happened = Happened::Recovered;
    assert_eq!(told(&case, &routing)[0].phase, Phase::End);
    assert_eq!(told(&case, &routing)[0].message.severity, None, "good news");
}

#[test]
fn escalation_channels_are_told_of_the_escalation_and_what_follows() {
    let routing = to(vec![Route { escalation_only: true, ..route("boss") }]);
    let mut case = opened(Severity::Critical);
    assert!(told(&case, &routing).is_empty());
    case.happened = Happened::Recovered;
    assert!(told(&case, &routing).is_empty(), "never escalated");
    case.happened = Happened::Escalated;
    assert_eq!(told(&case, &routing)[0].phase, Phase::First);
    case.incident.memory = serde_json::json!({ "worst": "critical", "told_second": true });
    case.happened = Happened::Reminded;
    assert_eq!(told(&case, &routing)[0].phase, Phase::Update);
    case.happened = Happened::Recovered;
    assert_eq!(told(&case, &routing)[0].phase, Phase::End);
}

#[test]
fn tags_and_owners_see_their_own_shows_only() {
    let routing = to(vec![
        route("ops"),
        Route { tags: tags(&["b"]), ..route("b-team") },
        Route { tags: tags(&["c"]), ..route("c-team") },
        Route { owner_only: true, ..route("alpha-team") },
        Route { owner_only: true, ..route("other-team") },
    ]);
    let mut case = opened(Severity::Critical);
    case.incident.affects = Affects { feeds: 40, episodes: 900 };
    let told = told(&case, &routing);
    assert_eq!(names(&told), ["ops", "b-team", "alpha-team"]);
    let numbers = |n: &Notification| (n.message.shows.len(), n.message.shows_total, n.message.episodes_total);
    assert_eq!(numbers(&told[0]), (2, 40, 900));
    assert_eq!(numbers(&told[1]), (1, 1, 10));
    assert_eq!(numbers(&told[2]), (1, 1, 20));
    assert!(!shown(&told[1]).contains("Alpha") && !shown(&told[2]).contains("Beta"));
    assert!(told[2].message.headline.contains("1 show, 20 episodes"), "{}", told[2].message.headline);
}

#[test]
fn an_owner_with_tags_gets_both() {
    let routing = to(vec![Route { tags: tags(&["b"]), ..route("alpha-team") }]);
    assert_eq!(told(&opened(Severity::Critical), &routing)[0].message.shows_total, 2);
}

#[test]
fn what_touches_no_show_is_told_to_somebody() {
    let case = transition(0, Happened::Opened, incident(Severity::Critical, Vec::new()));
    let tagged = || Route { tags: tags(&["b"]), ..route("b-team") };
    let owner = || Route { owner_only: true, ..route("owner") };
    let escalation = || Route { escalation_only: true, ..route("boss") };
    assert_eq!(names(&told(&case, &to(vec![route("ops"), tagged(), owner()]))), ["ops"]);
    assert_eq!(names(&told(&case, &to(vec![tagged(), owner(), escalation()]))), ["b-team"]);
    assert_eq!(names(&told(&case, &to(vec![owner()]))), ["owner"]);
}

#[test]
fn keys_name_channel_incident_and_transition() {
    let routing = to(vec![route("ops"), route("chat")]);
    let all = [opened(Severity::Critical), transition(1, Happened::Recovered, opened(Severity::Critical).incident)];
    let keys: Vec<String> = compose(&all, &routing, all[0].at).into_iter().map(|told| told.key).collect();
    assert_eq!(keys, ["ops:12:0", "chat:12:0", "ops:12:1", "chat:12:1"]);
}
