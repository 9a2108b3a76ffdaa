//! Walking: hop to hop with HEAD, the fallback to GET, redirects by hand, and one more walk over
//! fresh connections before a failure counts.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{FusedFuture as _, join_all};
use tokio::time::Instant;

use super::Inner;
use super::answer;
use super::document::Validators;
use super::exchange::{Ask, Range, Reply};
use super::gate::Pass;
use super::hop::{Failed, Run, dialling};
use super::pool::{Generation, LaneKey};
use super::settings::Limits;
use super::tls::Offer;
use crate::audio::Sniff;
use crate::chain::{
    Answer, Chain, ConnectFailure, Depth, End, HeadVerdict, Hop, Media, Method, Phase, RequestFailure, TlsFailure,
};
use crate::link::{Link, Origin};

/// What a walk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To learn of an enclosure.
    Media(Depth),
    /// To read a feed or list: every hop is asked with GET.
    Document,
}

impl Purpose {
    /// What the streams of a connection made for it get: much only where whole bodies are read.
    pub(crate) fn window(self, limits: &Limits) -> u32 {
        match self {
            Self::Media(Depth::Headers | Depth::Sample) => limits.glance.min(limits.window),
            Self::Media(Depth::Full) | Self::Document => limits.window,
        }
    }
}

/// One walk.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) purpose: Purpose,
    pub(crate) generation: Generation,
    /// When the chain's time is up.
    pub(crate) deadline: Instant,
    started: Instant,
    /// Time that went into waiting for others, which is no host's fault.
    waited: Duration,
    /// What a listener would have waited for the hops that are done.
    pub(crate) heard: Duration,
    /// What is known of the document already.
    pub(crate) known: Validators,
}

impl Walk {
    pub(crate) fn new(purpose: Purpose, generation: Generation, limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            purpose,
            generation,
            deadline: now + limit,
            started: now,
            waited: Duration::ZERO,
            heard: Duration::ZERO,
            known: Validators::default(),
        }
    }

    /// Time that was spent waiting for a gate, for `Retry-After` or for another's dial counts for
    /// nothing.
    pub(crate) fn excuse(&mut self, waited: Duration) {
        self.waited = self.waited.saturating_add(waited);
        self.deadline += waited;
    }

    /// From the start, waiting apart.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed().saturating_sub(self.waited)
    }
}

/// Where a hop leads.
#[derive(Debug)]
pub(crate) enum Next {
    /// To another URL.
    Follow(Link),
    /// To the chain's end.
    End(End, Option<Box<Media>>),
    /// To a document's body. The pass is held while it is read.
    Body(Box<Reply>, Option<Pass>),
}

impl Next {
    /// The chain ends here, with nothing learnt of the media.
    pub(crate) fn end(end: End) -> Self {
        Self::End(end, None)
    }
}

impl Inner {
    /// Walks an enclosure's chain, and connects ahead to the hosts that it is expected to cross:
    /// those that its URL names, and what came after them before. What is still being dialled when
    /// the walk ends is given up.
    pub(crate) async fn walk_ahead(&self, start: &Link, depth: Depth, pass: Pass, named: &[Origin]) -> Chain {
        let key =
            |origin: &Origin| LaneKey { origin: origin.clone(), generation: Generation::First, offer: Offer::Any };
        let now = Instant::now();
        let lacks = |origin: &Origin| self.pool.lacks(&key(origin)) && self.origins.record(origin).is_open(now);
        let guess = self.foresight.guess(&start.origin(), named, lacks);
        let walking = self.walk_confirmed(start, depth, pass);
        let chain = if guess.dial.is_empty() {
            walking.await
        } else {
            let window = Purpose::Media(depth).window(&self.settings.limits);
            let dials = guess.dial.iter().map(|origin| self.connect_ahead(key(origin), window));
            // The walk may wait for these dials, so both are polled until the walk is done.
            let mut dials = join_all(dials).fuse();
            let mut walking = std::pin::pin!(walking.fuse());
            loop {
                tokio::select! {
                    biased;
                    _dialled = &mut dials, if !dials.is_terminated() => {},
                    chain = &mut walking => break chain,
                }
            }
        };
        self.foresight.settle(guess, &chain);
        chain
    }

    /// Walks an enclosure's chain; a failure is confirmed by one more walk over the round's second
    /// pool, and what that one sees counts.
    ///
    /// Thousands of these wait in the queue of one host, before the first walk and before the
    /// second: what a walk needs is boxed, and made once it may begin.
    pub(crate) async fn walk_confirmed(&self, start: &Link, depth: Depth, pass: Pass) -> Chain {
        let mut chain = Box::pin(self.walk_twice(start, depth, pass)).await;
        if self.neutral_agent.is_some() {
            chain.second_opinion = Box::pin(self.second_opinion(&chain)).await;
        }
        chain
    }

    async fn walk_twice(&self, start: &Link, depth: Depth, pass: Pass) -> Chain {
        let purpose = Purpose::Media(depth);
        let (first, _) = Box::pin(self.walk_once(start, purpose, Generation::First, Some(pass))).await;
        if !is_worth_confirming(&first) {
            return first;
        }
        let host = start.origin().host;
        let pass = tokio::select! {
            () = self.stop.cancelled() => return first,
            pass = self.gates.pass(&host) => pass,
        };
        let (mut second, _) = Box::pin(self.walk_once(start, purpose, Generation::Second, Some(pass))).await;
        if second.end == End::Interrupted {
            return first;
        }
        second.walks = 2;
        second
    }

    /// One walk. Gives the last hop's open body where the purpose is a document and it came.
    pub(crate) async fn walk_once(
        &self,
        start: &Link,
        purpose: Purpose,
        generation: Generation,
        pass: Option<Pass>,
    ) -> (Chain, Option<(Box<Reply>, Option<Pass>)>) {
        self.walk_along(start, Walk::new(purpose, generation, self.settings.limits.chain), pass).await
    }

    /// The same with a walk that is prepared.
    pub(crate) async fn walk_along(
        &self,
        start: &Link,
        mut walk: Walk,
        mut pass: Option<Pass>,
    ) -> (Chain, Option<(Box<Reply>, Option<Pass>)>) {
        let limit = self.settings.max_redirects;
        let mut hops: Vec<Hop> = Vec::with_capacity(4);
        let mut url = start.clone();
        let (end, media, body) = loop {
            let (hop, next) = Run::new(self, &mut walk, url, pass.take()).run().await;
            let answered = hop.request.fact().map(|answer| answer.first_byte).unwrap_or_default();
            walk.heard = walk.heard.saturating_add(dialling(&hop)).saturating_add(answered);
            hops.push(hop);
            match next {
                Next::End(end, media) => break (end, media.map(|media| *media), None),
                Next::Body(reply, pass) => break (End::Reached, None, Some((reply, pass))),
                Next::Follow(link) => {
                    // Nothing but the URL goes from hop to hop, so the same URL gives the same answer.
                    if let Some(back_to) = hops.iter().position(|hop| hop.url == link) {
                        break (End::Loop { back_to }, None, None);
                    }
                    if hops.len() > limit as usize {
                        break (End::TooManyRedirects { limit }, None, None);
                    }
                    url = link;
                }
            }
        };
        hops.shrink_to_fit();
        (Chain { hops, end, media, took: walk.elapsed(), walks: 1, second_opinion: None }, body)
    }
}

/// Whether a chain failed in a way that another walk may not see again.
pub(crate) fn is_worth_confirming(chain: &Chain) -> bool {
    match &chain.end {
        End::Interrupted => false,
        End::Loop { .. } | End::TooManyRedirects { .. } | End::BadRedirect(_) => true,
        End::Broken => !chain.last().is_some_and(is_settled),
        End::Reached => chain.media.as_ref().is_some_and(|media| {
            let useless =
                matches!(media.sniff, Some(Sniff::Impostor(_) | Sniff::Corrupt { .. } | Sniff::Empty | Sniff::Unknown));
            let torn = media
                .full
                .as_ref()
                .is_some_and(|full| full.end.is_err() && full.end != Err(RequestFailure::Interrupted));
            useless || torn
        }),
    }
}

/// Failures that a second walk cannot change, or that ask not to be asked again.
fn is_settled(hop: &Hop) -> bool {
    if matches!(hop.connect.failure(), Some(ConnectFailure::Blocked(_)))
        || matches!(hop.tls.failure(), Some(TlsFailure::Obsolete(_)))
    {
        return true;
    }
    match &hop.request {
        Phase::Failed {
            why: RequestFailure::NotAsked { .. } | RequestFailure::Interrupted | RequestFailure::Withheld(_),
            ..
        } => true,
        Phase::Done { fact, .. } => answer::is_rate_limited(fact),
        Phase::Failed { .. } | Phase::NotReached => false,
    }
}

/// Why an answer to HEAD cannot stand for a GET's; `None` where it can.
pub(crate) fn unfit(answer: &Answer, location: Option<&str>) -> Option<HeadVerdict> {
    match answer.status {
        200 | 203 | 206 => {
            answer.header("content-type").is_some_and(answer::is_text).then_some(HeadVerdict::Unfit(answer.status))
        }
        301 | 302 | 303 | 307 | 308 => {
            location.is_none_or(|text| text.trim().is_empty()).then_some(HeadVerdict::Unfit(answer.status))
        }
        status => Some(HeadVerdict::Refused(status)),
    }
}

impl Run<'_> {
    /// Asks for this hop's URL and says where it leads.
    pub(crate) async fn run(mut self) -> (Hop, Next) {
        let next = match self.begin().await {
            Some(next) => next,
            None => match self.walk.purpose {
                Purpose::Media(depth) => self.media(depth).await,
                Purpose::Document => self.document().await,
            },
        };
        (self.hop, next)
    }

    /// Leave to ask, or why this URL is not asked.
    async fn begin(&mut self) -> Option<Next> {
        if let Err(why) = self.admit().await {
            return Some(self.fail(why));
        }
        if let Some(why) = self.record.broken(&self.hop.url, self.inner.settings.limits.breaker) {
            return Some(self.fail(why));
        }
        if let Some((answer, connection)) = self.record.standing(self.asked) {
            self.hop.reused = true;
            self.hop.connection = connection;
            self.hop.request = Phase::Done { took: Duration::ZERO, fact: answer };
            return Some(Next::end(End::Broken));
        }
        None
    }

    async fn media(&mut self, depth: Depth) -> Next {
        let url = self.hop.url.clone();
        let ask = Ask { url: &url, method: Method::Head, range: None, document: None, want: 0, neutral: false };
        let location = match self.ask_patiently(&ask).await {
            Ok(reply) => match unfit(&reply.answer, reply.location.as_deref()) {
                // Who asks to be left alone for a time is not asked again at once.
                Some(verdict)
                    if !(answer::is_rate_limited(&reply.answer) && reply.answer.header("retry-after").is_some()) =>
                {
                    reply.finish(self.inner, 0).await;
                    return Box::pin(self.fall_back(depth, verdict)).await;
                }
                _ => self.conclude(reply, 0).await,
            },
            Err(Failed::Dial) => return Next::end(End::Broken),
            Err(Failed::Request(
                why @ (RequestFailure::Interrupted | RequestFailure::Deadline | RequestFailure::Withheld(_)),
            )) => {
                return self.fail(why);
            }
            Err(Failed::Request(_)) => return Box::pin(self.fall_back(depth, HeadVerdict::Failed)).await,
        };
        self.settle(depth, location.as_deref()).await
    }

    /// HEAD was of no use: the same hop again, with a GET of one byte.
    async fn fall_back(&mut self, depth: Depth, verdict: HeadVerdict) -> Next {
        let url = self.hop.url.clone();
        let ask = Ask {
            url: &url,
            method: Method::Get,
            range: Some(Range::FIRST_BYTE),
            document: None,
            want: 1,
            neutral: false,
        };
        let reply = match self.ask_patiently(&ask).await {
            Ok(reply) => reply,
            Err(failed) => return self.give_up(failed),
        };
        let location = self.conclude(reply, self.inner.settings.limits.jump).await;
        let got = self.hop.request.fact().and_then(|answer| unfit(answer, location.as_deref()));
        // HEAD is at fault only where GET is answered otherwise.
        let same = match (verdict, got) {
            (HeadVerdict::Refused(head), Some(HeadVerdict::Refused(get))) => head == get,
            // Text for both, or no Location for both.
            (HeadVerdict::Unfit(head), Some(HeadVerdict::Unfit(get))) => head / 100 == get / 100,
            _ => false,
        };
        self.hop.head = if same { HeadVerdict::Fine } else { verdict };
        self.settle(depth, location.as_deref()).await
    }

    /// Takes the answer as the hop's own and is done with its body. Gives the Location.
    async fn conclude(&mut self, mut reply: Box<Reply>, drain: u64) -> Option<String> {
        let location = reply.location.take();
        self.take(reply.finish(self.inner, drain).await);
        location
    }

    /// Where the answer that counts leads.
    async fn settle(&mut self, depth: Depth, location: Option<&str>) -> Next {
        let Some(answer) = self.hop.request.fact() else { return Next::end(End::Broken) };
        if answer.is_redirect() {
            return self.follow(location);
        }
        let reached =
            matches!(answer.status, 200 | 203 | 206) || (answer.status == 416 && answer.method == Method::Get);
        if !reached {
            return Next::end(End::Broken);
        }
        match depth {
            Depth::Headers => Next::End(End::Reached, Some(Box::new(headers_only(answer)))),
            Depth::Sample => self.sample().await,
            Depth::Full => Box::pin(self.full()).await,
        }
    }

    /// Where a redirect leads (RFC 9110 10.2.2).
    pub(crate) fn follow(&self, location: Option<&str>) -> Next {
        match answer::led_to(&self.hop.url, location) {
            Ok(link) => Next::Follow(link),
            Err(fault) => Next::end(End::BadRedirect(fault)),
        }
    }

    async fn document(&mut self) -> Next {
        let url = self.hop.url.clone();
        let want = self.inner.settings.limits.slack;
        let known = self.walk.known.clone();
        let ask = Ask { url: &url, method: Method::Get, range: None, document: Some(&known), want, neutral: false };
        let reply = match self.ask_patiently(&ask).await {
            Ok(reply) => reply,
            Err(failed) => return self.give_up(failed),
        };
        if matches!(reply.answer.status, 200 | 203) {
            self.take(reply.answer.clone());
            return Next::Body(reply, self.pass.take());
        }
        let (redirects, unchanged) = (reply.answer.is_redirect(), reply.answer.status == 304 && known.is_about(&url));
        let location = self.conclude(reply, self.inner.settings.limits.jump).await;
        match (unchanged, redirects) {
            (true, _) => Next::end(End::Reached),
            (false, true) => self.follow(location.as_deref()),
            (false, false) => Next::end(End::Broken),
        }
    }

    /// The request failed, or it never came to one.
    pub(crate) fn give_up(&mut self, failed: Failed) -> Next {
        match failed {
            Failed::Dial => Next::end(End::Broken),
            Failed::Request(why) => self.fail(why),
        }
    }

    /// The request failed for this reason.
    pub(crate) fn fail(&mut self, why: RequestFailure) -> Next {
        if matches!(why, RequestFailure::HeadTimeout | RequestFailure::BodyTimeout) {
            self.record.timed_out(&self.hop.url, &why, self.inner.settings.limits.breaker);
        }
        let end = if why == RequestFailure::Interrupted { End::Interrupted } else { End::Broken };
        let took = self.lasted.unwrap_or_else(|| self.asked.elapsed());
        self.hop.request = Phase::Failed { took, why };
        Next::end(end)
    }

    /// The answer that counts, as far as it is known by now.
    pub(crate) fn take(&mut self, answer: Answer) {
        let took = answer.first_byte.saturating_add(answer.transfer.unwrap_or_default());
        self.hop.request = Phase::Done { took, fact: answer };
    }
}

/// What heads alone tell of the media.
fn headers_only(answer: &Answer) -> Media {
    let (range, bytes_total) = match answer.method {
        Method::Head => (None, answer::content_length(answer)),
        Method::Get => {
            let (range, total) = answer::range_answer(answer, 0, Some(0));
            (Some(range), total)
        }
    };
    Media {
        content_type: answer.header("content-type").map(ToOwned::to_owned),
        bytes_total,
        bytes_read: 0,
        range,
        sniff: None,
        full: None,
        first_audio_byte: None,
    }
}
