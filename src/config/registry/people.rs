//! What is watched, and who is told.

use super::{Key, SEVERITIES, SHORTEST, Shape, Table};
use std::time::Duration;

const NAMES: Shape = Shape::List(&Shape::Name);

pub(super) const TOP: Table = Table::one(
    "",
    "These stand at the head of the file, before the first table.",
    &[
        Key::new("episodes", Shape::Whole(1, 10_000), "The newest episodes of each feed whose every hop is walked.")
            .default("10"),
        Key::new(
            "catalogue",
            Shape::Whole(0, 100_000),
            "Episodes of each feed's back catalogue that take turns in the daily sample; 0: none.",
        )
        .default("500"),
        Key::new("time_zone", Shape::Zone, "The time zone in which people are told times; UTC stands beside it.")
            .default("\"UTC\""),
        Key::new(
            "link",
            Shape::Page,
            "A page of your own that messages about incidents link to; `{incident}` in it becomes the number.",
        )
        .like("\"https://wiki.example.com/outages/{incident}\""),
        Key::new(
            "catalogs",
            Shape::List(&Shape::Path),
            "Files with your own hosts and prefixes (docs/catalogue.md), or OPAWG's lists as published.",
        )
        .default("[]"),
        Key::new(
            "grace",
            Shape::Span(Duration::ZERO, Duration::from_hours(1)),
            "How long a stop waits for what is under way.",
        )
        .default("\"10s\""),
    ],
);

pub(super) const SOURCE: Table = Table::many(
    "source",
    "A feed, or a list of feeds (OPML, or one URL a line). Give one of `url`, `file` and `source`.",
    &[
        Key::new("url", Shape::Web, "Where the feed or list is.").like("\"https://example.com/feed.xml\""),
        Key::new("file", Shape::Path, "The same, in a file.").like("\"feeds.opml\""),
        Key::new("source", Shape::Source, "Either of these, as `podprobe check` takes it.")
            .like("\"https://example.com/feed.xml\""),
        Key::new("name", Shape::Name, "What people call the show; its own title where there is none. Not for lists.")
            .like("\"The Lantern Hours\""),
        Key::new("tags", NAMES, "For routing: a channel with tags is told of shows with one of them.").default("[]"),
        Key::new("channel", Shape::Name, "The channel of whoever owns the show.").like("\"team\""),
        Key::new(
            "downloads_per_day",
            Shape::Whole(0, 1_000_000_000),
            "Downloads on a usual day: what a post-mortem estimates the loss from.",
        )
        .like("12000"),
    ],
);

pub(super) const ENDPOINT: Table = Table::many(
    "endpoint",
    "Something else of a host that must work: its CMS, API or status page. A fault is `publishing-down`.",
    &[
        Key::new("name", Shape::Name, "What people call it.").like("\"the CMS\"").required(),
        Key::new("url", Shape::Web, "What is asked for, with GET.")
            .like("\"https://cms.example.com/health\"")
            .required(),
        Key::new(
            "expect",
            Shape::List(&Shape::Whole(100, 599)),
            "HTTP statuses that are fine; where none is named, any below 400.",
        )
        .default("[]"),
        Key::new("tags", NAMES, "For routing, as those of a source.").default("[]"),
        Key::new("channel", Shape::Name, "Its owner's channel.").like("\"team\""),
    ],
);

pub(super) const CHANNEL: Table = Table {
    open: true,
    ..Table::many(
        "channel",
        "Whom to tell. Beside these keys stand the options of its kind (docs/channels.md); the value of any of them \
         may be kept elsewhere: { env = \"NAME\" } or { file = \"PATH\" }.",
        &[
            Key::new("name", Shape::Name, "Its name in this file.").like("\"team\"").required(),
            Key::new(
                "kind",
                Shape::Name,
                "The platform: slack, discord, teams, matrix, email, webhook and others (docs/channels.md).",
            )
            .like("\"slack\"")
            .required(),
            Key::new("severity", Shape::Choice(SEVERITIES), "It is told of this severity and worse.")
                .default("\"warning\""),
            Key::new(
                "tags",
                NAMES,
                "It is told only of shows and endpoints with one of these tags; of all where empty.",
            )
            .default("[]"),
            Key::new(
                "escalation_only",
                Shape::Flag,
                "It is told only when nobody acknowledged a critical incident in time ([incidents] escalate).",
            )
            .default("false"),
            Key::new(
                "owner_only",
                Shape::Flag,
                "It is told only of what touches a source or endpoint that names it as its `channel`.",
            )
            .default("false"),
            Key::new("quiet", Shape::Short(&QUIET), "When it is not disturbed.").like("\"22:00-07:00\""),
        ],
    )
};

const QUIET: Table = Table::one(
    "quiet",
    "When a channel is not disturbed.",
    &[
        Key::new("hours", Shape::Hours, "From when to when; past midnight where the end comes first.")
            .like("\"22:00-07:00\"")
            .required(),
        Key::new("days", Shape::List(&Shape::Weekday), "Days on which it begins; every day where empty.").default("[]"),
        Key::new("time_zone", Shape::Zone, "Whose hours; `time_zone` of the head of the file where none is given.")
            .like("\"Europe/Berlin\""),
        Key::new("even_critical", Shape::Flag, "Whether critical messages wait too.").default("false"),
    ],
);

pub(super) const MAINTENANCE: Table = Table::many(
    "maintenance",
    "A time when nobody is told about what it names. Judgement goes on.",
    &[
        Key::new("name", Shape::Name, "Why, for people.").like("\"the CDN moves\"").required(),
        Key::new("from", Shape::Time, "Its first second.").like("2026-12-24T18:00:00Z").required(),
        Key::new("to", Shape::Time, "Its last.").like("2026-12-24T22:00:00Z").required(),
        Key::new("hosts", NAMES, "Hosts, and what is below them, that it is about; all where empty.").default("[]"),
        Key::new("tags", NAMES, "Tags that it is about; all where empty.").default("[]"),
        Key::new("codes", Shape::List(&Shape::Code), "Findings that it is about; all where empty.").default("[]"),
    ],
);

pub(super) const DIGEST: Table = Table::one(
    "digest",
    "A weekly summary: what expires next, uptime by show and provider. Sent where this table stands.",
    &[
        Key::new("channels", NAMES, "Who gets it: names of channels; all where empty.").default("[]"),
        Key::new("weekday", Shape::Weekday, "On which day.").default("\"monday\""),
        Key::new("at", Shape::Clock, "At which time, in `time_zone`.").default("\"09:00\""),
    ],
);

/// How often a heartbeat may beat.
pub(super) const BEAT: Shape = Shape::Span(SHORTEST, Duration::from_hours(24));
