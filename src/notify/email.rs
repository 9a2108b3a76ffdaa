//! E-mail over SMTP: plain text and HTML. Message-IDs are made from the notifications' keys, so a
//! repeated attempt carries the same, and later mails of an incident refer to the first.

mod letter;

use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor, message::Mailbox};
use serde::Deserialize;
use serde_json::Value;

use super::kind::read;
use super::{
    BadOption, Channel, Failure, FailureKind, Field, Http, Kind, Options, Outgoing, Rates, Receipt, Secret, Shape,
};
use crate::markup::chat::{Unit, cut, plain};

const NAME: &str = "email";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "E-mail",
    summary: "An e-mail over SMTP; an incident's mails refer to the first.",
    fields: &[
        Field::new("server", Shape::Text, "smtp.example.org", "the SMTP server's name").required(),
        Field::new("port", Shape::Number(1, 65_535), "587", "its port; 587, 465 for `tls`, or 25 for `none`"),
        Field::new(
            "security",
            Shape::Choice(&["starttls", "tls", "none"]),
            "starttls",
            "begin in the clear and demand TLS (the default), TLS from the start, or none",
        ),
        Field::new("user", Shape::Text, "podprobe@example.org", "the account, with `password`"),
        Field::new("password", Shape::Text, "...", "the account's password").secret(),
        Field::new("from", Shape::Text, "podprobe <podprobe@example.org>", "the sender").required(),
        Field::new("to", Shape::List, "[\"team@example.org\"]", "the recipients").required(),
    ],
    resolves: false,
    rates: Rates::NONE,
    short: "email:smtps://USER:PASSWORD@smtp.example.org/TEAM@example.org?from=PODPROBE@example.org",
    from_short: short,
    build: open,
};

/// A mail needs about ten exchanges, and some servers make strangers wait: so many times the usual
/// time.
const PATIENCE: u32 = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    server: String,
    port: Option<u16>,
    security: Option<String>,
    user: Option<String>,
    password: Option<Secret>,
    from: String,
    to: OneOrMany,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    server: String,
    timeout: Duration,
    from: Mailbox,
    to: Vec<Mailbox>,
    secret: Option<Secret>,
}

/// `smtp` (STARTTLS), `smtps`, or `smtp+none`; the recipient is the path, the sender `from` or the
/// recipient.
fn short(rest: &str) -> Result<Options, BadOption> {
    let form =
        || BadOption::new("server", "cannot be read: write email:smtps://USER:PASSWORD@SERVER/RECIPIENT?from=SENDER");
    let url = url::Url::parse(rest).map_err(|_| form())?;
    let security = match url.scheme() {
        "smtp" => "starttls",
        "smtps" => "tls",
        "smtp+none" => "none",
        _ => return Err(form()),
    };
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let to = decoded(url.path().trim_start_matches('/'));
    let server = url.host_str().ok_or_else(form)?;
    let from =
        url.query_pairs().find(|(name, _)| name == "from").map_or_else(|| to.clone(), |(_, from)| from.into_owned());
    let mut options = Options::from_iter([
        ("server".to_owned(), Value::from(server)),
        ("security".to_owned(), security.into()),
        ("from".to_owned(), from.into()),
        ("to".to_owned(), to.into()),
    ]);
    if let Some(port) = url.port() {
        options.insert("port".to_owned(), port.into());
    }
    if !url.username().is_empty() {
        options.insert("user".to_owned(), decoded(url.username()).into());
    }
    if let Some(password) = url.password() {
        options.insert("password".to_owned(), decoded(password).into());
    }
    Ok(options)
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    let security = settings.security.as_deref().unwrap_or("starttls");
    let (tls, usual_port) = match security {
        "none" => (Tls::None, 25),
        "tls" => (Tls::Wrapper(parameters(&settings.server, http)?), 465),
        _ => (Tls::Required(parameters(&settings.server, http)?), 587),
    };
    let timeout = http.settings().timeout.saturating_mul(PATIENCE);
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.server)
        .port(settings.port.unwrap_or(usual_port))
        .tls(tls)
        .timeout(Some(timeout));
    match (settings.user, &settings.password) {
        (None, None) => {}
        (Some(_), Some(_)) if security == "none" => {
            return Err(BadOption::new(
                "security",
                "cannot be `none` with a password: everybody on the way would read it",
            ));
        }
        (Some(user), Some(password)) => {
            transport = transport.credentials(Credentials::new(user, password.expose().to_owned()));
        }
        (Some(_), None) => return Err(BadOption::new("password", "is missing beside `user`")),
        (None, Some(_)) => return Err(BadOption::new("user", "is missing beside `password`")),
    }
    let to = match settings.to {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    };
    Ok(Box::new(Email {
        transport: transport.build(),
        server: settings.server,
        timeout,
        from: mailbox("from", &settings.from)?,
        to: to.iter().map(|text| mailbox("to", text)).collect::<Result<_, _>>()?,
        secret: settings.password,
    }))
}

fn mailbox(key: &str, text: &str) -> Result<Mailbox, BadOption> {
    let bad = || {
        BadOption::new(key, format!("`{}` is no address; write name@example.org", cut(text, 100, Unit::Chars, plain)))
    };
    text.parse::<Mailbox>().or_else(|_| text.parse::<Address>().map(Mailbox::from)).map_err(|_| bad())
}

/// TLS under the roots that the other channels trust.
fn parameters(server: &str, http: &Http) -> Result<TlsParameters, BadOption> {
    let bad = |why: lettre::transport::smtp::Error| BadOption::new("server", format!("no TLS can be set up: {why}"));
    let mut builder = TlsParameters::builder(server.to_owned()).certificate_store(CertificateStore::WebpkiRoots);
    for root in &http.settings().roots {
        builder = builder.add_root_certificate(Certificate::from_der(root.to_vec()).map_err(bad)?);
    }
    builder.build_rustls().map_err(bad)
}

impl Channel for Email {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl Email {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let id = letter::message_id(&outgoing.notification.key, &self.from);
        let letter = letter::write(outgoing, &id, &self.from, &self.to)
            .map_err(|why| Failure::rejected(format!("the mail could not be written: {why}")))?;
        match tokio::time::timeout(self.timeout, self.transport.send(letter)).await {
            Ok(Ok(_)) => Ok(Receipt::of(id)),
            Ok(Err(why)) => Err(self.failure(&why)),
            Err(_) => {
                Err(Failure::new(FailureKind::TimedOut, format!("{} did not take the mail in time", self.server)))
            }
        }
    }

    /// RFC 5321 4.2.1: 4xx may be tried again, 5xx not.
    fn failure(&self, why: &lettre::transport::smtp::Error) -> Failure {
        let kind = if why.is_timeout() {
            FailureKind::TimedOut
        } else if why.is_permanent() || why.is_client() {
            FailureKind::Rejected
        } else {
            FailureKind::Temporary
        };
        let said = super::secret::without(&why.to_string(), self.secret.iter().map(Secret::expose));
        let said = cut(&said, 200, Unit::Chars, plain);
        let what = match why.status() {
            Some(code) => format!("{} answered {code}", self.server),
            None => format!("{} could not be spoken to", self.server),
        };
        Failure::new(kind, format!("{what}: {said}"))
    }
}
