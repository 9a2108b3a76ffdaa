//! `web` serves: whether the daemon lives and whether it is ready. It probes nothing and alerts
//! nobody; what is true it asks whoever started it.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Connections at once.
const CONNECTIONS: usize = 64;

/// For the head of a request, and for a whole connection.
const HEAD: Duration = Duration::from_secs(5);
const CONNECTION: Duration = Duration::from_secs(60);

/// What is said of the daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// It takes its turns: `/healthz` is 200. A supervisor restarts what does not.
    pub alive: bool,
    /// It has looked once, and its history can be written: `/readyz` is 200.
    pub ready: bool,
    /// One line a fact, for people.
    pub facts: Vec<String>,
}

/// Tells how things stand now.
pub type Ask = Arc<dyn Fn() -> Health + Send + Sync>;

/// Takes the port.
///
/// # Errors
/// When it cannot be had.
pub async fn bind(listen: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(listen).await
}

/// Serves until it is told to stop.
pub async fn serve(listener: TcpListener, ask: Ask, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let stream = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file descriptors, most likely: the daemon itself goes on.
                Err(why) => {
                    tracing::warn!(%why, "a connection to the health endpoints was not taken");
                    tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_millis(200)).await;
                    continue;
                }
            },
        };
        let (ask, stop) = (Arc::clone(&ask), stop.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer(&request, &ask);
                async move { Ok::<_, Infallible>(answer) }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_headers(64);
            let serving = http.serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                () = stop.cancelled() => {}
                _ = tokio::time::timeout(CONNECTION, serving) => {}
            }
            drop(permit);
        });
    }
}

fn answer(request: &Request<Incoming>, ask: &Ask) -> Response<Full<Bytes>> {
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let (status, text) = match (request.uri().path(), reading) {
        ("/healthz", true) => told(ask(), |health| health.alive),
        ("/readyz", true) => told(ask(), |health| health.ready),
        ("/healthz" | "/readyz", false) => (StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, "there are /healthz and /readyz\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn told(health: Health, good: fn(&Health) -> bool) -> (StatusCode, String) {
    let status = if good(&health) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut text = String::from(if status == StatusCode::OK { "ok\n" } else { "not ok\n" });
    for fact in &health.facts {
        text.push_str(fact);
        text.push('\n');
    }
    (status, text)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    async fn get(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{request}\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn life_and_readiness_are_told_apart() {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let ask: Ask = Arc::new(|| Health { alive: true, ready: false, facts: vec!["no round yet".into()] });
        let serving = tokio::spawn(serve(listener, ask, stop.clone()));
        let alive = get(address, "GET /healthz HTTP/1.1").await;
        assert!(alive.starts_with("HTTP/1.1 200") && alive.ends_with("ok\nno round yet\n"), "{alive}");
        let ready = get(address, "GET /readyz HTTP/1.1").await;
        assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("not ok"), "{ready}");
        assert!(get(address, "GET / HTTP/1.1").await.starts_with("HTTP/1.1 404"));
        assert!(get(address, "POST /healthz HTTP/1.1").await.starts_with("HTTP/1.1 405"));
        stop.cancel();
        serving.await.unwrap();
    }
}
