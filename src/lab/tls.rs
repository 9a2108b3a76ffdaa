//! The lab's TLS port: reads the ClientHello, and does what the exhibit of that name does.

use std::io::Cursor;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::lab::dns;
use crate::lab::exhibit::Tls;
use crate::lab::hello::{self, Flight, Hello};
use crate::lab::http::{self, Visitor};
use crate::lab::pki::Leaf;
use crate::lab::state::State;

/// The longest first flight that is read.
const MAX_FLIGHT: usize = 64 << 10;

/// Accepts connections until the task is dropped; its connections end with it.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>, secure: bool) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let connection = state.connected();
                let state = Arc::clone(&state);
                connections.spawn(async move {
                    let visitor = Visitor { connection, secure };
                    let _ = stream.set_nodelay(true);
                    if secure {
                        // A client that goes away is no error of the lab's.
                        let _ = over_tls(stream, visitor, state).await;
                    } else {
                        http::serve_http1(stream, visitor, &state).await;
                    }
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn over_tls(mut stream: TcpStream, visitor: Visitor, state: Arc<State>) -> std::io::Result<()> {
    let mut flight = Vec::new();
    let hello = loop {
        match hello::read(&flight) {
            Flight::Hello(hello) => break hello,
            Flight::NotTls => return Ok(()),
            Flight::More if flight.len() > MAX_FLIGHT => return Ok(()),
            Flight::More => {}
        }
        if stream.read_buf(&mut flight).await? == 0 {
            return Ok(());
        }
    };
    let host = hello.name.clone().unwrap_or_default();
    let Some(place) = state.place(&host) else {
        return last_word(stream, &hello::alert(112)).await; // unrecognized_name
    };
    let edge = dns::last_number(stream.local_addr()?);
    match at_edge(place.tls, edge) {
        Tls::Session(leaf) => session(stream, flight, (&host, leaf, place.h2), visitor, state).await,
        Tls::Edges(_) | Tls::Close => Ok(()),
        Tls::Cleartext => {
            last_word(stream, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await
        }
        Tls::Alert(code) => last_word(stream, &hello::alert(code)).await,
        Tls::Garbage => last_word(stream, &[0xde; 64]).await,
        Tls::Hang => {
            http::drain(&mut stream).await;
            Ok(())
        }
        Tls::Tls10 => last_word(stream, &old_answer(hello::tls10_answer, &hello, &host, &state)).await,
        Tls::RsaKeyExchange => last_word(stream, &old_answer(hello::rsa_answer, &hello, &host, &state)).await,
    }
}

/// What happens at this address of a host.
fn at_edge(tls: Tls, edge: u8) -> Tls {
    match tls {
        Tls::Edges(edges) => edges.iter().find(|(number, _)| *number == edge).map_or(Tls::Close, |(_, tls)| *tls),
        other => other,
    }
}

fn old_answer(how: fn(&Hello, &[Vec<u8>]) -> Vec<u8>, hello: &Hello, host: &str, state: &State) -> Vec<u8> {
    match state.pki.issue(Leaf::Good, host) {
        Ok(key) => how(hello, &key.cert.iter().map(|der| der.to_vec()).collect::<Vec<_>>()),
        Err(_) => hello::alert(80), // internal_error
    }
}

/// Sends this and waits for the client to close, so that no reset overtakes what was sent.
async fn last_word(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    stream.shutdown().await?;
    http::drain(&mut stream).await;
    Ok(())
}

async fn session(
    stream: TcpStream,
    flight: Vec<u8>,
    (host, leaf, h2): (&str, Leaf, bool),
    visitor: Visitor,
    state: Arc<State>,
) -> std::io::Result<()> {
    let config = state.server_config(host, leaf, h2).map_err(std::io::Error::other)?;
    let (read, write) = stream.into_split();
    let stream = tokio::io::join(Cursor::new(flight).chain(read), write);
    let stream = TlsAcceptor::from(config).accept(stream).await?;
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        http::serve_http2(stream, visitor, state).await;
    } else {
        http::serve_http1(stream, visitor, &state).await;
    }
    Ok(())
}
