//! How often things are looked at, and from when on something is wrong.

use std::time::Duration;

use super::{Key, LONGEST, SHORTEST, SPAN, Shape, Table};

pub(super) const INTERVALS: Table = Table::one(
    "intervals",
    "How often things are looked at. From one second on; down to 100 ms for tests against servers of your own.",
    &[
        Key::new("origins", SPAN, "Handshakes with every address of every host.").default("\"5m\""),
        Key::new("chains", SPAN, "Every hop of the newest episodes.").default("\"15m\""),
        Key::new("feeds", SPAN, "Feeds; a new episode is walked as soon as its feed shows it.").default("\"10m\""),
        Key::new("endpoints", SPAN, "Extra endpoints.").default("\"5m\""),
        Key::new(
            "catalogue_days",
            Shape::Whole(1, 365),
            "Days within which the whole back catalogue is walked once, where the budget allows it.",
        )
        .default("30"),
    ],
);

pub(super) const BUDGET: Table = Table::one(
    "budget",
    "What a round may cost. Episodes behind one route (the same hosts in the same order) take turns.",
    &[
        Key::new("per_route", Shape::Whole(1, 10_000), "Newest episodes of one route in one round.").default("10"),
        Key::new(
            "sample_per_route",
            Shape::Whole(0, 10_000),
            "Episodes of the back catalogue of one route in one day.",
        )
        .default("24"),
        Key::new("per_origin", Shape::Whole(1, 100_000), "Requests to one host in one round.").default("120"),
    ],
);

const EVER: Duration = Duration::from_hours(24 * 400);

pub(super) const POLICY: Table = Table::one(
    "policy",
    "Thresholds of findings.",
    &[
        Key::new(
            "expiry_warning",
            Shape::Span(Duration::ZERO, EVER),
            "`cert-expiring` is a warning when less time is left. Where none is given: 30 days, or 4/15 of a shorter \
             certificate's lifetime.",
        )
        .like("\"30d\""),
        Key::new(
            "expiry_critical",
            Shape::Span(Duration::ZERO, EVER),
            "`cert-expiring` is critical when less time is left. Where none is given: 7 days, or a tenth of a shorter \
             certificate's lifetime.",
        )
        .like("\"7d\""),
        Key::new(
            "slow",
            Shape::Span(SHORTEST, Duration::from_hours(1)),
            "`chain-slow` beyond this time to the first audio byte.",
        )
        .default("\"5s\""),
        Key::new("long_info", Shape::Whole(0, 100), "`chain-long` is info above this number of redirects.")
            .default("10"),
        Key::new(
            "long_warning",
            Shape::Whole(0, 100),
            "`chain-long` is a warning above this number: Safari and CFNetwork give up after 16.",
        )
        .default("16"),
        Key::new(
            "small_bytes",
            Shape::Whole(0, 1 << 40),
            "`media-too-small` below this many bytes and `small_duration`. Pocket Casts: 150 KiB.",
        )
        .default("153600"),
        Key::new(
            "small_duration",
            Shape::Span(Duration::ZERO, Duration::from_hours(24)),
            "`media-too-small` below this playing time and `small_bytes`.",
        )
        .default("\"1m\""),
        Key::new(
            "length_tolerance_percent",
            Shape::Whole(0, 1000),
            "`media-length-mismatch` beyond this share of the real length, per cent.",
        )
        .default("10"),
        Key::new("require_head", Shape::Flag, "Raise `media-no-head` at every depth: directories ask for HEAD.")
            .default("false"),
    ],
);

/// Nobody is reminded more often than every minute.
const REMINDER: Shape = Shape::SpanOrNever(Duration::from_mins(1), LONGEST);
const ESCALATION: Shape = Shape::SpanOrNever(Duration::from_secs(1), LONGEST);
const ROUNDS: Shape = Shape::Whole(1, 32);

pub(super) const INCIDENTS: Table = Table::one(
    "incidents",
    "When findings become incidents, and when their change is told.",
    &[
        Key::new(
            "confirm",
            Shape::Inline(&CONFIRM),
            "In how many of the last rounds a fault must have been seen before anybody is told.",
        )
        .like("{ network = \"2/3\", media = \"3/5\" }"),
        Key::new("recover", Shape::Inline(&RECOVER), "Rounds without the fault until all is well again.")
            .like("{ network = 2, media = 3 }"),
        Key::new("vantages", Shape::Whole(1, 1000), "Places that probe and report.").default("1"),
        Key::new(
            "quorum",
            Shape::Whole(1, 1000),
            "Of these, how many have to agree before anybody is told; all that are online where none is given.",
        )
        .like("1"),
        Key::new("reopen", SPAN, "A fault that comes back within this time reopens its incident.").default("\"30m\""),
        Key::new(
            "flap_changes",
            Shape::Whole(1, 63),
            "More changes than this within `flap_window` are flapping: told once, then quiet.",
        )
        .default("4"),
        Key::new("flap_window", SPAN, "The window for flapping, and the quiet time that ends it.").default("\"1h\""),
        Key::new(
            "grow_by",
            Shape::Whole(1, 1_000_000),
            "Episodes touched must grow by so many, and double, to be told again.",
        )
        .default("10"),
        Key::new("remind_critical", REMINDER, "How often an open critical incident is told again.").default("\"24h\""),
        Key::new("remind_warning", REMINDER, "How often an open warning is told again.").default("\"7d\""),
        Key::new(
            "escalate",
            ESCALATION,
            "How long a critical incident may go unacknowledged until channels with `escalation_only` are told.",
        )
        .default("\"30m\""),
        Key::new("fresh", SPAN, "Reminders and escalation need a round that saw the fault so recently.")
            .default("\"30m\""),
        Key::new("forget", SPAN, "What nothing looked at for so long is closed.").default("\"7d\""),
        Key::new("tell_info", Shape::List(&Shape::Code), "Findings of severity info that are told nevertheless.")
            .default("[]"),
    ],
);

const CONFIRM: Table = Table::one(
    "confirm",
    "F of N rounds, by class of finding.",
    &[
        Key::new("certificate", Shape::Share, "Certificates.").default("\"1/1\""),
        Key::new("network", Shape::Share, "Names, connections and TLS.").default("\"2/3\""),
        Key::new("answer", Shape::Share, "HTTP and redirects.").default("\"2/3\""),
        Key::new("media", Shape::Share, "The audio.").default("\"2/3\""),
        Key::new("feed", Shape::Share, "Feeds.").default("\"2/3\""),
        Key::new("change", Shape::Share, "Changes, such as `cert-changed`.").default("\"1/1\""),
        Key::new("publishing", Shape::Share, "Extra endpoints.").default("\"2/3\""),
        Key::new("prober", Shape::Share, "The own network.").default("\"1/1\""),
    ],
);

const RECOVER: Table = Table::one(
    "recover",
    "Rounds, by class of finding.",
    &[
        Key::new("certificate", ROUNDS, "Certificates.").default("1"),
        Key::new("network", ROUNDS, "Names, connections and TLS.").default("2"),
        Key::new("answer", ROUNDS, "HTTP and redirects.").default("2"),
        Key::new("media", ROUNDS, "The audio.").default("2"),
        Key::new("feed", ROUNDS, "Feeds.").default("2"),
        Key::new("change", ROUNDS, "Changes, such as `cert-changed`.").default("1"),
        Key::new("publishing", ROUNDS, "Extra endpoints.").default("2"),
        Key::new("prober", ROUNDS, "The own network.").default("1"),
    ],
);
