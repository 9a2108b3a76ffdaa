//! Every rule of the findings page, from facts to findings.

mod advice;
mod feeds;
mod folding;
mod http;
mod media;
mod origins;
mod rounds;
