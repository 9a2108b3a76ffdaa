//! A small SMTP server: it takes a mail, refuses it where it is told, or says nothing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Take,
    /// Answers this to `RCPT TO`.
    Recipient(&'static str),
    /// Answers this to the whole mail.
    Mail(&'static str),
    Hang,
    Close,
}

pub(super) struct Smtp {
    pub(super) address: SocketAddr,
    mails: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Smtp {
    pub(super) async fn start(manner: Manner) -> Self {
        Self::begin(manner, None).await
    }

    /// The same over TLS from the start.
    pub(super) async fn start_tls(manner: Manner, tls: TlsAcceptor) -> Self {
        Self::begin(manner, Some(tls)).await
    }

    async fn begin(manner: Manner, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mails: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&mails);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, tls) = (Arc::clone(&log), tls.clone());
                tokio::spawn(async move {
                    // A client that hangs up is no fault of the test.
                    let _ = match tls {
                        None => serve(stream, manner, log).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, manner, log).await,
                            Err(why) => Err(why),
                        },
                    };
                });
            }
        });
        Self { address, mails, task }
    }

    /// The mails that came, dots unstuffed.
    pub(super) fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    manner: Manner,
    log: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    match manner {
        Manner::Close => return Ok(()),
        Manner::Hang => std::future::pending().await,
        _ => {}
    }
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.example ESMTP\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.trim_end().to_ascii_uppercase();
        let reply: String = if verb.starts_with("EHLO") {
            "250-mail.example\r\n250 8BITMIME\r\n".to_owned()
        } else if verb.starts_with("RCPT") {
            match manner {
                Manner::Recipient(reply) => format!("{reply}\r\n"),
                _ => "250 ok\r\n".to_owned(),
            }
        } else if verb == "DATA" {
            stream.write_all(b"354 go on\r\n").await?;
            let mut mail = String::new();
            loop {
                line.clear();
                if stream.read_line(&mut line).await? == 0 {
                    return Ok(());
                }
                if line == ".\r\n" {
                    break;
                }
                mail.push_str(line.strip_prefix('.').unwrap_or(&line));
            }
            match manner {
                Manner::Mail(reply) => format!("{reply}\r\n"),
                _ => {
                    log.lock().unwrap().push(mail);
                    "250 taken\r\n".to_owned()
                }
            }
        } else if verb == "QUIT" {
            stream.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            "250 ok\r\n".to_owned()
        };
        stream.write_all(reply.as_bytes()).await?;
    }
}
