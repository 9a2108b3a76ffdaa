//! How fast and how lean podprobe reads a feed: against a bare loop over quick-xml's events, and
//! against feed-rs, on the same file.
//!
//! ```text
//! cargo bench --manifest-path benches/parse/Cargo.toml --bench parse
//! cargo bench --manifest-path benches/parse/Cargo.toml --bench parse -- --mb 20 --rounds 9 --feed show
//! cargo bench --manifest-path benches/parse/Cargo.toml --bench parse -- --write FILE --feed show
//! ```
//!
//! Every reading is a process of its own, so that its peak memory is its own. One round reads the
//! file once with each reader, in turn; ratios are taken within a round, and the median over the
//! rounds is told. Speed is bytes by seconds of the processor, which a busy machine disturbs less
//! than the clock on the wall.

use std::any::Any;
use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use podprobe::feed::{self, Document, Hints, Limits};
use podprobe_bench_parse::{Shape, write};

type Failure = Box<dyn Error>;

/// Bytes that podprobe reads at once; the peers get the same.
const CHUNK: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    All,
    Ten,
    QuickXml,
    FeedRs,
}

impl Reader {
    const EVERY: [Self; 4] = [Self::All, Self::Ten, Self::QuickXml, Self::FeedRs];

    fn as_str(self) -> &'static str {
        match self {
            Self::All => "podprobe, all episodes",
            Self::Ten => "podprobe, ten episodes",
            Self::QuickXml => "quick-xml, bare loop",
            Self::FeedRs => "feed-rs",
        }
    }

    /// Reads the file. Gives the number of items, or of events for the bare loop, and what was
    /// read, so that throwing it away is not measured.
    fn read(self, file: File) -> Result<(usize, Box<dyn Any>), Failure> {
        match self {
            Self::All | Self::Ten => {
                let episodes = (self == Self::Ten).then_some(10);
                let limits = Limits { episodes, bytes: u64::MAX, ..Limits::default() };
                match feed::parse(file, &Hints::default(), &limits) {
                    Document::Feed(feed) if feed.oddities.is_empty() => Ok((feed.items, Box::new(feed))),
                    other => Err(format!("not a sound feed: {other:.500?}").into()),
                }
            }
            Self::QuickXml => {
                let mut reader = quick_xml::Reader::from_reader(BufReader::with_capacity(CHUNK, file));
                let mut token = Vec::new();
                let mut events = 0;
                while reader.read_event_into(&mut token)? != quick_xml::events::Event::Eof {
                    token.clear();
                    events += 1;
                }
                Ok((events, Box::new(())))
            }
            Self::FeedRs => {
                let feed = feed_rs::parser::parse(BufReader::with_capacity(CHUNK, file))?;
                Ok((feed.entries.len(), Box::new(feed)))
            }
        }
    }
}

/// What one process measured.
#[derive(Clone, Copy, Debug)]
struct Measure {
    /// Nanoseconds of the processor.
    cpu: f64,
    /// The most memory that it held, KiB.
    peak: f64,
}

fn cpu() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}

fn peak() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn child(reader: Reader, path: &Path) -> Result<(), Failure> {
    let file = File::open(path)?;
    let start = cpu()?;
    let (count, kept) = reader.read(file)?;
    let took = cpu()? - start;
    drop(kept);
    println!("{took} {} {count}", peak()?);
    Ok(())
}

fn measure(reader: Reader, path: &Path, items: usize) -> Result<Measure, Failure> {
    let index = Reader::EVERY.iter().position(|other| *other == reader).unwrap_or_default();
    let out = Command::new(std::env::current_exe()?).arg("--child").arg(index.to_string()).arg(path).output()?;
    let text = String::from_utf8(out.stdout)?;
    let numbers: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [cpu, peak, count] = numbers[..] else {
        return Err(format!("{}: {}", reader.as_str(), String::from_utf8_lossy(&out.stderr)).into());
    };
    if reader != Reader::QuickXml && count != items as f64 {
        return Err(format!("{}: {count} items of {items}", reader.as_str()).into());
    }
    Ok(Measure { cpu, peak })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn compare(shape: Shape, path: &Path, bytes: u64, rounds: usize) -> Result<(), Failure> {
    let made = write(&mut BufWriter::new(File::create(path)?), shape, bytes)?;
    println!("\n{}: {} bytes, {} items, median of {rounds} rounds", shape.as_str(), made.bytes, made.items);
    println!("{:<26}{:>8}{:>14}{:>14}{:>12}", "", "MB/s", "to quick-xml", "to feed-rs", "peak MB");
    let mut table: [Vec<Measure>; 4] = Default::default();
    for _ in 0..rounds {
        for (row, reader) in table.iter_mut().zip(Reader::EVERY) {
            row.push(measure(reader, path, made.items)?);
        }
    }
    let [.., quick, feed_rs] = &table;
    for (row, reader) in table.iter().zip(Reader::EVERY) {
        let ratio = |peer: &[Measure]| median(row.iter().zip(peer).map(|(own, peer)| peer.cpu / own.cpu).collect());
        println!(
            "{:<26}{:>8.0}{:>14.2}{:>14.2}{:>12.1}",
            reader.as_str(),
            median(row.iter().map(|one| made.bytes as f64 * 1000.0 / one.cpu).collect()),
            ratio(quick),
            ratio(feed_rs),
            median(row.iter().map(|one| one.peak * 1024.0 / 1e6).collect()),
        );
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [flag, reader, path] = &args[..]
        && flag == "--child"
    {
        let reader = Reader::EVERY.get(reader.parse::<usize>()?).ok_or("no such reader")?;
        return child(*reader, Path::new(path));
    }
    let (mut megabytes, mut rounds, mut shapes, mut to) = (100, 7, Shape::ALL.to_vec(), None::<PathBuf>);
    for pair in args.chunks(2) {
        match pair {
            [flag, value] if flag == "--mb" => megabytes = value.parse()?,
            [flag, value] if flag == "--rounds" => rounds = value.parse()?,
            [flag, value] if flag == "--feed" => shapes.retain(|shape| shape.as_str() == value),
            [flag, value] if flag == "--write" => to = Some(value.into()),
            other => return Err(format!("unknown: {other:?}; see benches/parse/parse.rs").into()),
        }
    }
    let bytes = megabytes * 1_000_000;
    if let Some(to) = to {
        let shape = *shapes.first().ok_or("no such feed")?;
        let mut file = BufWriter::new(File::create(to)?);
        write(&mut file, shape, bytes)?;
        return Ok(file.flush()?);
    }
    let place = tempfile::tempdir()?;
    for shape in shapes {
        compare(shape, &place.path().join("feed.xml"), bytes, rounds)?;
    }
    Ok(())
}
