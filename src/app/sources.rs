//! Sources: what was named on the command line becomes feeds. A list (OPML, or one URL a line) is
//! opened up, nested lists too; a source that cannot be read never hides the others.

use std::collections::HashSet;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use crate::chain::Chain;
use crate::feed::{self, Document, Feed, Hints, Limit, Limits, Oddity, OddityKind, Other};
use crate::link::{self, Link};
use crate::probe::Round;

/// Lists within lists are opened to this depth.
const MAX_NESTING: usize = 5;

/// Pages of one feed that are followed (RFC 5005).
const MAX_PAGES: usize = 100;

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
    /// What came: a feed, something else, or nothing.
    pub content: Content,
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
    /// Reads a SOURCE argument.
    pub(super) fn parse(text: &str) -> Result<Self, Unreadable> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        let unreadable = |why: String| Unreadable { source: link::redact(text), why };
        match text.split_once("://") {
            Some(("http" | "https" | "HTTP" | "HTTPS", _)) => {
                Link::parse(text).map(Self::Url).map_err(|why| unreadable(why.to_string()))
            }
            Some(("file", path)) => Ok(Self::File(PathBuf::from(path))),
            Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Err(unreadable(format!("the scheme is {scheme}; a source is an http or https URL, a file, or -")))
            }
            _ => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

/// Loads sources.
pub(super) struct Loader {
    pub(super) round: Round,
    pub(super) limits: Limits,
}

/// What one source gave.
pub(super) enum Opened {
    /// A feed (or what stands in its place).
    Feed(Box<Loaded>),
    /// A list: its entries.
    List(Vec<String>),
    /// Nothing that can be judged.
    Unreadable(Unreadable),
}

impl Loader {
    /// Opens a source to the feeds in it, lists opened up to `MAX_NESTING`; `seen` keeps a feed
    /// that is named twice from being loaded twice.
    pub(super) async fn expand(&self, text: String, seen: &mut HashSet<String>) -> Vec<Opened> {
        let mut out = Vec::new();
        let mut pending = vec![(text, 0)];
        while let Some((text, depth)) = pending.pop() {
            if !seen.insert(text.clone()) {
                continue;
            }
            match self.open(&text).await {
                Opened::List(entries) if depth < MAX_NESTING => {
                    // The last pushed is the next popped: keep the list's order.
                    pending.extend(entries.into_iter().rev().map(|entry| (entry, depth + 1)));
                }
                Opened::List(_) => out.push(Opened::Unreadable(Unreadable {
                    source: link::redact(&text),
                    why: format!("lists are nested more than {MAX_NESTING} deep"),
                })),
                opened => out.push(opened),
            }
        }
        out
    }

    /// Opens one source. Entries of a list are returned, not followed.
    pub(super) async fn open(&self, text: &str) -> Opened {
        match Source::parse(text) {
            Err(unreadable) => Opened::Unreadable(unreadable),
            Ok(Source::Url(link)) => self.fetch(&link).await,
            Ok(Source::Stdin) => self.read("-".into(), || Ok(Box::new(std::io::stdin()))).await,
            Ok(Source::File(path)) => {
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
        let limits = self.limits;
        let read = tokio::task::spawn_blocking(move || -> std::io::Result<Document> {
            Ok(feed::parse(open()?, &Hints::default(), &limits))
        });
        let source = link::redact(&source);
        let document = tokio::select! {
            read = read => read.unwrap_or_else(|gone| Err(std::io::Error::other(gone))),
            // Standard input may never end.
            () = self.round.stopped() => return Opened::Unreadable(Unreadable { source, why: "interrupted".into() }),
        };
        match document {
            Err(why) => Opened::Unreadable(Unreadable { source, why: why.to_string() }),
            Ok(Document::List(list)) => Opened::List(list.entries.into_iter().map(|entry| entry.url).collect()),
            Ok(Document::Other(other)) => {
                Opened::Feed(Box::new(Loaded { source, url: None, chain: None, content: Content::Other(other) }))
            }
            Ok(Document::Feed(mut feed)) => {
                self.follow_pages(&mut feed).await;
                Opened::Feed(Box::new(Loaded { source, url: None, chain: None, content: Content::Feed(feed) }))
            }
        }
    }

    async fn fetch(&self, link: &Link) -> Opened {
        let (chain, document) = self.document(link).await;
        let url = chain.last().map(|hop| hop.url.clone());
        let content = match document {
            None => Content::Nothing,
            Some(Document::List(list)) => {
                return Opened::List(list.entries.into_iter().map(|entry| entry.url).collect());
            }
            Some(Document::Other(other)) => Content::Other(other),
            Some(Document::Feed(mut feed)) => {
                self.follow_pages(&mut feed).await;
                Content::Feed(feed)
            }
        };
        Opened::Feed(Box::new(Loaded { source: link.to_string(), url, chain: Some(chain), content }))
    }

    async fn document(&self, link: &Link) -> (Chain, Option<Document>) {
        let limits = self.limits;
        self.round
            .document(link, move |head, body| {
                let hints = Hints { content_type: head.content_type.as_deref(), base: Some(&head.final_url) };
                feed::parse(body, &hints, &limits)
            })
            .await
    }

    /// Follows `rel=next` while more episodes are asked for than are there (RFC 5005 3).
    async fn follow_pages(&self, feed: &mut Feed) {
        let enough = |feed: &Feed| self.limits.episodes.is_some_and(|wanted| feed.items >= wanted);
        let mut seen = HashSet::new();
        while !enough(feed) {
            let Some(next) = feed.next_page.take().and_then(|next| Link::parse(&next).ok()) else { return };
            if !seen.insert(next.clone()) {
                return;
            }
            if seen.len() >= MAX_PAGES {
                feed.oddities.push(Oddity { line: 1, column: 1, what: OddityKind::Limit(Limit::Pages) });
                return;
            }
            match self.document(&next).await {
                (_, Some(Document::Feed(page))) => feed::merge(feed, page, &self.limits),
                (chain, other) => {
                    tracing::info!(page = %next, end = ?chain.end, came = other.is_some(), "a further page of the feed could not be read");
                    feed.oddities.push(Oddity { line: 1, column: 1, what: OddityKind::PageMissing(next.to_string()) });
                    return;
                }
            }
        }
    }
}

/// Shared by everything that works on loaded feeds.
pub(super) type LoadedFeed = Arc<Loaded>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_url_a_file_or_standard_input() {
        assert_eq!(Source::parse("-"), Ok(Source::Stdin));
        assert_eq!(Source::parse("feeds/a.xml"), Ok(Source::File("feeds/a.xml".into())));
        assert!(matches!(Source::parse("https://h.example/feed"), Ok(Source::Url(_))));
        assert!(Source::parse("ftp://h.example/feed").unwrap_err().why.contains("ftp"));
        assert!(Source::parse("https://").is_err());
        let unreadable = Source::parse("ftp://u:secret@h.example/feed").unwrap_err();
        assert!(!unreadable.source.contains("secret"));
    }
}
