//! The generated schemas hold for what is printed.

use serde_json::Value;

use super::checker::{check, holds};
use super::*;

#[test]
fn reports_fit_their_schema() {
    for (_, round) in all_rounds() {
        holds(&schema(), &parsed(&round.report()));
    }
}

#[test]
fn events_fit_their_schema() {
    let schema = event_schema();
    for (_, round) in all_rounds() {
        for line in find("jsonl").unwrap().to_text(&round.report(), &Style::default()).lines() {
            holds(&schema, &serde_json::from_str(line).unwrap());
        }
    }
}

#[test]
fn hosts_and_chains_fit_their_schemas() {
    let (hosts, conclusion) = inspected();
    let report =
        origins(hosts.iter().map(|host| (&host.sighting, &host.verdict, &host.party)), &conclusion, at(), false);
    holds(&origins_schema(), &serde_json::to_value(&report).unwrap());
    let leaf = certificate("cdn.example.org", "Let's Encrypt", 0);
    let report = cert(&session(&leaf).served, &judgement(&leaf, &[]), None, at());
    holds(&cert_schema(), &serde_json::to_value(&report).unwrap());
}

#[test]
fn the_schema_refuses_what_is_not_a_report() {
    let schema = schema();
    let mut report = parsed(&healthy().report());
    report["verdict"] = "fine".into();
    report["counts"].as_object_mut().unwrap().remove("hops");
    report["origins"][0]["episodes_through"] = Value::Null;
    assert_eq!(check(&schema, &schema, &report, "").len(), 3);
}

#[test]
fn the_schema_says_what_every_field_means() {
    fn undescribed(schema: &Value, at: &str, out: &mut Vec<String>) {
        for (name, rule) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if rule.get("description").is_none() && name != "event" {
                out.push(format!("{at}/{name}"));
            }
        }
    }
    for schema in [schema(), origins_schema(), cert_schema(), event_schema()] {
        let mut out = Vec::new();
        undescribed(&schema, "", &mut out);
        for (name, part) in schema["$defs"].as_object().unwrap() {
            undescribed(part, name, &mut out);
        }
        assert!(out.is_empty(), "{out:?}");
    }
}
