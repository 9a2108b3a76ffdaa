//! The history as a script reads it: `history`, `incidents`, `incident` and `export` over a real file.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use jiff::{SignedDuration, Timestamp};
use podprobe::incident::{Cause, Happened, Incident, IncidentId, State, Transition};
use podprobe::judge::{Affects, Code, Severity, Subject, SubjectKind, Verdict};
use podprobe::store::{
    CertificateFact, Commit, FeedAnswer, FeedFact, Leaf, OriginFact, Place, Round, RoundFacts, Store, TargetKind,
    WalkFact,
};

fn podprobe(store: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_podprobe"))
        .args(arguments)
        .env("PODPROBE_STORE_URL", store)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A time that the commands' usual span covers. The clock is the binary's, so it must be the real one.
#[expect(clippy::disallowed_methods, reason = "the binary reads the clock too")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn certificate(now: Timestamp) -> CertificateFact {
    let days = |days: i64| now + SignedDuration::from_hours(24 * days);
    CertificateFact {
        sha256: "leaf".into(),
        subject: "CN=traffic.example".into(),
        issuer: "CN=R3".into(),
        authority: "R3".into(),
        serial: "01".into(),
        not_before: days(-80),
        not_after: days(10) + SignedDuration::from_mins(5),
        der: None,
    }
}

fn origin(now: Timestamp) -> OriginFact {
    OriginFact {
        origin: "https://traffic.example:443".into(),
        provider: None,
        at: now,
        edges_up: 1,
        edges_down: 0,
        leaves: vec![Leaf { sha256: "leaf".into(), root: None }],
        verdict: Verdict::Ok,
        up: Some(true),
        total_ms: Some(10.0),
    }
}

/// A show of which one of two files fails, and an incident about it.
async fn write(file: &Path) -> Store {
    let now = now();
    let walk = |key: &str, up: bool| WalkFact {
        key: key.into(),
        kind: TargetKind::Enclosure,
        url: format!("https://traffic.example/{key}.mp3"),
        feed: Some("night".into()),
        guid: None,
        title: Some("=1+1 \u{1b}[31mred".into()),
        at: now,
        outcome: if up { "media" } else { "broken" }.into(),
        verdict: if up { Verdict::Ok } else { Verdict::Critical },
        up: Some(up),
        total_ms: Some(640.0),
        hops: serde_json::json!([{"url": format!("https://traffic.example/{key}.mp3"), "status": 200}]),
    };
    let feed = FeedFact {
        key: "night".into(),
        source: "https://feeds.example/night.xml".into(),
        name: "The Night Shift".into(),
        at: now,
        answer: FeedAnswer::Unchanged,
    };
    let round = Round {
        key: "one".into(),
        kind: "chains".into(),
        vantage: "local".into(),
        started_at: now,
        finished_at: now,
        feeds: 1,
        enclosures: 2,
        origins: 0,
        requests: 8,
        connections: 2,
        late: 0,
        offline: false,
        verdict: Verdict::Critical,
    };
    let subject =
        Subject { kind: SubjectKind::Origin, id: "https://traffic.example:443".into(), name: "traffic.example".into() };
    let incident = Incident {
        id: IncidentId(7),
        cause: Cause { code: Code::CertExpired, subject, certificate: None },
        code: Code::CertExpired,
        severity: Severity::Critical,
        state: State::Open,
        since: now,
        opened_at: Some(now),
        seen_at: now,
        closed_at: None,
        ending: None,
        acknowledged: None,
        expires_at: None,
        summary: "The certificate of traffic.example has expired.".into(),
        detail: "\u{1b}]0;owned".into(),
        advice: "Write to the host.".into(),
        host: Some("traffic.example".into()),
        affects: Affects { feeds: 1, episodes: 2 },
        shows: Vec::new(),
        transitions: 1,
        memory: serde_json::json!({"secret": "of the rules"}),
    };
    let facts = RoundFacts {
        round,
        certificates: vec![certificate(now)],
        origins: vec![origin(now)],
        feeds: vec![feed],
        walks: vec![walk("one", true), walk("two", false)],
        findings: Vec::new(),
        cleared: Vec::new(),
    };
    let opened = Transition { number: 0, at: now, happened: Happened::Opened, incident };
    let store = Store::open(&Place::parse(file.to_str().unwrap()).unwrap(), now).await.unwrap();
    store.commit(&Commit { round: Some(facts), transitions: vec![opened], ..Commit::default() }).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_read_beside_a_running_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("podprobe.db");
    let daemon = write(&file).await;

    let overview = text(&podprobe(&file, &["history"]));
    assert!(overview.contains("50.00%") && overview.contains("The Night Shift"), "{overview}");
    let page = text(&podprobe(&file, &["history", "night", "--since", "24h"]));
    assert!(page.contains("640 ms") && page.contains("two.mp3") && !page.contains('\u{1b}'), "{page}");
    let json: serde_json::Value =
        serde_json::from_str(&text(&podprobe(&file, &["history", "night", "--format", "json"]))).unwrap();
    assert_eq!(json["schema"], "podprobe.history/v1");
    assert_eq!((&json["buckets"][0]["checks"], &json["buckets"][0]["failed"]), (&2.into(), &1.into()), "{json:#}");

    let list = text(&podprobe(&file, &["incidents"]));
    assert!(list.contains("cert-expired") && list.contains("    7  critical  open"), "{list}");
    let page = text(&podprobe(&file, &["incident", "7"]));
    assert!(page.contains("What happened") && page.contains("opened") && !page.contains('\u{1b}'), "{page}");
    let json = text(&podprobe(&file, &["incident", "7", "--format", "json"]));
    assert!(json.contains("\"transitions\"") && !json.contains("of the rules"), "{json}");

    let csv = text(&podprobe(&file, &["export", "enclosures", "--format", "csv"]));
    assert!(csv.starts_with("round,at,kind,show,") && csv.contains(",'=1+1 ") && csv.lines().count() == 3, "{csv}");
    let lines = text(&podprobe(&file, &["export", "--format", "jsonl"]));
    let tables: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(tables.iter().filter(|row| row["table"] == "enclosures").count(), 2);
    assert!(tables.iter().any(|row| row["table"] == "transitions" && row["what"] == "opened"));
    let out = folder.path().join("out");
    text(&podprobe(&file, &["export", "--format", "csv", "--output", out.to_str().unwrap()]));
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), podprobe::store::TABLES.len());
    daemon.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_can_be_read_on_any_day() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("podprobe.db");
    write(&file).await.close().await;
    let digest = text(&podprobe(&file, &["digest"])).replace('\n', " ");
    for part in [
        "The last 7 days: 1 incident, 1 still open; the next certificate ends in 10 days (traffic.example).",
        "- Incident 7: The certificate of traffic.example has expired (began 0 s ago)",
        "UTC (1 show)",
        "- The Night Shift: 50 %",
    ] {
        let digest = digest.replace("(began 1 s", "(began 0 s").replace("(began 2 s", "(began 0 s");
        assert!(digest.contains(part), "{part}: {digest}");
    }
}

#[test]
fn what_is_not_there_is_said_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("podprobe.db");
    for (arguments, needle) in [
        (&["history"][..], "podprobe watch"),
        (&["incident", "1"], "podprobe watch"),
        (&["export", "--format", "csv"], "--output"),
        (&["export", "secrets", "--format", "csv"], "secrets"),
        (&["history", "--since", "yesterday"], "7d"),
        (&["incidents", "--store", "mysql://me:hunter2@db/shows"], "postgres://"),
    ] {
        let output = podprobe(&file, arguments);
        let complaint = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {complaint}");
        assert!(complaint.contains(needle) && !complaint.contains("hunter2"), "{arguments:?}: {complaint}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
