//! `podprobe demo`: the night of 2022-05-30, with real sockets, real TLS and the same prober that
//! `check` uses. At each stage the report that a user would have got. If the story does not go as
//! it must, the demo says so and fails.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use clap::Parser as _;

use super::check::Prepared;
use super::progress::Progress;
use super::{Exit, Fault, interrupt, output};
use crate::cli::{Cli, Command, DemoCommand};
use crate::lab::{Lab, Night, Stage};
use crate::report::{self, Report, Style};

/// What is told before the first stage.
const PROLOGUE: &str = "\
Three shows. Their episodes run through a measurement prefix, then through the host that inserts the
advertisements, to a CDN. All of it is running on this machine now: a DNS server, TLS and HTTP
servers, certificates. podprobe walks it as it would walk your feed.

On 30 May 2022 one certificate on such a middle hop ran out, at 23:59:59 UTC. Nobody had watched it.
";

/// What is told after the last one.
const EPILOGUE: &str = "\
One certificate, one host, three shows: one finding at each step, three weeks ahead, and its end.
Now your own feed:  podprobe check https://your.host/feed.xml
";

pub(super) async fn run(arguments: &DemoCommand) -> Result<Exit, Fault> {
    let terminal = std::io::stdout().is_terminal();
    let style =
        Style { color: output::colored(arguments.color, terminal), width: output::width(terminal), ..Style::default() };
    // Dropped half-way, the story takes its lab and the lab's files along.
    tokio::select! {
        biased;
        () = interrupt::asked_to_stop() => Ok(Exit::Interrupted),
        told = tell(&style) => told,
    }
}

async fn tell(style: &Style) -> Result<Exit, Fault> {
    let lab = Lab::open_night().await?;
    output::print(PROLOGUE)?;
    let mut faults = Vec::new();
    for (number, stage) in (1..).zip(Night::STAGES) {
        let at = lab.night().enter(stage)?;
        let heading = format!(
            "{number} of {}: {}, {}",
            Night::STAGES.len(),
            stage.title,
            stage.at.replace('T', " ").replace('Z', " UTC")
        );
        let rule = "=".repeat(heading.chars().count());
        output::print(&format!(
            "\n{heading}\n{rule}\n$ podprobe check --at {} {}\n\n",
            stage.at,
            lab.night().sources().join(" ")
        ))?;
        let (report, exit) = check(&lab, &at.to_string()).await?;
        let text = report::find("text").map(|format| format.to_text(&report, style)).unwrap_or_default();
        output::print(&text)?;
        output::print(&format!("(exit code {})\n", exit.code()))?;
        faults.extend(differs(stage, &report).map(|what| format!("{}: {what}", stage.title)));
    }
    lab.close().await;
    if faults.is_empty() {
        output::print(&format!("\n{EPILOGUE}"))?;
        Ok(Exit::Ok)
    } else {
        Err(Fault::Demo(faults.join("; ")))
    }
}

/// `podprobe check` against the lab's night, as of a time.
async fn check(lab: &Lab, at: &str) -> Result<(Report, Exit), Fault> {
    let mut words: Vec<String> = ["podprobe", "check", "--no-default-roots", "--at", at].map(String::from).into();
    words.extend(lab.flags());
    words.extend(lab.night().sources());
    let cli = Cli::try_parse_from(words).map_err(|why| Fault::Usage(why.to_string()))?;
    let Command::Check(check) = cli.command else { return Err(Fault::Usage("not check".into())) };
    Ok(Prepared::new(&check)?.report(&Progress::new(false)).await)
}

/// How a stage's report differs from what must be told then.
fn differs(stage: &Stage, report: &Report) -> Option<String> {
    let mut codes: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.caused_by.is_none())
        .map(|finding| finding.code.0.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let mut what = String::new();
    if codes != stage.causes {
        let _ = write!(what, "found {codes:?} in place of {:?} ", stage.causes);
    }
    if report.verdict.0.as_str() != stage.verdict {
        let _ = write!(what, "the verdict is {} in place of {}", report.verdict.0.as_str(), stage.verdict);
    }
    (!what.is_empty()).then(|| what.trim_end().to_owned())
}
