//! From what was read to [`Settings`], and what only the whole can tell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::mistake::{At, Mistake};
use super::value::{Section, Value};
use super::walk::{Document, Reading};
use super::{
    ChannelSettings, DigestSettings, EndpointSettings, HeartbeatSettings, Level, LogFormat, LogSettings,
    NetworkSettings, Place, Secret, Settings, SourceSettings, StoreSettings, TrustSettings, WebSettings, incidents,
    near, value,
};
use crate::judge::{Policy, Severity};
use crate::link::Link;
use crate::notice::{Quiet, Window};
use crate::schedule::{Budget, Intervals};

/// The settings, as far as they could be understood; with a mistake told they are not to be used.
pub(super) fn settings(reading: &mut Reading<'_>, document: &Document, file: &Path) -> Option<Settings> {
    let top = &document.top;
    let time_zone = top.text("time_zone")?;
    let one = |name: &str| document.one(name);
    let channels = channels(reading, document.many("channel"), &time_zone);
    let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
    let settings = Settings {
        file: file.to_owned(),
        sources: sources(reading, document.many("source"), &names),
        endpoints: endpoints(reading, document.many("endpoint"), &names),
        episodes: top.whole("episodes")?,
        catalogue: top.whole("catalogue")?,
        intervals: intervals(one("intervals")?)?,
        budget: budget(one("budget")?)?,
        policy: policy(reading, one("policy")?)?,
        rules: incidents::rules(one("incidents")?)?,
        maintenance: maintenance(reading, document.many("maintenance")),
        digest: digest(reading, one("digest")?, &names),
        time_zone,
        link: top.text("link"),
        network: network(reading, one("network")?)?,
        trust: trust(reading, one("trust")?),
        catalogs: top.paths("catalogs"),
        store: store(reading, one("store")?)?,
        heartbeat: heartbeat(reading, one("heartbeat")?),
        web: one("web")
            .filter(|web| web.given)
            .and_then(|web| web.address("listen"))
            .map(|listen| WebSettings { listen }),
        log: log(one("log")?)?,
        grace: top.span("grace")?,
        channels,
    };
    Some(settings)
}

/// What only the whole can tell.
pub(super) fn whole(reading: &mut Reading<'_>, document: &Document, settings: &Settings) {
    if document.many("source").is_empty() && document.many("endpoint").is_empty() {
        reading.wrong(At::File, "there is nothing to watch: at least one [[source]] or [[endpoint]] is needed");
    }
    if !settings.channels.is_empty() && settings.channels.iter().all(|channel| channel.escalation_only) {
        let at = document.many("channel").first().map_or(At::File, |channel| channel.at("escalation_only"));
        reading.wrong(at, "every channel is `escalation_only`: escalation needs another that is told first");
    }
    remarks(reading, document, settings);
}

/// What works but surprises.
fn remarks(reading: &mut Reading<'_>, document: &Document, settings: &Settings) {
    let mut remark = |at: At, what: &str| reading.remarks.push(Mistake::new(at, what));
    if settings.channels.is_empty() {
        remark(At::File, "there is no [[channel]]: nobody will be told of anything");
    }
    if settings.heartbeat.is_none() {
        remark(At::File, "there is no [heartbeat]: nobody will notice if podprobe itself stops");
    }
    for section in document.many("source") {
        if section.link("url").is_some_and(|url| url.origin().host.registrable() == "example.com") {
            remark(section.at("url"), "this is the example: put your own feed here");
        }
    }
    let mut known: BTreeSet<&str> =
        settings.sources.iter().flat_map(|source| &source.tags).map(String::as_str).collect();
    known.extend(settings.endpoints.iter().flat_map(|endpoint| &endpoint.tags).map(String::as_str));
    for (table, what) in [("maintenance", "it mutes nothing"), ("channel", "it is told of nothing for it")] {
        for (index, section) in document.many(table).iter().enumerate() {
            for (item, tag) in section.texts("tags").iter().enumerate().filter(|(_, tag)| !known.contains(tag.as_str()))
            {
                let at = reading.places.get(&format!("{table}[{index}].tags[{item}]")).cloned();
                let near = near::nearest(tag, known.iter().copied()).map(str::to_owned);
                let what = format!("no source or endpoint has the tag {}: {what}", super::mistake::shown(tag));
                reading.remarks.push(Mistake { at: at.unwrap_or_else(|| section.at("tags")), what, near });
            }
        }
    }
    let mut remark = |at: At, what: &str| reading.remarks.push(Mistake::new(at, what));
    let escalates = settings.channels.iter().any(|channel| channel.escalation_only);
    if escalates && document.one("incidents").is_some_and(|incidents| incidents.span("escalate").is_none()) {
        remark(
            document.one("incidents").map_or(At::File, |incidents| incidents.at("escalate")),
            "`escalate` is \"never\": channels with `escalation_only` will not be told of anything",
        );
    }
    if let Some(network) = document.one("network")
        && !settings.network.user_agent.to_ascii_lowercase().contains("bot")
    {
        remark(network.at("user_agent"), "the User-Agent does not say `bot`: hosts will count downloads");
    }
}

/// Complains of a second thing of the same name.
fn unique(reading: &mut Reading<'_>, sections: &[Section], key: &str, what: &str) {
    let mut seen: BTreeMap<String, At> = BTreeMap::new();
    for section in sections {
        let Some(name) = section.text(key) else { continue };
        let at = section.at(key);
        if let Some(first) = seen.get(&name) {
            let line =
                if let At::Place(Place { line, .. }) = first { format!(" in line {line}") } else { String::new() };
            reading.wrong(at, format!("there is already {what} of this name{line}"));
        } else {
            seen.insert(name, at);
        }
    }
}

/// Complains of a channel that does not exist.
fn existing(reading: &mut Reading<'_>, at: At, name: &str, names: &[&str]) {
    if !names.contains(&name) && !reading.broken {
        let near = near::nearest(name, names.iter().copied()).map(str::to_owned);
        reading.mistake(Mistake { at, what: format!("there is no channel {}", super::mistake::shown(name)), near });
    }
}

fn tags(section: &Section) -> BTreeSet<String> {
    section.texts("tags").into_iter().collect()
}

fn sources(reading: &mut Reading<'_>, sections: &[Section], channels: &[&str]) -> Vec<SourceSettings> {
    unique(reading, sections, "name", "a source");
    let mut seen: BTreeMap<String, At> = BTreeMap::new();
    let mut sources = Vec::new();
    for section in sections {
        let given: Vec<&str> = ["url", "file", "source"].into_iter().filter(|key| section.has(key)).collect();
        if let [_, second, ..] = given.as_slice() {
            reading.wrong(section.at(second), "give only one of `url`, `file` and `source`");
        }
        if let Some(channel) = section.text("channel") {
            existing(reading, section.at("channel"), &channel, channels);
        }
        let file = || section.path("file").and_then(|path| path.into_os_string().into_string().ok());
        let url = || section.link("url").map(|link| link.expose().to_owned());
        let Some(source) = url().or_else(file).or_else(|| section.text("source")) else {
            // A value that is there and wrong was told already.
            if section.failed.is_empty() && !reading.broken {
                reading
                    .wrong(section.at.clone(), "one of `url`, `file` and `source` is missing: what is to be watched");
            }
            continue;
        };
        let at = given.first().map_or_else(|| section.at.clone(), |key| section.at(key));
        if let Some(first) = seen.get(&source) {
            let line =
                if let At::Place(Place { line, .. }) = first { format!(" in line {line}") } else { String::new() };
            reading.wrong(at, format!("this source stands already{line}"));
            continue;
        }
        seen.insert(source.clone(), at);
        sources.push(SourceSettings {
            source,
            name: section.text("name"),
            tags: tags(section),
            channel: section.text("channel"),
            downloads_per_day: section.whole("downloads_per_day"),
        });
    }
    sources
}

fn endpoints(reading: &mut Reading<'_>, sections: &[Section], channels: &[&str]) -> Vec<EndpointSettings> {
    unique(reading, sections, "name", "an endpoint");
    let mut endpoints = Vec::new();
    for section in sections {
        if let Some(channel) = section.text("channel") {
            existing(reading, section.at("channel"), &channel, channels);
        }
        let (Some(name), Some(url)) = (section.text("name"), section.link("url")) else { continue };
        let status = |value: &Value| match value {
            Value::Whole(status) => u16::try_from(*status).ok(),
            _ => None,
        };
        endpoints.push(EndpointSettings {
            name,
            url,
            expect: section.list("expect", status),
            tags: tags(section),
            channel: section.text("channel"),
        });
    }
    endpoints
}

fn channels(reading: &mut Reading<'_>, sections: &[Section], time_zone: &str) -> Vec<ChannelSettings> {
    unique(reading, sections, "name", "a channel");
    let mut channels = Vec::new();
    for section in sections {
        let (Some(name), Some(kind)) = (section.text("name"), section.text("kind")) else { continue };
        let place = if let At::Place(place) = section.at { place } else { Place::default() };
        channels.push(ChannelSettings {
            name,
            kind,
            options: section.options.clone(),
            place,
            from: section.text("severity").map_or(Severity::Warning, |name| severity(&name)),
            tags: tags(section),
            escalation_only: section.flag("escalation_only"),
            owner_only: section.flag("owner_only"),
            quiet: section.section("quiet").and_then(|section| quiet(section, time_zone)),
        });
    }
    channels
}

fn severity(name: &str) -> Severity {
    match name {
        "info" => Severity::Info,
        "critical" => Severity::Critical,
        _ => Severity::Warning,
    }
}

fn quiet(section: &Section, time_zone: &str) -> Option<Quiet> {
    let (from, to) = section.hours("hours")?;
    let day = |value: &Value| match value {
        Value::Weekday(day) => Some(*day),
        _ => None,
    };
    let days: BTreeSet<u8> = section.list("days", day).into_iter().collect();
    Some(Quiet {
        from,
        to,
        days: days.into_iter().collect(),
        time_zone: section.text("time_zone").unwrap_or_else(|| time_zone.to_owned()),
        even_critical: section.flag("even_critical"),
    })
}

fn maintenance(reading: &mut Reading<'_>, sections: &[Section]) -> Vec<Window> {
    let mut windows = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        for (item, host) in section.texts("hosts").iter().enumerate() {
            if let Some(what) = no_host(host) {
                let at = reading.places.get(&format!("maintenance[{index}].hosts[{item}]")).cloned();
                reading.wrong(at.unwrap_or_else(|| section.at("hosts")), what);
            }
        }
        let (Some(name), Some(from), Some(to)) = (section.text("name"), section.time("from"), section.time("to"))
        else {
            continue;
        };
        if to <= from {
            reading.wrong(section.at("to"), "`to` is not after `from`");
        }
        windows.push(Window {
            name,
            from,
            to,
            hosts: section.texts("hosts").iter().map(|host| host.trim_end_matches('.').to_ascii_lowercase()).collect(),
            tags: section.texts("tags"),
            codes: section.codes("codes"),
        });
    }
    windows
}

/// Why a text of `hosts` can be the name of no host that is watched.
fn no_host(text: &str) -> Option<String> {
    let text = text.trim();
    let write = |host: &str| format!("write \"{host}\"");
    if text.contains("://") {
        let host = Link::parse(text).map(|link| write(&link.origin().host.to_string()));
        let host = host.unwrap_or_else(|_| "such as \"cdn.example.com\"".to_owned());
        return Some(format!("`hosts` takes names of hosts, not URLs: {host}"));
    }
    if let Some(host) = text.strip_prefix("*.").or_else(|| text.strip_prefix('.')) {
        return Some(format!("a host in `hosts` means what is below it, too: {}", write(host)));
    }
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let is_address = bare.parse::<std::net::IpAddr>().is_ok();
    if !is_address && text.contains(['/', ':', '*', ' ', '@', '?']) {
        return Some("`hosts` takes names of hosts, such as \"cdn.example.com\", without port or path".to_owned());
    }
    None
}

fn digest(reading: &mut Reading<'_>, section: &Section, names: &[&str]) -> Option<DigestSettings> {
    if !section.given {
        return None;
    }
    let channels = section.texts("channels");
    for (index, name) in channels.iter().enumerate() {
        let at = reading.places.get(&format!("digest.channels[{index}]")).cloned();
        existing(reading, at.unwrap_or_else(|| section.at("channels")), name, names);
    }
    Some(DigestSettings { channels, weekday: section.weekday("weekday")?, minute: section.clock("at")? })
}

fn intervals(section: &Section) -> Option<Intervals> {
    Some(Intervals {
        origins: section.span("origins")?,
        chains: section.span("chains")?,
        feeds: section.span("feeds")?,
        endpoints: section.span("endpoints")?,
        catalogue_days: section.whole("catalogue_days")?,
    })
}

fn budget(section: &Section) -> Option<Budget> {
    Some(Budget {
        per_route: section.whole("per_route")?,
        sample_per_route: section.whole("sample_per_route")?,
        per_origin: section.whole("per_origin")?,
    })
}

fn policy(reading: &mut Reading<'_>, section: &Section) -> Option<Policy> {
    let seconds = |name| section.span(name).and_then(|span| i64::try_from(span.as_secs()).ok());
    let policy = Policy {
        expiry_warning_s: seconds("expiry_warning"),
        expiry_critical_s: seconds("expiry_critical"),
        slow: section.span("slow")?,
        long_info: section.whole("long_info")?,
        long_warning: section.whole("long_warning")?,
        small_bytes: section.whole("small_bytes")?,
        small_ms: u64::try_from(section.span("small_duration")?.as_millis()).ok()?,
        length_tolerance_percent: section.whole("length_tolerance_percent")?,
        require_head: section.flag("require_head"),
    };
    if let (Some(warning), Some(critical)) = (policy.expiry_warning_s, policy.expiry_critical_s)
        && critical > warning
    {
        reading.wrong(section.at("expiry_critical"), "`expiry_critical` is longer than `expiry_warning`");
    }
    if policy.long_info > policy.long_warning {
        let key = if section.has("long_info") { "long_info" } else { "long_warning" };
        reading.wrong(section.at(key), "`long_info` is more than `long_warning`");
    }
    Some(policy)
}

fn network(reading: &mut Reading<'_>, section: &Section) -> Option<NetworkSettings> {
    let (connect_timeout, timeout) = (section.span("connect_timeout")?, section.span("timeout")?);
    if connect_timeout > timeout && section.has("connect_timeout") {
        reading.wrong(section.at("connect_timeout"), "`connect_timeout` is longer than `timeout`, which it is part of");
    }
    let net = |value: &Value| match value {
        Value::Net(net) => Some(*net),
        _ => None,
    };
    let canary = |value: &Value| match value {
        Value::HostPort(host, port) => Some((host.clone(), *port)),
        _ => None,
    };
    Some(NetworkSettings {
        resolve: section.texts("resolve"),
        connect_to: section.texts("connect_to"),
        dns: section.address("dns"),
        allow_net: section.list("allow_net", net),
        canaries: section.list("canaries", canary),
        concurrency: section.whole("concurrency")?,
        per_host: section.whole("per_host")?,
        connect_timeout,
        timeout,
        max_redirects: section.whole("max_redirects")?,
        user_agent: section.text("user_agent").unwrap_or_else(|| super::USER_AGENT.to_owned()),
    })
}

fn trust(reading: &mut Reading<'_>, section: &Section) -> TrustSettings {
    let trust = TrustSettings {
        ca_files: section.paths("ca_files"),
        stores: section.named_paths("stores"),
        no_default_roots: section.flag("no_default_roots"),
    };
    if trust.no_default_roots && trust.ca_files.is_empty() && trust.stores.is_empty() {
        reading.wrong(section.at("no_default_roots"), "no trust anchors are left: this needs `ca_files` or `stores`");
    }
    trust
}

fn store(reading: &mut Reading<'_>, section: &Section) -> Option<StoreSettings> {
    let url = section.secret("url")?;
    let (text, at) = (url.expose(), section.at("url"));
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let url = match scheme.as_deref() {
        Some("postgres" | "postgresql") => url,
        Some("sqlite") | None => match at {
            At::Variable(_) => url,
            _ => Secret::new(local(text, reading.folder)),
        },
        Some(_) => {
            reading.wrong(at, "`url` has to be a file, or begin with postgres://");
            url
        }
    };
    let settings = StoreSettings {
        url,
        facts_days: section.whole("facts_days")?,
        hours_days: section.whole("hours_days")?,
        days_days: section.whole("days_days")?,
    };
    if settings.facts_days > settings.hours_days || settings.hours_days > settings.days_days {
        let key = ["facts_days", "hours_days", "days_days"].into_iter().find(|key| section.has(key)).unwrap_or("url");
        let what =
            "sums have to be kept at least as long as what they sum: `facts_days`, `hours_days`, `days_days` grow";
        reading.wrong(section.at(key), what);
    }
    Some(settings)
}

/// A file of the store from the configuration's folder: `podprobe.db`, `sqlite:podprobe.db`.
fn local(text: &str, folder: &Path) -> String {
    let (scheme, path) = ["sqlite://", "sqlite:"]
        .into_iter()
        .find_map(|scheme| text.get(scheme.len()..).filter(|_| text.starts_with(scheme)).map(|path| (scheme, path)))
        .unwrap_or(("", text));
    format!("{scheme}{}", value::from_folder(folder, path))
}

fn heartbeat(reading: &mut Reading<'_>, section: &Section) -> Option<HeartbeatSettings> {
    if !section.given {
        return None;
    }
    let url = section.secret("url")?;
    if Link::parse(url.expose()).is_err() {
        reading.wrong(section.at("url"), "`url` has to be a URL that begins with https:// or http://");
    }
    Some(HeartbeatSettings { url, every: section.span("every")? })
}

fn log(section: &Section) -> Option<LogSettings> {
    let format = match section.text("format")?.as_str() {
        "json" => LogFormat::Json,
        _ => LogFormat::Text,
    };
    let level = match section.text("level")?.as_str() {
        "error" => Level::Error,
        "warn" => Level::Warn,
        "debug" => Level::Debug,
        _ => Level::Info,
    };
    Some(LogSettings { format, level })
}
