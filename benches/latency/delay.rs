//! The far network of the `latency` bench: a TCP proxy that gives every byte half a round trip on
//! its way, each connection by itself, without limiting how many are on the way.
//!
//! `delay UPSTREAM ROUND_TRIP_MS LISTEN...` prints one address a line that it listens on.
//!
//! On loopback a TCP handshake takes no time, so the one of a far host is added to what the client
//! sends first: nothing arrives before one and a half round trips have passed since it connected.

use std::io::Write as _;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Pieces of at most 16 KiB that are on the way in one direction of one connection.
const ON_THE_WAY: usize = 1024;

/// Carries bytes from one side to the other, each `delay` after it was read and none before
/// `earliest`.
async fn carry(
    mut from: impl AsyncRead + Unpin + Send + 'static,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
    earliest: Instant,
) {
    let (send, mut receive) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_WAY);
    tokio::spawn(async move {
        loop {
            let mut piece = vec![0; 16 << 10];
            let Ok(read) = from.read(&mut piece).await else { return };
            piece.truncate(read);
            let due = (Instant::now() + delay).max(earliest);
            // An empty piece is the end.
            if send.send((due, piece)).await.is_err() || read == 0 {
                return;
            }
        }
    });
    while let Some((due, piece)) = receive.recv().await {
        sleep_until(due).await;
        if piece.is_empty() || to.write_all(&piece).await.is_err() {
            break;
        }
    }
    // Whoever is gone needs no goodbye.
    let _ = to.shutdown().await;
}

async fn relay(client: TcpStream, upstream: String, round_trip: Duration) -> Result<(), Fault> {
    let (connected, half) = (Instant::now(), round_trip / 2);
    let server = TcpStream::connect(upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::join!(
        carry(from_client, to_server, half, connected + round_trip + half),
        carry(from_server, to_client, half, connected),
    );
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let usage = "usage: delay UPSTREAM ROUND_TRIP_MS LISTEN...";
    let upstream = arguments.next().ok_or(usage)?;
    let round_trip = Duration::from_millis(arguments.next().ok_or(usage)?.parse()?);
    let mut serving = Vec::new();
    for address in arguments {
        let listener = TcpListener::bind(address).await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
        let upstream = upstream.clone();
        serving.push(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A connection that breaks is its client's to notice.
                tokio::spawn(relay(client, upstream.clone(), round_trip));
            }
        }));
    }
    std::io::stdout().flush()?;
    for task in serving {
        task.await?;
    }
    Ok(())
}
