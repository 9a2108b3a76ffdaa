//! The log's words about incidents: one line for each change, so that whoever reads only the log knows
//! what is wrong, where, and under which number.

use crate::incident::{Happened, Transition};
use crate::markup;

/// Writes a line for each. Good news and what people did is information, the rest a warning.
pub(super) fn write(transitions: &[Transition]) {
    for transition in transitions {
        let incident = &transition.incident;
        let (number, code, severity) = (incident.id.0, incident.code.as_str(), incident.severity.as_str());
        // Names come from feeds and certificates.
        let subject = markup::terminal(&incident.cause.subject.name);
        let host = incident.host.as_deref().map(markup::terminal).unwrap_or_default();
        let what = what(&transition.happened);
        if is_calm(&transition.happened) {
            tracing::info!(incident = number, code, severity, %subject, %host, "incident {what}");
        } else {
            tracing::warn!(incident = number, code, severity, %subject, %host, "incident {what}");
        }
    }
}

fn is_calm(happened: &Happened) -> bool {
    match happened {
        Happened::Recovered
        | Happened::Unwatched
        | Happened::Eased { .. }
        | Happened::Acknowledged { .. }
        | Happened::Released { .. } => true,
        Happened::Opened
        | Happened::Stepped { .. }
        | Happened::Worsened { .. }
        | Happened::Reopened
        | Happened::Flapping
        | Happened::Reminded
        | Happened::Escalated => false,
    }
}

fn what(happened: &Happened) -> String {
    match happened {
        Happened::Opened => "opened".to_owned(),
        Happened::Stepped { .. } => "came nearer to the end of its certificate, or reached it".to_owned(),
        Happened::Worsened { from } => format!("became worse or larger; it was {}", from.as_str()),
        Happened::Eased { from } => format!("eased; it was {}", from.as_str()),
        Happened::Recovered => "over".to_owned(),
        Happened::Unwatched => "closed without proof that it is mended".to_owned(),
        Happened::Reopened => "came back".to_owned(),
        Happened::Flapping => "comes and goes".to_owned(),
        Happened::Reminded => "still lasts".to_owned(),
        Happened::Escalated => "escalated: nobody has taken it up".to_owned(),
        Happened::Acknowledged { by, .. } => format!("taken up by {}", markup::terminal(by)),
        Happened::Released { by } => format!("handed back by {}", markup::terminal(by)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use jiff::Timestamp;

    use super::*;
    use crate::incident::{Cause, Incident, IncidentId, State};
    use crate::judge::{Affects, Code, Severity, Subject, SubjectKind};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn transition(happened: Happened) -> Transition {
        let at = Timestamp::UNIX_EPOCH;
        let subject = Subject {
            kind: SubjectKind::Origin,
            id: "https://media.example:443".to_owned(),
            name: "media.example\n(Hoster)\u{1b}[31m".to_owned(),
        };
        let incident = Incident {
            id: IncidentId(7),
            cause: Cause { code: Code::ConnectTimeout, subject, certificate: None },
            code: Code::ConnectTimeout,
            severity: Severity::Critical,
            state: State::Open,
            since: at,
            opened_at: Some(at),
            seen_at: at,
            closed_at: None,
            ending: None,
            acknowledged: None,
            expires_at: None,
            summary: String::new(),
            detail: String::new(),
            advice: String::new(),
            host: Some("media.example".to_owned()),
            affects: Affects::default(),
            shows: Vec::new(),
            transitions: 1,
            memory: serde_json::Value::Null,
        };
        Transition { number: 0, at, happened, incident }
    }

    #[test]
    fn each_change_is_one_line_with_number_code_host_and_what_happened() {
        let lines = Lines::default();
        let to = lines.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || to.clone()).finish();
        let all = [Happened::Opened, Happened::Escalated, Happened::Recovered].map(transition);
        tracing::subscriber::with_default(log, || write(&all));
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        for (line, (level, what)) in lines.iter().zip([("WARN", "opened"), ("WARN", "escalated"), ("INFO", "over")]) {
            assert!(line.contains(level) && line.contains(&format!("incident {what}")), "{line}");
            for part in ["incident=7", "connect-timeout", "critical", "host=media.example"] {
                assert!(line.contains(part), "{part}: {line}");
            }
        }
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}
