//! How podprobe itself runs.

use std::time::Duration;

use super::{Key, LEVELS, LOG_FORMATS, Shape, Table, people::BEAT};

const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_hours(1);
const TEXTS: Shape = Shape::List(&Shape::Text);

pub(super) const NETWORK: Table = Table::one(
    "network",
    "How connections are made; as the options of `podprobe check`.",
    &[
        Key::new("resolve", TEXTS, "As --resolve: HOST:PORT:ADDR[,ADDR...] instead of DNS, as in curl.").default("[]"),
        Key::new("connect_to", TEXTS, "As --connect-to: HOST1:PORT1:HOST2:PORT2, as in curl.").default("[]"),
        Key::new("dns", Shape::Address, "Ask this DNS server instead of the system's.").like("\"9.9.9.9:53\""),
        Key::new("allow_net", Shape::List(&Shape::Net), "Lift the block on non-public addresses for these networks.")
            .default("[]"),
        Key::new(
            "canaries",
            Shape::List(&Shape::HostPort),
            "Where the canary check goes when everything seems down. Where none is named: www.apple.com:443 and \
             www.google.com:443.",
        )
        .default("[]"),
        Key::new("concurrency", Shape::Whole(1, 4096), "Requests under way at once, in all.").default("64"),
        Key::new("per_host", Shape::Whole(1, 1024), "Requests under way at once, to one host.").default("8"),
        Key::new("connect_timeout", Shape::Span(MILLISECOND, HOUR), "Time for one TCP connect.").default("\"5s\""),
        Key::new("timeout", Shape::Span(MILLISECOND, HOUR), "Time for one whole hop.").default("\"20s\""),
        Key::new("max_redirects", Shape::Whole(0, 100), "Redirects after which a chain is given up.").default("20"),
        Key::new(
            "user_agent",
            Shape::Agent,
            "The User-Agent; it must say `bot`, or downloads are counted. Where none is given: podprobe/VERSION (bot; \
             +URL).",
        )
        .like("\"podprobe (bot; +https://example.com/bots)\""),
    ],
);

pub(super) const TRUST: Table = Table::one(
    "trust",
    "Whom to trust; as the options of `podprobe check`.",
    &[
        Key::new("ca_files", Shape::List(&Shape::Path), "Trust the anchors of these PEM files as well.").default("[]"),
        Key::new(
            "stores",
            Shape::Named(&Shape::Path),
            "Trust these PEM bundles as clients' public root stores, by name.",
        )
        .like("{ apple = \"apple.pem\" }"),
        Key::new("no_default_roots", Shape::Flag, "Trust neither Mozilla's roots nor the system's.").default("false"),
    ],
);

const DAYS: Shape = Shape::Whole(1, 36_500);

pub(super) const STORE: Table = Table::one(
    "store",
    "The history: one file (SQLite), or PostgreSQL.",
    &[
        Key::new("url", Shape::Secret, "A file, or postgres://USER:PASSWORD@HOST/DATABASE.").default("\"podprobe.db\""),
        Key::new("facts_days", DAYS, "Days that single looks are kept.").default("14"),
        Key::new("hours_days", DAYS, "Days that hourly sums are kept.").default("90"),
        Key::new("days_days", DAYS, "Days that daily sums are kept.").default("730"),
    ],
);

pub(super) const HEARTBEAT: Table = Table::one(
    "heartbeat",
    "The dead man's switch: a URL of another service that is asked for as long as podprobe itself is well, and that \
     raises the alarm when it is not.",
    &[
        Key::new("url", Shape::Secret, "What is asked for.").like("\"https://hc-ping.com/your-uuid\"").required(),
        Key::new("every", BEAT, "How often.").default("\"5m\""),
    ],
);

pub(super) const WEB: Table = Table::one(
    "web",
    "Health endpoints for whoever runs podprobe. Served where this table stands.",
    &[Key::new("listen", Shape::Address, "Where /healthz and /readyz are served.").default("\"127.0.0.1:8787\"")],
);

pub(super) const LOG: Table = Table::one(
    "log",
    "The log, on standard error.",
    &[
        Key::new("format", Shape::Choice(LOG_FORMATS), "For people, or one JSON object a line.").default("\"text\""),
        Key::new("level", Shape::Choice(LEVELS), "How much is logged.").default("\"info\""),
    ],
);
