//! A local HTTP server that records what it gets and answers as it is told.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// How it answers.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// As the platform does when all is well.
    Take,
    /// With a status, headers and a body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Never.
    Hang,
    /// With the beginning of an answer, and then never.
    Drip,
    /// By closing the connection.
    Close,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(super) struct Receiver {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// Starts one. `good` is what it answers when all is well.
    pub(super) async fn start(act: Act, good: (u16, &'static str)) -> Self {
        Self::begin(act, good, None).await
    }

    /// The same over TLS.
    pub(super) async fn start_tls(act: Act, good: (u16, &'static str), tls: TlsAcceptor) -> Self {
        Self::begin(act, good, Some(tls)).await
    }

    async fn begin(act: Act, good: (u16, &'static str), tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let log = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if matches!(act, Act::Close) {
                    drop(stream);
                    continue;
                }
                let (act, log) = (act.clone(), Arc::clone(&log));
                let service = service_fn(move |request| answer(request, act.clone(), good, Arc::clone(&log)));
                let http = hyper::server::conn::http1::Builder::new();
                let tls = tls.clone();
                tokio::spawn(async move {
                    // A client that hangs up is no fault of the test.
                    let _ = match tls {
                        None => http.serve_connection(TokioIo::new(stream), service).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => http.serve_connection(TokioIo::new(stream), service).await,
                            Err(_) => Ok(()),
                        },
                    };
                });
            }
        });
        Self { address, seen, task }
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn tls_base(&self) -> String {
        format!("https://{}", self.address)
    }

    /// What came so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Body = http_body_util::combinators::BoxBody<Bytes, Infallible>;

async fn answer(
    request: Request<Incoming>,
    act: Act,
    good: (u16, &'static str),
    log: Arc<Mutex<Vec<Seen>>>,
) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    log.lock().unwrap().push(Seen {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    });
    let (status, headers, text) = match act {
        Act::Take => (good.0, Vec::new(), good.1.to_owned()),
        Act::Answer(status, headers, text) => (status, headers, text),
        Act::Drip => {
            let endless = futures_util::stream::pending::<Result<hyper::body::Frame<Bytes>, Infallible>>();
            let body = http_body_util::StreamBody::new(endless);
            return Ok(Response::builder().status(good.0).body(body.boxed()).unwrap());
        }
        Act::Hang | Act::Close => std::future::pending().await,
    };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(Bytes::from(text)).boxed()).unwrap())
}
