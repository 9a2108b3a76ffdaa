//! The template of a webhook's body (minijinja), checked when it is opened.
//!
//! A template is the owner's own text, but what it is filled with is not: in JSON every value is
//! written as JSON. What it may use of time and room is bounded.

use std::io;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde_json::{Value, json};

use super::super::{BadOption, Failure};
use crate::judge::{Code, Severity};
use crate::notice::{Fact, List, Message, Notification, Phase, ShowLine};

/// Of a rendered body, in bytes.
const MAX_BYTES: usize = 256 << 10;
/// Steps of minijinja's machine: thousands of lines of output, a fraction of a second.
const FUEL: u64 = 500_000;
const NAME: &str = "template";

pub(super) struct Template {
    environment: Environment<'static>,
    json: bool,
}

impl Template {
    /// Reads a template and tries it on messages of every phase. `json` says that its result has to
    /// be JSON.
    pub(super) fn parse(source: String, json: bool) -> Result<Self, BadOption> {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(50);
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_auto_escape_callback(move |_| if json { AutoEscape::Json } else { AutoEscape::None });
        environment.add_template_owned(NAME, source).map_err(|why| bad(&why))?;
        let template = Self { environment, json };
        for phase in [Phase::First, Phase::Update, Phase::End, Phase::Single] {
            for full in [true, false] {
                template.try_out(&sample(phase, full))?;
            }
        }
        Ok(template)
    }

    fn try_out(&self, notification: &Notification) -> Result<(), BadOption> {
        let body = self.fill("incident.opened", notification).map_err(|why| bad(&why))?;
        if self.json
            && let Err(why) = serde_json::from_slice::<Value>(&body)
        {
            return Err(BadOption {
                key: NAME.to_owned(),
                why: format!("its result is no JSON: {why} of the result"),
                line: None,
            });
        }
        Ok(())
    }

    /// The body for a notification.
    pub(super) fn render(&self, event: &str, notification: &Notification) -> Result<Vec<u8>, Failure> {
        self.fill(event, notification).map_err(|why| {
            let bad = bad(&why);
            Failure::rejected(format!("the template could not be filled: {bad}"))
        })
    }

    fn fill(&self, event: &str, notification: &Notification) -> Result<Vec<u8>, minijinja::Error> {
        let context = json!({
            "type": event,
            "key": notification.key,
            "channel": notification.channel,
            "incident": notification.incident,
            "phase": notification.phase,
            "at": notification.at,
            "message": notification.message,
        });
        let mut out = Bounded(Vec::new());
        self.environment
            .get_template(NAME)?
            .render_captured_to(minijinja::Value::from(Serde(&context)), &mut out)
            .map(drop)?;
        Ok(out.0)
    }
}

/// minijinja's own words and line. They hold the template's text, which is no secret.
fn bad(why: &minijinja::Error) -> BadOption {
    let mut words = match why.kind() {
        ErrorKind::OutOfFuel => "it runs for too long".to_owned(),
        ErrorKind::WriteFailure => format!("its result is longer than {MAX_BYTES} bytes"),
        other => other.to_string(),
    };
    if let Some(detail) = why.detail() {
        words = format!("{words}: {detail}");
    }
    BadOption { key: NAME.to_owned(), why: crate::markup::terminal(&words).into_owned(), line: why.line() }
}

struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len().saturating_add(bytes.len()) > MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A message to try a template on; with everything, or with nothing that may be missing.
fn sample(phase: Phase, full: bool) -> Notification {
    let text = |text: &str| full.then(|| text.to_owned());
    Notification {
        key: "sample".to_owned(),
        channel: "sample".to_owned(),
        incident: (phase != Phase::Single).then_some(crate::incident::IncidentId(1)),
        about: None,
        phase,
        at: jiff::Timestamp::UNIX_EPOCH,
        not_before: None,
        held: None,
        message: Message {
            headline: "A \"sample\"".to_owned(),
            severity: full.then_some(Severity::Critical),
            ending: None,
            since: full.then_some(jiff::Timestamp::UNIX_EPOCH),
            code: full.then_some(Code::CertExpired),
            host: text("host.example"),
            body: text("A paragraph.").into_iter().collect(),
            lists: text("A list").map(|title| List { title, lines: vec!["A line.".to_owned()] }).into_iter().collect(),
            facts: text("Since").map(|label| Fact { label, value: "1970-01-01".to_owned() }).into_iter().collect(),
            shows: text("A show").map(|name| ShowLine { name, episodes: 2 }).into_iter().collect(),
            shows_total: u64::from(full),
            episodes_total: u64::from(full),
            advice: text("Do this."),
            link: text("https://podprobe.example/1"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(source: &str) -> BadOption {
        Template::parse(source.to_owned(), true).err().expect("a mistake")
    }

    #[test]
    fn mistakes_are_found_at_once_and_with_their_line() {
        assert_eq!(mistake("{\n\"a\": {{ message.headline }\n}").line, Some(2));
        assert_eq!(mistake("{\n\n\"a\": {{ message.headline|no_such_filter }}}").line, Some(3));
        assert_eq!(mistake("{\"a\":\n {{ mesage.headline }}}").line, Some(2));
        assert!(mistake("{\"a\": {{ message.headline }}").why.contains("no JSON"));
        assert!(
            mistake("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}")
                .why
                .contains("long")
        );
        assert!(mistake("{% for a in range(9000) %}{{ \"a\" * 1000 }}{% endfor %}").key == "template");
    }

    #[test]
    fn values_cannot_leave_their_place() {
        let template =
            Template::parse("{\"text\": {{ message.headline }}, \"n\": {{ incident }}}".to_owned(), true).unwrap();
        let mut notification = sample(Phase::First, true);
        notification.message.headline = "\"}, {\"x\": \"</script> @everyone".to_owned();
        let body = template.render("incident.opened", &notification).unwrap();
        let value: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["text"], notification.message.headline.as_str());
        assert_eq!(value["n"], 1);
    }

    #[test]
    fn other_types_than_json_are_taken_as_they_are() {
        let template = Template::parse("{{ message.headline }}!".to_owned(), false).unwrap();
        assert_eq!(template.render("x", &sample(Phase::End, false)).unwrap(), b"A \"sample\"!");
    }
}
