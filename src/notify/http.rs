//! Sending over HTTP: one request, one answer, a failure by type.
//!
//! No redirects are followed: a message posted to an address that moved is a setting to mend, and a
//! token must not travel to another host. Nothing is retried here.

mod answer;
mod call;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::{Failure, FailureKind};

pub(super) use answer::Answer;
pub(super) use call::{Call, basic, bearer};

/// For one message, from the name's resolution to the end of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// Of an answer no more is read.
pub const MAX_ANSWER_BYTES: usize = 64 << 10;
/// The longest wait that a platform can ask for.
pub const MAX_WAIT: Duration = Duration::from_secs(60 * 60);
/// For one connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Mozilla's root program, read once.
static MOZILLA: LazyLock<RootCertStore> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    roots
});

/// How to send.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// `User-Agent`; `podprobe/VERSION (bot; +URL)`.
    pub user_agent: String,
    /// For one message; [`TIMEOUT`].
    pub timeout: Duration,
    /// Whether `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the environment count.
    pub proxies: bool,
    /// Whom to trust over TLS, beside Mozilla's root program.
    pub roots: Vec<CertificateDer<'static>>,
}

impl HttpSettings {
    /// The usual settings.
    pub fn new(user_agent: String) -> Self {
        Self { user_agent, timeout: TIMEOUT, proxies: true, roots: Vec::new() }
    }
}

/// What channels send with. Cheap to clone; connections are shared.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    settings: Arc<HttpSettings>,
}

impl Http {
    /// A client. `Err` says why there can be none: a user agent that is no header's value, a root
    /// certificate that is none.
    pub fn new(settings: HttpSettings) -> Result<Self, String> {
        let mut roots = MOZILLA.clone();
        for root in &settings.roots {
            roots.add(root.clone()).map_err(|why| format!("a root certificate cannot be used: {why}"))?;
        }
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|why| format!("no TLS: {why}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
            .timeout(settings.timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(&settings.user_agent)
            .tls_backend_preconfigured(tls);
        if !settings.proxies {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|why| format!("no HTTP client: {}", cause(why)))?;
        Ok(Self { client, settings: Arc::new(settings) })
    }

    /// How it sends.
    pub(super) fn settings(&self) -> &HttpSettings {
        &self.settings
    }

    /// Sends, and reads the answer. Anything but a 2xx is a failure. `at` is what a `Retry-After`
    /// date is counted from where the server does not say its own time.
    pub(super) async fn send(&self, call: Call, at: Timestamp) -> Result<Answer, Failure> {
        let host = call.host();
        let secrets = call.secrets();
        let mut response = match self.client.execute(call.into_request()).await {
            Ok(response) => response,
            Err(why) => return Err(not_sent(why, &host, &secrets)),
        };
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let (body, broken) = read(&mut response).await;
        answer::judge(Answer { status, headers, body, broken, host, secrets }, at)
    }
}

/// The body as far as it came, and what ended it before its end.
async fn read(response: &mut reqwest::Response) -> (Vec<u8>, Option<FailureKind>) {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = MAX_ANSWER_BYTES.saturating_sub(body.len());
                body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if body.len() >= MAX_ANSWER_BYTES {
                    return (body, None);
                }
            }
            Ok(None) => return (body, None),
            Err(why) => {
                let kind = if why.is_timeout() { FailureKind::TimedOut } else { FailureKind::Temporary };
                return (body, Some(kind));
            }
        }
    }
}

fn not_sent(why: reqwest::Error, host: &str, secrets: &[String]) -> Failure {
    if why.is_timeout() {
        return Failure::new(FailureKind::TimedOut, format!("{host} did not answer in time"));
    }
    let (kind, what) = if why.is_builder() {
        (FailureKind::Rejected, "no request can be made for")
    } else if why.is_connect() {
        (FailureKind::Temporary, "no connection to")
    } else {
        (FailureKind::Temporary, "the connection broke before an answer from")
    };
    let detail = super::secret::without(&cause(why), secrets.iter().map(String::as_str));
    Failure::new(kind, format!("{what} {host}: {}", answer::short(&detail)))
}

/// reqwest's own text names the URL, which may be a secret, and hides the cause.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
