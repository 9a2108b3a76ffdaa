//! HTTP/2 by hand (RFC 9113): the frames of exhibits that no library would send.

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

use crate::lab::http::{Last, Played, Step, play};

/// Types of frames (RFC 9113 6).
pub(in crate::lab) const DATA: u8 = 0;
pub(in crate::lab) const HEADERS: u8 = 1;
pub(in crate::lab) const PRIORITY: u8 = 2;
pub(in crate::lab) const RST_STREAM: u8 = 3;
pub(in crate::lab) const SETTINGS: u8 = 4;
pub(in crate::lab) const PUSH_PROMISE: u8 = 5;
pub(in crate::lab) const PING: u8 = 6;
pub(in crate::lab) const GOAWAY: u8 = 7;
pub(in crate::lab) const WINDOW_UPDATE: u8 = 8;
pub(in crate::lab) const CONTINUATION: u8 = 9;

/// Flags: of HEADERS and CONTINUATION, and of SETTINGS and PING.
pub(in crate::lab) const END_HEADERS: u8 = 4;
pub(in crate::lab) const ACK: u8 = 1;

/// The client's preface and the head of a frame, bytes.
const PREFACE: usize = 24;
const HEAD: usize = 9;

/// A frame.
pub(in crate::lab) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, high, middle, low] = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    [&[high, middle, low, kind, flags], stream.to_be_bytes().as_slice(), payload].concat()
}

/// The fields of a head, by HPACK without its tables (RFC 7541 6.2.2): names and values of at most
/// 126 bytes. The status comes first.
pub(in crate::lab) fn fields(status: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in [(":status", status)].iter().chain(headers) {
        out.push(0);
        for text in [name, value] {
            out.push(u8::try_from(text.len()).unwrap_or_default() & 0x7f);
            out.extend(text.as_bytes());
        }
    }
    out
}

/// Speaks HTTP/2 until either side closes: `answer` says what comes for a request, by its stream.
/// What the requests are is not looked at.
pub(super) async fn serve<S>(stream: &mut S, answer: fn(u32) -> Vec<Step>) -> Last
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (read, mut write) = tokio::io::split(stream);
    let (tell, mut asked) = mpsc::channel(16);
    let answering = async {
        let start = [frame(SETTINGS, 0, 0, &[]), frame(SETTINGS, ACK, 0, &[])].concat();
        if write.write_all(&start).await.is_err() || write.flush().await.is_err() {
            return Last::Close;
        }
        while let Some(stream) = asked.recv().await {
            match play(&mut write, answer(stream)).await {
                Ok(Played::Reset) => return Last::Reset,
                Ok(Played::Out | Played::Hang) => {}
                Err(_) => return Last::Close,
            }
        }
        Last::Close
    };
    tokio::select! {
        _gone = listen(read, tell) => Last::Close,
        last = answering => last,
    }
}

/// Reads frames and tells the streams of requests.
async fn listen<R: AsyncRead + Unpin>(mut read: R, tell: mpsc::Sender<u32>) -> std::io::Result<()> {
    read.read_exact(&mut [0; PREFACE]).await?;
    let mut head = [0; HEAD];
    let mut payload = Vec::new();
    loop {
        read.read_exact(&mut head).await?;
        let [high, middle, low, kind, _flags, stream @ ..] = head;
        let len = usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap_or_default();
        payload.resize(len, 0);
        read.read_exact(&mut payload).await?;
        // Requests that come while an answer never ends are not waited for.
        if kind == HEADERS {
            let _ = tell.try_send(u32::from_be_bytes(stream));
        }
    }
}

/// These frames once.
pub(in crate::lab) fn once(frames: impl Into<Bytes>) -> Step {
    Step::Send(frames.into())
}

/// This frame a hundred times at once, again and again.
pub(in crate::lab) fn flood(frame: &[u8]) -> Step {
    Step::Forever(frame.repeat(100).into(), std::time::Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_written_as_the_standard_says() {
        let ping = frame(PING, 0, 0, &[7; 8]);
        assert_eq!(ping, [0, 0, 8, 6, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7]);
        assert_eq!(fields("103", &[("a", "bc")]), b"\0\x07:status\x03103\0\x01a\x02bc");
    }
}
