//! Where `config` and `notify` meet: a channel's options are held against its kind, and short forms
//! and the schema follow from the kinds.

use serde_json::{Value, json};

use crate::config::{self, At, ChannelSettings, Mistake, NewChannel, Places, TABLES};
use crate::judge::Severity;
use crate::notify::{self, BadOption, Field, Http, KINDS, Kind, Options, Shape};

/// What is wrong with a channel's kind and options, each with its place. Nothing is sent.
pub(super) fn complaints(channel: &ChannelSettings, places: &Places, http: &Http) -> Vec<Mistake> {
    let Some(kind) = notify::kind(&channel.kind) else {
        let names = KINDS.iter().map(|kind| kind.name);
        let near = config::nearest(&channel.kind, names.clone()).map(str::to_owned);
        let known: Vec<&str> = names.collect();
        let what = format!("there is no kind of channel {:?}; there are {}", short(&channel.kind), known.join(", "));
        return vec![Mistake { at: kind_place(channel, places), what, near }];
    };
    let told = mistakes(kind, options(channel), http);
    // An option that could not be read was told where that was tried.
    let unread = |bad: &BadOption| channel.options.iter().any(|known| known.key == bad.key && known.value.is_null());
    told.iter().filter(|bad| !unread(bad)).map(|bad| complaint(channel, kind, bad)).collect()
}

/// Everything that is wrong with options. What only opening shows (the syntax of a template, a sender
/// that is no address) it shows one by one and not before all shapes are right: so what is known to be
/// wrong is set right by example, and it is opened again.
fn mistakes(kind: &Kind, mut options: Options, http: &Http) -> Vec<BadOption> {
    let mut told = kind.mistakes(&options);
    let mut mended = 0;
    for _ in 0..=kind.fields.len() {
        for bad in told.iter().skip(mended) {
            // A name that was mistyped means the one that is suggested.
            let meant = config::nearest(&bad.key, kind.fields.iter().map(|field| field.name)).unwrap_or_default();
            options.shift_remove(&bad.key);
            if let Some(field) = kind.fields.iter().find(|field| field.name == meant) {
                options.insert(meant.to_owned(), field.example_value());
            }
        }
        mended = told.len();
        match kind.open(&options, http) {
            Err(bad) if told.iter().all(|known| known.key != bad.key) => told.push(bad),
            _ => break,
        }
    }
    told
}

/// A channel's options as its kind takes them.
pub(super) fn options(channel: &ChannelSettings) -> Options {
    channel.options.iter().map(|option| (option.key.clone(), option.value.clone())).collect()
}

/// What a kind says of an option, with the option's place.
fn complaint(channel: &ChannelSettings, kind: &Kind, bad: &BadOption) -> Mistake {
    let option = channel.options.iter().find(|option| option.key == bad.key);
    let at = At::Place(option.map_or(channel.place, |option| option.place));
    let is_known = bad.key.is_empty() || kind.fields.iter().any(|field| field.name == bad.key);
    if is_known {
        return Mistake::new(at, bad.to_string());
    }
    let what = format!("`{}` is no option of {}", short(&bad.key), kind.name);
    // `from` is the sender of e-mail; who means a severity is told its name.
    let severities = [Severity::Info, Severity::Warning, Severity::Critical].map(Severity::as_str);
    let means_severity = bad.key == "from"
        && option.is_some_and(|option| option.value.as_str().is_some_and(|value| severities.contains(&value)));
    let own = TABLES.iter().filter(|table| table.name == "channel").flat_map(|table| table.keys).map(|key| key.name);
    let names = kind.fields.iter().map(|field| field.name).chain(own);
    let near = if means_severity { Some("severity") } else { config::nearest(&bad.key, names) };
    Mistake { at, what, near: near.map(str::to_owned) }
}

/// Where `kind` stands in a channel's table: the first of all that comes after its head.
fn kind_place(channel: &ChannelSettings, places: &Places) -> At {
    let kinds = places.iter().filter(|(path, _)| path.starts_with("channel[") && path.ends_with("].kind"));
    let after = kinds.filter_map(|(_, at)| match at {
        At::Place(place) if *place >= channel.place => Some(*place),
        _ => None,
    });
    At::Place(after.min().unwrap_or(channel.place))
}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

/// A channel in its short form, `slack:https://hooks.slack.com/services/...`.
pub(super) fn channel(text: &str) -> Result<NewChannel, String> {
    let Some((kind, options)) = notify::short_form(text) else {
        let forms: Vec<&str> = KINDS.iter().map(|kind| kind.short).collect();
        return Err(format!("expected KIND:URL, one of {}", forms.join(", ")));
    };
    let options = options.and_then(|options| match kind.mistakes(&options).into_iter().next() {
        Some(bad) => Err(bad),
        None => Ok(options),
    });
    let options = options.map_err(|bad| format!("{bad}; expected {}", kind.short))?;
    Ok(NewChannel { name: kind.name.to_owned(), kind: kind.name.to_owned(), options })
}

/// Adds the kinds and their options to the schema of the configuration.
pub(super) fn describe(schema: &mut Value) {
    let Some(items) = schema.pointer_mut("/properties/channel/items").and_then(Value::as_object_mut) else { return };
    if let Some(kind) = items.get_mut("properties").and_then(|keys| keys.get_mut("kind")).and_then(Value::as_object_mut)
    {
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        kind.insert("enum".into(), json!(names));
    }
    let each = KINDS.iter().map(|kind| {
        let required: Vec<&str> = kind.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
        let keys: serde_json::Map<String, Value> =
            kind.fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
        json!({
            "if": { "properties": { "kind": { "const": kind.name } }, "required": ["kind"] },
            "then": { "properties": keys, "required": required },
        })
    });
    items.insert("allOf".into(), each.collect());
}

fn property(field: &Field) -> Value {
    let text = json!({ "$ref": "#/definitions/secret" });
    let texts = |value: Value| json!({ "anyOf": [value, text.clone()] });
    let mut property = match field.shape {
        Shape::Text | Shape::Url | Shape::HttpsUrl => json!({ "allOf": [text] }),
        Shape::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Choice(names) => texts(json!({ "enum": names })),
        Shape::TextOrNumber => texts(json!({ "type": "integer" })),
        Shape::List => texts(json!({ "type": "array", "items": text, "minItems": 1 })),
        Shape::Table => json!({ "type": "object", "additionalProperties": text }),
    };
    if let Some(fields) = property.as_object_mut() {
        fields.insert("description".into(), field.help.into());
    }
    property
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_every_kind_and_option() {
        let mut schema = config::schema();
        describe(&mut schema);
        let items = &schema["properties"]["channel"]["items"];
        assert_eq!(items["properties"]["kind"]["enum"].as_array().unwrap().len(), KINDS.len());
        for (kind, rule) in KINDS.iter().zip(items["allOf"].as_array().unwrap()) {
            assert_eq!(rule["if"]["properties"]["kind"]["const"], kind.name);
            for field in kind.fields {
                assert_eq!(rule["then"]["properties"][field.name]["description"], field.help);
            }
        }
    }

    #[test]
    fn no_option_of_a_kind_hides_behind_a_key_of_every_channel() {
        let own = TABLES.iter().find(|table| table.name == "channel").unwrap();
        for kind in KINDS {
            for field in kind.fields {
                assert!(own.key(field.name).is_none(), "{} of {}", field.name, kind.name);
            }
        }
    }
}
