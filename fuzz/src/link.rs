//! Links, what is printed of them, and the routes written in them.

use std::sync::LazyLock;

use podprobe::link::route::{self, MAX_NESTING, Written};
use podprobe::link::{Host, Link, MAX_URL_BYTES, Scheme, redact};
use podprobe::parties::Catalogue;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

/// What no text may hold by chance.
const SECRET: &str = "S3cr3tS3cr3t";

/// A URL, or what passes for one.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let text = text.as_ref();
    let once = redact(text);
    assert_eq!(redact(&once), once, "redacting twice changes nothing");
    host(text);
    let _ = route::from_base64(text);
    if let Some(written) = Written::read(text) {
        let _ = (written.with_scheme(Scheme::Http), written.with_scheme(Scheme::Https));
    }
    if let Ok(link) = Link::parse(text) {
        sound(&link);
        secrets(&link);
        planned(&link);
    }
}

fn host(text: &str) {
    let host = Host::name(text);
    assert_eq!(Host::name(&host.to_string()), host, "a host reads as it prints");
    let _ = host.registrable();
}

/// Printing and reading again gives the same.
fn sound(link: &Link) {
    assert_eq!(Link::parse(link.expose()).as_ref(), Ok(link));
    assert!(link.expose().len() <= MAX_URL_BYTES);
    assert!(!link.expose().contains('#'), "a fragment is never sent");
    assert!(link.request_target().starts_with('/'));
    let url = link.to_url().expect("reads as the same");
    assert_eq!(url.as_str(), link.expose());
    assert_eq!(Some(link.host_str()), url.host_str());
    assert_eq!((link.path(), link.query(), link.is_https()), (url.path(), url.query(), url.scheme() == "https"));
    assert_eq!(Some(link.origin().port), url.port_or_known_default());
    assert_eq!(link.userinfo().is_some(), !url.username().is_empty() || url.password().is_some());
    assert!(link.request_target().bytes().all(|byte| byte.is_ascii_graphic()), "fits a request line");
    let origin = link.origin().to_string();
    assert_eq!(Link::parse(&origin).map(|again| again.origin().to_string()), Ok(origin));
    assert_eq!(route::from_base64(&route::to_base64(link)).as_ref(), Some(link));
    let _ = link.canonical();
}

/// Neither a password nor the value of a secret parameter is printed.
fn secrets(link: &Link) {
    if link.expose().contains(SECRET) {
        return;
    }
    let Ok(mut url) = link.to_url() else { panic!("reads as the same") };
    if url.set_password(Some(SECRET)).is_ok()
        && let Ok(link) = Link::parse(url.as_str())
    {
        assert!(!link.to_string().contains(SECRET), "{link}");
    }
    let Ok(mut url) = link.to_url() else { panic!("reads as the same") };
    url.query_pairs_mut().append_pair("token", SECRET);
    if let Ok(link) = Link::parse(url.as_str()) {
        assert!(!link.to_string().contains(SECRET) && !format!("{link:?}").contains(SECRET), "{link}");
    }
}

/// Whatever a prefix's URL says, the plan is made of links and comes to an end.
fn planned(link: &Link) {
    let plan = CATALOGUE.planned(link);
    assert!(plan.len() <= MAX_NESTING + 1, "{}", plan.len());
    assert_eq!(plan, CATALOGUE.planned(link));
    for hop in &plan {
        sound(hop);
        let _ = (CATALOGUE.who(hop), CATALOGUE.expected_next(hop), CATALOGUE.retired(hop));
    }
    for pair in plan.windows(2) {
        let _ = CATALOGUE.astray(&pair[0], &pair[1]);
        if let Some(rest) = CATALOGUE.without(link, &pair[0].origin()) {
            sound(&rest);
        }
    }
}
