//! `podprobe check`: one round over the sources, a report, an exit code.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::pipeline::{self, EnclosureSeen, Job, Sink};
use super::progress::Progress;
use super::sources::{Content, Loaded, Unreadable};
use super::tell::{self, Telling};
use super::{Exit, Fault, catalogue, clock, interrupt, output, settings, stores};
use crate::chain::OriginSighting;
use crate::cli::{Check, CheckFormat, Episodes};
use crate::feed::{Episode, Limits};
use crate::judge::trust::{self, Stores};
use crate::judge::{Conclusion, FeedVerdict, OriginVerdict, Policy, Verdict};
use crate::link::Link;
use crate::notice::RoundInput;
use crate::parties::Catalogue;
use crate::probe::{Prober, Round, Settings};
use crate::report::{self, Builder, EnclosureInput, End, FeedInput, Report, Start, Traffic};

/// Runs the command: prints the report, gives the exit.
pub(super) async fn run(arguments: &Check) -> Result<Exit, Fault> {
    output::start_log(arguments.output.verbose);
    let prepared = Prepared::new(arguments)?;
    if !arguments.network.user_agent.to_ascii_lowercase().contains("bot") {
        output::complain("--user-agent does not say `bot`: hosts and prefixes will count these requests as listeners");
    }
    let progress = Progress::new(!arguments.output.quiet && !arguments.output.no_progress);
    if arguments.format == CheckFormat::Jsonl {
        return stream(arguments, &prepared, &progress).await;
    }
    let round = prepared.prober.round();
    interrupt::stops(&round);
    let (report, exit, told) = prepared.report_of(&round, &progress).await;
    let style = output::style(&arguments.output);
    if let Some(format) = report::find(arguments.format.name()) {
        let to = arguments.output.output.as_deref();
        output::deliver_by(to, |out| (format.render)(&report, &style, out))?;
    }
    let exit = prepared.tell(&told, exit).await;
    Ok(exit)
}

/// Runs `podprobe check` with these arguments (without the program's name) and gives the report and
/// the exit code that the command would end with; for tests and whoever embeds podprobe.
pub async fn report(arguments: &[String]) -> Result<(Report, u8), Fault> {
    use clap::Parser as _;
    let words = ["podprobe", "check"].map(String::from).into_iter().chain(arguments.iter().cloned());
    let crate::cli::Command::Check(check) =
        crate::cli::Cli::try_parse_from(words).map_err(|why| Fault::Usage(why.to_string()))?.command
    else {
        return Err(Fault::Usage("not the arguments of check".into()));
    };
    let (report, exit) = Prepared::new(&check)?.report(&Progress::new(false)).await;
    Ok((report, exit.code()))
}

/// Everything that can be wrong with the arguments is found before the first packet is sent.
pub(super) struct Prepared {
    job: Job,
    prober: Prober,
    fail_on: crate::cli::FailOn,
    telling: Option<Telling>,
}

impl Prepared {
    pub(super) fn new(arguments: &Check) -> Result<Self, Fault> {
        let now = clock::now();
        let at = settings::at(&arguments.trust, now)?;
        let stores = Arc::new(stores::load(&arguments.trust)?);
        let episodes = match arguments.episodes {
            Episodes::Newest(count) => Some(count),
            Episodes::All => None,
        };
        let telling = match arguments.notify.as_slice() {
            [] => None,
            names => {
                let open = Telling::open(names, &arguments.config, &arguments.network.user_agent, &stores)?;
                Some(open.with_ok(arguments.notify_ok))
            }
        };
        let network = settings::network(&arguments.network, &stores)?;
        let network = Settings { second_opinion: arguments.second_opinion.clone(), ..network };
        Ok(Self {
            prober: prober(network, Arc::clone(&stores), now),
            job: Job {
                sources: arguments.sources.clone(),
                limits: Limits { episodes, ..Limits::default() },
                spooled: arguments.format == CheckFormat::Jsonl && episodes.is_none(),
                depth: settings::depth(arguments.depth),
                policy: Policy { require_head: arguments.require_head, ..Policy::default() },
                at,
                stores,
                catalogue: Arc::new(catalogue::load(&arguments.parties.catalog)?),
                canaries: settings::canaries(&arguments.network),
                apps: settings::apps(&arguments.apps),
                in_part: false,
                feed_hosts: BTreeSet::new(),
            },
            fail_on: arguments.output.fail_on,
            telling,
        })
    }

    /// One round to a report.
    pub(super) async fn report(&self, progress: &Progress) -> (Report, Exit) {
        let (report, exit, told) = self.report_of(&self.prober.round(), progress).await;
        (report, self.tell(&told, exit).await)
    }

    /// What `--notify` tells is told once the report is there.
    async fn report_of(&self, round: &Round, progress: &Progress) -> (Report, Exit, RoundInput) {
        let started_at = clock::now();
        let who = |link: &Link| self.job.catalogue.who(link);
        let plan = |link: &Link| self.job.catalogue.planned(link);
        let builder = Builder::new(self.start(started_at), &who).with_plan(&plan);
        let mut sink = Collect { builder, unreadable: Vec::new(), next: 0, catalogue: &self.job.catalogue };
        let conclusion = self.run(round, progress, &mut sink).await;
        let exit = self.exit(&conclusion, !sink.unreadable.is_empty(), round);
        let report = sink.builder.finish(&end(&conclusion, round));
        let headline = self.telling.as_ref().map(|_| report::headline(&report));
        let told = tell::told(&self.job.sources, &conclusion, headline, round.is_stopped());
        (report, exit, told)
    }

    /// Tells the channels of `--notify`. What does not arrive is said, and the exit is unknown.
    async fn tell(&self, told: &RoundInput, exit: Exit) -> Exit {
        match &self.telling {
            Some(telling) => exit.or(telling.tell(told).await),
            None => exit,
        }
    }

    /// Runs the pipeline. Once the round is stopped, what is known is reported.
    async fn run(&self, round: &Round, progress: &Progress, sink: &mut dyn Sink) -> Conclusion {
        let conclusion = pipeline::run(&self.job, round, progress, sink).await;
        progress.clear();
        conclusion
    }

    fn start(&self, started_at: Timestamp) -> Start<'static> {
        Start { version: env!("CARGO_PKG_VERSION"), vantage: "local", started_at, evaluated_at: self.job.at }
    }

    fn exit(&self, conclusion: &Conclusion, unreadable: bool, round: &Round) -> Exit {
        let offline = if conclusion.offline || unreadable { Exit::Unknown } else { Exit::Ok };
        let interrupted = if round.is_stopped() { Exit::Interrupted } else { Exit::Ok };
        Exit::after(conclusion, self.fail_on).or(offline).or(interrupted)
    }
}

/// The end of a round, now.
fn end<'a>(conclusion: &'a Conclusion, round: &Round) -> End<'a> {
    let counts = round.counts();
    End {
        conclusion,
        traffic: Traffic { connections: counts.connections, requests: counts.requests },
        finished_at: clock::now(),
        interrupted: round.is_stopped(),
    }
}

/// A prober that sends secrets only to peers that verify now.
pub(super) fn prober(settings: Settings, stores: Arc<Stores>, now: Timestamp) -> Prober {
    Prober::new(settings, Arc::new(move |session, host| trust::verifies(session, host, &stores, now)))
}

/// `--format jsonl`: lines while facts become known, nothing kept.
async fn stream(arguments: &Check, prepared: &Prepared, progress: &Progress) -> Result<Exit, Fault> {
    let round = prepared.prober.round();
    interrupt::stops(&round);
    let who = |link: &Link| prepared.job.catalogue.who(link);
    let plan = |link: &Link| prepared.job.catalogue.planned(link);
    let lines = report::jsonl::Stream::new(prepared.start(clock::now()), &who).with_plan(&plan);
    let out = output::Lines::open(arguments.output.output.as_deref())?;
    let mut sink = Emit {
        lines: Some(lines),
        out,
        fault: None,
        unreadable: false,
        next: 0,
        catalogue: &prepared.job.catalogue,
        round: round.clone(),
    };
    let conclusion = prepared.run(&round, progress, &mut sink).await;
    if let Some(lines) = sink.lines.take() {
        let (text, _) = lines.finish(&end(&conclusion, &round));
        sink.put(&text);
    }
    match sink.fault {
        // Whoever read went away and knows enough; the round was cut short, so there is no verdict.
        Some(fault) if fault.is_closed_pipe() => return Ok(Exit::Unknown),
        Some(fault) => return Err(fault.into()),
        None => {}
    }
    sink.out.close()?;
    let exit = prepared.exit(&conclusion, sink.unreadable, &round);
    Ok(prepared.tell(&tell::told(&prepared.job.sources, &conclusion, None, round.is_stopped()), exit).await)
}

/// Collects a report.
struct Collect<'a> {
    builder: Builder<'a>,
    unreadable: Vec<Unreadable>,
    /// The next place after all feeds, for sources that cannot be read.
    next: usize,
    catalogue: &'a Catalogue,
}

/// A source that cannot be read has a place in the report all the same.
const NOT_READ: FeedVerdict = FeedVerdict { outcome: None, verdict: Verdict::Unknown };

/// Unreadable sources stand behind the feeds.
const BEHIND: usize = usize::MAX / 2;

fn not_read(index: usize, source: &Unreadable) -> FeedInput<'_> {
    FeedInput {
        index: BEHIND + index,
        source: &source.source,
        url: None,
        title: None,
        chain: None,
        verdict: &NOT_READ,
        error: Some(&source.why),
    }
}

fn feed_input<'a>(index: usize, feed: &'a Loaded, verdict: &'a FeedVerdict) -> FeedInput<'a> {
    let title = match &feed.content {
        Content::Feed(feed) => Some(feed.title.as_str()),
        Content::Other(_) | Content::Nothing => None,
    };
    FeedInput {
        index,
        source: &feed.source,
        url: feed.url.as_ref(),
        title,
        chain: feed.chain.as_ref(),
        verdict,
        error: None,
    }
}

fn enclosure_input<'a>(seen: &EnclosureSeen<'a>) -> EnclosureInput<'a> {
    EnclosureInput {
        feed: seen.feed,
        episode: seen.episode,
        enclosure: seen.enclosure,
        chain: seen.chain,
        verdict: seen.verdict,
    }
}

impl Sink for Collect<'_> {
    fn feed(&mut self, index: usize, feed: &Loaded, verdict: &FeedVerdict) {
        self.builder.feed(&feed_input(index, feed, verdict));
    }

    fn episode(&mut self, feed: usize, episode: &Episode) {
        self.builder.episode(feed, episode);
    }

    fn enclosure(&mut self, seen: &EnclosureSeen<'_>) {
        self.builder.enclosure(&enclosure_input(seen));
    }

    fn unreadable(&mut self, source: &Unreadable) {
        output::complain(&format!("{}: {}", source.source, source.why));
        self.builder.feed(&not_read(self.next, source));
        self.next += 1;
        self.unreadable.push(source.clone());
    }

    fn finish(&mut self, origins: &[(Arc<OriginSighting>, OriginVerdict)], _: &Conclusion) {
        for (sighting, verdict) in origins {
            self.builder.origin(sighting, verdict, &self.catalogue.who_origin(sighting));
        }
    }
}

/// Emits lines.
struct Emit<'a> {
    lines: Option<report::jsonl::Stream<'a>>,
    out: output::Lines,
    fault: Option<output::OutputError>,
    unreadable: bool,
    next: usize,
    catalogue: &'a Catalogue,
    round: Round,
}

impl Emit<'_> {
    /// A reader that went away, or a full disk, stops the round: nobody hears the rest.
    fn put(&mut self, text: &str) {
        if self.fault.is_some() {
            return;
        }
        if let Err(fault) = self.out.write(text) {
            self.fault = Some(fault);
            self.round.stop();
        }
    }

    fn line(&mut self, make: impl FnOnce(&mut report::jsonl::Stream<'_>) -> String) {
        if let Some(lines) = &mut self.lines {
            let text = make(lines);
            self.put(&text);
        }
    }
}

impl Sink for Emit<'_> {
    fn feed(&mut self, index: usize, feed: &Loaded, verdict: &FeedVerdict) {
        self.line(|lines| lines.feed(&feed_input(index, feed, verdict)));
    }

    fn episode(&mut self, feed: usize, episode: &Episode) {
        if let Some(lines) = &mut self.lines {
            lines.episode(feed, episode);
        }
    }

    fn enclosure(&mut self, seen: &EnclosureSeen<'_>) {
        self.line(|lines| lines.enclosure(&enclosure_input(seen)));
    }

    fn unreadable(&mut self, source: &Unreadable) {
        output::complain(&format!("{}: {}", source.source, source.why));
        let index = self.next;
        self.next += 1;
        self.unreadable = true;
        self.line(|lines| lines.feed(&not_read(index, source)));
    }

    fn finish(&mut self, origins: &[(Arc<OriginSighting>, OriginVerdict)], _: &Conclusion) {
        for (sighting, verdict) in origins {
            let party = self.catalogue.who_origin(sighting);
            self.line(|lines| lines.origin(sighting, verdict, &party));
        }
    }
}
