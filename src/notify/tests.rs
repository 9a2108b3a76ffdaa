//! One battery over every kind of channel, against local receivers that check what they get.

mod battery;
mod cases;
mod golden;
mod opening;
mod receiver;
mod samples;
mod shapes;
mod smtp;
mod trust;

use std::time::Duration;

use super::{Channel, Http, HttpSettings};

/// What every secret of the tests is.
const SECRET: &str = "s3cr3tvalue0";

/// A client that never looks at the environment.
fn http(timeout: Duration) -> Http {
    let settings = HttpSettings {
        timeout,
        proxies: false,
        ..HttpSettings::new("podprobe/0 (bot; +https://podprobe.example)".to_owned())
    };
    Http::new(settings).unwrap()
}

/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(30);

fn opened(kind: &str, options: &serde_json::Value, http: &Http) -> Box<dyn Channel> {
    let kind = super::kind(kind).unwrap();
    kind.open(options.as_object().unwrap(), http).unwrap_or_else(|why| panic!("{}: {why}", kind.name))
}
