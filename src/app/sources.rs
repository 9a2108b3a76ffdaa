//! Sources: what was named on the command line becomes feeds. A list (OPML, or one URL a line) is
//! opened up, nested lists too; a source that cannot be read never hides the others.

use std::collections::{HashSet, VecDeque};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Poll, ready};

use futures_util::stream::{self, BoxStream, FuturesOrdered, StreamExt as _};
use tokio::task::JoinError;
use url::Url;

use super::spool::{Spool, Spooling};
use crate::chain::{Chain, End};
use crate::feed::{self, Document, Feed, Hints, Limit, Limits, List, Oddity, OddityKind, Other};
use crate::link::{self, Link};
use crate::probe::{Round, Validators};

/// Lists within lists are opened to this depth.
const MAX_NESTING: usize = 5;

/// Pages of one feed that are followed (RFC 5005).
const MAX_PAGES: usize = 100;

/// Sources of one round at most, those that lists name included. Lists come from outside, and
/// lists of lists grow by powers.
const MAX_SOURCES: usize = 100_000;

/// Sources that are loaded at once.
const LOADING: usize = 16;

/// What a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A URL.
    Url(Link),
    /// A file.
    File(PathBuf),
    /// `-`.
    Stdin,
}

/// Who named a source, which decides what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The user: anything.
    User,
    /// A list in a file or on standard input: URLs and files.
    LocalList,
    /// A list that came over the network: http and https alone. It must not reach into this
    /// machine's files.
    RemoteList,
}

/// A source to be opened.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// As written.
    text: String,
    by: By,
    /// The lists that lead here, by their keys: one that names itself is not opened again.
    within: Arc<[String]>,
}

/// A source that cannot be read: exit 3, the others go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// As given, redacted.
    pub source: String,
    /// Why, in words.
    pub why: String,
}

/// A feed, loaded as far as it can be.
#[derive(Debug)]
pub struct Loaded {
    /// The source as given (or as the list names it), redacted.
    pub source: String,
    /// The URL after redirects; `None` for a file.
    pub url: Option<Link>,
    /// The chain of its document; `None` for a file.
    pub chain: Option<Chain>,
    /// What the show is known as from before, for when its document does not come.
    pub title: Option<String>,
    /// What came: a feed, something else, or nothing.
    pub content: Content,
    /// The feed's episodes that are on disk, until a round takes them.
    pub(super) spool: Option<Spool>,
}

/// What a feed's source held.
#[derive(Debug)]
pub enum Content {
    /// A feed.
    Feed(Feed),
    /// A document that is no feed.
    Other(Other),
    /// Nothing came.
    Nothing,
}

impl Source {
    /// Reads a SOURCE argument, or an entry of a list.
    pub(super) fn parse(text: &str, by: By) -> Result<Self, Unreadable> {
        let unreadable = |why: String| Unreadable { source: link::redact(text), why };
        let source = match text.split_once("://") {
            _ if text == "-" => Self::Stdin,
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
                Self::Url(Link::parse(text).map_err(|why| unreadable(why.to_string()))?)
            }
            Some((scheme, path)) if scheme.eq_ignore_ascii_case("file") => {
                let file = Url::parse(text).ok().and_then(|url| url.to_file_path().ok());
                Self::File(file.ok_or_else(|| unreadable(format!("{path} is no path of this machine")))?)
            }
            Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                let why = format!("the scheme is {scheme}; a source is an http or https URL, a file, or -");
                return Err(unreadable(why));
            }
            _ => Self::File(PathBuf::from(text)),
        };
        match (by, &source) {
            (By::RemoteList, Self::File(_) | Self::Stdin) => {
                Err(unreadable("a list from the network may name http and https URLs alone".to_owned()))
            }
            (By::LocalList, Self::Stdin) => Err(unreadable("a list cannot name standard input".to_owned())),
            _ => Ok(source),
        }
    }
}

/// Loads sources. Clones are the same loader.
#[derive(Clone)]
pub(super) struct Loader {
    pub(super) round: Round,
    pub(super) limits: Limits,
    /// Episodes wait on disk, where all of a feed are asked for.
    pub(super) spooling: Option<Spooling>,
}

/// A document that was read, and those of its episodes that are on disk.
type Parsed = (Document, Option<Spool>);

/// What one source gave.
pub(super) enum Opened {
    /// A feed (or what stands in its place).
    Feed(Box<Loaded>),
    /// A list: its entries, and what they may be.
    List(Vec<String>, By),
    /// Nothing that can be judged.
    Unreadable(Unreadable),
}

/// What a source gave that was opened before.
pub(super) enum Again {
    /// It is what it was: 304 ended its chain.
    Same(Box<Chain>),
    /// It was read again, or could not be.
    Changed(Opened),
}

/// One source on its way through the levels of nesting.
enum Step {
    Open(Named),
    Opened(Named, Opened),
}

impl Loader {
    /// Opens sources in their order, a few at a time, lists opened up to `MAX_NESTING`. Whatever is
    /// named twice is handed on once, at its first place.
    pub(super) fn all<'a>(&'a self, sources: &[String]) -> BoxStream<'a, Opened> {
        let mut named = HashSet::new();
        let first: Vec<_> = sources
            .iter()
            .filter(|text| named.insert(key(text)))
            .map(|text| Step::Open(Named { text: text.clone(), by: By::User, within: Arc::default() }))
            .collect();
        let mut steps = stream::iter(first).boxed();
        for depth in 0..=MAX_NESTING {
            // What the user named has its own place, whatever lists name it too.
            steps = self.level(steps, depth, named.clone());
        }
        steps
            .scan(HashSet::new(), |seen, step| {
                let opened = match step {
                    Step::Opened(named, opened) => seen.insert(key(&named.text)).then_some(opened),
                    Step::Open(_) => None, // the last level leaves none
                };
                std::future::ready(Some(opened))
            })
            .filter_map(std::future::ready)
            .boxed()
    }

    /// Opens what is still to be opened; entries of lists are left to the next level.
    fn level<'a>(&'a self, steps: BoxStream<'a, Step>, depth: usize, named: HashSet<String>) -> BoxStream<'a, Step> {
        let opened = move |step| async move {
            match step {
                Step::Open(named) => {
                    let opened = self.open(&named).await;
                    Step::Opened(named, opened)
                }
                opened @ Step::Opened(..) => opened,
            }
        };
        let (mut steps, mut opening) = (steps.fuse(), FuturesOrdered::new());
        // What an earlier level opened may be a whole feed. Of those two are held at most, or each level would
        // hold as many as are loaded at once.
        let mut held: VecDeque<bool> = VecDeque::new();
        let opened = stream::poll_fn(move |context| {
            while opening.len() < LOADING && held.iter().filter(|is_feed| **is_feed).count() < 2 {
                let Poll::Ready(Some(step)) = steps.poll_next_unpin(context) else { break };
                held.push_back(matches!(step, Step::Opened(_, Opened::Feed(_))));
                opening.push_back(opened(step));
            }
            if opening.is_empty() {
                return if steps.is_done() { Poll::Ready(None) } else { Poll::Pending };
            }
            let next = ready!(opening.poll_next_unpin(context));
            held.pop_front();
            Poll::Ready(next)
        });
        opened
            .scan(named, move |named, step| std::future::ready(Some(stream::iter(unfold(step, depth, named)))))
            .flatten()
            .boxed()
    }

    /// Opens one source that a user or a list names. `within` are the lists that lead to it.
    pub(super) async fn one(&self, text: &str, by: By, within: &[String]) -> Opened {
        self.open(&Named { text: text.to_owned(), by, within: within.iter().map(|list| key(list)).collect() }).await
    }

    /// Opens a source once more. A URL is asked for only if it changed.
    pub(super) async fn again(&self, text: &str, by: By, within: &[String], known: &Validators) -> Again {
        match Source::parse(text, by) {
            Ok(Source::Url(link)) => {
                let (loader, known) = (self.clone(), known.clone());
                let source = link::redact(text);
                // In a task of its own, for the reason that `open` gives.
                let task = tokio::spawn(async move { loader.fetch_if(&link, &known).await });
                task.await.unwrap_or_else(|gone| {
                    Again::Changed(Opened::Unreadable(Unreadable { source, why: gone.to_string() }))
                })
            }
            _ => Again::Changed(self.one(text, by, within).await),
        }
    }

    async fn fetch_if(&self, link: &Link, known: &Validators) -> Again {
        let (chain, document) = self.document_if(link, known).await;
        let unchanged = chain.end == End::Reached
            && chain.last().and_then(|hop| hop.request.fact()).is_some_and(|answer| answer.status == 304);
        if unchanged { Again::Same(Box::new(chain)) } else { Again::Changed(self.fetched(link, chain, document).await) }
    }

    /// Opens one source, in a task of its own: while it is loaded it holds a host's gate and
    /// connection, which others wait for, and must go on when nobody polls for it.
    async fn open(&self, named: &Named) -> Opened {
        let source = link::redact(&named.text);
        let (loader, named) = (self.clone(), named.clone());
        let task = tokio::spawn(async move { loader.open_here(&named).await });
        task.await.unwrap_or_else(|gone| Opened::Unreadable(Unreadable { source, why: gone.to_string() }))
    }

    async fn open_here(&self, named: &Named) -> Opened {
        let text = &named.text;
        match Source::parse(text, named.by) {
            Err(unreadable) => Opened::Unreadable(unreadable),
            Ok(Source::Url(link)) => self.fetch(&link).await,
            Ok(Source::Stdin) => self.read("-".into(), || Ok(Box::new(std::io::stdin()))).await,
            Ok(Source::File(path)) => {
                // What a list in a file names stands beside that file.
                let beside = named.within.last().filter(|_| named.by == By::LocalList).map(Path::new);
                let path = match beside.and_then(Path::parent) {
                    Some(folder) if path.is_relative() => folder.join(path),
                    _ => path,
                };
                let forgotten = named.by == By::User && !path.exists() && is_like_a_host(text);
                if forgotten {
                    let why = format!("there is no such file; for a URL write https://{}", link::redact(text));
                    return Opened::Unreadable(Unreadable { source: link::redact(text), why });
                }
                self.read(text.to_owned(), move || {
                    let file = std::fs::File::open(&path)?;
                    if file.metadata()?.is_dir() {
                        return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
                    }
                    Ok(Box::new(file))
                })
                .await
            }
        }
    }

    async fn read<F>(&self, source: String, open: F) -> Opened
    where
        F: FnOnce() -> std::io::Result<Box<dyn Read + Send>> + Send + 'static,
    {
        let (limits, spooling) = (self.limits, self.spooling.clone());
        let read = tokio::task::spawn_blocking(move || -> std::io::Result<Parsed> {
            let mut watched = Watched { inner: open()?, fault: None };
            let parsed = parse(&mut watched, &Hints::default(), &limits, spooling.as_ref());
            match (parsed, watched.fault) {
                // What could be read of a feed is used; a disk that gives nothing is no empty feed.
                ((Document::Other(_), _), Some(fault)) => Err(fault),
                (parsed, _) => Ok(parsed),
            }
        });
        let source = link::redact(&source);
        let document = tokio::select! {
            read = read => read.unwrap_or_else(|gone| Err(std::io::Error::other(gone))),
            // Standard input may never end.
            () = self.round.stopped() => return Opened::Unreadable(Unreadable { source, why: "interrupted".into() }),
        };
        let (content, spool) = match document {
            Err(why) => return Opened::Unreadable(Unreadable { source, why: why.to_string() }),
            Ok((Document::List(list), _)) => return listed(source, list, By::LocalList),
            Ok((Document::Other(other), _)) => (Content::Other(other), None),
            Ok((Document::Feed(feed), spool)) => match self.follow_pages(feed, spool, None).await {
                Ok((feed, spool)) => (Content::Feed(feed), spool),
                Err(gone) => return Opened::Unreadable(Unreadable { source, why: gone.to_string() }),
            },
        };
        Opened::Feed(Box::new(Loaded { source, url: None, chain: None, title: None, content, spool }))
    }

    async fn fetch(&self, link: &Link) -> Opened {
        let (chain, document) = self.document(link).await;
        self.fetched(link, chain, document).await
    }

    async fn fetched(&self, link: &Link, chain: Chain, parsed: Option<Parsed>) -> Opened {
        let url = chain.last().map(|hop| hop.url.clone());
        let (content, spool) = match parsed {
            None => (Content::Nothing, None),
            Some((Document::List(list), _)) => return listed(link.to_string(), list, By::RemoteList),
            Some((Document::Other(other), _)) => (Content::Other(other), None),
            Some((Document::Feed(feed), spool)) => match self.follow_pages(feed, spool, url.as_ref()).await {
                Ok((feed, spool)) => (Content::Feed(feed), spool),
                Err(gone) => {
                    return Opened::Unreadable(Unreadable { source: link.to_string(), why: gone.to_string() });
                }
            },
        };
        Opened::Feed(Box::new(Loaded {
            source: link.to_string(),
            url,
            chain: Some(chain),
            title: None,
            content,
            spool,
        }))
    }

    async fn document(&self, link: &Link) -> (Chain, Option<Parsed>) {
        self.document_if(link, &Validators::default()).await
    }

    async fn document_if(&self, link: &Link, known: &Validators) -> (Chain, Option<Parsed>) {
        let (limits, spooling) = (self.limits, self.spooling.clone());
        self.round
            .document_if(link, known, move |head, body| {
                let hints = Hints { content_type: head.content_type.as_deref(), base: Some(&head.final_url) };
                parse(body, &hints, &limits, spooling.as_ref())
            })
            .await
    }

    /// Follows `rel=next` (RFC 5005 3), then `rel=prev-archive` (RFC 5005 4), while more episodes are
    /// asked for than are there. An error where a task that joins them is gone.
    async fn follow_pages(
        &self,
        mut feed: Feed,
        mut spool: Option<Spool>,
        own: Option<&Link>,
    ) -> Result<(Feed, Option<Spool>), JoinError> {
        let enough = |feed: &Feed| self.limits.episodes.is_some_and(|wanted| feed.items >= wanted);
        let mut seen: HashSet<Link> = own.cloned().into_iter().collect();
        let mut pages = 1;
        while !enough(&feed) && !spool.as_ref().is_some_and(Spool::is_broken) {
            let Some(next) = further(&mut feed, &mut seen) else { break };
            pages += 1;
            if pages > MAX_PAGES {
                feed.oddities.push(Oddity { line: 1, column: 1, what: OddityKind::Limit(Limit::Pages) });
                break;
            }
            match self.document(&next).await {
                (_, Some((Document::Feed(page), spooled))) => match (spool.take(), spooled) {
                    (Some(mut whole), Some(spooled)) => {
                        let limits = self.limits;
                        // It reads and writes files.
                        let joined = tokio::task::spawn_blocking(move || {
                            whole.merge(&mut feed, page, spooled, &limits);
                            (feed, whole)
                        });
                        let (joined, whole) = joined.await?;
                        (feed, spool) = (joined, Some(whole));
                    }
                    (whole, _) => {
                        feed::merge(&mut feed, page, &self.limits);
                        spool = whole;
                    }
                },
                (chain, other) => {
                    tracing::info!(page = %next, end = ?chain.end, came = other.is_some(), "a further page of the feed could not be read");
                    feed.oddities.push(Oddity { line: 1, column: 1, what: OddityKind::PageMissing(next.to_string()) });
                    break;
                }
            }
        }
        Ok((feed, spool))
    }
}

/// Reads a document, its episodes to a spool where that is wanted.
fn parse(input: impl Read, hints: &Hints<'_>, limits: &Limits, spooling: Option<&Spooling>) -> Parsed {
    let Some(spooling) = spooling else { return (feed::parse(input, hints, limits), None) };
    let mut spool = spooling.open();
    let document = feed::parse_into(input, hints, limits, &mut spool);
    (document, Some(spool))
}

/// Where more of a feed is that was not read yet: its next page, or else the archive before it.
fn further(feed: &mut Feed, seen: &mut HashSet<Link>) -> Option<Link> {
    let links = [&mut feed.next_page, &mut feed.prev_archive];
    links.into_iter().find_map(|link| Link::parse(&link.take()?).ok().filter(|link| seen.insert(link.clone())))
}

/// What a step leads to: itself, or the entries of a list that nobody has named yet.
fn unfold(step: Step, depth: usize, named: &mut HashSet<String>) -> Vec<Step> {
    let (list, entries, by) = match step {
        Step::Opened(list, Opened::List(entries, by)) => (list, entries, by),
        other => return vec![other],
    };
    let refused = |why: String| {
        let unreadable = Unreadable { source: link::redact(&list.text), why };
        Step::Opened(list.clone(), Opened::Unreadable(unreadable))
    };
    if depth >= MAX_NESTING {
        return vec![refused(format!("lists are nested more than {MAX_NESTING} deep"))];
    }
    let within: Arc<[String]> = list.within.iter().cloned().chain([key(&list.text)]).collect();
    let mut steps = Vec::new();
    for text in entries {
        if named.len() >= MAX_SOURCES {
            steps.push(refused(format!("more than {MAX_SOURCES} sources are named; the rest is left out")));
            break;
        }
        let key = key(&text);
        if !within.contains(&key) && named.insert(key) {
            steps.push(Step::Open(Named { text, by, within: Arc::clone(&within) }));
        }
    }
    steps
}

/// What makes two names the same source.
fn key(text: &str) -> String {
    Link::parse(text).map_or_else(|_| text.to_owned(), |link| link.expose().to_owned())
}

fn urls(list: List) -> Vec<String> {
    list.entries.into_iter().map(|entry| entry.url).collect()
}

/// A reader whose failure is remembered: the parser takes it for the document's end.
struct Watched<R> {
    inner: R,
    fault: Option<std::io::Error>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.inner.read(out).inspect_err(|why| {
            if why.kind() != std::io::ErrorKind::Interrupted {
                self.fault = Some(std::io::Error::from(why.kind()));
            }
        })
    }
}

/// Shared by everything that works on loaded feeds.
pub(super) type LoadedFeed = Arc<Loaded>;

/// A list, if it names anything: one that names nothing would leave a check green for ever.
fn listed(source: String, list: List, by: By) -> Opened {
    let entries = urls(list);
    if entries.is_empty() {
        return Opened::Unreadable(Unreadable { source, why: "the list names no feed".into() });
    }
    Opened::List(entries, by)
}

/// `example.com/feed.xml`: a URL whose scheme was forgotten.
fn is_like_a_host(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    let name = host.rsplit('@').next().unwrap_or_default();
    !text.starts_with(['.', '/'])
        && name.contains('.')
        && psl::suffix(name.to_ascii_lowercase().as_bytes()).is_some_and(|suffix| suffix.is_known())
        && Link::parse(&format!("https://{text}")).is_ok()
}

#[cfg(test)]
mod tests;
