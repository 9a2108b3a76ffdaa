//! The history handed over, table by table and page by page: no page is large, and nothing is locked
//! while somebody reads slowly.

use jiff::Timestamp;

use super::Reader;
use super::fault::StoreError;
use super::sql::values;

/// A table that can be exported.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
    /// Takes the id after which to begin, the time from which on, and how many rows at most.
    sql: &'static str,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// A whole number.
    Int(&'static str),
    /// Milliseconds and other numbers.
    Real(&'static str),
    /// Text, some of it from outside.
    Text(&'static str),
    /// A time.
    Time(&'static str),
    /// A JSON document.
    Json(&'static str),
}

impl Column {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int(name) | Self::Real(name) | Self::Text(name) | Self::Time(name) | Self::Json(name) => name,
        }
    }
}

/// What stands in a column of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A number.
    Real(f64),
    /// Text as it came.
    Text(String),
    /// A time.
    Time(Timestamp),
    /// A JSON document.
    Json(serde_json::Value),
}

/// Some rows of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Cells in the order of the columns.
    pub rows: Vec<Vec<Cell>>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<i64>,
}

/// Rows of a page.
const PAGE: u32 = 500;

/// Every table that can be exported.
pub const TABLES: &[Table] = &[
    Table {
        name: "rounds",
        about: "what was looked at, when",
        columns: &[
            Column::Int("id"),
            Column::Text("kind"),
            Column::Text("vantage"),
            Column::Time("started_at"),
            Column::Time("finished_at"),
            Column::Text("verdict"),
            Column::Int("offline"),
            Column::Int("feeds"),
            Column::Int("enclosures"),
            Column::Int("origins"),
            Column::Int("requests"),
            Column::Int("connections"),
            Column::Int("late"),
        ],
        sql: "SELECT id AS cursor_id, id, kind, vantage, started_ms AS started_at, finished_ms AS finished_at, verdict, \
              offline, feeds, enclosures, origins, requests, connections, late FROM rounds \
              WHERE id > $1 AND finished_ms >= $2 ORDER BY id LIMIT $3",
    },
    Table {
        name: "origins",
        about: "an origin as one round saw it",
        columns: &[
            Column::Int("round"),
            Column::Time("at"),
            Column::Text("origin"),
            Column::Text("provider"),
            Column::Text("verdict"),
            Column::Int("up"),
            Column::Int("edges_up"),
            Column::Int("edges_down"),
            Column::Text("certificate"),
            Column::Text("issuer"),
            Column::Text("root"),
            Column::Time("not_after"),
            Column::Real("total_ms"),
        ],
        sql: "SELECT s.id AS cursor_id, s.round_id AS round, s.at_ms AS at, o.name AS origin, o.provider AS provider, \
              s.verdict AS verdict, s.up AS up, s.edges_up AS edges_up, s.edges_down AS edges_down, \
              c.sha256 AS certificate, c.issuer AS issuer, s.root AS root, c.not_after_ms AS not_after, \
              s.total_ms AS total_ms FROM sightings s JOIN origins o ON o.id = s.origin_id \
              LEFT JOIN certificates c ON c.id = s.certificate_id WHERE s.id > $1 AND s.at_ms >= $2 \
              ORDER BY s.id LIMIT $3",
    },
    Table {
        name: "certificates",
        about: "a certificate at an origin, from when to when",
        columns: &[
            Column::Text("origin"),
            Column::Text("sha256"),
            Column::Text("subject"),
            Column::Text("issuer"),
            Column::Text("serial"),
            Column::Text("root"),
            Column::Time("not_before"),
            Column::Time("not_after"),
            Column::Time("first_seen_at"),
            Column::Time("last_seen_at"),
            Column::Real("remaining_share"),
        ],
        sql: "SELECT t.id AS cursor_id, o.name AS origin, c.sha256 AS sha256, c.subject AS subject, c.issuer AS issuer, \
              c.serial AS serial, t.root AS root, c.not_before_ms AS not_before, c.not_after_ms AS not_after, \
              t.first_seen_ms AS first_seen_at, t.last_seen_ms AS last_seen_at, t.remaining_share AS remaining_share \
              FROM tenures t JOIN origins o ON o.id = t.origin_id JOIN certificates c ON c.id = t.certificate_id \
              WHERE t.id > $1 AND t.last_seen_ms >= $2 ORDER BY t.id LIMIT $3",
    },
    Table {
        name: "enclosures",
        about: "a walk to an enclosure, a feed or an endpoint",
        columns: &[
            Column::Int("round"),
            Column::Time("at"),
            Column::Text("kind"),
            Column::Text("show"),
            Column::Text("guid"),
            Column::Text("title"),
            Column::Text("url"),
            Column::Text("outcome"),
            Column::Text("verdict"),
            Column::Int("up"),
            Column::Real("total_ms"),
            Column::Json("hops"),
        ],
        sql: "SELECT w.id AS cursor_id, w.round_id AS round, w.at_ms AS at, t.kind AS kind, f.name AS show, \
              t.guid AS guid, t.title AS title, t.url AS url, w.outcome AS outcome, w.verdict AS verdict, w.up AS up, \
              w.total_ms AS total_ms, w.hops AS hops FROM walks w JOIN targets t ON t.id = w.target_id \
              LEFT JOIN feeds f ON f.id = t.feed_id WHERE w.id > $1 AND w.at_ms >= $2 ORDER BY w.id LIMIT $3",
    },
    Table {
        name: "findings",
        about: "a finding, from when to when",
        columns: &[
            Column::Text("id"),
            Column::Text("code"),
            Column::Text("severity"),
            Column::Text("subject_kind"),
            Column::Text("subject"),
            Column::Text("name"),
            Column::Text("summary"),
            Column::Text("detail"),
            Column::Text("caused_by"),
            Column::Int("feeds"),
            Column::Int("episodes"),
            Column::Time("first_seen_at"),
            Column::Time("last_seen_at"),
            Column::Time("cleared_at"),
        ],
        sql: "SELECT id AS cursor_id, finding AS id, code, severity, subject_kind, subject, name, summary, detail, \
              caused_by, feeds, episodes, first_seen_ms AS first_seen_at, last_seen_ms AS last_seen_at, \
              cleared_ms AS cleared_at FROM findings f WHERE f.id > $1 AND last_seen_ms >= $2 ORDER BY f.id LIMIT $3",
    },
    Table {
        name: "incidents",
        about: "an incident as it is now, or was at its end",
        columns: &[
            Column::Int("id"),
            Column::Text("code"),
            Column::Text("severity"),
            Column::Text("state"),
            Column::Text("subject_kind"),
            Column::Text("subject"),
            Column::Text("name"),
            Column::Text("certificate"),
            Column::Text("host"),
            Column::Text("summary"),
            Column::Time("since"),
            Column::Time("opened_at"),
            Column::Time("seen_at"),
            Column::Time("closed_at"),
            Column::Int("feeds"),
            Column::Int("episodes"),
            Column::Text("ending"),
        ],
        sql: "SELECT id AS cursor_id, id, code, severity, state, subject_kind, subject, name, certificate, host, \
              summary, since_ms AS since, opened_ms AS opened_at, seen_ms AS seen_at, closed_ms AS closed_at, feeds, \
              episodes, ending FROM incidents WHERE id > $1 AND seen_ms >= $2 ORDER BY id LIMIT $3",
    },
    Table {
        name: "transitions",
        about: "what happened to an incident",
        columns: &[
            Column::Int("incident"),
            Column::Int("number"),
            Column::Time("at"),
            Column::Text("what"),
            Column::Text("severity"),
        ],
        sql: "SELECT id AS cursor_id, incident, number, at_ms AS at, what, severity FROM transitions \
              WHERE id > $1 AND at_ms >= $2 ORDER BY id LIMIT $3",
    },
    Table {
        name: "deliveries",
        about: "a message, and what became of it",
        columns: &[
            Column::Text("key"),
            Column::Text("channel"),
            Column::Int("incident"),
            Column::Text("phase"),
            Column::Text("state"),
            Column::Text("headline"),
            Column::Time("composed_at"),
            Column::Time("done_at"),
            Column::Int("attempts"),
            Column::Text("last_error"),
        ],
        sql: "SELECT id AS cursor_id, key, channel, incident, phase, state, headline, composed_ms AS composed_at, \
              done_ms AS done_at, attempts, last_error FROM deliveries WHERE id > $1 AND composed_ms >= $2 \
              ORDER BY id LIMIT $3",
    },
];

impl Reader {
    /// A page of a table: rows after a place (0 for the first page), from a time on if one is given.
    pub async fn page(&self, table: &Table, after: i64, since: Option<Timestamp>) -> Result<Page, StoreError> {
        let since = since.map_or(i64::MIN, Timestamp::as_millisecond);
        let found = self.pool.all(table.sql, values![after, since, PAGE]).await?;
        let mut page = Page::default();
        for row in &found {
            let mut cells = Vec::with_capacity(table.columns.len());
            for column in table.columns {
                cells.push(match column {
                    Column::Int(name) => row.maybe_int(name)?.map_or(Cell::Null, Cell::Int),
                    Column::Real(name) => row.maybe_real(name)?.map_or(Cell::Null, Cell::Real),
                    Column::Text(name) => row.maybe_text(name)?.map_or(Cell::Null, Cell::Text),
                    Column::Time(name) => row.maybe_time(name)?.map_or(Cell::Null, Cell::Time),
                    Column::Json(name) => Cell::Json(row.json(name)?),
                });
            }
            page.rows.push(cells);
        }
        if found.len() >= PAGE as usize {
            page.next = found.last().map(|row| row.int("cursor_id")).transpose()?;
        }
        Ok(page)
    }
}
