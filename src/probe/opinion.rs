//! The second opinion: a refusal that ends a chain, asked once more under a neutral name, for
//! headers only. Whether robots alone are refused is judged elsewhere.

use super::Inner;
use super::exchange::{Ask, Range, Reply};
use super::gate::Pass;
use super::hop::{Failed, Run};
use super::pool::Generation;
use super::walk::{Purpose, Walk, unfit};
use crate::chain::{Answer, Chain, Depth, End, Method, RequestFailure, SecondOpinion, is_refusal};
use crate::link::Link;

impl Inner {
    /// What the last hop's URL answers to somebody else, where it refused this prober and second
    /// opinions are wanted. Who said when to come again (`Retry-After`) is left alone until then.
    pub(crate) async fn second_opinion(&self, chain: &Chain) -> Option<Box<SecondOpinion>> {
        let user_agent = self.neutral_agent.as_ref()?.to_str().ok()?.to_owned();
        let hop = chain.last().filter(|_| chain.end == End::Broken)?;
        let refused = hop.request.fact().filter(|answer| is_refusal(answer.status))?;
        if refused.header("retry-after").is_some() || self.stop.is_cancelled() {
            return None;
        }
        // As with walks: what waits in the queue is small.
        let host = hop.url.origin().host;
        let pass = tokio::select! {
            () = self.stop.cancelled() => return None,
            pass = self.gates.pass(&host) => pass,
        };
        let answer = match Box::pin(self.ask_neutrally(&hop.url, pass)).await {
            Ok(answer) => Ok(answer),
            // Stopped, or no connection came to be this time: nothing was learnt.
            Err(Failed::Request(RequestFailure::Interrupted) | Failed::Dial) => return None,
            Err(Failed::Request(why)) => Err(why),
        };
        Some(Box::new(SecondOpinion { user_agent, answer }))
    }

    async fn ask_neutrally(&self, url: &Link, pass: Pass) -> Result<Answer, Failed> {
        let mut walk = Walk::new(Purpose::Media(Depth::Headers), Generation::Second, self.settings.limits.chain);
        Run::new(self, &mut walk, url.clone(), Some(pass)).neutrally().await
    }
}

impl Run<'_> {
    /// HEAD, then a GET of one byte where HEAD is of no use, as in any walk.
    async fn neutrally(mut self) -> Result<Answer, Failed> {
        self.admit().await.map_err(Failed::Request)?;
        let url = self.hop.url.clone();
        let head = Ask { url: &url, method: Method::Head, range: None, document: None, want: 0, neutral: true };
        match self.ask(&head).await {
            Ok(reply) if unfit(&reply.answer, reply.location.as_deref()).is_none() => {
                return Ok(self.done(reply, 0).await);
            }
            Ok(reply) => drop(self.done(reply, 0).await),
            Err(Failed::Request(RequestFailure::Interrupted | RequestFailure::Deadline) | Failed::Dial) => {
                return Err(Failed::Dial);
            }
            Err(Failed::Request(_)) => {}
        }
        let range = Some(Range::FIRST_BYTE);
        let get = Ask { url: &url, method: Method::Get, range, document: None, want: 1, neutral: true };
        let reply = self.ask(&get).await?;
        Ok(self.done(reply, self.inner.settings.limits.jump).await)
    }

    async fn done(&self, reply: Box<Reply>, drain: u64) -> Answer {
        reply.finish(self.inner, drain).await
    }
}
