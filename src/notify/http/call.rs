//! A request in the making.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use serde_json::Value;
use url::Url;

use super::super::{BadOption, Secret};

/// Parts of a URL's path and query that are this long may be keys.
const SHORTEST_KEY: usize = 8;

/// One request. What a server could say back and nobody may read is remembered with it.
pub(in super::super) struct Call {
    request: Request,
    secrets: Vec<String>,
}

impl Call {
    pub(in super::super) fn post(url: Url) -> Self {
        Self::new(Method::POST, url)
    }

    pub(in super::super) fn put(url: Url) -> Self {
        Self::new(Method::PUT, url)
    }

    pub(in super::super) fn patch(url: Url) -> Self {
        Self::new(Method::PATCH, url)
    }

    fn new(method: Method, url: Url) -> Self {
        let path = url.path_segments().into_iter().flatten().filter(|part| part.len() >= SHORTEST_KEY);
        let mut secrets: Vec<String> = path.map(str::to_owned).collect();
        secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()).filter(|v| v.len() >= SHORTEST_KEY));
        secrets.extend(url.password().map(str::to_owned));
        Self { request: Request::new(method, url), secrets }
    }

    /// With this JSON as its body.
    pub(in super::super) fn json(self, body: &Value) -> Self {
        self.body("application/json; charset=utf-8", body.to_string().into_bytes())
    }

    /// With this body.
    pub(in super::super) fn body(mut self, content_type: &str, body: Vec<u8>) -> Self {
        if let Ok(value) = HeaderValue::from_str(content_type) {
            self.request.headers_mut().insert(CONTENT_TYPE, value);
        }
        *self.request.body_mut() = Some(body.into());
        self
    }

    /// With these headers; the credentials among them are marked and remembered.
    pub(in super::super) fn headers(mut self, headers: &HeaderMap) -> Self {
        for (name, value) in headers {
            if value.is_sensitive()
                && let Ok(text) = value.to_str()
            {
                self.secrets.push(text.strip_prefix("Bearer ").unwrap_or(text).to_owned());
            }
            self.request.headers_mut().insert(name.clone(), value.clone());
        }
        self
    }

    /// With one more header; a value that can be none is left out.
    pub(in super::super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.request.headers_mut().insert(name, value);
        }
        self
    }

    /// With something in its body that must not be shown.
    pub(in super::super) fn hides<'a>(mut self, secret: impl IntoIterator<Item = &'a Secret>) -> Self {
        self.secrets.extend(secret.into_iter().map(|secret| secret.expose().to_owned()));
        self
    }

    pub(super) fn host(&self) -> String {
        self.request.url().host_str().unwrap_or_default().to_owned()
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        self.secrets.clone()
    }

    pub(super) fn into_request(self) -> Request {
        self.request
    }
}

/// `Authorization: Bearer`, from the option of this name.
pub(in super::super) fn bearer(key: &str, token: &Secret) -> Result<HeaderMap, BadOption> {
    authorization(key, &format!("Bearer {}", token.expose()))
}

/// `Authorization: Basic` (RFC 7617), from the option of this name.
pub(in super::super) fn basic(key: &str, user: &str, password: &Secret) -> Result<HeaderMap, BadOption> {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.expose()));
    authorization(key, &format!("Basic {pair}"))
}

fn authorization(key: &str, value: &str) -> Result<HeaderMap, BadOption> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| BadOption::new(key, "holds characters that no header can carry, a line end perhaps"))?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}
