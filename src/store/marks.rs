//! What did not go well with a thing, and what podprobe found then.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Reader;
use super::fault::StoreError;
use super::history::{Thing, ThingKind};
use super::sql::{Row, values};
use crate::judge::Code;
use crate::link::Link;

/// A round takes a while: what was looked at in its first seconds is judged in its last.
const ROUND: SignedDuration = SignedDuration::from_mins(2);

/// Something that did not go well.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// Its verdict.
    pub verdict: String,
    /// The URL, or the origin.
    pub what: String,
    /// The episode's title.
    pub title: Option<String>,
    /// How a walk ended; of an origin, how many addresses answered.
    pub outcome: String,
    /// How long it took, ms.
    pub total_ms: Option<f64>,
    /// What was found about it then, the worst; of an origin about which nothing was, what was told of
    /// its host; of an offline round, that it was one. `None` where nothing is kept.
    pub finding: Option<MarkFinding>,
    /// The same for those between which it never went well.
    #[serde(skip)]
    pub spell: i64,
}

/// What was found about something that did not go well.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct MarkFinding {
    /// Its code.
    pub code: String,
    /// Its words.
    pub summary: String,
}

/// A finding over the time that it was there.
struct Stood {
    finding: MarkFinding,
    /// The worse, the lower.
    rank: u8,
    from: Timestamp,
    to: Option<Timestamp>,
}

/// The walks to these targets that did not go well, and to which spell of each target's they belong.
macro_rules! walks {
    ($targets:literal) => {
        concat!(
            "SELECT * FROM (SELECT w.id AS id, w.at_ms AS at_ms, w.verdict AS verdict, t.url AS what, \
             t.title AS title, w.outcome AS outcome, w.total_ms AS total_ms, \
             r.offline AS offline, SUM(CASE WHEN w.verdict = 'ok' THEN 1 ELSE 0 END) \
             OVER (PARTITION BY w.target_id ORDER BY w.at_ms, w.id) AS spell \
             FROM walks w JOIN targets t ON t.id = w.target_id JOIN rounds r ON r.id = w.round_id WHERE ",
            $targets,
            " AND w.at_ms >= $2) marks WHERE verdict <> 'ok' ORDER BY at_ms DESC, id DESC LIMIT $3"
        )
    };
}

impl Reader {
    /// What did not go well with a thing since a time, newest first, so many at most; as far back as
    /// facts are kept.
    pub async fn marks(&self, thing: &Thing, since: Timestamp, limit: u32) -> Result<Vec<Mark>, StoreError> {
        let sql = match thing.kind {
            ThingKind::Origin => {
                "SELECT * FROM (SELECT s.id AS id, s.at_ms AS at_ms, s.verdict AS verdict, o.name AS what, \
                 c.subject AS title, 'addresses: ' || CAST(s.edges_up AS TEXT) || ' up, ' || \
                 CAST(s.edges_down AS TEXT) || ' down' AS outcome, s.total_ms AS total_ms, \
                 r.offline AS offline, SUM(CASE WHEN s.verdict = 'ok' THEN 1 ELSE 0 END) OVER (ORDER BY s.at_ms, s.id) AS spell \
                 FROM sightings s JOIN origins o ON o.id = s.origin_id JOIN rounds r ON r.id = s.round_id \
                 LEFT JOIN certificates c ON c.id = s.certificate_id WHERE s.origin_id = $1 AND s.at_ms >= $2) marks \
                 WHERE verdict <> 'ok' ORDER BY at_ms DESC, id DESC LIMIT $3"
            }
            ThingKind::Show => walks!("t.feed_id = $1 AND t.kind = 'enclosure'"),
            ThingKind::Feed => walks!("t.feed_id = $1 AND t.kind = 'feed'"),
            ThingKind::Endpoint => walks!("t.id = $1"),
        };
        let rows = self.pool.all(sql, values![thing.id, since, limit]).await?;
        let mut marks = rows.iter().map(mark).collect::<Result<Vec<_>, _>>()?;
        self.explain(thing, since, &mut marks).await?;
        Ok(marks)
    }

    /// Says what was found when.
    async fn explain(&self, thing: &Thing, since: Timestamp, marks: &mut [Mark]) -> Result<(), StoreError> {
        let about = thing.about.as_deref().filter(|_| thing.kind == ThingKind::Feed);
        let subjects: HashSet<&str> = marks.iter().map(|mark| mark.what.as_str()).chain(about).collect();
        let mut stood: HashMap<String, Vec<Stood>> = HashMap::new();
        let sql = "SELECT subject, code, severity, summary, first_seen_ms AS from_ms, last_seen_ms AS to_ms FROM findings \
                   WHERE last_seen_ms >= $1 ORDER BY id";
        for row in &self.pool.all(sql, values![since]).await? {
            let subject = row.text("subject")?;
            if subjects.contains(subject.as_str()) {
                // A feed's document is asked for under its URL, and found about as its source.
                let key = if about == Some(subject.as_str()) { String::new() } else { subject };
                stood.entry(key).or_default().push(self::stood(row)?);
            }
        }
        let mut of_host = Vec::new();
        if let (ThingKind::Origin, Ok(link)) = (thing.kind, Link::parse(&thing.name)) {
            let sql = "SELECT code, severity, summary, since_ms AS from_ms, closed_ms AS to_ms FROM incidents \
                       WHERE host = $1 AND (closed_ms IS NULL OR closed_ms >= $2) ORDER BY id";
            let rows = self.pool.all(sql, values![link.origin().host.to_string(), since]).await?;
            of_host = rows.iter().map(self::stood).collect::<Result<Vec<_>, _>>()?;
        }
        // What stood before and after an offline round was not seen in it.
        for mark in marks.iter_mut().filter(|mark| mark.finding.is_none()) {
            let own = [mark.what.as_str(), ""].into_iter().filter_map(|key| stood.get(key)).flatten();
            mark.finding = worst(own, mark.at).or_else(|| worst(&of_host, mark.at));
        }
        Ok(())
    }
}

/// The worst of what stood at a time.
fn worst<'a>(all: impl IntoIterator<Item = &'a Stood>, at: Timestamp) -> Option<MarkFinding> {
    let near = |stood: &&Stood| {
        let begun = stood.from.saturating_sub(ROUND).unwrap_or(stood.from);
        let over = stood.to.map(|to| to.saturating_add(ROUND).unwrap_or(to));
        begun <= at && over.is_none_or(|over| at <= over)
    };
    all.into_iter().filter(near).min_by_key(|stood| stood.rank).map(|stood| stood.finding.clone())
}

fn stood(row: &Row) -> Result<Stood, StoreError> {
    Ok(Stood {
        finding: MarkFinding { code: row.text("code")?, summary: row.text("summary")? },
        rank: match row.text("severity")?.as_str() {
            "critical" => 0,
            "warning" => 1,
            _ => 2,
        },
        from: row.time("from_ms")?,
        to: row.maybe_time("to_ms")?,
    })
}

fn mark(row: &Row) -> Result<Mark, StoreError> {
    let offline = (row.int("offline")? != 0).then(|| MarkFinding {
        code: Code::ProberOffline.as_str().to_owned(),
        summary: "podprobe's own network was down, so how it was then is not known.".to_owned(),
    });
    Ok(Mark {
        at: row.time("at_ms")?,
        verdict: row.text("verdict")?,
        what: row.text("what")?,
        title: row.maybe_text("title")?,
        outcome: row.text("outcome")?,
        total_ms: row.maybe_real("total_ms")?,
        finding: offline,
        spell: row.int("spell")?,
    })
}
